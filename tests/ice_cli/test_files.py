"""Files that a person names: near names for what is not there, and the command that makes it."""

from pathlib import Path

import pytest

from ice_cli.files import missing, read_named
from ice_core.errors import IceError


def hints(path: Path, *others: str) -> list[str]:
    with pytest.raises(IceError) as caught:
        read_named(path, max_bytes=10, hints=others)
    assert "file-missing" == caught.value.slug
    return list(caught.value.finding.hints)


def test_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "news.yaml").write_bytes(b"id: news\n")

    assert b"id: news\n" == read_named(tmp_path / "news.yaml", max_bytes=10)


@pytest.mark.parametrize("written", ["news.yml", "news", "new.yaml", "nwes.yaml"])
def test_a_slip_is_met_with_the_name_that_is_there(tmp_path: Path, written: str) -> None:
    (tmp_path / "news.yaml").write_text("")
    (tmp_path / "weather_of_the_year.csv").write_text("")

    assert [f"`{tmp_path / 'news.yaml'}` is there; did you mean that?"] == hints(tmp_path / written)


def test_what_makes_the_file_is_said_after_the_near_names(tmp_path: Path) -> None:
    (tmp_path / "news.yaml").write_text("")

    assert ["`", "To"] == [hint[:1] if hint[0] == "`" else hint[:2] for hint in hints(tmp_path / "news.yml", "To make")]


def test_nothing_like_it_shows_how_to_look(tmp_path: Path) -> None:
    assert [f"To see what is there, run `ls {tmp_path / 'nowhere'}`"] == hints(tmp_path / "nowhere" / "news.yaml")


def test_a_folder_is_no_file_and_no_near_name(tmp_path: Path) -> None:
    (tmp_path / "news").mkdir()

    assert [f"To see what is there, run `ls {tmp_path}`"] == hints(tmp_path / "news.yaml")
    with pytest.raises(IceError) as caught:
        read_named(tmp_path / "news", max_bytes=10)
    assert "file-not-regular" == caught.value.slug


def test_who_asked_for_the_file_is_part_of_the_message(tmp_path: Path) -> None:
    error = missing(Path("pylock.iceos.toml"), because=", and `--locked` was given")

    assert "`pylock.iceos.toml` does not exist, and `--locked` was given" == error.finding.message
