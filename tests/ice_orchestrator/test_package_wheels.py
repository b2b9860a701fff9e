"""The wheels of a run: each is read and hashed once, and what was verified is what runs."""

import asyncio
import sys
from pathlib import Path

import pytest

from ice_core.errors import IceError
from ice_core.machine_cache import MachineCache
from ice_core.wheel_verdicts import KIND
from ice_orchestrator.package_wheels import VerifiedWheels
from ice_orchestrator.run import run_plan
from tests.builders.installed import entry, install_package, plan_for, write
from tests.builders.plans import node
from tests.ice_orchestrator.packages import loaded
from tests.threats.watching import opened

pytestmark = pytest.mark.usefixtures("clean_imports")

SOURCE = '''
from ice_sdk import tool


@tool(name="one", version="1.0.0")
def one() -> int:
    """One."""
    return 1


@tool(name="two", version="1.0.0")
def two() -> int:
    """Two."""
    return 2
'''


def package(home: Path) -> Path:
    """A package of two components; gives the wheel's place in the store."""
    entries = [entry(name, f"acme_both:{name}") for name in ("one", "two")]
    return install_package(home, "acme-both", {"acme_both/__init__.py": SOURCE}, entries)


@pytest.mark.parametrize(("no_dynamic", "keys"), [(True, 2), (False, 1)], ids=["strict", "dynamic"])
def test_a_run_reads_each_wheel_once(home: Path, no_dynamic: bool, keys: int) -> None:
    """Checked before node one, it is what two components are imported from; in a strict run, third-party code is kept
    under the machine's key, too.
    """
    blob = package(home)
    registry = loaded(home, no_dynamic=no_dynamic)
    MachineCache.open(registry.home).make_key()
    plan = plan_for(registry, node("a", "tool:one"), node("b", "tool:two"), outputs={"a": "{{ a }}", "b": "{{ b }}"})

    with opened(blob, registry.home.cache / "key") as seen:
        result = asyncio.run(run_plan(plan, {}, registry=registry))

    assert {"a": 1, "b": 2} == result.outputs
    assert {str(blob): 1, str(registry.home.cache / "key"): keys} == dict(seen)
    assert 1 == len(list((registry.home.cache / KIND).iterdir()))


def test_what_was_verified_before_node_one_is_what_runs(home: Path) -> None:
    """Threat 28: a wheel that is exchanged between check and import: its bytes are in memory by then."""
    blob = package(home)
    registry = loaded(home)
    wheels = VerifiedWheels(registry.home)
    (manifest,) = registry.manifests
    first = wheels.of(manifest)
    write(blob, b"exchanged")

    assert first is wheels.of(manifest)
    with pytest.raises(IceError) as refused:
        VerifiedWheels(registry.home).of(manifest)
    assert "wheel-digest-mismatch" == refused.value.slug


def test_a_wheel_beyond_the_bound_is_not_kept(home: Path) -> None:
    """Threat 28: a wheel that is exchanged between check and import: then it is read and hashed anew."""
    blob = package(home)
    registry = loaded(home)
    (manifest,) = registry.manifests
    wheels = VerifiedWheels(registry.home, room=blob.stat().st_size - 1)

    assert wheels.of(manifest).archive.data == blob.read_bytes()
    write(blob, b"exchanged")
    with pytest.raises(IceError) as refused:
        wheels.of(manifest)
    assert "wheel-digest-mismatch" == refused.value.slug
    assert "acme_both" not in sys.modules
