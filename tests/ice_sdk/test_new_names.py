"""Names of what is new: a distribution gives a package and a tool, and what would hide something is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ice_core.errors import IceError
from ice_core.names import is_component_name
from ice_sdk.new_names import TOOL_SUFFIX, PackageNames, class_name, component_name, package_names


@pytest.mark.parametrize(
    ("text", "distribution", "package", "tool"),
    [
        ("acme-rain", "acme-rain", "acme_rain", "rain"),
        ("Acme_Rain.Depth", "acme-rain-depth", "acme_rain_depth", "rain_depth"),
        ("acme", "acme", "acme", "acme"),
        # What stands behind the hyphen is no name for a module, so the whole name is taken.
        ("acme-json", "acme-json", "acme_json", "acme_json"),
        ("acme-class", "acme-class", "acme_class", "acme_class"),
        ("acme-2", "acme-2", "acme_2", "acme_2"),
    ],
)
def test_a_distribution_gives_a_package_and_a_tool(text: str, distribution: str, package: str, tool: str) -> None:
    """PEP 503 for the first, an identifier for the second, a component name for the third."""
    assert PackageNames(distribution=distribution, package=package, tool=tool) == package_names(text)


def test_the_first_tool_can_be_named() -> None:
    assert "rain_depth" == package_names("acme-rain", tool="rain_depth").tool


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is not the name of a distribution"),
        ("-acme", "is not the name of a distribution"),
        ("acme rain", "is not the name of a distribution"),
        ("../acme", "is not the name of a distribution"),
        ("acme\x1b[31m", "is not the name of a distribution"),
        ("json", "`json` is a module of the standard library"),
        ("Import", "`Import` gives `import`, which is a keyword of Python"),
        ("2nd-rain", "gives `2nd_rain`, which is no name that Python can import"),
        ("ice-core", "would hide `ice_core`"),
        ("pydantic", "would hide `pydantic`"),
        ("tests", "would hide `tests`"),
    ],
)
def test_a_package_name_that_would_hide_something_is_refused(text: str, words: str) -> None:
    with pytest.raises(IceError) as refused:
        package_names(text)

    assert "name-unusable" == refused.value.slug
    assert words in refused.value.finding.message
    assert "\x1b" not in str(refused.value.finding.message)


@pytest.mark.parametrize(
    ("text", "example"),
    [
        ("CSVReaderTool", "csv_reader"),
        ("csv-reader", "csv_reader"),
        ("csv__reader", "csv_reader"),
        ("2rain", "rain"),
        ("class", "class_table"),
        ("json", "json_table"),
        ("print", "print_table"),
        ("Json", "csv_reader"),
        ("", "csv_reader"),
        ("regen_für_alle", "regen_f_r_alle"),
        ("x" * 59, "x" * 58),
    ],
)
def test_a_component_name_of_another_form_is_refused_with_one_that_fits(text: str, example: str) -> None:
    """The name that is told can be used as it is."""
    with pytest.raises(IceError) as refused:
        component_name(text, "tool")

    assert ("name-unusable", f"a name such as {example}") == (refused.value.slug, refused.value.finding.expected)
    assert example == component_name(example, "tool")


def accepted(text: str) -> str | None:
    """The name, or None for one that is refused."""
    try:
        return component_name(text, "agent")
    except IceError:
        return None


@given(st.text(max_size=70) | st.from_regex(r"[a-z_0-9-]{1,70}", fullmatch=True))
def test_whatever_is_accepted_is_a_name_for_iceos_and_for_python(text: str) -> None:
    """Also with what an agent's tool is called beside it."""
    name = accepted(text)
    if name is None:
        return

    assert is_component_name(name + TOOL_SUFFIX)
    assert name.isidentifier()


def test_a_class_is_called_like_its_component() -> None:
    assert "RainDepth" == class_name("rain_depth")
