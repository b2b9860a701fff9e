"""One package with a component of every form, and a blueprint that calls each of them."""

from typing import Final

NAME: Final = "acme-forms"

PLAIN: Final = '''"""Functions, plain and async, that return and that yield."""

import functools
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal

from ice_sdk import tool


@tool(cost_estimate=0)
def repeats(text: str, *, times: int = 2) -> str:
    """Repeats a text.

    Args:
        text: What to say.
        times: How often.

    Returns:
        The text, that often.
    """
    return text * times


@tool(cost_estimate=0)
async def waits(text: str) -> str:
    """Waits.

    :param text: What comes back.
    """
    return text


@tool(cost_estimate=0)
def halves(amount: Decimal, steps: int) -> Iterator[Decimal]:
    """Halves an amount.

    Parameters
    ----------
    amount : Decimal
        Where to start.
    steps : int
        How often.

    Yields
    ------
    Decimal
        Each half.
    """
    for _ in range(steps):
        amount /= 2
        yield amount


@tool(cost_estimate=0)
async def words(text: str) -> AsyncIterator[str]:
    """Gives the words of a text."""
    for word in text.split():
        yield word


@tool(cost_estimate=0)
@functools.cache
def remembers(text: str) -> int:
    """Counts letters, once for each text."""
    return len(text)
'''

MADE: Final = '''"""Classes, models, instances and factories."""

from dataclasses import dataclass

from pydantic import BaseModel, JsonValue

from ice_sdk import Context, agent_factory, tool, tool_factory


@tool(cost_estimate=0)
class LoudTool:
    """Says it loudly."""

    def execute(self, text: str) -> str:
        return text.upper()


@tool(cost_estimate=0)
class Older:
    name = "older_tool"
    description = "A tool as older iceOS has it"

    async def _execute_impl(self, *, text: str) -> dict[str, JsonValue]:
        return {"text": text}


@tool(cost_estimate=0)
class Called:
    """Is called."""

    def __call__(self, text: str) -> str:
        return text.title()


class Split(BaseModel):
    """Splits a text at a separator."""

    separator: str = ","

    def execute(self, text: str) -> list[str]:
        return text.split(self.separator)


tool(cost_estimate=0)(Split)
at_spaces = tool("at_spaces", cost_estimate=0)(Split(separator=" "))


@tool_factory(cost_estimate=0)
def create_at_letters() -> Split:
    """Makes what splits at the letter b."""
    return Split(separator="b")


@tool(cost_estimate=0)
class JoinedFields(BaseModel):
    """Joins its own fields.

    Attributes:
        first: The one.
        second: The other.
    """

    first: str
    second: str = "!"

    async def execute(self, context: Context) -> str:
        return f"{self.first}{self.second} {context.node_id}"


@tool(cost_estimate=0)
@dataclass
class Summed:
    """Adds its own fields."""

    first: int
    second: int = 1

    def execute(self) -> int:
        return self.first + self.second


class Asking:
    async def execute(self, context: Context, text: str) -> int:
        """Asks another tool."""
        return len(str(await context.call("tool:loud", text=text)))


@agent_factory("asking", cost_estimate=0, permissions={"tools": ["tool:loud"]})
def make() -> Asking:
    """Makes what asks."""
    return Asking()
'''

TEXT: Final = '{text: "{{ inputs.text }}"}'
# Component, its input in the blueprint, and what it gives for the text "ab cb".
CALLS: Final[dict[str, tuple[str, object]]] = {
    "repeats": (TEXT, "ab cbab cb"),
    "waits": (TEXT, "ab cb"),
    "halves": ('{amount: "3", steps: 2}', ["1.5", "0.75"]),
    "words": (TEXT, ["ab", "cb"]),
    "remembers": (TEXT, 5),
    "loud": (TEXT, "AB CB"),
    "older_tool": (TEXT, {"text": "ab cb"}),
    "called": (TEXT, "Ab Cb"),
    "split": (TEXT, ["ab cb"]),
    "at_spaces": (TEXT, ["ab", "cb"]),
    "at_letters": (TEXT, ["a", " c", ""]),
    "joined_fields": ('{first: "{{ inputs.text }}"}', "ab cb! joined_fields"),
    "summed": ("{first: 4}", 5),
}

_TOOL = "- {{id: {name}, type: tool, tool_name: {name}, tool_args: {given}}}\n"
BLUEPRINT: Final = f"""\
schema_version: "1.2.0"
id: acme.forms
inputs: {{type: object, properties: {{text: {{type: string}}}}, required: [text]}}
nodes:
{"".join(_TOOL.format(name=name, given=given) for name, (given, _) in CALLS.items())}\
- {{id: asking, type: agent, package: asking, agent_config: {TEXT}}}
outputs: {{{", ".join(f'{name}: "{{{{ {name} }}}}"' for name in [*CALLS, "asking"])}}}
"""
