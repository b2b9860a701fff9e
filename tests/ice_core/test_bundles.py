"""Bundles: one signed manifest and its wheels, read as what they are and nothing more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ice_core.archive_limits import ArchiveLimits
from ice_core.archives import write_archive
from ice_core.bundles import MAX_BUNDLE_BYTES, Bundle, bundle_bytes, bundle_filename, read_bundle
from ice_core.canonical import Digest, manifest_digest
from ice_core.errors import IceError
from ice_core.signing import WheelPin, message_to_sign, verify
from tests.builders.keys import public_key
from tests.builders.manifests import manifest, signed, signed_bytes
from tests.builders.wheels import FILENAME, WHEEL, plugin_bundle, plugin_wheel

NATIVE = [plugin_wheel(tag=f"cp311-cp311-{platform}") for platform in ("macosx_11_0_arm64", "win_amd64")]
MANIFEST = signed_bytes(manifest(), [(FILENAME, WHEEL)])
GOOD = plugin_bundle()


def refused(data: bytes, *, limits: ArchiveLimits | None = None) -> IceError:
    with pytest.raises(IceError) as caught:
        read_bundle(data, where="acme.icebundle", limits=limits or ArchiveLimits())
    return caught.value


def signature_holds(bundle: Bundle) -> bool:
    """Whether the signature inside is by the key number 1 over what the bundle holds."""
    signature = bundle.manifest_value["signature"]
    assert isinstance(signature, dict)
    message = message_to_sign(manifest_digest(bundle.manifest_value), bundle.pins)
    try:
        verify(public_key(), message, str(signature["value"]), where="bundle")
    except IceError:
        return False
    return True


def test_a_bundle_holds_a_signed_manifest_and_its_wheel() -> None:
    bundle = read_bundle(GOOD, where="acme.icebundle")

    assert MANIFEST == bundle.manifest_bytes
    assert signed(manifest(), [(FILENAME, WHEEL)]) == bundle.manifest_value
    assert (WheelPin(filename=FILENAME, digest=Digest.of(WHEEL)),) == bundle.pins
    assert Digest.of(GOOD) == bundle.digest
    assert signature_holds(bundle)


def test_a_bundle_of_platform_wheels_does_not_depend_on_their_order() -> None:
    document = signed_bytes(manifest(), NATIVE)
    data = bundle_bytes(document, NATIVE)

    assert data == bundle_bytes(document, NATIVE[::-1])
    assert sorted(name for name, _ in NATIVE) == [pin.filename for pin in read_bundle(data, where="b").pins]
    assert signature_holds(read_bundle(data, where="b"))


def test_reading_a_bundle_does_not_verify_it() -> None:
    """What is read is not what may be used: only `trust` says so."""
    other = plugin_wheel(files={"acme_csv/__init__.py": "", "acme_csv/tools.py": "def read(text): ...\n"})

    assert not signature_holds(read_bundle(bundle_bytes(MANIFEST, [other]), where="b"))


def test_a_bundle_without_wheels_is_a_manifest() -> None:
    assert () == read_bundle(bundle_bytes(signed_bytes(manifest()), []), where="b").wheels


@pytest.mark.parametrize(
    ("name", "version", "expected"),
    [
        ("acme-csv", "1.2.3", "acme_csv-1.2.3.icebundle"),
        ("Acme.CSV", "1.2.3+local.1", "acme_csv-1.2.3+local.1.icebundle"),
        ("a", "1!2rc1", "a-1!2rc1.icebundle"),
    ],
)
def test_a_bundle_is_named_after_its_package(name: str, version: str, expected: str) -> None:
    assert expected == bundle_filename(name, version)


@pytest.mark.parametrize("version", ["", "../1", "1/2", "1\n", "-1", "é"])
def test_a_version_that_leaves_the_folder_names_no_bundle(version: str) -> None:
    with pytest.raises(IceError) as caught:
        bundle_filename("acme-csv", version)

    assert "bundle-invalid" == caught.value.slug


@pytest.mark.parametrize("name", ["acme.zip", "../a-1-py3-none-any.whl", "plugins.json", ""])
def test_only_wheels_are_bundled(name: str) -> None:
    with pytest.raises(IceError) as caught:
        bundle_bytes(MANIFEST, [(name, WHEEL)])

    assert "bundle-invalid" == caught.value.slug


def test_a_wheel_is_bundled_once() -> None:
    with pytest.raises(IceError) as caught:
        bundle_bytes(MANIFEST, [(FILENAME, WHEEL), (FILENAME, WHEEL)])

    assert "archive-member-refused" == caught.value.slug


DOCUMENT = ("plugins.json", MANIFEST)
OTHER_FILENAME, OTHER = plugin_wheel("other", "1.0")


@pytest.mark.parametrize(
    "members",
    [
        [],
        [(FILENAME, WHEEL)],
        [(FILENAME, WHEEL), DOCUMENT],
        [("acme/plugins.json", MANIFEST), (FILENAME, WHEEL)],
        [DOCUMENT, (FILENAME, WHEEL), ("README.md", b"")],
        [DOCUMENT, (f"wheels/{FILENAME}", WHEEL)],
        [DOCUMENT, (FILENAME, WHEEL), (OTHER_FILENAME, OTHER)],
        [DOCUMENT, (FILENAME, WHEEL), plugin_wheel(version="1.2.4")],
        [DOCUMENT, (FILENAME, WHEEL), (FILENAME.replace("acme_csv", "acme.csv"), WHEEL)],
    ],
)
def test_an_archive_that_holds_anything_else_is_not_a_bundle(members: list[tuple[str, bytes]]) -> None:
    assert "bundle-invalid" == refused(write_archive(members, compress=False)).slug


def test_a_compressed_bundle_is_refused() -> None:
    assert "bundle-invalid" == refused(write_archive([DOCUMENT, (FILENAME, WHEEL)], compress=True)).slug


@pytest.mark.parametrize(
    ("data", "slug"),
    [
        (b"", "archive-damaged"),
        (GOOD + b"x", "archive-ambiguous"),
        (GOOD[:-1], "archive-ambiguous"),
        (write_archive([DOCUMENT, (FILENAME, b"")], compress=False), "archive-damaged"),
        (write_archive([DOCUMENT, (FILENAME, WHEEL + b"x")], compress=False), "archive-ambiguous"),
        (write_archive([DOCUMENT, (OTHER_FILENAME, WHEEL)], compress=False), "wheel-name-mismatch"),
        (write_archive([("plugins.json", b"{"), (FILENAME, WHEEL)], compress=False), "json-syntax"),
        (write_archive([("plugins.json", b"[]"), (FILENAME, WHEEL)], compress=False), "json-root-not-object"),
    ],
)
def test_what_is_inside_is_read_as_strictly_as_when_it_is_alone(data: bytes, slug: str) -> None:
    assert slug == refused(data).slug


def test_the_limits_hold_for_the_bundle_and_for_each_wheel_in_it() -> None:
    assert len(GOOD) < MAX_BUNDLE_BYTES
    assert "archive-too-large" == refused(GOOD, limits=ArchiveLimits(max_bytes=len(GOOD) - 1)).slug
    assert "archive-too-large" == refused(GOOD, limits=ArchiveLimits(max_members=2)).slug


@given(position=st.integers(min_value=0, max_value=len(GOOD) - 1), change=st.integers(min_value=1, max_value=255))
def test_a_changed_byte_of_a_bundle_is_refused_or_breaks_the_signature_or_is_seen_by_the_digest(
    position: int, change: int
) -> None:
    data = bytearray(GOOD)
    data[position] ^= change
    try:
        bundle = read_bundle(bytes(data), where="b")
    except IceError:
        return
    good = read_bundle(GOOD, where="b")

    assert good.digest != bundle.digest
    assert not signature_holds(bundle) or (good.manifest_value, good.pins) == (bundle.manifest_value, bundle.pins)
