"""Commands that only tell something, answered without click when their line is plain.

A plain line is read by the table of commands, as click would read it. An answer is made whole before anything of it is
printed: when there is none, for whatever reason, nothing has happened, and click does the same again and says why.
"""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ice_cli.command_table import Line
    from ice_cli.output import Told

INTERRUPTED = 130


def told_directly(arguments: "Sequence[str]") -> int | None:
    """Answers these arguments and gives the exit code; None for a line that is not plain.

    Raises:
        Exception: Whatever keeps the command from being answered; nothing was printed then.
    """
    answer = ANSWERS.get(" ".join(arguments[:2]))
    if answer is None or _settings_are_there():
        return None
    from ice_cli.command_table import read_line

    line = read_line(arguments)
    if line is None or line.is_cut or line.arguments:
        return None
    try:
        told = answer(line)
    except KeyboardInterrupt:
        sys.stderr.write("\ninterrupted\n")
        return INTERRUPTED
    return _printed(told) if told is not None else None


def _printed(told: "Told") -> int:
    told.data.encode(sys.stdout.encoding or "utf-8", sys.stdout.errors or "strict")
    for text in told.words:
        sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
    try:
        sys.stdout.write(told.data)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader went away; as in click that is no error of ours, and the interpreter is not to try again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0


def _settings_are_there() -> bool:
    from ice_core.home import Home

    return os.path.lexists(Home.from_environment(os.environ).at("config.toml"))


def _plugins_list(line: "Line") -> "Told | None":
    from ice_cli.command_table import CHOICES
    from ice_cli.component_list import component_list

    node_type, no_dynamic, as_json = None, None, False
    for option, name, value in line.given:
        if name == "--json":
            as_json = True
        elif name in ("--dynamic", "--no-dynamic"):
            no_dynamic = name == "--no-dynamic"
        elif name == "--type" and value in option.values.removeprefix(CHOICES).split(" "):
            node_type = value
        else:
            return None
    return component_list(no_dynamic=no_dynamic, node_type=node_type, as_json=as_json)


def _runs_list(line: "Line") -> "Told | None":
    from ice_cli.run_listing import DEFAULT_LIMIT, LIMITS, run_listing

    limit, as_json = DEFAULT_LIMIT, False
    for _, name, value in line.given:
        if name == "--json":
            as_json = True
        elif name == "--limit" and value.isascii() and value.isdigit() and len(value) < 6:
            limit = int(value)
        else:
            return None
    return run_listing(limit=limit, as_json=as_json) if LIMITS[0] <= limit <= LIMITS[1] else None


ANSWERS: "dict[str, Callable[[Line], Told | None]]" = {"plugins list": _plugins_list, "runs list": _runs_list}
