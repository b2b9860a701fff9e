"""The commands, options and arguments of `ice` as a generated table, and how a plain line is read by it.

`python3 dev.py fix` writes the table, `pages/completion.txt`, from the tree of commands. A block is a command's words,
then a row for each command below it, option or argument. Lines are read as click reads them; what click alone
understands (clusters of short options, options before a command, unknown ones) is left to it.
"""

import os

from ice_cli.help_pages import FOLDER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

TABLE = "completion.txt"
OPENING = "Made from the tree of commands by `python3 dev.py fix`; read by `ice_cli.command_table`."
# The fields of each kind of row.
COMMAND, OPTION, ARGUMENT = "command", "option", "argument"
FLAG, VALUE, ONCE, AGAIN, REST = "flag", "value", "once", "again", "rest"
CHOICES, NOTHING = "=", "-"


class Option:
    """An option: its names, whether it takes a value, whether it may be given again, what is offered as its value."""

    __slots__ = ("again", "flag", "names", "values", "words")

    def __init__(self, fields: "Sequence[str]") -> None:
        names, takes, times, self.values, self.words = fields
        self.names = names.split(" ")
        self.flag = takes == FLAG
        self.again = times == AGAIN


class Command:
    """A block of the table: the commands below with their words, the options, and what each argument is offered."""

    __slots__ = ("arguments", "commands", "options", "path")

    def __init__(self, path: str, block: str) -> None:
        self.path = path
        self.commands: dict[str, str] = {}
        self.options: list[Option] = []
        self.arguments: list[tuple[str, str]] = []
        for row in block.splitlines():
            kind, *fields = row.split("\t")
            if kind == COMMAND:
                self.commands[fields[0]] = fields[1]
            elif kind == OPTION:
                self.options.append(Option(fields))
            else:
                self.arguments.append((fields[0], fields[1]))


class Line:
    """A line, read: its command, the options given in order, each by its name, and the arguments."""

    __slots__ = ("arguments", "command", "given", "is_cut")

    def __init__(self, command: Command) -> None:
        self.command = command
        self.given: list[tuple[Option, str, str]] = []
        self.arguments: list[str] = []
        # The value of the last option is not there; as in click, no argument has been read then.
        self.is_cut = False


def read_line(words: "Sequence[str]") -> Line | None:
    """The line with these words behind `ice`; None for one that only click understands."""
    with open(os.path.join(FOLDER, TABLE), "rb") as file:
        table = file.read().decode()
    left = [*words]
    command = _command(table, "ice")
    while command.commands and left:
        name = left.pop(0)
        if name not in command.commands:
            return None
        command = _command(table, f"{command.path} {name}")
    line = Line(command)
    return line if _is_read(line, left) else None


def _command(table: str, path: str) -> Command:
    return Command(path, table.partition(f"\n\n{path}\n")[2].partition("\n\n")[0])


def _is_read(line: Line, words: list[str]) -> bool:
    by_name = {name: option for option in line.command.options for name in option.names}
    while words:
        word = words.pop(0)
        if word == "--":
            line.arguments += words
            break
        if word[:1] != "-" or word == "-":
            line.arguments.append(word)
            continue
        name, joint, value = word.partition("=")
        option = by_name.get(name)
        if option is None or (joint and (option.flag or name[:2] != "--")):
            return False
        if not option.flag and not joint:
            if not words:
                line.is_cut = True
                line.arguments = []
                break
            value = words.pop(0)
        line.given.append((option, name, value))
    return True
