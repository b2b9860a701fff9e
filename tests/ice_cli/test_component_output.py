"""What a component prints: its lines stay lines, and nothing in them moves the cursor."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ice_cli.component_output import EscapedStream


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
