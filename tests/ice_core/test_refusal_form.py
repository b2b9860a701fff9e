"""A refusal comes back from its `--json` form as it was, and what is not exactly that form is refused."""

import copy
import json
from collections.abc import Callable

import pytest

from ice_core.errors import Finding, IceError, Location
from ice_core.refusal_form import NotARefusal, read_finding, read_refusal
from ice_core.strict_json import JsonObject, JsonValue

WHERE = Location("acme/csv.py", line=3, column=4, path="schema.input")
WHOLE = IceError(
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
)


def sent(error: IceError) -> JsonObject:
    value = json.loads(json.dumps(error.to_json()["error"]))
    assert isinstance(value, dict)
    return value


@pytest.mark.parametrize(
    "error",
    [
        IceError("version-missing", "`tool:x` has no version", hints=()),
        IceError("version-missing", "`tool:x` has no version", hints=("a", "b"), where=WHERE),
        IceError("version-missing", "x", hints=(), details={"expected": 3, "found": [], "note": None, "lines": [1]}),
        IceError("version-missing", "x", hints=(), details={"lines": []}),
        WHOLE,
    ],
)
def test_a_refusal_is_read_back_as_it_was(error: IceError) -> None:
    """Also one whose details have members of those names that are no text."""
    assert error.to_json() == read_refusal(sent(error)).to_json()


def test_a_warning_stays_one() -> None:
    finding = Finding("version-missing", "first", hints=(), severity="warning", where=WHERE, detail=("line",))

    assert finding.to_json() == read_finding(finding.to_json()).to_json()


CHANGES: dict[str, Callable[[JsonObject], object]] = {
    "no slug": lambda value: value.pop("slug"),
    "a member more": lambda value: value.update(more=1),
    "a slug that is a number": lambda value: value.update(slug=1),
    "no text": lambda value: value.update(message=None),
    "another severity": lambda value: value.update(severity="fatal"),
    "a severity that is an array": lambda value: value.update(severity=["error"]),
    "a text for a place": lambda value: value.update(where="a.py"),
    "a place without a file": lambda value: value.update(where={"line": 1, "column": None, "path": None}),
    "a line that is true": lambda value: value.update(where={"file": "a", "line": True, "column": None, "path": None}),
    "a column that is a text": lambda value: value.update(where={"file": "a", "line": 1, "column": "1", "path": None}),
    "a path that is a number": lambda value: value.update(where={"file": "a", "line": 1, "column": 1, "path": 1}),
    "details that are an array": lambda value: value.update(details=[]),
    "one hint": lambda value: value.update(hints="run this"),
    "a hint that is a number": lambda value: value.update(hints=[1]),
    "findings without any": lambda value: value.update(findings=[]),
    "findings that are an object": lambda value: value.update(findings={"a": 1}),
    "a finding with findings": lambda value: value.update(findings=[copy.deepcopy(value)]),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_is_not_exactly_a_refusal_is_none(change: Callable[[JsonObject], object]) -> None:
    """Threat 30: a component that forges its answer: nothing is repaired or converted."""
    value = sent(WHOLE)
    change(value)

    with pytest.raises(NotARefusal):
        read_refusal(value)


@pytest.mark.parametrize("value", [None, [], "x", 1, {}], ids=repr)
def test_what_is_no_object_of_that_form_is_none(value: JsonValue) -> None:
    with pytest.raises(NotARefusal):
        read_refusal(value)
