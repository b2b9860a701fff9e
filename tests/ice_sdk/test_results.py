"""Results and streams as JSON: each item by its type, within a bound, closed at the end, refused in plain words."""

import asyncio
import itertools
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterable, Iterator
from decimal import Decimal
from typing import Annotated, Any, cast

import pytest
from pydantic import BaseModel, Field, field_serializer
from pydantic import JsonValue as AnyJson

from ice_core.contracts import compiled
from ice_core.errors import IceError
from ice_core.json_schema import standalone_schema
from ice_core.lowered_limits import lower, set_aside
from ice_core.strict_json import JsonValue
from ice_sdk.declared import Declared
from ice_sdk.results import awaited_output, needs_loop, output_value
from tests.ice_sdk.conftest import Declare
from tests.ice_sdk.json_paths import at, object_at

CLOSED: list[str] = []


@pytest.fixture(autouse=True)
def _nothing_closed_yet() -> None:
    CLOSED.clear()


class Row(BaseModel):
    name: str
    total: Decimal


def rows(count: int) -> Iterator[Row]:
    try:
        for number in range(count):
            yield Row(name=str(number), total=Decimal("1.50"))
    finally:
        CLOSED.append("rows")


def endless() -> Generator[int, None, str]:
    try:
        yield from itertools.count()
    finally:
        CLOSED.append("endless")
    return "never"


async def later(count: int) -> AsyncIterator[Decimal]:
    try:
        for number in range(count):
            await asyncio.sleep(0)
            yield Decimal(number)
    finally:
        CLOSED.append("later")


async def endless_later() -> AsyncGenerator[str, None]:
    try:
        while True:
            await asyncio.sleep(0)
            yield "x"
    finally:
        CLOSED.append("endless_later")


def listed() -> Iterable[int]:
    return [1, 2]


def mapped(words: list[str]) -> Annotated[Iterator[int], Field(description="Lengths")]:
    return map(len, words)


def gives_async(count: int) -> AsyncIterator[Decimal]:
    return later(count)


async def awaits_sync(count: int) -> Iterator[Row]:
    return rows(count)


@pytest.mark.parametrize(
    ("target", "arguments", "expected"),
    [
        (rows, (2,), [{"name": "0", "total": "1.50"}, {"name": "1", "total": "1.50"}]),
        (rows, (0,), []),
        (listed, (), [1, 2]),
        (mapped, (["a", "bc"],), [1, 2]),
        (later, (2,), ["0", "1"]),
        (gives_async, (2,), ["0", "1"]),
        (awaits_sync, (1,), [{"name": "0", "total": "1.50"}]),
    ],
)
def test_what_is_yielded_is_a_list_that_keeps_the_schema_of_the_output(
    declare: Declare, target: Callable[..., object], arguments: tuple[object, ...], expected: object
) -> None:
    declared = declare(target)
    described = declared.describe()
    schema = object_at(described, "component", "schema", "output")
    contract = compiled(standalone_schema(schema, object_at(described, "schemas")), where="the output")

    async def given() -> JsonValue:
        result = declared.call(*arguments)
        return (
            await awaited_output(declared, result) if needs_loop(declared, result) else output_value(declared, result)
        )

    value = asyncio.run(given())

    assert expected == value
    assert ("array", ()) == (schema["type"], contract.violations(value))
    assert len(CLOSED) <= 1


def test_a_description_of_a_stream_is_that_of_its_list(declare: Declare) -> None:
    assert "Lengths" == at(declare(mapped).entry(), "schema", "output", "description")


def test_a_stream_that_never_ends_is_cut_at_its_bound_and_closed(declare: Declare) -> None:
    declared = declare(endless)
    with pytest.raises(IceError) as refused:
        output_value(declared, declared.call(), max_bytes=100)

    assert ("call-output-invalid", "at most 100 bytes of JSON") == (refused.value.slug, refused.value.finding.expected)
    assert "more than 100 bytes after 36 items" == refused.value.finding.found
    assert ["endless"] == CLOSED


def test_an_async_stream_that_never_ends_is_cut_at_its_bound_and_closed(declare: Declare) -> None:
    declared = declare(endless_later)
    with pytest.raises(IceError) as refused:
        asyncio.run(awaited_output(declared, declared.call(), max_bytes=100))

    assert "call-output-invalid" == refused.value.slug
    assert ["endless_later"] == CLOSED


def test_a_stream_that_nobody_waits_for_is_closed_at_its_next_item(declare: Declare) -> None:
    declared = declare(endless)

    assert [0] == output_value(declared, declared.call(), is_given_up=lambda: True)
    assert ["endless"] == CLOSED


def test_a_stream_whose_call_is_cancelled_is_closed(declare: Declare) -> None:
    async def cancelled() -> None:
        declared = declare(endless_later)
        task = asyncio.ensure_future(awaited_output(declared, declared.call()))
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.wait([task])

        assert task.cancelled()

    asyncio.run(cancelled())

    assert ["endless_later"] == CLOSED


