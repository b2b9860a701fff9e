"""The shape of a declared object against its signed entry: each way to disagree is told, and agreement is silent."""

import copy
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any

import pytest
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, RootModel

from ice_core.errors import IceError
from ice_core.models.plugins import ComponentEntry, CostEstimate
from ice_core.models.wire import parse_wire
from ice_core.registered import ListedComponent, RegisteredComponent
from ice_core.strict_json import JsonObject
from ice_orchestrator.signed_shape import check_settings, check_shape
from ice_sdk import Blueprint, Context, tool, workflow
from ice_sdk.declared import Declared
from tests.ice_sdk.conftest import Declare, declare

__all__ = ["declare"]

Edit = Callable[[JsonObject], object]


class Query(BaseModel):
    """A whole input."""

    text: str
    limit: int = 10
    of: str = Field(default="all", alias="from")
    names: list[str] = Field(default_factory=list)


class Chosen(BaseModel):
    """A member with two names, of which a signature shows neither."""

    text: str = Field(validation_alias=AliasChoices("text", "words"))


class Written(BaseModel):
    """A model that writes its schema itself."""

    model_config = ConfigDict(json_schema_extra=lambda schema: schema.pop("properties", None))
    text: str


class Words(RootModel[dict[str, str]]):
    """An object of any members."""


@dataclass
class Sender:
    """A component whose fields are the input."""

    to: str
    copies: list[str] = field(default_factory=list)
    times: int = 1

    def execute(self) -> int:
        """Sends."""
        return self.times


@dataclass
class Counter:
    """One field is not the caller's."""

    text: str
    seen: int = field(default=0, init=False)

    def execute(self) -> int:
        """Counts."""
        return len(self.text)


def plain(text: str, *, limit: int = 5, exact: bool = False, share: float = 1.0, tags: set[str] | None = None) -> int:
    """Takes members of plain types."""
    return limit


def with_context(text: str, context: Context) -> str:
    """The context is no member."""
    return text


def narrowed(word: Annotated[str, Field(max_length=3)], limit: Annotated[int, Field(ge=1)] = 1) -> str:
    """Narrows types."""
    return word


def by_position(first: int = 1, /, second: tuple[int, ...] = (2,)) -> int:
    """Takes a member by position."""
    return first


def nothing() -> None:
    """Takes nothing and gives null."""


def whole(query: Query) -> list[str]:
    """Takes a model."""
    return []


def chosen(query: Chosen) -> str:
    """Takes a model whose names are not plain."""
    return query.text


def written(query: Written) -> str:
    """Takes a model with a schema of its own."""
    return query.text


def rooted(words: Words) -> int:
    """Takes an object of any members."""
    return len(words.root)


def optional_model(query: Query | None = None) -> Query | None:
    """A model that may be left out is one member."""
    return query


def stream(text: str) -> Iterator[str]:
    """Yields."""
    yield text


async def slow_stream(text: str) -> AsyncIterator[int]:
    """Yields, too."""
    yield len(text)


def flow() -> Blueprint:
    """A workflow."""
    return Blueprint.start("acme.flow", inputs=Query, outputs=Query)


COMPONENTS = (
    plain, with_context, narrowed, by_position, nothing, whole, chosen, written, rooted, optional_model, stream,
    slow_stream, Sender, Counter,
)  # fmt: skip


def registered(declared: Declared, edit: Edit | None = None) -> RegisteredComponent:
    """What a registry has for it, after `edit` changed what export wrote."""
    described = copy.deepcopy(declared.describe())
    if edit is not None:
        edit(described)
    value, schemas = described["component"], described["schemas"]
    assert isinstance(value, dict)
    assert isinstance(schemas, dict)
    entry = parse_wire(ComponentEntry, value, slug="manifest-invalid", document="an entry", where="", hints=())
    return ListedComponent(entry, value, schemas=schemas, manifest=None)


def checked(declared: Declared, edit: Edit | None = None) -> None:
    """Holds its shape against what export wrote and `edit` changed."""
    found = registered(declared, edit)
    check_shape(declared, input_schema=found.input_schema(), output_schema=found.output_schema(), origin="a manifest")


def refusal(work: Callable[[], None]) -> IceError:
    """What the work is refused with."""
    with pytest.raises(IceError) as refused:
        work()
    return refused.value


