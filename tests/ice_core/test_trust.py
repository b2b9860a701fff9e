"""From bytes to `VerifiedManifest`: what passes, and that each doubt is a refusal with its own slug."""

import json
from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ice_core.canonical import Digest, component_digest, manifest_digest
from ice_core.errors import IceError
from ice_core.key_store import KeyStore
from ice_core.manifest_sources import Origin
from ice_core.names import ComponentId
from ice_core.signing import WheelPin
from ice_core.strict_json import JsonObject, JsonValue, parse_json
from ice_core.trust import verify_manifest, verify_wheel
from ice_core.verified_manifest import VerifiedManifest
from tests.builders.homes import NOW, WHEEL
from tests.builders.keys import key_record, key_store, private_key, public_key
from tests.builders.manifests import component, manifest, signed

ORIGIN = Origin(kind="path", label="plugins.json")
PIN = WheelPin.of(*WHEEL)
LINUX = ("acme_csv-1.2.3-cp311-cp311-linux_x86_64.whl", b"linux")


def as_bytes(value: JsonObject) -> bytes:
    return json.dumps(value).encode()


def no_package() -> JsonObject:
    return {name: member for name, member in manifest().items() if name != "package"}


def verified(
    value: "JsonObject | bytes",
    *,
    wheels: Sequence[tuple[str, bytes]] = (WHEEL,),
    keys: KeyStore | None = None,
    strict: bool = True,
    allow_unsigned: bool = False,
    days: int = 0,
) -> VerifiedManifest:
    return verify_manifest(
        value if isinstance(value, bytes) else as_bytes(value),
        origin=ORIGIN,
        wheels=[WheelPin.of(*wheel) for wheel in wheels],
        keys=keys or key_store(),
        first_seen=NOW + timedelta(days=days),
        strict=strict,
        allow_unsigned=allow_unsigned,
    )


def refused(
    value: "JsonObject | bytes",
    *,
    wheels: Sequence[tuple[str, bytes]] = (WHEEL,),
    keys: KeyStore | None = None,
    strict: bool = True,
    allow_unsigned: bool = False,
    days: int = 0,
) -> IceError:
    with pytest.raises(IceError) as caught:
        verified(value, wheels=wheels, keys=keys, strict=strict, allow_unsigned=allow_unsigned, days=days)
    return caught.value


@pytest.mark.parametrize("wheels", [(), (WHEEL,), (WHEEL, LINUX)])
def test_a_signed_manifest_passes_with_the_wheels_that_were_signed(wheels: Sequence[tuple[str, bytes]]) -> None:
    value = signed(manifest(), wheels)

    found = verified(value, wheels=wheels)

    assert ("signed", "acme-2026") == (found.status, found.signer)
    assert tuple(WheelPin.of(*wheel) for wheel in wheels) == found.wheels
    assert public_key().fingerprint == found.signer_fingerprint
    assert manifest_digest(value) == found.digest
    assert value == found.value


def test_a_verified_manifest_gives_entries_and_their_digests() -> None:
    schemas: JsonObject = {"Row": {"type": "array"}}
    listed = component("rows", schema={"input": {"$ref": "#/schemas/Row"}, "output": {}})
    found = verified(signed(manifest(component(), listed, schemas=schemas), [WHEEL]))

    listed_id = ComponentId("tool", "rows")

    assert listed == found.entry_value(listed_id)
    assert component_digest(listed, schemas) == found.component_digest(listed_id)
    assert "acme-csv" == (found.package.name if found.package else None)


def test_a_verified_manifest_has_no_entry_of_what_it_does_not_list() -> None:
    found = verified(signed(manifest(), [WHEEL]))

    with pytest.raises(KeyError, match="agent:csv_reader"):
        found.entry_value(ComponentId("agent", "csv_reader"))


def test_only_trust_makes_a_verified_manifest() -> None:
    found = verified(signed(manifest(), [WHEEL]))

    with pytest.raises(TypeError, match=r"ice_core\.trust only"):
        VerifiedManifest(
            read=lambda: (found.value, found.model),
            digest=found.digest,
            status="signed",
            signer=found.signer,
            signer_fingerprint=found.signer_fingerprint,
            wheels=found.wheels,
            origin=found.origin,
            first_seen=found.first_seen,
            maker=object(),
        )


def test_a_verified_manifest_is_not_changed_into_another() -> None:
    found = verified(manifest(), strict=False)

    with pytest.raises(AttributeError, match="not changed"):
        found.status = "signed"
    with pytest.raises(AttributeError, match="not changed"):
        del found.status


def test_an_unsigned_manifest_says_so_where_components_may_be_dynamic() -> None:
    found = verified(manifest(), strict=False)

    assert ("unsigned", None, None) == (found.status, found.signer, found.signer_fingerprint)


def test_an_unsigned_manifest_is_refused_when_strict() -> None:
    error = refused(manifest())

    assert "manifest-unsigned" == error.slug
    assert (
        "To sign it with its wheel, run `ice publish --manifest plugins.json`, `ice lock` and `ice install`",
        "To run this file unsigned, add `--allow-unsigned plugins.json` to `ice run`; a lock must pin it",
    ) == error.finding.hints


