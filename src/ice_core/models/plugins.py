"""`plugins.v0`: the manifest of a distribution's components, frozen; members are only ever added, and optional.

The members, their bounds and their meaning are those of `spec/plugins.v0.schema.json`, which is generated from here. A
reader refuses a member that it does not know. Digests are taken over the parsed JSON value, never over these models.
"""

import re
import unicodedata
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from ice_core.errors import IceError
from ice_core.models.wire import JsonArray, Money, WireModel, matching, parse_wire
from ice_core.names import (
    COMPONENT_NAME_PATTERN,
    IMPORT_TARGET_PATTERN,
    MAX_NAME_LENGTH,
    PUBLIC_KEY_ID_PATTERN,
    SEMVER_PATTERN,
    ComponentId,
    NodeType,
)
from ice_core.strict_json import JsonObject

SCHEMA_VERSION: Final = "plugins.v0"
MAX_TEXT_BYTES: Final = 4096


def _clean_text(text: str) -> str:
    # Control (Cc), format (Cf: bidi marks, zero-width), surrogate, private-use and unassigned characters are refused.
    hidden = next((char for char in text if unicodedata.category(char).startswith("C")), None)
    if hidden is not None:
        raise ValueError(f"holds the invisible character U+{ord(hidden):04X}")
    if unicodedata.normalize("NFC", text) != text:
        raise ValueError("is not in Unicode normal form C")
    if len(text.encode("utf-8")) > MAX_TEXT_BYTES:
        raise ValueError(f"is longer than {MAX_TEXT_BYTES} bytes")
    return text


def _utc_instant(text: str) -> str:
    if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", text, re.ASCII) is None:
        raise ValueError("is not an instant in UTC written YYYY-MM-DDTHH:MM:SSZ")
    datetime.fromisoformat(text)
    return text


Text = Annotated[str, AfterValidator(_clean_text)]
Instant = Annotated[str, AfterValidator(_utc_instant)]
ComponentName = Annotated[str, StringConstraints(max_length=MAX_NAME_LENGTH), matching(COMPONENT_NAME_PATTERN)]
SemanticVersion = Annotated[str, StringConstraints(max_length=128), matching(SEMVER_PATTERN)]
SchemaValue = dict[str, Any]  # a JSON Schema; its subset is checked by `ice_core.json_schema`


class PackageInfo(WireModel):
    """The distribution that carries the code; required when a wheel is signed with the manifest."""

    name: Annotated[str, StringConstraints(max_length=128), matching(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")]
    version: Annotated[str, StringConstraints(min_length=1, max_length=128)]


class SchemaPair(WireModel):
    """What goes into a component and what comes out: two JSON Schemas, or references to shared ones."""

    input: SchemaValue
    output: SchemaValue


class CostEstimate(WireModel):
    """What a call costs: `base` and, for each token, `per_token`; in `currency`."""

    base: Money
    per_token: Money = Decimal(0)
    currency: Literal["USD"] = "USD"


class ComponentExample(WireModel):
    """One input and the output that it gives."""

    input: Any
    output: Any


class Permissions(WireModel):
    """What the component may touch; what is absent it may not."""

    network: JsonArray[Text] = ()
    filesystem: JsonArray[Text] = ()
    subprocess: bool = False
    environment: JsonArray[Annotated[str, matching(r"[A-Za-z_][A-Za-z0-9_]*")]] = ()
    tools: JsonArray[str] = ()

    @model_validator(mode="after")
    def _tools_are_ids(self) -> Self:
        for tool in self.tools:
            try:
                ComponentId.parse(tool)
            except IceError as error:
                raise ValueError(f"`{tool}` is not a component id") from error
        return self


class DeprecatedInfo(WireModel):
    """Since which version the component should no longer be used, and what to use instead."""

    since: SemanticVersion
    replacement: ComponentName | None = None


class SignatureInfo(WireModel):
    """The ed25519 signature of a manifest; `public_key_id` is a hint, the key-store decides."""

    algo: Literal["ed25519"]
    value: Annotated[str, StringConstraints(max_length=88)]
    public_key_id: Annotated[str, matching(PUBLIC_KEY_ID_PATTERN)]


class ComponentEntry(WireModel):
    """One component: what it is called, where its object lives, what it takes, gives, costs and may do."""

    node_type: NodeType
    name: ComponentName
    import_: Annotated[str, Field(alias="import"), matching(IMPORT_TARGET_PATTERN)]
    version: SemanticVersion
    iceos_min: SemanticVersion | None = None
    schema_: Annotated[SchemaPair, Field(alias="schema")]
    cost_estimate: CostEstimate | None = None
    max_tokens: Annotated[int, Field(ge=0, le=10**9)] | None = None
    tags: JsonArray[Text] = ()
    description: Text = ""
    examples: JsonArray[ComponentExample] = ()
    permissions: Permissions = Permissions()
    deprecated: DeprecatedInfo | None = None
    blueprint: dict[str, Any] | None = None

    @property
    def id(self) -> ComponentId:
        """The component's (node_type, name)."""
        return ComponentId(self.node_type, self.name)

    @model_validator(mode="after")
    def _blueprint_only_in_workflows(self) -> Self:
        if self.blueprint is not None and self.node_type != "workflow":
            raise ValueError("`blueprint` is for workflows only")
        return self


class PluginsManifest(WireModel):
    """The root of `plugins.json`."""

    json_schema: Annotated[str | None, Field(alias="$schema")] = None
    schema_version: Literal["plugins.v0"]
    created: Instant
    package: PackageInfo | None = None
    license: Text | None = None
    schemas: dict[
        Annotated[str, StringConstraints(max_length=128), matching(r"[A-Za-z_][A-Za-z0-9_.-]*")],
        SchemaValue,
    ] = Field(default_factory=dict)
    components: JsonArray[ComponentEntry]
    signature: SignatureInfo | None = None

    @model_validator(mode="after")
    def _each_component_once(self) -> Self:
        seen: set[ComponentId] = set()
        for entry in self.components:
            if entry.id in seen:
                raise ValueError(f"`{entry.id}` is listed twice")
            seen.add(entry.id)
        return self


def parse_manifest(value: JsonObject, *, where: str) -> PluginsManifest:
    """The model of a parsed manifest.

    Raises:
        IceError: `manifest-invalid`, with the path, what was expected and what was found of the first fault, and all
            faults as findings.
    """
    return parse_wire(
        PluginsManifest,
        value,
        slug="manifest-invalid",
        document=f"a `{SCHEMA_VERSION}` manifest",
        where=where,
        hints=("To write it anew, run `ice plugins export --output plugins.json`",),
    )
