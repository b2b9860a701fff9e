"""What may follow the words of a line, from a generated table; no command and no framework is imported."""

from ice_cli.command_table import CHOICES, NOTHING, REST, read_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from ice_cli.command_table import Line

    # What the shell is to do with it (`plain`, or `file` and `dir` for its own completion), the value, words about it.
    Offer: TypeAlias = tuple[str, str, str]


def offered(words: "Sequence[str]", incomplete: str) -> "list[Offer] | None":
    """What may stand for `incomplete` behind `ice` and these words; None for a line that only click understands."""
    line = read_line(words)
    return _following(line, [*words], incomplete) if line is not None else None


def _following(line: "Line", words: list[str], incomplete: str) -> "list[Offer]":
    command = line.command
    if incomplete == "=":
        incomplete = ""
    elif "=" in incomplete and incomplete[0] == "-":
        name, _, incomplete = incomplete.partition("=")
        words.append(name)
    if incomplete[:1] == "-" and "--" not in words:
        return _options(line, incomplete)
    for option in command.options:
        if not option.flag and words and words[-1] in option.names:
            return _values(option.values, incomplete)
    for number, (takes, values) in enumerate(command.arguments):
        if takes == REST or number >= len(line.arguments):
            return _values(values, incomplete)
    below = [("plain", name, text) for name, text in command.commands.items() if name.startswith(incomplete)]
    return below + (_options(line, incomplete) if incomplete and not incomplete[0].isalnum() else [])


def _options(line: "Line", incomplete: str) -> "list[Offer]":
    given = [option for option, _, _ in line.given]
    return [
        ("plain", name, option.words)
        for option in line.command.options
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
