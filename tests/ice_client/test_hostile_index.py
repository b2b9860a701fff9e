"""An index that lies: whatever it gives, nothing but what was locked and signed is written, and nothing is imported.

Numbers are those of the threats that each attack belongs to.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from ice_client.install import install
from ice_client.lock import make_lock
from ice_core.archives import read_archive
from ice_core.bundles import bundle_bytes
from ice_core.canonical import printed_bytes
from ice_core.errors import IceError
from ice_core.home import Home
from ice_core.strict_json import JsonObject, parse_json
from tests.builders.indexes import NOW, bundle_of
from tests.builders.keys import key_record, key_store, private_key
from tests.fakes.bundle_index import MemoryIndex
from tests.fakes.folders import listing

KEYS = key_store(key_record(namespaces=("acme-*",)), key_record(2, public_key_id="other-2026", namespaces=("other-*",)))
GOOD = bundle_of()
WHEEL = "acme_csv-1.2.3-py3-none-any.whl"


def parts(bundle: bytes) -> tuple[JsonObject, dict[str, bytes]]:
    archive = read_archive(bundle, where="a test")
    wheels = {name: archive.read(name) for name in archive.names if name != "plugins.json"}
    return parse_json(archive.read("plugins.json"), where="a test"), wheels


def rebuilt(manifest: JsonObject, wheels: dict[str, bytes]) -> bytes:
    return bundle_bytes(printed_bytes(manifest), list(wheels.items()))


def flipped_wheel(bundle: bytes) -> bytes:
    """1: one byte of the code."""
    manifest, wheels = parts(bundle)
    position = wheels[WHEEL].index(b"return")
    changed = wheels[WHEEL][:position] + b"Return" + wheels[WHEEL][position + 6 :]
    return rebuilt(manifest, {WHEEL: changed})


def changed_manifest(bundle: bytes) -> bytes:
    """2 and 40: another word in the description, the signature left as it is."""
    manifest, wheels = parts(bundle)
    return rebuilt({**manifest, "license": "MIT"}, wheels)


def stripped_signature(bundle: bytes) -> bytes:
    """3: as if it had never been signed."""
    manifest, wheels = parts(bundle)
    return rebuilt({name: member for name, member in manifest.items() if name != "signature"}, wheels)


def crossed(bundle: bytes) -> bytes:
    """7: the genuine manifest with the wheel of another genuine bundle of the same version."""
    manifest, _ = parts(bundle)
    _, wheels = parts(bundle_of(description="Another, also genuine."))
    return rebuilt(manifest, wheels)


def signed_by_another(bundle: bytes) -> bytes:
    """13: a trusted key, for packages that are not its own."""
    return bundle_of(key=private_key(2), public_key_id="other-2026")


def key_id_with_a_path(bundle: bytes) -> bytes:
    """13: a key id that would leave the key-store."""
    manifest, wheels = parts(bundle)
    signature = manifest["signature"]
    assert isinstance(signature, dict)
    return rebuilt({**manifest, "signature": {**signature, "public_key_id": "../../keys/acme-2026"}}, wheels)


def other_algorithm(bundle: bytes) -> bytes:
    """14: an algorithm that checks nothing."""
    manifest, wheels = parts(bundle)
    signature = manifest["signature"]
    assert isinstance(signature, dict)
    return rebuilt({**manifest, "signature": {**signature, "algo": "none"}}, wheels)


def trailing_bytes(bundle: bytes) -> bytes:
    """22: something behind the archive that another reader would see."""
    return bundle + b"#!/bin/sh\n"


def prepended_bytes(bundle: bytes) -> bytes:
    """22: something before the archive."""
    return b"#!/bin/sh\n" + bundle


def truncated(bundle: bytes) -> bytes:
    """8: a download that ended early."""
    return bundle[: len(bundle) // 2]


def nothing(bundle: bytes) -> bytes:
    """An empty answer."""
    return b""


ATTACKS: dict[Callable[[bytes], bytes], tuple[str, str]] = {
    # attack: (slug when it is locked, slug when it is installed)
    flipped_wheel: ("archive-damaged", "archive-damaged"),
    changed_manifest: ("signature-mismatch", "signature-mismatch"),
    stripped_signature: ("manifest-unsigned", "manifest-unsigned"),
    crossed: ("signature-mismatch", "lock-hash-mismatch"),
    signed_by_another: ("key-namespace", "key-namespace"),
    key_id_with_a_path: ("manifest-invalid", "manifest-invalid"),
    other_algorithm: ("manifest-invalid", "manifest-invalid"),
    trailing_bytes: ("archive-ambiguous", "archive-ambiguous"),
    prepended_bytes: ("archive-ambiguous", "archive-ambiguous"),
    truncated: ("archive-damaged", "archive-damaged"),
    nothing: ("archive-damaged", "archive-damaged"),
}


def index_with(bundle: bytes) -> MemoryIndex:
    index = MemoryIndex()
    index.upload("acme-csv", "1.2.3", bundle)
    return index


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_an_index_falsified_is_not_locked(attack: Callable[[bytes], bytes]) -> None:
    with pytest.raises(IceError) as caught:
        make_lock(["acme-csv"], index_with(attack(GOOD)), keys=KEYS, now=NOW)

    assert ATTACKS[attack][0] == caught.value.slug


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_an_index_falsified_is_not_installed(attack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    lock = make_lock(["acme-csv"], index_with(GOOD), keys=KEYS, now=NOW)

    with pytest.raises(IceError) as caught:
        install(lock, index_with(attack(GOOD)), home=Home(tmp_path / "home"), keys=KEYS)

    assert ATTACKS[attack][1] == caught.value.slug
    assert {} == listing(tmp_path)


def test_an_older_genuine_bundle_is_not_given_for_the_locked_version(tmp_path: Path) -> None:
    """4: a rollback, every byte of it signed."""
    index = index_with(GOOD)
    index.upload("acme-csv", "1.3.0", bundle_of(version="1.3.0"))
    lock = make_lock(["acme-csv"], index, keys=KEYS, now=NOW)
    index.bundles["acme-csv", "1.3.0"] = GOOD

    with pytest.raises(IceError) as caught:
        install(lock, index, home=Home(tmp_path / "home"), keys=KEYS)

    assert "bundle-mislabelled" == caught.value.slug
    assert {} == listing(tmp_path)


def test_what_is_written_is_what_was_verified_though_the_index_answers_otherwise_afterwards(tmp_path: Path) -> None:
    """28: each bundle is fetched once, and the bytes that were checked are the bytes that are kept."""
    lock = make_lock(["acme-csv"], index_with(GOOD), keys=KEYS, now=NOW)
    index = MemoryIndex(answer=lambda data, count: data if count == 1 else b"changed since")
    index.upload("acme-csv", "1.2.3", GOOD)
    install(lock, index, home=Home(tmp_path / "home"), keys=KEYS)

    assert 1 == index.fetched
    assert parts(GOOD)[1][WHEEL] in listing(tmp_path / "home").values()
