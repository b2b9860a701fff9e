"""The nine stages on the example packages, one function a stage, each giving the lines that narrate it.

Everything is the real thing: the commands a person would run call these same functions. All files lie in one folder.
"""

import asyncio
import importlib.util
import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from ice_cli import output
from ice_client.folder_index import FolderIndex
from ice_client.install import Installed, install
from ice_client.lock import make_lock
from ice_client.publish import Published, SigningKey, publish
from ice_client.signers import create_key, load_private_key
from ice_client.wheel_building import build_wheel
from ice_compiler.compiler import compile_blueprint
from ice_core.amounts import amount_text
from ice_core.errors import IceError
from ice_core.home import Home, write_atomically
from ice_core.key_store import KeyStore
from ice_core.models.lock import LOCK_NAME, read_lock
from ice_core.models.plan import Plan, plan_bytes, plan_digest
from ice_core.strict_json import JsonObject
from ice_core.unified_registry import Registry, load_plugins
from ice_orchestrator.events import Event
from ice_orchestrator.result import RunResult
from ice_orchestrator.run import run_plan
from ice_sdk.export import Exported, export_manifest
from ice_sdk.project import MANIFEST_NAME

PACKAGES = ("iceos-tables", "iceos-text", "iceos-analyst")
BLUEPRINT = Path("blueprints") / "weather.yaml"
INPUTS = {"path": Path("data") / "seattle-weather.csv"}
KEY_ID = "demo-key"
HERE = Path(__file__).resolve().parent


def examples_folder(*, here: Path = HERE) -> Path:
    """Where the example packages lie: in a clone, or inside the installed distribution.

    Args:
        here: The folder of the installed package `ice_cli`.

    Raises:
        IceError: `examples-missing`.
    """
    for folder in (here.parents[1] / "examples", here / "example_packages"):
        if all((folder / name).is_dir() for name in (*PACKAGES, "data")):
            return folder
    raise IceError(
        "examples-missing",
        "the example packages are not part of this installation",
        hints=("To run the demo, clone the repository and run `python3 dev.py demo` there",),
    )


@dataclass(kw_only=True, slots=True)
class Demo:
    """What the stages hand on to each other."""

    folder: Path
    passphrase: bytes = field(default_factory=lambda: secrets.token_hex(16).encode())
    exported: list[Exported] = field(default_factory=list)
    published: list[Published] = field(default_factory=list)
    facts: JsonObject = field(default_factory=dict)
    registry: Registry | None = None
    plan: Plan | None = None
    result: RunResult | None = None

    @property
    def home(self) -> Home:
        """The demo's own home folder."""
        return Home(self.folder / "home")

    @property
    def index(self) -> FolderIndex:
        """The demo's marketplace: a folder of bundles."""
        return FolderIndex(self.folder / "market")

    def place(self, path: Path) -> str:
        """A path as a person in the demo's folder would write it."""
        return str(path.relative_to(self.folder))


def author(demo: Demo) -> list[str]:
    """1: copies the packages and reads what their decorators declare."""
    source = examples_folder()
    for name in (*PACKAGES, "data", "blueprints"):
        shutil.copytree(source / name, demo.folder / name, ignore=shutil.ignore_patterns("__pycache__", MANIFEST_NAME))
    rows = []
    for name in PACKAGES:
        exported = export_manifest(demo.folder / name, environ={})
        demo.exported.append(exported)
        rows += [(str(found.id), f"{name}/{found.file}:{found.line}") for found in exported.discovery.components]
    return [*output.columns(rows), "typed Python functions; the decorator returns each one unchanged"]


def export(demo: Demo) -> list[str]:
    """2: writes each manifest, twice, to see that the bytes are the same."""
    rows = []
    for name, exported in zip(PACKAGES, demo.exported, strict=True):
        file = demo.folder / name / MANIFEST_NAME
        write_atomically(file, exported.data)
        again = export_manifest(demo.folder / name, output=file, environ={})
        same = (
            "the same bytes when exported again" if again.data == exported.data else "OTHER BYTES WHEN EXPORTED AGAIN"
        )
        rows.append((demo.place(file), f"{len(exported.discovery.components)} components", same))
    return output.columns(rows)


def sign(demo: Demo) -> list[str]:
    """3: makes the key that signs; the signature itself is made while a bundle is."""
    record = create_key(
        demo.home, KEY_ID, passphrase=demo.passphrase, namespaces=("iceos-*",), now=datetime.now(UTC), comment="demo"
    )
    demo.facts["signer"] = KEY_ID
    return [
        f"key {KEY_ID} (ed25519), encrypted, may sign iceos-*",
        f"fingerprint {record.key.fingerprint}",
    ]


def publish_all(demo: Demo) -> list[str]:
    """4: builds each wheel with its own back end, signs wheel and manifest together, verifies, uploads."""
    key = SigningKey(
        private=load_private_key(demo.home, KEY_ID, passphrase=demo.passphrase),
        record=KeyStore.read(demo.home.keys).get(KEY_ID),
    )
    lines = []
    for name in PACKAGES:
        # Without isolation a build needs no package index; the back end is there in a development environment.
        here = importlib.util.find_spec("hatchling") is not None
        wheel = build_wheel(demo.folder / name, isolation="this-environment" if here else "isolated")
        done = publish(demo.folder / name / MANIFEST_NAME, [wheel], demo.index, key=key, now=datetime.now(UTC))
        demo.published.append(done)
        lines.append(f"{done.bundle.filename}  {done.bundle.size} bytes, signed by {done.signer}")
        lines.append(f"  wheel    {done.wheels[0].digest}")
        lines.append(f"  manifest {done.manifest_digest}")
    return lines


