"""`ice new blueprint`: a YAML file that compiles, with a node for a component that the project's manifest lists."""

import io
import re
from pathlib import Path
from typing import Final

from ruamel.yaml import YAML

from ice_core.errors import IceError
from ice_core.home import read_regular_file
from ice_core.json_schema import standalone_schema
from ice_core.manifest_checks import component_entries
from ice_core.models.plugins import parse_manifest
from ice_core.names import ComponentId
from ice_core.one_node import one_node_blueprint
from ice_core.published_schemas import schema_file_name
from ice_core.strict_json import MAX_BYTES, JsonObject, parse_json, printable
from ice_sdk.new_files import NewFiles, write_all
from ice_sdk.project import manifest_of_project

_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,99}", re.ASCII)
_EMPTY: Final = """\
schema_version: "1.2.0"
id: {name}
inputs:
  type: object
  properties:
    text:
      type: string
  required:
  - text
# Each node calls a component that a manifest lists, for instance:
#   - id: count
#     type: tool
#     tool_name: count_words
#     tool_args:
#       text: "{{{{ inputs.text }}}}"
#     dependencies: []
nodes: []
outputs:
  text: '{{{{ inputs.text }}}}'
"""


def new_blueprint(project: Path, name: str) -> NewFiles:
    """Writes `NAME.yaml` into a folder.

    Raises:
        IceError: `name-unusable`, `new-file-exists`, `file-not-written`, or what reading the manifest refuses.
    """
    if _NAME.fullmatch(name) is None:
        raise IceError(
            "name-unusable",
            f"`{printable(name)}` cannot be the id of a blueprint and the name of its file",
            expected="letters, digits, `_` and `-`, as in news",
            found=printable(name),
            note="Nothing was written.",
            hints=("Choose another name, as in `ice new blueprint news`",),
        )
    file = project / f"{name}.yaml"
    write_all({file: (_editor_line(project) + _text(project, name)).encode()})
    return NewFiles(project=project, files=(file.relative_to(project),))


def _editor_line(project: Path) -> str:
    copy = Path("schemas") / schema_file_name("blueprint")
    return f"# yaml-language-server: $schema=./{copy}\n" if (project / copy).is_file() else ""


def _text(project: Path, name: str) -> str:
    manifest = manifest_of_project(project)
    if not manifest.exists():
        return _EMPTY.format(name=name)
    value = parse_json(read_regular_file(manifest, max_bytes=MAX_BYTES), where=str(manifest))
    parse_manifest(value, where=str(manifest))
    entries = component_entries(value)
    if not entries:
        return _EMPTY.format(name=name)
    return _yaml(_calling(_first(entries), value, name))


def _first(entries: list[JsonObject]) -> JsonObject:
    tools = [entry for entry in entries if entry["node_type"] == "tool"]
    return (tools or entries)[0]


def _calling(entry: JsonObject, manifest: JsonObject, name: str) -> JsonObject:
    pair, schemas = entry["schema"], manifest.get("schemas")
    taken = pair["input"] if isinstance(pair, dict) else {}
    schema = standalone_schema(taken, schemas if isinstance(schemas, dict) else {})
    component = ComponentId.parse(f"{entry['node_type']}:{entry['name']}")
    return one_node_blueprint(component, schema, identity=name)


def _yaml(value: JsonObject) -> str:
    writer = YAML()
    writer.width = 120
    text = io.StringIO()
    writer.dump(value, text)
    # Without quotes a version of three parts is text in any YAML; quoted it also looks like it.
    return text.getvalue().replace("schema_version: 1.2.0\n", 'schema_version: "1.2.0"\n', 1)
