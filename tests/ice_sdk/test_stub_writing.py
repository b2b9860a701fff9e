"""Stubs: one module of types and calls for a manifest, which no text of the manifest can turn into code."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from ice_core.errors import IceError
from ice_core.strict_json import JsonObject, JsonValue, parse_json
from ice_sdk.schema_types import TypeWriter
from ice_sdk.stub_check import check_stubs
from ice_sdk.stub_writing import stubs_text, write_stubs
from tests.builders.manifests import component, manifest
from tests.house.tree import ROOT

EXAMPLES = sorted(ROOT.glob("examples/*/plugins.json"))
HOSTILE = (
    'a"',
    '"""\\',
    '\\"""',
    "\r\u2028",
    "'",
    '"',
    '"""',
    "'''",
    "\\",
    "\n",
    "\\\n",
    "'\nimport os\n'",
    '"""\nimport os\n"""',
    "é\u202e",
    "\U0001f600",
    "{x}",
)


def with_input(schema: JsonObject, *, output: JsonObject | None = None, **schemas: JsonObject) -> JsonObject:
    entry = component()
    entry["schema"] = {"input": schema, "output": output or {}}
    return manifest(entry, schemas={**schemas})


def members(**properties: JsonObject | bool) -> JsonObject:
    return {"type": "object", "properties": {**properties}}


RICH: JsonObject = {
    "type": "object",
    "properties": {
        "class": {"type": "string"},
        "not a name": {"type": ["integer", "null"]},
        "__private": {"type": "boolean"},
        "str": {"type": "string"},
        "context": {"type": "string"},
        "choice": {"enum": ["a", "b", 1, 1.5, None, True, "it's", [1], {}]},
        "constant": {"const": -1},
        "union": {"anyOf": [{"$ref": "#/schemas/Row"}, {"type": "array", "items": {"$ref": "#/schemas/Row"}}]},
        "free": {"type": "object", "additionalProperties": {"type": "number"}},
        "patterned": {"type": "object", "patternProperties": {"^a": {"type": "number"}}, "additionalProperties": False},
        "pair": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "items": False},
        "nothing": {"type": "array", "items": False},
        "nested": {"oneOf": [members(a={"type": "string"}), members(b={"type": "string"})]},
        "both": {"allOf": [{"$ref": "#/schemas/Row"}, {**members(more={"type": "string"}), "required": ["more"]}]},
        "maybe": {**members(a={"type": "string"}), "type": ["object", "null"]},
        "untyped": {"properties": {"a": {"type": "string"}}},
        "text": {"allOf": [{"maxLength": 3}, {"type": "string"}]},
        "empty": {"type": "object", "additionalProperties": False},
        "anything": True,
        "never": False,
        "tree": {"$ref": "#/schemas/Tree-1"},
    },
    "required": ["class", "choice"],
}
ROW: JsonObject = {**members(next={"$ref": "#/schemas/Row"}, value={"type": "integer"}), "required": ["value"]}
SHARED: dict[str, JsonObject] = {
    "Row": ROW,
    "row": {"type": "string"},
    "Tree-1": {"type": "array", "items": {"$ref": "#/schemas/Tree-1"}},
    "Json": {
        "anyOf": [{"type": ["null", "string"]}, {"type": "object", "additionalProperties": {"$ref": "#/schemas/Json"}}]
    },
    "list": {"type": "array"},
    "_": {},
}


def many() -> JsonObject:
    """Components whose names are keywords, names of types, each other's or those of shared schemas."""
    names = ("annotations", "cast", "class", "context", "given", "json", "list", "row", "tool_row")
    whole: JsonObject = {"input": RICH, "output": {"$ref": "#/schemas/Json"}}
    plain: JsonObject = {"input": {"type": "object"}, "output": {}}
    closed: JsonObject = {"input": {"type": "object", "additionalProperties": False}, "output": {"$ref": "#/schemas/_"}}
    pairs = (whole, plain, closed)
    entries = [component(name, schema=pairs[index % 3]) for index, name in enumerate(names)]
    return manifest(component("row", node_type="agent"), *entries, schemas={**SHARED})


def hostile(text: str) -> JsonObject:
    """`text` wherever a manifest holds text of its author's."""
    inner: JsonObject = {"title": text, "description": text, "default": text, "enum": [text, "plain"], "$comment": text}
    shared: JsonObject = {**members(fine=inner, **{text: inner}), "title": text, "description": text}
    entry = component(description=text, tags=[text])
    entry["schema"] = {"input": {**shared, "examples": [text]}, "output": {"const": text, "description": text}}
    return manifest(entry, schemas={"Row": shared})