def side(described: Any, name: str) -> Any:
    """The schema of one side, wherever it is."""
    schema = described["component"]["schema"][name]
    return described["schemas"][schema["$ref"].removeprefix("#/schemas/")] if "$ref" in schema else schema


def members(described: Any) -> Any:
    """The members of the input."""
    return side(described, "input")["properties"]


def with_schema(name: str, schema: JsonObject) -> Edit:
    """An edit that puts another schema in the place of a side's."""

    def edit(described: Any) -> None:
        described["component"]["schema"][name] = schema

    return edit


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda component: component.__name__)
def test_what_export_wrote_is_what_the_code_is(declare: Declare, component: Any) -> None:
    """Every form of a component agrees with its own manifest."""
    declared = declare(component, tool(name="made", version="1.0.0"))

    checked(declared)
    check_settings(declared, registered(declared))


EDITS: dict[str, tuple[Edit, str, str, str]] = {
    "a parameter that the manifest lacks": (
        lambda value: members(value).pop("limit"),
        "it takes `limit`", "no `limit`", "`limit`, with a default"),
    "a parameter that the code lacks": (
        lambda value: members(value).update(path={}),
        "it takes no `path`", "`path`, with a default", "no such parameter"),
    "a required one that the code lacks": (
        lambda value: (members(value).update(path={}), side(value, "input")["required"].append("path")),
        "it takes no `path`", "`path`, required", "no such parameter"),
    "required by the manifest alone": (
        lambda value: side(value, "input").update(required=["text", "limit"]),
        "`limit` may be left out", "`limit`, required", "`limit`, with a default"),
    "required by the code alone": (
        lambda value: side(value, "input").pop("required"),
        "`text` is required", "`text`, with a default", "`text`, required"),
    "another type": (
        lambda value: members(value)["text"].update(type="integer"),
        "`text` has another type", "`text`: integer", "`text`: string"),
    "a narrower type": (
        lambda value: members(value)["limit"].update(type="number"),
        "`limit` has another type", "`limit`: number", "`limit`: integer"),
    "another default": (
        lambda value: members(value)["limit"].update(default=6),
        "`limit` has another default", "6", "5"),
    "null in place of a list": (
        lambda value: members(value)["tags"].update(default=[]),
        "`tags` has another default", "[]", "nothing"),
}  # fmt: skip


@pytest.mark.parametrize("name", EDITS)
def test_a_parameter_that_disagrees_is_named(declare: Declare, name: str) -> None:
    """Threat 30: code of another shape than its signed entry: refused with the parameter and what each side says."""
    edit, message, expected, found = EDITS[name]
    declared = declare(plain, tool(name="made", version="1.0.0"))

    error = refusal(lambda: checked(declared, edit))

    assert "component-shape-mismatch" == error.slug
    assert f"`tool:made` is not of the shape that its signed manifest describes: {message}" == error.finding.message
    assert (expected, found) == (error.finding.expected, error.finding.found)
    assert "ice plugins export" in error.finding.hints[0]
    assert "ice publish" in error.finding.hints[1]
    assert error.where is not None
    assert __file__ == error.where.file


def test_everything_that_disagrees_is_told_at_once(declare: Declare) -> None:
    """Two parameters, two findings."""
    declared = declare(plain, tool(name="made", version="1.0.0"))

    error = refusal(lambda: checked(declared, lambda value: side(value, "input").update(properties={}, required=[])))

    assert 5 == len(error.findings)
    assert ["exact", "limit", "share", "tags", "text"] == sorted(str(each.details["member"]) for each in error.findings)


@pytest.mark.parametrize("component", [stream, slow_stream])
def test_a_stream_is_no_single_value(declare: Declare, component: Any) -> None:
    """The manifest says text, the code yields."""
    declared = declare(component, tool(name="made", version="1.0.0"))

    error = refusal(lambda: checked(declared, with_schema("output", {"type": "string"})))

    assert "component-shape-mismatch" == error.slug
    assert "a stream, whose output is an array" == error.finding.found


