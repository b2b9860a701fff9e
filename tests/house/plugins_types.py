"""Writes src/ice_core/models/plugins_types.py from the manifest's JSON Schema; `python3 dev.py fix` runs it."""

import subprocess
import sys
from typing import Final

from ice_core.strict_json import JsonObject
from ice_sdk.schema_types import TypeWriter
from tests.house.spec_schemas import schema_of
from tests.house.tree import ROOT

MODULE: Final = ROOT / "src" / "ice_core" / "models" / "plugins_types.py"
OPENING: Final = '''"""`plugins.v0` as TypedDicts, for JSON values: `value: PluginsManifest = json.loads(text)`.

A type checker sees the members; nothing is checked at run time, for which there is `plugins.parse_manifest`. This
module is made from `spec/plugins.v0.schema.json` by `python3 dev.py fix`.
"""

from __future__ import annotations
'''


def render() -> str:
    """The whole module, as `ruff format` leaves it."""
    schema = schema_of("plugins.v0")
    definitions = schema.pop("$defs")
    named: JsonObject = {**(definitions if isinstance(definitions, dict) else {}), "PluginsManifest": schema}
    writer = TypeWriter(named, prefix="#/$defs/")
    imports = f"{writer.import_line()}\nfrom ice_core.strict_json import JsonValue\n"
    text = "\n\n".join([f"{OPENING}\n{imports}", *writer.definitions])
    return _ruff(_ruff(text, "check", "--select=I", "--fix", "--quiet"), "format")


def _ruff(text: str, *words: str) -> str:
    command = [sys.executable, "-m", "ruff", *words, "--stdin-filename", str(MODULE), "-"]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True, cwd=ROOT).stdout


if __name__ == "__main__":
    MODULE.write_text(render(), encoding="utf-8")
