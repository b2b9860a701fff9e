"""What a member of an archive may be called: one relative path that every system reads as the same file.

Refused are paths that leave the folder, that some system reads differently (drives, back slashes, device names, names
that lose a trailing dot), that do not show what they are (control and format characters, not in normal form C), and
sets of names in which two fall together on a system that ignores case (NFKC, then case folding).
"""

import re
import unicodedata
from typing import Final

MAX_NAME_BYTES: Final = 512
MAX_PART_BYTES: Final = 255
MAX_PARTS: Final = 32

# Windows opens a device for these, whatever the extension and in any folder.
_DEVICE = re.compile(r"(con|prn|aux|nul|clock\$|conin\$|conout\$|com[0-9]|lpt[0-9])[ ]*(\..*)?", re.ASCII | re.DOTALL)
_FORBIDDEN: Final = frozenset('\\:*?"<>|')


def folded(name: str) -> str:
    """The form in which two names must differ: NFKC, case folded (Unicode 3.13 D147, compatibility caseless match)."""
    if name.isascii():
        return name.lower()
    once = unicodedata.normalize("NFKC", unicodedata.normalize("NFKD", name).casefold())
    return unicodedata.normalize("NFKC", once.casefold())


def name_fault(name: str) -> str | None:
    """Why `name` cannot be a member's name, as a stable reason; None if it can.

    Reasons: `name-empty`, `name-too-long`, `name-character`, `name-absolute`, `name-folder`, `name-leaves-folder`,
    `name-not-nfc`, `name-trailing-dot-or-space`, `name-device`.
    """
    if not name:
        return "name-empty"
    if len(name.encode("utf-8")) > MAX_NAME_BYTES or name.count("/") >= MAX_PARTS:
        return "name-too-long"
    if not _FORBIDDEN.isdisjoint(name) or any(unicodedata.category(char)[0] == "C" for char in name):
        return "name-character"
    if not name.isascii() and unicodedata.normalize("NFC", name) != name:
        return "name-not-nfc"
    if name.startswith("/"):
        return "name-absolute"
    if name.endswith("/"):
        return "name-folder"
    return next(filter(None, map(_part_fault, name.split("/"))), None)


def _part_fault(part: str) -> str | None:
    if part in ("", ".", ".."):
        return "name-leaves-folder"
    if len(part.encode("utf-8")) > MAX_PART_BYTES:
        return "name-too-long"
    if part[-1] in ". ":
        return "name-trailing-dot-or-space"
    if _DEVICE.fullmatch(folded(part)):
        return "name-device"
    return None


def first_collision(names: list[str]) -> tuple[str, str] | None:
    """The first two paths that cannot lie side by side: the same, equal when folded, or a file that is also a folder.

    Folders count too: `A/x` and `a/y` need two folders that some systems take for one.
    """
    files: dict[str, str] = {}
    folders: dict[str, str] = {}
    known: set[str] = set()
    for name in names:
        key = folded(name)
        if key in files:
            return files[key], name
        files[key] = name
        end = name.rfind("/")
        # A folder that is known has its own folders known, so names that share one cost nothing more.
        while end > 0 and name[:end] not in known:
            folder = name[:end]
            known.add(folder)
            seen = folders.setdefault(folded(folder), folder)
            if seen != folder:
                return seen, folder
            end = name.rfind("/", 0, end)
    shared = sorted(files.keys() & folders.keys())
    return (files[shared[0]], folders[shared[0]]) if shared else None
