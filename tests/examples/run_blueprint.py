"""A program that builds, signs, loads and runs: `run_blueprint.py FOLDER BLUEPRINT INPUTS`, in a process of its own.

The wheels are built by the packages' own back end, the bundles are signed, and everything runs under `no_dynamic`; the
result, the cost and the packages that were imported are printed as JSON.
"""

import asyncio
import json
import os
import sys
from pathlib import Path

import hatchling.build

from ice_client.bundle import make_bundle
from ice_compiler.compiler import compile_blueprint
from ice_core.strict_json import JsonObject, parse_json
from ice_core.unified_registry import load_plugins
from ice_core.wheel_rewriting import add_manifest
from ice_orchestrator.run import run_plan
from tests.builders.homes import make_home
from tests.builders.keys import KEY_ID, private_key
from tests.examples.packages import BLUEPRINTS, EXAMPLES, LIGHT, manifest_of


def bundle(name: str, folder: Path) -> Path:
    """The signed bundle of a package."""
    os.chdir(EXAMPLES / name)
    filename = hatchling.build.build_wheel(str(folder))
    manifest = manifest_of(name).read_bytes()
    wheel = add_manifest((folder / filename).read_bytes(), parse_json(manifest, where=name), where=filename)
    path = folder / f"{name}.icebundle"
    path.write_bytes(make_bundle(manifest, [(filename, wheel)], private_key=private_key(), public_key_id=KEY_ID))
    path.chmod(0o600)
    return path


def main(folder: Path, blueprint: str, inputs: JsonObject) -> None:
    """Prints the result of one run."""
    home = make_home(folder / "home")
    bundles = [bundle(name, folder) for name in LIGHT]
    registry = load_plugins(*bundles, home=home.root, no_dynamic=True)
    text = (BLUEPRINTS / blueprint).read_bytes()
    compilation = compile_blueprint(text, where=blueprint, registry=registry)
    assert compilation.plan is not None, compilation.findings
    result = asyncio.run(run_plan(compilation.plan, inputs, registry=registry))
    result.raise_if_not_finished()
    imported = sorted({name.partition(".")[0] for name in sys.modules if name.startswith("iceos_")})
    json.dump({"outputs": result.outputs, "cost": str(result.cost), "imported": imported}, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], parse_json(sys.argv[3].encode(), where="inputs"))
