"""Loading: verified manifests against reading the same bytes with nothing but `json` and `hashlib`."""

import hashlib
import json
from pathlib import Path

from tests.builders.homes import install, make_home
from tests.builders.manifests import component, manifest, signed

from bench.measure import Group, Spent, inside, timed
from ice_core.strict_json import JsonObject, JsonValue
from ice_core.unified_registry import load_plugins

WHEEL = ("acme_csv-1.2.3-py3-none-any.whl", b"a wheel")
COMPONENTS = 10
# About 2 KB a component, printed; no two components of the whole folder have the same schemas.
MEMBERS = 6


def groups(folder: Path, *, quick: bool) -> tuple[Group, ...]:
    """Home folders with 10, 100 and 1,000 installed signed manifests of ten components each."""
    made = []
    for count in (10, 100) if quick else (10, 100, 1000):
        place = folder / f"home-{count}"
        home = make_home(place)
        for number in range(count):
            install(home, signed(_manifest(number), [WHEEL]), [WHEEL])
        cases = (
            inside("json.loads + sha256", floor, home.manifests),
            inside("load_plugins", load, place),
        )
        made.append(Group(name=f"load {count} manifests", cases=cases, units=count, unit="manifest"))
    return tuple(made)


def _manifest(number: int) -> JsonObject:
    package = f"acme_{number:04}"
    entries = (_component(package, f"tool_{number}_{each}") for each in range(COMPONENTS))
    return manifest(*entries, name=package.replace("_", "-"))


def _component(package: str, name: str) -> JsonObject:
    members: JsonObject = {
        f"{name}_member_{each}": {
            "type": "string",
            "description": f"What {name} takes for its member {each}, in at most 100 characters",
            "maxLength": 100,
        }
        for each in range(MEMBERS)
    }
    required: list[JsonValue] = [f"{name}_member_0"]
    schemas: JsonObject = {
        "input": {"type": "object", "properties": members, "required": required, "additionalProperties": False},
        "output": {
            "type": "object",
            "properties": {"result": {"type": "array", "items": {"type": "string"}}, f"{name}_rows": {"minimum": 0}},
            "required": ["result"],
        },
    }
    return component(
        name, f"{package}.tools:{name}", schema=schemas, tags=["csv", "rows"], permissions={"network": ["example.org"]}
    )


def floor(folder: str) -> Spent:
    """Reads, digests and parses each manifest, and believes it."""

    def work() -> None:
        for path in sorted(Path(folder).glob("*.json")):
            data = path.read_bytes()
            hashlib.sha256(data).hexdigest()
            json.loads(data)

    return timed(work)


def load(home: str) -> Spent:
    """Loads them as every command does."""
    return timed(lambda: load_plugins(home=Path(home), environ={}, no_dynamic=True))
