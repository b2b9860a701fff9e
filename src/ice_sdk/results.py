"""Results as JSON values: what a component returned, or each item that it yielded, by its annotation.

What is yielded is collected into the list that is the output, within a bound, and the iterator is closed however that
ends. Whatever cannot become JSON is told in words of the component, at its place inside the result.
"""

import inspect
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final, Protocol, cast, runtime_checkable

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from ice_core.errors import IceError
from ice_core.plain_json import NotPlain, is_within_bounds, most_bytes, most_levels, plain_copy, plain_text
from ice_core.strict_json import MAX_DEPTH, MAX_OUTPUT_BYTES, JsonValue, printable
from ice_sdk.call_types import call_types
from ice_sdk.declared import Declared
from ice_sdk.json_values import NotJson, to_json
from ice_sdk.schema import Adapter
from ice_sdk.signature import item_of
from ice_sdk.source_places import RESULT

_MOST_FOUND: Final = 500


@runtime_checkable
class _AsyncStream(Protocol):
    def __aiter__(self) -> "_AsyncStream": ...
    async def __anext__(self) -> object: ...


def output_value(
    declared: Declared,
    result: object,
    *,
    max_bytes: int = MAX_OUTPUT_BYTES,
    is_given_up: Callable[[], bool] = lambda: False,
) -> JsonValue:
    """The JSON value of what a call gave.

    Args:
        declared: The component.
        result: What it returned; of a streamed output, the iterator.
        max_bytes: The most that the JSON text of a streamed output may take; what is larger is not collected.
        is_given_up: Asked after each item; once it says so no further item is fetched.

    Raises:
        IceError: `call-output-invalid`, when the result is not of the annotated type, is no JSON value or too large.
    """
    types = call_types(declared)
    item = types.item
    if item is None:
        return _json(declared, types.output, result, "")
    if not isinstance(result, Iterable):
        raise _refusal(declared, f"{type(result).__name__}, over which nothing can iterate")
    collected = _Collected(declared, item, max_bytes)
    iterator = iter(result)
    try:
        for each in iterator:
            collected.add(each)
            if is_given_up():
                break
    finally:
        close = getattr(iterator, "close", None)
        if callable(close):
            close()
    return collected.output()


async def awaited_output(declared: Declared, result: object, *, max_bytes: int = MAX_OUTPUT_BYTES) -> JsonValue:
    """The JSON value of what a call gave that only an event loop can fetch: a coroutine, or an async iterator.

    Raises:
        IceError: As `output_value`.
    """
    if inspect.isawaitable(result):
        result = await result
    item = call_types(declared).item
    if item is None or not isinstance(result, _AsyncStream):
        return output_value(declared, result, max_bytes=max_bytes)
    collected = _Collected(declared, item, max_bytes)
    iterator = aiter(result)
    try:
        async for each in iterator:
            collected.add(each)
    finally:
        close = getattr(iterator, "aclose", None)
        if callable(close):
            await close()
    return collected.output()


def needs_loop(declared: Declared, result: object) -> bool:
    """Whether `awaited_output` has to fetch what a call gave."""
    return inspect.isawaitable(result) or (declared.signature.streams and isinstance(result, _AsyncStream))


class _Collected:
    """The items of a streamed output so far."""

    def __init__(self, declared: Declared, item: Adapter, max_bytes: int) -> None:
        self._declared = declared
        self._item = item
        self._max_bytes = max_bytes
        self._bytes = 2
        self.items: list[JsonValue] = []

    def add(self, given: object) -> None:
        value = _json(self._declared, self._item, given, f"[{len(self.items)}]")
        self._bytes += len(plain_text(value)) + 1
        if self._bytes > self._max_bytes:
            found = f"more than {self._max_bytes} bytes after {len(self.items)} items"
            raise _too_much(self._declared, found, f"at most {self._max_bytes} bytes of JSON")
        self.items.append(value)

    def output(self) -> JsonValue:
        """All of them."""
        return _bounded(self._declared, self.items)


def _json(declared: Declared, adapter: Adapter, result: object, path: str) -> JsonValue:
    try:
        written = adapter.dump_python(result, mode="json", by_alias=True, warnings="error")
        return _plain(declared, written, path)
    except NotJson as error:
        raise _refusal(declared, f"{type(result).__name__}: {error}") from error
    # Pydantic says by a plain ValueError that a value holds itself or is too deep for it.
    except (PydanticSerializationError, ValueError, RecursionError) as error:
        at, reason = _reason(adapter, result, error)
        raise _refusal(declared, f"{type(result).__name__}: {f'{path}{at}' or 'the value'}: {reason}") from error


def _plain(declared: Declared, written: object, path: str) -> JsonValue:
    with suppress(NotPlain):
        return plain_copy(written)
    return _bounded(declared, to_json(written, path=path))


def _bounded(declared: Declared, value: JsonValue) -> JsonValue:
    if is_within_bounds(value):
        return value
    size = len(plain_text(value))
    found = f"{size} bytes of JSON" if size > most_bytes() else f"a value of more than {most_levels()} levels"
    raise _too_much(declared, found, f"at most {most_bytes()} bytes of JSON, {most_levels()} levels deep")


def _reason(adapter: Adapter, result: object, error: Exception) -> tuple[str, str]:
    # Where and why, without the words of the library that writes values.
    said = str(error)
    if "Circular reference" in said:
        return "", "it holds itself"
    if isinstance(error, RecursionError) or "depth exceeded" in said:
        return "", f"it nests deeper than {MAX_DEPTH} levels"
    unknown = re.search(r"unknown type: <class '([^']*)'>", said)
    if unknown is not None:
        return "", f"`{unknown[1]}` has no form in JSON"
    if not isinstance(error, PydanticSerializationError) or "serializer warnings" not in said:
        return "", said.partition("\n")[0]
    try:
        adapter.validate_python(result, strict=True)
    except ValidationError as invalid:
        first = invalid.errors(include_url=False, include_context=False, include_input=False)[0]
        at = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in first["loc"])
        return at, first["msg"][0].lower() + first["msg"][1:]
    return "", "it is of another type than the annotation says"


def _refusal(declared: Declared, found: str) -> IceError:
    signature, place = declared.signature, declared.place_of(RESULT)
    verb = _verb(declared)
    returns = item_of(signature.returns) if signature.streams else signature.returns
    said = printable(found)
    return IceError(
        "call-output-invalid",
        f"`{declared.id}` {verb} what its return annotation does not allow",
        where=place,
        expected=inspect.formatannotation(cast(type, returns)),
        found=said if len(said) <= _MOST_FOUND else f"{said[:_MOST_FOUND]}…",
        hints=(f"Mend what it {verb}, or change the annotation at {place} and export anew",),
    )


def _too_much(declared: Declared, found: str, expected: str) -> IceError:
    return IceError(
        "call-output-invalid",
        f"`{declared.id}` {_verb(declared)} more than an output may hold",
        where=declared.place_of(RESULT),
        expected=expected,
        found=found,
        hints=("Write what is large to a file that its permissions name, and give the path",),
    )


def _verb(declared: Declared) -> str:
    return "yielded" if declared.signature.streams else "returned"
