"""Cases, samples and ratios: each sample is a process of its own, the order is drawn anew for each round."""

import json
import os
import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from ice_core.strict_json import JsonObject, JsonValue

ROOT: Final = Path(__file__).resolve().parents[1]
# The same draw each time, so that two runs differ by the machine and not by the order.
SEED: Final = 20260101

Clock = Literal["cpu", "wall"]


class CaseFailed(Exception):
    """A process that was to be measured has failed, so that there is nothing to tell."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Spent:
    """What one sample took, in seconds: of the processors, and by the clock on the wall."""

    cpu: float
    wall: float

    def by(self, clock: Clock) -> float:
        """The seconds of this clock."""
        return self.cpu if clock == "cpu" else self.wall


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
    """

    name: str
    command: tuple[str, ...]
    whole: bool
    environment: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Cases that are told as ratios to the first one.

    Attributes:
        name: What is compared.
        cases: The floor or peer first.
        units: How many things one sample does, of which `unit` is one.
        clock: The clock of the ratios; the wall's where waiting for the disk is part of the matter.
    """

    name: str
    cases: tuple[Case, ...]
    units: int
    unit: str
    clock: Clock = "cpu"


def python(name: str, code: str, **environment: str) -> Case:
    """A case that is a whole process: the interpreter, running `code`."""
    return Case(name=name, command=(sys.executable, "-c", code), whole=True, environment=tuple(environment.items()))


def inside(name: str, work: str, *arguments: object) -> Case:
    """A case that one function of the table in `bench/child.py` times inside its process."""
    command = (sys.executable, "-m", "bench.child", work, *(str(each) for each in arguments))
    return Case(name=name, command=command, whole=False)


def sample(case: Case) -> Spent:
    """Runs one process of the case.

    Raises:
        CaseFailed: It ended otherwise than well; carries what it said.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ICEOS_", "PYTHON"))}
    where = {} if case.whole else {"PYTHONPATH": str(ROOT)}
    before, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        case.command, env={**kept, "PYTHONHASHSEED": "0", **where, **dict(case.environment)}, capture_output=True
    )
    if done.returncode != 0:
        raise CaseFailed(f"`{case.name}` ended with {done.returncode}:\n{done.stderr.decode(errors='replace')}")
    if not case.whole:
        said = json.loads(done.stdout)
        return Spent(cpu=said["cpu"], wall=said["wall"])
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Spent(cpu=cpu, wall=time.perf_counter() - wall)


def measure(group: Group, *, rounds: int) -> Mapping[str, Sequence[Spent]]:
    """`rounds` samples of each case, by its name; a first one that warms caches is not among them."""
    draw = random.Random(SEED)
    samples: dict[str, list[Spent]] = {case.name: [] for case in group.cases}
    for number in range(rounds + 1):
        for case in draw.sample(group.cases, len(group.cases)):
            spent = sample(case)
            if number:
                samples[case.name].append(spent)
    return samples


def summary(group: Group, samples: Mapping[str, Sequence[Spent]]) -> JsonObject:
    """Medians, the spread, and the ratio of each case to the first one."""
    floor = statistics.median(each.by(group.clock) for each in samples[group.cases[0].name])
    cases: list[JsonValue] = [_row(case.name, samples[case.name], floor, group) for case in group.cases]
    return {"name": group.name, "unit": group.unit, "units": group.units, "clock": group.clock, "cases": cases}


def _row(name: str, samples: Sequence[Spent], floor: float, group: Group) -> JsonObject:
    seconds = sorted(each.by(group.clock) for each in samples)
    median = statistics.median(seconds)
    return {
        "name": name,
        "samples": len(samples),
        "ratio": median / floor,
        "lowest_ratio": seconds[0] / floor,
        "highest_ratio": seconds[-1] / floor,
        "milliseconds_per_unit": median / group.units * 1000,
        "cpu_seconds": statistics.median(each.cpu for each in samples),
        "wall_seconds": statistics.median(each.wall for each in samples),
    }
