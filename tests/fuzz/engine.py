"""A fuzzer guided by outcomes: an input that is refused at a line not seen before, or accepted anew, is kept."""

import os
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType

from ice_core.errors import IceError

# Each target runs that long; `python3 dev.py soak` runs longer. A failure says the input, so that it can be kept.
SECONDS = float(os.environ.get("ICEOS_FUZZ_SECONDS") or (600 if os.environ.get("ICEOS_SOAK") == "1" else 30))
# An input that is no better than another is not worth the memory.
_MOST_KEPT, _LONGEST = 4000, 200_000


@dataclass(frozen=True, kw_only=True)
class Fuzzed:
    """What a run saw: how many inputs, how many of them were accepted, and the places that refused."""

    inputs: int
    accepted: int
    places: frozenset[str]


def fuzz(
    target: Callable[[bytes], object],
    corpus: Sequence[bytes],
    *,
    words: Sequence[bytes],
    seed: int,
    seconds: float = SECONDS,
) -> Fuzzed:
    """Gives `target` changed inputs until the time is up.

    Args:
        target: Reads the bytes; an `IceError` is a refusal, its value says in which way they were accepted.
        corpus: Inputs to begin with; each is given as it is, too.
        words: Pieces of the format, put in as they are.
        seed: The same seed gives the same inputs, as far as they go.
        seconds: How long.

    Raises:
        Exception: What came out that is no `IceError`; the input is printed in hexadecimal.
    """
    chance = random.Random(seed)
    kept, seen = list(corpus), set[str]()
    inputs = accepted = 0
    end = time.monotonic() + seconds
    while inputs < len(corpus) or time.monotonic() < end:
        data = corpus[inputs] if inputs < len(corpus) else changed(kept, words, chance)
        inputs += 1
        place = ""
        try:
            place = f"accepted {target(data)}"
            accepted += 1
        except IceError as error:
            place = f"{error.slug} {_raised_at(error.__traceback__)}"
        finally:
            if not place:
                sys.stderr.write(f"Not refused, but raised: bytes.fromhex({data.hex()!r})\n")
        if place not in seen and len(kept) < _MOST_KEPT:
            seen.add(place)
            kept.append(data)
    return Fuzzed(inputs=inputs, accepted=accepted, places=frozenset(seen))


def changed(kept: Sequence[bytes], words: Sequence[bytes], chance: random.Random) -> bytes:
    """One of the inputs kept, after one to six changes."""
    data = chance.choice(kept)
    for _ in range(chance.randint(1, 6)):
        data = chance.choice(_CHANGES)(data, kept, words, chance)
    return data[:_LONGEST]


_Change = Callable[[bytes, Sequence[bytes], Sequence[bytes], random.Random], bytes]


def _flip(data: bytes, kept: Sequence[bytes], words: Sequence[bytes], chance: random.Random) -> bytes:
    if not data:
        return b"\x00"
    place = chance.randrange(len(data))
    return data[:place] + bytes([data[place] ^ (1 << chance.randrange(8))]) + data[place + 1 :]


def _overwrite(data: bytes, kept: Sequence[bytes], words: Sequence[bytes], chance: random.Random) -> bytes:
    place = chance.randint(0, len(data))
    new = chance.choice((b"\x00", b"\xff", b"\x7f", b"\x80", b"\xff\xff", b"\x00\x00\x00\x00", chance.randbytes(4)))
    return data[:place] + new + data[place + len(new) :]


def _word(data: bytes, kept: Sequence[bytes], words: Sequence[bytes], chance: random.Random) -> bytes:
    place = chance.randint(0, len(data))
    return data[:place] + chance.choice(words) + data[place + chance.choice((0, 0, 1, 4)) :]


def _cut(data: bytes, kept: Sequence[bytes], words: Sequence[bytes], chance: random.Random) -> bytes:
    start, end = sorted((chance.randint(0, len(data)), chance.randint(0, len(data))))
    return data[:start] + data[min(end, start + 64) :]


def _repeat(data: bytes, kept: Sequence[bytes], words: Sequence[bytes], chance: random.Random) -> bytes:
    start, end = sorted((chance.randint(0, len(data)), chance.randint(0, len(data))))
    return data[:end] + data[start : min(end, start + 256)] * chance.choice((1, 2, 40)) + data[end:]


def _splice(data: bytes, kept: Sequence[bytes], words: Sequence[bytes], chance: random.Random) -> bytes:
    other = chance.choice(kept)
    return data[: chance.randint(0, len(data))] + other[chance.randint(0, len(other)) :]


_CHANGES: tuple[_Change, ...] = (_flip, _overwrite, _word, _word, _cut, _repeat, _splice)


def _raised_at(trace: TracebackType | None) -> str:
    """The innermost lines of the refusal: two of them tell the same check at two callers apart."""
    lines: list[str] = []
    while trace is not None:
        lines.append(f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}")
        trace = trace.tb_next
    return " ".join(lines[-4:])