# As an author has it who runs no type checker.
UNCHECKED: Any = [1, "two"]


def wrong_item() -> Iterator[int]:
    yield from UNCHECKED


def not_iterable() -> Iterator[int]:
    return cast(Iterator[int], 3)


@pytest.mark.parametrize(
    ("target", "found"),
    [
        (wrong_item, "str: [1]: input should be a valid integer"),
        (not_iterable, "int, over which nothing can iterate"),
    ],
)
def test_an_item_of_another_type_is_refused_at_its_place(
    declare: Declare, target: Callable[[], object], found: str
) -> None:
    declared = declare(target)
    with pytest.raises(IceError) as refused:
        output_value(declared, declared.call())

    assert ("call-output-invalid", found) == (refused.value.slug, refused.value.finding.found)
    assert (
        f"`tool:{target.__name__}` yielded what its return annotation does not allow" == refused.value.finding.message
    )
    assert "int" == refused.value.finding.expected


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth - 1):
        value = [value]
    return value


def cyclic() -> list[Any]:
    value: list[Any] = []
    value.append(value)
    return value


class Tree(BaseModel):
    children: "list[Tree]" = []


def cyclic_tree() -> Tree:
    tree = Tree()
    tree.children.append(tree)
    return tree


def test_an_output_that_is_too_large_or_too_deep_for_this_machine_is_refused(declare: Declare) -> None:
    """Whether it comes at once or in parts; its deepest level and its last byte may be there."""
    at_once, in_parts = declare(anything), declare(streamed)
    given = ((at_once, nested(3)), (at_once, "x" * 18), (at_once, nested(4)), (at_once, "x" * 19))
    with set_aside():
        lower({"json_bytes": 20, "json_depth": 3})
        told = [outcome(*each) for each in (*given, (in_parts, [nested(3)]), (in_parts, ["x" * 8, "y" * 9]))]

    expected = "at most 20 bytes of JSON, 3 levels deep"
    deep, large = (expected, "a value of more than 3 levels"), (expected, "21 bytes of JSON")

    assert [nested(3), "x" * 18, deep, large, deep, (expected, "24 bytes of JSON")] == told


def anything(given: Any) -> Any:
    return given


def streamed(given: Any) -> Iterator[Any]:
    yield from given


def outcome(declared: Declared, given: object) -> object:
    """What the component's output becomes, or what its refusal says."""
    try:
        return output_value(declared, declared.call(given))
    except IceError as error:
        return error.finding.expected, error.finding.found


class Told(BaseModel):
    word: str

    @field_serializer("word")
    def _written(self, word: str) -> str:
        raise LookupError(f"no such word: {word}")


def gives(annotation: Any) -> Callable[..., object]:
    def result() -> None:
        return None

    result.__annotations__["return"] = annotation
    result.__qualname__ = "result"
    return result


@pytest.mark.parametrize(
    ("annotation", "result", "found"),
    [
        (AnyJson, cyclic(), "list: the value: it holds itself"),
        (dict[str, Any], {"a": cyclic()}, "dict: the value: it holds itself"),
        (Tree, cyclic_tree(), "Tree: the value: it holds itself"),
        (AnyJson, nested(65), "list: the value: it nests deeper than 64 levels"),
        (AnyJson, nested(5000), "list: the value: it nests deeper than 64 levels"),
        (int, 2**53, f"int: the value: {2**53} is beyond 2^53-1, which not every JSON reader holds exactly"),
        (int, 10**5000, "int: the value: an integer of 16610 bits is beyond 2^53-1, which not every JSON reader"),
        (dict[str, int], {"a": -(10**5000)}, "dict: .a: an integer of 16610 bits is beyond 2^53-1"),
        (dict[str, Any], {"a": object()}, "dict: the value: `object` has no form in JSON"),
        (list[Row], [{"name": "a"}], "list: [0].total: field required"),
        (Row, {"name": "a", "total": Decimal(1)}, "dict: the value: it is of another type than the annotation says"),
        (dict[str, list[int]], {"a": [1, "x"]}, "dict: .a[1]: input should be a valid integer"),
        (Told, Told(word="x"), "Told: the value: Error calling function `_written`: LookupError: no such word: x"),
        (str, "\x1b[2J\udcff", "str: the value: the text holds a lone surrogate"),
    ],
    # An integer of that size cannot be a test's name.
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_what_json_cannot_hold_is_told_in_one_way_without_words_of_a_library(
    declare: Declare, annotation: Any, result: object, found: str
) -> None:
    with pytest.raises(IceError) as refused:
        output_value(declare(gives(annotation)), result)
    told = str(refused.value.to_json())

    assert "call-output-invalid" == refused.value.slug
    assert (refused.value.finding.found or "").startswith(found)
    assert [] == [word for word in ("ydantic", "https://", "Circular", "set_int_max", "erializ") if word in told]


def test_a_depth_that_json_readers_take_is_given(declare: Declare) -> None:
    assert nested(64) == output_value(declare(gives(AnyJson)), nested(64))
