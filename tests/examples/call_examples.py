"""A program that calls every example of every example package's manifest and prints what does not hold, as JSON.

It runs in a process of its own, in the folder of the data, with the packages on its path. An agent's context lets it
call what its manifest entry permits and nothing else.
"""

import asyncio
import json
import pkgutil
import sys
from collections.abc import Awaitable
from typing import cast

from ice_core.models.plugins import ComponentEntry, parse_manifest
from ice_core.strict_json import JsonObject, JsonValue, parse_json
from ice_sdk.calling import bind_input
from ice_sdk.declared import Declared, declared_of
from ice_sdk.results import output_value
from tests.examples.packages import NAMES, manifest_of

ENTRIES: dict[str, ComponentEntry] = {}


class PermittedContext:
    """The context of one agent."""

    run_id = "run"
    node_id = "node"
    idempotency_key = "run/node"

    def __init__(self, entry: ComponentEntry) -> None:
        self._entry = entry
        self.refused: list[str] = []
        self.called: list[str] = []

    async def call(self, component: str, /, **arguments: JsonValue) -> JsonValue:
        """The output of a permitted component."""
        self.called.append(component)
        if component not in self._entry.permissions.tools:
            self.refused.append(component)
            return None
        return await called(ENTRIES[component], arguments, self)

    def call_sync(self, component: str, /, **arguments: JsonValue) -> JsonValue:
        """No example needs it."""
        raise NotImplementedError

    def usage(self, *, tokens: int) -> None:
        """Nothing is counted here."""


def declaration(entry: ComponentEntry) -> Declared:
    """What the decorator recorded about the object that a manifest entry names."""
    declared = declared_of(pkgutil.resolve_name(entry.import_))
    assert declared is not None
    return declared


async def called(entry: ComponentEntry, value: JsonObject, context: PermittedContext) -> JsonValue:
    """The output for an input."""
    declared = declaration(entry)
    positional, named = bind_input(declared, value, context=context)
    result = declared.call(*positional, **named)
    return output_value(declared, await result if isinstance(result, Awaitable) else result)


def faults(entry: ComponentEntry) -> list[str]:
    """What does not hold of the examples of one component."""
    found = []
    for example in entry.examples:
        context = PermittedContext(entry)
        output = asyncio.run(called(entry, cast(JsonObject, example.input), context))
        if output != example.output:
            found.append(f"{entry.id} gives {json.dumps(output)}")
        if context.refused or (entry.node_type == "agent" and not context.called):
            found.append(f"{entry.id} called {context.called}")
    return found


def main() -> None:
    """Prints the number of examples and the list of faults."""
    for name in NAMES:
        value = parse_json(manifest_of(name).read_bytes(), where=name)
        for entry in parse_manifest(value, where=name).components:
            ENTRIES[str(entry.id)] = entry
    count = sum(len(entry.examples) for entry in ENTRIES.values())
    json.dump(
        {"examples": count, "faults": [fault for entry in ENTRIES.values() for fault in faults(entry)]}, sys.stdout
    )


if __name__ == "__main__":
    main()
