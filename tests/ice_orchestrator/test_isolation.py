"""What is imported when, seen from a fresh interpreter: no server library, no component before its node, no other."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.builders.installed import entry, install_package
from tests.ice_orchestrator.packages import texts_package

SCRIPT = """
import asyncio, json, sys
from pathlib import Path

home = Path(sys.argv[1])
seen = {}

def note(moment):
    seen[moment] = sorted(name for name in sys.modules if name.startswith("acme_"))

import ice_orchestrator.run as run
import ice_orchestrator.history
servers = "temporalio uvicorn starlette fastapi aiohttp http.server grpc ice_cli rich click".split()
seen["servers"] = [name for name in servers if name in sys.modules]

from ice_core.unified_registry import load_plugins
registry = load_plugins(home=home, no_dynamic=True, environ={}, project=home)
note("loaded")

from tests.builders.installed import plan_for
from tests.builders.plans import node
plan = plan_for(
    registry, node("first", "tool:one"), node("second", "tool:known_words", "first"), also=["tool:never"],
    outputs={"first": "{{ first }}"},
)
note("planned")

def listen(event):
    note(event.type + " " + getattr(event, "node", ""))

result = asyncio.run(run.run_plan(plan, {}, registry=registry, listener=listen))
seen["outputs"] = result.outputs
print(json.dumps(seen))
"""

MARKING = """
from pathlib import Path
Path({marker!r}).touch()
from ice_sdk import tool


@tool(name="{name}", version="1.0.0")
def {name}() -> int:
    '''Leaves a marker when it is imported.'''
    return 1
"""


def test_each_package_is_imported_at_its_first_node_and_no_other_ever(tmp_path: Path) -> None:
    """Three packages are in the plan; one is never called, and its import would leave a marker."""
    home = tmp_path / "home"
    texts_package(home)
    for name in ("one", "never"):
        source = MARKING.format(marker=str(tmp_path / f"marker-{name}"), name=name)
        install_package(
            home,
            f"acme-{name}",
            {f"acme_{name}/__init__.py": source},
            [entry(name, f"acme_{name}:{name}", permissions={"filesystem": [str(tmp_path)]})],
        )
    root = Path(__file__).parents[2]

    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(home)],
        capture_output=True,
        text=True,
        check=True,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    )

    seen = json.loads(ended.stdout)
    texts = ["acme_texts", "acme_texts.tools"]
    assert {
        "servers": [],
        "loaded": [],
        "planned": [],
        "run.started ": [],
        "node.started first": [],
        "node.finished first": ["acme_one"],
        "node.started second": ["acme_one"],
        "node.finished second": ["acme_one", *texts],
        "run.finished ": ["acme_one", *texts],
        "outputs": {"first": 1},
    } == seen
    assert ["marker-one"] == sorted(path.name for path in tmp_path.glob("marker-*"))