def test_a_component_has_types_and_a_call(tmp_path: Path) -> None:
    entry = component()
    entry["schema"] = {
        "input": {**members(path={"type": "string"}, limit={"type": "integer", "default": 5}), "required": ["path"]},
        "output": {"type": "array", "items": {"type": "string"}},
    }
    write_stubs(manifest(entry), tmp_path, where="plugins.json")

    assert (
        '"""Types and calls of acme-csv 1.2.3, written by `ice plugins stubs`."""\n\n'
        "# fmt: off\n# ruff: noqa\n\n"
        "from __future__ import annotations\n\n"
        "from typing import NotRequired, TypeAlias, TypedDict, Unpack, cast\n\n"
        "from ice_core.strict_json import JsonValue\n"
        "from ice_sdk.context import Context\n\n\n"
        "class CsvReaderInput(TypedDict):\n    path: str\n    limit: NotRequired[int]\n\n\n"
        'CsvReaderOutput: TypeAlias = "list[str]"\n\n\n'
        "async def csv_reader(context: Context, /, **arguments: Unpack[CsvReaderInput]) -> CsvReaderOutput:\n"
        '    """Does what csv_reader says."""\n'
        '    given = cast("dict[str, JsonValue]", cast("object", arguments))\n'
        '    return cast("CsvReaderOutput", cast("object", await context.call("tool:csv_reader", **given)))\n'
    ) == (tmp_path / "stubs.py").read_text()


def test_a_manifest_without_components_has_no_stubs(tmp_path: Path) -> None:
    write_stubs({**manifest(), "components": []}, tmp_path, where="plugins.json")

    assert [] == list(tmp_path.iterdir())


def write_all(folder: Path) -> None:
    for path in EXAMPLES:
        value = parse_json(path.read_bytes(), where=str(path))
        (folder / f"{path.parent.name.replace('-', '_')}.py").write_text(stubs_text(value, where=str(path)))
    (folder / "many.py").write_text(stubs_text(many(), where="many"))
    for index, text in enumerate(HOSTILE):
        (folder / f"hostile_{index}.py").write_text(stubs_text(hostile(text), where="hostile"))
    (folder / "use.py").write_text(
        "from ice_sdk import Context\nimport iceos_text as text\n\n\n"
        "async def count(context: Context) -> int:\n"
        '    found = await text.keywords(context, text="rain", limit=1)\n'
        '    return found["keywords"][0]["count"]\n'
    )
    (folder / "misuse.py").write_text(
        "from ice_sdk import Context\nimport iceos_text as text\n\n\n"
        "async def count(context: Context) -> int:\n"
        '    found = await text.keywords(context, limit="one")\n'
        '    return found["kewords"][0]["count"]\n'
    )


def test_stubs_are_clean_for_mypy_strict_and_basedpyright_and_find_misuse(tmp_path: Path) -> None:
    """Those of every example, of many types at once and of hostile texts; basedpyright without configuration."""
    write_all(tmp_path)
    mypy = [sys.executable, "-P", "-m", "mypy", "--strict", "--config-file=", "--no-incremental", "--no-pretty", "."]
    pyright = [sys.executable, "-P", "-m", "basedpyright", "--pythonpath", sys.executable, "--outputjson", "."]
    told = [subprocess.run(each, cwd=tmp_path, capture_output=True, text=True, check=False) for each in (mypy, pyright)]
    lines = [line for line in told[0].stdout.splitlines() if ": error: " in line]
    found = json.loads(told[1].stdout)["generalDiagnostics"]

    generated = sorted(file.name for file in tmp_path.glob("*.py") if "use" not in file.name)
    formatted = [[*run, *generated] for run in (["format", "--isolated", "--check"], ["check", "--isolated", "-q"])]
    ruff = [subprocess.run([sys.executable, "-m", "ruff", *each], cwd=tmp_path, check=False) for each in formatted]

    assert [0, 0] == [each.returncode for each in ruff]
    assert 4 == len(lines), told[0].stdout
    assert {"misuse.py"} == {line.partition(":")[0] for line in lines}
    assert {"misuse.py"} == {Path(each["file"]).name for each in found}, found


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_no_text_of_a_manifest_becomes_code(text: str) -> None:
    source = stubs_text(hostile(text), where="plugins.json")
    tree = ast.parse(source)

    assert source.isascii()
    assert [] == [ast.unparse(node) for node in tree.body[1:] if not is_expected(node)]


def is_expected(node: ast.stmt) -> bool:
    """Whether it is an import, a TypedDict, an alias, or a call that does nothing else."""
    match node:
        case ast.ImportFrom(module="__future__" | "typing" | "ice_core.strict_json" | "ice_sdk.context"):
            return True
        case ast.ClassDef(bases=[ast.Name(id="TypedDict")], body=body):
            return all(isinstance(each, ast.AnnAssign | ast.Pass) or is_text(each) for each in body)
        case ast.AnnAssign(annotation=ast.Name(id="TypeAlias"), value=ast.Constant(value=str())):
            return True
        case ast.Assign(value=ast.Call(func=ast.Name(id="TypedDict"), args=[ast.Constant(), ast.Dict(values=values)])):
            kinds = (ast.Constant, ast.Subscript)
            return all(isinstance(each, kinds) for each in values)
        case ast.AsyncFunctionDef(body=[words, ast.Assign(), ast.Return()]):
            return is_text(words)
        case _:
            return False


