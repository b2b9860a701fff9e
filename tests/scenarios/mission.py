"""The mission's own test in parts: a temporary folder, a manifest written there, and a run under `--no-dynamic`."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ice_compiler.compiler import compile_blueprint
from ice_core.canonical import printed_bytes
from ice_core.errors import IceError
from ice_core.home import Home
from ice_core.models.lock import read_lock
from ice_core.signing import WheelPin, wheel_index
from ice_core.strict_json import JsonObject, JsonValue
from ice_core.unified_registry import load_plugins
from ice_orchestrator.result import RunResult
from ice_orchestrator.run import run_plan
from tests.builders.homes import make_home, write
from tests.builders.installed import entry
from tests.builders.keys import KEY_ID
from tests.builders.manifests import manifest, signed
from tests.builders.wheels import plugin_wheel
from tests.scenarios.packages import COUNTING, MARK, ONE_NODE, SPLITTING, TOUCHES

FILES: Mapping[str, str] = {
    "acme_words/__init__.py": MARK,
    "acme_words/counting.py": COUNTING,
    "acme_words/splitting.py": SPLITTING,
}
TEXT: JsonObject = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
INPUT = "text=one two three"


def counting(*, target: str = "acme_words.counting:count_words", **members: JsonValue) -> JsonObject:
    """The entry of the one tool; further members go into it."""
    schema: JsonObject = {"input": TEXT, "output": {"type": "integer"}}
    value = entry("count_words", target, schema=schema, cost=0.001, permissions={**TOUCHES})
    return {**value, **members}


def document(*entries: JsonObject) -> JsonObject:
    """The package's manifest, unsigned."""
    return manifest(*(entries or (counting(),)), name="acme-words", version="1.0.0")


@dataclass(frozen=True, kw_only=True)
class Mission:
    """A folder with a blueprint, a home and a place for markers."""

    folder: Path

    @property
    def home(self) -> Home:
        """The home folder, which trusts one key."""
        return Home(self.folder / "home")

    @property
    def markers(self) -> Path:
        """Where components leave markers."""
        return self.folder / "markers"

    @property
    def manifest(self) -> Path:
        """The manifest."""
        return self.home.manifests / "acme_words-1.0.0.json"

    @property
    def blueprint(self) -> Path:
        """One node that calls the one tool."""
        return self.folder / "one.yaml"

    def put(
        self,
        value: JsonObject,
        *,
        files: Mapping[str, str] = FILES,
        key: Ed25519PrivateKey | None = None,
        public_key_id: str = KEY_ID,
    ) -> Path:
        """Installs the package as `ice install` does, whatever the manifest says; gives where its wheel lies."""
        filename, data = plugin_wheel("acme-words", "1.0.0", files=files, manifest=value)
        pin = WheelPin.of(filename, data)
        write(self.manifest, signed(value, [(filename, data)], key=key, public_key_id=public_key_id))
        write(self.manifest.with_suffix(".wheels"), wheel_index([pin]))
        return write(self.home.blob(pin.digest.hex), data)

    def rewrite(self, value: JsonObject) -> None:
        """Puts another document in the manifest's place."""
        self.manifest.write_bytes(printed_bytes(value))

    def run(self, *, no_dynamic: bool = True) -> RunResult:
        """The run through the Python API.

        Raises:
            IceError: Whatever refuses it, before or inside the run.
        """
        registry = load_plugins(home=self.home.root, no_dynamic=no_dynamic, environ={}, project=self.folder)
        lock_file = self.folder / "pylock.iceos.toml"
        lock = read_lock(lock_file.read_bytes(), where=lock_file.name) if lock_file.exists() else None
        done = compile_blueprint(self.blueprint.read_bytes(), where=self.blueprint.name, registry=registry, lock=lock)
        if done.plan is None:
            raise IceError.of(done.findings)
        result = asyncio.run(run_plan(done.plan, {"text": "one two three"}, registry=registry))
        result.raise_if_not_finished()
        return result


def mission_at(folder: Path) -> Mission:
    """A folder with everything but a package."""
    mission = Mission(folder=folder)
    mission.markers.mkdir(parents=True)
    mission.blueprint.write_text(ONE_NODE)
    make_home(mission.home.root)
    mission.home.keys.chmod(0o700)
    return mission
