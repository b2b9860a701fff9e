"""Definitions of tools in the forms of MCP, OpenAI and Anthropic: told apart, read as data, or refused."""

import pytest

from ice_core.errors import IceError
from ice_core.strict_json import JsonValue
from ice_sdk.foreign_tools import ToolForm, read_foreign_tools

SCHEMA: JsonValue = {"type": "object"}
MCP: JsonValue = {"name": "a", "inputSchema": SCHEMA}
CHAT: JsonValue = {"type": "function", "function": {"name": "a", "parameters": SCHEMA, "strict": True}}
ANTHROPIC: JsonValue = {"name": "a", "input_schema": SCHEMA}


@pytest.mark.parametrize(
    ("value", "form", "path"),
    [
        ({"tools": [MCP]}, "mcp", "tools[0]"),
        ({"jsonrpc": "2.0", "id": 1, "result": {"tools": [MCP], "nextCursor": None}}, "mcp", "result.tools[0]"),
        ([CHAT], "openai", "[0].function"),
        ({"model": "x", "tools": [CHAT]}, "openai", "tools[0].function"),
        ([{"type": "function", "name": "a", "parameters": SCHEMA}], "openai", "[0]"),
        ({"name": "a", "parameters": SCHEMA}, "openai", "[0]"),
        ([ANTHROPIC, ANTHROPIC], "anthropic", "[0]"),
        ({"tools": [ANTHROPIC]}, "anthropic", "tools[0]"),
    ],
)
def test_each_form_tells_itself(value: JsonValue, form: str, path: str) -> None:
    found, tools = read_foreign_tools(value, where="tools.json")

    assert (form, "a", path, SCHEMA) == (found, tools[0].name, tools[0].path, tools[0].input)


def test_a_function_without_parameters_takes_nothing() -> None:
    _, tools = read_foreign_tools([{"type": "function", "function": {"name": "now"}}], where="tools.json")

    assert (None, "") == (tools[0].input, tools[0].description)


def test_members_that_say_nothing_to_a_component_are_told() -> None:
    _, tools = read_foreign_tools([CHAT], where="tools.json")

    assert ("strict",) == tools[0].lost


@pytest.mark.parametrize(("described", "lost"), [(3, ("description",)), (["a"], ("description",)), (None, ())])
def test_a_description_that_is_no_text_is_lost_and_told(described: JsonValue, lost: tuple[str, ...]) -> None:
    _, tools = read_foreign_tools(
        {"tools": [{"name": "a", "inputSchema": SCHEMA, "description": described}]}, where="t.json"
    )

    assert ("", lost) == (tools[0].description, tools[0].lost)


@pytest.mark.parametrize(
    ("value", "form", "slug", "said"),
    [
        (3, None, "migration-ambiguous", "the file is an integer"),
        ([], None, "migration-ambiguous", "lists no tool"),
        ({"tools": {}}, None, "migration-ambiguous", "tools is an object"),
        ({"tools": [MCP], "nextCursor": "2"}, None, "migration-ambiguous", "more tools follow"),
        ([3], None, "migration-ambiguous", "[0] is an integer"),
        ([MCP, ANTHROPIC], None, "migration-ambiguous", "could be of anthropic, mcp"),
        ([{"name": "a"}], None, "migration-ambiguous", "by which to tell its form"),
        ([{"name": 3, "inputSchema": SCHEMA}], None, "migration-ambiguous", "[0].name is an integer"),
        ([MCP], "anthropic", "migration-schema-missing", "the tool `a` has no `input_schema`"),
        ([{"type": "web_search", "name": "w"}], "anthropic", "migration-schema-missing", "`w` has no `input_schema`"),
    ],
)
def test_what_is_no_tool_is_refused_with_its_place(
    value: JsonValue, form: ToolForm | None, slug: str, said: str
) -> None:
    with pytest.raises(IceError) as refused:
        read_foreign_tools(value, where="tools.json", form=form)

    assert slug == refused.value.slug
    assert said in refused.value.finding.message
