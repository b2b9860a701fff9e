"""Tools of other frameworks as a module: exported they have the same schema, or each loss is told; no text is code."""

import ast
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from ice_core.errors import IceError
from ice_core.manifest_checks import component_entries, shared_schemas
from ice_core.strict_json import JsonObject, JsonValue
from ice_sdk.export import export_manifest
from ice_sdk.foreign_tools import read_foreign_tools
from ice_sdk.tool_writing import ToolModule, tool_module
from tests.ice_sdk.conftest import WriteProject
from tests.ice_sdk.foreign_schemas_made import HOSTILE, comparable, made_schema


def tool(name: str, schema: JsonValue, **members: JsonValue) -> JsonObject:
    return {"name": name, "description": "It does.", "inputSchema": schema, **members}


def module_of(*tools: JsonValue) -> ToolModule:
    _, read = read_foreign_tools({"tools": list(tools)}, where="tools.json", form="mcp")
    return tool_module(read, where="tools.json")


def exported(write_project: WriteProject, text: str) -> JsonObject:
    root = write_project({"src/acme/__init__.py": "", "src/acme/tools.py": text})
    return export_manifest(root).value


def inputs(value: JsonObject) -> dict[str, JsonValue]:
    shared = shared_schemas(value)
    found: dict[str, JsonValue] = {}
    for entry in component_entries(value):
        pair = entry["schema"]
        assert isinstance(pair, dict)
        found[str(entry["name"])] = comparable(pair["input"], shared)
    return found


def checked(folder: Path, *words: str) -> None:
    done = subprocess.run([sys.executable, "-m", *words], cwd=folder, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stdout + done.stderr


def definitions(schema: JsonObject) -> JsonObject:
    found = schema.get("$defs", {})
    assert isinstance(found, dict)
    return found


def test_what_is_exported_is_what_was_read_or_the_loss_is_named(write_project: WriteProject) -> None:
    """Random schemas, 80 tools in a module: a formatter leaves it as it is at two widths, a type checker accepts it."""
    source = random.Random(1)
    schemas = {f"tool_{number}": made_schema(source) for number in range(80)}
    module = module_of(*(tool(name, schema) for name, schema in schemas.items()))
    lossy = {line.partition("[")[2].partition("]")[0] for line in module.lost}

    value = exported(write_project, module.text)
    folder = write_project({})
    found = inputs(value)
    for width in ("88", "120"):
        checked(folder, "ruff", "format", "--isolated", "--line-length", width, "--check", "src/acme/tools.py")
    checked(folder, "ruff", "check", "--isolated", "--select", "E4,E7,E9,F,I,UP", "src/acme/tools.py")
    checked(folder, "mypy", "--strict", "src/acme/tools.py")

    assert found.keys() == schemas.keys()
    assert 40 < len(schemas) - len(lossy)
    for number, (name, schema) in enumerate(schemas.items()):
        if str(number) not in lossy:
            assert comparable(schema, definitions(schema)) == found[name], json.dumps(schema)


def test_what_others_wrote_stands_in_literals_only() -> None:
    """Threat 1: the text of a definition would run when the module is imported, which an export does."""
    for text in HOSTILE:
        inner: JsonObject = {"type": "string", "description": text, "default": text, "enum": [text, "b"], "title": text}
        schema: JsonObject = {
            "type": "object",
            "description": text,
            "properties": {"fine": inner, text: inner, "ref": {"$ref": "#/$defs/N"}},
            "$defs": {"N": {"type": "object", "title": text, "properties": {"a": inner}}, text: inner},
        }
        made = module_of(tool("fine", schema, description=text, outputSchema={"type": "object", "title": text}))

        tree = ast.parse(made.text)
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert made.text.isascii()
        assert not names & {"os", "SystemExit", "system"}
        imports = [node.module for node in tree.body if isinstance(node, ast.ImportFrom)]
        assert {*imports} <= {"typing", "ice_sdk", "pydantic", "typing_extensions"}
        assert ["Not written yet."] == [
            ast.get_docstring(node)
            for node in tree.body
            if isinstance(node, ast.FunctionDef | ast.ClassDef)
            if ast.get_docstring(node)
        ]


def test_a_definition_that_refers_to_itself_is_a_class_that_does(write_project: WriteProject) -> None:
    node: JsonObject = {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}}}
    schema: JsonObject = {"type": "object", "properties": {"first": {"$ref": "#/$defs/Node"}}, "$defs": {"Node": node}}
    made = module_of(tool("walk", schema))

    assert () == made.lost
    assert comparable(schema, definitions(schema)) == inputs(exported(write_project, made.text))["walk"]


