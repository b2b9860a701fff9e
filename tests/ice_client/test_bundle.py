"""Signing: what is made here is what the key-stores of others verify."""

import pytest

from ice_client.bundle import make_bundle, sign_manifest
from ice_core.bundles import bundle_bytes, read_bundle
from ice_core.canonical import printed_bytes
from ice_core.errors import IceError
from ice_core.manifest_sources import Origin
from ice_core.trust import verify_bundle, verify_manifest
from tests.builders.indexes import NOW
from tests.builders.keys import KEY_ID, key_store, private_key
from tests.builders.manifests import manifest, signed_bytes
from tests.builders.wheels import plugin_wheel

ORIGIN = Origin(kind="path", label="a test")
VALUE = manifest()
WHEEL = plugin_wheel(manifest=VALUE)
KEYS = key_store()


def signed_with(data: bytes, number: int = 1) -> bytes:
    return sign_manifest(data, [WHEEL], private_key=private_key(number), public_key_id=KEY_ID)


def test_a_bundle_that_was_made_verifies_with_the_public_key() -> None:
    data = make_bundle(printed_bytes(VALUE), [WHEEL], private_key=private_key(), public_key_id=KEY_ID)
    verified = verify_bundle(read_bundle(data, where="a test"), origin=ORIGIN, keys=KEYS, first_seen=NOW, strict=True)

    assert ("signed", KEY_ID) == (verified.status, verified.signer)


def test_the_same_input_gives_the_same_bytes_as_the_format_says() -> None:
    data = make_bundle(printed_bytes(VALUE), [WHEEL], private_key=private_key(), public_key_id=KEY_ID)

    assert bundle_bytes(signed_bytes(VALUE, [WHEEL]), [WHEEL]) == data


def test_signing_again_replaces_a_signature_and_changes_nothing_else() -> None:
    first = signed_with(printed_bytes(VALUE), 2)

    assert signed_with(printed_bytes(VALUE)) == signed_with(first)
    assert first != signed_with(first)


def test_a_manifest_signed_without_a_wheel_is_metadata() -> None:
    data = sign_manifest(printed_bytes(VALUE), [], private_key=private_key(), public_key_id=KEY_ID)
    verified = verify_manifest(data, origin=ORIGIN, wheels=[], keys=KEYS, first_seen=NOW, strict=True)

    assert ((), "signed") == (verified.wheels, verified.status)


@pytest.mark.parametrize(("data", "slug"), [(b"{", "json-syntax"), (b"{}", "manifest-invalid")])
def test_what_is_no_manifest_is_not_signed(data: bytes, slug: str) -> None:
    with pytest.raises(IceError) as caught:
        signed_with(data)

    assert slug == caught.value.slug
