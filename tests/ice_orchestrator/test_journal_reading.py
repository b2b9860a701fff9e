"""A journal that is only read: nothing of it changes, and what is no journal is refused in the words of the journal."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ice_core.errors import IceError
from ice_orchestrator.journal import Journal
from ice_orchestrator.journal_reading import JournalReading
from ice_orchestrator.run_list import list_runs


def opened(path: Path) -> None:
    with JournalReading(str(path)):
        pass


@pytest.mark.parametrize("look", [opened, list_runs])
def test_what_is_no_journal_is_refused_as_the_journal_refuses_it(
    tmp_path: Path, look: Callable[[Path], object]
) -> None:
    path = tmp_path / "state.sqlite"
    path.write_bytes(b"no journal" * 1000)
    with pytest.raises(IceError) as expected:
        Journal(path)
    with pytest.raises(IceError) as found:
        look(path)

    assert expected.value.to_json() == found.value.to_json()
    assert "journal-unreadable" == found.value.slug


def test_a_journal_of_another_version_is_refused_as_the_journal_refuses_it(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    with Journal(path) as journal:
        journal._connection.execute("UPDATE run_journal SET version = 99")
    with pytest.raises(IceError) as expected:
        Journal(path)
    with pytest.raises(IceError) as found:
        opened(path)

    assert expected.value.to_json() == found.value.to_json()
    assert "journal-too-new" == found.value.slug


def test_looking_makes_no_file_and_changes_none(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    with Journal(path):
        pass
    before = {each: each.read_bytes() for each in tmp_path.iterdir()}

    assert () == list_runs(path)
    assert before == {each: each.read_bytes() for each in tmp_path.iterdir()}


def test_a_journal_that_holds_nothing_yet_has_no_runs(tmp_path: Path) -> None:
    """Whoever made it was killed before the first row; the next run goes on from there."""
    path = tmp_path / "state.sqlite"
    path.touch()

    assert () == list_runs(path)
    with Journal(path):
        assert () == list_runs(path)


def test_a_query_that_the_journal_cannot_answer_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    with Journal(path):
        pass

    with JournalReading(str(path)) as journal, pytest.raises(IceError, match="is not a journal that can be read"):
        journal.read("SELECT nothing FROM nowhere")


def test_a_folder_in_its_place_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IceError) as refusal:
        opened(tmp_path)

    assert "journal-unreadable" == refusal.value.slug
