"""The process of one sample: one function of the table, with the arguments given; prints what it took."""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict

from bench import calls, engine, export, gate, load, lookup
from bench.measure import Spent

TABLE: Mapping[str, Callable[..., Spent]] = {
    "calls.checked": calls.with_checked_input,
    "calls.contract": calls.with_contract,
    "calls.guarded": calls.with_permissions,
    "calls.opening": calls.opening,
    "calls.pydantic": calls.with_pydantic,
    "calls.reading": calls.with_a_file,
    "calls.unguarded": calls.without_permissions,
    "engine.asyncio": engine.bare,
    "engine.local": engine.local,
    "engine.sqlite": engine.sqlite,
    "export.parse": export.parse_tree,
    "export.scan": export.scan_tree,
    "export.visit": export.visit_tree,
    "gate.floor": gate.floor,
    "gate.gate": gate.gate,
    "load.floor": load.floor,
    "load.load": load.load,
    "lookup.again": lookup.again,
    "lookup.dict": lookup.among_names,
    "lookup.first": lookup.first,
    "lookup.package": lookup.first_of_package,
}


def main() -> None:
    """Runs the one that the first argument names."""
    name, *arguments = sys.argv[1:]
    print(json.dumps(asdict(TABLE[name](*arguments))))


if __name__ == "__main__":
    main()
