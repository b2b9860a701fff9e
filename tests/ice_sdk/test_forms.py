"""Every form of component: how it is told from others, what it is called through, and which fields are its input."""

import functools
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest
from pydantic import BaseModel, PrivateAttr

from ice_core.errors import IceError, Location
from ice_core.strict_json import JsonObject, JsonValue
from ice_sdk import Context, agent, agent_factory, tool, tool_factory
from ice_sdk.calling import bind_input
from ice_sdk.declared import Declared, declared_of
from ice_sdk.forms import Form, fields_of, form_of, method_of
from ice_sdk.results import output_value
from tests.ice_sdk.conftest import Declare
from tests.ice_sdk.json_paths import at, object_at

WHERE = Location("acme/csv.py", line=7)


class GenericTool:
    """As older iceOS has it: the generic call is the ancestor's, the typed one the tool's own."""

    async def execute(self, **arguments: Any) -> Any:
        return arguments


class CSVTool(GenericTool):
    name: ClassVar[str] = "csv_tool"
    description = "Reads CSV"

    async def _execute_impl(self, *, path: str) -> dict[str, JsonValue]:
        return {"path": path}


class Overriding(CSVTool):
    async def execute(self, **arguments: Any) -> str:
        return str(arguments)


class Configured(BaseModel):
    """Splits."""

    name: str = "split_tool"
    separator: str = ","

    def execute(self, text: str) -> list[str]:
        return text.split(self.separator)


class ModelFields(BaseModel):
    """Its fields are the input."""

    name: str = "nobody"
    count: int
    _made: int = PrivateAttr(default=0)

    def execute(self) -> str:
        return self.name * self.count


@dataclass
class DataFields:
    name: str
    also: list[str] = field(default_factory=list)
    made: int = field(default=0, init=False)

    def execute(self, context: Context) -> list[str]:
        return [self.name, *self.also]


class Plain:
    def execute(self) -> int:
        return 3


class Calls:
    def __init__(self, word: str = "a") -> None:
        self.word = word

    def __call__(self, text: str) -> str:
        return self.word + text


def function(text: str) -> str:
    return text


@functools.lru_cache
def cached(text: str) -> str:
    return text


def create_calls() -> Calls:
    return Calls("made ")


def create_nothing() -> int:
    return 3


def create_unsaid() -> Calls:
    return Calls()


del create_unsaid.__annotations__["return"]


def create_with(word: str) -> Calls:
    return Calls(word)


INSTANCE = Calls("b ")
CONFIGURED = Configured(separator=";")


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (function, "function"),
        (cached, "function"),
        (Calls, "class"),
        (CSVTool, "class"),
        (ModelFields, "class"),
        (INSTANCE, "instance"),
        (CONFIGURED, "instance"),
    ],
)
def test_an_object_has_a_form(target: object, expected: Form) -> None:
    assert expected == form_of(target, decorator="@tool", where=WHERE)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (GenericTool, "execute"),
        (CSVTool, "_execute_impl"),
        (Overriding, "execute"),
        (Configured, "execute"),
        (Calls, "__call__"),
        (object, None),
    ],
)
def test_the_nearest_typed_method_is_called(target: type, expected: str | None) -> None:
    assert expected == method_of(target)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (ModelFields, ("name", "count")),
        (DataFields, ("name", "also")),
        (Plain, ()),
        (Configured, ("name", "separator")),
    ],
)
def test_fields_are_what_making_a_class_takes(target: type, expected: tuple[str, ...]) -> None:
    assert expected == fields_of(target)


class FixedContext:
    run_id = node_id = idempotency_key = "x"

    async def call(self, component: str, /, **arguments: Any) -> Any: ...
    def call_sync(self, component: str, /, **arguments: Any) -> Any: ...
    def usage(self, *, tokens: int) -> None: ...


def called(declared: Declared, value: JsonObject) -> object:
    arguments, named = bind_input(declared, value, context=FixedContext())
    return output_value(declared, declared.call(*arguments, **named))


@pytest.mark.parametrize(
    ("target", "decorator", "name", "value", "expected"),
    [
        (function, tool, "function", {"text": "x"}, "x"),
        (cached, tool, "cached", {"text": "x"}, "x"),
        (Calls, tool, "calls", {"text": "x"}, "ax"),
        (Configured, tool, "split_tool", {"text": "a,b"}, ["a", "b"]),
        (ModelFields, tool, "model_fields", {"name": "ab", "count": 2}, "abab"),
        (DataFields, agent, "data_fields", {"name": "a", "also": ["b"]}, ["a", "b"]),
        (Plain, tool, "plain", {}, 3),
        (INSTANCE, tool, "calls", {"text": "x"}, "b x"),
        (CONFIGURED, tool, "split_tool", {"text": "a;b"}, ["a", "b"]),
        (create_calls, tool_factory, "calls", {"text": "x"}, "made x"),
        (create_calls, agent_factory("asks"), "asks", {"text": "x"}, "made x"),
    ],
)
def test_each_form_is_named_and_called(
    declare: Declare, target: Any, decorator: Callable[..., object], name: str, value: JsonObject, expected: object
) -> None:
    declared = declare(target, decorator)

    assert name == declared.id.name
    assert expected == called(declared, value)