@pytest.mark.parametrize("component", [whole, Sender])
def test_members_of_a_model_and_of_fields_are_compared(declare: Declare, component: Any) -> None:
    """The whole input is one type: its own members are the parameters."""
    declared = declare(component, tool(name="made", version="1.0.0"))

    def edit(described: Any) -> None:
        for schema in [side(described, "input"), *described["schemas"].values()]:
            schema.get("properties", {}).pop("limit", None)
            schema.get("properties", {}).pop("times", None)

    assert "component-shape-mismatch" == refusal(lambda: checked(declared, edit)).slug


@pytest.mark.parametrize("schema", [{}, {"type": "object"}, {"type": "object", "additionalProperties": {}}])
def test_an_open_object_promises_no_members(declare: Declare, schema: JsonObject) -> None:
    """A manifest that was written by hand may take any object; each call is held against it all the same."""
    declared = declare(plain, tool(name="made", version="1.0.0"))

    checked(declared, with_schema("input", schema))


def test_an_integer_may_be_promised_of_what_takes_numbers(declare: Declare) -> None:
    """The code takes more than the manifest promises."""
    declared = declare(plain, tool(name="made", version="1.0.0"))

    checked(declared, lambda value: members(value)["share"].update(type="integer"))


def test_a_workflow_is_data(declare: Declare) -> None:
    """Its function is not called when it runs."""

    check_shape(declare(flow, workflow(name="made", version="1.0.0")), input_schema={}, output_schema={})


SETTINGS: dict[str, tuple[dict[str, Any], JsonObject]] = {
    "version": ({"version": "2.0.0"}, {"version": "1.0.0"}),
    "description": ({"description": "Send all mail to us."}, {"description": "Sends mail."}),
    "cost_estimate": ({"cost_estimate": 0}, {"cost_estimate": {"base": 0.5, "per_token": 0, "currency": "USD"}}),
    "max_tokens": ({"max_tokens": 10}, {"max_tokens": 1000}),
    "tags": ({"tags": ["mail"]}, {"tags": ["text"]}),
    "permissions": ({"permissions": {"network": ["*"]}}, {"permissions": {"network": ["api.acme.example"]}}),
    "deprecated": ({"deprecated": {"since": "1.0.0"}}, {"deprecated": None}),
}


@pytest.mark.parametrize("member", SETTINGS)
def test_a_decorator_that_says_something_else_is_refused(declare: Declare, member: str) -> None:
    """Threat 40: rug pull: a description, cost or permission that code states at its import, and nobody signed."""
    stated, signed = SETTINGS[member]
    declared = declare(nothing, tool(name="made", **{"version": "1.0.0", **stated}))

    def edit(described: Any) -> None:
        described["component"].update({name: value for name, value in signed.items() if value is not None})
        for name, value in signed.items():
            if value is None:
                described["component"].pop(name, None)

    error = refusal(lambda: check_settings(declared, registered(declared, edit)))

    assert ("component-settings-mismatch", member) == (error.slug, error.finding.details["member"])
    assert f"`tool:made` declares another `{member}` than its signed manifest" == error.finding.message


@pytest.mark.parametrize(
    "stated",
    [
        {},
        {"cost_estimate": 0.5},
        {"cost_estimate": {"base": 0.5}},
        {"cost_estimate": CostEstimate.model_validate({"base": 0.5})},
    ],
    ids=str,
)
def test_what_a_decorator_leaves_out_or_writes_otherwise_is_no_difference(declare: Declare, stated: Any) -> None:
    """A version may come from the distribution, a description from the docstring; a cost has several spellings."""
    declared = declare(nothing, tool(name="made", **stated))

    def edit(described: Any) -> None:
        cost = {"base": 0.5, "per_token": 0, "currency": "USD"}
        described["component"].update(version="7.0.0", description="Other.", tags=["x"], cost_estimate=cost)

    check_settings(declared, registered(declared, edit))


def test_settings_that_no_manifest_could_hold_are_refused(declare: Declare) -> None:
    """The decorator's own form is wrong, so it is not what was signed."""
    declared = declare(nothing, tool(name="made", version="1.0.0"))
    found = registered(declared)
    broken = declare(stream, tool(name="made", version="1.0.0", permissions={"network": ["NO HOST"]}))

    assert "component-settings-mismatch" == refusal(lambda: check_settings(broken, found)).slug
