"""The canonical form against the test data of RFC 8785's authors: six documents, and a sequence of doubles."""

import hashlib
import json
import math
import struct
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from ice_core.canonical import canonical_bytes
from ice_core.strict_json import parse_any_json

FOLDER = Path(__file__).parents[1] / "data" / "json_canonicalization"
NUMBERS: Any = json.loads((FOLDER / "numbers.json").read_text())
DOCUMENTS = sorted(path.stem for path in (FOLDER / "input").glob("*.json"))


def test_the_documents_are_whole() -> None:
    assert ["arrays", "french", "structures", "unicode", "values", "weird"] == DOCUMENTS


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_has_the_canonical_form_of_the_authors(name: str) -> None:
    value = parse_any_json((FOLDER / "input" / f"{name}.json").read_bytes(), where=name)

    assert (FOLDER / "output" / f"{name}.json").read_bytes() == canonical_bytes(value)


def doubles() -> Iterator[float]:
    """Those listed; 2,000 from the smallest normal one on; then the SHA-256 of 32 zeros, of that, and so on."""
    yield from (struct.unpack(">d", bytes.fromhex(text))[0] for text in NUMBERS["first"])
    yield from (struct.unpack(">d", (0x0010_0000_0000_0000 + step).to_bytes(8, "big"))[0] for step in range(2000))
    block = bytes(32)
    while True:
        block = hashlib.sha256(block).digest()
        # A Float64Array of a little-endian machine.
        yield from (number for number in struct.unpack("<4d", block) if number != 0.0 and math.isfinite(number))


def checksum(lines: int) -> str:
    digest = hashlib.sha256()
    for number in islice(doubles(), lines):
        text = canonical_bytes(number).decode()
        digest.update(f"{int.from_bytes(struct.pack('>d', number), 'big'):x},{text}\n".encode())
    return digest.hexdigest()


@pytest.mark.parametrize("lines", [1_000, 10_000])
def test_doubles_are_written_as_the_authors_write_them(lines: int) -> None:
    assert NUMBERS["sha256_by_lines"][str(lines)] == checksum(lines)


@pytest.mark.soak
def test_a_million_doubles_are_written_as_the_authors_write_them() -> None:
    assert NUMBERS["sha256_by_lines"]["1000000"] == checksum(1_000_000)
