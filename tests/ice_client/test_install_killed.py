"""A kill at any moment of an installation leaves each plugin old or new, never half; installing again mends."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ice_client.folder_index import FolderIndex
from ice_client.install import install
from ice_client.lock import make_lock
from ice_core.canonical import Digest
from ice_core.home import Home
from ice_core.key_store import record_bytes
from ice_core.signing import parse_wheel_index
from ice_core.unified_registry import load_plugins
from tests.builders.indexes import NOW, small_index
from tests.builders.keys import key_record, key_store
from tests.fakes.folders import listing

ROOT = Path(__file__).resolve().parents[2]
KEYS = key_store()


def killed_again_and_again(folder: Path, *, kills: int) -> None:
    home, index = Home(folder / "home"), small_index(folder / "bundles")
    locks = [make_lock(each, index, keys=KEYS, now=NOW) for each in (["acme-csv<1.3", "acme-rank"], ["acme-csv"])]
    for number, lock in enumerate(locks):
        (folder / f"{number}.toml").write_bytes(lock)
    trust(home)
    # Repeatable moments, spread over an installation that takes some milliseconds.
    moments = random.Random(kills)
    script = [sys.executable, "-m", "tests.ice_client.install_in_a_loop"]
    arguments = [str(home.root), str(index.folder), str(folder / "0.toml"), str(folder / "1.toml")]
    with subprocess.Popen(
        [*script, *arguments], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for _ in range(kills):
            process.stdin.write("\n")
            process.stdin.flush()
            worker = int(process.stdout.readline())
            time.sleep(moments.uniform(0.001, 0.08))
            os.kill(worker, signal.SIGKILL)
            wait_for(worker)
            expect_whole(home)
        process.stdin.close()
    mends(home, index, locks[0], reference=Home(folder / "reference"))


def trust(home: Home) -> None:
    home.keys.mkdir(parents=True, mode=0o700)
    path = home.keys / "acme-2026.json"
    path.write_bytes(record_bytes(key_record()))
    path.chmod(0o600)


def wait_for(worker: int) -> None:
    # Its parent reaps it; until then the number still names it.
    for _ in range(1_000):
        try:
            os.kill(worker, 0)
        except ProcessLookupError:
            return
        time.sleep(0.001)
    raise AssertionError(f"{worker} did not end")


def expect_whole(home: Home) -> None:
    """Each manifest that is there has its wheels, and passes every check of a strict load."""
    for path in home.manifests.glob("[!.]*.json"):
        for pin in parse_wheel_index(path.with_suffix(".wheels").read_bytes(), where=str(path)):
            assert pin.digest == Digest.of(home.blob(pin.digest.hex).read_bytes())
    registry = load_plugins(home=home.root, no_dynamic=True, environ={}, now=NOW)
    assert {"tool:csv_reader", "tool:rank"} >= {str(component.id) for component in registry.list()}


def mends(home: Home, index: FolderIndex, lock: bytes, *, reference: Home) -> None:
    for each in (home, reference):
        install(lock, index, home=each, keys=KEYS)
    left = {name: data for name, data in listing(home.manifests).items() if not name.endswith(".tmp")}
    assert listing(reference.manifests) == left


def test_fifteen_kills_leave_every_plugin_old_or_new(tmp_path: Path) -> None:
    """Threat 47: crash in the middle of an installation."""
    killed_again_and_again(tmp_path, kills=15)


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_a_thousand_kills_leave_every_plugin_old_or_new(tmp_path: Path) -> None:
    killed_again_and_again(tmp_path, kills=1_000)
