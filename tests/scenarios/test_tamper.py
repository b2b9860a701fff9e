"""One flipped bit anywhere in a bundle, a stored wheel, an installed manifest or a lock: refused, and nothing runs."""

import json
import shutil
from pathlib import Path

import pytest

from ice_core.error_codes import ERROR_CODES
from ice_core.strict_json import JsonValue
from tests.builders.homes import listing
from tests.ice_cli.invoke import Ice
from tests.scenarios.conftest import Scene
from tests.scenarios.packages import MARKERS, WORDS, markers
from tests.scenarios.person import done

POSITIONS = 12
SPREAD = pytest.mark.parametrize("position", range(POSITIONS))


@pytest.fixture
def scene(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """The scene, as this process's folder and home, with a plan that was compiled against its lock."""
    monkeypatch.chdir(scene.folder)
    monkeypatch.setenv("ICEOS_HOME", str(scene.home.root))
    monkeypatch.setenv(MARKERS, str(scene.markers))
    return scene


def flip(path: Path, position: int) -> None:
    """Flips one bit of one of `POSITIONS` bytes, spread from the first byte to the last."""
    data = bytearray(path.read_bytes())
    data[position * (len(data) - 1) // (POSITIONS - 1)] ^= 1
    path.write_bytes(data)


def assert_refused(scene: Scene, ice: Ice, *words: object) -> str:
    """The command ends with a slug, which is given, and exit code 1; nothing was written, imported or called."""
    before = listing(scene.folder)
    outcome = ice(*words)

    assert (1, "") == (outcome.code, outcome.out)
    assert outcome.slug in ERROR_CODES
    assert before == listing(scene.folder)
    assert [] == markers(scene.markers)
    return outcome.slug


@SPREAD
def test_a_changed_bundle_is_not_installed(scene: Scene, ice: Ice, position: int) -> None:
    """Into a home that trusts its key and has nothing installed."""
    shutil.rmtree(scene.home.manifests)
    shutil.rmtree(scene.home.blob("").parent)
    flip(scene.folder / "market" / "acme_words-1.0.0.icebundle", position)

    assert_refused(scene, ice, "install", "--index", "market")


@SPREAD
def test_a_changed_bundle_is_not_loaded(scene: Scene, ice: Ice, position: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Named by `$ICEOS_EXTRA_PLUGINS`, on a machine that installs nothing."""
    shutil.rmtree(scene.home.manifests)
    bundle = scene.folder / "market" / "acme_words-1.0.0.icebundle"
    monkeypatch.setenv("ICEOS_EXTRA_PLUGINS", str(bundle))
    flip(bundle, position)

    assert_refused(scene, ice, "run", "one.yaml", "--no-dynamic", "--input", "text=a")


@SPREAD
def test_a_changed_wheel_does_not_run(scene: Scene, ice: Ice, position: int) -> None:
    """In the store, after it was installed."""
    flip(scene.blob(WORDS), position)

    assert_refused(scene, ice, "run", "one.yaml", "--no-dynamic", "--input", "text=a")


@SPREAD
@pytest.mark.parametrize("ending", [".json", ".wheels"])
def test_a_changed_manifest_does_not_run(scene: Scene, ice: Ice, position: int, ending: str) -> None:
    """In `plugins.d`, or the wheel index beside it, after it was installed."""
    flip(scene.manifest(WORDS).with_suffix(ending), position)

    assert_refused(scene, ice, "run", "one.yaml", "--no-dynamic", "--input", "text=a")


@pytest.fixture(scope="module")
def plan(made_scene: Scene) -> bytes:
    """The plan that the scene's lock gives."""
    done(made_scene.person.ice("compile", "one.yaml", "--locked", "--no-dynamic", "--output", "plan.json"))
    return (made_scene.folder / "plan.json").read_bytes()


@SPREAD
def test_a_plan_does_not_run_beside_a_changed_lock(scene: Scene, ice: Ice, position: int, plan: bytes) -> None:
    """The plan holds the digest of the lock that it was compiled with."""
    (scene.folder / "plan.json").write_bytes(plan)
    flip(scene.folder / "pylock.iceos.toml", position)

    assert_refused(scene, ice, "run", "plan.json", "--no-dynamic", "--input", "text=a")


@pytest.mark.parametrize(
    ("member", "value", "slug"),
    [
        ("import_target", "acme_words.shouting:shout", "plan-altered"),
        ("input_schema", {}, "plan-altered"),
        ("output_schema", {}, "plan-altered"),
        ("permissions", {"tools": ["tool:shout"]}, "plan-altered"),
        ("cost", {"base": "0", "per_token": "0"}, "plan-altered"),
        ("digest", f"sha256:{'0' * 64}", "component-changed"),
    ],
)
def test_a_plan_that_describes_a_component_otherwise_does_not_run(
    scene: Scene, ice: Ice, plan: bytes, member: str, value: JsonValue, slug: str
) -> None:
    """A plan is a file that anyone could have written: a component's contract is its signed manifest's to say."""
    altered = json.loads(plan)
    altered["components"]["tool:count_words"][member] = value
    (scene.folder / "plan.json").write_text(json.dumps(altered))

    assert slug == assert_refused(scene, ice, "run", "plan.json", "--no-dynamic", "--input", "text=a")
