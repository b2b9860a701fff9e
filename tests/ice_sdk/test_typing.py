"""A type checker sees a decorated function or class unchanged, and refuses settings of the wrong type."""

import json
import subprocess
import sys
from pathlib import Path

CONSUMER = """
from typing import assert_type
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from ice_sdk import Blueprint, Context, agent, agent_factory, tool, tool_factory, workflow


@tool
def bare(path: str, *, limit: int = 5) -> list[str]:
    return [path] * limit


@tool("named", version="1.0.0", cost_estimate=Decimal("0.1"), tags=["x"], deprecated={"since": "1.0.0"})
def called(path: str) -> int:
    return len(path)


@agent(name="asks", cost_estimate={"base": 1, "per_token": 0.5}, permissions={"tools": ["tool:bare"]})
async def asks(context: Context, question: str) -> str:
    return str(await context.call("tool:bare", path=question))


@tool()
class Reader:
    limit = 3

    def execute(self, path: str) -> str:
        return path * self.limit


@workflow
def daily() -> Blueprint:
    flow = Blueprint.start("acme.daily", inputs={"path": str})
    read = flow.tool("bare", id="read", args={"path": flow.inputs.path}, timeout_seconds=3, after=[])
    return flow.output(rows=read.out[0].rows)


@tool
def numbers(count: int) -> Iterator[int]:
    yield from range(count)


@agent
async def numbers_later(count: int) -> AsyncIterator[int]:
    yield count


@tool
class Older:
    name = "older_tool"

    async def _execute_impl(self, *, path: str) -> dict[str, int]:
        return {path: 1}


@tool("calls")
class Calls:
    def __call__(self, text: str) -> str:
        return text


@tool(cost_estimate=0)
class Fields(BaseModel):
    path: str

    def execute(self) -> int:
        return len(self.path)


@tool
@dataclass
class Data:
    path: str

    async def execute(self) -> int:
        return len(self.path)


reader = tool("reader")(Reader())
older = tool("older")(Older())
calls = agent("calls_again", version="1.0.0")(Calls())
fields = tool(name="fields")(Fields(path="a"))
bound = tool(Reader())


@tool_factory
def create_reader() -> Reader:
    return Reader()


@tool_factory("older_again", tags=["x"])
def create_older(path: str = "a") -> Older:
    return Older()


@agent_factory(name="calls")
def create_calls() -> Calls:
    return Calls()


assert_type(numbers(3), Iterator[int])
assert_type(numbers_later(3), AsyncIterator[int])
assert_type(Calls()("a"), str)
assert_type(Fields(path="a").execute(), int)
assert_type(Data("a").path, str)
assert_type(reader, Reader)
assert_type(older, Older)
assert_type(calls("a"), str)
assert_type(fields.path, str)
assert_type(bound.execute("a"), str)
assert_type(create_reader(), Reader)
assert_type(create_older("b"), Older)
assert_type(create_calls(), Calls)
assert_type(bare("a", limit=3), list[str])
assert_type(called("a"), int)
assert_type(Reader().execute("a"), str)
assert_type(Reader.limit, int)
assert_type(daily(), Blueprint)
coroutine: Coroutine[Any, Any, str] = asks(context=None, question="x")  # refused: a context is no None
unknown: Callable[[str], int] = tool(tag=["x"])(called)  # refused: no such setting
wrong: Callable[[str], int] = tool(tags=3)(called)  # refused: not a list of texts
bare(3)  # refused: not a text
tool("three")(3)  # refused: nothing that can be called
tool_factory("three")(bare)  # refused: makes a list
Fields(path=3)  # refused: not a text
"""


EXPECTED = [number for number, line in enumerate(CONSUMER.splitlines(), 1) if "# refused: " in line]


def test_a_strict_type_checker_sees_what_the_author_wrote(tmp_path: Path) -> None:
    (tmp_path / "consumer.py").write_text(CONSUMER)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--hide-error-context", "--no-error-summary", "consumer.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    found = [line.split(": ", 2) for line in done.stdout.splitlines() if ": error: " in line]

    assert EXPECTED == [int(place.partition(":")[2]) for place, _, _ in found], done.stdout
    assert (7, "") == (len(EXPECTED), done.stderr)


def test_another_type_checker_sees_the_same(tmp_path: Path) -> None:
    (tmp_path / "consumer.py").write_text(CONSUMER)
    (tmp_path / "pyrightconfig.json").write_text('{"typeCheckingMode": "standard"}')
    done = subprocess.run(
        [sys.executable, "-m", "basedpyright", "--outputjson", "--pythonpath", sys.executable, "consumer.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    found = json.loads(done.stdout)["generalDiagnostics"]

    assert EXPECTED == sorted({item["range"]["start"]["line"] + 1 for item in found}), done.stdout
