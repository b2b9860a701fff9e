"""The manifests that a plan's packages come from, found by the components that the plan names: what else is there
is not looked at.
"""

from collections.abc import Iterator
from pathlib import Path

from ice_core.models.plan import Plan, PlannedPackage
from ice_core.names import ComponentId
from ice_core.unified_registry import Registry
from ice_core.verified_manifest import VerifiedManifest


class PlannedManifests:
    """The manifests of one plan in one registry."""

    __slots__ = ("_found", "_registry")

    def __init__(self, plan: Plan, registry: Registry) -> None:
        self._registry = registry
        self._found = {str(manifest.digest): manifest for manifest in _named(plan, registry)}

    @property
    def home(self) -> Path:
        """Where the manifests are, for messages."""
        return self._registry.home.root

    def of(self, package: PlannedPackage) -> VerifiedManifest | None:
        """The manifest with the digest that the plan gives; None when it is not there."""
        found = self._found.get(package.manifest_digest)
        if found is None:
            # A package from which the plan takes no component was put there by hand; all must be looked at.
            each = (
                manifest for manifest in self._registry.manifests if str(manifest.digest) == package.manifest_digest
            )
            found = next(each, None)
        return found


def _named(plan: Plan, registry: Registry) -> Iterator[VerifiedManifest]:
    for component in plan.components.values():
        if component.package is not None:
            for item in registry.providers(ComponentId.parse(component.id), component.version):
                if item.manifest is not None:
                    yield item.manifest
