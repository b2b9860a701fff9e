"""What git holds of a project; without git, without a repository or without the file there is nothing."""

from pathlib import Path

import pytest

from ice_core.errors import IceError
from ice_sdk.git_history import blob_at, refuse_unusable, tags_before
from tests.ice_sdk.lint_projects import committed


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "plugins.json").write_text("one")
    committed(tmp_path, tag="v1.0.0")
    (tmp_path / "inner" / "plugins.json").write_text("two")
    return committed(tmp_path)


@pytest.mark.parametrize(("revision", "held"), [("HEAD", b"two"), ("v1.0.0", b"one"), ("HEAD~1", b"one")])
def test_a_file_is_read_as_it_was(repository: Path, revision: str, held: bytes) -> None:
    (repository / "inner" / "plugins.json").write_text("three")

    assert held == blob_at(repository / "inner", repository / "inner" / "plugins.json", revision)


@pytest.mark.parametrize("revision", ["v9", "--help", "-p", "HEAD~7", ""])
def test_what_is_no_revision_holds_nothing(repository: Path, revision: str) -> None:
    assert None is blob_at(repository / "inner", repository / "inner" / "plugins.json", revision)


def test_a_file_outside_the_project_is_not_looked_for(repository: Path) -> None:
    assert None is blob_at(repository / "inner", repository / "plugins.json", "HEAD")


def test_tags_come_nearest_first(repository: Path) -> None:
    assert ["v1.0.0"] == list(tags_before(repository))

    (repository / "more").write_text("")
    committed(repository, tag="v1.1.0")

    assert ["v1.1.0", "v1.0.0"] == list(tags_before(repository / "inner"))


@pytest.mark.parametrize("variable", ["GIT_DIR", "PATH"])
def test_a_repository_that_git_cannot_read_is_refused(
    repository: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """Another owner, a broken configuration, no git at all: none of it looks like a project without history."""
    refuse_unusable(repository)
    monkeypatch.setenv(variable, str(repository / "nothing"))
    with pytest.raises(IceError) as refused:
        refuse_unusable(repository / "inner")

    assert "git-unusable" == refused.value.slug
    assert str(repository) == str(refused.value.where)


def test_without_a_repository_or_without_git_there_is_nothing(
    tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = tmp_path.parent / f"{tmp_path.name}-alone"
    alone.mkdir()

    assert [] == list(tags_before(alone))
    assert None is blob_at(alone, alone / "plugins.json", "HEAD")

    monkeypatch.setenv("PATH", str(alone))

    assert [] == list(tags_before(repository))
