"""Installing: everything is verified before a byte is written, and what is refused leaves nothing behind."""

import os
import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ice_client.folder_index import FolderIndex
from ice_client.install import Installed, install, place_wheels
from ice_client.lock import make_lock
from ice_core.canonical import Digest
from ice_core.errors import IceError
from ice_core.home import Home
from ice_core.key_store import KeyStore, record_bytes
from ice_core.models.lock import read_lock
from ice_core.names import ComponentId
from ice_core.unified_registry import load_plugins
from tests.builders.indexes import NOW, bundle_of, index_at, small_index, small_lock
from tests.builders.keys import key_record, key_store, private_key
from tests.fakes.folders import listing

KEYS = key_store()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def index(tmp_path: Path) -> FolderIndex:
    return small_index(tmp_path / "bundles")


def locked(index: FolderIndex, *requirements: str) -> bytes:
    return make_lock(requirements, index, keys=KEYS, now=NOW)


def installed(home: Home, index: FolderIndex, lock: bytes) -> Installed:
    return install(lock, index, home=home, keys=KEYS)


def refused(home: Home, index: FolderIndex, lock: bytes, *, keys: KeyStore = KEYS) -> IceError:
    before = listing(home.root)
    with pytest.raises(IceError) as caught:
        install(lock, index, home=home, keys=keys)
    assert before == listing(home.root)
    return caught.value


def replaced_once(lock: bytes, old: str, new: str) -> bytes:
    text = lock.decode()
    assert old in text
    return text.replace(old, new, 1).encode()


def test_an_installed_plugin_is_what_was_locked_and_loads_under_no_dynamic(home: Home, index: FolderIndex) -> None:
    home.keys.mkdir(parents=True, mode=0o700)
    write_key(home)
    lock = small_lock("acme-rank")
    report = installed(home, index, lock)
    registry = load_plugins(home=home.root, no_dynamic=True, environ={}, now=NOW)

    assert ["acme-csv", "acme-rank"] == [plugin.name for plugin in report.plugins]
    for plugin in read_lock(lock, where="a test").plugins:
        for name, component in plugin.components.items():
            each = ComponentId.parse(name)
            assert component.digest == registry.get(each.node_type, each.name).digest


def write_key(home: Home) -> None:
    path = home.keys / f"{key_record().public_key_id}.json"
    path.write_bytes(record_bytes(key_record()))
    path.chmod(0o600)


def test_these_files_are_written_and_no_others(home: Home, index: FolderIndex) -> None:
    lock = small_lock("acme-csv==1.2.3")
    installed(home, index, lock)
    read = read_lock(lock, where="a test")
    (wheel,) = read.plugins[0].wheels
    files = listing(home.root)

    assert {
        f"locks.d/{read.digest.hex}.toml",
        "plugins.d/acme_csv-1.2.3.json",
        "plugins.d/acme_csv-1.2.3.wheels",
        "plugins.d/acme_csv-1.2.3.seen",
        f"store/sha256/{wheel.digest.hex}",
    } == set(files)
    assert wheel.digest == Digest.of(files[f"store/sha256/{wheel.digest.hex}"])
    assert f"{wheel.digest.hex}  {wheel.filename}\n".encode() == files["plugins.d/acme_csv-1.2.3.wheels"]


def test_nobody_else_can_write_what_was_installed(home: Home, index: FolderIndex) -> None:
    before = os.umask(0)
    try:
        installed(home, index, small_lock("acme-csv"))
    finally:
        os.umask(before)

    assert [] == [path for path in (home.root, *home.root.rglob("*")) if stat.S_IMODE(path.stat().st_mode) & 0o022]


def test_nothing_of_a_plugin_is_imported_by_installing_it(home: Home, index: FolderIndex) -> None:
    installed(home, index, small_lock("acme-rank"))

    assert [] == [name for name in sys.modules if name.startswith("acme_")]


