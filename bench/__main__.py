"""`python3 dev.py bench [--quick] [--output FILE] [NAMES]`: prints ratios, and writes them with the machine's facts."""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bench import calls, compile, dependencies, engine, export, gate, imports, load, start
from bench.machine import machine
from bench.measure import CaseFailed, Group, measure, summary
from ice_core.strict_json import JsonObject, JsonValue
from ice_core.version import VERSION

FORM: Final = "ice-bench.v0"
BENCHES: Final[Mapping[str, Callable[..., tuple[Group, ...]]]] = {
    "start": start.groups,
    "load": load.groups,
    "export": export.groups,
    "gate": gate.groups,
    "import": imports.groups,
    "dependencies": dependencies.groups,
    "engine": engine.groups,
    "calls": calls.groups,
    "compile": compile.groups,
}


def main(arguments: Sequence[str]) -> int:
    """Measures what is asked for. 0 done, 1 a measurement failed, 2 usage."""
    asked = _parsed(arguments)
    began = time.perf_counter()
    report: JsonObject = {
        "form": FORM,
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "iceos": VERSION,
        "quick": asked.quick,
        "rounds": asked.rounds,
        "machine": machine(),
    }
    print(" ".join(f"{name}={value}" for name, value in machine().items()), file=sys.stderr)
    groups: list[JsonValue] = []
    for name in asked.names or BENCHES:
        with tempfile.TemporaryDirectory(prefix="ice-bench-") as folder:
            for group in BENCHES[name](Path(folder), quick=asked.quick):
                row = summary(group, measure(group, rounds=asked.rounds))
                print(table(row), flush=True)
                groups.append({"bench": name, **row})
    report["groups"] = groups
    if asked.output is not None:
        asked.output.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(f"measured in {time.perf_counter() - began:.0f} s", file=sys.stderr)
    return 0


def table(row: JsonObject) -> str:
    """A group as lines: ratio, spread, milliseconds a unit, name."""
    lines = [f"{row['name']}  ({row['clock']})"]
    cases = row["cases"]
    for case in cases if isinstance(cases, list) else []:
        assert isinstance(case, dict)
        spread = f"{case['lowest_ratio']:.2f}-{case['highest_ratio']:.2f}"
        each = f"{case['milliseconds_per_unit']:.3f} ms a {row['unit']}"
        lines.append(f"  {case['ratio']:10.3f}  {spread:>18}  {each:>24}  {case['name']}")
    return "\n".join(lines) + "\n"


class _Asked(argparse.Namespace):
    """What was asked for."""

    names: list[str]
    quick: bool
    rounds: int
    output: Path | None


def _parsed(arguments: Sequence[str]) -> _Asked:
    parser = argparse.ArgumentParser(prog="dev.py bench", description="Measure, as ratios to a floor or a peer.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(BENCHES)}; default: all")
    parser.add_argument("--quick", action="store_true", help="smaller counts and three rounds: under a minute")
    parser.add_argument("--rounds", type=int, help="samples of each case; default: 9, or 3 with --quick")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the figures as JSON")
    asked = parser.parse_args(arguments, namespace=_Asked())
    unknown = [name for name in asked.names if name not in BENCHES]
    if unknown:
        parser.error(f"there is no bench `{unknown[0]}`; there are {', '.join(BENCHES)}")
    asked.rounds = asked.rounds or (3 if asked.quick else 9)
    if asked.rounds < 1:
        parser.error("--rounds is at least 1")
    return asked


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except CaseFailed as failure:
        sys.exit(f"error: {failure}")
