"""Patterns of packages that a key may sign: whether one includes another, and what two have in common."""

from collections.abc import Sequence


def includes(pattern: str, other: str) -> bool:
    """Whether every package of `other` is one of `pattern`; each is a name, a name followed by `-*`, or `*`."""
    if pattern in ("*", other):
        return True
    return pattern.endswith("-*") and other != "*" and other.removesuffix("*").startswith(pattern.removesuffix("*"))


def common(patterns: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    """The packages that both lists include, as patterns, in the order of the first; none if they share none."""
    found: list[str] = []
    for pattern in patterns:
        narrow = [other if includes(pattern, other) else pattern for other in others if _overlap(pattern, other)]
        found += [each for each in narrow if each not in found]
    return tuple(each for each in found if not any(includes(other, each) for other in found if other != each))


def outside(patterns: Sequence[str], allowed: Sequence[str]) -> tuple[str, ...]:
    """Those of `patterns` that no pattern of `allowed` includes."""
    return tuple(each for each in patterns if not any(includes(other, each) for other in allowed))


def _overlap(pattern: str, other: str) -> bool:
    return includes(pattern, other) or includes(other, pattern)
