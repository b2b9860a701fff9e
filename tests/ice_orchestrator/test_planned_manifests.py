"""The manifests of a plan: found by its components, and nothing else that is installed is looked at."""

from pathlib import Path

from ice_core.models.plan import Plan
from ice_core.unified_registry import Registry
from ice_orchestrator.code_modes import plugin_modes
from ice_orchestrator.package_wheels import VerifiedWheels
from ice_orchestrator.planned_manifests import PlannedManifests
from ice_orchestrator.preflight import check_plan
from tests.builders.installed import entry, install_package, plan_for
from tests.builders.plans import node
from tests.ice_orchestrator.packages import loaded

SOURCE = "from ice_sdk import tool\n\n\n@tool\ndef one() -> int:\n    return 1\n"


class NotListed(Registry):
    """A registry whose manifests are never gone through."""

    __slots__ = ()

    def __getattribute__(self, name: str) -> object:
        assert name != "manifests"
        return super().__getattribute__(name)


def planned(home: Path) -> tuple[Plan, Registry]:
    install_package(home, "acme-one", {"acme_one/__init__.py": SOURCE}, [entry("one", "acme_one:one")])
    install_package(home, "acme-two", {"acme_two/__init__.py": SOURCE}, [entry("two", "acme_two:one")])
    registry = loaded(home)
    return plan_for(registry, node("a", "tool:one")), registry


def test_a_strict_run_looks_only_at_the_packages_of_its_plan(home: Path) -> None:
    """Its checks and the modes of its code cost the same, however much is installed."""
    plan, registry = planned(home)
    registry.__class__ = NotListed

    check_plan(plan, registry, no_dynamic=True, wheels=VerifiedWheels(registry.home))

    assert ["import"] == [each.mode for each in plugin_modes(plan, PlannedManifests(plan, registry))]


def test_a_package_without_a_component_in_the_plan_is_found_all_the_same(home: Path) -> None:
    """A plan is a file that anyone could have written; then everything that is there is gone through."""
    plan, registry = planned(home)
    (package,) = plan.packages.values()
    (other,) = (each for each in registry.manifests if str(each.digest) != package.manifest_digest)
    manifests = PlannedManifests(plan, registry)

    assert other is manifests.of(package.model_copy(update={"manifest_digest": str(other.digest)}))
    assert manifests.of(package.model_copy(update={"manifest_digest": f"sha256:{'0' * 64}"})) is None