def test_an_object_that_holds_itself_as_a_whole_is_a_class_that_does(write_project: WriteProject) -> None:
    """`#` is the whole schema."""
    schema: JsonObject = {"type": "object", "properties": {"above": {"$ref": "#"}, "name": {"type": "string"}}}
    made = module_of(tool("walk", schema))
    value = exported(write_project, made.text)

    assert () == made.lost
    assert '"above": {"$ref": "#/schemas/WalkMembers"}' in json.dumps(shared_schemas(value))
    assert 'above: NotRequired["WalkMembers"]' in made.text


def test_a_definition_called_like_the_whole_is_not_the_whole() -> None:
    schema: JsonObject = {"type": "object", "properties": {"a": {"$ref": "#"}}, "$defs": {"#": {"type": "string"}}}

    assert "`$ref` to `#`, which this file does not define" in module_of(tool("a", schema)).lost[0]


def test_what_is_deep_is_exported_or_refused_at_once(write_project: WriteProject) -> None:
    """Classes refer to each other, which a manifest's bounds count; beyond them objects are kept word for word."""
    deep: list[JsonValue] = []
    for kind in ("object", "array", "map", "anyOf"):
        told = {levels: refusal(tool("a", nested(kind, levels))) for levels in range(12, 34)}
        fits = [levels for levels, said in told.items() if said is None]
        assert [*range(12, fits[-1] + 1)] == fits
        assert {"schema-invalid tools[0].inputSchema"} == {said[:35] for said in told.values() if said is not None}
        assert fits[-1] >= 28
        # The last with a class for each object, the first without, and the deepest of all.
        deep += [tool(f"{kind}_{levels}", nested(kind, levels)) for levels in (14, 15, fits[-1])]
    made = module_of(*deep)

    assert any("inputSchema: kept word for word, since a class" in line for line in made.changed)
    assert len(deep) == len(component_entries(exported(write_project, made.text)))


def refusal(definition: JsonObject) -> str | None:
    try:
        module_of(definition)
    except IceError as refused:
        return f"{refused.slug} {refused.where.path if refused.where is not None else ''}"
    return None


def nested(kind: str, levels: int) -> JsonObject:
    made: JsonObject = {"type": "string"}
    for _ in range(levels):
        forms: dict[str, JsonObject] = {
            "object": {"type": "object", "properties": {"a": made}},
            "array": {"type": "array", "items": made},
            "map": {"type": "object", "additionalProperties": made},
            "anyOf": {"anyOf": [made, {"type": "null"}]},
        }
        made = forms[kind]
    return {"type": "object", "properties": {"p": made}}


def test_what_nobody_sees_inside_a_schema_is_said() -> None:
    schema: JsonObject = {"type": "object", "properties": {"a": {"type": "string", "description": "b\u202ec"}}}
    made = module_of(tool("a", schema))

    assert "\\u202e" in made.text
    assert "tools[0].inputSchema.properties.a.description: holds U+202E, which nobody sees" in made.changed[0]


def test_the_faults_of_all_tools_are_told_at_once_with_their_places() -> None:
    wrong: JsonObject = {"type": "object", "properties": {"a": {"anyOf": [3, {}]}}}
    with pytest.raises(IceError) as refused:
        module_of(tool("a", wrong), tool("b", {"type": "object"}), tool("c", True))

    told = [(each.slug, each.where.path) for each in refused.value.findings if each.where is not None]
    assert [
        ("schema-invalid", "tools[0].inputSchema.properties.a.anyOf[0]"),
        ("migration-ambiguous", "tools[2].inputSchema"),
    ] == told


def test_an_output_keeps_its_schema_and_without_one_any_value_may_be(write_project: WriteProject) -> None:
    output: JsonObject = {"type": "object", "properties": {"t": {"type": "number"}}, "required": ["t"]}
    made = module_of(tool("a", {"type": "object"}, outputSchema=output), tool("b", {"type": "object"}))
    value = exported(write_project, made.text)

    pairs = [entry["schema"] for entry in component_entries(value)]
    assert [output, {}] == [
        comparable(pair["output"], shared_schemas(value)) for pair in pairs if isinstance(pair, dict)
    ]
    assert ("tools[1]: nothing says what the tool gives; any value may be",) == made.changed


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"$id": "urn:x"}, "input: `$id`, since what a manifest refers to has names of its own"),
        ({"properties": {"a": {"items": [{}]}}}, "input.a: `items`, which draft 2020-12 has not in this form"),
        ({"properties": {"a": {"exclusiveMinimum": True}}}, "input.a: `exclusiveMinimum`, which draft"),
        ({"properties": {"a": {"type": "string", "pattern": "(?=a)"}}}, "input.a: `pattern`, which draft"),
        ({"properties": {"a": {"$ref": "https://x.test/s"}}}, "input.a: `$ref` to `https://x.test/s`, which this file"),
        ({"properties": {"a": {"not": {"$ref": "#/$defs/L"}}}}, "input.a: `$ref` to `#/$defs/L`, which is inside what"),
        ({"properties": {"a": {"$ref": "#/$defs/L"}}}, "input.a[]: `$ref` to `L`, which it is inside of"),
        ({"properties": {"a": {"type": "string", "format": "uuid4"}}}, "input.a: `format`, which no reader asserts"),
        ({"properties": {"a": {"title": ""}}}, "input.a: `title`, which is empty"),
        ({"discriminator": {}}, "input: `discriminator`, whose references"),
    ],
)
def test_each_loss_names_its_place(schema: JsonObject, said: str) -> None:
    whole: JsonObject = {"type": "object", "$defs": {"L": {"type": "array", "items": {"$ref": "#/$defs/L"}}}, **schema}

    assert f"tools[0].{said}" in "\n".join(module_of(tool("a", whole)).lost)


