"""spec/ is what the models say, says what the models say, and `plugins.v0` only ever grows by optional members."""

import copy
from collections.abc import Callable

import jsonschema_rs
import pytest

from ice_core.canonical import printed_bytes
from ice_core.errors import IceError
from ice_core.key_store import record_bytes
from ice_core.models.plugins import parse_manifest
from ice_core.strict_json import JsonObject, JsonValue, parse_json
from tests.builders.keys import key_record
from tests.house.additive import narrowings
from tests.house.spec_schemas import FORMATS, SPEC, schema_of
from tests.ice_core.models.documents import MISSION_EXAMPLE, changed, full_blueprint, full_manifest, full_plan, paths

FROZEN = parse_json((SPEC / "frozen" / "plugins.v0.schema.json").read_bytes(), where="frozen")
CURRENT = parse_json((SPEC / "plugins.v0.schema.json").read_bytes(), where="current")


@pytest.mark.parametrize("name", FORMATS)
def test_a_schema_of_spec_is_the_one_that_its_model_gives(name: str) -> None:
    """`python3 dev.py fix` writes it anew."""
    written = (SPEC / f"{name}.schema.json").read_bytes()

    assert printed_bytes(schema_of(name)) == written


@pytest.mark.parametrize(
    ("name", "document"),
    [
        ("plugins.v0", parse_json(MISSION_EXAMPLE.encode(), where="mission")),
        ("plugins.v0", full_manifest()),
        ("blueprint.1.2.0", full_blueprint()),
        ("plan.v0", full_plan()),
        ("key-file", parse_json(record_bytes(key_record()), where="key")),
    ],
)
def test_what_the_model_reads_the_schema_accepts(name: str, document: JsonObject) -> None:
    """An editor marks nothing that iceos would take."""
    faults = [error.message for error in jsonschema_rs.Draft202012Validator(schema_of(name)).iter_errors(document)]

    assert [] == faults


@pytest.mark.parametrize("value", [None, True, -1, 1.5, "", " x", "x" * 5000, [], [{}], {}, {"x": 1}], ids=repr)
def test_what_the_schema_refuses_the_model_refuses(value: JsonValue) -> None:
    """At every place of a full manifest; the model also refuses what no schema can say."""
    validator = jsonschema_rs.Draft202012Validator(CURRENT)
    for path in paths(full_manifest()):
        document = changed(full_manifest(), path, value)
        if validator.is_valid(document):
            continue

        with pytest.raises(IceError, match="manifest-invalid"):
            parse_manifest(document, where=path)


def test_every_member_of_the_manifest_says_what_it_is() -> None:
    """A description each, for the editor that shows it."""
    definitions = CURRENT["$defs"]
    assert isinstance(definitions, dict)
    silent = [
        f"{name}.{member}"
        for name, definition in {**definitions, "": CURRENT}.items()
        for member, schema in _members(definition).items()
        if not isinstance(schema, dict) or "description" not in schema
    ]

    assert [] == silent


def test_the_manifest_only_grew_since_it_was_frozen() -> None:
    """`plugins.v0` is frozen: members are added, and optional; nothing else changes before `v1`."""
    found = narrowings(FROZEN, CURRENT)

    assert [] == found


def _members(schema: JsonValue) -> JsonObject:
    members = schema.get("properties") if isinstance(schema, dict) else None
    assert isinstance(members, dict)
    return members


def _entry(schema: JsonObject) -> JsonObject:
    definitions = schema["$defs"]
    assert isinstance(definitions, dict)
    entry = definitions["ComponentEntry"]
    assert isinstance(entry, dict)
    return entry


def _name(schema: JsonObject) -> JsonObject:
    name = _members(_entry(schema))["name"]
    assert isinstance(name, dict)
    return name


def _remove_member(schema: JsonObject) -> None:
    del _members(_entry(schema))["tags"]


def _remove_root_member(schema: JsonObject) -> None:
    del _members(schema)["license"]


def _require_new_member(schema: JsonObject) -> None:
    _members(_entry(schema))["owner"] = {"type": "string"}
    required = _entry(schema)["required"]
    assert isinstance(required, list)
    required.append("owner")


def _require_old_member(schema: JsonObject) -> None:
    required = _entry(schema)["required"]
    assert isinstance(required, list)
    required.append("cost_estimate")


def _narrow_enum(schema: JsonObject) -> None:
    _members(_entry(schema))["node_type"] = {"type": "string", "enum": ["tool", "agent"]}


def _change_const(schema: JsonObject) -> None:
    _members(schema)["schema_version"] = {"type": "string", "const": "plugins.v1"}


def _add_enum(schema: JsonObject) -> None:
    _name(schema)["enum"] = ["csv_reader"]


