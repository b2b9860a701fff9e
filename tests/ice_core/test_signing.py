"""Signing: the vectors accepted and refused, keys of low order, one form of each signature, and the wheel index."""

import base64
import hashlib
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from ice_core.canonical import Digest, canonical_bytes, manifest_digest
from ice_core.errors import IceError
from ice_core.models.plugins import SignatureInfo
from ice_core.models.wire import parse_wire
from ice_core.signing import (
    PublicKey,
    WheelPin,
    message_to_sign,
    parse_wheel_index,
    sign,
    signature_member,
    verify,
    wheel_index,
)
from ice_core.strict_json import parse_json

FOLDER = Path(__file__).parents[2] / "spec" / "vectors" / "signing"
VECTORS: Any = parse_json((FOLDER / "vectors.json").read_bytes(), where="vectors.json")
POSITIVE = VECTORS["positive"]
LOW_ORDER = VECTORS["low_order_public_keys_to_reject"]
ORDER = 2**252 + 27742317777372353535851937790883648493
KEY = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(POSITIVE[0]["seed_hex"]))
PUBLIC = PublicKey(KEY.public_key().public_bytes_raw())


def names(vectors: Any) -> list[str]:
    return [vector.get("name") or vector["why"] for vector in vectors]


def pins_of(vector: Any) -> list[WheelPin]:
    return [
        WheelPin(filename=wheel["file"], digest=Digest.of((FOLDER / wheel["file"]).read_bytes()))
        for wheel in vector["wheels"]
    ]


def encoded(hex_text: str) -> str:
    return base64.b64encode(bytes.fromhex(hex_text)).decode()


def refused(key: PublicKey, message: bytes, value: str) -> IceError:
    with pytest.raises(IceError) as caught:
        verify(key, message, value, where="acme-csv 1.2.3")
    return caught.value


@pytest.mark.parametrize("vector", POSITIVE, ids=names(POSITIVE))
def test_a_positive_vector_gives_each_intermediate_value_and_verifies(vector: Any) -> None:
    manifest = vector["manifest_without_signature"]
    pins = pins_of(vector)
    message = message_to_sign(manifest_digest(manifest), pins)
    key = PublicKey(bytes.fromhex(vector["public_key_hex"]))

    verify(key, message, vector["signature_b64"], where=vector["name"])

    assert vector["manifest_jcs_utf8_hex"] == canonical_bytes(manifest).hex()
    assert vector["manifest_sha256"] == manifest_digest(manifest).hex
    assert [wheel["sha256"] for wheel in vector["wheels"]] == [pin.digest.hex for pin in pins]
    assert vector["message_hex"] == message.hex()
    assert vector["public_key_fingerprint_sha256"] == key.fingerprint.hex
    if vector["wheel_index_utf8"] is not None:
        assert vector["wheel_index_utf8"] == wheel_index(pins).decode()
        assert vector["wheel_index_sha256"] == hashlib.sha256(wheel_index(pins)).hexdigest()


@pytest.mark.parametrize("vector", POSITIVE, ids=names(POSITIVE))
def test_signing_a_positive_vector_gives_its_signature(vector: Any) -> None:
    private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(vector["seed_hex"]))
    message = message_to_sign(manifest_digest(vector["manifest_without_signature"]), pins_of(vector))

    assert vector["signature_b64"] == sign(private, message)


@pytest.mark.parametrize("vector", VECTORS["negative_for_one-wheel"], ids=names(VECTORS["negative_for_one-wheel"]))
def test_a_negative_vector_is_refused(vector: Any) -> None:
    value = encoded(vector["signature_hex"])
    malformed = vector["why"].startswith(("S + L", "truncated"))
    error = refused(PUBLIC, bytes.fromhex(POSITIVE[0]["message_hex"]), value)

    assert ("signature-malformed" if malformed else "signature-mismatch") == error.slug


def test_all_vectors_are_there() -> None:
    assert (3, 10, 14) == (len(POSITIVE), len(VECTORS["negative_for_one-wheel"]), len(LOW_ORDER))


