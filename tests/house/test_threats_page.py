"""The page of threats: made from the tests' docstrings, with every row either tried by a test or said to be missing."""

import re

import pytest

from tests.house.threats_page import PAGE, THREATS, incidents, mentions, render
from tests.house.tree import Module, modules_of_tests


def test_the_page_is_made_from_the_docstrings() -> None:
    """`python3 dev.py fix` writes it anew."""
    assert render(mentions(modules_of_tests()), incidents(modules_of_tests())) == PAGE.read_text(encoding="utf-8")


def test_every_row_is_tried_by_a_test_or_said_to_be_missing() -> None:
    """A control counts as built only once a test has seen the attack refused."""
    tried = {number for number, _ in mentions(modules_of_tests())}

    assert set() == THREATS.keys() - tried - {number for number, row in THREATS.items() if row.later is not None}


def test_a_docstring_names_rows_of_the_table_only() -> None:
    """A number that is no row is a slip of the pen."""
    assert set() == {number for number, _ in mentions(modules_of_tests())} - THREATS.keys()


def test_every_test_of_the_whole_names_its_row_first() -> None:
    """Tests under tests/threats start with row or incident, except those that show that the good one passes."""
    own = [module for module in modules_of_tests() if re.fullmatch(r"tests/threats/test_\w+\.py", module.path)]
    named = {test for _, test in mentions(own)} | {incident.test for incident in incidents(own)}
    tests = [test for module in own for test in re.findall(r"^def (test_\w+)", module.text, re.M)]

    assert ["test_good", "test_the_good"] == sorted(
        {re.sub(r"^(test_(the_)?good).*", r"\1", test) for test in tests if not any(test in name for name in named)}
    )


def test_a_planted_docstring_is_seen() -> None:
    """At its start and in a later sentence."""
    text = 'def test_a():\n    """Threat 7: mix.\n\n    Also Threat 22: zip.\n    """\n'

    assert [(7, "t.py::test_a"), (22, "t.py::test_a")] == list(mentions([Module(path="t.py", text=text)]))


def test_a_planted_incident_is_seen() -> None:
    """Its docstring may be broken over lines."""
    text = 'def test_a():\n    """Incident of a name (2025): it is tried.\n    Stopped by: a control."""\n'
    (found,) = incidents([Module(path="t.py", text=text)])

    assert ("of a name", 2025, "it is tried", "a control", "t.py::test_a") == (
        found.name,
        found.year,
        found.tried,
        found.control,
        found.test,
    )


def test_an_incident_in_another_form_fails() -> None:
    """Rather than to be left out of the page without a word."""
    text = 'def test_a():\n    """Incident of a name: it is tried."""\n'

    with pytest.raises(AssertionError, match=r"t\.py::test_a"):
        list(incidents([Module(path="t.py", text=text)]))
