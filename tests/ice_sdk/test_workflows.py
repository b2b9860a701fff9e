"""What a `@workflow` gives: a blueprint that the model accepts, both sides as schemas, and refusals in place."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import BaseModel

from ice_core.errors import IceError
from ice_core.names import SemVer
from ice_core.strict_json import JsonObject
from ice_sdk import Blueprint, workflow
from ice_sdk.description import describe
from ice_sdk.entries import describe_all
from ice_sdk.workflows import workflow_sides
from tests.ice_sdk.conftest import Declare
from tests.ice_sdk.json_paths import at, object_at
from tests.ice_sdk.typed_values import Row, Span, Table


class Question(BaseModel):
    query: str
    span: Span | None = None


class Answer(BaseModel):
    text: str
    rows: list[Row] = []


def built(inputs: Any = None, outputs: Any = None) -> Blueprint:
    flow = Blueprint.start("library.ask", inputs=inputs, outputs=outputs)
    answer = flow.tool("answers", id="answer", args={"query": flow.inputs.query})
    return flow.output(text=answer.out.text, count=answer.out.count)


def ask() -> Blueprint:
    """Answers from the library."""
    return built({"query": str, "limit": (int, 3)})


async def ask_later() -> Blueprint:
    return built({"query": str, "limit": (int, 3)})


class AskWorkflow:
    def execute(self) -> Blueprint:
        return built({"query": str, "limit": (int, 3)})


def ask_with_model() -> Blueprint:
    return built(Question, Answer)


def ask_with_schema() -> Blueprint:
    return built({"type": "object", "properties": {"query": {"type": "string"}}}, {"type": "object"})


def ask_with_types() -> Blueprint:
    return built({"table": Table}, {"text": str, "count": int})


def ask_nothing() -> Blueprint:
    return built()


VALUE: JsonObject = {
    "schema_version": "1.2.0",
    "id": "library.ask",
    "inputs": {"type": "object", "properties": {"query": {"type": "string"}}},
    "nodes": [{"id": "answer", "type": "tool", "tool_name": "answers"}],
    "outputs": {"text": "{{ answer.text }}"},
}


def ask_as_value() -> dict[str, Any]:
    return dict(VALUE)


def ask_as_small_value() -> dict[str, Any]:
    return {"schema_version": "1.2.0", "id": "x", "nodes": []}


@pytest.mark.parametrize(("target", "name"), [(ask, "ask"), (ask_later, "ask_later"), (AskWorkflow, "ask")])
def test_functions_and_classes_give_the_same_blueprint(
    declare: Declare, target: Callable[..., object], name: str
) -> None:
    described = describe(declare(target, workflow))

    assert name == at(described, "component", "name")
    assert ["query"] == at(described, "component", "blueprint", "inputs", "required")
    assert 3 == at(described, "component", "blueprint", "inputs", "properties", "limit", "default")
    assert ["text", "count"] == at(described, "component", "schema", "output", "required")


def test_inputs_given_as_types_are_the_workflows_input(declare: Declare) -> None:
    described = describe(declare(ask, workflow))
    reference = at(described, "component", "schema", "input")

    assert {"$ref": "#/schemas/AskInput"} == reference
    assert at(described, "schemas", "AskInput") == at(described, "component", "blueprint", "inputs")


def test_models_give_the_schemas_of_both_sides(declare: Declare) -> None:
    described = describe(declare(ask_with_model, workflow))

    assert {"input": {"$ref": "#/schemas/Question"}, "output": {"$ref": "#/schemas/Answer"}} == at(
        described, "component", "schema"
    )
    assert {"Answer", "Question", "Row", "Span"} == object_at(described, "schemas").keys()


def test_the_inputs_of_an_inline_blueprint_stand_alone(declare: Declare) -> None:
    described = describe(declare(ask_with_model, workflow))
    inputs = object_at(described, "component", "blueprint", "inputs")

    assert {"query", "span"} == object_at(inputs, "properties").keys()
    assert {"Span"} == object_at(inputs, "$defs").keys()
    assert "#/schemas/" not in str(inputs)


def test_schemas_that_are_given_stay_as_they_are(declare: Declare) -> None:
    described = describe(declare(ask_with_schema, workflow))

    assert {
        "input": {"type": "object", "properties": {"query": {"type": "string"}}},
        "output": {"type": "object"},
    } == at(described, "component", "schema")


def test_types_of_outputs_are_the_workflows_output(declare: Declare) -> None:
    described = describe(declare(ask_with_types, workflow))

    assert ["text", "count"] == at(described, "schemas", "AskWithTypesOutput", "required")
    assert {"AskWithTypesInput", "AskWithTypesOutput", "Row", "Table"} == object_at(described, "schemas").keys()


def test_a_workflow_without_inputs_takes_an_empty_object(declare: Declare) -> None:
    described = describe(declare(ask_nothing, workflow))

    assert {"additionalProperties": False, "properties": {}, "type": "object"} == at(
        described, "schemas", "AskNothingInput"
    )


def test_a_dict_is_taken_as_the_blueprint_that_it_is(declare: Declare) -> None:
    described = describe(declare(ask_as_value, workflow))

    assert VALUE == at(described, "component", "blueprint")
    assert VALUE["inputs"] == at(described, "component", "schema", "input")
    assert ["text"] == at(described, "component", "schema", "output", "required")


def test_a_dict_without_inputs_and_outputs_takes_and_gives_objects(declare: Declare) -> None:
    described = describe(declare(ask_as_small_value, workflow))

    assert {"type": "object"} == at(described, "component", "schema", "input")
    assert [] == at(described, "component", "schema", "output", "required")


def test_a_workflow_is_described_inside_a_running_loop(declare: Declare) -> None:
    declared = declare(ask_later, workflow)

    async def inside() -> JsonObject:
        return describe(declared)

    assert "ask_later" == at(asyncio.run(inside()), "component", "name")


def takes(query: str) -> Blueprint:
    return built()


async def waits() -> Blueprint:
    await asyncio.sleep(0)
    return built()


def gives_text() -> str:
    return "blueprint"


def gives_no_json() -> dict[str, Any]:
    return {**VALUE, "metadata": {"made": object()}}


def gives_odd_inputs() -> Blueprint:
    return built(inputs=3)


class TakesMore:
    def __init__(self, connection: str) -> None:
        self.connection = connection

    def __call__(self, query: str) -> Blueprint:
        return built()


@pytest.mark.parametrize(
    ("target", "message", "found"),
    [
        (takes, "`workflow:takes` takes parameters", "query"),
        (TakesMore, "`workflow:takes_more` takes parameters", "connection, query"),
        (waits, "`workflow:waits` awaits something while it builds", "an await"),
        (gives_text, "`workflow:gives_text` gives no blueprint", "str"),
        (
            gives_no_json,
            "`workflow:gives_no_json` gives a blueprint that is no JSON value at `metadata.made`",
            "object",
        ),
        (gives_odd_inputs, "`workflow:gives_odd_inputs` declares its input in no known form", "3"),
    ],
)
def test_what_gives_no_blueprint_is_refused_at_its_place(
    declare: Declare, target: Callable[..., object], message: str, found: str
) -> None:
    declared = declare(target, workflow)
    with pytest.raises(IceError) as refused:
        workflow_sides(declared)

    assert "declaration-invalid" == refused.value.slug
    assert refused.value.finding.message.startswith(message)
    assert found in (refused.value.finding.found or "")
    assert declared.where == refused.value.where


def misspelt() -> dict[str, Any]:
    return {**VALUE, "node": [], "nodes": [{"id": "a", "type": "tool", "tool_name": "x", "tool_arg": {}}]}


def test_every_fault_of_a_blueprint_is_named_at_the_functions_line(declare: Declare) -> None:
    declared = declare(misspelt, workflow)
    with pytest.raises(IceError) as refused:
        describe_all([declared], version=SemVer.parse("1.0.0"))

    assert "blueprint-invalid" == refused.value.slug
    assert 2 == len(refused.value.findings)
    assert {(declared.file, declared.line)} == {(f.where.file, f.where.line) for f in refused.value.findings if f.where}
