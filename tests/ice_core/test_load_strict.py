"""The mission's own test, up to the load: what is signed passes, each doubt has its slug, and nothing is written."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from ice_core import dynamic
from ice_core.dynamic import Announcement
from ice_core.errors import IceError
from ice_core.home import Home
from ice_core.names import ComponentId, ImportTarget
from ice_core.unified_registry import Registry, load_plugins
from tests.builders.distributions import distribution
from tests.builders.homes import NOW, WHEEL, install, listing, make_home, write
from tests.builders.keys import key_record, private_key
from tests.builders.manifests import component, manifest, signed
from tests.builders.wheels import SOURCES, plugin_bundle, plugin_wheel

SIGNED = signed(manifest(), [WHEEL])


def strict(home: Home, *paths: Path, allow_unsigned: tuple[Path, ...] = (), **environ: str) -> Registry:
    return load_plugins(
        *paths,
        home=home.root,
        no_dynamic=True,
        allow_unsigned=allow_unsigned,
        environ=environ,
        now=NOW,
        project=home.root,
    )


def register_unlisted(_: Home) -> None:
    target = ImportTarget.parse("my_pkg:Mine")
    dynamic.announce(Announcement(ComponentId("tool", "mine"), target, "my_pkg.py", 3, dict))


def unsigned(home: Home) -> None:
    install(home, manifest())


def wrong_key(home: Home) -> None:
    install(home, signed(manifest(), [WHEEL], key=private_key(2)))


def unknown_key(home: Home) -> None:
    install(home, signed(manifest(), [WHEEL], public_key_id="nobody"))


def another_s_namespace(home: Home) -> None:
    install(home, signed(manifest(), [WHEEL], key=private_key(3), public_key_id="other-2026"))


def changed_manifest(home: Home) -> None:
    install(home, {**SIGNED, "created": "2026-01-02T03:04:06Z"})


def changed_wheel(home: Home) -> None:
    install(home, SIGNED, [(WHEEL[0], b"another wheel")])


def lost_wheel_index(home: Home) -> None:
    install(home, SIGNED).with_name("acme-csv-1.2.3.wheels").unlink()


def duplicate_id(home: Home) -> None:
    install(home, signed(manifest(component(), component()), [WHEEL]))


def duplicate_id_in_two_manifests(home: Home) -> None:
    install(home, SIGNED)
    install(home, signed(manifest(component(description="Other"), version="1.2.4"), [WHEEL]))


def too_new(home: Home) -> None:
    install(home, signed(manifest(component(iceos_min="99.0.0")), [WHEEL]))


def reference_to_nowhere(home: Home) -> None:
    nowhere = component(schema={"input": {"$ref": "#/schemas/Gone"}, "output": {}})
    install(home, signed(manifest(nowhere), [WHEEL]))


def expired_key(home: Home) -> None:
    install(home, signed(manifest(), [WHEEL], key=private_key(4), public_key_id="old-2025"), first_seen=NOW)


DOUBTS: dict[str, tuple[Callable[[Home], None], str]] = {
    "unlisted decorator": (register_unlisted, "component-not-in-manifest"),
    "unsigned": (unsigned, "manifest-unsigned"),
    "wrong key": (wrong_key, "signature-mismatch"),
    "unknown key": (unknown_key, "key-unknown"),
    "another's namespace": (another_s_namespace, "key-namespace"),
    "expired key": (expired_key, "key-expired"),
    "changed manifest": (changed_manifest, "signature-mismatch"),
    "changed wheel": (changed_wheel, "signature-mismatch"),
    "lost wheel index": (lost_wheel_index, "wheel-missing"),
    "duplicate id": (duplicate_id, "component-duplicate"),
    "duplicate id in two manifests": (duplicate_id_in_two_manifests, "component-conflict"),
    "too-new iceos_min": (too_new, "iceos-too-old"),
    "reference to nowhere": (reference_to_nowhere, "schema-reference-missing"),
}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home folder that trusts one key for everything, one for other packages, and one that has expired."""
    return make_home(
        tmp_path / "home",
        key_record(),
        key_record(3, public_key_id="other-2026", namespaces=("other-*",)),
        key_record(4, public_key_id="old-2025", not_after=NOW - timedelta(days=1)),
    )