def test_installing_again_changes_nothing(home: Home, index: FolderIndex) -> None:
    lock = small_lock("acme-rank")
    installed(home, index, lock)
    before = {path: path.stat().st_mtime_ns for path in home.root.rglob("*")}
    report = installed(home, index, lock)

    assert before == {path: path.stat().st_mtime_ns for path in home.root.rglob("*")}
    assert ["already-there", "already-there"] == [plugin.outcome for plugin in report.plugins]


def test_another_version_takes_the_place_of_the_one_that_was_installed(home: Home, index: FolderIndex) -> None:
    installed(home, index, small_lock("acme-csv==1.2.3"))
    report = installed(home, index, small_lock("acme-csv==1.3.0"))

    assert ("acme_csv-1.2.3",) == report.replaced
    assert {"acme_csv-1.3.0.json", "acme_csv-1.3.0.wheels", "acme_csv-1.3.0.seen"} == set(listing(home.manifests))


def test_packages_that_the_lock_does_not_name_stay(home: Home, index: FolderIndex) -> None:
    index.upload("acme-csv-extra", "1.0.0", bundle_of("acme-csv-extra", "1.0.0", tool="extra"))
    installed(home, index, locked(index, "acme-csv-extra"))
    installed(home, index, small_lock("acme-csv"))

    assert {"acme_csv-1.3.0", "acme_csv_extra-1.0.0"} == {Path(name).stem for name in listing(home.manifests)}


def test_wheels_of_replaced_versions_stay_in_the_store(home: Home, index: FolderIndex) -> None:
    installed(home, index, small_lock("acme-csv==1.2.3"))
    before = set(listing(home.root / "store"))
    installed(home, index, small_lock("acme-csv==1.3.0"))

    assert before < set(listing(home.root / "store"))


def test_a_damaged_installation_is_mended(home: Home, index: FolderIndex) -> None:
    lock = small_lock("acme-rank")
    installed(home, index, lock)
    good = listing(home.root)
    for number, path in enumerate(sorted(path for path in home.root.rglob("*") if path.is_file())):
        if number % 2:
            path.write_bytes(path.read_bytes()[:-1])
        else:
            path.unlink()
    installed(home, index, lock)

    assert good == listing(home.root)


@pytest.mark.parametrize("kind", ["wheel", "manifest", "component"])
def test_one_changed_digit_of_a_digest_in_the_lock_installs_nothing(home: Home, index: FolderIndex, kind: str) -> None:
    lock = small_lock("acme-rank")
    plugin = read_lock(lock, where="a test").plugins[0]
    digest = {
        "wheel": plugin.wheels[0].digest,
        "manifest": plugin.manifest_digest,
        "component": plugin.components["tool:csv_reader"].digest,
    }[kind]
    other = ("0" if digest.hex[0] != "0" else "1") + digest.hex[1:]
    error = refused(home, index, replaced_once(lock, digest.hex, other))

    assert "lock-hash-mismatch" == error.slug
    assert (f"sha256:{other}", str(digest)) == (error.finding.expected, error.finding.found)


def test_a_hash_mismatch_points_at_the_line_of_the_lock(home: Home, index: FolderIndex) -> None:
    lock = small_lock("acme-rank")
    digest = read_lock(lock, where="a test").plugins[0].components["tool:csv_reader"].digest
    error = refused(home, index, replaced_once(lock, str(digest), f"sha256:{'0' * 64}"))

    assert "`tool:csv_reader` 1.3.0 is not the one that was locked" == error.finding.message
    assert error.where is not None
    assert error.where.line is not None
    assert "tool:csv_reader" in lock.decode().splitlines()[error.where.line - 1]


def plugins_in(root: Path) -> dict[str, bytes]:
    """What was installed of plugins; the lock itself is kept beside it."""
    return {name: data for name, data in listing_without_times(root).items() if not name.startswith("locks.d/")}


