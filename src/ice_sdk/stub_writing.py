"""Stubs: a Python module of the types of a manifest's inputs and outputs, with a typed call of each component.

The same manifest gives the same bytes. No component is imported, neither to write the module nor by it.
"""

from pathlib import Path
from typing import Final

from ice_core.json_schema import REFERENCE_PREFIX
from ice_core.manifest_checks import check_schemas, component_entries, shared_schemas
from ice_core.strict_json import JsonObject
from ice_sdk.schema_types import ANY, TypeWriter, camel, docstring

STUBS_NAME: Final = "stubs.py"
# A formatter's or a fixer's other bytes would be told as stale.
_AS_IT_IS: Final = "\n# fmt: off\n# ruff: noqa\n"


def stubs_text(manifest: JsonObject, *, where: str) -> str:
    """The module of a manifest's types and calls.

    Args:
        manifest: A manifest that its model has accepted.
        where: The manifest's place, for messages.

    Raises:
        IceError: What the schemas are refused for, references that leave the manifest above all.
    """
    check_schemas(manifest, where=where)
    writer = TypeWriter(shared_schemas(manifest), prefix=REFERENCE_PREFIX)
    entries = component_entries(manifest)
    names = [str(entry["name"]) for entry in entries]
    calls = [_call(writer, entry, alone=names.count(str(entry["name"])) == 1) for entry in entries]
    parts = [_head(manifest, writer, has_calls=bool(calls)), *writer.definitions, *calls]
    return "\n\n".join(parts)


def write_stubs(manifest: JsonObject, folder: Path, *, where: str) -> None:
    """Writes the module of `stubs_text` into `folder`, unless the manifest has no component.

    Args:
        manifest: A manifest that its model has accepted.
        folder: An empty folder.
        where: The manifest's place, for messages.

    Raises:
        IceError: What `stubs_text` raises; nothing is written then.
    """
    text = stubs_text(manifest, where=where)
    if component_entries(manifest):
        (folder / STUBS_NAME).write_text(text, encoding="ascii")


def _head(manifest: JsonObject, writer: TypeWriter, *, has_calls: bool) -> str:
    package = manifest.get("package")
    name = f"{package['name']} {package['version']}" if isinstance(package, dict) else "a manifest without a package"
    imports = writer.import_line()
    needed = "from ice_core.strict_json import JsonValue\n" if has_calls or _mentions_any(writer) else ""
    needed += "from ice_sdk.context import Context\n" if has_calls else ""
    sections = [f'"""Types and calls of {name}, written by `ice plugins stubs`."""\n{_AS_IT_IS}']
    sections.append("from __future__ import annotations\n")
    return "\n".join([*sections, *(part for part in (imports, needed) if part)])


def _mentions_any(writer: TypeWriter) -> bool:
    return any(ANY in definition for definition in writer.definitions)


def _call(writer: TypeWriter, entry: JsonObject, *, alone: bool) -> str:
    pair, identity = entry["schema"], f"{entry['node_type']}:{entry['name']}"
    schemas = pair if isinstance(pair, dict) else {}
    stem = str(entry["name"]) if alone else f"{entry['node_type']}_{entry['name']}"
    given = writer.define(f"{camel(stem)}Input", schemas.get("input", True))
    result = writer.define(f"{camel(stem)}Output", schemas.get("output", True))
    members = writer.typed_dict(schemas.get("input", True), given)
    arguments = f"{writer.use('Unpack')}[{members}]" if members is not None else ANY
    cast = writer.use("cast")
    described = entry.get("description")
    words = described if isinstance(described, str) and described else f"Calls {identity}."
    return (
        f"async def {writer.take(stem)}(context: Context, /, **arguments: {arguments}) -> {result}:\n"
        f"    {docstring(words)}\n"
        f'    given = {cast}("dict[str, {ANY}]", {cast}("object", arguments))\n'
        f'    return {cast}("{result}", {cast}("object", await context.call("{identity}", **given)))\n'
    )
