"""Patterns of packages: what one includes and two have in common agrees with which packages they let a key sign."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ice_core.errors import IceError
from ice_core.key_namespaces import common, includes, outside
from ice_core.key_store import KeyStore
from tests.builders.homes import NOW
from tests.builders.keys import key_record

NAMES = ["a", "ab", "a-b", "a-b-c", "a-bc", "b", "b-a"]
PATTERNS = ["*", *NAMES, *(f"{name}-*" for name in NAMES)]
LISTS = st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=4, unique=True)
# Every package by which two of these patterns can differ.
PACKAGES = [*NAMES, *(f"{name}-x" for name in NAMES), "x"]


def signable(patterns: "tuple[str, ...] | list[str]") -> set[str]:
    """The packages that a key with these namespaces may sign, as the key-store judges."""
    if not patterns:
        return set()
    record = key_record(namespaces=tuple(patterns))
    keys, found = KeyStore([record], where="keys"), set()
    for package in PACKAGES:
        try:
            keys.authorise(record, package=package, first_seen=NOW)
        except IceError:
            continue
        found.add(package)
    return found


@pytest.mark.parametrize(("pattern", "other"), list(product(PATTERNS, PATTERNS)))
def test_a_pattern_includes_another_if_it_lets_a_key_sign_all_that_the_other_does(pattern: str, other: str) -> None:
    assert includes(pattern, other) == (signable([other]) <= signable([pattern]))


@given(patterns=LISTS, others=LISTS)
def test_what_two_lists_have_in_common_is_what_both_let_a_key_sign(patterns: list[str], others: list[str]) -> None:
    assert signable(common(patterns, others)) == signable(patterns) & signable(others)


@given(patterns=LISTS, others=LISTS)
def test_what_two_lists_have_in_common_is_inside_both(patterns: list[str], others: list[str]) -> None:
    shared = common(patterns, others)

    assert ((), ()) == (outside(shared, patterns), outside(shared, others))


@given(patterns=LISTS)
def test_a_list_has_itself_in_common_with_itself(patterns: list[str]) -> None:
    assert signable(patterns) == signable(common(patterns, patterns))


def test_patterns_that_go_beyond_are_named() -> None:
    assert ("*", "other") == outside(("acme-csv", "*", "other"), ("acme-*",))
