"""The operator's limits as the commands keep and tell them."""

from pathlib import Path

import pytest

from tests.builders.homes import make_home, write
from tests.builders.indexes import bundle_of
from tests.ice_cli.invoke import Ice


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a home and a bundle."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ICEOS_HOME", str(make_home(tmp_path / "home").root))
    write(tmp_path / "acme.icebundle", bundle_of())
    return tmp_path


def configured(folder: Path, text: str) -> None:
    """Writes the operator's file."""
    write(folder / "home" / "config.toml", text.encode())


def test_a_command_keeps_the_limits_of_the_home(ice: Ice, folder: Path) -> None:
    good = ice("verify", "acme.icebundle")
    configured(folder, "[limits]\narchive_members = 1\n")

    assert 0 == good.code
    assert (1, "archive-too-large") == ((done := ice("verify", "acme.icebundle")).code, done.slug)


def test_evidence_names_the_limit_that_is_in_force(ice: Ice, folder: Path) -> None:
    configured(folder, "[limits]\narchive_members = 50\njson_bytes = 50000\n")

    done = ice("verify", "--explain", "acme.icebundle")

    assert "      members: 2 of at most 50\n" in done.out
    assert " of at most 50,000 bytes\n" in done.out


def test_a_raised_limit_stops_every_command_and_names_the_greatest(ice: Ice, folder: Path) -> None:
    configured(folder, "[limits]\njson_depth = 65\n")

    done = ice("keys", "list")

    assert (1, "limit-raised") == (done.code, done.slug)
    assert "error[limit-raised]: `limits.json_depth` can be lowered from 64, and not raised\n" in done.err
    assert "hint: Set `json_depth` to at most 64, or take it out\n" in done.err


@pytest.mark.parametrize("words", [["--version"], ["explain", "limit-raised"], ["verify", "--help"]])
def test_who_asks_what_is_wrong_is_answered_nevertheless(ice: Ice, folder: Path, words: list[str]) -> None:
    configured(folder, "[limits]\njson_depth = 65\n")

    assert 0 == ice(*words).code


def test_doctor_tells_what_is_lowered_or_wrong(ice: Ice, folder: Path) -> None:
    configured(folder, "[limits]\njson_depth = 32\n")
    good = ice("doctor")
    configured(folder, "[limits]\njson_depth = 65\n")

    assert "json_depth is lowered to 32 from 64" in good.out
    assert "can be lowered from 64, and not raised" in ice("doctor").out
