"""A project on its author's machine: its exported manifest runs from the source tree; strict runs ask for more."""

import json
from pathlib import Path

import pytest

from ice_core.canonical import Digest
from ice_core.signing import WheelPin, wheel_index
from tests.builders.homes import listing, write
from tests.builders.wheels import plugin_wheel
from tests.ice_cli.invoke import Ice, Outcome
from tests.scenarios.conftest import Scene
from tests.scenarios.packages import MARKERS, ONE_NODE, WORDS, markers, project_at
from tests.scenarios.person import Person, done, person_at

RUN = ("run", "flow.yaml", "--plugins", "plugins.json", "--input", "text=a b")


@pytest.fixture
def author(tmp_path: Path) -> Person:
    """Someone in the folder of their project, who exported its manifest and published nothing."""
    project = project_at(tmp_path / WORDS, WORDS)
    (project / "flow.yaml").write_text(ONE_NODE)
    marks = tmp_path / "markers"
    marks.mkdir()
    person = person_at(project, **{MARKERS: str(marks)})
    done(person.ice("plugins", "export", "--output", "plugins.json"))
    for path in marks.iterdir():
        path.unlink()
    return person


def test_a_project_runs_from_its_source_tree_and_says_that_nobody_vouches_for_it(author: Person) -> None:
    """The manifest beside the code, and the source folder on the import path."""
    outcome = done(author.ice(*RUN, environ={"PYTHONPATH": "src"}))

    assert {"words": 2} == outcome.json
    assert "package acme-words 1.0.0, UNSIGNED" in outcome.err
    assert "mode dynamic: unsigned code may run" in outcome.err
    assert "warning: unverified code: `tool:count_words` of `acme-words 1.0.0` is imported" in outcome.err
    assert "\n  --> plugins.json:1\n" in outcome.err


def test_a_project_that_is_not_on_the_import_path_is_told_how_to_be(author: Person) -> None:
    """The command that installs a source tree."""
    outcome = author.ice(*RUN)

    assert ("import-target-missing", 1, "") == (outcome.slug, outcome.code, outcome.out)
    assert "`uv pip install --editable PROJECT`" in outcome.err


@pytest.mark.parametrize(
    ("words", "slug", "hint"),
    [
        ((), "manifest-unsigned", "`ice publish --manifest plugins.json`"),
        (("--allow-unsigned", "plugins.json"), "blueprint-refused", "`ice publish --manifest plugins.json`"),
    ],
    ids=["not allowed", "allowed, and no lock pins its wheel"],
)
def test_a_strict_run_refuses_it(author: Person, words: tuple[str, ...], slug: str, hint: str) -> None:
    """The source tree is never what a strict run takes its code from."""
    marks = Path(author.environ[MARKERS])
    before = listing(author.folder)

    outcome = author.ice(*RUN, "--no-dynamic", *words, environ={"PYTHONPATH": "src"})

    assert (slug, 1, "") == (outcome.slug, outcome.code, outcome.out)
    assert hint in outcome.err
    assert ([], before) == (markers(marks), listing(author.folder))


@pytest.fixture
def stripped(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """A scene in which the signature of an installed manifest is gone; the lock still pins what it describes."""
    monkeypatch.chdir(scene.folder)
    monkeypatch.setenv("ICEOS_HOME", str(scene.home.root))
    monkeypatch.setenv(MARKERS, str(scene.markers))
    value = json.loads(scene.manifest(WORDS).read_bytes())
    del value["signature"]
    write(scene.manifest(WORDS), value)
    return scene


def run_allowed(ice: Ice, scene: Scene, *words: str) -> Outcome:
    """A strict run that allows the very file."""
    allowed = scene.manifest(WORDS)
    return ice("run", "one.yaml", "--no-dynamic", "--allow-unsigned", allowed, "--input", "text=a b", *words)


@pytest.mark.usefixtures("clean_imports")
def test_an_allowed_file_runs_where_a_lock_pins_its_wheel(stripped: Scene, ice: Ice) -> None:
    """The lock's digests stand in for the signature, for this one file."""
    outcome = run_allowed(ice, stripped, "--locked")

    assert (0, {"words": 2}) == (outcome.code, outcome.json), outcome.err
    assert "package acme-words 1.0.0, UNSIGNED" in outcome.err


def test_an_allowed_file_does_not_run_without_the_lock(stripped: Scene, ice: Ice) -> None:
    """Nothing vouches for its wheel then."""
    (stripped.folder / "pylock.iceos.toml").unlink()

    outcome = run_allowed(ice, stripped)

    assert ("blueprint-refused", 1) == (outcome.slug, outcome.code)
    assert "error[component-unsigned]" in outcome.err
    assert [] == markers(stripped.markers)


def test_an_allowed_file_does_not_run_with_another_wheel_than_the_lock_pins(stripped: Scene, ice: Ice) -> None:
    """Same manifest, other code: the wheel index is anyone's to write, and only the lock's digest counts."""
    value = json.loads(stripped.manifest(WORDS).read_bytes())
    evil = 'from ice_sdk import tool\n\n\n@tool(version="1.0.0")\ndef {0}(text: str) -> int:\n    return 666\n'
    files = {
        "acme_words/__init__.py": "",
        "acme_words/counting.py": evil.format("count_words"),
        "acme_words/shouting.py": evil.format("shout"),
    }
    name, data = plugin_wheel(WORDS, "1.0.0", files=files, manifest=value, requires_dist=("iceos>=1",))
    write(stripped.home.blob(Digest.of(data).hex), data)
    write(stripped.manifest(WORDS).with_suffix(".wheels"), wheel_index([WheelPin.of(name, data)]))

    outcome = run_allowed(ice, stripped, "--locked")

    assert ("blueprint-refused", 1) == (outcome.slug, outcome.code)
    assert "error[lock-hash-mismatch]" in outcome.err
    assert f"{name} {Digest.of(data)}" in outcome.err
    assert [] == markers(stripped.markers)