def test_whatever_byte_of_a_lock_is_changed_only_what_was_locked_is_ever_installed(
    index: FolderIndex, tmp_path: Path
) -> None:
    """Either the lock is refused and nothing written, or the byte meant nothing to the plugins."""
    lock = small_lock("acme-rank")
    installed(Home(tmp_path / "reference"), index, lock)
    reference = plugins_in(tmp_path / "reference")
    found: list[tuple[dict[str, bytes], dict[str, bytes]]] = []
    for position in range(0, len(lock), 11):
        changed = lock[:position] + bytes([lock[position] ^ 1]) + lock[position + 1 :]
        home = Home(tmp_path / str(position))
        try:
            installed(home, index, changed)
        except IceError:
            found.append((listing_without_times(home.root), {}))
        else:
            found.append((plugins_in(home.root), reference))

    assert [] == [files for files, expected in found if files != expected]
    assert len([files for files, _ in found if not files]) > len(found) / 2


def listing_without_times(folder: Path) -> dict[str, bytes]:
    return {name: data for name, data in listing(folder).items() if not name.endswith(".seen")}


def test_a_component_that_the_lock_does_not_know_installs_nothing(home: Home, index: FolderIndex) -> None:
    lines = small_lock("acme-csv").decode().splitlines()
    without = [line for line in lines if "tool:csv_reader" not in line]
    error = refused(home, index, "\n".join(without).encode())

    assert ("lock-hash-mismatch", "not in the lock") == (error.slug, error.finding.expected)


def test_another_signer_than_the_locked_one_installs_nothing(home: Home, index: FolderIndex) -> None:
    lock = replaced_once(small_lock("acme-csv"), 'key-id = "acme-2026"', 'key-id = "acme-2027"')
    error = refused(home, index, lock)

    assert ("lock-signer-mismatch", "acme-2027", "acme-2026") == (
        error.slug,
        error.finding.expected,
        error.finding.found,
    )


def test_the_same_bundle_signed_anew_by_another_trusted_key_installs_nothing(home: Home, tmp_path: Path) -> None:
    lock = locked(index_at(tmp_path / "one", {("acme-csv", "1.2.3"): bundle_of()}), "acme-csv")
    again = bundle_of(key=private_key(2), public_key_id="acme-2027")
    other = index_at(tmp_path / "two", {("acme-csv", "1.2.3"): again})
    keys = key_store(key_record(), key_record(2, public_key_id="acme-2027"))

    assert "lock-signer-mismatch" == refused(home, other, lock, keys=keys).slug


def test_a_published_version_that_changed_installs_nothing(home: Home, tmp_path: Path) -> None:
    lock = locked(index_at(tmp_path / "one", {("acme-csv", "1.2.3"): bundle_of()}), "acme-csv")
    other = index_at(tmp_path / "two", {("acme-csv", "1.2.3"): bundle_of(description="Another word.")})

    assert "lock-hash-mismatch" == refused(home, other, lock).slug


def test_a_flipped_byte_of_a_bundle_installs_nothing(home: Home, index: FolderIndex) -> None:
    lock = small_lock("acme-csv")
    path = index.folder / "acme_csv-1.3.0.icebundle"
    data = path.read_bytes()
    for position in range(0, len(data), 97):
        path.write_bytes(data[:position] + bytes([data[position] ^ 0x01]) + data[position + 1 :])
        refused(home, index, lock)

    assert {} == listing(home.root)


def test_one_bad_bundle_of_several_installs_none(home: Home, index: FolderIndex) -> None:
    lock = small_lock("acme-rank")
    path = index.folder / "acme_rank-0.1.0.icebundle"
    path.write_bytes(path.read_bytes()[:-1])

    assert refused(home, index, lock).slug.startswith("archive-")


def test_a_bundle_that_is_gone_installs_nothing(home: Home, index: FolderIndex) -> None:
    lock = small_lock("acme-rank")
    (index.folder / "acme_csv-1.3.0.icebundle").unlink()

    assert "bundle-missing" == refused(home, index, lock).slug


@pytest.mark.parametrize(
    ("keys", "slug"),
    [
        (KeyStore((), where="keys"), "key-unknown"),
        (key_store(key_record(revoked=NOW)), "key-revoked"),
        (key_store(key_record(namespaces=("other-*",))), "key-namespace"),
        (key_store(key_record(2)), "signature-mismatch"),
    ],
    ids=["unknown", "revoked", "for other packages", "another key"],
)
def test_what_no_trusted_key_signed_is_not_installed(home: Home, index: FolderIndex, keys: KeyStore, slug: str) -> None:
    assert slug == refused(home, index, small_lock("acme-csv"), keys=keys).slug


