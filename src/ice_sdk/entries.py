"""Declared components as manifest entries, with the schemas they share; members in the order that people read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ice_core.contracts import Contract
from ice_core.errors import Finding, IceError, Location
from ice_core.json_schema import check_schema_subset, referenced_name, standalone_schema
from ice_core.models.plugins import ComponentEntry, CostEstimate, parse_manifest
from ice_core.models.wire import parse_wire
from ice_core.names import SemVer
from ice_core.strict_json import JsonObject, JsonValue
from ice_sdk.call_types import call_types
from ice_sdk.declared import Declared
from ice_sdk.docstrings import documentation, object_documentation
from ice_sdk.forms import stated_text
from ice_sdk.json_values import NotJson, is_plain_json, to_json
from ice_sdk.refusals import gathered, refusal_in, refusal_of
from ice_sdk.schema import SchemaSet, Subject, schemas_of

_UNSAID: Final = {"import": "module:Attribute", "version": "0.0.0"}
_SOME_INSTANT: Final = "1970-01-01T00:00:00Z"
# What a decorator says of a component in its own words; schemas, examples and `iceos_min` export makes or raises.
_STATED: Final = ("version", "cost_estimate", "max_tokens", "tags", "description", "permissions", "deprecated")


@dataclass(frozen=True, kw_only=True, slots=True)
class Described:
    """Manifest entries in the order of the components given, and the schemas that they reach."""

    entries: tuple[JsonObject, ...]
    schemas: JsonObject


def describe_all(declared: Sequence[Declared], *, version: SemVer | None) -> Described:
    """The entries of components, and their schemas made together.

    Args:
        declared: The components.
        version: What a component has that was given no version; None refuses that.

    Raises:
        IceError: `version-missing`, `declaration-invalid`, `schema-inexpressible`, `schema-invalid`,
            `blueprint-invalid`, `annotation-missing` or `annotation-unresolved`.
    """
    findings: list[Finding] = []
    sided: list[tuple[Declared, Subject, JsonObject | None]] = []
    for item in declared:
        with gathered(findings):
            sided.append((item, *_sides(item)))
    shared = SchemaSet(pairs=(), schemas={})
    with gathered(findings):
        shared = schemas_of([subject for _, subject, _ in sided])
    entries: list[JsonObject] = []
    for (item, _, blueprint), (given, taken) in zip(sided, shared.pairs, strict=False):
        pair = (given, _described_output(item, taken, shared.schemas))
        entries.append(_entry(item, pair, version=version, blueprint=blueprint, findings=findings))
        _check_subset(item, pair, shared.schemas, findings)
    if findings:
        # What a component says of itself is told, too, where its types or another's could not be read.
        for item in declared if not entries else _others(declared, sided):
            _entry(item, ({}, {}), version=version, blueprint=None, findings=findings)
        raise refusal_in(_each_once(findings), len(declared))
    return Described(entries=tuple(entries), schemas=shared.schemas)


def _others(declared: Sequence[Declared], sided: Sequence[tuple[Declared, object, object]]) -> list[Declared]:
    described = {id(item) for item, _, _ in sided}
    return [item for item in declared if id(item) not in described]


def _each_once(findings: Sequence[Finding]) -> list[Finding]:
    # Types are asked for on several ways to one entry, and a fault of theirs comes back on each.
    return list({finding.sort_key(): finding for finding in findings}.values())


def check_whole(head: JsonObject, described: Described) -> None:
    """Refuses what no manifest could hold, whenever it was made.

    Args:
        head: What the manifest says about its distribution.
        described: Its components and schemas.

    Raises:
        IceError: `manifest-invalid`.
    """
    entries: list[JsonValue] = [*described.entries]
    whole: JsonObject = {**head, "created": _SOME_INSTANT, "schemas": described.schemas, "components": entries}
    parse_manifest(whole, where="plugins.json")


def stated_members(declared: Declared) -> JsonObject:
    """The members of its entry that the decorator was told, as the entry would hold them; nothing is derived.

    Raises:
        IceError: `declaration-invalid`, when one is no JSON value.
    """
    given: dict[str, object] = dict(declared.settings)
    return {member: _setting(declared, member, given[member]) for member in _STATED if given.get(member) is not None}


def _sides(declared: Declared) -> "tuple[Subject, JsonObject | None]":
    if declared.id.node_type == "workflow":
        # Here, because the model of blueprints is costly to make, and most projects have none.
        from ice_sdk.workflows import workflow_sides

        sides = workflow_sides(declared)
        return sides.subject, sides.blueprint
    types = call_types(declared)
    subject = Subject(
        component=str(declared.id),
        where=declared.where,
        input=types.input_side,
        output=types.output_side,
        place_of=declared.place_of,
    )
    return subject, None


def _described_output(declared: Declared, schema: JsonObject, schemas: JsonObject) -> JsonObject:
    # The docstring says what comes back where the type does not.
    if declared.id.node_type == "workflow" or "description" in schema:
        return schema
    shared, text = schemas.get(referenced_name(schema) or ""), documentation(declared).result
    return (
        schema
        if not text or (isinstance(shared, dict) and "description" in shared)
        else {**schema, "description": text}
    )


def _entry(
    declared: Declared,
    pair: tuple[JsonObject, JsonObject],
    *,
    version: SemVer | None,
    blueprint: "JsonObject | None",
    findings: list[Finding],
) -> JsonObject:
    settings = declared.settings
    # What cannot be said is told once, and not again as a member that is missing.
    entry: JsonObject = {"node_type": declared.id.node_type, "name": declared.id.name, **_UNSAID}
    with gathered(findings):
        entry["import"] = str(declared.target)
    with gathered(findings):
        entry["version"] = str(_version(declared, version))
    if "iceos_min" in settings:
        entry["iceos_min"] = settings["iceos_min"]
    entry["schema"] = {"input": pair[0], "output": pair[1]}
    given: dict[str, object] = {**settings}
    with gathered(findings):
        given["description"] = _description(declared)
    for member in ("cost_estimate", "max_tokens", "tags", "description", "examples", "permissions", "deprecated"):
        with gathered(findings):
            value = _setting(declared, member, given.get(member))
            # Nothing said and an empty list mean the same; one of them is written. A cost of 0 is said.
            if value not in (None, "", [], {}):
                entry[member] = value
    if blueprint is not None:
        entry["blueprint"] = blueprint
    with gathered(findings):
        _check_entry(declared, entry)
    return entry


def _description(declared: Declared) -> str:
    given = declared.settings.get("description", stated_text(declared.object, declared.form, "description"))
    if given is not None:
        return given
    if declared.id.node_type == "workflow":
        return object_documentation(declared.object).summary
    return documentation(declared).summary


def _version(declared: Declared, version: SemVer | None) -> SemVer:
    chosen = declared.version or version
    if chosen is not None:
        return chosen
    node_type = declared.id.node_type
    raise IceError(
        "version-missing",
        f"`{declared.id}` has no version, and that of its distribution is not a semantic one",
        where=declared.where,
        expected="MAJOR.MINOR.PATCH, as in 1.2.3 (SemVer 2.0.0)",
        found="none",
        hints=(
            f'Write `@{node_type}(version="1.0.0")`',
            "Or give the distribution a version of that form: `version` under `[project]` in pyproject.toml",
        ),
    )


def _setting(declared: Declared, member: str, value: object) -> JsonValue:
    if member == "cost_estimate" and value is not None:
        value = _cost(value)
    try:
        return to_json(value)
    except NotJson as error:
        raise IceError(
            "declaration-invalid",
            f"`{member}{error.path}` of `{declared.id}` is not a JSON value",
            where=declared.where,
            expected="text, numbers, true, false, None, lists, and dicts with text keys",
            found=error.reason,
            hints=(f"Write `{member}` with JSON values only",),
        ) from error


def _cost(value: object) -> object:
    if isinstance(value, CostEstimate):
        return {"base": value.base, "per_token": value.per_token}
    if isinstance(value, Mapping):
        return {"base": 0, "per_token": 0, **value}
    return {"base": value, "per_token": 0}


def _check_entry(declared: Declared, entry: JsonObject) -> None:
    try:
        parse_wire(ComponentEntry, entry, slug="declaration-invalid", document="a component", where="", hints=())
    except IceError as error:
        faults = error.findings or (error.finding,)
        for finding in faults:
            finding.where = declared.where.within(finding.where.path if finding.where is not None else "")
            finding.message = f"`{declared.id}`: {finding.message.removeprefix('`` is not a component: ')}"
            finding.expected = "settings that a manifest can hold"
            finding.hints = (f"Mend what `@{declared.id.node_type}` is told at {declared.where}",)
        raise refusal_of(faults) from error


def _check_subset(
    declared: Declared, pair: tuple[JsonObject, JsonObject], schemas: JsonObject, findings: list[Finding]
) -> None:
    for side, schema in zip(("input", "output"), pair, strict=True):
        with gathered(findings):
            _check_side(declared, side, schema, schemas)


def _check_side(declared: Declared, side: str, schema: JsonObject, schemas: JsonObject) -> None:
    alone = standalone_schema(schema, schemas)
    _refuse_other_than_json(declared, side, alone)
    try:
        check_schema_subset(schema, schemas, where=declared.file, path=f"{declared.id}.{side}")
        # Compiled here, because a pattern that needs backtracking is seen only so.
        Contract(alone, where=declared.file)
    except IceError as error:
        path = error.where.path if error.where is not None and error.where.path else f"{declared.id}.{side}"
        error.finding.where = Location(declared.file, line=declared.line, path=path)
        raise


def _refuse_other_than_json(declared: Declared, side: str, schema: JsonObject) -> None:
    if is_plain_json(schema):
        return
    try:
        to_json(schema)
    except NotJson as error:
        raise IceError(
            "schema-inexpressible",
            f"the {side} of `{declared.id}` adds something to its schema that is no JSON value",
            where=declared.where,
            expected="JSON values in `json_schema_extra` and in what `Field` adds",
            found=f"{error.path.removeprefix('.')}: {error.reason}",
            hints=("Write texts, numbers, lists and dicts there",),
        ) from error
