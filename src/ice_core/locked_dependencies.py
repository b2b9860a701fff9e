"""The third-party packages of a lock that this interpreter needs, and which of their wheels is for it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from packaging.pylock import Package, PackageWheel
from packaging.tags import sys_tags
from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from ice_core.canonical import Digest
from ice_core.errors import IceError
from ice_core.models.lock import Lock

_SHA256: Final = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True, slots=True)
class ThirdPartyWheel:
    """A locked wheel of a third-party package: where it may lie, and what it must be."""

    filename: str
    digest: Digest
    url: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class LockedDistribution:
    """A third-party package as a lock pins it; `wheel` is the one for this interpreter, None when none is."""

    name: str
    version: str
    wheel: ThirdPartyWheel | None

    @property
    def title(self) -> str:
        """Name and version."""
        return f"{self.name} {self.version}"


def locked_distributions(lock: Lock) -> tuple[LockedDistribution, ...]:
    """The third-party packages that the lock pins for this interpreter, by name.

    Raises:
        IceError: `dependency-not-portable` for a package without a version, or a wheel without a SHA-256.
    """
    if not lock.dependencies:
        return ()
    # In uv's and pip's order of preference; of two equal ones the higher build number (PEP 427).
    ranks = {tag: rank for rank, tag in enumerate(sys_tags())}
    found = []
    for package in lock.dependencies:
        refuse_unpinned(package)
        if package.marker is None or package.marker.evaluate(context="lock_file"):
            rated = []
            for wheel in package.wheels or ():
                try:
                    _, _, build, tags = parse_wheel_filename(wheel.filename)
                except InvalidWheelFilename:
                    continue
                fitting = [ranks[tag] for tag in tags if tag in ranks]
                if fitting:
                    rated.append((-min(fitting), build, wheel.filename, wheel))
            best = max(rated, key=lambda each: each[:3])[3] if rated else None
            found.append(
                LockedDistribution(
                    name=str(package.name),
                    version=str(package.version),
                    wheel=_third_party(best) if best is not None else None,
                )
            )
    return tuple(sorted(found, key=lambda each: each.name))


def sha256_digests(wheels: Sequence[PackageWheel]) -> list[str]:
    """The SHA-256 of each wheel, sorted, as the lock writes it."""
    return sorted(str(wheel.hashes.get("sha256")) for wheel in wheels)


def refuse_unpinned(package: Package) -> None:
    """Refuses with `dependency-not-portable` what is not locked to wheels of one version, each by its SHA-256."""
    digests = sha256_digests(package.wheels or ())
    marker = str(package.marker or "")
    if package.version is None or not digests or not all(map(_SHA256.fullmatch, digests)) or not marker.isprintable():
        raise IceError(
            "dependency-not-portable",
            f"`{package.name}` is not locked to wheels of one version",
            expected="a version, and the sha256 of each of its wheels",
            found=", ".join(digests) or "no wheel",
            note="Nothing was installed.",
            hints=("To lock it anew, run `ice lock`",),
        )


def _third_party(wheel: PackageWheel) -> ThirdPartyWheel:
    return ThirdPartyWheel(
        filename=wheel.filename, digest=Digest(bytes.fromhex(wheel.hashes["sha256"])), url=wheel.url or None
    )