def test_what_is_signed_passes_and_nothing_is_written(home: Home) -> None:
    path = install(home, SIGNED)
    before = listing(home.root)

    registry = strict(home)

    assert registry.no_dynamic
    assert ((str(path), 1),) == registry.sources
    assert "acme-2026" == registry.manifests[0].signer
    assert "tool:csv_reader" == str(registry.get("tool", "csv_reader").id)
    assert before == listing(home.root)


@pytest.mark.parametrize("doubt", DOUBTS)
def test_each_doubt_is_refused_with_its_slug_and_nothing_is_written(home: Home, doubt: str) -> None:
    cause, slug = DOUBTS[doubt]
    cause(home)
    before = listing(home.root)

    with pytest.raises(IceError) as caught:
        strict(home)

    assert slug == caught.value.slug
    assert before == listing(home.root)
    assert caught.value.where is not None


def test_an_expired_key_does_not_kill_what_was_first_seen_before(home: Home) -> None:
    value = signed(manifest(), [WHEEL], key=private_key(4), public_key_id="old-2025")
    install(home, value, first_seen=NOW - timedelta(days=2))

    assert "old-2025" == strict(home).manifests[0].signer


def test_a_bundle_that_turns_up_after_its_key_expired_is_refused(home: Home, tmp_path: Path) -> None:
    bundle = write(tmp_path / "late.icebundle", plugin_bundle(key=private_key(4), public_key_id="old-2025"))

    with pytest.raises(IceError, match="key-expired"):
        strict(home, ICEOS_EXTRA_PLUGINS=str(bundle))


def test_a_signed_bundle_comes_through_the_environment_and_is_listed(home: Home, tmp_path: Path) -> None:
    bundle = write(tmp_path / "acme_csv-1.2.3.icebundle", plugin_bundle())

    registry = strict(home, ICEOS_EXTRA_PLUGINS=str(bundle))

    assert ((str(bundle), 1),) == registry.sources
    assert ["acme_csv-1.2.3-py3-none-any.whl"] == [pin.filename for pin in registry.manifests[0].wheels]


def test_a_bundle_with_a_changed_wheel_is_refused(home: Home, tmp_path: Path) -> None:
    data = plugin_bundle()
    position = data.index(b"text.split")
    changed = write(tmp_path / "changed.icebundle", data[:position] + b"T" + data[position + 1 :])

    with pytest.raises(IceError) as caught:
        strict(home, changed)

    assert "archive-damaged" == caught.value.slug


def test_a_bundle_whose_wheel_is_not_what_its_manifest_says_is_refused_although_signed(
    home: Home, tmp_path: Path
) -> None:
    listed = manifest(component(target="acme_csv.absent:read"))
    bundle = write(tmp_path / "acme.icebundle", plugin_bundle(manifest=listed))

    with pytest.raises(IceError) as caught:
        strict(home, bundle)

    assert "import-target-missing" == caught.value.slug
    assert f"Found while reading {bundle}" == caught.value.finding.detail[-1]
    assert str(bundle) == caught.value.finding.details["source"]


def test_only_the_very_file_that_was_allowed_may_be_unsigned(home: Home, tmp_path: Path) -> None:
    allowed = write(tmp_path / "allowed.json", manifest())
    other = write(tmp_path / "other.json", manifest())
    elsewhere = tmp_path / "x" / ".." / "allowed.json"

    assert ["unsigned"] == [each.status for each in strict(home, allowed, allow_unsigned=(elsewhere,)).manifests]
    with pytest.raises(IceError) as caught:
        strict(home, allowed, other, allow_unsigned=(allowed,))

    assert "manifest-unsigned" == caught.value.slug
    assert str(other) == (caught.value.where.file if caught.value.where else "")


def test_an_allowed_file_with_a_bad_signature_is_refused(home: Home, tmp_path: Path) -> None:
    path = write(tmp_path / "allowed.json", signed(manifest(), key=private_key(2)))

    with pytest.raises(IceError, match="signature-mismatch"):
        strict(home, path, allow_unsigned=(path,))


