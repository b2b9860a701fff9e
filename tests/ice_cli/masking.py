"""What differs from run to run (names of runs, digests, instants, seconds) as fixed words, to compare whole outputs."""

import re
from typing import Final

_MASKS: Final = (
    (re.compile(r"\b20[0-9]{6}T[0-9]{6}Z-[0-9a-f]{12}\b"), "RUN"),
    (re.compile(r"\bsha256:[0-9a-f]{64}\b"), "sha256:DIGEST"),
    (re.compile(r"\b20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?Z\b"), "INSTANT"),
    (re.compile(r"\b[0-9]+\.[0-9]{3} s\b"), "SECONDS s"),
    (re.compile(r"\b[0-9]\.[0-9]{3}$", re.MULTILINE), "SECONDS"),
)


def masked(text: str, *paths: object) -> str:
    """`text` with each varying part, and each of these paths, written as a word."""
    for path in paths:
        text = text.replace(str(path), "HOME")
    for pattern, word in _MASKS:
        text = pattern.sub(word, text)
    return text
