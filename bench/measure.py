"""Cases, samples and ratios: each sample is a process of its own, the order is drawn anew for each round.

What counts is time (`cpu`, `wall`) or the most memory that the process held at once (`memory`).
"""

import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from ice_core.strict_json import JsonObject, JsonValue

ROOT: Final = Path(__file__).resolve().parents[1]
# The same draw each time, so that two runs differ by the machine and not by the order.
SEED: Final = 20260101

MEGABYTE: Final = 1_000_000

# Where each process stands: no project whose settings would be read, and nothing beside it that could be imported.
_NOWHERE: Final = tempfile.TemporaryDirectory(prefix="ice-bench-nowhere-")

Clock = Literal["cpu", "wall", "memory"]
# Ends the code of a process whose memory is measured. The peak that `getrusage` tells a parent is the parent's own
# until the child has started, so the child reads its own; nothing is imported for it.
_TELL_MEMORY: Final = """
with open("/proc/self/status") as status:
    peak = next(line.split()[1] for line in status if line.startswith("VmHWM"))
print('{"cpu": 0.0, "wall": 0.0, "memory": %d}' % (int(peak) * 1024))
"""


class CaseFailed(Exception):
    """A process that was to be measured has failed, so that there is nothing to tell."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Spent:
    """What one sample took: seconds of the processors, seconds by the clock on the wall, and bytes if those count."""

    cpu: float
    wall: float
    memory: int = 0

    def by(self, clock: Clock) -> float:
        """The seconds of this clock, or the bytes."""
        return {"cpu": self.cpu, "wall": self.wall, "memory": self.memory}[clock]


def timed(work: Callable[[], object]) -> Spent:
    """Does `work` once, in this process, all its threads included."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Spent(cpu=time.process_time() - cpu, wall=time.perf_counter() - wall)


async def timed_async(work: Callable[[], Awaitable[object]]) -> Spent:
    """Awaits `work` once, without the start of the event loop."""
    wall, cpu = time.perf_counter(), time.process_time()
    await work()
    return Spent(cpu=time.process_time() - cpu, wall=time.perf_counter() - wall)


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One thing to measure.

    Attributes:
        name: What a reader sees.
        command: The process of one sample.
        whole: Whether the whole process counts, start-up included; otherwise it prints what it took.
        environment: Variables beside those of every case.
        prepare: What is done before each sample, outside of what is measured.
    """

    name: str
    command: tuple[str, ...]
    whole: bool
    environment: tuple[tuple[str, str], ...] = ()
    prepare: Callable[[], object] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Cases that are told as ratios to the first one.

    Attributes:
        name: What is compared.
        cases: The floor or peer first.
        units: How many things one sample does, of which `unit` is one.
        clock: What the ratios are of; the wall's where waiting for the disk is part of the matter.
    """

    name: str
    cases: tuple[Case, ...]
    units: int
    unit: str
    clock: Clock = "cpu"


def python(name: str, code: str, *, interpreter: str = sys.executable, **environment: str) -> Case:
    """A case that is a whole process: the interpreter, running `code`."""
    return Case(name=name, command=(interpreter, "-c", code), whole=True, environment=tuple(environment.items()))


# Measured in every group: absolute figures are read by its pace (bench/bounds.toml).
BARE: Final = python("a bare Python, for the pace", "pass")


def resident(name: str, code: str, *, interpreter: str = sys.executable, **environment: str) -> Case:
    """A case of a group whose clock is `memory`: the most that a process held that runs `code` (Linux)."""
    command = (interpreter, "-c", code + _TELL_MEMORY)
    return Case(name=name, command=command, whole=False, environment=tuple(environment.items()))


def inside(name: str, work: Callable[..., Spent], *arguments: object, interpreter: str = sys.executable) -> Case:
    """A case that a function of the bench times inside its process; it gets the arguments as texts.

    The process imports the function's module, and of the bench nothing else that this does not import.
    """
    code = f"from bench.child import tell; from {work.__module__} import {work.__name__}; tell({work.__name__})"
    command = (interpreter, "-c", code, *(str(each) for each in arguments))
    return Case(name=name, command=command, whole=False, environment=(("PYTHONPATH", str(ROOT)),))


def sample(case: Case) -> Spent:
    """Runs one process of the case.

    Raises:
        CaseFailed: It ended otherwise than well; carries what it said.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ICEOS_", "PYTHON"))}
    environment = {**kept, "PYTHONHASHSEED": "0", **dict(case.environment)}
    if case.prepare is not None:
        case.prepare()
    before, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(case.command, cwd=_NOWHERE.name, env=environment, capture_output=True)
    if done.returncode != 0:
        raise CaseFailed(f"`{case.name}` ended with {done.returncode}:\n{done.stderr.decode(errors='replace')}")
    if not case.whole:
        return Spent(**json.loads(done.stdout))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Spent(cpu=cpu, wall=time.perf_counter() - wall)


def measure(group: Group, *, rounds: int) -> Mapping[str, Sequence[Spent]]:
    """`rounds` samples of each case and of a bare Python, by name; a first one that warms caches is not among them."""
    draw = random.Random(SEED)
    cases = (*group.cases, BARE)
    samples: dict[str, list[Spent]] = {case.name: [] for case in cases}
    for number in range(rounds + 1):
        for case in draw.sample(cases, len(cases)):
            spent = sample(case)
            if number:
                samples[case.name].append(spent)
    return samples


def summary(group: Group, samples: Mapping[str, Sequence[Spent]]) -> JsonObject:
    """Medians, the spread, and the ratio of each case to the first one."""
    floor = statistics.median(each.by(group.clock) for each in samples[group.cases[0].name])
    cases: list[JsonValue] = [_row(case.name, samples[case.name], floor, group) for case in group.cases]
    return {
        "name": group.name,
        "unit": group.unit,
        "units": group.units,
        "clock": group.clock,
        # How fast this machine was in these minutes, whatever the group is about.
        "python_milliseconds": statistics.median(each.cpu for each in samples[BARE.name]) * 1000,
        "cases": cases,
    }


def _row(name: str, samples: Sequence[Spent], floor: float, group: Group) -> JsonObject:
    found = sorted(each.by(group.clock) for each in samples)
    median = statistics.median(found)
    row: JsonObject = {
        "name": name,
        "samples": len(samples),
        "ratio": median / floor,
        "lowest_ratio": found[0] / floor,
        "highest_ratio": found[-1] / floor,
    }
    if group.clock == "memory":
        return {**row, "megabytes": median / MEGABYTE, "megabytes_above": (median - floor) / MEGABYTE}
    return {
        **row,
        "milliseconds_per_unit": median / group.units * 1000,
        "cpu_seconds": statistics.median(each.cpu for each in samples),
        "wall_seconds": statistics.median(each.wall for each in samples),
    }
