"""Attacks on what a plugin depends on: files, bytecode, shadows, path files and packages of a real environment."""

import importlib.util
import json
import marshal
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from ice_cli.doctor_machine import VARIABLES
from ice_client.dependency_install import DependencyChoices
from ice_client.dependency_wheels import WheelPlaces
from ice_client.folder_index import FolderIndex
from ice_client.install import install
from ice_core.canonical import Digest
from ice_core.errors import IceError
from tests.builders.environments import (
    ALSO,
    EVIL,
    OLDER,
    STRANGER,
    TINY,
    TINY_FILES,
    Environment,
    environment_at,
    modes,
    plugin_bundle_of,
)
from tests.builders.keys import key_store
from tests.builders.wheels import plugin_wheel
from tests.fakes.folders import listing
from tests.ice_cli.invoke import Outcome
from tests.scenarios.packages import markers

GOOD = ["called count_words", "imported acme_words.counting"]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """A good environment, made once."""
    return environment_at(tmp_path_factory.mktemp("template") / "made")


@pytest.fixture
def environment(template: Environment, tmp_path: Path) -> Environment:
    """A copy of it."""
    return Environment(folder=shutil.copytree(template.folder, tmp_path / "copy", symlinks=True))


def assert_good(environment: Environment, outcome: Outcome) -> None:
    """The locked code gave the answer, and nothing planted ran."""
    assert (0, {"words": 3}) == (outcome.code, json.loads(outcome.out)["outputs"]), outcome.err
    assert GOOD == markers(environment.markers)


def assert_refused(environment: Environment, outcome: Outcome, slug: str) -> None:
    """The run ended with this slug, the component was not called, and nothing planted ran."""
    assert (1, slug) == (outcome.code, outcome.slug), outcome.err
    assert not {"called evil", "called count_words"} & set(markers(environment.markers))


def test_good_packages_run_from_checked_files(environment: Environment) -> None:
    """A module named otherwise than its distribution, and a namespace package of two of them."""
    outcome = environment.run("--json")

    assert_good(environment, outcome)
    assert {"acme-words": "import", "spaced-one": "record", "spaced-two": "record", "tiny-thing": "record"} == modes(
        outcome
    )


def changed_source(environment: Environment) -> str:
    """One byte of an installed module is another."""
    path = environment.site / "tiny_size" / "core.py"
    path.write_text(path.read_text().replace("len", "sum"))
    return "tiny_size/core.py"


def evil_source(environment: Environment) -> str:
    """Code is added to an installed package."""
    path = environment.site / "tiny_size" / "__init__.py"
    path.write_text(path.read_text() + EVIL)
    return "tiny_size/__init__.py"


def linked_source(environment: Environment) -> str:
    """A link to other code is in the place of a module."""
    path = environment.site / "tiny_size" / "core.py"
    path.unlink()
    path.symlink_to(environment.plant("elsewhere/core.py", EVIL))
    return "tiny_size/core.py"


def missing_source(environment: Environment) -> str:
    """A module is gone."""
    (environment.site / "tiny_size" / "core.py").unlink()
    return "tiny_size/core.py"


@pytest.mark.parametrize("change", [changed_source, evil_source, linked_source, missing_source])
def test_a_changed_file_is_not_executed(environment: Environment, change: Callable[[Environment], str]) -> None:
    """Threat 50: changed third-party package: an installed file that is not the locked wheel's is refused."""
    place = change(environment)
    outcome = environment.run()

    assert_refused(environment, outcome, "dependency-changed")
    assert place in outcome.err
    assert "ice install" in outcome.err


