"""The compiler: a blueprint of 1,000 nodes, against homes with few components and with many."""

import json
import sys
from pathlib import Path

from tests.builders.homes import install, make_home
from tests.builders.manifests import component, manifest, signed

from bench.homes import synced
from bench.measure import Group, python, resident
from ice_core.strict_json import JsonObject, JsonValue

WHEEL = ("acme_csv-1.2.3-py3-none-any.whl", b"a wheel")
OF_A_PACKAGE = 10
CODE = """
from pathlib import Path
from ice_compiler.compiler import compile_blueprint
from ice_core.models.plan import plan_bytes
from ice_core.unified_registry import load_plugins

registry = load_plugins(home=Path({home!r}), environ={{}}, no_dynamic=True, project=Path({home!r}))
compilation = compile_blueprint(Path({path!r}).read_bytes(), where={path!r}, registry=registry)
assert compilation.plan is not None, compilation.findings
plan_bytes(compilation.plan)
"""


def groups(folder: Path, *, quick: bool) -> tuple[Group, ...]:
    """Whole processes: load, compile, and the plan's bytes; what the blueprint names is the same in each home."""
    nodes, few, many = (100, 100, 1000) if quick else (1000, 1000, 10_000)
    asked = blueprint(nodes, few // 2)
    homes = {count: synced(home_of(folder / f"home-{count}", count), sys.executable) for count in (few, many)}
    code: dict[tuple[str, int], str] = {}
    for form, text in (("json", json.dumps(asked)), ("yaml", as_yaml(asked))):
        path = folder / f"blueprint.{form}"
        path.write_text(text, encoding="utf-8")
        code |= {(form, count): CODE.format(home=str(home), path=str(path)) for count, home in homes.items()}
    spent = [python(f"{form}, {count} components", each) for (form, count), each in code.items()]
    held = resident(f"json, {many} components", code["json", many])
    return (
        Group(
            name=f"compile {nodes} nodes", cases=(python("python -c pass", "pass"), *spent), units=nodes, unit="node"
        ),
        Group(
            name=f"memory of compiling {nodes} nodes",
            cases=(resident("a bare Python", "pass"), held),
            units=1,
            unit="process",
            clock="memory",
        ),
    )


def home_of(place: Path, count: int) -> Path:
    """A home folder with `count` components in signed manifests of ten, whose schemas have much in common."""
    home = make_home(place)
    for first in range(0, count, OF_A_PACKAGE):
        install(home, signed(package(first), [WHEEL]), [WHEEL])
    return place


def package(first: int) -> JsonObject:
    """A manifest of ten components, each with schemas of its own."""
    name = f"acme_{first:05}"
    entries = (entry(number, f"{name}.tools:tool_{number}") for number in range(first, first + OF_A_PACKAGE))
    return manifest(*entries, name=name.replace("_", "-"))


def entry(number: int, target: str) -> JsonObject:
    """One component: takes two texts, a list and options, and gives rows and a count."""
    text: JsonObject = {"type": "string", "maxLength": 10_000 + number}
    rows: JsonObject = {"type": "array", "items": {"type": "string"}}
    takes: JsonObject = {
        "type": "object",
        "properties": {
            "query": text,
            "note": text,
            "rows": rows,
            "limit": {"type": "integer", "minimum": 1, "maximum": 1000 + number},
            f"option_{number}": {"type": "boolean"},
        },
        "required": ["query", "rows"],
        "additionalProperties": False,
    }
    gives: JsonObject = {
        "type": "object",
        "properties": {"text": text, "rows": rows, "count": {"type": "integer"}, f"extra_{number}": {"type": "null"}},
        "required": ["text", "rows", "count"],
    }
    return component(f"tool_{number}", target, schema={"input": takes, "output": gives})


def blueprint(nodes: int, used: int) -> JsonObject:
    """`nodes` nodes that call `used` components in turn, each fed by two before it and by the inputs."""
    return {
        "schema_version": "1.2.0",
        "id": "bench.compile",
        "inputs": {
            "type": "object",
            "properties": {
                "query": {"type": "string", "maxLength": 100},
                "rows": {"type": "array", "items": {"type": "string"}},
            },
            "required": ["query", "rows"],
        },
        "nodes": [node(number, used) for number in range(nodes)],
        "outputs": {"rows": f"{{{{ node_{nodes - 1}.rows }}}}"},
    }


def node(number: int, used: int) -> JsonObject:
    """One node."""
    before = [f"node_{each}" for each in (number - 1, number // 2) if each >= 0 and each != number]
    listed: list[JsonValue] = [*dict.fromkeys(before)]
    return {
        "id": f"node_{number}",
        "type": "tool",
        "tool_name": f"tool_{number % used}",
        "tool_args": {
            "query": "{{ inputs.query }}",
            "rows": f"{{{{ {before[0]}.rows }}}}" if before else "{{ inputs.rows }}",
            "note": f"from {{{{ {before[-1]}.count }}}} rows: {{{{ inputs.query }}}}" if before else "first",
            "limit": 10,
        },
        "dependencies": listed,
        "timeout_seconds": 30,
    }


def as_yaml(value: JsonObject) -> str:
    """The blueprint as a person would lay it out: block style, one member a line."""
    return "\n".join(_lines(value, "")) + "\n"


def _lines(value: JsonValue, indent: str) -> list[str]:
    if not isinstance(value, dict | list) or not value:
        return [f"{indent}{json.dumps(value)}"]
    lines: list[str] = []
    if isinstance(value, list):
        for item in value:
            first, *more = _lines(item, f"{indent}  ")
            lines += [f"{indent}- {first.lstrip()}", *more]
        return lines
    for name, member in value.items():
        inner = _lines(member, f"{indent}  ")
        is_flat = not isinstance(member, dict | list) or not member
        lines += [f"{indent}{name}: {inner[0].lstrip()}"] if is_flat else [f"{indent}{name}:", *inner]
    return lines
