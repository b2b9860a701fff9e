"""How shells ask what may follow, and how they are answered; no framework is imported for it.

The protocol is click's, so that a script which a shell keeps is answered whichever of the two wrote it. The scripts for
zsh and fish are click's too (`pages/completion.LICENSE`); being kept here, script and answer stay one protocol.
"""

import os
import sys

from ice_cli.help_pages import FOLDER
from ice_cli.offers import offered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ice_cli.offers import Offer

VARIABLE = "_ICE_COMPLETE"
SHELLS = ("bash", "zsh", "fish")


def completion_script(shell: str) -> str:
    """The completion script of a shell of `SHELLS`."""
    with open(os.path.join(FOLDER, f"completion.{shell}"), "rb") as file:
        return file.read().decode()


def shell_answered(environ: "Mapping[str, str]") -> bool:
    """Answers the question that a shell asks in the environment; False when it is none of ours."""
    shell, _, instruction = environ[VARIABLE].partition("_")
    if shell not in SHELLS or instruction not in ("complete", "source"):
        return False
    if instruction == "source":
        sys.stdout.write(completion_script(shell))
        return True
    try:
        words, incomplete = asked(shell, environ)
    except (KeyError, ValueError, IndexError):
        # No shell asks so: whoever tries it by hand is told what is missing.
        return False
    offers = offered(words, incomplete)
    if offers is None:
        # A line that is not of the common form: click reads it as it would when the command is run.
        from ice_cli.completion import offered_by_click

        offers = offered_by_click(words, incomplete)
    sys.stdout.write("\n".join(answer(shell, offers, incomplete, environ)) + "\n")
    return True


def asked(shell: str, environ: "Mapping[str, str]") -> tuple[list[str], str]:
    """The whole words behind `ice`, and the one that is being written.

    Raises:
        KeyError: A variable of the protocol is missing; ValueError and IndexError: it does not hold what it should.
    """
    line = environ["COMP_WORDS"]
    words = split_words(line)
    if shell == "bash":
        # The line up to the cursor, whole: bash cuts its own words at each `:`.
        words = words[1:]
        return (words, "") if line[-1:].isspace() or not words else (words[:-1], words[-1])
    if shell == "zsh":
        number = int(environ["COMP_CWORD"])
        return words[1:number], "".join(words[number : number + 1])
    incomplete = environ["COMP_CWORD"]
    if incomplete:
        incomplete = split_words(incomplete)[0]
    words = words[1:]
    # fish keeps the word that is being written in both.
    return (words[:-1] if incomplete and words[-1:] == [incomplete] else words), incomplete


def split_words(line: str) -> list[str]:
    """The words of a line as a shell would split it; what is not finished is a word as it is."""
    if not any(mark in line for mark in "\"'\\"):
        return [word for word in line.replace("\t", " ").replace("\r", " ").replace("\n", " ").split(" ") if word]
    import shlex

    lexer = shlex.shlex(line, posix=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    words: list[str] = []
    try:
        words.extend(lexer)
    except ValueError:
        words.append(lexer.token)
    return words


def answer(shell: str, offers: "Sequence[Offer]", incomplete: str, environ: "Mapping[str, str]") -> list[str]:
    """The lines that the script of this shell reads."""
    if shell == "bash":
        cut = _cut(incomplete, environ)
        return [f"{kind},{value.removeprefix(cut) if kind == 'plain' else value}" for kind, value, _ in offers]
    if shell == "zsh":
        # `_describe` splits at the first bare colon; values without words go another way, where nothing is escaped.
        lines = [(kind, value.replace(":", "\\:") if words else value, words or "_") for kind, value, words in offers]
        return [line for each in lines for line in each]
    return [f"{kind},{value}" + (f"\t{words}" if words else "") for kind, value, words in offers]


def _cut(incomplete: str, environ: "Mapping[str, str]") -> str:
    # Where bash breaks words at colons, what stands behind the last one is all that it replaces.
    quoted = environ["COMP_WORDS"].removesuffix(incomplete).endswith(('"', "'"))
    if ":" not in environ.get("COMP_WORDBREAKS", "") or quoted or ":" not in incomplete:
        return ""
    return f"{incomplete.rpartition(':')[0]}:"
