"""From publishing to loading no line of a plugin runs: a package that leaves a mark at import leaves none."""

import sys
from pathlib import Path

import pytest

from ice_client.component_packages import requirements_for
from ice_client.folder_index import FolderIndex
from ice_client.install import install, place_wheels
from ice_client.lock import check_lock, make_lock
from ice_client.private_key_files import UnsafeUnencrypted
from ice_client.publish import SigningKey, publish
from ice_client.signers import create_key, load_private_key
from ice_client.wheel_building import build_wheel
from ice_core.home import Home
from ice_core.key_store import KeyStore
from ice_core.names import ComponentId, VersionRange
from ice_core.unified_registry import load_plugins
from tests.builders.indexes import NOW
from tests.builders.manifests import component, manifest
from tests.builders.projects import project_at

MARKING = 'from pathlib import Path\n\nPath({mark!r}).write_text("imported")\n'


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    """The file that exists once a module of the project was imported."""
    return tmp_path / "mark"


@pytest.fixture
def project(tmp_path: Path, mark: Path) -> Path:
    """A project whose every module writes the mark when it is imported; gives its manifest."""
    written = manifest(component(permissions={"filesystem": ["write"]}))
    path = project_at(tmp_path / "project", value=written)
    modules = sorted((tmp_path / "project" / "src").rglob("*.py"))
    for module in modules:
        module.write_text(MARKING.format(mark=str(mark)) + module.read_text())
    assert 2 == len(modules)
    return path


def test_no_module_is_imported_from_building_to_loading(project: Path, mark: Path, tmp_path: Path) -> None:
    home, index = Home(tmp_path / "home"), FolderIndex(tmp_path / "bundles")
    record = create_key(home, "acme-2026", passphrase=UnsafeUnencrypted(), namespaces=("acme-*",), now=NOW)
    key = SigningKey(private=load_private_key(home, "acme-2026", passphrase=None), record=record)
    wheel = build_wheel(project.parent, isolation="this-environment")
    publish(project, [wheel], index, key=key, now=NOW)
    keys = KeyStore.read(home.keys)
    needed = requirements_for({ComponentId("tool", "csv_reader"): VersionRange.parse("")}, index)
    lock = make_lock(needed, index, keys=keys, now=NOW)
    check_lock(lock, None, index, keys=keys, now=NOW)
    place_wheels(lock, index, tmp_path / "beside", keys=keys)
    install(lock, index, home=home, keys=keys)
    registry = load_plugins(home=home.root, no_dynamic=True, environ={}, now=NOW)

    assert ["tool:csv_reader"] == [str(component.id) for component in registry.list()]
    assert not mark.exists()
    assert [] == [name for name in sys.modules if name.partition(".")[0] == "acme_csv"]
