"""Definitions of tools in the JSON forms of others: what MCP's `tools/list` gives, and what the APIs of OpenAI and
Anthropic take. They are read as data; no server is asked and no code runs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, NoReturn, get_args

from ice_core.errors import IceError, Location
from ice_core.strict_json import JsonObject, JsonValue, printable, type_name

ToolForm = Literal["mcp", "openai", "anthropic"]
TOOL_FORMS: Final[tuple[ToolForm, ...]] = get_args(ToolForm)
_INPUT: Final[Mapping[ToolForm, str]] = {"mcp": "inputSchema", "openai": "parameters", "anthropic": "input_schema"}
# What is read, or says nothing that a component could say.
_READ: Final = frozenset(("description", "function", "name", "outputSchema", "type", *_INPUT.values()))


@dataclass(frozen=True, kw_only=True, slots=True)
class ForeignTool:
    """One tool as another framework defines it.

    Attributes:
        name: Its name there.
        path: Where in the file it stands.
        description: What it does, in its author's words.
        input: The JSON Schema of its input, as given; None where it takes nothing.
        output: That of its output, where it is said.
        input_path, output_path: Where in the file the two stand.
        lost: The members that a component has no place for.
    """

    name: str
    path: str
    description: str
    input: JsonValue
    output: JsonValue
    input_path: str
    output_path: str
    lost: tuple[str, ...]


def read_foreign_tools(
    value: JsonValue, *, where: str, form: ToolForm | None = None
) -> tuple[ToolForm, tuple[ForeignTool, ...]]:
    """The form of a file and the tools that it defines, in its order.

    Args:
        value: The file's JSON value.
        where: The file, for messages.
        form: In which form it is; by default what its members tell.

    Raises:
        IceError: `migration-ambiguous`, `migration-schema-missing`.
    """
    path, listed = _listed(value, where)
    rows = [_row(item, f"{path}[{index}]", where) for index, item in enumerate(listed)]
    if not rows:
        _refuse(where, path, "lists no tool", "at least one tool")
    chosen = form or _form(rows, path, where)
    return chosen, tuple(_tool(row, step, chosen, where) for step, row in rows)


def _listed(value: JsonValue, where: str) -> tuple[str, list[JsonValue]]:
    path = ""
    if isinstance(value, dict) and isinstance(value.get("result"), dict):
        path, value = "result.", value["result"]
    if isinstance(value, dict) and "tools" in value:
        if value.get("nextCursor"):
            _refuse(where, f"{path}nextCursor", "says that more tools follow", "all tools in one list")
        path, value = f"{path}tools", value["tools"]
    elif isinstance(value, dict):
        return "", [value]
    if not isinstance(value, list):
        _refuse(where, path, f"is {type_name(value)}", "a list of tools, or an object with `tools`")
    return path, value


def _row(item: JsonValue, step: str, where: str) -> tuple[str, JsonObject]:
    if not isinstance(item, dict):
        _refuse(where, step, f"is {type_name(item)}", "an object")
    inner = item.get("function")
    return (f"{step}.function", {**item, **inner}) if isinstance(inner, dict) else (step, item)


def _form(rows: list[tuple[str, JsonObject]], path: str, where: str) -> ToolForm:
    found = {form for _, row in rows for form, member in _INPUT.items() if member in row or (form, row) in _told(row)}
    if len(found) != 1:
        could = f"could be of {', '.join(sorted(found))}"
        said = could if found else "has no schema of an input by which to tell its form"
        _refuse(where, path, said, f"--from {'|'.join(TOOL_FORMS)}")
    return found.pop()


def _told(row: JsonObject) -> Iterator[tuple[ToolForm, JsonObject]]:
    # A function of OpenAI's need not have parameters.
    if row.get("type") == "function":
        yield "openai", row


def _tool(row: JsonObject, step: str, form: ToolForm, where: str) -> ForeignTool:
    name, schema = row.get("name"), row.get(_INPUT[form])
    if not isinstance(name, str):
        _refuse(where, f"{step}.name", f"is {type_name(name)}", "the name of the tool")
    if schema is None and form != "openai":
        kind = row.get("type")
        raise IceError(
            "migration-schema-missing",
            f"`{where}`: the tool `{printable(name)}` has no `{_INPUT[form]}`",
            where=Location(where, path=step),
            expected=f"`{_INPUT[form]}`, a JSON Schema",
            found=f"a tool of the kind {printable(kind)}" if isinstance(kind, str) else "none",
            note="What a tool takes is not guessed. Nothing was written.",
            hints=("Add the schema, or take the tool out of the file",),
        )
    described = row.get("description")
    lost = [printable(member) for member in row.keys() - _READ]
    if not isinstance(described, str | None):
        lost.append("description")
    return ForeignTool(
        name=name,
        path=step,
        description=described if isinstance(described, str) else "",
        input=schema,
        output=row.get("outputSchema") if form == "mcp" else None,
        input_path=f"{step}.{_INPUT[form]}",
        output_path=f"{step}.outputSchema",
        lost=tuple(sorted(lost)),
    )


def _refuse(where: str, path: str, said: str, expected: str) -> NoReturn:
    raise IceError(
        "migration-ambiguous",
        f"`{where}`: {path or 'the file'} {said}",
        where=Location(where, path=path),
        expected=expected,
        found=said,
        note="Nothing was written.",
        hints=("To see the forms that are read, run `ice plugins migrate --help`",),
    )
