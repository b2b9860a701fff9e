"""What may follow the words of a line, from a generated table; no command and no framework is imported.

`python3 dev.py fix` writes the table, `pages/completion.txt`, from the tree of commands. A block is a command's words,
then a row for each command below it, option or argument. Lines are read as click reads them, and what click alone
understands (clusters of short options, options before a command, unknown ones) is left to it.
"""

import os

from ice_cli.help_pages import FOLDER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    # What the shell is to do with it (`plain`, or `file` and `dir` for its own completion), the value, words about it.
    Offer: TypeAlias = tuple[str, str, str]

TABLE = "completion.txt"
OPENING = "Made from the tree of commands by `python3 dev.py fix`; read by `ice_cli.offers`."
# The fields of each kind of row in the table.
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

    __slots__ = ("arguments", "commands", "options")

    def __init__(self, block: str) -> None:
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


def offered(words: "Sequence[str]", incomplete: str) -> "list[Offer] | None":
    """What may stand for `incomplete` behind `ice` and these words; None for a line that only click understands."""
    with open(os.path.join(FOLDER, TABLE), "rb") as file:
        table = file.read().decode()
    path, left = "ice", [*words]
    command = _command(table, path)
    while command.commands and left:
        name = left.pop(0)
        if name not in command.commands:
            return None
        path = f"{path} {name}"
        command = _command(table, path)
    read = _read(command, left)
    return _following(command, [*words], incomplete, *read) if read is not None else None


def _command(table: str, path: str) -> Command:
    return Command(table.partition(f"\n\n{path}\n")[2].partition("\n\n")[0])


def _read(command: Command, words: list[str]) -> tuple[list[Option], int] | None:
    # The options given and the number of arguments.
    given: list[Option] = []
    arguments = 0
    by_name = {name: option for option in command.options for name in option.names}
    while words:
        word = words.pop(0)
        if word == "--":
            arguments += len(words)
            break
        if word[:1] != "-" or word == "-":
            arguments += 1
            continue
        name, joint, _ = word.partition("=")
        option = by_name.get(name)
        if option is None or (joint and (option.flag or name[:2] != "--")):
            return None
        if not option.flag and not joint:
            if not words:
                # Its value is what is being written; as in click, no argument has been read then.
                return given, 0
            words.pop(0)
        given.append(option)
    return given, arguments


def _following(
    command: Command, words: list[str], incomplete: str, given: list[Option], arguments: int
) -> "list[Offer]":
    if incomplete == "=":
        incomplete = ""
    elif "=" in incomplete and incomplete[0] == "-":
        name, _, incomplete = incomplete.partition("=")
        words.append(name)
    if incomplete[:1] == "-" and "--" not in words:
        return _options(command, incomplete, given)
    for option in command.options:
        if not option.flag and words and words[-1] in option.names:
            return _values(option.values, incomplete)
    for number, (takes, values) in enumerate(command.arguments):
        if takes == REST or number >= arguments:
            return _values(values, incomplete)
    below = [("plain", name, text) for name, text in command.commands.items() if name.startswith(incomplete)]
    return below + (_options(command, incomplete, given) if incomplete and not incomplete[0].isalnum() else [])


def _options(command: Command, incomplete: str, given: list[Option]) -> "list[Offer]":
    return [
        ("plain", name, option.words)
        for option in command.options
        if option.again or option not in given
        for name in option.names
        if name.startswith(incomplete)
    ]


def _values(values: str, incomplete: str) -> "list[Offer]":
    if values in ("file", "dir"):
        return [(values, incomplete, "")]
    if values.startswith(CHOICES):
        return [("plain", name, "") for name in values[1:].split(" ") if name.startswith(incomplete)]
    if values == NOTHING:
        return []
    # Only here: what this machine knows takes longer to find than everything above.
    from ice_cli.known_names import fitting

    return fitting(values, incomplete)
