"""Small worlds for the command's tests: an installed package with tools that count, fail and wait, and blueprints."""

import json
import os
from pathlib import Path

from ice_core.strict_json import JsonObject, JsonValue
from tests.builders.installed import entry, install_package

SOURCES = {
    "acme_words/__init__.py": '"""Words."""\n',
    "acme_words/tools.py": '''"""Tools over words."""

import asyncio
import time

from ice_sdk import tool


@tool(name="count_words", version="1.0.0")
def count_words(text: str) -> int:
    """Counts words."""
    return len(text.split())


@tool(name="fail", version="1.0.0")
def fail(text: str) -> str:
    """Raises."""
    raise LookupError(f"nothing like {text}")


@tool(name="old_count", version="1.0.0")
def old_count(text: str) -> int:
    """Counts words, as it used to."""
    return len(text.split(" "))


@tool(name="shout", version="1.0.0")
def shout(text: str) -> str:
    """Prints, as code of others does."""
    print("printed by the tool")
    return text.upper()


@tool(name="wait", version="1.0.0")
async def wait(seconds: float) -> float:
    """Waits in the loop."""
    await asyncio.sleep(seconds)
    return seconds


@tool(name="block", version="1.0.0")
def block(seconds: float) -> float:
    """Blocks a thread."""
    time.sleep(seconds)
    return seconds
''',
}
TEXT: JsonObject = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
SECONDS: JsonObject = {"type": "object", "properties": {"seconds": {"type": "number"}}, "required": ["seconds"]}


def words_package(home: Path) -> Path:
    """Installs `acme-words` 1.0.0, signed; returns its wheel in the store."""
    tools = "acme_words.tools:"
    integer: JsonObject = {"input": TEXT, "output": {"type": "integer"}}
    number: JsonObject = {"input": SECONDS, "output": {"type": "number"}}
    return install_package(
        home,
        "acme-words",
        SOURCES,
        [
            entry("block", f"{tools}block", schema=number),
            entry("count_words", f"{tools}count_words", cost=0.001, schema=integer),
            entry("fail", f"{tools}fail", schema={"input": TEXT, "output": {"type": "string"}}),
            entry("old_count", f"{tools}old_count", schema=integer, deprecated={"since": "1.0.0"}),
            entry("shout", f"{tools}shout", schema={"input": TEXT, "output": {"type": "string"}}),
            entry("wait", f"{tools}wait", schema=number),
        ],
    )


def report_package(home: Path) -> Path:
    """Installs `acme-report`: a workflow whose one node is an agent that pays by the token."""
    blueprint: JsonObject = {
        "schema_version": "1.2.0",
        "id": "report",
        "nodes": [{"id": "say", "type": "agent", "package": "say", "agent_config": {}, "dependencies": []}],
        "outputs": {},
    }
    cost: JsonObject = {"base": 0, "per_token": 0.01, "currency": "USD"}
    module = "acme_report.parts:"
    return install_package(
        home,
        "acme-report",
        {"acme_report/__init__.py": '"""Reports."""\n', "acme_report/parts.py": '"""Parts."""\n'},
        [
            entry("say", f"{module}say", node_type="agent", cost_estimate=cost, max_tokens=100),
            entry("report", f"{module}report", node_type="workflow", blueprint=blueprint),
        ],
    )


def tool_node(identity: str, tool: str = "count_words", /, *after: str, **arguments: JsonValue) -> JsonObject:
    """A node of a blueprint that calls a tool."""
    return {"id": identity, "type": "tool", "tool_name": tool, "tool_args": arguments, "dependencies": [*after]}


def write_blueprint(path: Path, *nodes: JsonObject, **members: JsonValue) -> Path:
    """Writes a blueprint as JSON; members (`inputs=`, `outputs=`, `budget=`) as given."""
    value = {"schema_version": "1.2.0", "id": path.stem, "nodes": [*nodes], **members}
    path.write_text(json.dumps(value, indent=2) + "\n")
    return path


def counting(path: Path, **members: JsonValue) -> Path:
    """A blueprint `count` that counts the words of its input `text`."""
    return write_blueprint(
        path,
        tool_node("count", text="{{ inputs.text }}"),
        inputs=TEXT,
        outputs={"words": "{{ count }}"},
        **members,
    )


def environment(home: Path) -> dict[str, str]:
    """The environment of a child process: this one's, with that home folder and without a terminal's switches."""
    left_out = ("CI", "NO_COLOR", "FORCE_COLOR")
    return {**{name: value for name, value in os.environ.items() if name not in left_out}, "ICEOS_HOME": str(home)}


PYPROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "acme-csv"
version = "{version}"
requires-python = ">=3.11"
dependencies = ["iceos"]
license = "Apache-2.0"
"""
TOOL = '''"""The tools."""

from ice_sdk import tool

print("printed while it is imported")


@tool(name="csv_reader", version="1.2.3", cost_estimate=0.0001)
def read(text: str) -> list[str]:
    """Reads one line of CSV."""
    return text.split(",")
'''
OTHER_TOOL = '''

@tool(name="zipper", version="1.0.0", cost_estimate=0)
def zipper(number: int) -> int:
    """Gives it back."""
    return number
'''


def project_of(folder: Path, tools: str, *, version: str = "1.2.3") -> Path:
    """A project of `acme-csv` as its author keeps it, with these tools and no manifest yet."""
    package = folder / "src" / "acme_csv"
    package.mkdir(parents=True)
    (folder / "pyproject.toml").write_text(PYPROJECT.format(version=version))
    (package / "__init__.py").write_text('"""Read CSV."""\n')
    (package / "tools.py").write_text(tools)
    return folder
