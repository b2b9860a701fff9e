"""Valid `plugins.v0` manifests for tests, as JSON values that a test changes as it likes."""

from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ice_core.canonical import manifest_digest, printed_bytes
from ice_core.signing import WheelPin, message_to_sign, sign, signature_member
from ice_core.strict_json import JsonObject, JsonValue
from tests.builders.keys import KEY_ID, private_key

CREATED = "2026-01-02T03:04:05Z"


def component(
    name: str = "csv_reader",
    target: str = "acme_csv.tools:read",
    *,
    node_type: str = "tool",
    version: str = "1.2.3",
    **members: JsonValue,
) -> JsonObject:
    """A component's entry; further members (`tags=`, `cost_estimate=`, ...) are put in as given."""
    schemas: JsonObject = {
        "input": {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]},
        "output": {"type": "array", "items": {"type": "string"}},
    }
    return {
        "node_type": node_type,
        "name": name,
        "import": target,
        "version": version,
        "schema": schemas,
        "cost_estimate": {"base": 0.0001, "per_token": 0.0, "currency": "USD"},
        "description": f"Does what {name} says.",
        **members,
    }


def manifest(
    *components: JsonObject, name: str = "acme-csv", version: str = "1.2.3", **members: JsonValue
) -> JsonObject:
    """An unsigned manifest of the package `name`; without components given it lists `component()`."""
    entries: list[JsonValue] = [*(components or (component(),))]
    return {
        "schema_version": "plugins.v0",
        "created": CREATED,
        "package": {"name": name, "version": version},
        "license": "Apache-2.0",
        "components": entries,
        **members,
    }


def signed(
    value: JsonObject,
    wheels: Sequence[tuple[str, bytes]] = (),
    *,
    key: Ed25519PrivateKey | None = None,
    public_key_id: str = KEY_ID,
) -> JsonObject:
    """`value` with the signature of `key` (the key number 1 if none is given) for these wheels (file name, bytes)."""
    pins = [WheelPin.of(filename, data) for filename, data in wheels]
    message = message_to_sign(manifest_digest(value), pins)
    unsigned = {member: part for member, part in value.items() if member != "signature"}
    return {**unsigned, "signature": signature_member(sign(key or private_key(), message), public_key_id=public_key_id)}


def signed_bytes(
    value: JsonObject,
    wheels: Sequence[tuple[str, bytes]] = (),
    *,
    key: Ed25519PrivateKey | None = None,
    public_key_id: str = KEY_ID,
) -> bytes:
    """`signed(...)` as the bytes of a `plugins.json`."""
    return printed_bytes(signed(value, wheels, key=key, public_key_id=public_key_id))
