"""The machine's key, read: good, or why it is none."""

import os
from pathlib import Path

import pytest

from ice_core.machine_key import KEY_BYTES, read_machine_key
from tests.builders.homes import write

KEY = b"k" * KEY_BYTES


def test_a_key_of_its_user_alone_is_good(tmp_path: Path) -> None:
    assert ("good", KEY) == read_machine_key(write(tmp_path / "key", KEY))


def test_no_key_is_absent(tmp_path: Path) -> None:
    assert ("absent", None) == read_machine_key(tmp_path / "key")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610])
def test_a_key_that_others_may_read_or_change_is_exposed(tmp_path: Path, mode: int) -> None:
    path = write(tmp_path / "key", KEY)
    path.chmod(mode)

    assert ("exposed", None) == read_machine_key(path)


def test_a_key_of_another_owner_is_exposed(tmp_path: Path) -> None:
    path = write(tmp_path / "key", KEY)

    def of_another(descriptor: int) -> os.stat_result:
        status = [*os.fstat(descriptor)]
        status[4] += 1
        return os.stat_result(status)

    assert ("exposed", None) == read_machine_key(path, fstat=of_another)


@pytest.mark.parametrize("content", [b"", KEY[1:], KEY + b"k"])
def test_a_key_of_another_length_is_damaged(tmp_path: Path, content: bytes) -> None:
    assert ("damaged", None) == read_machine_key(write(tmp_path / "key", content))


def test_nothing_but_a_file_is_a_key(tmp_path: Path) -> None:
    write(tmp_path / "real", KEY)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "folder").mkdir(mode=0o700)
    os.mkfifo(tmp_path / "pipe", 0o600)
    names = ["link", "folder", "pipe", "real/below", "zero\0byte"]

    assert [("damaged", None)] * 5 == [read_machine_key(f"{tmp_path}/{name}") for name in names]
