"""Names that a reader takes for others are told apart from names that are meant to differ."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ice_checks.check import Subject
from ice_checks.likeness import Likeness, are_alike
from ice_checks.name_resembles import CHECK
from ice_core.models.plugins import parse_manifest
from ice_core.names import ComponentId
from ice_core.strict_json import JsonObject
from tests.builders.manifests import component, manifest
from tests.ice_checks.subjects import subject_of


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("csv_reader", "csv_readers"),
        ("csv_reader", "csvreader"),
        ("csv_reader", "cvs_reader"),
        ("csv_reader", "csv_raeder"),
        ("csv_reader", "csv_readar"),
        ("csv_reader", "csv_reder"),
        ("csv_reader", "csv_readder"),
        ("summarize", "summarise"),
        ("html_clean", "htm1_clean"),
        ("tool_io", "t00l_io"),
        ("sort_rows", "s0rt_rows"),
        ("learn_words", "leam_words"),
        ("show_rows", "shovv_rows"),
        ("tables_query", "table_query"),
        ("acme-csv", "acme-cvs"),
        ("acme-tables", "acmetables"),
    ],
)
def test_names_that_are_taken_for_one_another_are_alike(first: str, second: str) -> None:
    """In both directions."""
    assert are_alike(first, second)
    assert are_alike(second, first)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("csv_reader", "csv_reader"),
        ("csv_read", "tsv_read"),
        ("csv_read", "csv_reader"),
        ("csv_reader", "csv_writer"),
        ("layer_1", "layer_2"),
        ("layer_1", "layer_10"),
        ("base32_encode", "base64_encode"),
        ("read_json", "read_jsonl"),
        ("http_get", "https_get"),
        ("get_a", "get_b"),
        ("axis_i", "axis_l"),
        ("min_rows", "max_rows"),
        ("text_import", "text_export"),
        ("csv_to_json", "json_to_csv"),
        ("table_query", "table_profile"),
        ("encode", "decode"),
        ("add", "and"),
        ("access_log", "acces_lag"),
        ("acme-csv", "acme-tsv"),
    ],
)
def test_names_that_are_meant_to_differ_are_not(first: str, second: str) -> None:
    """Numbered, short words that differ, words of their own."""
    assert not are_alike(first, second)


NAMES = st.from_regex(r"[a-d]{2,4}(_[a-d01]{2,7}){0,2}", fullmatch=True)


@given(st.lists(NAMES, max_size=12), NAMES)
def test_the_look_up_finds_what_comparing_with_each_finds(names: list[str], name: str) -> None:
    """However many names there are, only some are compared, and none is missed."""
    assert sorted({other for other in names if are_alike(name, other)}) == Likeness(names).of(name)


@given(NAMES, NAMES)
def test_likeness_has_no_direction(first: str, second: str) -> None:
    assert are_alike(first, second) == are_alike(second, first)


def known(value: JsonObject, **holders: str) -> Subject:
    """A manifest where these tools of other distributions are known."""
    return Subject(
        manifest=parse_manifest(value, where="plugins.json"),
        value=value,
        where="plugins.json",
        known_names={ComponentId("tool", name): holder for name, holder in holders.items()},
    )


def told(subject: Subject) -> list[tuple[str, str]]:
    return [(str(finding.where), finding.message) for finding in CHECK.run(subject)]


def test_two_names_of_one_manifest_are_told_at_the_later_one() -> None:
    value = manifest(component("csv_reader"), component("csv_readers"))

    assert [
        (
            "plugins.json at components[1].name",
            "`tool:csv_readers` looks like `tool:csv_reader` of the same manifest",
        )
    ] == told(subject_of(value))


def test_components_of_two_types_are_told_apart_by_their_type() -> None:
    value = manifest(component("csv_readers", node_type="agent"), component("csv_reader"))

    assert [] == told(subject_of(value))


def test_a_name_that_looks_like_a_known_one_is_told_with_its_distribution() -> None:
    """Threat 18: a component that is called almost as one that is installed."""
    assert [
        (
            "plugins.json at components[0].name",
            "`tool:csv_reader` looks like `tool:csv_raeder` of `tabular`",
        )
    ] == told(known(manifest(), csv_raeder="tabular"))


def test_an_older_release_of_the_same_distribution_is_no_other() -> None:
    assert [] == told(known(manifest(), csv_raeder="Acme_CSV"))


def test_a_distribution_that_looks_like_a_known_one_is_told() -> None:
    """Threat 18: its name is compared in its normal form (PEP 503)."""
    assert [
        ("plugins.json at package.name", "The distribution `acme-csv` looks like `acme-cvs`, which is known here")
    ] == (told(known(manifest(), other="ACME.cvs")))


def test_where_nothing_else_is_known_nothing_is_said() -> None:
    assert [] == told(subject_of(manifest()))


def test_a_manifest_without_a_package_has_no_name_to_compare() -> None:
    value = {name: member for name, member in manifest().items() if name != "package"}

    assert [] == told(known(value, other="acme-cvs"))
