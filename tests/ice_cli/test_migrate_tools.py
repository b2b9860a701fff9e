"""`ice plugins migrate --to python`: a module of typed functions, each change and loss said, and no file replaced."""

import json
from pathlib import Path

import pytest

from tests.fakes.folders import listing
from tests.ice_cli.invoke import Ice

TOOLS = {
    "tools": [
        {
            "name": "get-weather",
            "title": "Weather",
            "description": "Get the weather.",
            "inputSchema": {
                "type": "object",
                "properties": {"city": {"type": "string", "minLength": 1}},
                "required": ["city"],
                "additionalProperties": False,
            },
        }
    ]
}
TEXT = '''"""Tools as typed functions, made by `ice plugins migrate --to python`; their code is to be written."""

from typing import Annotated

from ice_sdk import tool
from pydantic import ConfigDict, Field, JsonValue, RootModel, with_config
from typing_extensions import TypedDict


@with_config(
    ConfigDict(
        extra="forbid",
    ),
)
class GetWeatherMembers(TypedDict):
    city: Annotated[
        str,
        Field(
            min_length=1,
        ),
    ]


class GetWeatherInput(RootModel[GetWeatherMembers]):
    pass


@tool(
    "get_weather",
    version="0.1.0",
    description="Get the weather.",
)
def get_weather(
    arguments: GetWeatherInput,
) -> JsonValue:
    """Not written yet."""
    raise NotImplementedError
'''
SAID = (
    "changed  tools[0].name: `get-weather` is now `get_weather`\n"
    "changed  tools[0]: nothing says what the tool gives; any value may be\n"
    "lost     tools[0].title: a component has no such member\n"
    "`tools.json` (mcp): 1 tool, whose functions are to be written.\n"
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with `tools.json`, as an MCP server lists its tools."""
    (tmp_path / "tools.json").write_text(json.dumps(TOOLS))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_module_is_the_data_and_each_loss_a_word(ice: Ice, folder: Path) -> None:
    """Whole output."""
    made = ice("plugins", "migrate", "--to", "python", "tools.json")

    assert (0, TEXT, SAID) == (made.code, made.out, made.err)


def test_a_file_is_written_once_and_never_replaced(ice: Ice, folder: Path) -> None:
    """Whoever filled the functions in does not lose them."""
    made = ice("plugins", "migrate", "--to", "python", "tools.json", "--output", "tools.py")
    assert (0, "") == (made.code, made.out)
    assert "Wrote tools.py. To list them, run `ice plugins export` once it is in your package.\n" in made.err
    (folder / "tools.py").write_text("filled in\n")

    again = ice("plugins", "migrate", "--to", "python", "tools.json", "--output", "tools.py")

    assert (1, "new-file-exists") == (again.code, again.slug)
    assert "filled in\n" == (folder / "tools.py").read_text()


def test_json_tells_the_same(ice: Ice, folder: Path) -> None:
    made = ice("plugins", "migrate", "--to", "python", "tools.json", "--json")

    value = made.json
    assert (0, "") == (made.code, made.err)
    assert ("mcp", ["tool:get_weather"], None, TEXT) == (
        value["form"],
        value["components"],
        value["file"],
        value["text"],
    )
    assert (2, 1) == (len(value["changed"]), len(value["lost"]))


@pytest.mark.parametrize(
    ("words", "code", "slug"),
    [
        (("--to", "python"), 2, "usage"),
        (("--to", "python", "tools.json", "tools.json"), 2, "usage"),
        (("--to", "python", "tools.json", "--check"), 2, "usage"),
        (("--from", "mcp", "tools.json"), 2, "usage"),
        (("--to", "python", "none.json"), 1, "file-missing"),
        (("--to", "python", "--from", "anthropic", "tools.json", "--output", "a.py"), 1, "migration-schema-missing"),
    ],
)
def test_a_refusal_writes_nothing(ice: Ice, folder: Path, words: tuple[str, ...], code: int, slug: str) -> None:
    before = listing(folder)
    refused = ice("plugins", "migrate", *words)

    assert (code, slug, "") == (refused.code, refused.slug, refused.out)
    assert before == listing(folder)
