"""Bundles and their wheels: the bytes that were signed are the bytes that may run."""

import pytest

from ice_core.bundles import bundle_bytes, read_bundle
from ice_core.canonical import printed_bytes
from ice_core.errors import IceError
from ice_core.manifest_sources import Origin
from ice_core.signing import WheelPin
from ice_core.trust import verify_bundle, verify_wheel
from ice_core.verified_manifest import VerifiedManifest
from tests.builders.homes import NOW
from tests.builders.keys import key_store
from tests.builders.manifests import component, manifest, signed_bytes
from tests.builders.wheels import SOURCES, plugin_bundle, plugin_wheel

PLATFORMS = ("cp311-cp311-win_amd64", "cp311-cp311-macosx_11_0_arm64")


def verified(data: bytes, *, strict: bool = True, allow_unsigned: bool = False) -> VerifiedManifest:
    return verify_bundle(
        read_bundle(data, where="a.icebundle"),
        origin=Origin(kind="path", label="a.icebundle"),
        keys=key_store(),
        first_seen=NOW,
        strict=strict,
        allow_unsigned=allow_unsigned,
    )


def test_a_signed_bundle_vouches_for_its_wheel_byte_for_byte() -> None:
    filename, data = plugin_wheel()
    found = verified(plugin_bundle())

    wheel = verify_wheel(data, pin=found.wheels[0], manifest=found)

    assert (WheelPin.of(filename, data),) == found.wheels
    assert SOURCES["acme_csv/tools.py"].encode() == wheel.read("acme_csv/tools.py")


def test_several_wheels_are_signed_as_a_set() -> None:
    wheels = [plugin_wheel(tag=tag) for tag in PLATFORMS]

    found = verified(bundle_bytes(signed_bytes(manifest(), wheels), wheels))

    assert {WheelPin.of(*wheel) for wheel in wheels} == set(found.wheels)


def test_a_wheel_left_out_of_a_signed_set_is_noticed() -> None:
    wheels = [plugin_wheel(tag=tag) for tag in PLATFORMS]
    data = bundle_bytes(signed_bytes(manifest(), wheels), wheels[:1])

    with pytest.raises(IceError, match="signature-mismatch"):
        verified(data)


def test_two_genuine_bundles_crossed_are_refused() -> None:
    """Wheel of one, manifest of the other: each was signed, and not with the other."""
    ours = plugin_wheel()
    other = plugin_wheel(files={**SOURCES, "acme_csv/more.py": '"""More."""\n'})

    with pytest.raises(IceError, match="signature-mismatch"):
        verified(bundle_bytes(signed_bytes(manifest(), [ours]), [other]))


def test_a_signature_does_not_excuse_a_wheel_that_its_manifest_does_not_describe() -> None:
    wheel = plugin_wheel()
    listed = manifest(component(target="os:system"))
    data = bundle_bytes(signed_bytes(listed, [wheel]), [wheel])

    with pytest.raises(IceError) as caught:
        verified(data)

    assert "wheel-manifest-mismatch" == caught.value.slug


@pytest.mark.parametrize(("strict", "allow_unsigned"), [(False, False), (True, True)])
def test_an_unsigned_bundle_says_so_and_vouches_for_nothing(strict: bool, allow_unsigned: bool) -> None:
    wheel = plugin_wheel()
    stripped = bundle_bytes(printed_bytes(manifest()), [wheel])

    assert "unsigned" == verified(stripped, strict=strict, allow_unsigned=allow_unsigned).status
    with pytest.raises(IceError, match="manifest-unsigned"):
        verified(stripped)
