"""Real components of every shape, and everything that they can do wrong while they are imported or called."""

import asyncio
import time
from decimal import Decimal
from pathlib import Path

import pytest

from ice_core.strict_json import JsonObject, JsonValue
from ice_orchestrator.result import RunResult
from ice_orchestrator.run import resume_run, run_plan
from tests.builders.installed import entry, install_package, plan_for
from tests.builders.plans import node
from tests.ice_orchestrator.packages import loaded
from tests.ice_orchestrator.runs import slug_of

pytestmark = pytest.mark.usefixtures("clean_imports")

WRITES: JsonObject = {"filesystem": ["write"]}

SHAPES = '''
import asyncio
import os
import sys
import time
from pathlib import Path

from pydantic import BaseModel

from ice_sdk import Context, tool


class Point(BaseModel):
    x: int
    y: int = 0


@tool(name="model")
def model(point: Point) -> Point:
    """Takes and gives a model."""
    return Point(x=point.y, y=point.x)


@tool(name="async_class")
class AsyncClass:
    """A class whose method is async."""

    async def execute(self, text: str) -> str:
        """Says it twice."""
        await asyncio.sleep(0)
        return text * 2


@tool(name="callable_class")
class CallableClass:
    """A class that is called."""

    def __call__(self, text: str, context: Context) -> str:
        """Names its key."""
        return f"{text} {context.idempotency_key}"


@tool(name="gives_coroutine")
def gives_coroutine(text: str) -> str:
    """A plain function that gives a coroutine."""

    async def later() -> str:
        return text

    return later()


@tool(name="exits")
def exits() -> int:
    """Ends the process, or tries to."""
    sys.exit(3)


@tool(name="cancels_itself")
async def cancels_itself() -> int:
    """Raises what only a cancelled task should."""
    raise asyncio.CancelledError


@tool(name="stops")
async def stops() -> int:
    """Raises what cannot be put into a future."""
    raise StopAsyncIteration


@tool(name="sleeps")
def sleeps() -> int:
    """Sleeps in its thread."""
    time.sleep(0.5)
    return 1


@tool(name="wrong_output")
def wrong_output() -> int:
    """Gives text."""
    return "text"


@tool(name="escapes")
def escapes() -> int:
    """Raises an error with a control character in it."""
    raise ValueError("a\\x1b[2Jb")


@tool(name="late")
def late(path: str) -> str:
    """Works once a file is there."""
    return Path(path).read_text()
'''
NAMES = {
    "model": "model",
    "async_class": "AsyncClass",
    "callable_class": "CallableClass",
    **{
        name: name
        for name in ("cancels_itself", "escapes", "exits", "gives_coroutine", "late", "sleeps", "stops", "wrong_output")
    },
}


def shapes(home: Path) -> None:
    integer: JsonObject = {"input": {"type": "object"}, "output": {"type": "integer"}}
    anything: JsonObject = {"input": {"type": "object"}, "output": {}}
    install_package(
        home,
        "acme-shapes",
        {"acme_shapes/__init__.py": SHAPES},
        [
            entry(
                name,
                f"acme_shapes:{attribute}",
                cost=0.01,
                permissions=WRITES,
                schema=integer if name == "wrong_output" else anything,
            )
            for name, attribute in sorted(NAMES.items())
        ],
    )


def call(home: Path, name: str, arguments: "JsonObject | None" = None, **members: JsonValue) -> RunResult:
    shapes(home)
    registry = loaded(home)
    plan = plan_for(
        registry,
        node("n", f"tool:{name}", arguments=arguments or {}, **members),
        outputs={"n": "{{ n }}"},
    )
    return asyncio.run(run_plan(plan, {}, registry=registry, run_id="r"))


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("model", {"x": 1, "y": 2}, {"x": 2, "y": 1}),
        ("async_class", {"text": "ab"}, "abab"),
        ("callable_class", {"text": "ab"}, "ab r/n"),
        ("gives_coroutine", {"text": "ab"}, "ab"),
    ],
)
def test_components_of_every_shape_are_called(
    home: Path, name: str, arguments: JsonObject, expected: JsonValue
) -> None:
    """Models, classes with `execute` or `__call__`, async or not, and functions that give coroutines."""
    result = call(home, name, arguments)

    assert ({"n": expected}, None) == (result.outputs, slug_of(result))


@pytest.mark.parametrize("name", ["exits", "cancels_itself", "stops", "escapes"])
def test_whatever_a_component_raises_is_its_nodes_failure(home: Path, name: str) -> None:
    """Neither the process nor the run's task ends by it, and the call costs."""
    result = call(home, name)

    assert ("failed", "component-raised", Decimal("0.01")) == (result.status, slug_of(result), result.cost)
    assert result.error is not None
    assert "\x1b" not in str(result.error.to_json())


def test_an_output_that_breaks_the_signed_schema_reaches_nobody(home: Path) -> None:
    """The component is held to what its manifest says."""
    assert slug_of(call(home, "wrong_output")) in ("call-output-invalid", "output-invalid")


def test_a_plain_component_that_hangs_is_given_up_at_its_time(home: Path) -> None:
    """Its thread goes on, and the run does not wait for it."""
    result = call(home, "sleeps", timeout_seconds=0.05)

    assert "node-timed-out" == slug_of(result)


