"""`plugins.v0` as TypedDicts, for JSON values: `value: PluginsManifest = json.loads(text)`.

A type checker sees the members; nothing is checked at run time, for which there is `plugins.parse_manifest`. This
module is made from `spec/plugins.v0.schema.json` by `python3 dev.py fix`.
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

from ice_core.strict_json import JsonValue

ComponentEntry = TypedDict(
    "ComponentEntry",
    {
        "node_type": "Literal['tool', 'agent', 'workflow']",
        "name": "str",
        "import": "str",
        "version": "str",
        "iceos_min": NotRequired["str | None"],
        "schema": "SchemaPair",
        "cost_estimate": NotRequired["CostEstimate | None"],
        "max_tokens": NotRequired["int | None"],
        "tags": NotRequired["list[str]"],
        "description": NotRequired["str"],
        "examples": NotRequired["list[ComponentExample]"],
        "permissions": NotRequired["Permissions"],
        "deprecated": NotRequired["DeprecatedInfo | None"],
        "blueprint": NotRequired["dict[str, JsonValue] | None"],
    },
)


class ComponentExample(TypedDict):
    """One input and the output that it gives."""

    input: JsonValue
    output: JsonValue


class CostEstimate(TypedDict):
    """What a call costs: `base` and, for each token, `per_token`; in `currency`."""

    base: float
    per_token: NotRequired[float]
    currency: NotRequired[Literal["USD"]]


class DeprecatedInfo(TypedDict):
    """Since which version the component should no longer be used, and what to use instead."""

    since: str
    replacement: NotRequired[str | None]


class PackageInfo(TypedDict):
    """The distribution that carries the code; required when a wheel is signed with the manifest."""

    name: str
    version: str


class Permissions(TypedDict):
    """What the component may touch; what is absent it may not."""

    network: NotRequired[list[str]]
    filesystem: NotRequired[list[str]]
    subprocess: NotRequired[bool]
    environment: NotRequired[list[str]]
    tools: NotRequired[list[str]]


PluginsManifest = TypedDict(
    "PluginsManifest",
    {
        "$schema": NotRequired["str | None"],
        "schema_version": "Literal['plugins.v0']",
        "created": "str",
        "package": NotRequired["PackageInfo | None"],
        "license": NotRequired["str | None"],
        "schemas": NotRequired["dict[str, JsonValue]"],
        "components": "list[ComponentEntry]",
        "signature": NotRequired["SignatureInfo | None"],
    },
)


class SchemaPair(TypedDict):
    """What goes into a component and what comes out: two JSON Schemas, or references to shared ones."""

    input: dict[str, JsonValue]
    output: dict[str, JsonValue]


class SignatureInfo(TypedDict):
    """The ed25519 signature of a manifest; `public_key_id` is a hint, the key-store decides."""

    algo: Literal["ed25519"]
    value: str
    public_key_id: str