def test_what_a_component_has_no_member_for_is_lost() -> None:
    made = module_of(tool("a", {"type": "object"}, title="A", annotations={}, _meta={}))

    assert [f"tools[0].{member}: a component has no such member" for member in ("_meta", "annotations", "title")] == (
        list(made.lost)
    )


@pytest.mark.parametrize(
    ("name", "component", "function"),
    [
        ("get-weather", "get_weather", "get_weather"),
        ("getWeather", "get_weather", "get_weather"),
        ("files/search.text", "files_search_text", "files_search_text"),
        ("list", "list", "list_tool"),
        ("tool", "tool", "tool_tool"),
        ("class", "class", "class_tool"),
        ("match", "match", "match_tool"),
    ],
)
def test_a_name_becomes_that_of_a_component_and_of_a_function(name: str, component: str, function: str) -> None:
    made = module_of(tool(name, {"type": "object"}))

    assert (component,) == made.components
    assert f"def {function}(" in made.text
    assert (name != component) == any(line.startswith("tools[0].name: ") for line in made.changed)


def test_names_that_meet_or_give_none_are_refused_together() -> None:
    with pytest.raises(IceError) as refused:
        module_of(*(tool(name, {"type": "object"}) for name in ("getIt", "get-it", "\u4f60", "fine")))

    assert ["migration-ambiguous", "migration-ambiguous"] == [each.slug for each in refused.value.findings]
    assert "`get-it` and `getIt` at tools[0] would both be `tool:get_it`" in refused.value.findings[0].message
    assert "gives no registry name" in refused.value.findings[1].message


@pytest.mark.parametrize(
    ("schema", "slug"),
    [
        ({"type": "array"}, "migration-ambiguous"),
        (True, "migration-ambiguous"),
        ({"type": "object", "anyOf": [3, {}]}, "schema-invalid"),
        ({"type": "object", "description": "x" * 70_000}, "schema-invalid"),
    ],
)
def test_a_schema_that_no_manifest_could_hold_is_refused(schema: JsonValue, slug: str) -> None:
    with pytest.raises(IceError) as refused:
        module_of(tool("a", schema))

    assert slug == refused.value.slug


@pytest.mark.parametrize("word", ["anyOf", "allOf"])
def test_definitions_that_double_without_end_are_refused_in_bounds(word: str) -> None:
    """Threat 9: thirty definitions that each refer twice to the next would be a thousand million schemas."""
    defined: JsonObject = {
        f"D{number}": {word: [{"$ref": f"#/$defs/D{number + 1}"}, {"$ref": f"#/$defs/D{number + 1}"}]}
        for number in range(30)
    }
    schema: JsonObject = {
        "type": "object",
        "properties": {"a": {"$ref": "#/$defs/D0"}},
        "$defs": {**defined, "D30": {"type": "string"}},
    }

    with pytest.raises(IceError, match="schema-invalid"):
        module_of(tool("a", schema))


def test_a_long_chain_of_definitions_is_refused_in_bounds() -> None:
    defined: JsonObject = {f"D{number}": {"$ref": f"#/$defs/D{number + 1}"} for number in range(5000)}
    schema: JsonObject = {"type": "object", "properties": {"a": {"$ref": "#/$defs/D0"}}, "$defs": defined}

    with pytest.raises(IceError, match="schema-invalid"):
        module_of(tool("a", schema))


def test_a_description_is_one_line_without_what_is_invisible() -> None:
    made = module_of(tool("a", {"type": "object"}, description="Reads\n\u202e  it. "))

    assert 'description="Reads it."' in made.text
    assert "tools[0].description: on one line, without what is invisible" in made.changed


def test_a_description_is_cut_where_a_manifest_ends(write_project: WriteProject) -> None:
    made = module_of(tool("a", {"type": "object"}, description="word " * 2000))

    assert ("tools[0].description: what is beyond 4096 bytes",) == made.lost
    assert exported(write_project, made.text)
