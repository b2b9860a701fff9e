"""What is checked before node one: every package of the plan, in one go, importing nothing and writing nothing."""

import asyncio
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ice_core.canonical import Digest, printed_bytes
from ice_core.errors import IceError
from ice_core.home import Home
from ice_core.key_store import record_bytes
from ice_core.models.lock import Lock
from ice_core.models.plan import Plan
from ice_core.signing import WheelPin, wheel_index
from ice_core.strict_json import JsonValue
from ice_core.unified_registry import Registry, load_plugins
from ice_orchestrator.package_wheels import VerifiedWheels
from ice_orchestrator.preflight import check_plan
from ice_orchestrator.run import run_plan
from tests.builders.installed import entry, install_package, lock_of, plan_for, write
from tests.builders.keys import KEY_ID, key_record
from tests.builders.manifests import manifest, signed_bytes
from tests.builders.plans import body, node
from tests.builders.wheels import plugin_wheel
from tests.ice_orchestrator.packages import loaded, texts_package

pytestmark = pytest.mark.usefixtures("clean_imports")

KNOWN = node("k", "tool:known_words")
SOURCE = """
from ice_sdk import tool


@tool(name="one", version="1.0.0")
def one() -> int:
    '''One.'''
    return 1
"""


def refused(plan: Plan, registry: Registry, *, no_dynamic: bool = True, lock: Lock | None = None) -> IceError:
    """What the run is refused with; nothing was imported and no journal was made."""
    with pytest.raises(IceError) as found:
        asyncio.run(run_plan(plan, {}, registry=registry, no_dynamic=no_dynamic, lock=lock))
    assert not [name for name in sys.modules if name.startswith("acme_")]
    assert not registry.home.state.exists()
    return found.value


def changed(plan: Plan, **members: JsonValue) -> Plan:
    """The plan with other members of its one package."""
    packages = {name: package.model_copy(update=members) for name, package in plan.packages.items()}
    return plan.model_copy(update={"packages": packages})


def test_a_plan_that_fits_passes_and_imports_nothing(home: Path) -> None:
    """All wheels are hashed; no module is executed."""
    texts_package(home)
    registry = loaded(home)

    check_plan(plan_for(registry, KNOWN), registry, no_dynamic=True, wheels=VerifiedWheels(registry.home))

    assert "acme_texts" not in sys.modules


@pytest.mark.parametrize("no_dynamic", [True, False])
def test_a_component_that_changed_between_compiling_and_running_stops_the_run(home: Path, no_dynamic: bool) -> None:
    """In every mode, and before the first node."""
    install_package(home, "acme-one", {"acme_one/__init__.py": SOURCE}, [entry("one", "acme_one:one")])
    plan = plan_for(loaded(home), node("a", "tool:one"))
    install_package(
        home, "acme-one", {"acme_one/__init__.py": SOURCE}, [entry("one", "acme_one:one", description="Other.")]
    )

    assert "component-changed" in told(refused(plan, loaded(home), no_dynamic=no_dynamic))


def test_a_component_that_is_gone_stops_the_run(tmp_path: Path, home: Path) -> None:
    """The plan names what no manifest lists any more."""
    texts_package(home)
    plan = plan_for(loaded(home), KNOWN)

    assert {"component-unknown"} == told(refused(plan, loaded(tmp_path / "empty"), no_dynamic=False))


def told(error: IceError) -> set[str]:
    """Every slug of an error."""
    return {error.slug, *(finding.slug for finding in error.findings)}


@pytest.mark.parametrize(
    ("break_it", "slug"),
    [
        (lambda blob: blob.unlink(), "wheel-missing"),
        (lambda blob: write(blob, b"other"), "wheel-digest-mismatch"),
        (lambda blob: write(blob, blob.read_bytes()[:-1]), "wheel-digest-mismatch"),
    ],
)
def test_a_strict_run_verifies_every_wheel_before_node_one(
    home: Path, break_it: Callable[[Path], None], slug: str
) -> None:
    """Also of a package whose node would come last."""
    texts_package(home)
    blob = install_package(home, "acme-one", {"acme_one/__init__.py": SOURCE}, [entry("one", "acme_one:one")])
    registry = loaded(home)
    plan = plan_for(registry, KNOWN, node("z", "tool:one", "k"))
    break_it(blob)

    assert slug == refused(plan, registry).slug


@pytest.mark.parametrize(
    "members",
    [
        {"manifest_digest": str(Digest.of(b"other"))},
        {"wheels": ()},
    ],
)
def test_a_package_that_is_another_than_the_plans_stops_the_run(home: Path, members: dict[str, JsonValue]) -> None:
    """Its manifest or its wheels differ, though the component itself is the same."""
    texts_package(home)
    registry = loaded(home)

    assert {"package-changed"} == told(refused(changed(plan_for(registry, KNOWN), **members), registry))


