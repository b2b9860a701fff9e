"""Tools of other frameworks as a Python module of typed `@tool` functions that are still to be written.

What their authors wrote goes into literals only: no docstring or comment of the module holds a text of theirs, and its
names are made of ASCII letters and digits.
"""

import builtins
import keyword
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NoReturn

from ice_checks.hidden_text import hidden_places
from ice_core.contracts import Contract
from ice_core.errors import Finding, IceError, Location
from ice_core.json_schema import MAX_SCHEMA_DEPTH, REFERENCE_PREFIX, check_schema_subset, with_subschemas
from ice_core.names import is_component_name
from ice_core.strict_json import MAX_DEPTH, JsonObject, JsonValue, printable
from ice_sdk.annotation_parts import ANY, RESERVED, property_names
from ice_sdk.annotation_writing import AnnotationWriter
from ice_sdk.foreign_schemas import ForeignSchema
from ice_sdk.foreign_tools import ForeignTool
from ice_sdk.python_literals import exploded, text_literal
from ice_sdk.registry_names import registry_name
from ice_sdk.schema_types import camel

FIRST_VERSION: Final = "0.1.0"
_TYPING: Final = ("Annotated", "Literal", "NotRequired", "TypeAlias", "Union")
_PYDANTIC: Final = ("ConfigDict", "Field", "JsonValue", "RootModel", "WithJsonSchema", "with_config")
_EXTENSIONS: Final = ("TypedDict",)
_MAX_DESCRIPTION: Final = 4096
_LONGEST_LINE: Final = 80
_WHOLE: Final = REFERENCE_PREFIX
# What surrounds a schema in a manifest, and on its way there, counts as well.
_MAX_LEVELS: Final = MAX_DEPTH - 4


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolModule:
    """The text of a module; what was changed and what was lost, one line each.

    Attributes:
        text: The module, in ASCII.
        components: The names of its tools.
        changed, lost: Told to the person.
    """

    text: str
    components: tuple[str, ...]
    changed: tuple[str, ...]
    lost: tuple[str, ...]


def tool_module(tools: Sequence[ForeignTool], *, where: str) -> ToolModule:
    """The module of some tools.

    Raises:
        IceError: `migration-ambiguous` for names, `schema-invalid` for a schema that no reader could check.
    """
    names = _component_names(tools, where)
    taken = {name for tool in tools for part in (tool.input, tool.output) for name in property_names(part)}
    writing = _Writing(AnnotationWriter(frozenset(taken) | {*map(_function_name, names)}), where)
    calls = writing.calls(tools, names)
    body = "\n\n".join([*writing.types.definitions, *calls])
    return ToolModule(
        text=_head(body) + body,
        components=tuple(names),
        changed=tuple(writing.changed),
        lost=tuple(dict.fromkeys(writing.lost)),
    )


class _Writing:
    """One module on its way."""

    def __init__(self, types: AnnotationWriter, where: str) -> None:
        self.types = types
        self.where = where
        self.changed: list[str] = []
        self.lost: list[str] = []

    def calls(self, tools: Sequence[ForeignTool], names: Sequence[str]) -> list[str]:
        """The functions of all tools, or what is wrong with any of them."""
        calls: list[str] = []
        faults: list[Finding] = []
        for tool, name in zip(tools, names, strict=True):
            try:
                calls.append(self._call(tool, name))
            except IceError as error:
                faults.append(error.finding)
        if faults:
            raise IceError.of(faults)
        return calls

    def _call(self, tool: ForeignTool, name: str) -> str:
        """The function of one tool; its types are among the definitions then."""
        if name != tool.name:
            self.changed.append(f"{tool.path}.name: `{printable(tool.name)}` is now `{name}`")
        given = self._input(tool, name)
        result = self._output(tool, name)
        self.lost += [f"{tool.path}.{member}: a component has no such member" for member in tool.lost]
        self.lost += [f"{tool.path}.{line}" for line in self.types.lost]
        self.types.lost.clear()
        settings = [text_literal(name), f'version="{FIRST_VERSION}"', f"description={self._description(tool)}"]
        return (
            f"{exploded('@tool(', settings, ')')}\n"
            f"{exploded(f'def {_function_name(name)}(', [f'arguments: {given}'], ')')} -> {result}:\n"
            '    """Not written yet."""\n'
            "    raise NotImplementedError\n"
        )

    def _input(self, tool: ForeignTool, name: str) -> str:
        given: JsonValue = {} if tool.input is None else tool.input
        if not isinstance(given, dict) or given.get("type", "object") != "object":
            said = f"the input of `{printable(tool.name)}` is no object"
            _refuse(self.where, tool.input_path, said, "that of an object")
        if "type" not in given:
            self.changed.append(f"{tool.path}: the input is said to be an object")
        schema: JsonObject = {"type": "object", **given}
        stem = camel(name)
        own = self.types.take(f"{stem[:20]}Input")
        members = self._type(schema, tool.input_path, "input", stem=stem, name="Members")
        self.types.definitions.append(f"class {own}(RootModel[{members}]):\n    pass\n")
        return own

    def _output(self, tool: ForeignTool, name: str) -> str:
        schema = tool.output
        if not isinstance(schema, dict):
            self.changed.append(f"{tool.path}: nothing says what the tool gives; any value may be")
            return ANY
        return self._type(schema, tool.output_path, "output", stem=camel(name), name="Output")

    def _type(self, schema: JsonObject, place: str, path: str, *, stem: str, name: str) -> str:
        """The name of a schema's type; refuses what is beyond the bounds of manifests before anything is made of it.

        Args:
            schema: The schema.
            place: Where in the file it stands.
            path: What it is called where a loss is told.
            stem, name: What its types are called.
        """
        alone = ForeignSchema(schema, []).standing(schema, place)
        standing: JsonObject = alone if isinstance(alone, dict) else {}
        check_schema_subset(standing, {}, where=self.where, path=place)
        Contract(standing, where=f"{self.where} at {place}")
        self.changed += [
            f"{at}: holds {hidden}, which nobody sees; it is kept as an escape, and `ice plugins lint` refuses it"
            for at, hidden in hidden_places(schema, place)
        ]
        self.types.begin(stem[:14] if path == "input" else f"{stem[:14]}Out", schema)
        shared: JsonObject = {}
        if _fits(_with_classes(standing, shared), shared):
            return self.types.named(schema, f"{stem[:20]}{name}", path)
        if not _fits(standing, {}):
            bound = f"at most {MAX_SCHEMA_DEPTH - 1} schemas deep, and {_MAX_LEVELS} levels of objects and lists"
            _refuse(self.where, place, f"{place} is nested too deeply for a manifest", bound, slug="schema-invalid")
        self.changed.append(f"{place}: kept word for word, since a class for each object would be too deep")
        return self.types.alone(schema, f"{stem[:20]}{name}", path)

    def _description(self, tool: ForeignTool) -> str:
        words = " ".join("".join(char if char.isprintable() else " " for char in tool.description).split())
        if words != tool.description:
            self.changed.append(f"{tool.path}.description: on one line, without what is invisible")
        if len(words.encode()) > _MAX_DESCRIPTION:
            self.lost.append(f"{tool.path}.description: what is beyond {_MAX_DESCRIPTION} bytes")
            words = words.encode()[:_MAX_DESCRIPTION].decode(errors="ignore")
        return text_literal(words)


