"""From export of the neighbours to the compiled plan no module of a package is imported; a node imports its own."""

import json
import shutil
from pathlib import Path

import pytest

from tests.scenarios.conftest import KEY, Scene
from tests.scenarios.packages import REPORT, SHOUTING, SPLITTING, WORDS, markers, package_at, project_at
from tests.scenarios.person import done

# Prints, after each step, which modules of the packages are in `sys.modules`.
_STEPS = """\
import asyncio, json, pathlib, sys

from ice_compiler.compiler import compile_blueprint
from ice_core.models.lock import read_lock
from ice_core.unified_registry import load_plugins
from ice_orchestrator.run import run_plan

def ours():
    return sorted(name for name in sys.modules if name.startswith("acme_"))

steps = {}
registry = load_plugins(no_dynamic=True)
registry.list()
steps["load"] = ours()
lock = read_lock(pathlib.Path("pylock.iceos.toml").read_bytes(), where="lock")
file = pathlib.Path(sys.argv[1])
plan = compile_blueprint(file.read_bytes(), where=file.name, registry=registry, lock=lock, locked=True).plan
steps["compile"] = ours()
events = []
listener = lambda event: events.append((event.type, ours()))
result = asyncio.run(run_plan(plan, {"text": "a b"}, registry=registry, listener=listener))
steps["started"] = events[0][1]
steps["run"] = ours()
print(json.dumps({"steps": steps, "status": result.status}))
"""


def test_exporting_a_package_imports_no_neighbour(scene: Scene) -> None:
    """Only modules that declare a component, and what those import themselves, are imported; in a child process."""
    project = project_at(scene.folder / "other", "acme-other", modules={"__init__.py": "", "tools.py": SHOUTING})
    (project / "src" / "acme_other" / "quiet.py").write_text(SPLITTING)
    package_at(project / "src", WORDS, modules={"counting.py": SPLITTING, "shouting.py": SPLITTING})

    done(scene.person.ice("plugins", "export", "--output", "plugins.json", folder=project))

    assert ["imported acme_other.tools"] == markers(scene.markers)


def test_signing_publishing_locking_installing_and_compiling_import_nothing(scene: Scene) -> None:
    """Every command from the exported manifest to the plan, on packages whose every module leaves a marker."""
    bundle = scene.folder / "market" / "acme_words-1.0.0.icebundle"
    wheel = scene.folder / scene.manifest(WORDS).with_suffix(".wheels").read_text().split()[1]
    wheel.write_bytes(scene.blob(WORDS).read_bytes())
    ice, project = scene.person.ice, scene.folder / WORDS

    done(ice("plugins", "sign", "plugins.json", "--key", KEY, "--output", "signed.json", folder=project))
    done(ice("publish", "--wheel", wheel, "--index", "again", folder=project))
    done(ice("lock", WORDS, REPORT, "--index", "market", "--output", "new.toml"))
    done(ice("install", "new.toml", "--index", "market", environ={"ICEOS_HOME": str(_second_home(scene))}))
    done(ice("plugins", "list", "--no-dynamic"))
    done(ice("compile", "flow.yaml", "--locked", "--output", "plan.json", "--no-dynamic"))

    assert [] == markers(scene.markers)
    assert bundle.read_bytes() == (project / "again" / bundle.name).read_bytes()


@pytest.mark.parametrize(
    ("blueprint", "imported"),
    [
        ("one.yaml", ["acme_words", "acme_words.counting", "acme_words.splitting"]),
        (
            "flow.yaml",
            ["acme_report", "acme_report.reporting", "acme_words", "acme_words.counting", "acme_words.shouting",
             "acme_words.splitting"],
        ),
    ],
)  # fmt: skip
def test_a_node_imports_its_own_package_and_no_other(scene: Scene, blueprint: str, imported: list[str]) -> None:
    """`sys.modules` of one process after load, compile, the run's first event and the run; both packages installed."""
    outcome = done(scene.person.python("-c", _STEPS, blueprint))

    assert {
        "steps": {"load": [], "compile": [], "started": [], "run": imported},
        "status": "finished",
    } == json.loads(outcome.out)
    assert imported == [name.removeprefix("imported ") for name in markers(scene.markers) if "imported" in name]


def _second_home(scene: Scene) -> Path:
    """A home that trusts the same key and has nothing installed."""
    home = scene.folder / "second"
    shutil.copytree(scene.home.keys, home / "keys")
    home.chmod(0o700)
    return home