def test_a_component_that_the_plans_package_does_not_list_stops_the_run(home: Path) -> None:
    """A plan that says another signed package of the registry brings the component is not believed."""
    texts_package(home)
    install_package(home, "acme-one", {"acme_one/__init__.py": SOURCE}, [entry("one", "acme_one:one")])
    registry = loaded(home)
    plan = plan_for(registry, KNOWN, node("z", "tool:one"))
    moved = plan.components["tool:one"].model_copy(update={"package": "acme-texts"})
    forged = plan.model_copy(update={"components": {**plan.components, "tool:one": moved}})

    assert {"package-changed"} == told(refused(forged, registry))


def test_a_plan_of_another_lock_stops_the_run(home: Path) -> None:
    """The lock that is named must be the plan's own."""
    texts_package(home)
    registry = loaded(home)
    mine, other = Digest.of(b"mine"), Digest.of(b"other")
    lock = lock_of(digest=mine)

    assert "plan-lock-mismatch" == refused(plan_for(registry, KNOWN), registry, lock=lock).slug
    found = refused(plan_for(registry, KNOWN, lock_digest=other), registry, lock=lock)
    assert (str(other), str(mine)) == (found.finding.expected, found.finding.found)
    check_plan(
        plan_for(registry, KNOWN, lock_digest=mine),
        registry,
        no_dynamic=True,
        wheels=VerifiedWheels(registry.home),
        lock=lock,
    )


def test_everything_that_is_wrong_is_told_at_once(home: Path) -> None:
    """Two packages, each with its own fault."""
    first = texts_package(home)
    second = install_package(home, "acme-one", {"acme_one/__init__.py": SOURCE}, [entry("one", "acme_one:one")])
    registry = loaded(home)
    plan = plan_for(registry, KNOWN, node("z", "tool:one"))
    first.unlink()
    write(second, b"other")

    assert {"wheel-missing", "wheel-digest-mismatch"} == told(refused(plan, registry))


def unsigned(folder: Path) -> Registry:
    """A strict registry in which one unsigned file was allowed by name, its wheel index beside it."""
    value = manifest(entry("one", "acme_one:one"), name="acme-one", version="1.0.0")
    filename, data = plugin_wheel("acme-one", "1.0.0", files={"acme_one/__init__.py": SOURCE}, manifest=value)
    path = folder / "acme-one.json"
    write(path, printed_bytes(value))
    write(folder / "acme-one.wheels", wheel_index([WheelPin.of(filename, data)]))
    write(Home(folder / "home").blob(Digest.of(data).hex), data)
    return load_plugins(
        path,
        home=folder / "home",
        no_dynamic=True,
        allow_unsigned=[path],
        environ={},
        now=datetime.now(UTC),
        project=folder,
    )


def test_an_unsigned_package_runs_strictly_only_where_a_lock_pins_it(tmp_path: Path) -> None:
    """`--allow-unsigned` alone is not enough: its wheel must be pinned."""
    registry = unsigned(tmp_path)
    call = node("a", "tool:one")

    plan = plan_for(registry, call, lock_digest=Digest.of(b"lock"))
    lock = lock_of(*registry.manifests, digest=Digest.of(b"lock"))

    assert "manifest-unsigned" == refused(plan_for(registry, call), registry).slug
    result = asyncio.run(run_plan(plan, {}, registry=registry, lock=lock))

    assert "finished" == result.status


def test_a_plan_that_claims_a_lock_vouches_for_no_unsigned_package(tmp_path: Path) -> None:
    """Anyone can write a digest into a plan: only the lock's own pins count, and they must be of these wheels."""
    registry = unsigned(tmp_path)
    claimed = Digest.of(b"lock")
    plan = plan_for(registry, node("a", "tool:one"), lock_digest=claimed)

    assert "manifest-unsigned" == refused(plan, registry).slug
    assert "manifest-unsigned" == refused(plan, registry, lock=lock_of(digest=claimed)).slug


def test_what_has_no_wheel_stops_a_strict_run(tmp_path: Path, home: Path) -> None:
    """A manifest alone is metadata and never authorises an import."""
    write(Home(home).manifest, printed_bytes(manifest(entry("one", "acme_one:one"), name="acme-one")))
    registry = loaded(home, no_dynamic=False)

    assert "wheel-missing" in told(refused(plan_for(registry, node("a", "tool:one")), registry))


@pytest.mark.parametrize(
    ("signed", "package", "slug"), [(True, True, None), (True, False, None), (False, False, "manifest-unsigned")]
)
def test_a_workflow_needs_a_signature_and_no_wheel(
    home: Path, *, signed: bool, package: bool, slug: str | None
) -> None:
    """It is data inside its manifest; an unsigned one stops a strict run."""
    value = manifest(entry("flow", "acme_flow:flow", node_type="workflow"), name="acme-flow")
    if not package:
        del value["package"]
    write(Home(home).keys / f"{KEY_ID}.json", record_bytes(key_record()))
    Home(home).keys.chmod(0o700)
    write(Home(home).manifest, signed_bytes(value) if signed else printed_bytes(value))
    registry = loaded(home, no_dynamic=False)
    plan = plan_for(registry, node("w", "workflow:flow", body=body()))

    if slug is None:
        check_plan(plan, registry, no_dynamic=True, wheels=VerifiedWheels(registry.home))
    else:
        assert slug == refused(plan, registry).slug
