"""The limits of archives and JSON documents that the operator of this machine has lowered, for the whole process.

A limit can be lowered and never raised, not even back to what it was: no code that runs later can widen the gate. Who
reads the operator's file is `limit_settings`.
"""

from __future__ import annotations

from types import MappingProxyType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final, Literal, TypeAlias

LimitName: TypeAlias = (
    "Literal['archive_bytes', 'archive_members', 'member_bytes', 'inflated_bytes', 'inflation_ratio', 'json_bytes',"
    " 'json_depth']"
)
MEBIBYTE: Final = 1024 * 1024
# What is in force where nothing was lowered, and the most that can be set.
GREATEST: Final[Mapping[LimitName, int]] = MappingProxyType(
    {
        "archive_bytes": 256 * MEBIBYTE,
        "archive_members": 10_000,
        "member_bytes": 256 * MEBIBYTE,
        "inflated_bytes": 512 * MEBIBYTE,
        "inflation_ratio": 200,
        "json_bytes": 64 * MEBIBYTE,
        "json_depth": 64,
    }
)
_LOWERED: Final[dict[LimitName, int]] = {}


def in_force(name: LimitName, limit: int) -> int:
    """`limit`, or what the operator has lowered it to."""
    return min(limit, _LOWERED.get(name, limit))


def lowered() -> Mapping[LimitName, int]:
    """The limits that are lower than the greatest, sorted by name."""
    return {name: limit for name, limit in sorted(_LOWERED.items()) if limit < GREATEST[name]}


def any_lowered() -> bool:
    """Whether anything was lowered: asked where asking for one limit after the other would be most of the work."""
    return bool(_LOWERED)


def lower(limits: Mapping[LimitName, int]) -> None:
    """Lowers these limits for the rest of the process; what is lower already stays."""
    for name, limit in limits.items():
        _LOWERED[name] = in_force(name, limit)


class LimitsSetAside:
    """For tests, a `with` block: whatever is lowered inside is as before afterwards."""

    __slots__ = ("_before",)

    def __enter__(self) -> None:
        self._before = dict(_LOWERED)
        _LOWERED.clear()

    def __exit__(self, *raised: object) -> None:
        _LOWERED.clear()
        _LOWERED.update(self._before)


def set_aside() -> LimitsSetAside:
    """A block in which nothing is lowered; see `LimitsSetAside`."""
    return LimitsSetAside()
