"""Two plugin packages as their author keeps them; each module, and each component when called, leaves a marker.

`acme-words` has two tools, of modules that import each other; `acme-report` has an agent that may call one of them and
a workflow that holds a blueprint, and depends on `acme-words`.
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from ice_core.strict_json import JsonValue

# The folder in which markers are left; a process without the variable cannot import any of these modules at all.
MARKERS: Final = "ACME_MARKERS"
# What leaving one touches.
TOUCHES: Final[Mapping[str, JsonValue]] = MappingProxyType({"environment": [MARKERS], "filesystem": ["write"]})
WORDS: Final = "acme-words"
REPORT: Final = "acme-report"

MARK = f"""\
import os
import pathlib

TOUCHES = dict(environment=["{MARKERS}"], filesystem=["write"])


def leave(name: str) -> None:
    pathlib.Path(os.environ["{MARKERS}"], name).touch()


leave("imported " + __name__)
"""

_PROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "{name}"
version = "1.0.0"
description = "Words, counted"
requires-python = ">=3.11"
license = "Apache-2.0"
dependencies = [{dependencies}]
"""

COUNTING = f'''"""Counts words."""

{MARK}
from acme_words.splitting import words_of
from ice_sdk import tool


@tool(version="1.0.0", cost_estimate=0.001, permissions=TOUCHES, examples=[{{"input": {{"text": "a b"}}, "output": 2}}])
def count_words(text: str) -> int:
    """Count the words of a text."""
    leave("called count_words")
    return len(words_of(text))
'''

SHOUTING = f'''"""Shouts."""

{MARK}
from ice_sdk import tool


@tool(version="1.0.0", cost_estimate=0, permissions=TOUCHES, examples=[{{"input": {{"text": "a"}}, "output": "A!"}}])
async def shout(text: str) -> str:
    """Say a text loudly."""
    leave("called shout")
    return text.upper() + "!"
'''

SPLITTING = f'''"""Where one word ends."""

{MARK}

def words_of(text: str) -> list[str]:
    return text.split()
'''

_REPORTING = f'''"""Reports on words."""

{MARK}
from pydantic import BaseModel

from ice_sdk import Blueprint, Context, agent, workflow


class Texts(BaseModel):
    """What to count."""

    text: str


class Counted(BaseModel):
    """How many words there were."""

    words: int


@agent(version="1.0.0", cost_estimate=0.002, permissions={{"tools": ["tool:count_words"], **TOUCHES}})
async def counter(texts: list[str], context: Context) -> int:
    """Count the words of several texts."""
    leave("called counter")
    return sum([await context.call("count_words", text=text) for text in texts])


@workflow(version="1.0.0", cost_estimate=0)
def word_report() -> Blueprint:
    """Count one text."""
    flow = Blueprint.start("acme.word_report", inputs=Texts, outputs=Counted)
    count = flow.tool("count_words", id="count", args={{"text": flow.inputs.text}})
    return flow.output(words=count.out)
'''

_SOURCES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        WORDS: {
            "__init__.py": f'"""Words."""\n\n{MARK}',
            "counting.py": COUNTING,
            "shouting.py": SHOUTING,
            "splitting.py": SPLITTING,
        },
        REPORT: {"__init__.py": f'"""Reports."""\n\n{MARK}', "reporting.py": _REPORTING},
    }
)
_NEEDS: Final[Mapping[str, str]] = MappingProxyType({WORDS: '"iceos>=1"', REPORT: '"iceos>=1", "acme-words>=1"'})

FLOW = """\
schema_version: "1.2.0"
id: acme.flow
inputs: {type: object, properties: {text: {type: string}}, required: [text]}
nodes:
- {id: loud, type: tool, tool_name: shout, tool_args: {text: "{{ inputs.text }}"}}
- id: sum
  type: agent
  package: counter
  agent_config: {texts: ["{{ loud }}", "{{ inputs.text }}"]}
  dependencies: [loud]
- {id: report, type: workflow, workflow_ref: word_report, config_overrides: {text: "{{ loud }}"}, dependencies: [loud]}
outputs: {loud: "{{ loud }}", sum: "{{ sum }}", words: "{{ report.words }}"}
"""
ONE_NODE = """\
schema_version: "1.2.0"
id: acme.one
inputs: {type: object, properties: {text: {type: string}}, required: [text]}
nodes:
- {id: count, type: tool, tool_name: count_words, tool_args: {text: "{{ inputs.text }}"}}
outputs: {words: "{{ count }}"}
"""


def project_at(folder: Path, name: str, *, modules: "Mapping[str, str] | None" = None) -> Path:
    """Writes the project of a package; `modules` are further ones, or others in place of its own."""
    package_at(folder / "src", name, modules=modules)
    (folder / "pyproject.toml").write_text(_PROJECT.format(name=name, dependencies=_NEEDS.get(name, '"iceos>=1"')))
    return folder


def package_at(source: Path, name: str, *, modules: "Mapping[str, str] | None" = None) -> Path:
    """Writes the package alone."""
    package = source / name.replace("-", "_")
    package.mkdir(parents=True)
    for file, text in {**_SOURCES.get(name, {}), **(modules or {})}.items():
        (package / file).write_text(text)
    return package


def markers(folder: Path) -> list[str]:
    """What was imported and what was called, sorted."""
    return sorted(path.name for path in folder.iterdir())
