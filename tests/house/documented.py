"""What the pages say about this repository: the commands, tasks, slugs, paths and modules that they name."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from tests.house.tree import ROOT, is_data, walk

# A fence may stand inside a list item, so it may be indented.
FENCE = re.compile(r"^ *```[^\n]*\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
ENVIRONMENT = re.compile(r"[A-Z_]+=\S*")
# What a shell reads as the end of one command, and placeholders that a reader fills in.
ENDS = frozenset(("|", "||", "&&", ";", ">", ">>", "<", "2>"))
PLACEHOLDER = re.compile(r"[A-Z][A-Z_|]*|…|\.\.\.")
PATH = re.compile(r"(?<![\w./~$}-])(?:src|tests|docs|examples|spec|changelog|requirements)/[\w./*-]*[\w*]")
# Projects that pages make up; their files are nowhere here.
IMAGINED = re.compile(r"src/(?:acme|my_pkg)")
MODULE = re.compile(r"`(ice_[a-z]+(?:[./][A-Za-z_0-9]+)*)`")
SLUG_SHOWN = re.compile(r"\b(?:error|warning)\[([^\]\n…]*)\]|\bice explain ([a-z][\w-]*)")
SLUG_CELL = re.compile(r"`([a-z][a-z0-9]*(?:-[a-z0-9]+)+)`")
OPTION = re.compile(r"`(--[a-z][a-z-]*)[ =`]")
TASK = re.compile(r"\bdev\.py ([a-z]\w*)")


@dataclass(frozen=True, kw_only=True)
class Written:
    """One `ice` command as a page writes it; `whole` if it is shown as a line to type."""

    line: int
    words: tuple[str, ...]
    whole: bool

    def __str__(self) -> str:
        return f"{self.line}: {shlex.join(self.words)}"


def pages() -> list[Path]:
    """Every Markdown file that a person reads."""
    return [path for path in sorted(walk(ROOT)) if path.suffix == ".md" and not is_data(path)]


def commands(text: str) -> Iterator[Written]:
    """The `ice` commands of a page: lines of its fences, and what stands in backticks."""
    for fence in FENCE.finditer(text):
        joined = fence[1].replace("\\\n", "  ")  # the same length, so that line numbers stay near
        for number, line in enumerate(joined.splitlines(), text.count("\n", 0, fence.start(1)) + 1):
            words = command_words(line)
            if words is not None:
                yield Written(line=number, words=words, whole=True)
    for found in INLINE.finditer(text):
        words = command_words(found[1])
        if words is not None:
            yield Written(line=text.count("\n", 0, found.start()) + 1, words=words, whole=False)


def command_words(line: str) -> tuple[str, ...] | None:
    """The words of an `ice` command line up to the end of that command; None where the line is something else."""
    text = line.strip().removeprefix("$ ")
    if not re.match(r"(?:[A-Z_]+=\S* )*(?:\S*/)?ice(?: |$)", text):
        return None
    words = shlex.split(text, comments=True)
    while ENVIRONMENT.fullmatch(words[0]):
        words.pop(0)
    end = next((place for place, word in enumerate(words) if word in ENDS), len(words))
    return tuple(words[1:end])


def fault(written: Written, root: click.Group) -> str | None:
    """Why the command line would not be understood by `ice`, in words; None if it would. Nothing is run."""
    command: click.Command = root
    # With `-h`, as `ice` has it: a command remembers the help option of the first context that asked.
    context = click.Context(root, info_name="ice", help_option_names=["-h", "--help"])
    words = list(written.words)
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        if PLACEHOLDER.fullmatch(words[0]):
            return None
        found = command.get_command(context, words[0])
        if found is None:
            return f"there is no `{context.command_path} {words[0]}`"
        command, context = found, click.Context(found, info_name=words.pop(0), parent=context)
    return arguments_fault(command, context, words, whole=written.whole)


def arguments_fault(command: click.Command, context: click.Context, words: list[str], *, whole: bool) -> str | None:
    """Why the arguments do not fit the command: an option or value that it does not know, too many, or too few."""
    try:
        values, rest, _ = command.make_parser(context).parse_args(args=list(words))
        for parameter in command.params:
            checked(parameter, values.get(parameter.name or ""), context)
    except click.UsageError as error:
        return error.format_message()
    if rest and not all(map(PLACEHOLDER.fullmatch, rest)):
        return f"`{context.command_path}` takes no {rest[0]!r}"
    if isinstance(command, click.Group) and whole and not words:
        return f"`{context.command_path}` needs a command"
    if whole and not {"-h", "--help"} & set(words):
        missing = [parameter.name for parameter in command.params if lacks(parameter, values)]
        return f"`{context.command_path}` needs {', '.join(map(str, missing))}" if missing else None
    return None


def lacks(parameter: click.Parameter, values: dict[str, object]) -> bool:
    """Whether a required parameter was not given."""
    value = values.get(parameter.name or "")
    return parameter.required and not (isinstance(value, str | tuple | list) and value)


def checked(parameter: click.Parameter, value: object, context: click.Context) -> None:
    """Raises what click raises for a word that is none of the parameter's choices; other types are not judged."""
    if isinstance(parameter.type, click.Choice) and isinstance(value, str) and not PLACEHOLDER.fullmatch(value):
        parameter.type.convert(value, parameter, context)


def options(command: click.Command) -> set[str]:
    """The long options of a command and of every command below it."""
    context = click.Context(command, help_option_names=["-h", "--help"])
    found = {name for each in command.get_params(context) for name in (*each.opts, *each.secondary_opts)}
    if isinstance(command, click.Group):
        below = filter(None, (command.get_command(context, name) for name in command.list_commands(context)))
        found = found.union(*map(options, below))
    return {name for name in found if name.startswith("--")} | {"--help"}


def slugs(text: str) -> set[str]:
    """The slugs that a page shows: in errors, behind `ice explain`, and in tables whose first column is `slug`."""
    found = {first or second for first, second in SLUG_SHOWN.findall(text)}
    in_table = False
    for line in text.splitlines():
        in_table = line.startswith("| slug ") or (in_table and line.startswith("|"))
        if in_table:
            found |= set(SLUG_CELL.findall(line.split("|")[1]))
    return found


def paths(text: str) -> set[str]:
    """The paths of this repository that a page names."""
    return {path for path in PATH.findall(text) if not IMAGINED.match(path)}


def is_there(path: str, root: Path = ROOT) -> bool:
    """Whether the path, or for a pattern at least one, exists."""
    return any(root.glob(path)) if "*" in path else (root / path).exists()


def modules(text: str) -> set[str]:
    """The modules of the source that a page names, and the names in them, dotted or as files."""
    return set(MODULE.findall(text))


def is_defined(name: str, source: Path = ROOT / "src") -> bool:
    """Whether `ice_core.trust`, `ice_core/trust.py` or `ice_core.trust.verify` is something in the source."""
    if name.endswith(".py") or "/" in name:
        return (source / name).exists()
    path = source.joinpath(*name.split("."))
    if path.is_dir() or path.with_suffix(".py").is_file():
        return True
    module, _, attribute = name.rpartition(".")
    file = source.joinpath(*module.split(".")).with_suffix(".py")
    holds = rf"^(?:def|class|async def) {attribute}\b|^{attribute}\b"
    return file.is_file() and re.search(holds, file.read_text("utf-8"), re.MULTILINE) is not None
