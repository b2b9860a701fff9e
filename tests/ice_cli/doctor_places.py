"""Where `ice doctor` is tried: a home folder with one installed package, an empty folder, and one look at a time."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ice_cli.commands.doctor import LOOKS
from ice_cli.observations import Observation, Surroundings
from ice_core.home import Home
from tests.ice_cli.worlds import words_package

NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to stand in."""
    place = tmp_path / "project"
    place.mkdir()
    monkeypatch.chdir(place)
    for name in ("PYTHONPATH", "SOURCE_DATE_EPOCH"):
        monkeypatch.delenv(name, raising=False)
    return place


@pytest.fixture
def home(folder: Path, tmp_path: Path) -> Home:
    """A home folder in which `acme-words` is installed, signed, and one key is trusted."""
    words_package(tmp_path / "iceos-home")
    return Home(tmp_path / "iceos-home")


def around(home: Home, folder: Path, *, now: datetime = NOW, **environ: str) -> Surroundings:
    return Surroundings(home=home, folder=folder, environ={"PATH": "/nowhere", **environ}, search_path=(), now=now)


def seen(topic: str, place: Surroundings) -> list[Observation]:
    return list(LOOKS[topic](place))


def told(topic: str, place: Surroundings) -> list[tuple[str, str]]:
    return [(each.verdict, each.message) for each in seen(topic, place)]
