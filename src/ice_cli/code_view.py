"""How the header of a run tells by which way the code of each package comes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ice_cli import output
from ice_orchestrator.code_modes import MEANINGS, MODES, PackageCode

if TYPE_CHECKING:
    from ice_orchestrator.events import RunStarted


def started_lines(event: "RunStarted") -> list[str]:
    """The first lines of a run: its name, its blueprint, and how the code of its packages comes."""
    word = "resumed" if event.resumed else "started"
    return [f"{word}  {event.run_id}  {output.shown(event.blueprint_id)}", *code_lines(event.code)]


def code_lines(code: Sequence[PackageCode]) -> list[str]:
    """A line for each mode in which code comes here, with its packages."""
    lines = []
    for mode in MODES:
        packages = [each.title for each in code if each.mode == mode]
        if packages:
            lines.append(output.shown(f"  code {mode:<6}  {', '.join(packages)}: {MEANINGS[mode]}"))
    return lines
