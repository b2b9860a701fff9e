"""What a parsed manifest keeps beyond its model: ids listed once, schemas in bounds, an iceos new enough.

Pure functions over the parsed value; trust raises what lint reports.
"""

from ice_core.contracts import Contract
from ice_core.dynamic import near_names
from ice_core.errors import Finding, IceError, Location
from ice_core.json_schema import check_schema_subset, reachable_schemas, schema_references, standalone_schema
from ice_core.names import SemVer, is_component_name
from ice_core.plain_schemas import PlainSchemas
from ice_core.strict_json import JsonObject, JsonValue, printable


def component_entries(value: JsonObject) -> list[JsonObject]:
    """The component entries of a manifest, as parsed; those that are no objects are passed over."""
    entries = value.get("components")
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def shared_schemas(value: JsonObject) -> JsonObject:
    """What `#/schemas/NAME` points at in this manifest."""
    shared = value.get("schemas", {})
    return shared if isinstance(shared, dict) else {}


def refuse_too_new(value: JsonObject, *, where: str, iceos_version: str) -> None:
    """Refuses a manifest with a component whose `iceos_min` is newer than `iceos_version`.

    Reads the value before the model does, and passes over what the model will refuse.

    Raises:
        IceError: `iceos-too-old`, with a finding for each component.
    """
    present = SemVer.parse(iceos_version)
    findings = []
    for index, entry in enumerate(component_entries(value)):
        needed = _version(entry.get("iceos_min"))
        if needed is None or needed <= present:
            continue
        findings.append(
            Finding(
                "iceos-too-old",
                f"{_called(entry, index)} needs iceos {needed} or newer, and this is {present}",
                where=Location(where, path=f"components[{index}].iceos_min"),
                expected=f"iceos {needed} or newer",
                found=f"iceos {present}",
                hints=(f"To upgrade, run `uv pip install --upgrade 'iceos>={needed}'`",),
            )
        )
    if findings:
        raise IceError.of(findings)


def refuse_duplicates(value: JsonObject, *, where: str) -> None:
    """Refuses a manifest that lists one (node_type, name) twice; like the model, but with its own slug and both places.

    Raises:
        IceError: `component-duplicate`, with a finding for each repetition.
    """
    first: dict[tuple[str, str], int] = {}
    findings = []
    for index, entry in enumerate(component_entries(value)):
        node_type, name = entry.get("node_type"), entry.get("name")
        if not isinstance(node_type, str) or not isinstance(name, str):
            continue
        earlier = first.setdefault((node_type, name), index)
        if earlier != index:
            findings.append(
                Finding(
                    "component-duplicate",
                    f"{_called(entry, index)} is listed twice",
                    where=Location(where, path=f"components[{index}]"),
                    expected="each component once in a manifest",
                    found=f"components[{earlier}] and components[{index}]",
                    hints=("To write the manifest anew, run `ice plugins export --output plugins.json`",),
                )
            )
    if findings:
        raise IceError.of(findings)


def check_schemas(value: JsonObject, *, where: str) -> None:
    """Refuses references that point nowhere, and schemas outside the subset that every reader can check in bounds.

    Raises:
        IceError: `schema-reference-missing` (all of them) or `schema-invalid`.
    """
    schemas = shared_schemas(value)
    plain = PlainSchemas(schemas)
    others = [(path, schema) for path, schema in _component_schemas(value) if not plain.holds(schema)]
    others_shared = [name for name in sorted(schemas) if not plain.holds_shared(name)]
    if others or others_shared:
        _check_in_full(value, others, others_shared, where)


def _check_in_full(value: JsonObject, roots: list[tuple[str, JsonValue]], names: list[str], where: str) -> None:
    # Every rule, for the component schemas `roots` and the shared ones `names` that no quick pass found sound.
    missing = missing_references(value, where=where)
    if missing:
        raise IceError.of(missing)
    schemas = shared_schemas(value)
    for path, schema in roots:
        check_schema_subset(schema, schemas, where=where, path=path)
        # Not `compiled`: most of what a manifest lists is never called, and a key for its cache costs more than this.
        Contract(standalone_schema(schema, schemas), where=f"{where} at {path}")
    reached = reachable_schemas([schema for _, schema in _component_schemas(value)], schemas)
    for name in names:
        if name not in reached:
            check_schema_subset(schemas[name], schemas, where=where, path=f"schemas.{name}")


def missing_references(value: JsonObject, *, where: str) -> tuple[Finding, ...]:
    """A finding for each `#/schemas/NAME` of a manifest whose NAME is not under `schemas`; used by lint too."""
    schemas = shared_schemas(value)
    holders = [*_component_schemas(value), *((f"schemas.{name}", schema) for name, schema in schemas.items())]
    return tuple(
        Finding(
            "schema-reference-missing",
            f"`#/schemas/{printable(name)}` points nowhere",
            where=Location(where, path=path),
            expected="a name under the manifest's `schemas`",
            found=printable(name),
            hints=tuple(f"`#/schemas/{near}` exists; did you mean that?" for near in near_names(name, tuple(schemas)))
            or ("To write the manifest with its schemas, run `ice plugins export --output plugins.json`",),
        )
        for path, schema in holders
        for name in sorted(schema_references(schema) - schemas.keys())
    )


def _component_schemas(value: JsonObject) -> list[tuple[str, JsonValue]]:
    found: list[tuple[str, JsonValue]] = []
    for index, entry in enumerate(component_entries(value)):
        pair = entry.get("schema")
        if isinstance(pair, dict):
            found += [
                (f"components[{index}].schema.{side}", pair[side]) for side in ("input", "output") if side in pair
            ]
    return found


def _version(text: JsonValue) -> SemVer | None:
    try:
        return SemVer.parse(text) if isinstance(text, str) else None
    except IceError:
        return None


def _called(entry: JsonObject, index: int) -> str:
    name = entry.get("name")
    node_type = entry.get("node_type")
    if isinstance(name, str) and isinstance(node_type, str) and is_component_name(name):
        return f"`{printable(node_type)}:{name}`"
    return f"`components[{index}]`"
