"""The names of recorded runs: newest first, and nothing is made or changed to find them."""

from pathlib import Path

import pytest

from ice_core.errors import IceError
from ice_orchestrator.journal import Journal
from ice_orchestrator.run_names import LIMIT, newest_runs


def journal_of(path: Path, *, runs: int) -> None:
    with Journal(path) as journal:
        rows = [
            (
                "INSERT INTO runs (run_id, blueprint_id, plan_digest, inputs, started, status) "
                "VALUES (?, 'b', 'd', '{}', ?, 'done')",
                (f"run-{number:03}", f"2026-01-31T12:{number // 60:02}:{number % 60:02}Z"),
            )
            for number in range(runs)
        ]
        journal._write(rows)


@pytest.mark.parametrize("name", ["state.sqlite", "100% what?#.sqlite"])
def test_runs_are_named_newest_first(tmp_path: Path, name: str) -> None:
    journal_of(tmp_path / name, runs=3)

    assert ["run-002", "run-001", "run-000"] == newest_runs(str(tmp_path / name))


def test_a_long_journal_is_not_read_whole(tmp_path: Path) -> None:
    """More than a hundred names nobody reads."""
    journal_of(tmp_path / "state.sqlite", runs=LIMIT + 5)

    found = newest_runs(str(tmp_path / "state.sqlite"))
    assert (LIMIT, "run-104") == (len(found), found[0])


def test_runs_that_are_being_written_are_seen(tmp_path: Path) -> None:
    """Another process has the journal open, and its last rows are in the write-ahead log."""
    path = tmp_path / "state.sqlite"
    journal_of(path, runs=1)
    with Journal(path):
        assert ["run-000"] == newest_runs(str(path))


def test_no_journal_offers_nothing_and_is_not_made(tmp_path: Path) -> None:
    assert [] == newest_runs(str(tmp_path / "state.sqlite"))
    assert [] == list(tmp_path.iterdir())


def test_what_is_no_journal_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    path.write_bytes(b"no journal" * 1000)

    with pytest.raises(IceError) as refusal:
        newest_runs(str(path))

    assert "journal-unreadable" == refusal.value.slug
    assert (b"no journal" * 1000, [path]) == (path.read_bytes(), [*tmp_path.iterdir()])


def test_a_journal_that_holds_nothing_yet_names_none(tmp_path: Path) -> None:
    """Whoever made it was killed before the first row."""
    path = tmp_path / "state.sqlite"
    path.touch()

    assert [] == newest_runs(str(path))
