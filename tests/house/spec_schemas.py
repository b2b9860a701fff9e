"""Writes spec/*.schema.json from the wire models; `python3 dev.py fix` runs it."""

from decimal import Decimal
from typing import Final

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode
from pydantic_core import CoreSchema

from ice_core.canonical import printed_bytes
from ice_core.json_schema import DIALECT
from ice_core.models.blueprint import Blueprint
from ice_core.models.key import KeyFile, KeyRotationFile
from ice_core.models.plan import Plan
from ice_core.models.plugins import PluginsManifest
from ice_core.models.wire import WireModel
from ice_core.strict_json import JsonObject
from tests.house.tree import ROOT

SPEC: Final = ROOT / "spec"
FORMATS: Final[dict[str, tuple[type[WireModel], str]]] = {
    "plugins.v0": (PluginsManifest, "plugins.json, schema version plugins.v0"),
    "blueprint.1.2.0": (Blueprint, "Normalised blueprint, schema version 1.2.0"),
    "key-file": (KeyFile, "keys/PUBLIC_KEY_ID.json: a public key of the key-store"),
    "key-rotation.v0": (KeyRotationFile, "One key hands its packages over to another, schema version key-rotation.v0"),
    "plan.v0": (Plan, "Plan, schema version plan.v0"),
}


class _WithoutFieldTitles(GenerateJsonSchema):
    """A member is called what it is called: no title such as "Iceos Min" made from its name."""

    def field_title_should_be_set(self, schema: object) -> bool:
        return False

    def encode_default(self, dft: object) -> object:
        return int(dft) if isinstance(dft, Decimal) else super().encode_default(dft)

    def generate(self, schema: CoreSchema, mode: JsonSchemaMode = "validation") -> dict[str, object]:
        return {"$schema": DIALECT, **super().generate(schema, mode)}


def schema_of(name: str) -> JsonObject:
    """The JSON Schema of one format; `$id` is relative, so that a copy beside it resolves."""
    model, title = FORMATS[name]
    generated: JsonObject = model.model_json_schema(by_alias=True, schema_generator=_WithoutFieldTitles)
    head: JsonObject = {"$schema": generated.pop("$schema"), "$id": f"{name}.schema.json", "title": title}
    generated.pop("title")
    return {**head, **generated}


if __name__ == "__main__":
    for format_name in FORMATS:
        (SPEC / f"{format_name}.schema.json").write_bytes(printed_bytes(schema_of(format_name)))
