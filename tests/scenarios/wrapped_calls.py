"""In a process of its own: calls each component of a wrapped package through its contract and as plain Python.

Reads the manifest's path and the source folder as arguments; prints, as JSON, how many calls agreed, how many of them
raised on both sides, and each disagreement.
"""

import json
import math
import os
import random
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, cast

from ice_core.contracts import compiled
from ice_core.errors import IceError
from ice_core.json_schema import standalone_schema
from ice_core.strict_json import JsonObject
from ice_orchestrator.foreign import Captured
from ice_sdk.call_types import adapter_of
from ice_sdk.calling import bind_input
from ice_sdk.declared import Declared, declared_of
from ice_sdk.results import output_value
from tests.builders.instances import instance

CALLS = 6
# Two calls give two results.
STATEFUL = ("pydash.utilities:now", "pydash.utilities:unique_id")


def main() -> None:
    """Prints the result."""
    manifest = json.loads(Path(sys.argv[1]).read_bytes())
    sys.path.insert(0, sys.argv[2])
    warnings.simplefilter("ignore")
    result: dict[str, Any] = {"called": 0, "raised": 0, "disagree": []}
    for entry in manifest["components"]:
        module, _, attribute = entry["import"].partition(":")
        declared = declared_of(getattr(resolve_name(module), attribute))
        assert declared is not None
        _call_often(declared, entry, manifest.get("schemas", {}), result)
    sys.stdout.write(json.dumps(result))


def _call_often(declared: Declared, entry: JsonObject, schemas: JsonObject, result: dict[str, Any]) -> None:
    sides = entry["schema"]
    assert isinstance(sides, dict)
    taken, given = (standalone_schema(sides[side], schemas) for side in ("input", "output"))
    chance = random.Random(str(declared.id))
    for _ in range(0 if entry["import"] in STATEFUL else CALLS):
        value = instance(sides["input"], schemas, chance)
        assert isinstance(value, dict)
        assert not compiled(taken, where="input").violations(value), (entry["name"], value)
        through, plainly = _outcome(_through_contract, declared, value), _outcome(_plainly, declared, value)
        result["called"] += 1
        result["raised"] += through[0] != "gave"
        fits = through[0] != "gave" or not compiled(given, where="output").violations(through[1])
        if through != plainly or not fits:
            result["disagree"].append([entry["import"], value, through, plainly, fits])


def _outcome(call: Callable[[Declared, JsonObject], Any], declared: Declared, value: JsonObject) -> tuple[str, Any]:
    random.seed(1)
    # Whatever a stranger's function raises, both ways must raise it.
    with Captured() as captured:
        return "gave", call(declared, value)
    error = captured.error
    return type(error).__name__, error.slug if isinstance(error, IceError) else str(error)


def _through_contract(declared: Declared, value: JsonObject) -> object:
    positional, named = bind_input(declared, value)
    return output_value(declared, declared.call(*positional, **named))


def _plainly(declared: Declared, value: JsonObject) -> object:
    # Each argument read by pydantic from its own annotation.
    read = {
        each.name: adapter_of(each.annotation).validate_json(json.dumps(value[each.name]))
        for each in declared.signature.parameters
        if each.name in value
    }
    first = [each for each in declared.signature.parameters if each.positional_only]
    positional = [read.pop(each.name, each.default) for each in first]
    function = cast(Callable[..., Any], declared.object)
    returned = function(*positional, **read)
    # What a component yields is given as a list.
    returned = list(returned) if declared.signature.streams else returned
    written = adapter_of(declared.signature.returns).dump_python(returned, mode="json", warnings="error")
    if isinstance(written, float) and not math.isfinite(written):
        raise IceError("call-output-invalid", "not a JSON number", hints=())
    return written


if __name__ == "__main__":
    os.environ["LC_ALL"] = "C"
    main()
