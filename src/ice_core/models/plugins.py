"""`plugins.v0`: the manifest of a distribution's components, frozen; members are only ever added, and optional.

The members, their bounds and their meaning are those of `spec/plugins.v0.schema.json`, which is generated from here. A
reader refuses a member that it does not know. Digests are taken over the parsed JSON value, never over these models.
"""

from decimal import Decimal
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from ice_core.models.text import Instant, Text, clean_text
from ice_core.models.wire import ComponentIdText, JsonArray, Money, WireModel, matching, parse_wire
from ice_core.names import (
    COMPONENT_NAME_PATTERN,
    IMPORT_TARGET_PATTERN,
    MAX_NAME_LENGTH,
    MAX_VERSION_LENGTH,
    PUBLIC_KEY_ID_PATTERN,
    SEMVER_PATTERN,
    ComponentId,
    NodeType,
)
from ice_core.strict_json import JsonObject
from ice_core.version import SCHEMA_VERSION

MAX_TOKENS: Final = 10**9

PACKAGE_NAME_PATTERN: Final = r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?"
PACKAGE_VERSION_PATTERN: Final = r"[0-9A-Za-z]([0-9A-Za-z.!+_-]*[0-9A-Za-z])?"
SCHEMA_NAME_PATTERN: Final = r"[A-Za-z_][A-Za-z0-9_.-]*"
ENVIRONMENT_NAME_PATTERN: Final = r"[A-Za-z_][A-Za-z0-9_]*"
_HOST_LABEL = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
# Lower-case ASCII, so that no look-alike passes for a known host; `*` for all, `*.` for those below, an optional port.
HOST_PATTERN: Final = rf"(\*|(\*\.)?{_HOST_LABEL}(\.{_HOST_LABEL})*|\[[0-9a-f:.]+\])(:[0-9]{{1,5}})?"

ComponentName = Annotated[str, StringConstraints(max_length=MAX_NAME_LENGTH), matching(COMPONENT_NAME_PATTERN)]
SemanticVersion = Annotated[str, StringConstraints(max_length=MAX_VERSION_LENGTH), matching(SEMVER_PATTERN)]
PackageName = Annotated[str, StringConstraints(max_length=128), matching(PACKAGE_NAME_PATTERN)]
PackageVersion = Annotated[str, StringConstraints(max_length=128), matching(PACKAGE_VERSION_PATTERN)]
SchemaName = Annotated[str, StringConstraints(max_length=128), matching(SCHEMA_NAME_PATTERN)]
EnvironmentName = Annotated[str, StringConstraints(max_length=128), matching(ENVIRONMENT_NAME_PATTERN)]
HostPattern = Annotated[str, StringConstraints(max_length=260), matching(HOST_PATTERN)]
SchemaValue = dict[str, Any]  # a JSON Schema; its subset is checked by `ice_core.json_schema`


class PackageInfo(WireModel):
    """The distribution that carries the code; required when a wheel is signed with the manifest."""

    name: PackageName = Field(description="The distribution's name, as its METADATA says it.")
    version: PackageVersion = Field(description="The distribution's version (PEP 440), as its METADATA says it.")


class SchemaPair(WireModel):
    """What goes into a component and what comes out: two JSON Schemas, or references to shared ones."""

    input: SchemaValue = Field(description="JSON Schema of the input object.")
    output: SchemaValue = Field(description="JSON Schema of the output.")


class CostEstimate(WireModel):
    """What a call costs: `base` and, for each token, `per_token`; in `currency`."""

    base: Money = Field(description="The cost of one call.")
    per_token: Money = Field(default=Decimal(0), description="The cost of one token; needs a token bound if above 0.")
    currency: Literal["USD"] = Field(default="USD", description="The currency of both.")


class ComponentExample(WireModel):
    """One input and the output that it gives."""

    input: Any = Field(description="An input that keeps the input schema.")
    output: Any = Field(description="The output that it gives.")


class Permissions(WireModel):
    """What the component may touch; what is absent it may not."""

    network: JsonArray[HostPattern] = Field(
        default=(), description="Hosts it may reach: `api.example.com`, `*.example.com:8443`, or `*` for any."
    )
    filesystem: JsonArray[Text] = Field(
        default=(),
        description="`read` or `write` for any file, or paths that it may read and write with all below; "
        "`read:PATH` only to read.",
    )
    subprocess: bool = Field(default=False, description="Whether it may start processes.")
    environment: JsonArray[EnvironmentName] = Field(default=(), description="Environment variables it may read.")
    tools: JsonArray[ComponentIdText] = Field(default=(), description="Components it may call, as `tool:NAME`.")


