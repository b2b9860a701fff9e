"""The expensive part of every scenario, made once a worker: two packages exported, published, locked and installed."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from ice_core.home import Home
from tests.ice_cli.invoke import Ice, invoker
from tests.ice_orchestrator.conftest import clean_imports
from tests.scenarios.mission import Mission, mission_at
from tests.scenarios.packages import FLOW, MARKERS, ONE_NODE, REPORT, WORDS, markers, project_at
from tests.scenarios.person import Person, done, person_at

__all__ = ["clean_imports"]

KEY = "acme-2026"


@pytest.fixture(autouse=True)
def _process_as_it_was_found(clean_imports: None) -> None:
    """Whatever a scenario imports is gone when it ends."""


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Someone who wrote two packages, published them to a folder, locked and installed them.

    In `person.folder`: the projects `acme-words` and `acme-report`, `market`, `pylock.iceos.toml`, `flow.yaml` with
    one node of each type, `one.yaml` with a single tool, `markers`.
    """

    person: Person

    @property
    def folder(self) -> Path:
        """Where they work."""
        return self.person.folder

    @property
    def home(self) -> Home:
        """Their `~/.iceos`."""
        return Home(self.person.iceos)

    @property
    def markers(self) -> Path:
        """Where the packages' modules and components leave markers."""
        return self.folder / "markers"

    def manifest(self, name: str) -> Path:
        """The installed manifest of a package."""
        return self.home.manifests / f"{name.replace('-', '_')}-1.0.0.json"

    def blob(self, name: str) -> Path:
        """The stored wheel of a package."""
        digest = self.manifest(name).with_suffix(".wheels").read_text().split()[0]
        return self.home.blob(digest)

    def copied_to(self, folder: Path) -> "Scene":
        """The same, in a folder of its own."""
        shutil.copytree(self.folder, folder)
        person = Person(
            folder=folder,
            home=folder / self.person.home.name,
            environ={
                **self.person.environ,
                "HOME": str(folder / self.person.home.name),
                MARKERS: str(folder / "markers"),
            },
        )
        return Scene(person=person)


@pytest.fixture(scope="session")
def made_scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Every stage from author to install, by its command, each in a process of its own."""
    folder = tmp_path_factory.mktemp("scene")
    person = person_at(folder, **{MARKERS: str(folder / "markers")})
    scene = Scene(person=person)
    scene.markers.mkdir()
    (folder / "flow.yaml").write_text(FLOW)
    (folder / "one.yaml").write_text(ONE_NODE)
    done(person.ice("keys", "new", KEY, "--package", "acme-*", "--unsafe-unencrypted"))
    for name in (WORDS, REPORT):
        project = project_at(folder / name, name)
        done(person.ice("plugins", "export", "--output", "plugins.json", folder=project))
        done(person.ice("publish", "--index", folder / "market", "--no-isolation", folder=project))
    done(person.ice("lock", REPORT, WORDS, "--index", "market"))
    for marker in markers(scene.markers):
        (scene.markers / marker).unlink()
    done(person.ice("install", "--index", "market"))
    return scene


@pytest.fixture
def scene(made_scene: Scene, tmp_path: Path) -> Scene:
    """A scene of the test's own, to change as it likes."""
    return made_scene.copied_to(tmp_path / "scene")


@pytest.fixture
def mission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mission:
    """A folder for the mission's own test, as the current one."""
    mission = mission_at(tmp_path / "mission")
    monkeypatch.chdir(mission.folder)
    monkeypatch.setenv("ICEOS_HOME", str(mission.home.root))
    monkeypatch.setenv(MARKERS, str(mission.markers))
    return mission


@pytest.fixture
def ice(capsys: pytest.CaptureFixture[str]) -> Ice:
    """`ice(*words)` in this process."""
    return invoker(capsys)