@pytest.mark.parametrize("hex_text", LOW_ORDER)
def test_a_key_of_low_order_is_refused_raw_and_as_text(hex_text: str) -> None:
    with pytest.raises(IceError) as raw:
        PublicKey.from_raw(bytes.fromhex(hex_text))
    with pytest.raises(IceError) as text:
        PublicKey.parse(encoded(hex_text))

    assert ("key-low-order", "key-low-order") == (raw.value.slug, text.value.slug)


@pytest.mark.parametrize("hex_text", LOW_ORDER)
def test_a_signature_whose_first_half_is_of_low_order_is_refused(hex_text: str) -> None:
    error = refused(PUBLIC, b"message", encoded(hex_text + "00" * 32))

    assert ("signature-malformed", "low-order") == (error.slug, error.finding.details["reason"])


def test_without_the_refusal_a_key_of_low_order_would_accept_a_made_up_signature() -> None:
    """Why the fourteen are refused: R = A = the identity and S = 0 verify for every message."""
    identity = bytes([1]) + bytes(31)
    made_up = identity + bytes(32)

    Ed25519PublicKey.from_public_bytes(identity).verify(made_up, b"any message at all")

    assert "signature-malformed" == refused(PUBLIC, b"any message at all", encoded(made_up.hex())).slug


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "empty"),
        (bytes(31), "too short"),
        (bytes(33), "too long"),
        ((2**255 - 19 + 3).to_bytes(32, "little"), "3 written as p + 3"),
        ((2).to_bytes(32, "little"), "no x belongs to this y"),
    ],
)
def test_bytes_that_encode_no_point_are_not_a_key(raw: bytes, why: str) -> None:
    with pytest.raises(IceError) as caught:
        PublicKey(raw, where=why)

    assert "key-malformed" == caught.value.slug


@given(seed=st.binary(min_size=32, max_size=32))
def test_every_honest_key_is_accepted_and_reads_back(seed: bytes) -> None:
    raw = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    key = PublicKey(raw)

    assert key == PublicKey.parse(str(key))
    assert hash(key) == hash(PublicKey(raw))
    assert str(key) in repr(key)


@pytest.mark.parametrize("change", ["{} ", "{}\n", " {}", "{}====", "\N{FULLWIDTH DIGIT ONE}{}"])
def test_base64_has_one_form_only(change: str) -> None:
    key_text = change.format(str(PUBLIC))
    with pytest.raises(IceError) as caught:
        PublicKey.parse(key_text)
    signature = refused(PUBLIC, b"m", change.format(sign(KEY, b"m")))

    assert ("key-malformed", "signature-malformed") == (caught.value.slug, signature.slug)


def test_unused_bits_at_the_end_of_base64_are_zero() -> None:
    value = sign(KEY, b"m")
    last = "BCDEFGHIJKLMNOP"[0] if value[-3] == "A" else chr(ord(value[-3]) + 1)
    twin = value[:-3] + last + "=="

    assert base64.b64decode(value) == base64.b64decode(twin)
    assert "encoding" == refused(PUBLIC, b"m", twin).finding.details["reason"]


def test_s_plus_the_order_is_refused_though_it_is_the_same_number() -> None:
    raw = base64.b64decode(sign(KEY, b"m"))
    other_s = int.from_bytes(raw[32:], "little") + ORDER
    error = refused(PUBLIC, b"m", encoded((raw[:32] + other_s.to_bytes(32, "little")).hex()))

    assert ("signature-malformed", "range") == (error.slug, error.finding.details["reason"])


