"""Both sides of a call: every violation with its path, and values that a component cannot change afterwards."""

import math

import pytest

from ice_core.errors import IceError
from ice_core.strict_json import JsonObject
from ice_orchestrator.calls import checked_input, checked_inputs, checked_output
from tests.builders.plans import component_of, planned_component

SCHEMA: JsonObject = {
    "type": "object",
    "properties": {"a": {"type": "integer"}, "b": {"type": "array", "items": {"type": "string"}}},
    "required": ["a"],
    "additionalProperties": False,
}
STRICT = component_of(planned_component("tool:strict", input_schema=SCHEMA, output_schema=SCHEMA))


def test_a_value_that_keeps_the_schema_is_copied() -> None:
    """Changing the original afterwards changes nothing."""
    texts = ["x"]
    given: dict[str, object] = {"a": 1, "b": texts}

    kept = checked_output(STRICT, given, path="n")
    texts.append("y")

    assert {"a": 1, "b": ["x"]} == kept


def test_every_violation_is_told_with_its_path() -> None:
    """Three faults at once: a wrong type, a wrong item, an unknown member."""
    with pytest.raises(IceError) as refused:
        checked_input(STRICT, {"a": "x", "b": ["y", 1], "c": 0}, path="n")

    assert ("input-invalid", 3) == (refused.value.slug, len(refused.value.findings))
    assert {"", "a", "b[1]"} == {each.where.path for each in refused.value.findings if each.where is not None}
    assert {"n"} == {each.where.file for each in refused.value.findings if each.where is not None}


def test_one_violation_is_the_error_itself() -> None:
    """No list of one."""
    with pytest.raises(IceError) as refused:
        checked_output(STRICT, {"b": []}, path="n")

    assert ("output-invalid", ()) == (refused.value.slug, refused.value.findings)
    assert (
        'The output of `tool:strict` does not keep its schema: "a" is a required property'
        in refused.value.finding.message
    )


@pytest.mark.parametrize(
    "value", [{"a": object()}, {"a": math.nan}, {"a": math.inf}, {"a": 2**60}, {"a": "\ud800"}, {1, 2}, b"bytes"]
)
def test_what_is_no_json_value_is_refused(value: object) -> None:
    """Also what only some JSON readers would take."""
    with pytest.raises(IceError) as refused:
        checked_output(component_of(planned_component("tool:any")), value, path="n")

    assert "output-invalid" == refused.value.slug


def endless() -> list[object]:
    value: list[object] = []
    value.append(value)
    return value


def deep(depth: int) -> object:
    value: object = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (endless(), "nests deeper than 64 levels"),
        (deep(100), "nested too deeply"),
        (deep(5000), "nests deeper than 64 levels"),
        ({"a": 10**5000}, ".a: an integer of 16610 bits is beyond 2^53-1"),
        ({"a": object()}, ".a: object"),
    ],
    ids=["endless", "deep", "very deep", "many digits", "object"],
)
def test_why_a_value_is_no_json_is_told_in_words_of_its_own(value: object, words: str) -> None:
    """Without those of the library that would have written it."""
    with pytest.raises(IceError) as refused:
        checked_output(component_of(planned_component("tool:any")), value, path="n")

    assert "output-invalid" == refused.value.slug
    assert words in (refused.value.finding.found or "")
    assert [] == [word for word in ("Circular", "set_int_max", "recursion") if word in str(refused.value.to_json())]


def test_inputs_without_a_schema_are_taken_as_they_are() -> None:
    """A blueprint that says nothing about its inputs takes any object."""
    assert {"n": 1} == checked_inputs({}, {"n": 1}, blueprint_id="b")
