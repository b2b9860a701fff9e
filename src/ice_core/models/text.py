"""Text that people read in a manifest: NFC, bounded, and with no character that a reader cannot see."""

import re
import unicodedata
from datetime import datetime
from typing import Annotated, Final

from pydantic import AfterValidator, WithJsonSchema

MAX_TEXT_BYTES: Final = 4096

# Default_Ignorable_Code_Point outside Cf (Unicode 16, DerivedCoreProperties), U+2800, which only looks blank, and the
# noncharacters of the first plane. Variation selectors have carried whole programs past reviewers. Unassigned
# characters are let through: what they are depends on the reader's Python.
_UNSEEN: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u2800\u3164\ufdd0-\ufdef\ufe00-\ufe0f\uffa0\ufff0-\ufff8"
    "\U000e0000-\U000e0fff]"
)
# Control, format (bidi marks, zero width), surrogate, private use; and the two that break lines unasked.
_HIDDEN_CATEGORIES: Final = frozenset(("Cc", "Cf", "Cs", "Co", "Zl", "Zp"))


def is_hidden(char: str) -> bool:
    """Whether a reader would not see this character, or see the text after it out of place."""
    noncharacter = ord(char) & 0xFFFE == 0xFFFE
    return unicodedata.category(char) in _HIDDEN_CATEGORIES or _UNSEEN.match(char) is not None or noncharacter


def clean_text(text: str) -> str:
    """The text itself; a validator.

    Raises:
        ValueError: It holds a hidden character, is not in NFC, or is longer than 4 KiB.
    """
    # Printable ASCII hides nothing and is in NFC; most text is.
    if text.isascii() and text.isprintable() and len(text) <= MAX_TEXT_BYTES:
        return text
    hidden = next(filter(is_hidden, text), None)
    if hidden is not None:
        raise ValueError(f"holds the invisible character U+{ord(hidden):04X}")
    if unicodedata.normalize("NFC", text) != text:
        raise ValueError("is not in Unicode normal form C")
    if len(text.encode("utf-8")) > MAX_TEXT_BYTES:
        raise ValueError(f"is longer than {MAX_TEXT_BYTES} bytes")
    return text


def _utc_instant(text: str) -> str:
    if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", text, re.ASCII) is None:
        raise ValueError("is not an instant in UTC written YYYY-MM-DDTHH:MM:SSZ")
    datetime.fromisoformat(text)
    return text


Text = Annotated[str, AfterValidator(clean_text), WithJsonSchema({"type": "string", "maxLength": MAX_TEXT_BYTES})]
Instant = Annotated[
    str,
    AfterValidator(_utc_instant),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"}),
]
