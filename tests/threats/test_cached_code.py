"""Attacks on what this machine keeps of a wheel: forged code and verdicts, an exposed key, memory files."""

import fcntl
import hashlib
import marshal
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ice_core.errors import IceError
from ice_core.home import Home
from ice_core.machine_cache import MachineCache
from ice_core.wheel_verdicts import KIND as VERDICTS
from ice_orchestrator import code_cache
from ice_orchestrator.code_cache import KIND as CODE
from ice_orchestrator.extension_modules import load_extension
from ice_orchestrator.verified_import import VerifiedFinder, uninstall
from ice_sdk.declared import all_declared, forget
from tests.builders.homes import listing
from tests.scenarios.mission import FILES
from tests.scenarios.packages import markers
from tests.threats.target import Target
from tests.threats.test_surroundings import EVIL

Entries = dict[bytes, tuple[bytes, bytes]]


def end_process() -> None:
    """Leaves what a process that ends leaves: what was imported and declared is gone, the home folder stays."""
    for finder in [each for each in sys.meta_path if isinstance(each, VerifiedFinder)]:
        uninstall(finder.wheel)
    for declared in all_declared():
        if declared.target.top_level == "acme_words":
            forget(declared.object)


def kept(target: Target, kind: str) -> Path:
    """The one file of the cache of a kind."""
    (found,) = (target.home.cache / kind).iterdir()
    return found


def assert_runs(target: Target) -> None:
    """A strict run gives the signed code's answer, and nothing forged was executed."""
    end_process()
    outcome = target.run()

    assert (0, {"words": 3}) == (outcome.code, outcome.json), outcome.err
    assert "called evil" not in markers(target.markers)


@pytest.fixture
def warm(target: Target) -> Target:
    """The target, where a run has filled the cache."""
    assert_runs(target.installed())

    assert [1, 1] == [len(list((target.home.cache / kind).iterdir())) for kind in (CODE, VERDICTS)]

    return target


def test_a_run_from_the_cache_compiles_nothing_and_writes_nothing(warm: Target) -> None:
    """Threat 27: forged .pyc: the second run takes what the first kept, the good case of all that follows."""
    before = listing(warm.home.cache)

    assert_runs(warm)

    assert before == listing(warm.home.cache)


def with_own_macs(target: Target, entries: Entries) -> Entries:
    """Evil code, tidy in every way, under MACs of a key that the attacker has."""
    cache = MachineCache.open(Home(target.folder / "attacker"))
    cache.make_key()
    forged = evil_entries(cache)

    assert entries.keys() <= forged.keys()

    return forged


def evil_entries(cache: MachineCache) -> Entries:
    """A pack in which every module of the wheel is evil, under MACs of this cache's key."""
    (finder,) = (each for each in sys.meta_path if isinstance(each, VerifiedFinder))
    pack = code_cache.CodePack(cache, finder.wheel.digest.hex)
    evil = EVIL.encode()
    for module, member in finder.wheel.modules.items():
        pack.note_place(module, (member, hashlib.sha256(evil).digest()))
        pack.code(
            lambda: evil,
            source_digest=hashlib.sha256(evil).digest(),
            filename=f"iceos-wheel://{finder.wheel.digest}/{member}",
        )
    path = cache.path(CODE, "")
    pack.flush()
    (made,) = Path(path).iterdir()
    entries = code_cache._Table.open(made).entries()
    made.unlink()
    return entries


def with_old_macs(target: Target, entries: Entries) -> Entries:
    """Evil code under the MACs of the good code."""
    return {key: (tag, marshal.dumps(compile(EVIL, "x", "exec"))) for key, (tag, _) in entries.items()}


def each_others(target: Target, entries: Entries) -> Entries:
    """Genuine code with its genuine MAC, under another module's name."""
    values = [*entries.values()]
    return dict(zip(entries, [*values[1:], values[0]], strict=True))


