"""The canonical form against RFC 8785's own examples, and the laws of the digests."""

import json
import struct
from pathlib import Path

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from ice_core.canonical import (
    Digest,
    canonical_bytes,
    component_digest,
    manifest_digest,
    printed_bytes,
    value_digest,
)
from ice_core.errors import IceError
from ice_core.strict_json import JsonObject, JsonValue, parse_json
from tests.ice_core.json_values import JSON_OBJECTS

VECTORS = Path(__file__).parents[2] / "spec" / "vectors" / "jcs"
NUMBERS = json.loads((VECTORS / "numbers.json").read_text("utf-8"))
DOCUMENTS = {item["name"]: item for item in json.loads((VECTORS / "documents.json").read_text("utf-8"))["documents"]}


def _double(ieee754: str) -> float:
    number: float = struct.unpack(">d", bytes.fromhex(ieee754))[0]
    return number


@pytest.mark.parametrize("vector", NUMBERS["accepted"], ids=lambda vector: vector["text"])
def test_numbers_are_written_as_the_rfc_writes_them(vector: dict[str, str]) -> None:
    """RFC 8785 appendix B."""
    written = canonical_bytes(_double(vector["ieee754"]))

    assert vector["text"].encode() == written


@pytest.mark.parametrize("vector", NUMBERS["refused"], ids=lambda vector: vector["why"])
def test_numbers_that_are_none_have_no_canonical_form(vector: dict[str, str]) -> None:
    """RFC 8785 3.2.2.3; the strict parser refuses them before this."""
    with pytest.raises(rfc8785.FloatDomainError):
        canonical_bytes(_double(vector["ieee754"]))


def test_literals_and_strings_are_written_as_the_rfc_writes_them() -> None:
    """RFC 8785 3.2.2 in, 3.2.4 out."""
    vector = DOCUMENTS["literals"]

    written = canonical_bytes(parse_json(vector["input"].encode(), where="literals"))

    assert vector["canonical"].encode() == written


def test_members_are_ordered_by_utf16_code_units() -> None:
    """RFC 8785 3.2.3: the emoji's surrogates sort before U+FB33, though its code point is higher."""
    vector = DOCUMENTS["order"]

    written = canonical_bytes(parse_json(vector["input"].encode(), where="order"))

    assert vector["values_in_order"] == list(json.loads(written).values())


def _reversed(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return {name: _reversed(value[name]) for name in reversed(value)}
    if isinstance(value, list):
        return [_reversed(item) for item in value]
    return value


@given(JSON_OBJECTS)
def test_the_canonical_form_does_not_depend_on_the_order_of_members(value: JsonObject) -> None:
    """Reversed at every level, the bytes are the same."""
    forwards, backwards = canonical_bytes(value), canonical_bytes(_reversed(value))

    assert forwards == backwards


@given(JSON_OBJECTS, JSON_OBJECTS)
def test_different_values_have_different_digests(one: JsonObject, other: JsonObject) -> None:
    """The digest names the value: equal exactly when the canonical bytes are."""
    same = value_digest(one) == value_digest(other)

    assert (canonical_bytes(one) == canonical_bytes(other)) is same


@given(JSON_OBJECTS, JSON_OBJECTS)
def test_a_manifest_keeps_its_digest_whoever_signs_it(manifest: JsonObject, signature: JsonObject) -> None:
    """The member `signature` of the root, and no other member of that name, is left out."""
    unsigned = {name: member for name, member in manifest.items() if name != "signature"}

    signed = manifest_digest({**unsigned, "signature": signature})

    assert manifest_digest(unsigned) == signed
    assert value_digest(unsigned) == signed
    assert manifest_digest({"a": {"signature": 1}}) != manifest_digest({"a": {}})


def test_digesting_leaves_the_manifest_as_it_was() -> None:
    """The signature is left out of a copy."""
    manifest: JsonObject = {"signature": {"value": "x"}, "components": []}

    manifest_digest(manifest)

    assert {"signature": {"value": "x"}, "components": []} == manifest


SCHEMAS: JsonObject = {
    "Used": {"type": "object", "properties": {"next": {"$ref": "#/schemas/Behind"}}},
    "Behind": {"type": "string"},
    "Unused": {"type": "integer"},
}
ENTRY: JsonObject = {"name": "csv_reader", "schema": {"input": {"$ref": "#/schemas/Used"}, "output": {}}}


@pytest.mark.parametrize(
    ("name", "changes"),
    [("Used", True), ("Behind", True), ("Unused", False)],
)
def test_a_component_digest_covers_the_schemas_that_it_reaches(name: str, *, changes: bool) -> None:
    """A change to a schema moves the digest of those components only that reach it."""
    changed = component_digest(ENTRY, {**SCHEMAS, name: {"type": "null"}})

    assert changes is (component_digest(ENTRY, SCHEMAS) != changed)


@given(st.sampled_from(sorted(ENTRY)), st.integers())
def test_a_component_digest_covers_every_member_of_its_entry(member: str, value: int) -> None:
    """One changed member is another component."""
    changed = component_digest({**ENTRY, member: value % 1000}, SCHEMAS)

    assert component_digest(ENTRY, SCHEMAS) != changed


def test_a_digest_is_a_value_with_one_spelling() -> None:
    """Printed, parsed and raw forms agree with the published SHA-256 of `abc` (FIPS 180-2)."""
    digest = Digest.of(b"abc")

    assert "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" == str(digest)
    assert digest == Digest.parse(str(digest))
    assert hash(digest) == hash(Digest.parse(str(digest)))
    assert digest.hex == digest.raw.hex()
    assert digest != str(digest)
    assert f"Digest('{digest}')" == repr(digest)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a" * 64,
        "sha256:" + "a" * 63,
        "sha256:" + "a" * 65,
        "sha256:" + "A" * 64,
        "SHA256:" + "a" * 64,
        "sha512:" + "a" * 64,
        "sha256:" + "a" * 64 + "\n",
        " sha256:" + "a" * 64,
        "sha256:" + "\u0661" * 64,
        "sha256:" + "g" * 64,
        "sha256-" + "a" * 64,
    ],
)
def test_any_other_spelling_of_a_digest_is_refused(text: str) -> None:
    """A shortened, upper-case or decorated digest names nothing."""
    with pytest.raises(IceError) as refusal:
        Digest.parse(text)

    assert "digest-invalid" == refusal.value.slug


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_digest_has_32_bytes(size: int) -> None:
    """Any other size is a mistake of the caller."""
    with pytest.raises(ValueError, match="32 bytes"):
        Digest(b"\0" * size)


def test_the_printed_form_is_for_people_and_keeps_the_given_order() -> None:
    """Two spaces, UTF-8, LF, final newline."""
    printed = printed_bytes({"b": ["é"], "a": {}})

    assert '{\n  "b": [\n    "é"\n  ],\n  "a": {}\n}\n'.encode() == printed
