"""The home folder: where things lie, reading without following, writing old-or-new under kill -9."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ice_core.errors import IceError
from ice_core.home import AnyPath, Home, read_regular_file, refuse_if_others_can_write, write_atomically

OLD = b"old" * 100_000
NEW = b"new!" * 100_000

WRITER = """
import sys
from pathlib import Path
from ice_core.home import write_atomically
path, versions = Path(sys.argv[1]), (b"old" * 100_000, b"new!" * 100_000)
print("ready", flush=True)
while True:
    for data in versions:
        write_atomically(path, data)
"""


@pytest.mark.parametrize(
    ("environ", "root"),
    [
        ({"ICEOS_HOME": "/a/b", "HOME": "/home/x"}, "/a/b"),
        ({"ICEOS_HOME": "", "HOME": "/home/x"}, "/home/x/.iceos"),
        ({"HOME": "/home/x"}, "/home/x/.iceos"),
        ({}, str(Path.home() / ".iceos")),
    ],
)
def test_the_home_is_the_configured_folder_or_the_users(environ: dict[str, str], root: str) -> None:
    """`$ICEOS_HOME` first; an empty variable is as good as none."""
    home = Home.from_environment(environ)

    assert Path(root) == home.root


def test_asking_where_things_lie_creates_nothing(tmp_path: Path) -> None:
    """Each thing has its place, and no place exists before something is written there."""
    home = Home(tmp_path / "home")

    places = [home.manifest, home.manifests, home.keys, home.state, home.blob("ab" * 32)]

    assert ["plugins.json", "plugins.d", "keys", "state.sqlite", "store/sha256/" + "ab" * 32] == [
        str(place.relative_to(home.root)) for place in places
    ]
    assert not home.root.exists()


def test_a_regular_file_is_read_whole(tmp_path: Path) -> None:
    """The size bound is exact."""
    path = tmp_path / "plugins.json"
    path.write_bytes(b"12345")

    data = read_regular_file(path, max_bytes=5)

    assert b"12345" == data


def _absent(folder: Path) -> Path:
    return folder / "absent"


def _too_large(folder: Path) -> Path:
    path = folder / "large"
    path.write_bytes(b"123456")
    return path


def _link(folder: Path) -> Path:
    (folder / "target").write_bytes(b"1")
    (folder / "link").symlink_to(folder / "target")
    return folder / "link"


def _dangling(folder: Path) -> Path:
    (folder / "link").symlink_to(folder / "nowhere")
    return folder / "link"


def _fifo(folder: Path) -> Path:
    os.mkfifo(folder / "fifo")
    return folder / "fifo"


def _folder(folder: Path) -> Path:
    return folder


def _below_a_file(folder: Path) -> Path:
    (folder / "file").write_bytes(b"1")
    return folder / "file" / "below"


def _zero_byte(folder: Path) -> Path:
    return folder / "a\0b"


def _long(folder: Path) -> Path:
    return folder / ("a" * 300)


def _device(folder: Path) -> Path:
    return Path("/dev/zero")


@pytest.mark.parametrize(
    ("make", "slug"),
    [
        (_absent, "file-missing"),
        (_too_large, "file-too-large"),
        (_link, "file-not-regular"),
        (_dangling, "file-not-regular"),
        (_fifo, "file-not-regular"),
        (_folder, "file-not-regular"),
        (_below_a_file, "file-not-regular"),
        (_zero_byte, "file-not-regular"),
        (_long, "file-not-regular"),
        (_device, "file-not-regular"),
    ],
)
def test_what_is_not_a_plain_bounded_file_is_refused(make: Callable[[Path], Path], slug: str, tmp_path: Path) -> None:
    """Nothing is followed, nothing blocks, and no descriptor stays open."""
    path = make(tmp_path)
    before = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0

    with pytest.raises(IceError) as refusal:
        read_regular_file(path, max_bytes=5)

    assert slug == refusal.value.slug
    if before:
        assert before == len(os.listdir("/proc/self/fd"))


def test_a_write_replaces_the_file_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    """Missing folders are made; the mode is the one asked for."""
    path = tmp_path / "a" / "b" / "key"

    write_atomically(path, b"one")
    write_atomically(path, b"two", mode=0o600)

    assert b"two" == path.read_bytes()
    assert 0o600 == path.stat().st_mode & 0o777
    assert [path] == list(path.parent.iterdir())


def test_a_file_with_the_longest_name_can_be_written(tmp_path: Path) -> None:
    """The temporary name does not grow with the name."""
    path = tmp_path / ("n" * 255)

    write_atomically(path, b"1")

    assert b"1" == path.read_bytes()


def test_a_write_to_a_link_replaces_the_link_and_not_its_target(tmp_path: Path) -> None:
    """A planted link cannot make a write land elsewhere."""
    path = _link(tmp_path)

    write_atomically(path, b"2")

    assert b"1" == (tmp_path / "target").read_bytes()
    assert not path.is_symlink()
    assert b"2" == path.read_bytes()


def test_a_write_that_fails_keeps_the_old_and_leaves_nothing(tmp_path: Path) -> None:
    """A folder at the path cannot be replaced: typed, and no temporary file stays."""
    path = tmp_path / "folder"
    path.mkdir()
    (path / "kept").write_bytes(b"1")

    with pytest.raises(IceError) as refusal:
        write_atomically(path, b"2")

    assert "file-not-written" == refusal.value.slug
    assert [path] == list(tmp_path.iterdir())
    assert b"1" == (path / "kept").read_bytes()


def test_a_write_below_a_file_is_refused(tmp_path: Path) -> None:
    """A missing folder that cannot be made is a typed refusal too."""
    path = _below_a_file(tmp_path)

    with pytest.raises(IceError) as refusal:
        write_atomically(path, b"2")

    assert "file-not-written" == refusal.value.slug
    assert b"1" == path.parent.read_bytes()


def test_a_kill_at_any_moment_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    """Twenty writers killed at spread moments: the file is always one of the two versions, whole."""
    path = tmp_path / "plugins.json"
    write_atomically(path, OLD)
    for kill in range(20):
        process = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.0007 * kill)
        process.kill()
        process.communicate()

        assert path.read_bytes() in (OLD, NEW)


@pytest.mark.parametrize(
    ("mode", "fine"), [(0o755, True), (0o700, True), (0o775, False), (0o757, False), (0o722, False)]
)
def test_a_folder_that_others_could_write_is_refused(mode: int, *, fine: bool, tmp_path: Path) -> None:
    """Whoever can write there chooses what runs."""
    folder = tmp_path / "keys"
    folder.mkdir()
    folder.chmod(mode)

    if fine:
        refuse_if_others_can_write(folder)
        return
    with pytest.raises(IceError) as refusal:
        refuse_if_others_can_write(folder)

    assert "home-writable-by-others" == refusal.value.slug
    assert (f"To take it back, run `chmod go-w {folder}`",) == refusal.value.finding.hints


@pytest.mark.parametrize("mode", [0o664, 0o646])
def test_a_file_that_others_could_write_is_refused(mode: int, tmp_path: Path) -> None:
    """Files as folders."""
    path = tmp_path / "key.json"
    path.write_bytes(b"{}")
    path.chmod(mode)

    with pytest.raises(IceError) as refusal:
        refuse_if_others_can_write(path)

    assert "home-writable-by-others" == refusal.value.slug


def test_a_link_is_refused_whatever_it_points_to(tmp_path: Path) -> None:
    """A link could be pointed elsewhere after the check."""
    with pytest.raises(IceError) as refusal:
        refuse_if_others_can_write(_link(tmp_path))

    assert "home-writable-by-others" == refusal.value.slug


@pytest.mark.parametrize(("owner", "fine"), [("self", True), ("root", True), ("other", False)])
def test_only_the_user_and_root_may_own_it(owner: str, *, fine: bool, tmp_path: Path) -> None:
    """Threat 33: a home of another owner. The owner can always give himself the right to write."""
    uid = {"self": os.geteuid(), "root": 0, "other": os.geteuid() + 1}[owner]

    def owned(path: "AnyPath") -> os.stat_result:
        status = list(os.lstat(path))
        status[4] = uid
        return os.stat_result(status)

    (tmp_path / "keys").mkdir(mode=0o700)

    if fine:
        refuse_if_others_can_write(tmp_path / "keys", lstat=owned)
        return
    with pytest.raises(IceError) as refusal:
        refuse_if_others_can_write(tmp_path / "keys", lstat=owned)

    assert "home-writable-by-others" == refusal.value.slug


@pytest.mark.parametrize("make", [_absent, _below_a_file])
def test_an_absent_path_is_fine(make: Callable[[Path], Path], tmp_path: Path) -> None:
    """There is nothing that anyone could have written."""
    refuse_if_others_can_write(make(tmp_path))
