"""Mutations of a signed bundle as an archive: renamed, reordered, hidden, doubled; each refused at each door."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from ice_core.archives import write_archive
from ice_core.bundles import bundle_bytes
from ice_core.canonical import printed_bytes
from tests.builders.archives import RawMember, raw_archive
from tests.builders.homes import listing
from tests.builders.manifests import signed
from tests.builders.wheels import plugin_wheel
from tests.scenarios.mission import FILES, counting, document
from tests.threats.target import BUNDLE, WHEEL, Target, good_bundle, good_lock, good_manifest, slug_of, wheel_of

SOURCES = {**FILES, "acme_words/more.py": "more = 1\n"}


def members() -> list[RawMember]:
    """The two members of the good bundle."""
    return [
        RawMember(name=b"plugins.json", content=printed_bytes(good_manifest())),
        RawMember(name=WHEEL.encode(), content=wheel_of()[1]),
    ]


def changed(position: int, member: RawMember) -> bytes:
    """The good bundle with one member's headers as in `member`, around its own content."""
    made = members()
    made[position] = replace(member, content=made[position].content)
    return raw_archive(made)


def wheel(
    name: bytes = WHEEL.encode(),
    *,
    local_name: bytes | None = None,
    comment: bytes = b"",
    local_extra: bytes = b"",
    central_extra: bytes = b"",
    **both: int,
) -> bytes:
    """The good bundle with the wheel's headers changed; `both` overrides fields of its two headers."""
    member = RawMember(
        name=name,
        local_name=local_name,
        comment=comment,
        local_extra=local_extra,
        central_extra=central_extra,
        both=both,
    )
    return changed(1, member)


def other_build() -> tuple[str, bytes]:
    """Another genuine wheel for the same manifest and under the same file name."""
    return wheel_of(files=SOURCES)


def other_manifest_bytes() -> bytes:
    """A genuine manifest, signed with its own wheel, that says one word otherwise."""
    value = document(counting(description="Counts."))
    return printed_bytes(signed(value, [wheel_of(value)]))


def platform_wheel() -> tuple[str, bytes]:
    """A genuine wheel of the same package for one platform."""
    return plugin_wheel("acme-words", "1.0.0", files=FILES, manifest=document(), tag="cp311-cp311-win_amd64")


def manifest_bytes() -> bytes:
    """The good bundle's manifest."""
    return printed_bytes(good_manifest())


def stored(*pairs: tuple[str, bytes]) -> bytes:
    """An uncompressed archive of these members."""
    return write_archive([*pairs], compress=False, where="bundle")


MANIFEST = "plugins.json"
MUTATIONS: dict[str, tuple[Callable[[], bytes], str]] = {
    # Two genuine parts that were never signed together.
    "wheel of another build": (lambda: bundle_bytes(manifest_bytes(), [other_build()]), "signature-mismatch"),
    "manifest of another wheel": (lambda: bundle_bytes(other_manifest_bytes(), [wheel_of()]), "signature-mismatch"),
    "one wheel more": (lambda: bundle_bytes(manifest_bytes(), [wheel_of(), platform_wheel()]), "signature-mismatch"),
    "another platform's wheel": (lambda: bundle_bytes(manifest_bytes(), [platform_wheel()]), "signature-mismatch"),
    "no wheel": (lambda: bundle_bytes(manifest_bytes(), []), "signature-mismatch"),
    # Names and order.
    "wheel renamed to another version": (
        lambda: stored((MANIFEST, manifest_bytes()), (WHEEL.replace("1.0.0", "1.0.1"), wheel_of()[1])),
        "wheel-name-mismatch",
    ),
    "wheel renamed to another package": (
        lambda: stored((MANIFEST, manifest_bytes()), (WHEEL.replace("words", "sums"), wheel_of()[1])),
        "wheel-name-mismatch",
    ),
    "wheel renamed to another platform": (
        lambda: stored((MANIFEST, manifest_bytes()), (WHEEL.replace("any", "win_amd64"), wheel_of()[1])),
        "wheel-name-mismatch",
    ),
    "wheel without its ending": (
        lambda: stored((MANIFEST, manifest_bytes()), (WHEEL.removesuffix(".whl"), wheel_of()[1])),
        "bundle-invalid",
    ),
    "wheel in a folder": (
        lambda: stored((MANIFEST, manifest_bytes()), (f"wheels/{WHEEL}", wheel_of()[1])),
        "bundle-invalid",
    ),
    "manifest renamed": (lambda: stored(("Plugins.json", manifest_bytes()), wheel_of()), "bundle-invalid"),
    "wheel first": (lambda: stored(wheel_of(), (MANIFEST, manifest_bytes())), "bundle-invalid"),
    "a file more": (
        lambda: stored((MANIFEST, manifest_bytes()), ("README.md", b"hello"), wheel_of()),
        "bundle-invalid",
    ),
    "wheel for the same tag with a build number": (
        lambda: stored((MANIFEST, manifest_bytes()), (WHEEL.replace("-py3", "-1-py3"), other_build()[1]), wheel_of()),
        "wheel-filename-invalid",
    ),
    "nothing at all": (lambda: stored(), "bundle-invalid"),
    "compressed": (
        lambda: write_archive([(MANIFEST, manifest_bytes()), wheel_of()], compress=True, where="bundle"),
        "bundle-invalid",
    ),
    # What two readers of the archive would read in two ways.
    "manifest twice": (
        lambda: raw_archive([members()[0], RawMember(name=b"plugins.json", content=b"{}"), members()[1]]),
        "archive-member-refused",
    ),
    "manifest twice but for its case": (
        lambda: raw_archive([*members(), RawMember(name=b"PLUGINS.json", content=b"{}")]),
        "archive-member-refused",
    ),
    "a member that only a forward reader sees": (
        lambda: raw_archive(members(), between=raw_archive([RawMember(name=b"evil.whl")])[:50]),
        "archive-ambiguous",
    ),
    "local name and directory differ": (lambda: wheel(local_name=b"x" * len(WHEEL)), "archive-ambiguous"),
    "bytes in front": (lambda: raw_archive(members(), prepend=b"#!/bin/sh\n"), "archive-ambiguous"),
    "bytes in front, offsets not moved": (
        lambda: raw_archive(members(), prepend=b"#!/bin/sh\n", shift=0),
        "archive-ambiguous",
    ),
    "bytes between": (lambda: raw_archive(members(), between=b"hidden"), "archive-ambiguous"),
    "bytes before the end record": (lambda: raw_archive(members(), before_end=b"hidden"), "archive-ambiguous"),
    "bytes behind": (lambda: good_bundle() + b"\n", "archive-ambiguous"),
    "a second archive behind": (lambda: good_bundle() * 2, "archive-ambiguous"),
    "comment": (lambda: wheel(comment=b"trust me"), "archive-ambiguous"),
    "extra field": (lambda: wheel(central_extra=b"\x01\x00\x00\x00"), "archive-ambiguous"),
    "local extra field": (lambda: wheel(local_extra=b"\x01\x00\x00\x00"), "archive-ambiguous"),
    "encrypted": (lambda: wheel(flags=1), "archive-ambiguous"),
    "data descriptor": (lambda: wheel(flags=8), "archive-ambiguous"),
    "count too small": (lambda: raw_archive(members(), end={"here": 1, "count": 1}), "archive-ambiguous"),
    "a link": (
        lambda: changed(0, RawMember(name=b"plugins.json", central={"attributes": 0o120777 << 16})),
        "archive-member-refused",
    ),
    "path upwards": (lambda: wheel(b"../" + WHEEL.encode()), "archive-member-refused"),
    "absolute path": (lambda: wheel(b"/" + WHEEL.encode()), "archive-member-refused"),
    "drive": (lambda: wheel(b"C:" + WHEEL.encode()), "archive-member-refused"),
    "backslash": (lambda: wheel(b"a\\" + WHEEL.encode()), "archive-member-refused"),
    "wrong CRC": (lambda: wheel(crc=1), "archive-damaged"),
    "cut off": (lambda: good_bundle()[:-1], "archive-ambiguous"),
    "empty": (lambda: b"", "archive-damaged"),
}


