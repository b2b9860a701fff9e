"""A type checker sees a decorated function or class unchanged, and refuses settings of the wrong type."""

import subprocess
import sys
from pathlib import Path

CONSUMER = """
from typing import assert_type
from collections.abc import Callable, Coroutine
from decimal import Decimal
from typing import Any

from ice_sdk import Blueprint, Context, agent, tool, workflow


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


assert_type(bare("a", limit=3), list[str])
assert_type(called("a"), int)
assert_type(Reader().execute("a"), str)
assert_type(Reader.limit, int)
assert_type(daily(), Blueprint)
coroutine: Coroutine[Any, Any, str] = asks(context=None, question="x")  # refused: a context is no None
unknown: Callable[[str], int] = tool(tag=["x"])(called)  # refused: no such setting
wrong: Callable[[str], int] = tool(tags=3)(called)  # refused: not a list of texts
bare(3)  # refused: not a text
"""


def test_a_strict_type_checker_sees_what_the_author_wrote(tmp_path: Path) -> None:
    (tmp_path / "consumer.py").write_text(CONSUMER)
    expected = [number for number, line in enumerate(CONSUMER.splitlines(), 1) if "# refused: " in line]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--hide-error-context", "--no-error-summary", "consumer.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    found = [line.split(": ", 2) for line in done.stdout.splitlines() if ": error: " in line]

    assert expected == [int(place.partition(":")[2]) for place, _, _ in found], done.stdout
    assert (4, "") == (len(expected), done.stderr)
