"""The language-neutral vectors of archives: what every reader must find, and what every reader must refuse."""

import base64
from typing import Any

import pytest

from ice_core.archives import read_archive
from ice_core.errors import IceError
from ice_core.strict_json import parse_json
from tests.house.tree import ROOT

FILE = ROOT / "spec" / "vectors" / "archives" / "vectors.json"
VECTORS: Any = parse_json(FILE.read_bytes(), where="vectors.json")


def read_all(data: bytes) -> list[tuple[str, bytes]]:
    archive = read_archive(data, where="vector")
    return [(name, archive.read(name)) for name in archive.names]


@pytest.mark.parametrize("vector", VECTORS["accepted"], ids=[vector["why"] for vector in VECTORS["accepted"]])
def test_an_accepted_archive_holds_these_members_in_this_order(vector: Any) -> None:
    expected = [(member["name"], base64.b64decode(member["content"])) for member in vector["members"]]

    assert expected == read_all(base64.b64decode(vector["zip"]))


@pytest.mark.parametrize("index", range(len(VECTORS["refused"])))
def test_a_refused_archive_is_refused_for_its_reason(index: int) -> None:
    vector = VECTORS["refused"][index]
    with pytest.raises(IceError) as caught:
        read_all(base64.b64decode(vector["zip"]))

    assert (vector["slug"], vector["reason"]) == (caught.value.slug, caught.value.finding.details["reason"])


def test_the_vectors_reach_every_reason_but_those_that_need_large_archives() -> None:
    large = {"archive-size", "member-count", "total-size", "ratio"}
    reached = {vector["reason"] for vector in VECTORS["refused"]}

    assert large.isdisjoint(reached)
    assert {"headers-differ", "gap", "flags", "extra-field", "zip64", "name-collision", "member-size"} < reached