def test_the_good_bundle_passes_every_door(target: Target) -> None:
    """The bundle from which every mutation starts is accepted by all doors, so that each refusal has its reason."""
    target.offer(good_bundle())
    before = listing(target.home.manifests)

    slugs = {name: door() for name, door in target.doors().items() if name != "run"}

    assert {"load": "none", "load, dynamic": "none", "environment": "none", "list": "none"} == slugs
    assert before == listing(target.home.manifests)
    target.assert_untouched()


def test_the_good_bundle_installs_and_runs(target: Target) -> None:
    """The same bundle, locked, installed and run, gives the answer."""
    outcome = target.installed().run()

    assert (0, {"words": 3}) == (outcome.code, outcome.json), outcome.err


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutated_archive_is_refused_at_every_door(target: Target, name: str) -> None:
    """Threat 22: zip parser confusion: a bundle that is another archive than the signed one is refused as a whole.

    Also Threat 7: mix-and-match: two genuine parts that were never signed together.
    """
    make, slug = MUTATIONS[name]
    target.offer(make())

    assert {slug} == target.refused_everywhere()


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutated_archive_is_not_installed(target: Target, name: str) -> None:
    """Threat 1: substitution of the wheel: an index that gives other bytes than those locked installs nothing."""
    make, _ = MUTATIONS[name]
    lock = good_lock()
    target.offer(make())
    before = listing(target.folder)

    slug = slug_of(lambda: target.install(lock))

    assert "none" != slug
    assert before == listing(target.folder)
    target.assert_untouched()


@pytest.mark.parametrize("part", range(16))
def test_a_flipped_bit_anywhere_in_the_wheel_is_refused(target: Target, part: int) -> None:
    """Threat 1: substitution of the wheel: one bit of it flipped, all digests and CRCs of the archive made right again.

    What the gate lets pass is stopped by the signature.
    """
    filename, good = wheel_of()
    data = bytearray(good)
    data[part * (len(data) - 1) // 15] ^= 1
    target.offer(stored((MANIFEST, manifest_bytes()), (filename, bytes(data))))

    slugs = target.refused_everywhere()

    assert 1 == len(slugs)
    assert {"none", "internal-error"}.isdisjoint(slugs)


def test_the_bundle_under_another_name_is_the_same_bundle(target: Target) -> None:
    """Threat 7: mix-and-match: a bundle's file name says nothing; an index that mislabels one installs nothing."""
    lock = good_lock()
    target.offer(good_bundle())
    target.bundle.rename(target.market / BUNDLE.replace("words", "sums"))
    before = listing(target.folder)

    slug = slug_of(lambda: target.install(lock))

    assert "bundle-missing" == slug
    assert before == listing(target.folder)
