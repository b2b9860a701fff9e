"""What the compiler's tests stand on: components in a real registry, and a compilation of a text against it."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from ice_compiler.compiler import Compilation, compile_blueprint
from ice_core.errors import Finding
from ice_core.models.lock import Lock
from ice_core.strict_json import JsonObject, JsonValue
from ice_core.unified_registry import Registry, load_plugins

STRING: JsonObject = {"type": "string"}
INTEGER: JsonObject = {"type": "integer"}
STRINGS: JsonObject = {"type": "array", "items": {"type": "string"}}


def record(*required: str, closed: bool = True, **properties: JsonValue) -> JsonObject:
    """The schema of an object with these properties; all are required unless some are named."""
    schema: JsonObject = {"type": "object", "properties": dict(properties)}
    schema["required"] = list(required or properties)
    return {**schema, "additionalProperties": False} if closed else schema


def component(
    identity: str,
    takes: JsonValue,
    gives: JsonValue,
    *,
    version: str = "1.0.0",
    base: float | None = 0.01,
    **more: JsonValue,
) -> JsonObject:
    """A manifest entry; `identity` as in `tool:fetch`."""
    node_type, _, name = identity.partition(":")
    entry: JsonObject = {
        "node_type": node_type,
        "name": name,
        "import": f"acme_parts.{name}:run",
        "version": version,
        "schema": {"input": takes, "output": gives},
    }
    if base is not None:
        entry["cost_estimate"] = {"base": base}
    return {**entry, **more}


FETCH = component(
    "tool:fetch",
    record("url", url=STRING, timeout={"type": "integer", "minimum": 1, "maximum": 60}, headers={"type": "object"}),
    record(
        "status",
        "body",
        "links",
        status=INTEGER,
        body=STRING,
        links=STRINGS,
        title={"anyOf": [{"type": "string"}, {"type": "null"}]},
        meta={"$ref": "#/schemas/Meta"},
    ),
)
RANK = component(
    "tool:rank",
    record("documents", documents=STRINGS, limit=INTEGER),
    record(results=STRINGS, count=INTEGER),
    base=0.02,
)
SAVE = component(
    "tool:save",
    record(
        "text", text=STRING, tags=STRINGS, mode={"enum": ["new", "append"]}, options=record(deep={"type": "boolean"})
    ),
    record(saved={"type": "boolean"}, path=STRING),
    base=0,
)
ANY = component("tool:echo", {"type": "object"}, {}, base=None)
OLD = component(
    "tool:old_fetch", record(url=STRING), record(body=STRING), deprecated={"since": "1.0.0", "replacement": "fetch"}
)
WRITE = component(
    "agent:writer",
    record("notes", notes=STRINGS, model=STRING),
    record(text=STRING),
    base=0.1,
    permissions={"tools": ["tool:fetch", "tool:rank"]},
    cost_estimate={"base": 0.1, "per_token": 0.00001},
    max_tokens=2000,
)
ENTRIES: tuple[JsonObject, ...] = (FETCH, RANK, SAVE, ANY, OLD, WRITE)
SCHEMAS: JsonObject = {
    "Meta": {
        "type": "object",
        "properties": {"words": {"type": "integer"}, "next": {"$ref": "#/schemas/Meta"}},
        "required": ["words"],
    }
}


def manifest(
    entries: Sequence[JsonObject], *, name: str = "acme-parts", version: str = "1.0.0", schemas: JsonObject = SCHEMAS
) -> JsonObject:
    """An unsigned manifest that lists these entries."""
    return {
        "schema_version": "plugins.v0",
        "created": "2026-01-01T00:00:00Z",
        "package": {"name": name, "version": version},
        "schemas": schemas,
        "components": list(entries),
    }


def registry_of(folder: Path, *manifests: JsonObject, environ: Mapping[str, str] | None = None) -> Registry:
    """A real registry of these manifests, which lie in `folder`; nothing else of the machine enters."""
    paths = []
    for number, value in enumerate(manifests or (manifest(ENTRIES),)):
        path = folder / f"plugins-{number}.json"
        path.write_text(json.dumps(value), encoding="utf-8")
        path.chmod(0o600)
        paths.append(path)
    return load_plugins(*paths, home=folder / "home", environ=environ or {}, project=folder)


def compiled(
    text: str, registry: Registry, *, where: str = "news.yaml", lock: Lock | None = None, locked: bool = False
) -> Compilation:
    """The compilation of a text."""
    return compile_blueprint(text.encode("utf-8"), where=where, registry=registry, lock=lock, locked=locked)


def blueprint(*nodes: JsonObject, **members: JsonValue) -> str:
    """A blueprint as JSON text, two spaces a level."""
    value: JsonObject = {"schema_version": "1.2.0", "id": "news", **members, "nodes": list(nodes)}
    return json.dumps(value, indent=2)


def tool(identity: str, name: str, arguments: JsonObject, *dependencies: str, **members: JsonValue) -> JsonObject:
    """A tool node."""
    node: JsonObject = {"id": identity, "type": "tool", "tool_name": name, "tool_args": arguments}
    return {**node, "dependencies": list(dependencies), **members}


def summary(findings: Sequence[Finding]) -> list[tuple[str, int | None, int | None]]:
    """Slug, line and column of each finding."""
    return [
        (item.slug, item.where.line if item.where else None, item.where.column if item.where else None)
        for item in findings
    ]


def printed(result: Compilation) -> str:
    """All findings of a compilation as a person reads them, without colour: the shape that the command line prints."""
    return "\n\n".join(_printed(item, result.source) for item in result.findings) + "\n"


def _printed(item: Finding, source: str) -> str:
    lines = [f"{item.severity}[{item.slug}]: {item.message}", f"  --> {item.where}"]
    if item.where is not None and item.where.line is not None and item.where.column is not None:
        number = str(item.where.line)
        length = item.details.get("length", 1)
        text = source.split("\n")[item.where.line - 1]
        marks = " " * (item.where.column - 1) + "^" * (length if isinstance(length, int) else 1)
        lines += ["", f"  {number} | {text}", f"  {' ' * len(number)} | {marks}"]
    lines += [f"  {name}: {value}" for name, value in (("expected", item.expected), ("found", item.found)) if value]
    lines += [f"    {line}" for line in item.detail]
    lines += [f"note: {item.note}"] if item.note else []
    lines += [f"hint: {hint}" for hint in item.hints]
    return "\n".join(lines)
