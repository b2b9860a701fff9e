"""The `ice` command: answers at once what is answered by a generated page, and hands everything else to click.

What is imported here, `ice --help` and every keystroke of a completing shell wait for: nothing that an interpreter has
not loaded before it comes here.
"""

import os
import sys

from ice_cli.help_pages import page_told

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn


def main(argv: "Sequence[str] | None" = None) -> "NoReturn":
    """Runs `ice` with these arguments (the process's own by default) and exits."""
    sys.exit(run(sys.argv[1:] if argv is None else argv))


def run(arguments: "Sequence[str]") -> int:
    """Runs `ice` and gives the exit code: 0 done, 1 yours to mend, 2 ours or usage, 130 interrupted."""
    if "_ICE_COMPLETE" in os.environ:
        from ice_cli.shells import shell_answered

        if shell_answered(os.environ):
            return 0
    else:
        code = page_told(arguments)
        if code is None:
            code = _told_directly(arguments)
        if code is not None:
            return code
    from ice_cli.program import run_program

    return run_program(arguments)


def _told_directly(arguments: "Sequence[str]") -> int | None:
    from ice_cli.direct import told_directly

    try:
        return told_directly(arguments)
    except Exception:
        # A refusal, a reader that went away, a fault of ours: click's way meets the same, and says what it is.
        return None
