"""Which names a reader takes for one another: swapped letters, digits for letters, one letter more, less or other.

Names that differ in a short word (`csv_read`, `tsv_read`) or in a number (`layer_1`, `layer_2`) are meant to differ.
"""

import os
import re
from collections.abc import Iterable, Mapping
from typing import Final

MIN_LENGTH: Final = 6
MIN_WORD: Final = 5
_SAME_LOOK: Final = (("rn", "m"), ("vv", "w"))
_SAME_LETTER: Final = str.maketrans("01i5", "olls")
_PLURAL: Final = re.compile(r"(?<=[a-z]{3})(?<![isu])(?<!http)s(?=[_-]|$)")
_SEPARATOR: Final = re.compile(r"[_-]")


class Likeness:
    """Names to compare others with; a look-up costs by the length of a name, not by how many there are."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._by_form: dict[str, list[str]] = {}
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        """One more name."""
        for form in _forms(name):
            self._by_form.setdefault(form, []).append(name)

    def of(self, name: str) -> list[str]:
        """The names that look like this one and are not it, sorted."""
        candidates = {other for form in _forms(name) for other in self._by_form.get(form, ())}
        return sorted(other for other in candidates if are_alike(name, other))


def are_alike(first: str, second: str) -> bool:
    """Whether a reader may take two different names for one."""
    if first == second or _differ_in_numbers(first, second):
        return False
    if skeleton(first) == skeleton(second):
        return True
    if min(len(first), len(second)) < MIN_LENGTH:
        return False
    return _is_swap(first, second) or _is_one_letter_off(first, second)


def skeleton(name: str) -> str:
    """What is left of a name when plurals, separators and letters of one look are taken for the same."""
    words = _SEPARATOR.split(_PLURAL.sub("", name))
    # A word of one letter is a number or a variable, and `axis_i` is not `axis_l`.
    text = "".join(word.translate(_SAME_LETTER) if len(word) > 1 else word for word in words)
    for pair, letter in _SAME_LOOK:
        text = text.replace(pair, letter)
    return text


def _forms(name: str) -> set[str]:
    """Texts of which two like names share at least one: the skeleton, and the name without each one of its letters."""
    return {f"={skeleton(name)}", name, *(name[:index] + name[index + 1 :] for index in range(len(name)))}


def _differ_in_numbers(first: str, second: str) -> bool:
    numbers = [re.findall(r"[0-9]+", name) for name in (first, second)]
    return all(numbers) and re.sub(r"[0-9]+", "0", first) == re.sub(r"[0-9]+", "0", second)


def _is_swap(first: str, second: str) -> bool:
    """Whether two neighbouring letters changed places."""
    differ = [index for index, (one, other) in enumerate(zip(first, second, strict=False)) if one != other]
    if len(first) != len(second) or len(differ) != 2 or differ[1] != differ[0] + 1:
        return False
    return first[differ[0]] == second[differ[1]] and first[differ[1]] == second[differ[0]]


def _is_one_letter_off(first: str, second: str) -> bool:
    """Whether one letter of one longer word was put in, left out or replaced."""
    first_words, second_words = _SEPARATOR.split(first), _SEPARATOR.split(second)
    if len(first_words) != len(second_words):
        return False
    differ = [(one, other) for one, other in zip(first_words, second_words, strict=True) if one != other]
    if len(differ) != 1 or min(map(len, differ[0])) < MIN_WORD:
        return False
    short, long = sorted(differ[0], key=len)
    there = len(os.path.commonprefix([short, long]))
    replaced = len(short) == len(long)
    return short[there + replaced :] == long[there + 1 :]


def alike_within(names: Iterable[str]) -> Mapping[str, list[str]]:
    """Of each name that looks like an earlier one, those earlier ones."""
    known, found = Likeness(), {}
    for name in names:
        like = known.of(name)
        if like:
            found[name] = like
        known.add(name)
    return found
