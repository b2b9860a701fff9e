"""Writes src/ice_cli/pages/: the help that is printed without click, and the table that completion reads.

`python3 dev.py fix` runs it. The scripts for shells lie in the same folder and are written by hand.
"""

from collections.abc import Iterator, Mapping

import click

from ice_cli import command_table, completion, known_names
from ice_cli.help_pages import WIDTH, page_name
from ice_cli.program import build
from ice_core.error_codes import ERROR_CODES
from tests.house.tree import ROOT

PAGES = ROOT / "src" / "ice_cli" / "pages"
# What each completer of an option or argument is called in the table.
_KNOWN: Mapping[object, str] = {
    completion.components: "components",
    completion.components_or_files: "components_or_files",
    completion.keys: "keys",
    completion.runs: "runs",
    completion.slugs: "slugs",
}


def contexts() -> Iterator[click.Context]:
    """The context of every group and command, as click makes it on its way to them."""
    yield from _below(build().make_context("ice", [], resilient_parsing=True))


def _below(context: click.Context) -> Iterator[click.Context]:
    yield context
    group = context.command
    if isinstance(group, click.Group):
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            assert command is not None
            yield from _below(command.make_context(name, [], parent=context, resilient_parsing=True))


def render() -> Mapping[str, str]:
    """Every generated file by its name."""
    found = {known_names.SLUGS: "".join(f"{slug}\n" for slug in sorted(ERROR_CODES))}
    blocks = []
    for context in contexts():
        context.terminal_width = WIDTH - 2
        found[page_name(context.command_path.split()[1:])] = f"{context.get_help()}\n"
        blocks.append("\n".join([context.command_path, *map("\t".join, _rows(context))]))
    found[command_table.TABLE] = "\n\n".join([command_table.OPENING, *blocks]) + "\n"
    return found


def _rows(context: click.Context) -> Iterator[tuple[str, ...]]:
    command = context.command
    if isinstance(command, click.Group):
        for name, item in ((item.value, item.help or "") for item in command.shell_complete(context, "")):
            yield (command_table.COMMAND, name, item)
    for parameter in command.get_params(context):
        if isinstance(parameter, click.Option):
            # What none of ours is, the table has no word for.
            assert (1, False, False) == (parameter.nargs, parameter.count, parameter.hidden)
            yield (
                command_table.OPTION,
                " ".join([*parameter.opts, *parameter.secondary_opts]),
                command_table.FLAG if parameter.is_flag else command_table.VALUE,
                command_table.AGAIN if parameter.multiple else command_table.ONCE,
                _values(parameter),
                parameter.help or "",
            )
        else:
            assert parameter.nargs in (1, -1)
            yield (
                command_table.ARGUMENT,
                command_table.REST if parameter.nargs == -1 else command_table.ONCE,
                _values(parameter),
            )


def _values(parameter: click.Parameter) -> str:
    completer = parameter._custom_shell_complete
    kind = parameter.type
    if completer is not None:
        return _KNOWN[completer]
    if isinstance(kind, click.Choice):
        return command_table.CHOICES + " ".join(map(str, kind.choices))
    if isinstance(kind, click.Path):
        return "dir" if kind.dir_okay and not kind.file_okay else "file"
    return command_table.NOTHING


def write() -> None:
    """Writes every generated file, and takes away the pages whose command is gone."""
    wanted = render()
    for path in PAGES.glob("*.txt"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (PAGES / name).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write()
