"""The pages behind `ice --help` and its like, written beforehand as click formats them; only their file is read.

`python3 dev.py fix` writes `pages/` from the tree of commands, and a test compares every page with what click says. A
line that is not exactly a page's words and `--help`, and a terminal too narrow for the pages, are click's.
"""

import os
import sys

from ice_core.version import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

# From here on every page looks the same: click fills no line beyond it (`max_content_width`).
WIDTH = 80
HELP_OPTIONS = ("-h", "--help")
FOLDER = os.path.join(os.path.dirname(__file__), "pages")


def page_told(arguments: "Sequence[str]") -> int | None:
    """Prints the page that these arguments ask for and gives the exit code; None when they ask for anything else."""
    if not arguments:
        # Nothing was done: the page is words, and the code says so.
        page, stream, code = _page(()), sys.stderr, 2
    elif arguments[-1] in HELP_OPTIONS:
        page, stream, code = _page(arguments[:-1]), sys.stdout, 0
    elif ["--version"] == [*arguments]:
        page, stream, code = f"ice {VERSION}\n", sys.stdout, 0
    else:
        return None
    if page is None or stream is None:
        return None
    try:
        stream.write(page)
        stream.flush()
    except (OSError, UnicodeError):
        # A reader that went away, a full disk: click meets the same, and what it makes of it is in one place.
        return None
    return code


def page_name(words: "Sequence[str]") -> str:
    """The file of the page of a command: `ice-plugins-list.txt`."""
    return f"{'-'.join(('ice', *words))}.txt"


def _page(words: "Sequence[str]") -> str | None:
    # Only what could be a command's name becomes part of a path.
    if not all(word.isascii() and word.isalpha() and word.islower() for word in words) or _columns() < WIDTH:
        return None
    try:
        with open(os.path.join(FOLDER, page_name(words)), "rb") as file:
            return file.read().decode()
    except (OSError, UnicodeError):
        return None


def _columns() -> int:
    # As `shutil.get_terminal_size` finds them for click; importing `shutil` alone would cost more than the page.
    try:
        columns = int(os.environ["COLUMNS"])
    except (KeyError, ValueError):
        columns = 0
    if columns <= 0:
        try:
            columns = os.get_terminal_size(sys.__stdout__.fileno() if sys.__stdout__ is not None else -1).columns
        except (ValueError, OSError):
            columns = WIDTH
    return columns or WIDTH
