"""Both sides of a call: every violation with its path, and values that a component cannot change afterwards."""

import json
import math
from collections.abc import Callable

import pytest

from ice_core.errors import IceError
from ice_core.lowered_limits import lower, set_aside
from ice_core.models.plan import PlannedComponent
from ice_core.strict_json import JsonObject, JsonValue, parse_any_json
from ice_orchestrator.caller import PlainOutput
from ice_orchestrator.calls import checked_input, checked_inputs, checked_output, composed_output, copied_input
from tests.builders.plans import component_of, planned_component
from tests.ice_core.schema_pairs import alone, pair, universe

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
        (deep(5000), "nest"),  # whether it can be written at all differs between versions of Python
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


ANY = component_of(planned_component("tool:any", input_schema={}))
GOOD: JsonObject = {"a": 1, "b": ["x"]}
BAD: JsonObject = {"a": "x", "b": ["y", 1], "c": 0}


def test_a_value_that_runs_made_is_held_against_the_schema_and_not_copied() -> None:
    """The component is given a copy by whoever calls it; an output is its caller's own."""
    assert GOOD is checked_input(STRICT, GOOD, path="n")
    assert GOOD is checked_output(STRICT, PlainOutput(GOOD), path="n")
    assert GOOD is composed_output(STRICT, GOOD, path="n")


def test_what_a_component_hands_over_is_copied() -> None:
    """It may go on changing what it gave."""
    texts: list[JsonValue] = ["x"]
    given: JsonObject = {"a": 1, "b": texts}

    kept = copied_input(STRICT, given, path="n")
    texts.append("y")

    assert GOOD == kept


def refusal_of(call: Callable[[], object]) -> JsonObject:
    """What `--json` would say of the refusal."""
    with pytest.raises(IceError) as refused:
        call()
    return refused.value.to_json()


def test_a_refusal_is_the_same_whichever_way_the_value_came() -> None:
    """The same words in the same order, copied or not."""
    inputs = [
        refusal_of(lambda: checked_input(STRICT, BAD, path="n")),
        refusal_of(lambda: copied_input(STRICT, BAD, path="n")),
    ]
    outputs = [
        refusal_of(lambda: checked_output(STRICT, BAD, path="n")),
        refusal_of(lambda: checked_output(STRICT, PlainOutput(BAD), path="n")),
        refusal_of(lambda: composed_output(STRICT, BAD, path="n")),
    ]

    assert inputs[:1] * 2 == inputs
    assert outputs[:1] * 3 == outputs


@pytest.mark.parametrize("check", [checked_input, composed_output])
def test_what_references_make_is_no_deeper_than_what_is_read(check: Callable[..., object]) -> None:
    """A value of 64 levels inside an argument has 65."""
    assert check(ANY, {"a": deep(63)}, path="n") == {"a": deep(63)}

    assert "nested too deeply" in str(refusal_of(lambda: check(ANY, {"a": deep(64)}, path="n")))


@pytest.mark.parametrize("check", [checked_input, composed_output])
def test_what_references_make_is_no_larger_than_what_is_read(check: Callable[..., object]) -> None:
    """The same text a hundred times, as references can have it without any memory."""
    text = "x" * 1000
    with set_aside():
        lower({"json_bytes": 50_000})
        fits: JsonObject = {"a": [text] * 10}

        assert fits == check(ANY, fits, path="n")
        assert "is too large" in str(refusal_of(lambda: check(ANY, {"a": [text] * 100}, path="n")))


def test_a_closed_schema_bounds_what_this_machine_does_not() -> None:
    """Lowered limits hold for values whose schema names every member, too."""
    with set_aside():
        lower({"json_depth": 1})

        assert {"a": 1} == checked_input(STRICT, {"a": 1}, path="n")
        assert "nested too deeply" in str(refusal_of(lambda: checked_input(STRICT, GOOD, path="n")))


@pytest.mark.parametrize("rows", [64, 2000])
def test_a_wide_value_is_taken(rows: int) -> None:
    """More brackets than levels that a value may have."""
    table: JsonObject = {"rows": [{"n": number} for number in range(rows)]}

    assert table is checked_input(ANY, table, path="n")


def outcome(check: Callable[..., JsonValue], component: PlannedComponent, value: object) -> JsonValue:
    """The value that a check gives, or all that its refusal says."""
    try:
        return {"value": check(component, value, path="n")}
    except IceError as error:
        return {"refusal": error.to_json()}


def test_every_way_gives_the_same_value_or_the_same_refusal() -> None:
    """Random schemas, each held against a universe of small values; the last way reads the value's JSON text."""
    values = [value for value in universe() if isinstance(value, dict)]
    verdicts, differ = set[bool](), list[tuple[JsonValue, JsonValue]]()
    for number in range(16):
        schema = alone(pair(8_000_000 + number)[number % 2])
        component = component_of(planned_component("tool:random", input_schema=schema, output_schema=schema))
        try:
            contract = component.input_contract
        except IceError:  # outside what a manifest may declare
            continue
        for value in values:
            read = parse_any_json(json.dumps(value).encode("utf-8"), where="the value")
            taken = not contract.violations(read)
            verdicts.add(taken)
            inputs = [outcome(check, component, value) for check in (checked_input, copied_input)]
            given = (PlainOutput(value), value, Unusual(value))
            outputs = [outcome(checked_output, component, each) for each in given]
            if inputs[0] != inputs[1] or outputs[1:] != outputs[:-1] or taken != (inputs[0] == {"value": read}):
                differ.append((schema, value))

    assert [] == differ
    assert {True, False} == verdicts


class Unusual(dict[str, JsonValue]):
    """An object of a type of its own, which is copied through its text."""
