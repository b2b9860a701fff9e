"""What a component prints: its lines stay lines, and nothing in them moves the cursor."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ice_cli.component_output import _MOST_KNOWN, _SHOWN, EscapedStream


def through(text: str) -> str:
    """What arrives where a component's text is shown."""
    target = io.StringIO()
    stream = EscapedStream(target)
    assert stream.writable()
    written = stream.write(text)
    stream.flush()
    assert len(text) == written
    return target.getvalue()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("over\rwritten", "over\\rwritten"),
        ("\u202eabc", "\\u202eabc"),
        ("Zürich", "Zürich"),
        ("", ""),
    ],
    ids=["layout", "clear screen", "carriage return", "bidi", "letters", "nothing"],
)
def test_only_line_ends_and_tabs_keep_their_meaning(text: str, expected: str) -> None:
    assert expected == through(text)


@given(st.text())
def test_no_text_reaches_a_terminal_as_a_command(text: str) -> None:
    assert all(char.isprintable() or char in "\n\t" for char in through(text))


@given(st.lists(st.text(max_size=5), max_size=5))
def test_pieces_arrive_as_the_whole_would(pieces: list[str]) -> None:
    """An escape sequence that is written in two halves is as harmless as in one."""
    target = io.StringIO()
    stream = EscapedStream(target)
    for piece in pieces:
        stream.write(piece)

    assert through("".join(pieces)) == target.getvalue()


def test_bytes_below_the_text_are_read_as_utf_8_also_in_pieces() -> None:
    """`sys.stdout.buffer` is what many libraries write to."""
    target = io.StringIO()
    stream = EscapedStream(target)
    stream.reconfigure(encoding="latin-1")
    written = [stream.buffer.write(piece) for piece in (b"Z\xc3", bytearray(b"\xbcrich\x1b"), memoryview(b"[2J\xff"))]
    stream.buffer.flush()
    stream.buffer.close()
    stream.write("!")

    assert [2, 6, 4] == written
    assert "Zürich\\x1b[2J\ufffd!" == target.getvalue()
    assert ("utf-8", True) == (stream.encoding, stream.buffer.writable())


def test_what_is_known_of_characters_is_bounded() -> None:
    """A component that prints every character there is does not fill the memory."""
    everything = "".join(map(chr, range(0x20, 0x3000)))

    assert through(everything) == "".join(map(through, everything))
    assert len(_SHOWN) <= _MOST_KNOWN


def test_a_target_that_is_closed_first_is_left_alone() -> None:
    """Whoever still holds the stream then closes it without a word, the interpreter included."""
    target = io.StringIO()
    stream = EscapedStream(target)
    target.close()

    stream.buffer.close()
    stream.close()
