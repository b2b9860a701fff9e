"""How large an archive may be: bounds that hold before anything is inflated, and that a caller can only lower."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final, NoReturn

from ice_core.check_list import measured
from ice_core.errors import IceError, Location
from ice_core.lowered_limits import GREATEST, in_force
from ice_core.strict_json import JsonObject

# A small member cannot hurt, and very repetitive small files are honest.
_RATIO_FREE_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class ArchiveLimits:
    """Bounds that are checked before anything is inflated; a caller can only lower them.

    Attributes:
        max_bytes: Of the archive itself.
        max_members: How many files.
        max_member_bytes: Of one file, inflated.
        max_total_bytes: Of all files, inflated.
        max_ratio: Inflated to compressed size, of a file above 1 MiB.
    """

    max_bytes: int = GREATEST["archive_bytes"]
    max_members: int = GREATEST["archive_members"]
    max_member_bytes: int = GREATEST["member_bytes"]
    max_total_bytes: int = GREATEST["inflated_bytes"]
    max_ratio: int = GREATEST["inflation_ratio"]

    def __post_init__(self) -> None:
        for field in fields(self):
            if not 0 <= getattr(self, field.name) <= field.default:
                raise ValueError(f"{field.name} may be lowered from {field.default}, not raised")

    def in_force(self) -> "ArchiveLimits":
        """These, or lower where the operator of the machine has lowered one."""
        return ArchiveLimits(
            max_bytes=in_force("archive_bytes", self.max_bytes),
            max_members=in_force("archive_members", self.max_members),
            max_member_bytes=in_force("member_bytes", self.max_member_bytes),
            max_total_bytes=in_force("inflated_bytes", self.max_total_bytes),
            max_ratio=in_force("inflation_ratio", self.max_ratio),
        )


LIMITS: Final = ArchiveLimits()


def limits_evidence(size: int, inflated: Sequence[int], limits: ArchiveLimits) -> JsonObject:
    """How large an archive of this size with members of these inflated sizes is, and how large it may be, in bytes."""
    limits = limits.in_force()
    return {
        "size": measured(size, limit=limits.max_bytes, unit="bytes"),
        "members": measured(len(inflated), limit=limits.max_members, unit=""),
        "inflated": measured(sum(inflated), limit=limits.max_total_bytes, unit="bytes"),
    }


def refuse_oversized(
    sizes: Sequence[tuple[str, int, int]], *, where: str, limits: ArchiveLimits, with_ratio: bool = True
) -> None:
    """Returns if members of these (name, stored size, inflated size) are within the limits, all sizes in bytes.

    Raises:
        IceError: `archive-too-large`, its reason `member-size`, `ratio` or `total-size`.
    """
    total = 0
    for name, stored, size in sizes:
        total += size
        if size > limits.max_member_bytes:
            about = f"has a member that is too large, `{name}`"
            refuse_large(where, "member-size", about, limit=limits.max_member_bytes, found=size)
        if with_ratio and size > max(_RATIO_FREE_BYTES, limits.max_ratio * stored):
            about = f"inflates `{name}` more than {limits.max_ratio}-fold"
            refuse_large(where, "ratio", about, limit=limits.max_ratio * stored, found=size)
    if total > limits.max_total_bytes:
        refuse_large(where, "total-size", "is too large", limit=limits.max_total_bytes, found=total)


def refuse_large(where: str, reason: str, what: str, *, limit: int, found: int) -> NoReturn:
    """Raises `archive-too-large` with this reason."""
    raise IceError(
        "archive-too-large",
        f"`{where}` {what}",
        where=Location(where),
        expected=f"at most {limit}",
        found=str(found),
        hints=(),
        details={"reason": reason},
    )
