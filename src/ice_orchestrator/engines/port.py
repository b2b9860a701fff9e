"""The port behind which plans are walked."""

from typing import Protocol

from ice_orchestrator.job import Outcome, RunJob


class Engine(Protocol):
    """Walks a plan: each node once its dependencies are over, a finished node never again."""

    async def execute(self, job: RunJob) -> Outcome:
        """Runs what is left of the job and returns when nothing of it runs any more.

        Raises:
            IceError: the journal refused a row; then nothing was started without one.
        """
        ...

    def cancel(self, run_id: str) -> bool:
        """Asks a run of this engine to stop; False when it is not running here."""
        ...
