"""`python3 dev.py bench [--quick] [--bounds] [--output FILE] [NAMES]`: ratios, and whether they hold their bounds."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from bench import calls, compile, dependencies, engine, export, gate, imports, load, lookup, start, sync
from bench.bounds import Bounds, Verdict
from bench.environments import development_python
from bench.measure import ROOT, CaseFailed, Group, measure, summary
from bench.report import closing, heading, judged, table
from ice_core.strict_json import JsonObject, JsonValue

BENCHES: Final[Mapping[str, Callable[..., tuple[Group, ...]]]] = {
    "start": start.groups,
    "lookup": lookup.groups,
    "sync": sync.groups,
    "load": load.groups,
    "export": export.groups,
    "gate": gate.groups,
    "import": imports.groups,
    "dependencies": dependencies.groups,
    "engine": engine.groups,
    "calls": calls.groups,
    "compile": compile.groups,
}


class Run:
    """One run: what was asked for, and what was measured so far."""

    def __init__(self, *, bounds: Bounds, bounded: bool, quick: bool, rounds: int) -> None:
        """A run that has measured nothing.

        Args:
            bounds: What figures may be.
            bounded: Whether only what has a bound is measured.
            quick: Whether counts are small.
            rounds: How many samples each case has.
        """
        self._bounds = bounds
        self._bounded = bounded
        self._quick = quick
        self._rounds = rounds
        self.groups: list[JsonValue] = []
        self.verdicts: list[Verdict] = []

    def bench(self, name: str) -> None:
        """Measures one bench.

        Raises:
            CaseFailed: A process of it failed, or a bound names what it does not measure.
        """
        before = len(self.groups)
        with tempfile.TemporaryDirectory(prefix="ice-bench-") as folder:
            for group in BENCHES[name](Path(folder), quick=self._quick):
                narrowed = self._bounds.narrowed(group) if self._bounded else group
                if narrowed is not None:
                    self._group(name, narrowed)
        unmeasured = self._bounds.unmeasured((name,), self.groups[before:])
        if unmeasured:
            raise CaseFailed(f"bench/bounds.toml names the group `{unmeasured[0]}`, which `{name}` does not have")

    def _group(self, name: str, group: Group) -> None:
        row = summary(group, measure(group, rounds=self._rounds))
        verdicts = self._bounds.verdicts(row)
        if any(each.failed for each in verdicts):
            # A busy minute is not a worse program: what fails is measured again, longer, and that counts.
            row = summary(group, measure(group, rounds=self._rounds * 2))
            verdicts = self._bounds.verdicts(row)
        if not self._bounded:
            print(table(row), flush=True)
        self.groups.append({"bench": name, **row})
        self.verdicts += verdicts


def main(arguments: Sequence[str]) -> int:
    """Measures what is asked for. 0 done, 1 a measurement failed or a bound did by more than a third, 2 usage."""
    asked = _parsed(arguments)
    if asked.python is not None:
        return _on_another_python(asked)
    began = time.perf_counter()
    report = heading(quick=asked.quick, rounds=asked.rounds)
    print(_facts(report), file=sys.stderr)
    bounds = Bounds.read(quick=asked.quick)
    run = Run(bounds=bounds, bounded=asked.bounds, quick=asked.quick, rounds=asked.rounds)
    for name in asked.names or (bounds.benches() if asked.bounds else BENCHES):
        run.bench(name)
    report |= {"groups": run.groups, "bounds": judged(run.verdicts)}
    if asked.output is not None:
        asked.output.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(closing(run.verdicts), flush=True)
    print(f"measured in {time.perf_counter() - began:.0f} s", file=sys.stderr)
    return 1 if any(each.failed for each in run.verdicts) else 0


def _on_another_python(asked: "_Asked") -> int:
    options = ["--rounds", str(asked.rounds)]
    options += [f"--{name}" for name in ("quick", "bounds") if getattr(asked, name)]
    options += [] if asked.output is None else ["--output", str(asked.output)]
    command = [development_python(asked.python or ""), "-m", "bench", *options, *asked.names]
    return subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False).returncode


def _facts(report: JsonObject) -> str:
    facts = report["machine"]
    return " ".join(f"{name}={value}" for name, value in facts.items()) if isinstance(facts, dict) else ""


class _Asked(argparse.Namespace):
    """What was asked for."""

    names: list[str]
    quick: bool
    bounds: bool
    rounds: int
    output: Path | None
    python: str | None


def _parsed(arguments: Sequence[str]) -> _Asked:
    parser = argparse.ArgumentParser(prog="dev.py bench", description="Measure, as ratios to a floor or a peer.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(BENCHES)}; default: all")
    parser.add_argument("--quick", action="store_true", help="smaller counts, three rounds, and no peers to install")
    parser.add_argument("--bounds", action="store_true", help="only what has a bound; no tables")
    parser.add_argument("--rounds", type=int, help="samples of each case; default: 9, or 3 with --quick")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the figures as JSON")
    parser.add_argument("--python", metavar="VERSION", help="on another Python, in an environment that is thrown away")
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
