"""How the code of each package of a run gets here, and what that vouches for: told at its start, and on record.

`import`: executed from the very bytes that were hashed. `record`: an installed file, each held against its locked wheel
when it is imported. `off`: from the import path, where nothing is checked; for development.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

from ice_core.names import ImportTarget

if TYPE_CHECKING:
    from ice_core.dependency_files import Dependency
    from ice_core.models.plan import Plan
    from ice_core.strict_json import JsonObject, JsonValue
    from ice_orchestrator.planned_manifests import PlannedManifests

CodeMode: TypeAlias = Literal["import", "record", "off"]
MODES: Final[tuple[CodeMode, ...]] = get_args(CodeMode)
MEANINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "import": "executed from the bytes that were hashed",
        "record": "installed files, each checked against its locked wheel",
        "off": "from the import path, where nothing is checked",
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class PackageCode:
    """One package of a run and the mode of its code; `version` is None where nothing says one."""

    package: str
    version: str | None
    mode: CodeMode

    def to_json(self) -> JsonObject:
        """The members as they are."""
        return {"package": self.package, "version": self.version, "mode": self.mode}

    @property
    def title(self) -> str:
        """The name, and the version if there is one."""
        return self.package if self.version is None else f"{self.package} {self.version}"


def plugin_modes(plan: Plan, manifests: PlannedManifests) -> tuple[PackageCode, ...]:
    """The packages of a plan's components: from the wheel that was signed with them, or from the import path."""
    packages = [
        PackageCode(
            package=package.name,
            version=package.version,
            mode="import" if (held := manifests.of(package)) is not None and held.wheels else "off",
        )
        for package in plan.packages.values()
    ]
    loose = {
        ImportTarget.parse(component.import_target).top_level
        for component in plan.components.values()
        if component.package is None and not component.id.startswith("workflow:")
    }
    return _sorted([*packages, *(PackageCode(package=name, version=None, mode="off") for name in loose)])


def dependency_modes(dependencies: Iterable[Dependency], *, no_dynamic: bool) -> tuple[PackageCode, ...]:
    """The locked third-party packages that are installed: checked file by file in a strict run, else not at all."""
    return _sorted(
        [
            PackageCode(
                package=each.locked.name, version=each.installed.version, mode="record" if no_dynamic else "off"
            )
            for each in dependencies
            if each.installed is not None and (each.files is not None or not no_dynamic)
        ]
    )


def read_modes(value: JsonValue) -> tuple[PackageCode, ...]:
    """The modes as an event of the journal has them; what is not of their form is left out."""
    found = []
    for each in value if isinstance(value, list) else []:
        mode = each.get("mode") if isinstance(each, dict) else None
        known = next((candidate for candidate in MODES if candidate == mode), None)
        if isinstance(each, dict) and known is not None:
            version = each.get("version")
            found.append(
                PackageCode(
                    package=str(each.get("package")), version=str(version) if version is not None else None, mode=known
                )
            )
    return tuple(found)


def _sorted(packages: Sequence[PackageCode]) -> tuple[PackageCode, ...]:
    return tuple(sorted(packages, key=lambda each: (each.package, each.version or "")))
