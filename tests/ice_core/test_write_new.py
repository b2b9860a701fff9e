"""A file that is never replaced: it is written whole or not at all, and only where nothing is."""

import os
import threading
from pathlib import Path

import pytest

from ice_core.home import write_new
from tests.fakes.folders import listing


def test_a_new_file_is_written_with_its_mode_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "made" / "a.bin"
    write_new(path, b"data", mode=0o600)

    assert {"a.bin": b"data"} == listing(path.parent)
    assert 0o600 == path.stat().st_mode & 0o777


@pytest.mark.parametrize("kind", ["file", "folder", "dangling link"])
def test_whatever_is_there_is_left_alone(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.bin"
    if kind == "file":
        path.write_bytes(b"old")
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to(tmp_path / "nowhere")
    before = sorted(tmp_path.iterdir())

    with pytest.raises(FileExistsError):
        write_new(path, b"new")

    assert before == sorted(tmp_path.iterdir())
    assert not (tmp_path / "nowhere").exists()


def test_of_many_writers_one_writes_and_the_others_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    refused: list[int] = []

    def attempt(number: int) -> None:
        try:
            write_new(path, b"%d" % number * 100_000)
        except FileExistsError:
            refused.append(number)

    threads = [threading.Thread(target=attempt, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    (winner,) = set(range(8)) - set(refused)
    assert {"a.bin": b"%d" % winner * 100_000} == listing(tmp_path)


def test_folders_that_are_missing_are_made_for_their_owner_alone_to_write(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write_new(tmp_path / "home" / "store" / "sha256" / "a.bin", b"data")
    finally:
        os.umask(before)

    assert [0o755, 0o755, 0o755] == [
        (tmp_path / name).stat().st_mode & 0o777 for name in ("home", "home/store", "home/store/sha256")
    ]