def _fits(schema: JsonValue, shared: JsonObject) -> bool:
    # Within its bounds as a component has it: the class of the input is referred to, and stands inside a manifest.
    try:
        check_schema_subset({"$ref": _WHOLE}, {"": schema, **shared}, where="", path="")
    except IceError:
        return False
    return _levels(schema) <= _MAX_LEVELS


def _levels(value: JsonValue) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(_levels, inner), default=0)


def _with_classes(schema: JsonValue, shared: JsonObject) -> JsonValue:
    """A schema in which each object is referred to, as those are that become classes."""
    if not isinstance(schema, dict):
        return schema
    inner = with_subschemas(schema, lambda part: _with_classes(part, shared))
    if schema.get("type") != "object":
        return inner
    name = str(len(shared))
    shared[name] = inner
    return {"$ref": f"{REFERENCE_PREFIX}{name}"}


def _component_names(tools: Sequence[ForeignTool], where: str) -> list[str]:
    names: list[str] = []
    findings: list[Finding] = []
    for tool in tools:
        words = re.sub(r"[^A-Za-z0-9_]+", "_", tool.name)
        name = tool.name if is_component_name(tool.name) else registry_name(words, "tool")
        if not is_component_name(name):
            findings.append(_finding(where, tool.path, f"`{printable(tool.name)}` gives no registry name"))
        elif name in names:
            other = tools[names.index(name)]
            said = f"`{printable(tool.name)}` and `{printable(other.name)}` at {other.path} would both be `tool:{name}`"
            findings.append(_finding(where, tool.path, said))
        names.append(name)
    if findings:
        raise IceError.of(findings)
    return names


def _finding(where: str, path: str, said: str) -> Finding:
    return Finding(
        "migration-ambiguous",
        f"`{where}`: {said}",
        where=Location(where, path=f"{path}.name"),
        expected="a name of its own: lower case words joined by single underscores, at most 64 characters",
        note="Nothing was written.",
        hints=("Give the tool another name in the file",),
    )


def _refuse(where: str, path: str, said: str, expected: str, *, slug: str = "migration-ambiguous") -> NoReturn:
    raise IceError(
        slug,
        f"`{where}`: {said}",
        where=Location(where, path=path),
        expected=expected,
        note="Nothing was written.",
        hints=("Mend the schema, or take the tool out of the file",),
    )


def _function_name(name: str) -> str:
    taken = name in RESERVED or keyword.iskeyword(name) or keyword.issoftkeyword(name) or hasattr(builtins, name)
    return f"{name}_tool" if taken else name


def _head(body: str) -> str:
    lines = [
        '"""Tools as typed functions, made by `ice plugins migrate --to python`; their code is to be written."""\n'
    ]
    # With the second `ice_sdk` in a line of its own: third-party imports, in the order of their names.
    groups = [_import("typing", _TYPING, body)]
    others = "from ice_sdk import tool\n" + _import("pydantic", _PYDANTIC, body)
    groups.append(others + _import("typing_extensions", _EXTENSIONS, body))
    # As formatters and sorters of imports want it.
    blank = "\n\n" if body.startswith(("@", "class ")) else "\n"
    return "\n".join([*lines, *(group for group in groups if group)]) + blank


def _import(module: str, names: Sequence[str], body: str) -> str:
    # Literals are ASCII and names are words, so a word that looks like a name costs an import that is not needed.
    used = [name for name in names if re.search(rf"\b{name}\b", _without_literals(body))]
    line = f"from {module} import {', '.join(used)}\n"
    if len(line) > _LONGEST_LINE:
        line = exploded(f"from {module} import (", used, ")") + "\n"
    return line if used else ""


def _without_literals(body: str) -> str:
    return re.sub(r'"[^"\n]*"|\'[^\'\n]*\'', '""', body)
