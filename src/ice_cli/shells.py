"""Which scripts make a shell complete `ice`, and how the shell's question is read (click's protocol)."""

import os
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
    split_arg_string,
)

VARIABLE: Final = "_ICE_COMPLETE"
# The line up to the cursor, whole: bash cuts its own words at each `:`, and `tool:rain` is one word to iceos.
_BASH: Final = """\
%(complete_func)s() {
    local answer kind value
    COMPREPLY=()
    answer=$(env COMP_WORDS="${COMP_LINE:0:COMP_POINT}" COMP_WORDBREAKS="$COMP_WORDBREAKS" \\
        %(complete_var)s=bash_complete "$1" 2>/dev/null)
    while IFS=, read -r kind value; do
        case $kind in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            plain) COMPREPLY+=("$value") ;;
        esac
    done <<< "$answer"
}

complete -o nosort -F %(complete_func)s %(prog_name)s
"""


class _Bash(BashComplete):
    """Bash, with words that may hold a colon."""

    source_template = _BASH

    def get_completion_args(self) -> tuple[list[str], str]:
        """The whole words of the line, and the one that is being written."""
        line = os.environ["COMP_WORDS"]
        words = split_arg_string(line)[1:]
        if line[-1:].isspace() or not words:
            return words, ""
        return words[:-1], words[-1]

    def get_completions(self, args: list[str], incomplete: str) -> "list[CompletionItem[str]]":
        """The items; of values with a colon, only what stands behind it where bash replaces that alone."""
        items = super().get_completions(args, incomplete)
        quoted = os.environ["COMP_WORDS"].removesuffix(incomplete).endswith(('"', "'"))
        apart = ":" in os.environ.get("COMP_WORDBREAKS", "") and not quoted
        cut = incomplete.rpartition(":")[0] if apart else ""
        for item in items:
            if cut and item.type == "plain":
                item.value = item.value.removeprefix(f"{cut}:")
        return items


SHELLS: Final[Mapping[str, type[ShellComplete]]] = MappingProxyType(
    {"bash": _Bash, "zsh": ZshComplete, "fish": FishComplete}
)


def completion_script(shell: str) -> str:
    """The completion script of a shell of `SHELLS`."""
    # The base class's: bash's own would start a shell to ask for its version.
    return ShellComplete.source(SHELLS[shell](click.Group("ice"), {}, "ice", VARIABLE))


def answer_shells() -> None:
    """Makes click answer shells with the classes of this module."""
    for shell in SHELLS.values():
        add_completion_class(shell)