def test_what_an_installed_distribution_announces_counts_only_with_a_verified_twin(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    marker = distribution(site, files={"acme_csv/plugins.json": json.dumps(manifest()).encode()})
    monkeypatch.syspath_prepend(site)

    alone = strict(home)
    path = install(home, SIGNED)
    twins = strict(home)

    label = "entry point `acme_plugins` of acme-csv"
    assert ((label, 0),) == alone.sources
    assert ["announcement-unverified"] == [notice.slug for notice in alone.notices]
    assert () == alone.list()
    assert ((str(path), 1), (label, 1)) == twins.sources
    assert () == twins.notices
    assert [str(path)] == [item.origin for item in twins.list()]
    assert not marker.exists()


def test_what_an_installed_distribution_announces_is_unsigned_where_components_may_be_dynamic(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    distribution(tmp_path / "site", files={"acme_csv/plugins.json": json.dumps(manifest()).encode()})
    monkeypatch.syspath_prepend(tmp_path / "site")

    registry = load_plugins(home=home.root, environ={}, now=NOW, project=tmp_path)

    assert [("entry-point", "unsigned")] == [(each.origin.kind, each.status) for each in registry.manifests]


@pytest.mark.parametrize(("content", "slug"), [(b"{", "json-syntax"), (b'{"components": []}', "manifest-invalid")])
def test_a_broken_manifest_in_a_distribution_is_an_error_where_it_would_count(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, slug: str
) -> None:
    distribution(tmp_path / "site", files={"acme_csv/plugins.json": content})
    monkeypatch.syspath_prepend(tmp_path / "site")

    with pytest.raises(IceError) as caught:
        load_plugins(home=home.root, environ={}, now=NOW, project=tmp_path)

    assert slug == caught.value.slug


def test_an_unsigned_manifest_in_the_environment_is_refused_even_if_allowed_by_name(home: Home, tmp_path: Path) -> None:
    path = write(tmp_path / "plugins.json", manifest())

    with pytest.raises(IceError, match="extra-plugins-refused"):
        strict(home, allow_unsigned=(path,), ICEOS_EXTRA_PLUGINS=str(path))


WATCHED_LOAD = """
import encodings.utf_16_be, json, sys  # the codec is looked up by the canonical form's first use
from pathlib import Path
from ice_core.unified_registry import load_plugins
seen = []
def hook(event, arguments):
    if event.startswith(("socket.", "subprocess.", "os.system", "os.exec", "os.fork", "exec", "import", "compile")):
        seen.append(event + " " + str(arguments[0])[:80])
    elif event == "open" and isinstance(arguments[2], int) and arguments[2] & 0o3:
        seen.append("write " + str(arguments[0]))
def load(home):
    registry = load_plugins(*sys.argv[2:], home=home, no_dynamic=False, environ={})
    return [(item.digest, item.input_schema()) for item in registry.list()]
load(Path(sys.argv[1]))  # what iceos loads of itself only when it is needed
before = set(sys.modules)
sys.addaudithook(hook)
schemas = load(Path(sys.argv[1]))
print(json.dumps({"listed": len(schemas), "new": sorted(set(sys.modules) - before), "seen": sorted(set(seen))}))
"""


def test_loading_imports_nothing_writes_nothing_and_opens_no_socket(home: Home, tmp_path: Path) -> None:
    """Each package would leave a marker at import; the interpreter itself reports what happens."""
    marker = tmp_path / "imported"
    site = tmp_path / "site"
    installed_marker = distribution(
        site,
        name="other",
        files={"acme_csv/plugins.json": json.dumps(manifest(component("second"), name="other")).encode()},
    )
    sources = {path: f"open({str(marker)!r}, 'w').close()\n{text}" for path, text in SOURCES.items()}
    bundle = write(tmp_path / "acme.icebundle", plugin_bundle(files=sources))
    filename, data = plugin_wheel(files=sources)
    install(home, signed(manifest(component("third"), name="third"), [(filename, data)]), [(filename, data)])
    write(home.manifest, manifest(component("fourth"), name="fourth"))
    before = listing(tmp_path)

    done = subprocess.run(
        [sys.executable, "-B", "-c", WATCHED_LOAD, str(home.root), str(bundle)],
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )

    assert {"listed": 4, "new": [], "seen": []} == json.loads(done.stdout)
    assert "" == done.stderr
    assert [False, False] == [marker.exists(), installed_marker.exists()]
    assert before == listing(tmp_path)