def _change_type(schema: JsonObject) -> None:
    _name(schema)["type"] = "integer"


def _change_pattern(schema: JsonObject) -> None:
    _name(schema)["pattern"] = "^[a-z]+$"


def _add_pattern(schema: JsonObject) -> None:
    _members(_entry(schema))["description"] = {"type": "string", "maxLength": 4096, "default": "", "pattern": "^x"}


def _shorten(schema: JsonObject) -> None:
    _name(schema)["maxLength"] = 63


def _add_least_length(schema: JsonObject) -> None:
    _name(schema)["minLength"] = 1


def _refuse_null(schema: JsonObject) -> None:
    _members(_entry(schema))["cost_estimate"] = {"$ref": "#/$defs/CostEstimate", "default": None}


def _narrow_a_branch(schema: JsonObject) -> None:
    tokens = _members(_entry(schema))["max_tokens"]
    assert isinstance(tokens, dict)
    tokens["anyOf"] = [{"type": "integer", "minimum": 0, "maximum": 10}, {"type": "null"}]


def _narrow_items(schema: JsonObject) -> None:
    _members(_entry(schema))["tags"] = {"type": "array", "default": [], "items": {"type": "string", "maxLength": 8}}


def _change_default(schema: JsonObject) -> None:
    _members(_entry(schema))["tags"] = {
        "type": "array",
        "default": ["untagged"],
        "items": {"type": "string", "maxLength": 4096},
    }


def _narrow_schemas(schema: JsonObject) -> None:
    schemas = _members(schema)["schemas"]
    assert isinstance(schemas, dict)
    schemas["additionalProperties"] = {"type": "object", "maxProperties": 3}


def _open_the_object(schema: JsonObject) -> None:
    _entry(schema)["additionalProperties"] = True


def _add_unknown_keyword(schema: JsonObject) -> None:
    _entry(schema)["dependentRequired"] = {"max_tokens": ["cost_estimate"]}


@pytest.mark.parametrize(
    "change",
    [
        _remove_member,
        _remove_root_member,
        _require_new_member,
        _require_old_member,
        _narrow_enum,
        _change_const,
        _add_enum,
        _change_type,
        _change_pattern,
        _add_pattern,
        _shorten,
        _add_least_length,
        _refuse_null,
        _narrow_a_branch,
        _narrow_items,
        _change_default,
        _narrow_schemas,
        _open_the_object,
        _add_unknown_keyword,
    ],
)
def test_a_change_that_does_not_only_add_is_seen(change: Callable[[JsonObject], None]) -> None:
    """Each would leave a manifest of today unread tomorrow, or read as something else."""
    current = copy.deepcopy(FROZEN)
    change(current)

    assert [] != narrowings(FROZEN, current)


def _add_member(schema: JsonObject) -> None:
    _members(_entry(schema))["owner"] = {"type": "string", "pattern": "^[a-z]+$", "default": "nobody"}


def _add_nested_member(schema: JsonObject) -> None:
    definitions = schema["$defs"]
    assert isinstance(definitions, dict)
    definitions["Extra"] = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
    _members(schema)["extra"] = {"anyOf": [{"$ref": "#/$defs/Extra"}, {"type": "null"}], "default": None}


def _widen_enum(schema: JsonObject) -> None:
    _members(_entry(schema))["node_type"] = {"type": "string", "enum": ["tool", "agent", "workflow", "prompt"]}


def _lengthen(schema: JsonObject) -> None:
    _name(schema)["maxLength"] = 128


def _reword(schema: JsonObject) -> None:
    _name(schema)["description"] = "What it is called."
    _name(schema)["title"] = "Name"


def _add_branch(schema: JsonObject) -> None:
    tokens = _members(_entry(schema))["max_tokens"]
    assert isinstance(tokens, dict)
    branches = tokens["anyOf"]
    assert isinstance(branches, list)
    branches.append({"type": "string"})


def _rename_definition(schema: JsonObject) -> None:
    definitions = schema["$defs"]
    assert isinstance(definitions, dict)
    definitions["Cost"] = definitions.pop("CostEstimate")
    _members(_entry(schema))["cost_estimate"] = {"anyOf": [{"$ref": "#/$defs/Cost"}, {"type": "null"}], "default": None}


@pytest.mark.parametrize(
    "change",
    [_add_member, _add_nested_member, _widen_enum, _lengthen, _reword, _add_branch, _rename_definition],
)
def test_a_change_that_only_adds_passes(change: Callable[[JsonObject], None]) -> None:
    """New optional members, wider bounds, other words."""
    current = copy.deepcopy(FROZEN)
    change(current)

    assert [] == narrowings(FROZEN, current)
