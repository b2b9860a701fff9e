"""What `ice runs list` tells, as words and data; plain lines come here without click, see `direct`."""

from __future__ import annotations

import os

from ice_cli import output
from ice_core.home import Home

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ice_core.strict_json import JsonValue

# The fewest and the most that can be asked for, and how many are told unasked.
LIMITS = (1, 10_000)
DEFAULT_LIMIT = 20


def run_listing(*, limit: int = DEFAULT_LIMIT, as_json: bool = False) -> output.Told:
    """The newest runs of the journal.

    Raises:
        IceError: `journal-unreadable` or `journal-too-new`.
    """
    state = Home.from_environment(os.environ).at("state.sqlite")
    if not os.path.exists(state):
        if as_json:
            return output.Told(data="[]\n")
        return output.Told(words=["No run yet. To run a blueprint, run `ice run BLUEPRINT`."])
    from ice_core.amounts import amount_text
    from ice_orchestrator.run_list import list_runs

    runs = list_runs(state, limit=limit)
    if as_json:
        rows: list[JsonValue] = [run.to_json() for run in runs]
        return output.Told(data=f"{output.json_text(rows, indent=2)}\n")
    table = [("RUN", "STATUS", "STARTED", "COST (USD)", "BLUEPRINT")]
    table += [
        (run.run_id, run.status, run.started[:19] + "Z", amount_text(run.cost), output.shown(run.blueprint_id))
        for run in runs
    ]
    return output.Told(data="".join(f"{line}\n" for line in output.columns(table)))
