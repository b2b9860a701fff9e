"""Names are read by hand on the start path: the same texts that the published patterns match, and no other."""

import re

from hypothesis import example, given
from hypothesis import strategies as st

from ice_core.errors import IceError
from ice_core.names import (
    COMPONENT_NAME_PATTERN,
    IMPORT_TARGET_PATTERN,
    MAX_NAME_LENGTH,
    MAX_VERSION_LENGTH,
    SEMVER_PATTERN,
    ImportTarget,
    SemVer,
    VersionRange,
    is_component_name,
)

NAMES = st.text(st.sampled_from("azAZ09__\u0131é\n "), max_size=6)
TARGETS = st.text(st.sampled_from("aZ_9..::é\u0661 \n"), max_size=10)
VERSIONS = st.lists(st.sampled_from(["0", "1", "10", "01", ".", "-", "+", "a", "Z", "é", "\u0661", "\n", " "])).map(
    "".join
)
NUMBERS = st.sampled_from(["0", "1", "10", "999999999999"])
IDENTIFIERS = st.lists(st.sampled_from(["0", "10", "a", "-", "a-1", "0a", "rc", "Z9"]), min_size=1, max_size=3).map(
    ".".join
)
NEARLY = st.builds(
    lambda numbers, prerelease, build: ".".join(numbers) + prerelease + build,
    st.tuples(NUMBERS, NUMBERS, NUMBERS),
    st.one_of(st.just(""), IDENTIFIERS.map(lambda text: f"-{text}")),
    st.one_of(st.just(""), IDENTIFIERS.map(lambda text: f"+{text}")),
)
COMPARATORS = st.lists(
    st.sampled_from(["==", "!=", ">=", "<=", ">", "<", "=", " ", "1", "0", ".", "2.0.0", "-rc.1", "+b", ",", "é"])
).map("".join)


def _matches(pattern: str, text: str) -> bool:
    return re.fullmatch(pattern, text, re.ASCII) is not None


@given(NAMES)
@example("a" * MAX_NAME_LENGTH)
@example("a" * (MAX_NAME_LENGTH + 1))
@example("ſ")
def test_a_component_name_is_what_its_pattern_matches(text: str) -> None:
    """Within the length."""
    expected = len(text) <= MAX_NAME_LENGTH and _matches(COMPONENT_NAME_PATTERN, text)

    assert expected == is_component_name(text)


@given(TARGETS)
@example("a.b:C")
@example("a..b:C")
@example("a:b.c")
@example(".a:b")
def test_an_import_target_is_what_its_pattern_matches(text: str) -> None:
    """And it prints as it was."""
    try:
        printed = str(ImportTarget.parse(text))
    except IceError:
        printed = None

    assert (text if _matches(IMPORT_TARGET_PATTERN, text) else None) == printed


@given(st.one_of(VERSIONS, NEARLY, NEARLY.map(lambda text: f"{text}.")))
@example("1.2.3-0a.-.--")
@example("1.2.3-00")
@example("1.2.3+00.-")
@example("1.2.3-")
@example("1.2.3+")
@example("1.2.3-a+b+c")
@example("9" * (MAX_VERSION_LENGTH - 4) + ".0.0")
@example("9" * (MAX_VERSION_LENGTH - 3) + ".0.0")
def test_a_version_is_what_its_pattern_matches(text: str) -> None:
    """With the parts that the pattern's groups hold."""
    match = re.fullmatch(SEMVER_PATTERN, text, re.ASCII) if len(text) <= MAX_VERSION_LENGTH else None
    try:
        version = SemVer.parse(text)
        parts = [
            str(version.major),
            str(version.minor),
            str(version.patch),
            ".".join(version.prerelease),
            version.build,
        ]
    except IceError:
        parts = []

    assert parts == ([group or "" for group in match.groups()] if match is not None else [])


@given(COMPARATORS)
@example(">= 1.2,<2")
@example(">=  1")
@example("1.2.3.4")
@example("== ==1")
@example("1..")
def test_a_range_is_comparators_of_versions(text: str) -> None:
    """As a pattern would read them: an operator, blanks, then a version, whose missing parts are 0."""
    pieces = [piece.strip(" ") for piece in text.split(",")] if text.strip(" ") else []
    try:
        VersionRange.parse(text)
        accepted = True
    except IceError:
        accepted = False

    assert all(map(_is_comparator, pieces)) == accepted


def _is_comparator(piece: str) -> bool:
    match = re.fullmatch(
        r"(==|!=|>=|<=|>|<) *([0-9][0-9A-Za-z.+-]*)",
        piece if piece.startswith(tuple("=!<>")) else f"=={piece}",
        re.ASCII,
    )
    core = match[2] if match is not None else ""
    padded = core + ".0" * (2 - core.count(".")) if re.fullmatch(r"[0-9.]+", core) else core
    return len(padded) <= MAX_VERSION_LENGTH and _matches(SEMVER_PATTERN, padded)


@given(NEARLY, NEARLY)
def test_versions_are_ordered_one_way(one: str, other: str) -> None:
    """All six comparisons tell the same."""
    first, second = SemVer.parse(one), SemVer.parse(other)

    assert (first < second, first <= second) == (second > first, second >= first)
    assert (first <= second) == (not first > second)
    assert (first == second) == (first <= second <= first)
