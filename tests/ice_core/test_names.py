"""Names as values: the grammars, the order of SemVer 2.0.0, ranges, and hostile strings."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ice_core.errors import IceError
from ice_core.names import ComponentId, ImportTarget, SemVer, VersionRange, is_component_name

NUMBERS = st.integers(0, 10**6)
IDENTIFIERS = st.one_of(NUMBERS.map(str), st.from_regex(r"[0-9A-Za-z-]{0,6}[A-Za-z-][0-9A-Za-z-]{0,3}", fullmatch=True))
VERSIONS = st.builds(
    lambda major, minor, patch, prerelease, build: SemVer(
        major, minor, patch, prerelease=tuple(prerelease), build=".".join(build)
    ),
    NUMBERS,
    NUMBERS,
    NUMBERS,
    st.lists(IDENTIFIERS, max_size=3),
    st.lists(IDENTIFIERS, max_size=2),
)

# Each once valid, then spoiled: a digit or letter of another script, white space, a hidden or a control character.
SPOILERS = [
    "\n",
    "\r",
    "\t",
    " ",
    "\0",
    "\x1b",
    "\u00a0",
    "\u200b",
    "\u202e",
    "\ufeff",
    "\u0661",
    "\u0430",
    "\u0301",
    "/",
]


@pytest.mark.parametrize("name", ["a", "csv_reader", "a1", "a_1", "h264_to_mp4", "a" * 64])
def test_a_name_is_lower_case_with_single_underscores(name: str) -> None:
    """The names that a component may have, to the longest."""
    component = ComponentId.parse(f"agent:{name}")

    assert is_component_name(name)
    assert ("agent", name) == (component.node_type, component.name)


@pytest.mark.parametrize(
    "name",
    ["", "_a", "a_", "a__b", "1a", "A", "csvReader", "a-b", "a.b", "a:b", "a" * 65, "café", "ſ", "\u0131", "__import__"]
    + [spoiler + "csv" for spoiler in SPOILERS]
    + ["c" + spoiler + "sv" for spoiler in SPOILERS]
    + ["csv" + spoiler for spoiler in SPOILERS],
)
def test_other_names_are_refused_and_shown_readably(name: str) -> None:
    """A name has one spelling, which no terminal hides."""
    with pytest.raises(IceError) as refusal:
        ComponentId.parse(f"tool:{name}")

    assert not is_component_name(name)
    assert "component-id-invalid" == refusal.value.slug
    assert str(refusal.value).isprintable()
    assert (refusal.value.finding.found or "").isprintable()


@pytest.mark.parametrize(
    "text", ["", "csv", "Tool:csv", "tool", ":csv", "tool:", "tools:csv", "tool :csv", "tool:tool:csv"]
)
def test_an_id_names_its_type(text: str) -> None:
    """Exactly one of tool, agent and workflow, before one colon."""
    with pytest.raises(IceError) as refusal:
        ComponentId.parse(text)

    assert "component-id-invalid" == refusal.value.slug


def test_ids_are_values_in_the_order_of_a_manifest() -> None:
    """Sorted by (node_type, name); equal ids are one."""
    texts = ["agent:b", "tool:a", "tool:a_b", "tool:b", "workflow:a"]

    ordered = sorted(ComponentId.parse(text) for text in reversed(texts))

    assert texts == [str(component) for component in ordered]
    assert {ComponentId("tool", "a")} == {ComponentId.parse("tool:a"), ComponentId.parse("tool:a")}
    assert ComponentId("tool", "a") != "tool:a"
    assert "ComponentId('tool:a')" == repr(ComponentId("tool", "a"))


# SemVer 2.0.0, items 11.2 to 11.4, and the traps beside them.
PRECEDENCE = [
    "0.0.0-0",
    "0.0.0",
    "0.0.4",
    "0.9.0",
    "0.10.0",
    "1.0.0--",
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
    "1.0.1-0",
    "1.0.1-2",
    "1.0.1-10",
    "1.0.1-10.0",
    "1.0.1-1a",
    "1.0.1-A",
    "1.0.1-a",
    "1.0.1",
    "2.0.0",
    "2.1.0",
    "2.1.1",
    "10.0.0",
    "99999999999999999999999.0.0",
]


@pytest.mark.parametrize(("lower", "higher"), list(itertools.pairwise(PRECEDENCE)))
def test_precedence_follows_semver(lower: str, higher: str) -> None:
    """Each version of the table is lower than the next, in all six comparisons."""
    one, other = SemVer.parse(lower), SemVer.parse(higher)

    assert one < other
    assert one <= other
    assert other > one
    assert other >= one
    assert one != other


@given(st.permutations(PRECEDENCE))
def test_sorting_gives_the_table_from_any_order(shuffled: list[str]) -> None:
    """Precedence is total and transitive."""
    ordered = sorted(SemVer.parse(text) for text in shuffled)

    assert PRECEDENCE == [str(version) for version in ordered]


@given(VERSIONS)
def test_a_version_survives_print_and_parse(version: SemVer) -> None:
    """Build metadata included."""
    again = SemVer.parse(str(version))

    assert version == again
    assert str(version) == str(again)
    assert f"SemVer('{version}')" == repr(again)


def test_build_metadata_is_printed_and_has_no_rank() -> None:
    """SemVer 2.0.0 item 10."""
    one, other = SemVer.parse("1.0.0+20130313144700"), SemVer.parse("1.0.0+exp.sha-5114f85.00")

    assert one == other
    assert hash(one) == hash(other)
    assert str(one) != str(other)
    assert one != "1.0.0"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "1.2",
        "1.2.3.4",
        "01.2.3",
        "1.02.3",
        "1.2.03",
        "v1.2.3",
        "=1.2.3",
        "-1.2.3",
        "+1.2.3",
        "1.-2.3",
        "1.2.3-",
        "1.2.3-a..b",
        "1.2.3-.a",
        "1.2.3-01",
        "1.2.3-a.01",
        "1.2.3+",
        "1.2.3+a+b",
        "1.2.3+a..b",
        "1.2.3-a_b",
        "1.2.3 ",
        "1_0.2.3",
        "1e1.2.3",
        "latest",
        "*",
        "1.2.x",
        "\u0661.2.3",
        "1.2.\uff13",
        "1.2.\u00b2",
        "1.2.3-\u0661",
        "1.2.3" + "0" * 128,
    ]
    + ["1.2.3" + spoiler for spoiler in SPOILERS]
    + ["1." + spoiler + "2.3" for spoiler in SPOILERS],
)
def test_anything_else_is_no_version(text: str) -> None:
    """Above all nothing becomes the latest because it cannot be read."""
    with pytest.raises(IceError) as refusal:
        SemVer.parse(text)

    assert "version-invalid" == refusal.value.slug
    assert str(refusal.value).isprintable()


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("", "0.0.0 1.0.0 2.0.0-rc.1", ""),
        (" ", "0.0.0 1.0.0", ""),
        ("1.2.3", "1.2.3 1.2.3+build", "1.2.4 1.2.3-rc.1"),
        ("==1.2", "1.2.0", "1.2.1"),
        ("1", "1.0.0", "1.0.1 2.0.0"),
        ("!=1.2.3", "1.2.2 1.2.4", "1.2.3"),
        (">=1.2,<2", "1.2.0 1.9.9 1.3.0-rc.1", "1.1.9 2.0.0 2.0.0-rc.1 1.2.0-rc.1"),
        (">= 1.2 , < 2", "1.2.0", "2.0.0"),
        ("<2.0.0-rc.2", "1.9.9 2.0.0-rc.1", "2.0.0-rc.2 2.0.0"),
        ("<2", "1.9.9 1.9.9-rc.1", "2.0.0-alpha 2.0.0-0"),
        ("<=2", "2.0.0 2.0.0-rc.1 1.0.0", "2.0.1"),
        (">1.2", "1.2.1 1.3.0-rc.1", "1.2.0 1.2.0-rc.1"),
        (">=2.0.0-rc.1", "2.0.0-rc.1 2.0.0-rc.2 2.0.0", "2.0.0-beta 1.9.9"),
        (">=1,!=1.5.0,<3", "1.0.0 2.9.9 1.5.1", "1.5.0 3.0.0 0.9.9"),
    ],
)
def test_a_range_holds_what_its_comparators_say(text: str, inside: str, outside: str) -> None:
    """`<2` holds no prerelease of 2: who asks for less than 2 does not want 2.0.0-rc.1 (as in PEP 440)."""
    versions = VersionRange.parse(text)

    assert [] == [version for version in inside.split() if SemVer.parse(version) not in versions]
    assert [] == [version for version in outside.split() if SemVer.parse(version) in versions]


@pytest.mark.parametrize(
    "text",
    [
        ",",
        ">=1,",
        ",>=1",
        ">=1,,<2",
        ">=",
        "=1",
        "===1",
        "~1.2",
        "^1.2",
        "~=1.2",
        "*",
        "1.*",
        "latest",
        ">=1 <2",
        ">=1.2.3.4",
        ">=1.",
        ">=.1",
        ">=01",
        ">=1.2-rc.1",
        ">=v1",
        "=>1",
        ">=\u0661",
        ">=1\u200b",
        ">=1\n",
        ">=1\u00a0",
        ">=1.0.0-" + "a" * 200,
        ">=" + "1" * 200,
    ],
)
def test_anything_else_is_no_range(text: str) -> None:
    """A range that cannot be read admits nothing, and never everything."""
    with pytest.raises(IceError) as refusal:
        VersionRange.parse(text)

    assert "version-range-invalid" == refusal.value.slug
    assert str(refusal.value).isprintable()


@given(VERSIONS, VERSIONS)
def test_a_bound_and_its_complement_share_no_version(version: SemVer, bound: SemVer) -> None:
    """`>=` with `<`, and `>` with `<=`, never hold the same version."""
    text = str(SemVer(bound.major, bound.minor, bound.patch, prerelease=bound.prerelease))

    assert not (version in VersionRange.parse(f">={text}") and version in VersionRange.parse(f"<{text}"))
    assert version not in VersionRange.parse(f">{text},<={text}")


def test_a_range_prints_as_it_was_written() -> None:
    """The empty one says what it means."""
    printed = [str(VersionRange.parse(text)) for text in (">=1.2,<2", "")]

    assert [">=1.2,<2", "any version"] == printed


@pytest.mark.parametrize(
    ("text", "module", "top_level", "attribute"),
    [
        ("my_pkg.csv:CsvReader", "my_pkg.csv", "my_pkg", "CsvReader"),
        ("a:b", "a", "a", "b"),
        ("_a.b1._c:_D", "_a.b1._c", "_a", "_D"),
    ],
)
def test_an_import_target_names_a_module_and_one_attribute(
    text: str, module: str, top_level: str, attribute: str
) -> None:
    """Printed as it was parsed."""
    target = ImportTarget.parse(text)

    assert (module, top_level, attribute, text) == (target.module, target.top_level, target.attribute, str(target))
    assert {target} == {ImportTarget.parse(text), target}
    assert target != text
    assert f"ImportTarget('{text}')" == repr(target)


MALICIOUS_IMPORTS = [
    "",
    ":",
    "os",
    "os:",
    ":system",
    "os:system:x",
    "a.b:c.d",
    "os:path.join",
    "builtins:eval.__call__",
    "my_pkg.csv:CsvReader.__init__.__globals__",
    "my_pkg.csv:CsvReader()",
    "my_pkg.csv:CsvReader[0]",
    "my_pkg.csv: CsvReader",
    "my_pkg.csv :CsvReader",
    " my_pkg.csv:CsvReader",
    "my_pkg.csv:CsvReader ",
    "my_pkg.csv:CsvReader\n",
    "my_pkg.csv\n:CsvReader",
    "my_pkg.csv:CsvReader\0",
    "..os:system",
    ".os:system",
    "os.:system",
    "os..path:join",
    "../evil:run",
    "/etc/evil:run",
    "C:\\evil:run",
    "my-pkg.csv:CsvReader",
    "1pkg:run",
    "my_pkg:1run",
    "my_pkg.csv:CsvReader;import os",
    "my_pkg.csv:CsvReader#",
    "my_pkg.csv:lambda x: x",
    "__import__('os').system:x",
    "my_pkg.csv:*",
    "my_pkg.csv:CsvR\u0435ader",
    "my_p\u200bkg.csv:CsvReader",
    "\u202emy_pkg.csv:CsvReader",
    "my_pkg.c\u017fv:CsvReader",
    "my_pkg.csv\uff1aCsvReader",
    "my_pkg.\u0661:CsvReader",
    "my_pkg.csv:Cafe\u0301",
    "my_pkg.csv:ℂsvReader",
    "http://evil/x:run",
    "my_pkg%2ecsv:CsvReader",
]


@pytest.mark.parametrize("text", MALICIOUS_IMPORTS)
def test_a_malicious_import_string_is_refused_by_its_form(text: str) -> None:
    """No walk along attributes, no path, no call, no look-alike; the wheel gate stops `os:system`."""
    with pytest.raises(IceError) as refusal:
        ImportTarget.parse(text)

    assert "import-target-invalid" == refusal.value.slug
    assert str(refusal.value).isprintable()
    assert (refusal.value.finding.found or "").isprintable()
