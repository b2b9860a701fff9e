"""Names of members: what is one name on every system, and what is not a name on some."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ice_core.member_names import first_collision, folded, name_fault


@pytest.mark.parametrize(
    "name",
    ["a", "a/b.py", "acme_csv/__init__.py", ".hidden", "a..b", "...a", "x/.y/z", "console.py", "com.py", "com10", "é",
     "漢字/ü.txt", "a b", "nul_", "auxiliary.py", "a" * 255, "/".join(["a" * 100] * 5), "a/" * 31 + "a"],
)  # fmt: skip
def test_a_plain_relative_path_is_a_name(name: str) -> None:
    assert name_fault(name) is None


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "name-empty"),
        ("a" * 256, "name-too-long"),
        ("/".join(["a" * 200] * 3), "name-too-long"),
        ("é" * 128, "name-too-long"),
        ("a/" * 32 + "a", "name-too-long"),
        ("/", "name-absolute"),
        ("/etc/passwd", "name-absolute"),
        ("//server/share", "name-absolute"),
        ("a/", "name-folder"),
        ("..", "name-leaves-folder"),
        ("../x", "name-leaves-folder"),
        ("a/../../x", "name-leaves-folder"),
        ("a/..", "name-leaves-folder"),
        ("./a", "name-leaves-folder"),
        ("a//b", "name-leaves-folder"),
        ("C:x", "name-character"),
        ("C:\\x", "name-character"),
        ("a\\b", "name-character"),
        ("\\\\server\\share", "name-character"),
        ("a.txt:stream", "name-character"),
        ("a*", "name-character"),
        ("a?b", "name-character"),
        ('"a"', "name-character"),
        ("<a>", "name-character"),
        ("a|b", "name-character"),
        ("a\n", "name-character"),
        ("a\x00b", "name-character"),
        ("a\x7f", "name-character"),
        ("a\N{RIGHT-TO-LEFT OVERRIDE}yp.b", "name-character"),
        ("a\N{ZERO WIDTH SPACE}b", "name-character"),
        ("a\N{SOFT HYPHEN}b", "name-character"),
        ("\ue000", "name-character"),
        ("e\N{COMBINING ACUTE ACCENT}", "name-not-nfc"),
        ("a.", "name-trailing-dot-or-space"),
        ("a ", "name-trailing-dot-or-space"),
        ("a./b", "name-trailing-dot-or-space"),
        ("a /b", "name-trailing-dot-or-space"),
        ("...", "name-trailing-dot-or-space"),
        ("con", "name-device"),
        ("CON", "name-device"),
        ("con.py", "name-device"),
        ("con.tar.gz", "name-device"),
        ("a/nul/b", "name-device"),
        ("aux .txt", "name-device"),
        ("prn.", "name-trailing-dot-or-space"),
        ("com1", "name-device"),
        ("lpt9.log", "name-device"),
        ("com\N{SUPERSCRIPT TWO}.txt", "name-device"),
        ("\N{FULLWIDTH LATIN SMALL LETTER C}on", "name-device"),
        ("CONOUT$", "name-device"),
        ("clock$.x", "name-device"),
    ],
)
def test_what_some_system_reads_differently_is_not_a_name(name: str, reason: str) -> None:
    assert reason == name_fault(name)


@given(name=st.text(max_size=20))
def test_every_text_is_a_name_or_has_a_reason(name: str) -> None:
    fault = name_fault(name) if name.isprintable() else "name-character"

    assert fault is None or fault.startswith("name-")


@given(text=st.text(alphabet=st.characters(exclude_categories=["C"]), max_size=12))
def test_folding_twice_is_folding_once_and_ignores_case(text: str) -> None:
    assert folded(text) == folded(folded(text))
    assert folded(text.casefold()) == folded(text)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([], None),
        (["a", "b", "a.b", "ab/c", "ab/d", "x/y/z", "x/y/w"], None),
        (["a", "b", "a"], ("a", "a")),
        (["a", "A"], ("a", "A")),
        (["a/x", "A/y"], ("a", "A")),
        (["p/a/x", "p/A/y"], ("p/a", "p/A")),
        (["a/b", "a"], ("a", "a")),
        (["a", "A/b"], ("a", "A")),
        (["straße", "STRASSE"], ("straße", "STRASSE")),
    ],
)
def test_two_paths_that_cannot_lie_side_by_side_are_found(names: list[str], expected: tuple[str, str] | None) -> None:
    assert expected == first_collision(names)


def test_the_deepest_names_that_share_no_folder_are_compared_in_one_pass() -> None:
    names = [f"{number}/{'a/' * 30}x" for number in range(10_000)]

    assert first_collision(names) is None  # comparing each with each would outlast the test's time limit
