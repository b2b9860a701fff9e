"""`ice doctor`: what was found where, what is wrong with it, and the command that mends it."""

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final

import click

from ice_cli import doctor_dependencies, doctor_home, doctor_index, doctor_machine, doctor_plugins, output
from ice_cli.observations import VERDICTS, Look, Observation, Surroundings, Verdict, good, looked, observation_lines
from ice_core.home import Home

# What is looked at, in the order in which things depend on each other.
LOOKS: Final[Mapping[str, Look]] = MappingProxyType(
    {
        "versions": doctor_machine.versions,
        "extras": doctor_machine.extras,
        "programs": doctor_machine.programs,
        "environment": doctor_machine.environment,
        "clock": doctor_plugins.clock,
        "home": doctor_home.folders,
        "keys": doctor_plugins.keys,
        "manifests": doctor_plugins.manifests,
        "local-index": doctor_index.local_index,
        "store": doctor_home.store,
        "cache": doctor_home.cache,
        "journal": doctor_home.journal,
        "leftovers": doctor_home.leftovers,
        "index": doctor_machine.index,
        "lock": doctor_plugins.lock,
        "dependencies": doctor_dependencies.dependencies,
    }
)


@click.command("doctor")
@click.option("--fix", is_flag=True, help="Remove temporary files that killed writes left in the home folder.")
@output.json_option
def doctor(*, fix: bool, as_json: bool) -> int:
    """Tell what was found where, what is wrong with it, and what mends it.

    Reads the home folder, the environment, installed packages and this folder.
    Nothing is written without --fix, no component is imported, and there is no
    network. Each line is ok, a note, a warning or a problem; with a problem the
    exit code is 1.

    \b
    Example: ice doctor
    """
    around = Surroundings(
        home=Home.from_environment(os.environ),
        folder=Path.cwd(),
        environ=os.environ,
        search_path=tuple(sys.path),
        now=datetime.now(UTC),
    )
    removed = _swept(around.home) if fix else []
    seen = {topic: looked(look, around) for topic, look in LOOKS.items()}
    if removed:
        seen["leftovers"].append(good(f"removed {output.counted(len(removed), 'temporary file')}"))
    everything = [each for observations in seen.values() for each in observations]
    numbers = {verdict: sum(each.verdict == verdict for each in everything) for verdict in VERDICTS}
    if as_json:
        output.data(
            {
                "observations": [
                    {"topic": topic, **each.to_json()} for topic, observations in seen.items() for each in observations
                ],
                "problems": numbers["problem"],
                "warnings": numbers["warning"],
                "removed": [*removed],
            }
        )
    else:
        _tell(seen, numbers)
    return 1 if numbers["problem"] else 0


def _tell(seen: Mapping[str, list[Observation]], numbers: Mapping[Verdict, int]) -> None:
    for topic, observations in seen.items():
        for text in observation_lines(topic, observations) if observations else ():
            output.line(text)
    told = [output.counted(numbers[verdict], verdict) for verdict in reversed(VERDICTS[2:]) if numbers[verdict]]
    output.line(f"\n{' and '.join(told)}" if told else "\nNothing is wrong.")


def _swept(home: Home) -> list[str]:
    removed = []
    for path in doctor_home.leftover_files(home):
        with suppress(FileNotFoundError):
            path.unlink()
            removed.append(str(path))
    return removed
