"""Characters of sources that a reader does not see or takes for others, each with its line and column."""

import pytest

from ice_checks import hidden_text, identifier_resembles
from ice_checks.check import Check
from tests.ice_checks.subjects import tool_of


def places(check: Check, source: str) -> list[str]:
    """The first place of each finding of the one file that has any."""
    return [str(finding.where) for finding in check.run(tool_of(source))]


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("if access != 'user\u202e \u2066# admin\u2069 \u2066':\n    pass\n", "1:19"),
        ("x = 1  # \u200b\n", "1:10"),
        ("'é' # \u2067\n", "1:7"),
        ("x = 'a\xadb'\n", "1:7"),
        ("\n\ndef f():\n    '''\ue000'''\n", "4:8"),
        ("x = '\x1b[31m'\n", "1:6"),
        ("x = 'a\ufe0f'\n", "1:7"),
        ("x = 'a\u200db'\n", "1:7"),
        ("x = '\ufeff'\n", "1:6"),
        ("x = '\u2800'\n", "1:6"),
        ("x = '\U000e0041'\n", "1:6"),
    ],
)
def test_a_character_that_is_not_seen_is_found(source: str, place: str) -> None:
    """Threat 17: in comments, texts and code alike, at line and column."""
    assert [f"acme_csv/tools.py:{place}"] == places(hidden_text.CHECK, source)


@pytest.mark.parametrize(
    "source",
    [
        "\ufeffx = 1\n",
        "x = 'naïve, 日本, Ελλάδα, Ünïcödé'\n",
        "\fx = 1\r\n\ty = 2\n",
        "x = '⚠️ ✔️ 1️⃣ 👩‍💻 👩🏽‍🚀 ❤️‍🔥'\n",
        "x = ['\u2809', '\u2800']\n",
        "x = '\\u202e'\n",
        "# coding: latin-1\nx = 'a'\n",
    ],
    ids=["byte order mark", "scripts", "layout", "pictures", "Braille", "an escape", "another encoding"],
)
def test_what_is_seen_is_left_alone(source: str) -> None:
    """Also what says how a picture is drawn, and the mark that may open a file."""
    assert [] == places(hidden_text.CHECK, source)


def test_all_places_of_a_file_are_one_finding() -> None:
    (finding,) = hidden_text.CHECK.run(tool_of("# \u200b\n" * 12 + "# \u202e\n"))

    assert "U+200B, U+202E" == finding.found
    assert "acme_csv/tools.py:2:3  U+200B" == finding.detail[0]
    assert "and 4 more" == finding.detail[-1]
    assert ("Take it out, or write it as an escape: `\\u200b`",) == finding.hints


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("def re\u0430d(): ...\n", "1:5"),
        ("\u043ep\u0435n('x')\n", "1:1"),
        ("x = \uff4f\uff50\uff45\uff4e\n", "1:5"),
        ("\U0001d41e\U0001d42f\U0001d41a\U0001d425('x')\n", "1:1"),
        ("x = 1\nprint(\u0445)\n", "2:7"),
        ("class \u039fK: ...\n", "1:7"),
    ],
    ids=["Cyrillic inside", "a built-in", "full width", "mathematical", "of one letter", "Greek inside"],
)
def test_an_identifier_that_looks_like_another_is_found(source: str, place: str) -> None:
    """Threat 17: mixed with ASCII letters, or spelt like a name that is there in ASCII."""
    assert [f"acme_csv/tools.py:{place}"] == places(identifier_resembles.CHECK, source)


@pytest.mark.parametrize(
    "source",
    [
        "größe = 1\n",
        "\u03bd = 3.5\n",
        "\u0394x = 1\n",
        "\u0441\u0447\u0451\u0442 = 1\n",
        "x = '\u0430'  # \u0430pp\n",
        "x = 'naïve'\ndef broken(:\n\u0430 = (\n",
    ],
    ids=["German", "a Greek letter", "a difference", "Russian", "texts and comments", "no Python"],
)
def test_an_identifier_of_another_language_is_left_alone(source: str) -> None:
    """Only what a reader would take for another name misleads."""
    assert [] == places(identifier_resembles.CHECK, source)


def test_both_names_are_told() -> None:
    (finding,) = identifier_resembles.CHECK.run(tool_of("def re\u0430d(): ...\n"))

    assert "`re\u0430d` looks like `read` and is another name" == finding.message
    assert "re\\u0430d" == finding.found