def test_a_failed_run_of_real_components_is_resumed(tmp_path: Path, home: Path) -> None:
    """Once the cause is mended, the same run comes to its end; the failed attempt is in the cost."""
    path = tmp_path / "text"
    first = call(home, "late", {"path": str(path)})
    path.write_text("here")

    second = asyncio.run(resume_run("r", registry=loaded(home)))

    assert ("failed", "component-raised") == (first.status, slug_of(first))
    assert ({"n": "here"}, Decimal("0.02")) == (second.outputs, second.cost)


def one_package(home: Path, source: str, *, package: str = "acme_one", **members: JsonValue) -> RunResult:
    files = {f"{package}/__init__.py": source}
    install_package(home, package.replace("_", "-"), files, [entry("one", f"{package}:one", permissions=WRITES)])
    registry = loaded(home)
    plan = plan_for(registry, node("n", "tool:one", **members))
    return asyncio.run(run_plan(plan, {}, registry=registry))


ONE = '''
from pathlib import Path

from ice_sdk import tool


@tool(name="one")
def one() -> int:
    """Leaves a marker when it is called."""
    Path({marker!r}).touch()
    return 1
'''


def test_a_module_with_an_unlisted_decorator_never_runs_its_node_when_strict(tmp_path: Path, home: Path) -> None:
    """`component-not-in-manifest`, with the file and line inside the wheel; the listed function was not called."""
    unlisted = '\n\n@tool(name="two")\ndef two() -> int:\n    """Unlisted."""\n    return 2\n'

    result = one_package(home, ONE.format(marker=str(tmp_path / "ran")) + unlisted)

    assert ("component-not-in-manifest", Decimal(0)) == (slug_of(result), result.cost)
    assert result.error is not None
    assert result.error.where is not None
    assert result.error.where.file.endswith("acme_one/__init__.py")
    assert not (tmp_path / "ran").exists()


def test_a_module_that_never_ends_its_import_is_given_up_at_the_nodes_time(home: Path) -> None:
    """The import runs in a thread, under the node's limit; nothing was called, so it costs nothing."""
    result = one_package(home, "import time\ntime.sleep(0.5)\n", package="acme_slow", timeout_seconds=0.05)

    assert ("node-timed-out", Decimal(0)) == (slug_of(result), result.cost)


def test_a_module_that_fails_to_import_costs_nothing(home: Path) -> None:
    """The place of its own failing line is told."""
    result = one_package(home, "x = 1\nraise RuntimeError('no')\n")

    assert ("component-import-failed", Decimal(0)) == (slug_of(result), result.cost)
    assert result.error is not None
    assert result.error.where is not None
    assert 2 == result.error.where.line


STREAMS = '''
import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from pydantic import JsonValue

from ice_sdk import tool

CLOSED = Path({marker!r})


@tool(name="one")
def one() -> Iterator[int]:
    """Yields slowly, for ever."""
    try:
        while True:
            time.sleep(0.01)
            yield 1
    finally:
        CLOSED.touch()


@tool(name="two")
async def two() -> AsyncIterator[int]:
    """Yields for ever in the loop."""
    try:
        while True:
            await asyncio.sleep(0.01)
            yield 1
    finally:
        CLOSED.touch()


@tool(name="three")
def three() -> Iterator[int]:
    """Fails behind its first item."""
    yield 1
    raise LookupError("no second")


@tool(name="four")
def four() -> JsonValue:
    """Gives a list that holds itself."""
    value = []
    value.append(value)
    return value


@tool(name="five")
def five() -> int:
    """Gives an integer of many digits."""
    return 10**5000
'''


def streams(home: Path, name: str, marker: Path, **members: JsonValue) -> RunResult:
    names = ["one", "two", "three", "four", "five"]
    output: JsonObject = {"type": "array", "items": {"type": "integer"}}
    schema: JsonObject = {"input": {"type": "object"}, "output": output if name in names[:3] else {}}
    install_package(
        home,
        "acme-streams",
        {"acme_streams/__init__.py": STREAMS.format(marker=str(marker))},
        [entry(each, f"acme_streams:{each}", schema=schema, permissions=WRITES) for each in names],
    )
    registry = loaded(home)
    return asyncio.run(run_plan(plan_for(registry, node("n", f"tool:{name}", **members)), {}, registry=registry))


def until_there(path: Path, *, seconds: float = 5) -> bool:
    ends = time.monotonic() + seconds
    while not path.exists() and time.monotonic() < ends:
        time.sleep(0.01)
    return path.exists()


@pytest.mark.parametrize("name", ["one", "two"])
def test_a_stream_that_never_ends_is_closed_when_its_node_is_given_up(tmp_path: Path, home: Path, name: str) -> None:
    """Also the one whose thread nobody waits for: it is not read any further."""
    result = streams(home, name, tmp_path / "closed", timeout_seconds=0.2)

    assert "node-timed-out" == slug_of(result)
    assert until_there(tmp_path / "closed")


def test_what_a_generator_raises_is_its_nodes_failure(tmp_path: Path, home: Path) -> None:
    """With its own line; the items so far reach nobody."""
    result = streams(home, "three", tmp_path / "closed")

    assert ("component-raised", None) == (slug_of(result), result.outputs)
    assert result.error is not None
    assert "LookupError: no second" == result.error.finding.found


@pytest.mark.parametrize(("name", "words"), [("four", "it holds itself"), ("five", "an integer of 16610 bits")])
def test_a_result_that_json_cannot_hold_is_an_invalid_output(tmp_path: Path, home: Path, name: str, words: str) -> None:
    """Not a failure of the component's code, and in the same words wherever it is found."""
    result = streams(home, name, tmp_path / "closed")

    assert "call-output-invalid" == slug_of(result)
    assert result.error is not None
    assert words in str(result.error.to_json())
