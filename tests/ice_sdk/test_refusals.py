"""Refusals of a child process come back as they were, and several findings become one error."""

import json

import pytest

from ice_core.errors import Finding, IceError, Location
from ice_sdk.refusals import read_refusal, refusal_of

WHERE = Location("acme/csv.py", line=3, column=4, path="schema.input")


@pytest.mark.parametrize(
    "error",
    [
        IceError("version-missing", "`tool:x` has no version", hints=()),
        IceError("version-missing", "`tool:x` has no version", hints=("a", "b"), where=WHERE),
        IceError(
            "version-missing",
            "`tool:x` has no version",
            hints=("a",),
            where=Location("acme/csv.py"),
            expected="one",
            found="none",
            note="Nothing was written.",
            detail=("line 1", "line 2"),
            details={"component": "tool:x", "count": 3},
            findings=[
                Finding("version-missing", "first", hints=("h",), where=WHERE, severity="warning"),
                Finding("version-missing", "second", hints=(), found="x"),
            ],
        ),
    ],
)
def test_a_refusal_is_read_back_as_it_was(error: IceError) -> None:
    sent = json.loads(json.dumps(error.to_json()["error"]))

    assert error.to_json() == read_refusal(sent).to_json()


def test_one_finding_is_the_error_itself() -> None:
    error = refusal_of([Finding("version-missing", "first", hints=("h",), where=WHERE, expected="a", found="b")])

    assert () == error.findings
    assert ("first", WHERE, "a", "b") == (
        error.finding.message,
        error.where,
        error.finding.expected,
        error.finding.found,
    )


def test_several_findings_are_told_by_the_first_in_order_of_place() -> None:
    later = Finding("version-missing", "later", hints=(), where=Location("b.py", line=1))
    first = Finding("version-missing", "first", hints=("h",), where=Location("a.py", line=9))
    error = refusal_of([later, first])

    assert ("first", ("h",)) == (error.finding.message, error.finding.hints)
    assert (first, later) == error.findings