@given(bit=st.integers(min_value=0, max_value=511))
def test_a_signature_with_one_bit_changed_is_refused(bit: int) -> None:
    raw = bytearray(base64.b64decode(sign(KEY, b"message")))
    raw[bit // 8] ^= 1 << bit % 8

    assert refused(PUBLIC, b"message", base64.b64encode(raw).decode()).slug in (
        "signature-malformed",
        "signature-mismatch",
    )


@given(bit=st.integers(min_value=0, max_value=8 * 109 - 1))
def test_a_message_with_one_bit_changed_is_refused(bit: int) -> None:
    message = bytearray(bytes.fromhex(POSITIVE[0]["message_hex"]))
    message[bit // 8] ^= 1 << bit % 8

    assert "signature-mismatch" == refused(PUBLIC, bytes(message), POSITIVE[0]["signature_b64"]).slug


@pytest.mark.parametrize("algo", ["none", "ed25519ph", "ED25519", "ed25519 ", "", None, "rsa"])
def test_only_the_literal_algorithm_is_read(algo: str | None) -> None:
    value = {**signature_member(sign(KEY, b"m"), public_key_id="acme-2026"), "algo": algo}
    with pytest.raises(IceError) as caught:
        parse_wire(SignatureInfo, value, slug="manifest-invalid", document="a signature", where="p", hints=())

    assert "manifest-invalid" == caught.value.slug


def test_the_member_of_a_manifest_is_what_the_model_reads() -> None:
    value = signature_member(sign(KEY, b"m"), public_key_id="acme-2026")
    read = parse_wire(SignatureInfo, value, slug="manifest-invalid", document="a signature", where="p", hints=())

    assert value == read.model_dump()


def test_a_signature_for_one_number_of_wheels_is_not_one_for_another() -> None:
    digest = Digest.of(b"manifest")
    pins = [WheelPin(filename=f"a-{n}-py3-none-any.whl", digest=Digest.of(b"%d" % n)) for n in (1, 2)]
    messages = {message_to_sign(digest, pins[:count]) for count in (0, 1, 2)}

    assert 3 == len(messages)


@given(
    pins=st.dictionaries(
        st.from_regex(r"[a-z]{1,8}-[0-9]-py3-none-[a-z]{1,8}\.whl", fullmatch=True), st.binary(max_size=4), min_size=1
    )
)
def test_a_wheel_index_reads_back_in_order_and_does_not_depend_on_the_order_given(pins: dict[str, bytes]) -> None:
    wheels = [WheelPin(filename=name, digest=Digest.of(data)) for name, data in pins.items()]
    read = parse_wheel_index(wheel_index(wheels), where="index")

    assert tuple(sorted(wheels, key=lambda pin: pin.filename)) == read
    assert wheel_index(wheels) == wheel_index(wheels[::-1])


@pytest.mark.parametrize(
    "name", ["a.zip", "../a.whl", "a b.whl", "a\n.whl", "", ".whl", "dir/a.whl", "ä.whl", "-a.whl", "a" * 252 + ".whl"]
)
def test_a_name_that_could_mean_something_else_is_not_indexed(name: str) -> None:
    with pytest.raises(IceError) as caught:
        wheel_index([WheelPin(filename=name, digest=Digest.of(b""))])

    assert "wheel-index-invalid" == caught.value.slug


def test_a_wheel_is_indexed_once() -> None:
    pin = WheelPin(filename="a-1-py3-none-any.whl", digest=Digest.of(b""))
    with pytest.raises(IceError) as caught:
        message_to_sign(Digest.of(b"m"), [pin, pin])

    assert "wheel-index-invalid" == caught.value.slug


LINE_A = b"0" * 64 + b"  a.whl\n"
LINE_B = b"1" * 64 + b"  b.whl\n"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        LINE_B + LINE_A,
        LINE_A + LINE_A,
        LINE_A[:-1],
        LINE_A + b"\n",
        LINE_A.replace(b"  ", b" "),
        LINE_A.replace(b"\n", b"\r\n"),
        b"# " + LINE_A,
        LINE_A.replace(b"0", b"A"),
        LINE_A.replace(b"a.whl", "ä.whl".encode()),
    ],
)
def test_a_wheel_index_in_any_other_form_is_not_read(data: bytes) -> None:
    with pytest.raises(IceError) as caught:
        parse_wheel_index(data, where="acme.wheels")

    assert "wheel-index-invalid" == caught.value.slug