def lock(demo: Demo) -> list[str]:
    """5: pins packages, manifests and components by digest."""
    data = make_lock(PACKAGES, demo.index, keys=KeyStore.read(demo.home.keys), now=datetime.now(UTC))
    write_atomically(demo.folder / LOCK_NAME, data)
    held = read_lock(data, where=LOCK_NAME)
    components = sum(len(plugin.components) for plugin in held.plugins)
    demo.facts["lock_digest"] = str(held.digest)
    return [
        f"{LOCK_NAME}  {len(held.plugins)} packages, {components} components",
        f"{held.digest}; pip and uv can read it (PEP 751)",
    ]


def install_all(demo: Demo) -> list[str]:
    """6: verifies every bundle, then writes the store."""
    before = set(sys.modules)
    done: Installed = install(
        (demo.folder / LOCK_NAME).read_bytes(), demo.index, home=demo.home, keys=KeyStore.read(demo.home.keys)
    )
    rows = [(f"{item.name} {item.version}", f"verified, signed by {item.signer}") for item in done.plugins]
    return [*output.columns(rows), _imported(before, "into home/store, content-addressed")]


def load(demo: Demo) -> list[str]:
    """7: reads and verifies manifests; nothing is imported."""
    before = set(sys.modules)
    # The demo's own environment: no switch of the person who runs it reaches it.
    demo.registry = load_plugins(home=demo.home.root, no_dynamic=True, environ={}, project=demo.folder)
    return [_imported(before, f"{len(demo.registry.list())} components from {len(demo.registry.sources)} manifests")]


def compile_plan(demo: Demo) -> list[str]:
    """8: checks the blueprint against the manifests alone."""
    assert demo.registry is not None
    before = set(sys.modules)
    held = read_lock((demo.folder / LOCK_NAME).read_bytes(), where=LOCK_NAME)
    compilation = compile_blueprint(
        (demo.folder / BLUEPRINT).read_bytes(), where=str(BLUEPRINT), registry=demo.registry, lock=held, locked=True
    )
    if compilation.plan is None:
        raise IceError("blueprint-refused", "the demo's blueprint", hints=(), findings=compilation.findings)
    demo.plan = compilation.plan
    write_atomically(demo.folder / "plan.json", plan_bytes(demo.plan))
    demo.facts["plan_digest"] = str(plan_digest(demo.plan))
    budget = demo.plan.body.budget
    limit = f", budget {amount_text(budget)} USD" if budget is not None else ""
    return [
        _imported(before, f"{BLUEPRINT}  {len(demo.plan.body.nodes)} nodes, {len(demo.plan.components)} components"),
        f"plan {plan_digest(demo.plan)}",
        f"costs {amount_text(demo.plan.cost.minimum)} to {amount_text(demo.plan.cost.maximum)} USD{limit}",
    ]


def run(demo: Demo, listener: Callable[[Event], None]) -> list[str]:
    """9: verifies every package of the plan, then runs; each package is imported when its node starts."""
    assert demo.registry is not None
    assert demo.plan is not None
    begin = time.perf_counter()
    inputs: JsonObject = {name: str(demo.folder / path) for name, path in INPUTS.items()}
    demo.result = asyncio.run(run_plan(demo.plan, inputs, registry=demo.registry, listener=listener))
    demo.result.raise_if_not_finished()
    demo.facts["outputs"] = demo.result.outputs
    demo.facts["cost"] = amount_text(demo.result.cost)
    seconds = time.perf_counter() - begin
    return [f"{len(demo.result.nodes)} nodes in {seconds:.1f} s, cost {amount_text(demo.result.cost)} USD"]


def tamper(demo: Demo) -> list[str]:
    """Flips one bit of one byte in a stored wheel; says which."""
    wheel = demo.published[0].wheels[0]
    blob = demo.home.blob(wheel.digest.hex)
    data = bytearray(blob.read_bytes())
    middle = len(data) // 2
    data[middle] ^= 1
    write_atomically(blob, bytes(data))
    return [f"byte {middle} of {len(data)} of {wheel.filename} in the store was {data[middle] ^ 1}, is {data[middle]}"]


def run_again(demo: Demo) -> tuple[int, list[str]]:
    """Runs the plan in a process of its own, as a person would; gives the exit code and what it said."""
    words = ["run", "plan.json", "--no-dynamic", *input_words()]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("ICEOS_")}
    done = subprocess.run(
        [sys.executable, "-m", "ice_cli", *words],
        cwd=demo.folder,
        env={**environ, "ICEOS_HOME": str(demo.home.root)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr.rstrip("\n").split("\n")


def input_words() -> list[str]:
    """The words that give the run its inputs, in the demo's folder."""
    return [word for name, path in INPUTS.items() for word in ("--input", f"{name}={path}")]


def _imported(before: set[str], words: str) -> str:
    names = [name for name in set(sys.modules) - before if name.startswith("iceos_")]
    return f"{words}; component modules imported: {len(names)}"