def test_an_allowed_file_may_be_unsigned_when_strict() -> None:
    assert "unsigned" == verified(manifest(), allow_unsigned=True).status


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("allow_unsigned", [False, True])
@pytest.mark.parametrize(
    ("value", "slug"),
    [
        (signed(manifest(), [WHEEL], key=private_key(2)), "signature-mismatch"),
        (signed(manifest(), [LINUX]), "signature-mismatch"),
        (signed(manifest()), "signature-mismatch"),
        (signed(manifest(), [WHEEL], public_key_id="unknown"), "key-unknown"),
        ({**signed(manifest(), [WHEEL]), "created": "2026-05-01T00:00:01Z"}, "signature-mismatch"),
    ],
    ids=["another key", "another wheel", "no wheel", "unknown key", "another time"],
)
def test_a_bad_signature_is_refused_in_every_mode(
    value: JsonObject, slug: str, strict: bool, allow_unsigned: bool
) -> None:
    assert slug == refused(value, strict=strict, allow_unsigned=allow_unsigned).slug


def test_a_signature_for_other_files_shows_what_was_found() -> None:
    value = signed(manifest(), [LINUX])

    error = refused(value)

    assert (
        "Said to be signed by `acme-2026`; found:",
        f"  wheel     {PIN.digest}  {PIN.filename}",
        f"  manifest  {manifest_digest(value)}",
    ) == error.finding.detail
    assert ("To fetch wheel and manifest again, run `ice install`",) == error.finding.hints


def test_a_bundle_s_manifest_taken_out_of_it_is_told_what_it_lacks() -> None:
    error = refused(signed(manifest(), [WHEEL]), wheels=())

    assert "If it was signed together with a wheel, give the bundle's path instead of the manifest's" in (
        error.finding.hints
    )


def test_a_malformed_signature_is_told_apart_from_a_wrong_one() -> None:
    value = signed(manifest(), [WHEEL])
    signature = value["signature"]
    assert isinstance(signature, dict)

    assert "signature-malformed" == refused({**value, "signature": {**signature, "value": "AAAA"}}).slug


def test_a_genuine_manifest_and_a_genuine_wheel_of_another_do_not_fit_together() -> None:
    """Mix and match: each was signed, and not with the other."""
    first, second = manifest(), manifest(component(version="1.2.4"))
    signed(second, [LINUX])

    assert "signature-mismatch" == refused(signed(first, [WHEEL]), wheels=(LINUX,)).slug


@pytest.mark.parametrize(
    ("keys", "days", "slug"),
    [
        (key_store(key_record(namespaces=("other-*",))), 0, "key-namespace"),
        (key_store(key_record(not_after=NOW)), 1, "key-expired"),
        (key_store(key_record(not_after=NOW)), 0, None),
        (key_store(key_record(public_key_id="someone-else")), 0, "key-unknown"),
    ],
)
def test_the_key_store_decides_who_may_sign_what_and_when(keys: KeyStore, days: int, slug: str | None) -> None:
    value = signed(manifest(), [WHEEL])

    if slug is None:
        assert "signed" == verified(value, keys=keys, days=days).status
    else:
        assert slug == refused(value, keys=keys, days=days).slug


def test_an_unknown_key_is_told_with_what_it_signed_and_where_that_lies() -> None:
    error = refused(signed(manifest(), [WHEEL], public_key_id="acme-2027"))

    assert "`acme-csv` 1.2.3 is signed with `acme-2027`, which is not in the key-store" == error.finding.message
    assert "Signed: `acme-csv` 1.2.3, in plugins.json" == error.finding.detail[-1]
    assert "`acme-2026` is in the key-store; did you mean that?" in error.finding.hints


def test_a_manifest_with_a_wheel_names_its_distribution() -> None:
    error = refused(signed(no_package(), [WHEEL]))

    assert "package-missing" == error.slug


def test_a_manifest_without_wheel_and_package_is_metadata_that_a_key_for_everything_may_sign() -> None:
    found = verified(signed(no_package()), wheels=())

    assert ("signed", (), None) == (found.status, found.wheels, found.package)


@pytest.mark.parametrize(
    ("value", "slug"),
    [
        (b"{", "json-syntax"),
        (b'{"a": 1, "a": 2}', "json-duplicate-member"),
        (manifest(component(), component()), "component-duplicate"),
        ({**manifest(), "extra": 1}, "manifest-invalid"),
        (manifest(component(iceos_min="99.0.0")), "iceos-too-old"),
        (manifest(component(iceos_min="99.0.0", a_member_of_the_future=1)), "iceos-too-old"),
        (
            manifest(component(schema={"input": {"$ref": "#/schemas/Gone"}, "output": {}})),
            "schema-reference-missing",
        ),
        (manifest(component(schema={"input": {"$id": "x"}, "output": {}})), "schema-invalid"),
    ],
    ids=["syntax", "twin", "duplicate id", "unknown member", "too new", "too new and unknown", "nowhere", "subset"],
)
def test_what_is_wrong_with_the_document_is_told_whoever_signed_it(value: "JsonObject | bytes", slug: str) -> None:
    assert slug == refused(value, strict=False, wheels=()).slug


