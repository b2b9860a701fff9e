"""Several findings become one error."""

from ice_core.errors import Finding, Location
from ice_sdk.refusals import refusal_of

WHERE = Location("acme/csv.py", line=3, column=4, path="schema.input")


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
