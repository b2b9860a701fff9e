"""Characters of source files that mislead a reader: those that are not seen, and letters that look like ASCII ones."""

import builtins
import io
import keyword
import re
import tokenize
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ice_core.models.text import is_hidden

# A form feed divides a source file into pages.
_SEEN: Final = re.compile(rb"[\t\n\r\f\x20-\x7e]*+")
_OTHER: Final = re.compile(r"[^\t\n\r\f\x20-\x7e]")
_BRAILLE: Final = re.compile("[\u2801-\u28ff]")
_JOINER, _TEXT_STYLE, _EMOJI_STYLE = "\u200d", "\ufe0e", "\ufe0f"
_SKIN_TONES: Final = frozenset(map(chr, range(0x1F3FB, 0x1F400)))
# Letters that common fonts draw as an ASCII one (after UTS 39, confusables): Cyrillic, Greek, Armenian, other Latin.
_LOOKS_LIKE: Final = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u04bb\u0501\u051b\u051d\u04cf"
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u0423\u0406\u0408\u0405\u051a\u051c"
    "\u03bf\u03bd\u03b9\u03ba\u03c1\u03c5\u03f2\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4"
    "\u03a5\u03a7\u0585\u057d\u0570\u0578\u0581\u0131\u0251\u0261\u0269\u01c0",
    "aeopcyxijshdqwlABEKMHOPCTXYIJSQWovikpucABEZHIKMNOPTYXouhngiagil",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Misleading:
    """What stands at a line and column (from 1, in characters): a text, and what it is to be shown as."""

    line: int
    column: int
    text: str
    shown: str


def decoded(data: bytes) -> str | None:
    """The text of a source file in the encoding that it declares (PEP 263); None if it is not text."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return data.decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError):
        return None


def hidden_characters(data: bytes) -> Iterator[Misleading]:
    """Each character that a reader does not see, or that moves the text around it (CVE-2021-42574)."""
    if _SEEN.fullmatch(data) is not None:
        return
    for number, line in enumerate((decoded(data) or "").split("\n"), 1):
        for found in _OTHER.finditer(line):
            char = found[0]
            if is_hidden(char) and not _belongs(line, found.start()):
                yield Misleading(line=number, column=found.start() + 1, text=char, shown=f"U+{ord(char):04X}")


def _belongs(line: str, index: int) -> bool:
    """Whether an invisible character only says how the pictures beside it are drawn."""
    char, before, behind = line[index], line[:index], line[index + 1 : index + 2]
    if char in (_TEXT_STYLE, _EMOJI_STYLE):
        return unicodedata.category(before[-1:] or "x") in ("So", "Sm", "Po", "Nd", "Sk")
    if char == _JOINER:
        drawn = before[-2:].rstrip(_EMOJI_STYLE)[-1:]
        is_picture = drawn in _SKIN_TONES or unicodedata.category(drawn or "x") == "So"
        return is_picture and unicodedata.category(behind or "x") in ("So", "Sm")
    # The empty pattern of Braille, among others: frames of a spinner, bars of a chart.
    return char == "\u2800" and _BRAILLE.search(line) is not None


def confusable_identifiers(data: bytes) -> Iterator[Misleading]:
    """Each identifier with letters that look like ASCII ones, where it is mixed or another one is spelt so in ASCII."""
    if data.isascii():
        return
    names = list(_identifiers(data))
    plain = {name for name, _ in names if name.isascii()} | {*dir(builtins), *keyword.kwlist}
    seen: set[str] = set()
    for name, (line, column) in names:
        looks = looks_like(name)
        if name in seen or name.isascii() or not looks.isascii():
            continue
        if looks in plain or any(char.isascii() and char.isalpha() for char in name):
            seen.add(name)
            yield Misleading(line=line, column=column + 1, text=name, shown=looks)


def looks_like(name: str) -> str:
    """The identifier as a reader takes it: compatibility forms resolved, letters that look like ASCII ones as those."""
    return unicodedata.normalize("NFKC", name).translate(_LOOKS_LIKE)


def _identifiers(data: bytes) -> Iterator[tuple[str, tuple[int, int]]]:
    try:
        for token in tokenize.tokenize(io.BytesIO(data).readline):
            if token.type == tokenize.NAME:
                yield token.string, token.start
    except (tokenize.TokenError, SyntaxError, UnicodeDecodeError, LookupError):
        return