def test_a_wheel_that_was_not_signed_with_the_manifest_is_refused() -> None:
    found = verified(signed(manifest(), [WHEEL]))

    with pytest.raises(IceError) as caught:
        verify_wheel(b"linux", pin=WheelPin.of(*LINUX), manifest=found)

    assert "wheel-not-signed" == caught.value.slug


def test_a_manifest_that_was_signed_alone_never_vouches_for_a_wheel() -> None:
    found = verified(signed(manifest()), wheels=())

    with pytest.raises(IceError) as caught:
        verify_wheel(b"a wheel", pin=PIN, manifest=found)

    assert "wheel-not-signed" == caught.value.slug
    assert "no wheel" == caught.value.finding.expected


@pytest.mark.parametrize("is_signed", [False, True])
def test_other_bytes_than_the_pinned_ones_are_refused(is_signed: bool) -> None:
    value = signed(manifest(), [WHEEL]) if is_signed else manifest()
    found = verified(value, strict=False)

    with pytest.raises(IceError) as caught:
        verify_wheel(b"a Wheel", pin=PIN, manifest=found)

    assert "wheel-digest-mismatch" == caught.value.slug
    assert str(PIN.digest) == caught.value.finding.expected
    assert str(Digest.of(b"a Wheel")) == caught.value.finding.found


SAMPLE = signed(
    manifest(
        component(
            cost_estimate={"base": 0.001, "per_token": 0},
            tags=["csv", "io"],
            description="Reads CSV",
            permissions={"network": ["example.org"], "subprocess": False},
            examples=[{"input": {"path": "a.csv"}, "output": {"rows": [1, 2.5, None]}}],
            deprecated={"since": "2.0.0", "replacement": "parquet_reader"},
            schema={"input": {"$ref": "#/schemas/In"}, "output": {"type": "object"}},
        ),
        component("html_fetch", node_type="agent", iceos_min="0.1.0"),
        schemas={"In": {"type": "object", "properties": {"path": {"type": "string", "minLength": 1}}}},
    ),
    [WHEEL],
)


def leaves(value: JsonValue, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The path of each value that holds no other."""
    steps = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    if not steps:
        yield path
    for step, inner in steps:
        yield from leaves(inner, (*path, step))


def flipped(value: JsonValue, path: tuple[str | int, ...]) -> JsonValue:
    """The same value with the leaf at `path` changed to another of its type, as near as can be."""
    if path and isinstance(value, dict):
        return {name: flipped(item, path[1:]) if name == path[0] else item for name, item in value.items()}
    if path and isinstance(value, list):
        return [flipped(item, path[1:]) if index == path[0] else item for index, item in enumerate(value)]
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, str):
        return value[:-1] + ("b" if value.endswith("a") else "a") if value else "a"
    return 0


@pytest.mark.parametrize("path", list(leaves(SAMPLE)), ids=lambda path: ".".join(map(str, path)))
def test_each_leaf_of_a_signed_manifest_is_covered(path: tuple[str | int, ...]) -> None:
    """One changed value anywhere, and the manifest is refused; that it passes unchanged is seen below."""
    changed = flipped(SAMPLE, path)
    assert isinstance(changed, dict)

    refused(changed, strict=False)


def shuffled(value: JsonValue, draw: st.DrawFn) -> JsonValue:
    """The same value with the members of each object in another order."""
    if isinstance(value, dict):
        return {name: shuffled(value[name], draw) for name in draw(st.permutations(list(value)))}
    return [shuffled(item, draw) for item in value] if isinstance(value, list) else value


@st.composite
def respelled(draw: st.DrawFn) -> bytes:
    """The sample in another spelling: order, white space, escapes."""
    text = json.dumps(
        shuffled(SAMPLE, draw),
        indent=draw(st.sampled_from([None, 0, 1, 7, "\t"])),
        separators=draw(st.sampled_from([None, (" , ", " :  "), (",", ":")])),
    )
    return (draw(st.sampled_from(["", "\n", " \t\r\n"])) + text.replace("csv", "\\u0063sv")).encode()


@given(respelled())
def test_order_white_space_and_escapes_do_not_matter(document: bytes) -> None:
    assert "signed" == verified(document).status


@given(st.integers(0, len(as_bytes(SAMPLE)) - 1), st.integers(0, 7))
def test_a_flipped_bit_is_refused_or_means_the_same(index: int, bit: int) -> None:
    changed = bytearray(as_bytes(SAMPLE))
    changed[index] ^= 1 << bit
    try:
        found = verified(bytes(changed))
    except IceError:
        return

    assert parse_json(as_bytes(SAMPLE), where="sample") == found.value