@pytest.mark.parametrize("kind", ["time and size", "hash, never checked"])
def test_a_forged_bytecode_file_of_a_dependency_is_not_read(environment: Environment, kind: str) -> None:
    """Threat 27: forged .pyc: beside an unchanged source, with its time and size, lies other code; it does not run."""
    source = environment.site / "tiny_size" / "core.py"
    cached = Path(importlib.util.cache_from_source(str(source)))
    cached.parent.mkdir(exist_ok=True)
    code = compile(f"{EVIL}\ndef size(text):\n    return 666\n", str(source), "exec")
    status = source.stat()
    # PEP 552: flags 0 is time and size, 0b01 a hash that is never checked.
    times = (
        (0).to_bytes(4, "little") + int(status.st_mtime).to_bytes(4, "little") + status.st_size.to_bytes(4, "little")
    )
    header = times if kind == "time and size" else (1).to_bytes(4, "little") + bytes(8)
    cached.write_bytes(importlib.util.MAGIC_NUMBER + header + marshal.dumps(code))
    forged = subprocess.run(
        [environment.python, "-c", "import tiny_size; print(tiny_size.size('a b'))"],
        env={"ACME_MARKERS": str(environment.folder)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert "666" == forged.stdout.strip()
    assert_good(environment, environment.run("--json"))


def test_a_package_put_before_a_module_is_not_used(environment: Environment) -> None:
    """Threat 29: shadowing: a folder `core/` beside `core.py`, which Python would prefer, is not in the wheel."""
    environment.plant(f"{environment.site}/tiny_size/core/__init__.py", EVIL)

    assert_good(environment, environment.run("--json"))


def test_a_module_dropped_into_a_package_is_refused(environment: Environment) -> None:
    """Threat 50: changed third-party package: a module that the locked wheel does not have is not imported."""
    environment.plant(f"{environment.site}/tiny_size/extra.py", EVIL)
    outcome = environment.run(**{ALSO: "tiny_size.extra"})

    assert_refused(environment, outcome, "dependency-changed")
    assert "the locked wheel has no such file" in outcome.err


@pytest.mark.parametrize("variables", [{}, {"PYTHONPATH": "shadow"}])
def test_a_shadow_of_a_dependency_is_not_used(environment: Environment, variables: dict[str, str]) -> None:
    """Threat 29: shadowing on sys.path: the working folder and PYTHONPATH hold modules of the dependency's names."""
    folder = "shadow" if variables else "."
    for name in ("tiny_size", "spaced", "colorsys"):
        environment.plant(f"{folder}/{name}.py", EVIL)
    given = {name: str(environment.folder / value) for name, value in variables.items()}

    # `colorsys` is of the standard library, and nobody has imported it yet.
    assert_good(environment, environment.run("--json", **given, **{ALSO: "colorsys"}))


def test_what_only_a_folder_of_the_path_has_is_refused(environment: Environment) -> None:
    """Threat 29: shadowing on sys.path: a module that lies in a folder and in no distribution."""
    environment.plant("stray.py", EVIL)
    outcome = environment.run(**{ALSO: "stray"})

    assert_refused(environment, outcome, "dependency-not-locked")
    assert "of no installed distribution" in outcome.err


def test_a_folder_that_a_path_file_adds_is_refused(environment: Environment) -> None:
    """Threat 26: .pth: a path file of the environment adds a folder; nothing is imported from there."""
    environment.plant("added/from_a_path_file.py", EVIL)
    environment.plant(f"{environment.site}/more.pth", f"{environment.folder}/added\n")

    assert_refused(environment, environment.run(**{ALSO: "from_a_path_file"}), "dependency-not-locked")


def test_a_dependency_that_a_path_file_imported_is_refused(environment: Environment) -> None:
    """Threat 26: .pth: what a start-up file imported before anything was checked is not used as the locked module."""
    environment.plant(f"{environment.site}/early.pth", "import tiny_size\n")
    outcome = environment.run()

    assert_refused(environment, outcome, "module-name-taken")
    assert [] == markers(environment.markers)


def test_an_installed_package_that_is_not_locked_is_refused(environment: Environment) -> None:
    """Threat 50: unlocked third-party package: what happens to be installed is not what the lock pins."""
    environment.add(STRANGER)
    outcome = environment.run(**{ALSO: "stranger"})

    assert_refused(environment, outcome, "dependency-not-locked")
    assert "`stranger 1.0`" in outcome.err


def test_another_version_is_refused_before_the_first_node(environment: Environment) -> None:
    """Threat 50: exchanged third-party package: an older release of a locked package is installed."""
    shutil.rmtree(environment.site / "tiny_thing-3.1.dist-info")
    environment.add(OLDER)
    outcome = environment.run()

    assert_refused(environment, outcome, "dependency-changed")
    assert "tiny-thing 3.0" in outcome.err
    assert not environment.home.state.exists()


def test_an_editable_installation_is_refused(environment: Environment) -> None:
    """Threat 50: exchanged third-party package: what lies in a source tree can change at any time."""
    url = (environment.folder / "source").as_uri()
    environment.plant(
        f"{environment.site}/tiny_thing-3.1.dist-info/direct_url.json",
        json.dumps({"url": url, "dir_info": {"editable": True}}),
    )
    outcome = environment.run()

    assert_refused(environment, outcome, "dependency-changed")
    assert "editable" in outcome.err


def test_a_strict_run_without_a_lock_imports_nothing_third_party(environment: Environment) -> None:
    """Threat 50: unlocked third-party package: without a lock, the standard library and iceos are all there is."""
    environment.lock.unlink()
    outcome = environment.run()

    assert_refused(environment, outcome, "dependency-not-locked")
    assert "ice lock" in outcome.err


def test_no_variable_of_the_environment_turns_the_checks_off(environment: Environment) -> None:
    """Threat 51: a switch that turns checks off: with each variable set to no, a changed file is refused."""
    evil_source(environment)
    fixed = {"ICEOS_HOME", "PYTHONPATH", "SOURCE_DATE_EPOCH", "ICEOS_EXTRA_PLUGINS", "ICEOS_INDEX"}
    off = {name: "0" for name in VARIABLES if name not in fixed}
    guessed = dict.fromkeys(["ICEOS_VERIFY", "ICEOS_NO_VERIFY", "ICEOS_INSECURE", "ICEOS_CODE_MODE"], "off")

    assert_refused(environment, environment.run(**off, **guessed), "dependency-changed")


def test_a_dynamic_run_says_that_nothing_is_checked(environment: Environment) -> None:
    """Threat 51: a switch that turns checks off: without `--no-dynamic` each run says that nothing is checked."""
    outcome = environment.ice("run", "one.yaml", "--input", "text=one two three", "--json")
    shown = environment.ice("runs", "show", json.loads(outcome.out)["run_id"])

    assert "off" == modes(outcome)["tiny-thing"]
    assert "code off     spaced-one 1.0, spaced-two 1.0, tiny-thing 3.1: from the import path" in shown.out


def test_a_package_that_brings_a_start_up_file_is_not_installed(tmp_path: Path) -> None:
    """Threat 26: .pth: as LiteLLM 1.82.7 brought it: a locked wheel with a start-up file is not installed."""
    wheel = plugin_wheel("tiny-thing", "3.1", files=TINY_FILES, manifest={}, extra={"tiny_init.pth": EVIL.encode()})
    with pytest.raises(IceError) as caught:
        environment_at(
            tmp_path / "made", bundle=plugin_bundle_of(requires=("tiny-thing",)), wheels={"tiny-thing": wheel}
        )

    made = Environment(folder=tmp_path / "made")
    assert ("dependency-start-up-file", "tiny_init.pth") == (caught.value.slug, caught.value.finding.found)
    assert not (made.site / "tiny_init.pth").exists()
    assert not made.home.manifests.exists()


def test_the_same_version_from_another_index_is_not_installed(environment: Environment, tmp_path: Path) -> None:
    """Threat 50: exchanged third-party package: as torchtriton was, by name and version; the locked hash decides."""
    other = plugin_wheel("tiny-thing", "3.1", files={**TINY_FILES, "tiny_size/core.py": EVIL}, manifest={})
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / other[0]).write_bytes(other[1])
    environment.home.wheel_files(Digest.of(TINY[1]).hex).unlink()
    before = listing(environment.site)

    outcome = environment.ice(
        *("install", "--index", environment.folder / "market", "--find-links", tmp_path / "links", "--offline")
    )

    assert TINY[0] == other[0]
    assert "lock-hash-mismatch" == outcome.slug
    assert before == listing(environment.site)


def test_installing_again_mends_what_was_changed(environment: Environment, tmp_path: Path) -> None:
    """Threat 50: changed third-party package: the command that the refusal names mends it, here without a network."""
    evil_source(environment)
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / TINY[0]).write_bytes(TINY[1])
    install(
        environment.lock.read_bytes(),
        FolderIndex(environment.folder / "market"),
        home=environment.home,
        keys=key_store(),
        dependencies=mended_from(tmp_path / "links", environment.python),
        environ={"UV_CACHE_DIR": str(tmp_path / "cache"), "UV_NO_CONFIG": "1", "UV_NO_INDEX": "1"},
    )

    assert_good(environment, environment.run("--json"))


def mended_from(folder: Path, python: Path) -> DependencyChoices:
    """From wheels of this folder alone."""
    return DependencyChoices(python=python, places=WheelPlaces(folders=(folder,), offline=True))