def is_text(node: ast.stmt) -> bool:
    """Whether it is a string and nothing else."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


SCRIPT = """
import asyncio, sys
from pathlib import Path
from tests.ice_sdk.test_stub_writing import HOSTILE, hostile, many
from ice_sdk.stub_writing import stubs_text

for value in (many(), *map(hostile, HOSTILE)):
    text = stubs_text(value, where="plugins.json")
    module = {"__name__": "stubs"}
    exec(compile(text, "stubs", "exec"), module)
    print(text)

class Recorded:
    async def call(self, component, /, **arguments):
        print(component, arguments)

asyncio.run(module["csv_reader"](Recorded(), fine="plain"))
asyncio.run(module["csv_reader"](Recorded()))
print("acme_csv" in sys.modules)
"""


def test_two_hash_seeds_give_the_same_bytes_and_calls_leave_out_what_was_not_given() -> None:
    """The module runs, imports no component, and a default stays the component's."""
    told = [
        subprocess.run(
            [sys.executable, "-c", SCRIPT], cwd=ROOT, env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout.decode()
        for seed in ("1", "2")
    ]

    assert told[0] == told[1]
    assert told[0].endswith("tool:csv_reader {'fine': 'plain'}\ntool:csv_reader {}\nFalse\n")


def test_names_that_meet_are_told_apart() -> None:
    tree = ast.parse(stubs_text(many(), where="plugins.json"))
    calls = [node.name for node in tree.body if isinstance(node, ast.AsyncFunctionDef)]

    assert [
        "agent_row",
        "annotations_",
        "cast_",
        "class_",
        "context",
        "given",
        "json",
        "list_",
        "tool_row",
        "tool_row_2",
    ] == calls


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (True, "JsonValue"),
        (False, "Never"),
        ({"type": ["null", "string", "integer"]}, "str | int | None"),
        ({"enum": ["b", "a", "b", None, 2]}, "Literal['b', 'a', 2] | None"),
        ({"const": "it's"}, "str"),
        ({"type": "array", "prefixItems": [{"type": "string"}], "items": False}, "list[str]"),
        ({"type": "array", "prefixItems": [{"type": "string"}]}, "list[JsonValue]"),
        ({"type": "object", "additionalProperties": {"type": "number"}}, "dict[str, float]"),
        ({"type": "object", "patternProperties": {"^a": {"type": "number"}}}, "dict[str, JsonValue]"),
        ({"properties": {"a": {"type": "string"}}}, "JsonValue"),
        ({"not": {"type": "string"}}, "JsonValue"),
        ({"anyOf": [{"type": "string"}, {}]}, "JsonValue"),
        ({"allOf": [{"minLength": 1}, {"type": "string"}]}, "str"),
        ({"$ref": "#/schemas/Row"}, "Row"),
        ({"type": "array", "items": {"$ref": "#/schemas/Row"}}, "list[Row]"),
    ],
)
def test_a_type_is_never_narrower_than_its_schema(schema: JsonValue, expected: str) -> None:
    writer = TypeWriter({"Row": ROW}, prefix="#/schemas/")

    assert expected == writer.expression(schema, "Name")


def test_only_what_the_types_use_is_imported() -> None:
    text = stubs_text(with_input(members(a={"anyOf": [{"const": "b"}, False, {}]})), where="plugins.json")

    assert "from typing import NotRequired, TypeAlias, TypedDict, Unpack, cast\n" in text


def test_the_step_of_the_gate_passes() -> None:
    assert () == check_stubs(many(), where="plugins.json", write=write_stubs)


@pytest.mark.parametrize(
    "reference",
    ["other.json#/a", "file:///etc/passwd", "http://127.0.0.1:1/schema", "/etc/passwd", "", "#/components/0"],
)
@pytest.mark.parametrize("shared", [False, True])
def test_a_reference_that_leaves_the_manifest_s_schemas_is_refused(
    tmp_path: Path, reference: str, *, shared: bool
) -> None:
    """Before anything is written, also in a shared schema that nothing refers to."""
    outside: JsonObject = members(a={"$ref": reference})
    value = with_input({"type": "object"}, Unused=outside) if shared else with_input(outside)
    with pytest.raises(IceError) as refused:
        write_stubs(value, tmp_path, where="plugins.json")

    assert "schema-invalid" == refused.value.slug
    assert [] == list(tmp_path.iterdir())