@pytest.mark.parametrize("forge", [with_own_macs, with_old_macs, each_others])
def test_forged_code_in_the_cache_is_not_executed(warm: Target, forge: Callable[[Target, Entries], Entries]) -> None:
    """Threat 27: forged .pyc: whoever can write the cache, and does not have its key, changes nothing."""
    path = kept(warm, CODE)
    entries = code_cache._Table.open(path).entries()
    path.write_bytes(code_cache._packed(forge(warm, entries)))

    assert_runs(warm)


def test_code_of_another_package_is_not_taken(warm: Target) -> None:
    """Threat 27: forged .pyc: a genuine pack of this machine, moved to the name of another wheel's."""
    home = warm.home
    cache = MachineCache.open(home)
    pack = code_cache.CodePack(cache, "0" * 64)
    evil = EVIL.encode()
    for name in FILES:
        pack.code(lambda: evil, source_digest=hashlib.sha256(evil).digest(), filename=name)
    pack.flush()
    other = home.cache / CODE / kept_name(home, "0" * 64)
    other.replace(next(path for path in (home.cache / CODE).iterdir() if path.name != other.name))

    assert_runs(warm)


def kept_name(home: Home, start: str) -> str:
    """The name of the pack that begins so."""
    return next(path.name for path in (home.cache / CODE).iterdir() if path.name.startswith(start))


@pytest.mark.parametrize("kind", [CODE, VERDICTS])
def test_a_cache_file_of_random_bytes_is_not_read_as_anything(warm: Target, kind: str) -> None:
    """Threat 27: forged .pyc: also what was cut short, and a folder in its place."""
    path = kept(warm, kind)
    path.write_bytes(os.urandom(3000))
    assert_runs(warm)
    path.write_bytes(path.read_bytes()[:200])
    assert_runs(warm)
    path.unlink()
    path.mkdir()

    assert_runs(warm)


def test_a_key_that_others_can_read_vouches_for_nothing(warm: Target) -> None:
    """Threat 33: home that others can write or read: with the key exposed, code under good MACs is not taken."""
    path = kept(warm, CODE)
    good = path.read_bytes()
    path.unlink()
    forged = evil_entries(MachineCache.open(warm.home))
    path.write_bytes(code_cache._packed(forged))
    (warm.home.cache / "key").chmod(0o644)
    assert good != path.read_bytes()

    assert_runs(warm)


def test_a_changed_wheel_is_refused_although_its_code_is_cached(warm: Target) -> None:
    """Threat 28: exchange between check and use: the cache stands for the gate and the compiler, not for the digest."""
    (blob,) = warm.home.blob("").iterdir()
    data = blob.read_bytes()
    blob.write_bytes(data[:100] + bytes((data[100] ^ 1,)) + data[101:])
    end_process()

    outcome = warm.run()

    assert (1, "wheel-digest-mismatch") == (outcome.code, outcome.slug)


def test_a_refused_run_leaves_nothing_in_the_cache(target: Target) -> None:
    """Threat 28: exchange between check and use: what did not run to its declared object was not kept either."""
    target.installed()
    (blob,) = target.home.blob("").iterdir()
    blob.write_bytes(b"other bytes")

    assert "wheel-digest-mismatch" == target.run().slug
    assert not target.home.cache.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="memory files are Linux's")
def test_a_memory_file_that_was_changed_before_its_seal_is_not_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threat 28: exchange between check and use: another process writes to the memory file of an extension module."""
    before = len(os.listdir("/proc/self/fd"))
    real = fcntl.fcntl

    def late(descriptor: int, command: int, argument: int = 0) -> int:
        if command == fcntl.F_ADD_SEALS:
            os.pwrite(descriptor, b"evil", 64)
        return real(descriptor, command, argument)

    monkeypatch.setattr(fcntl, "fcntl", late)

    with pytest.raises(IceError) as refused:
        load_extension("acme_ext.fast", b"\x7fELF\x02\x01\x01" + bytes(57) + b"good", origin="fast.so")

    assert "extension-module-unsupported" == refused.value.slug
    assert "changed while it was written" in str(refused.value.finding.found)
    assert before == len(os.listdir("/proc/self/fd"))
