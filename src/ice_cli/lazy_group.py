"""A group of commands, each imported only when it is asked for."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


Loader = Callable[[], click.Command]


class LazyGroup(click.Group):
    """A group whose commands are imported when they are run; listing them imports none."""

    def __init__(self, name: str, table: Mapping[str, tuple[str, Loader]], *, help: str) -> None:
        super().__init__(name=name, help=help, no_args_is_help=True)
        self.table = dict(table)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the path a component takes."""
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Imports the one command asked for."""
        row = self.table.get(cmd_name)
        return row[1]() if row is not None else None

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem[str]]":
        """What may follow, from the table; nothing is imported."""
        from click.shell_completion import CompletionItem

        named = [
            CompletionItem(name, help=text) for name, (text, _) in self.table.items() if name.startswith(incomplete)
        ]
        return [*named, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Names and their help from the table; nothing is imported."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (text, _) in self.table.items()])
