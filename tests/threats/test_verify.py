"""`ice verify` and every mutation of the other modules: it refuses what loading refuses, under the same slug, alone.

A verification that found good what a run refuses would be worse than none; one that refuses what a run takes would be
ignored. Both are shown over the tables of mutated bundles, signatures and wheels.
"""

import sys
from datetime import UTC, datetime

import pytest

from ice_core.key_store import record_bytes
from ice_core.manifest_sources import path_sources
from ice_core.unified_registry import load_plugins
from ice_orchestrator.verification import BUNDLE_ROUTE, Verification, Verifier
from tests.builders.homes import listing, write
from tests.builders.keys import KEY_ID, key_record
from tests.scenarios.mission import document
from tests.threats.target import Target, bundle_of, good_bundle, packed, slug_of, wheel_of
from tests.threats.test_bundle_bytes import MUTATIONS
from tests.threats.test_signatures import SIGNATURES
from tests.threats.test_signed_contents import WHEELS, offered
from tests.threats.watching import watched

GATE = BUNDLE_ROUTE[BUNDLE_ROUTE.index("wheel-name") : BUNDLE_ROUTE.index("bundle-wheels")]


def verified(target: Target, data: bytes) -> Verification:
    """The verification of a bundle with these bytes; asserts that nothing was written, imported or connected."""
    target.offer(data)
    before, modules = listing(target.folder), set(sys.modules)
    with watched() as seen:
        done = Verifier(home=target.home, now=datetime.now(UTC)).source(next(path_sources([target.bundle])))

    assert (before, []) == (listing(target.folder), seen)
    assert not [name for name in set(sys.modules) - modules if name.startswith("acme_")]
    return done


def loaded(target: Target) -> str:
    """The slug with which loading the same bundle ends, strictly; `none` when it is loaded."""
    return slug_of(lambda: load_plugins(target.bundle, home=target.home.root, no_dynamic=True, environ={}))


def assert_agrees(target: Target, data: bytes) -> Verification:
    """Verifying ends as loading does, at one check, and nothing after it was looked at."""
    done = verified(target, data)
    told = done.refusal.slug if done.refusal is not None else "none"
    verdicts = [each.verdict for each in done.results]

    assert loaded(target) == told
    assert (told != "none") == ("refused" in verdicts)
    assert verdicts.count("refused") <= 1
    if "refused" in verdicts:
        after = verdicts[verdicts.index("refused") + 1 :]
        assert {"not reached"} >= {verdict for verdict in after if verdict != "passed"}
        assert done.refusal is not None
        assert done.refusal.finding.hints
    return done


def refused_at(done: Verification) -> str:
    """The check that refused."""
    return next(each.name for each in done.results if each.verdict == "refused")


def test_the_good_bundle_passes_every_check(target: Target) -> None:
    done = assert_agrees(target, good_bundle())

    assert list(BUNDLE_ROUTE) == [each.name for each in done.results]
    assert {"passed"} == {each.verdict for each in done.results}


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutated_archive_is_refused_as_loading_refuses_it(target: Target, name: str) -> None:
    """Threat 22: zip parser confusion: verifying and loading read one archive in one way.

    Also Threat 7: mix-and-match: two genuine parts are told at the signature.
    """
    make, _ = MUTATIONS[name]

    assert_agrees(target, make())


@pytest.mark.parametrize("name", SIGNATURES)
def test_a_mutated_signature_is_refused_as_loading_refuses_it(target: Target, name: str) -> None:
    """Threat 12: malleable, misnamed and malformed signatures: refused at the form, the key or the signature."""
    make, _ = SIGNATURES[name]
    done = assert_agrees(target, packed(make(), [wheel_of()]))

    assert refused_at(done) in ("json", "model", "signed", "key-known", "key-authorised", "signature")


@pytest.mark.parametrize("name", [name for name, (threat, _, _) in WHEELS.items() if threat != 21])
def test_a_hostile_wheel_is_refused_at_the_gate_though_it_is_signed(target: Target, name: str) -> None:
    """Threat 23: a signed wheel that RECORD does not describe, or whose names attack: refused before the signature."""
    _, make, slug = WHEELS[name]
    done = assert_agrees(target, offered(document(), make()))

    assert done.refusal is not None
    assert (slug, True) == (done.refusal.slug, refused_at(done) in GATE)
    assert "not reached" == next(each.verdict for each in done.results if each.name == "signature")


@pytest.mark.parametrize("position", range(0, 100, 7))
def test_a_flipped_bit_is_refused_as_loading_refuses_it(target: Target, position: int) -> None:
    """Threat 1: substitution of the wheel: a bit anywhere in the bundle, at steps of its length."""
    data = bytearray(good_bundle())
    data[len(data) * position // 100] ^= 1

    assert assert_agrees(target, bytes(data)).refusal is not None


@pytest.mark.parametrize(
    ("namespaces", "slug"), [(("acme-*",), "none"), (("acme-words",), "none"), (("acme-word",), "key-namespace")]
)
def test_a_key_is_judged_for_its_packages(target: Target, namespaces: tuple[str, ...], slug: str) -> None:
    """Threat 13: a trusted key beyond its namespaces: refused with both, and found good within them."""
    write(target.home.keys / f"{KEY_ID}.json", record_bytes(key_record(namespaces=namespaces)))
    done = assert_agrees(target, bundle_of())

    assert slug == (done.refusal.slug if done.refusal is not None else "none")


def test_another_home_verifies_nothing(target: Target) -> None:
    """Threat 34: HOME swap: what one home trusts is unknown to another."""
    (target.home.keys / f"{KEY_ID}.json").unlink()

    assert "key-known" == refused_at(assert_agrees(target, good_bundle()))


def test_a_home_that_others_can_write_verifies_nothing(target: Target) -> None:
    """Threat 33: a key-store that others can write: refused before anything of the bundle is read."""
    target.home.keys.chmod(0o777)
    done = assert_agrees(target, good_bundle())

    assert "key-store" == refused_at(done)
    assert {"not reached"} == {each.verdict for each in done.results[1:]}