class DeprecatedInfo(WireModel):
    """Since which version the component should no longer be used, and what to use instead."""

    since: SemanticVersion = Field(description="The component's version from which on it is deprecated.")
    replacement: ComponentName | None = Field(
        default=None, description="The name of the component of the same type to use instead."
    )


class SignatureInfo(WireModel):
    """The ed25519 signature of a manifest; `public_key_id` is a hint, the key-store decides."""

    algo: Literal["ed25519"] = Field(description="The algorithm; there is one.")
    value: Annotated[str, StringConstraints(max_length=88), AfterValidator(clean_text)] = Field(
        description="Canonical base64 of the 64 bytes of the signature."
    )
    public_key_id: Annotated[str, StringConstraints(max_length=64), matching(PUBLIC_KEY_ID_PATTERN)] = Field(
        description="Which key of the key-store to verify with."
    )


class ComponentEntry(WireModel):
    """One component: what it is called, where its object lives, what it takes, gives, costs and may do."""

    node_type: NodeType = Field(description="What kind of component it is.")
    name: ComponentName = Field(description="Its registry name; unique among those of its type.")
    import_: Annotated[str, StringConstraints(max_length=512), matching(IMPORT_TARGET_PATTERN)] = Field(
        alias="import", description="Where its object lives, as `module:Attribute`; imported when it runs."
    )
    version: SemanticVersion = Field(description="Its own version (SemVer 2.0.0).")
    iceos_min: SemanticVersion | None = Field(default=None, description="The least version of iceos that it needs.")
    schema_: SchemaPair = Field(alias="schema", description="Its input and output.")
    cost_estimate: CostEstimate | None = Field(default=None, description="What a call costs.")
    max_tokens: Annotated[int, Field(ge=0, le=MAX_TOKENS)] | None = Field(
        default=None, description="The most tokens that one call uses; bounds `per_token`."
    )
    tags: JsonArray[Text] = Field(default=(), description="Words to find it by.")
    description: Text = Field(default="", description="What it does, for people and for search.")
    examples: JsonArray[ComponentExample] = Field(default=(), description="Inputs with their outputs.")
    permissions: Permissions = Field(default=Permissions(), description="What it may touch.")
    deprecated: DeprecatedInfo | None = Field(default=None, description="Present when it should no longer be used.")
    blueprint: dict[str, Any] | None = Field(
        default=None, description="Workflows only: the normalised blueprint that it is."
    )

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
    """The manifest of the components that one distribution carries."""

    json_schema: Text | None = Field(
        default=None, alias="$schema", description="Where an editor finds this schema; iceos does not read it."
    )
    schema_version: Literal["plugins.v0"] = Field(description="The version of this format; never defaulted.")
    created: Instant = Field(description="When it was made, in UTC, as YYYY-MM-DDTHH:MM:SSZ.")
    package: PackageInfo | None = Field(default=None, description="The distribution that carries the code.")
    license: Text | None = Field(default=None, description="SPDX licence expression of the distribution.")
    schemas: dict[SchemaName, SchemaValue] = Field(
        default_factory=dict,
        description="Shared JSON Schemas: what `#/schemas/NAME` refers to.",
        json_schema_extra={"additionalProperties": False},
    )
    components: JsonArray[ComponentEntry] = Field(
        description="The components, sorted by `node_type` and `name`; each pair once."
    )
    signature: SignatureInfo | None = Field(default=None, description="Who vouches for the manifest and its wheels.")

    @model_validator(mode="after")
    def _each_component_once(self) -> Self:
        seen: set[tuple[NodeType, str]] = set()
        for entry in self.components:
            key = (entry.node_type, entry.name)
            if key in seen:
                raise ValueError(f"`{entry.id}` is listed twice")
            seen.add(key)
        return self


def parse_manifest(value: JsonObject, *, where: str) -> PluginsManifest:
    """The model of a parsed manifest.

    Raises:
        IceError: `manifest-invalid`, with the path and what was found of the first fault, and all faults as findings.
    """
    return parse_wire(
        PluginsManifest,
        value,
        slug="manifest-invalid",
        document=f"a `{SCHEMA_VERSION}` manifest",
        where=where,
        hints=("To write it anew, run `ice plugins export --output plugins.json`",),
    )
