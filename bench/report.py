"""What a run tells: groups and verdicts as lines, and all of it as JSON with the machine's facts."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from bench.bounds import Verdict
from bench.machine import machine
from ice_core.strict_json import JsonObject, JsonValue
from ice_core.version import VERSION

FORM: Final = "ice-bench.v1"


def heading(*, quick: bool, rounds: int) -> JsonObject:
    """What stands above the figures: when, what and on which machine."""
    return {
        "form": FORM,
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "iceos": VERSION,
        "quick": quick,
        "rounds": rounds,
        "machine": machine(),
    }


def table(row: JsonObject) -> str:
    """A group as lines: ratio, spread, milliseconds a unit or megabytes, name."""
    lines = [f"{row['name']}  ({row['clock']})"]
    cases = row["cases"]
    for case in cases if isinstance(cases, list) else []:
        assert isinstance(case, dict)
        spread = f"{case['lowest_ratio']:.2f}-{case['highest_ratio']:.2f}"
        lines.append(f"  {case['ratio']:10.3f}  {spread:>18}  {_absolute(case, row):>24}  {case['name']}")
    return "\n".join(lines) + "\n"


def _absolute(case: JsonObject, row: JsonObject) -> str:
    if "megabytes" in case:
        return f"{case['megabytes']:.1f} MB a {row['unit']}"
    milliseconds = case["milliseconds_per_unit"]
    assert isinstance(milliseconds, float)
    if milliseconds < 0.01:
        return f"{milliseconds * 1000:.3f} us a {row['unit']}"
    return f"{milliseconds:.3f} ms a {row['unit']}"


def closing(verdicts: Sequence[Verdict]) -> str:
    """Each bound with its figure, then how many are held."""
    held = sum(each.held for each in verdicts)
    return "\n".join([*(each.line() for each in verdicts), f"{held} of {len(verdicts)} bounds are held"])


def judged(verdicts: Sequence[Verdict]) -> list[JsonValue]:
    """The verdicts for the JSON report."""
    return [each.json() for each in verdicts]