def test_what_is_no_lock_installs_nothing(home: Home, index: FolderIndex) -> None:
    assert "lock-invalid" == refused(home, index, b'lock-version = "1.0"\n').slug


@pytest.mark.parametrize("folder", ["", "plugins.d", "store", "store/sha256"])
def test_a_home_that_others_can_write_is_not_installed_into(home: Home, index: FolderIndex, folder: str) -> None:
    (home.root / folder).mkdir(parents=True)
    (home.root / folder).chmod(0o777)

    assert "home-writable-by-others" == refused(home, index, small_lock("acme-csv")).slug


def test_what_is_done_is_told_step_by_step(home: Home, index: FolderIndex) -> None:
    words: list[str] = []
    install(small_lock("acme-rank"), index, home=home, keys=KEYS, progress=words.append)

    assert ["verifying 2 bundles", "writing acme-csv 1.3.0", "writing acme-rank 0.1.0"] == words


def test_wheels_are_placed_where_the_lock_says_that_they_are(index: FolderIndex, tmp_path: Path) -> None:
    lock = small_lock("acme-rank")
    folder = place_wheels(lock, index, tmp_path / "project", keys=KEYS)

    assert tmp_path / "project" / "pylock.iceos.wheels" == folder
    for plugin in read_lock(lock, where="a test").plugins:
        for wheel in plugin.wheels:
            assert wheel.digest == Digest.of((folder / wheel.filename).read_bytes())


def test_no_wheel_is_placed_for_a_lock_that_does_not_hold(index: FolderIndex, tmp_path: Path) -> None:
    lock = small_lock("acme-rank")
    digest = read_lock(lock, where="a test").plugins[1].wheels[0].digest

    with pytest.raises(IceError) as caught:
        place_wheels(replaced_once(lock, digest.hex, "0" * 64), index, tmp_path / "project", keys=KEYS)

    assert "lock-hash-mismatch" == caught.value.slug
    assert {} == listing(tmp_path / "project")


def test_several_installations_at_once_leave_what_one_would_have_left(tmp_path: Path, index: FolderIndex) -> None:
    lock = small_lock("acme-rank")
    home = Home(tmp_path / "home")
    with ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(lambda _: installed(home, index, lock), range(8)))
    installed(Home(tmp_path / "alone"), index, lock)

    assert 8 == len(reports)
    assert listing(tmp_path / "alone") == listing(home.root)


def test_an_interrupted_write_leaves_no_trace_in_what_is_listed(home: Home, index: FolderIndex) -> None:
    """A temporary file that a kill left behind is no manifest, no wheel index and in nobody's way."""
    write_key_folder(home)
    lock = small_lock("acme-csv")
    installed(home, index, lock)
    (home.manifests / ".acme_csv-1.3.0.json.abc.tmp").write_bytes(b"{")
    installed(home, index, lock)
    registry = load_plugins(home=home.root, no_dynamic=True, environ={}, now=NOW)

    assert ["tool:csv_reader"] == [str(component.id) for component in registry.list()]


def write_key_folder(home: Home) -> None:
    home.keys.mkdir(parents=True, mode=0o700)
    write_key(home)


def test_a_link_in_the_stores_place_of_a_wheel_is_replaced_and_not_followed(home: Home, index: FolderIndex) -> None:
    lock = small_lock("acme-csv")
    digest = read_lock(lock, where="a test").plugins[0].wheels[0].digest
    victim = home.root.parent / "victim"
    victim.write_bytes(b"mine")
    home.blob(digest.hex).parent.mkdir(parents=True)
    home.blob(digest.hex).symlink_to(victim)
    installed(home, index, lock)

    assert b"mine" == victim.read_bytes()
    assert not home.blob(digest.hex).is_symlink()
    assert digest == Digest.of(home.blob(digest.hex).read_bytes())