def test_an_instance_serves_every_call_and_a_factory_makes_one_for_each(declare: Declare) -> None:
    made: list[Calls] = []

    class Counting(Calls):
        def __init__(self) -> None:
            super().__init__()
            made.append(self)

    def create() -> Counting:
        return Counting()

    create.__qualname__ = "create_calls"
    create.__annotations__["return"] = Counting
    declared = declare(create, tool_factory)
    called(declared, {"text": "x"})
    called(declared, {"text": "y"})

    assert 2 == len(made)


def test_a_tool_of_older_iceos_says_its_name_and_description_itself(declare: Declare) -> None:
    declared = declare(CSVTool)

    assert ("tool:csv_tool", "Reads CSV") == (str(declared.id), declared.entry()["description"])
    assert declared.is_async


def test_what_the_decorator_is_told_goes_before_what_a_class_says(declare: Declare) -> None:
    declared = declare(CSVTool, tool("rows", description="Gives rows"))

    assert ("tool:rows", "Gives rows") == (str(declared.id), declared.entry()["description"])


class Odd:
    name = "CSV Reader"

    def execute(self) -> int:
        return 1


def test_a_class_whose_own_name_does_not_fit_is_told_one_that_does() -> None:
    with pytest.raises(IceError) as refused:
        tool(Odd)

    assert ("component-name-invalid", ('Write `@tool("csv_reader")`',)) == (
        refused.value.slug,
        refused.value.finding.hints,
    )


def test_the_fields_of_a_model_are_its_input_and_have_its_schema(declare: Declare) -> None:
    described = declare(ModelFields).describe()

    assert {"$ref": "#/schemas/ModelFields"} == at(described, "component", "schema", "input")
    assert ["name", "count"] == list(object_at(described, "schemas", "ModelFields", "properties"))


def test_a_field_that_making_a_dataclass_does_not_take_is_no_input(declare: Declare) -> None:
    described = declare(DataFields).describe()

    assert ["name", "also"] == list(object_at(described, "schemas", "DataFields-Input", "properties"))


def yields_rows(count: int) -> Iterator[int]:
    yield from range(count)


async def yields_later(count: int) -> AsyncIterator[int]:
    yield count


# As an author writes it who runs no type checker.
yields_rows.__annotations__["return"] = list[int]
yields_later.__annotations__["return"] = int


class NeedsOne:
    def __init__(self, path: str) -> None:
        self.path = path

    def execute(self) -> str:
        return self.path


@pytest.mark.parametrize(
    ("target", "decorator", "words", "hint"),
    [
        (
            yields_rows,
            tool,
            "`tool:yields_rows` yields, and its annotation does not say what",
            "Write `-> Iterator[T]`",
        ),
        (yields_later, tool, "`tool:yields_later` yields", "Write `-> AsyncIterator[T]`"),
        (create_nothing, tool_factory, "does not say which class of component it makes", "-> CsvReader:`"),
        (create_unsaid, tool_factory, "does not say which class of component it makes", "-> CsvReader:`"),
        (create_with, tool_factory, "create_with` cannot be made without arguments", "Take what varies"),
        (NeedsOne, tool, "NeedsOne` cannot be made without arguments", "Take what varies"),
    ],
)
def test_what_has_no_contract_is_refused_when_it_is_described(
    declare: Declare, target: Any, decorator: Callable[..., object], words: str, hint: str
) -> None:
    declared = declare(target, decorator)
    with pytest.raises(IceError) as refused:
        declared.describe()

    assert "declaration-invalid" == refused.value.slug
    assert words in refused.value.finding.message
    assert hint in refused.value.finding.hints[0]
    assert refused.value.where is not None
    assert __file__ == refused.value.where.file


def test_a_class_under_a_factorys_decorator_is_refused() -> None:
    unchecked: Callable[..., object] = tool_factory
    with pytest.raises(IceError) as refused:
        unchecked(Calls)

    assert ("declaration-invalid", ("Write `@tool` there",)) == (refused.value.slug, refused.value.finding.hints)
    assert declared_of(Calls) is None


def test_generators_are_components(declare: Declare) -> None:
    def numbers(count: int) -> Iterator[int]:
        yield from range(count)

    async def numbers_later(count: int) -> AsyncIterator[int]:
        yield count

    for target in (numbers, numbers_later):
        target.__qualname__ = target.__name__

    assert [0, 1] == called(declare(numbers), {"count": 2})
    assert declare(numbers_later).is_async
