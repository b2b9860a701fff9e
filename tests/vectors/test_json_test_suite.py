"""The strict reader against JSONTestSuite: every `n_` is refused, every `y_` is read, but for duplicate members."""

import base64
import json
from pathlib import Path

import pytest

from ice_core.errors import IceError
from ice_core.strict_json import parse_any_json

FOLDER = Path(__file__).parents[1] / "data" / "json_test_suite"
DOCUMENTS: dict[str, bytes] = {
    **{name: base64.b64decode(text) for name, text in json.loads((FOLDER / "documents.json").read_text()).items()},
    "n_structure_100000_opening_arrays.json": b"[" * 100_000,
    "n_structure_open_array_object.json": b'[{"":' * 50_000 + b"\n",
}
# Two readers of a duplicate member may keep different ones (RFC 8259, 4), so that it is no document here.
TWICE = {"y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"}
# A reader may take these (`i_`); what is not told as refused here is read. Each loses something in some reader.
TAKEN_THOUGH_OPEN = {
    "i_number_double_huge_neg_exp.json",
    "i_number_real_underflow.json",
}


def of_kind(kind: str) -> list[str]:
    return sorted(name for name in DOCUMENTS if name.startswith(kind))


def test_the_suite_is_whole() -> None:
    assert (95, 188, 35) == (len(of_kind("y_")), len(of_kind("n_")), len(of_kind("i_")))


@pytest.mark.parametrize("name", of_kind("n_"))
def test_what_is_no_json_is_refused(name: str) -> None:
    with pytest.raises(IceError) as caught:
        parse_any_json(DOCUMENTS[name], where=name)

    assert caught.value.slug.startswith("json-")


@pytest.mark.parametrize("name", sorted({*of_kind("y_")} - TWICE))
def test_what_is_json_is_read_as_the_standard_library_reads_it(name: str) -> None:
    value = parse_any_json(DOCUMENTS[name], where=name)

    assert json.loads(DOCUMENTS[name]) == value


@pytest.mark.parametrize("name", sorted(TWICE))
def test_a_member_that_stands_twice_is_refused(name: str) -> None:
    with pytest.raises(IceError) as caught:
        parse_any_json(DOCUMENTS[name], where=name)

    assert "json-duplicate-member" == caught.value.slug


@pytest.mark.parametrize("name", of_kind("i_"))
def test_where_readers_may_differ_it_is_refused_unless_every_reader_says_the_same(name: str) -> None:
    try:
        parse_any_json(DOCUMENTS[name], where=name)
    except IceError as error:
        taken, slug = False, error.slug
    else:
        taken, slug = True, ""

    assert (name in TAKEN_THOUGH_OPEN) == taken
    assert taken or slug.startswith("json-")
