"""How far the version of a distribution (PEP 440) must rise when its components change from one manifest to the next.

It follows its components: the greatest part that one of them raises, a major when one is gone, a minor when one is new.
A release number that is a date promises nothing by its parts, so there any higher version is enough.
"""

from collections.abc import Sequence

from packaging.version import InvalidVersion, Version

from ice_core.canonical import value_digest
from ice_core.strict_json import JsonObject
from ice_core.version_change import PARTS, ComponentChange, Part, needed_numbers

_FIRST_DATE = 1000  # a year, as in 2026.11; SemVer has no need of such numbers
_NOT_COMPARED = frozenset(("$schema", "created", "package", "signature"))


class DistributionChange:
    """What became of a distribution, and the version that it needs.

    Attributes:
        name: Its name.
        part: The part that must rise.
        old_version, new_version: As the manifests say them.
        next_version: The least version that is enough; `old_version` if nothing has to rise.
        is_enough: Whether `new_version` is high enough.
    """

    __slots__ = ("is_enough", "name", "new_version", "next_version", "old_version", "part")

    def __init__(self, name: str, part: Part, old: Version, new: Version) -> None:
        self.name = name
        self.part: Part = part
        self.old_version = str(old)
        self.new_version = str(new)
        needed = _needed(old, part)
        self.next_version = self.old_version if part == "none" else f"{_epoch(old)}{'.'.join(map(str, needed))}"
        self.is_enough = (
            new >= old if part == "none" else new > old and (new.epoch, _numbers(new)) >= (old.epoch, needed)
        )

    def __repr__(self) -> str:
        return f"DistributionChange({self.name!r}, {self.part!r}, {self.old_version} -> {self.new_version})"


def required_distribution_change(
    old: JsonObject, new: JsonObject, changes: Sequence[ComponentChange]
) -> DistributionChange | None:
    """What became of the distribution between two parsed manifests; None unless both name one with PEP 440 versions.

    Args:
        old: The manifest as it was published or committed.
        new: The one that is to follow it.
        changes: What `version_change.required_change` said about their components.
    """
    before, after = _version(old), _version(new)
    if before is None or after is None:
        return None
    part = max((change.part for change in changes), key=PARTS.index, default=PARTS[0])
    if part == "none" and _content(old) != _content(new):
        part = "patch"
    package = new["package"]
    name = str(package["name"]) if isinstance(package, dict) else ""
    return DistributionChange(name, part, before, after)


def _needed(version: Version, part: Part) -> tuple[int, int, int]:
    numbers = _numbers(version)
    part = "patch" if numbers[0] >= _FIRST_DATE else part
    return needed_numbers(numbers, part, is_prerelease=version.is_prerelease)


def _numbers(version: Version) -> tuple[int, int, int]:
    return version.major, version.minor, version.micro


def _epoch(version: Version) -> str:
    return f"{version.epoch}!" if version.epoch else ""


def _version(manifest: JsonObject) -> Version | None:
    package = manifest.get("package")
    try:
        return Version(str(package.get("version"))) if isinstance(package, dict) else None
    except InvalidVersion:
        return None


def _content(manifest: JsonObject) -> str:
    return str(value_digest({name: member for name, member in manifest.items() if name not in _NOT_COMPARED}))
