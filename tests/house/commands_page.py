"""Writes docs/reference/commands.md from the tree of commands; `python3 dev.py fix` runs it."""

import inspect
from collections.abc import Iterator

import click

from ice_cli.program import build
from tests.house.tree import ROOT

PAGE = ROOT / "docs" / "reference" / "commands.md"
OPENING = """# Commands

Data goes to standard output, words to standard error, so that `>` and `|` carry data only. Every command takes
`--json` (one JSON document on standard output, refusals too) and `-h`, `--help`.

| exit code | means |
|---|---|
| 0 | done |
| 1 | yours to mend: what was given is refused, with a slug that [errors](errors.md) explains |
| 2 | ours, or a usage error: the arguments do not fit |
| 130 | interrupted by Ctrl-C; a run is recorded as cancelled, and `ice runs resume` goes on with it |

Environment: `ICEOS_HOME` (default `~/.iceos`), `ICEOS_INDEX` (default of `--index`), `ICEOS_KEY_PASSPHRASE`,
`ICEOS_NO_DYNAMIC`, `ICEOS_ISOLATE`, `ICEOS_EXTRA_PLUGINS`; `NO_COLOR` and `TERM=dumb` are respected, and under `CI`
nothing is redrawn.

This page is made from the commands' own help by `python3 dev.py fix`.
"""
# In every command, and said once above.
EVERYWHERE = frozenset({"--json", "--help"})
# Beyond 0, 1 and 2, which every command has.
INTERRUPTED = frozenset({"ice run", "ice runs resume"})


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, with its words, in the order of the help."""
    yield from _inside(build(), "ice")


def _inside(group: click.Group, words: str) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from _inside(command, f"{words} {name}")
        elif command is not None:
            yield f"{words} {name}", command


def context_of(words: str, command: click.Command) -> click.Context:
    """The context in which a command tells its help, as `ice` gives it: with `-h`, on 80 columns.

    A command remembers the help option of the first context that asked, so that no other context may ask before.
    """
    return click.Context(command, info_name=words, max_content_width=80, help_option_names=["-h", "--help"])


def paragraphs(command: click.Command) -> tuple[str, str]:
    """What a command's help says, and its example; the example stands alone after `Example: `."""
    text, _, example = inspect.cleandoc(command.help or "").partition("\b\nExample: ")
    return text.strip(), example.strip()


def render() -> str:
    """The whole page: one part a command."""
    return "\n".join([OPENING, *(_part(words, command) for words, command in commands())])


def _part(words: str, command: click.Command) -> str:
    context = context_of(words, command)
    text, example = paragraphs(command)
    rows = [row for parameter in command.get_params(context) if (row := _row(parameter, context)) is not None]
    codes = "0, 1, 2, 130" if words in INTERRUPTED else "0, 1, 2"
    lines = [
        f"## {words}",
        "",
        f"```text\nUsage: {words} {' '.join(command.collect_usage_pieces(context))}\n```",
        "",
        text,
        "",
    ]
    if rows:
        lines += ["| option | meaning |", "|---|---|", *rows, ""]
    return "\n".join([*lines, f"Exit codes: {codes}.", "", f"```console\n$ {example}\n```", ""])


def _row(parameter: click.Parameter, context: click.Context) -> str | None:
    record = parameter.get_help_record(context)
    if record is None or not isinstance(parameter, click.Option) or EVERYWHERE & set(parameter.opts):
        return None
    names, meaning = (text.replace("|", "\\|") for text in record)
    again = " May be given again." if parameter.multiple else ""
    return f"| `{names}` | {' '.join(meaning.split())}{again} |"


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
