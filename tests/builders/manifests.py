"""Manifests, keys and home folders: small, real, and the same each time."""

import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ice_core.canonical import Digest, manifest_digest
from ice_core.home import Home
from ice_core.key_store import KeyRecord, KeyStore, record_bytes
from ice_core.manifest_sources import first_seen_bytes
from ice_core.signing import PublicKey, WheelPin, message_to_sign, sign, signature_member, wheel_index
from ice_core.strict_json import JsonObject, JsonValue

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ACME = "acme-2026"
WHEEL = WheelPin(filename="acme_csv-1.2.3-py3-none-any.whl", digest=Digest.of(b"a wheel"))


def private_key(number: int = 1) -> Ed25519PrivateKey:
    """A key that is the same in each test; never one that anybody trusts."""
    return Ed25519PrivateKey.from_private_bytes(number.to_bytes(32, "big"))


def public_key(number: int = 1) -> PublicKey:
    """The public half of `private_key(number)`."""
    return PublicKey(private_key(number).public_key().public_bytes_raw())


def record(
    public_key_id: str = ACME,
    *,
    number: int = 1,
    namespaces: tuple[str, ...] = ("*",),
    not_after: datetime | None = None,
) -> KeyRecord:
    """A record of the key-store for `private_key(number)`."""
    return KeyRecord(public_key_id=public_key_id, key=public_key(number), namespaces=namespaces, not_after=not_after)


def key_store(*records: KeyRecord) -> KeyStore:
    """A key-store that was not read from anywhere."""
    return KeyStore(records or (record(),), where="keys")


def entry(
    name: str = "csv_reader",
    *,
    node_type: str = "tool",
    version: str = "1.2.3",
    target: str = "acme_csv:CsvReader",
    **members: JsonValue,
) -> JsonObject:
    """The entry of one component."""
    return {
        "node_type": node_type,
        "name": name,
        "import": target,
        "version": version,
        "schema": {"input": {"type": "object"}, "output": {"type": "object"}},
        **members,
    }


def manifest(
    *entries: JsonObject,
    package: tuple[str, str] | None = ("acme-csv", "1.2.3"),
    schemas: "JsonObject | None" = None,
) -> JsonObject:
    """A manifest without a signature; without entries it lists `tool:csv_reader`."""
    value: JsonObject = {"schema_version": "plugins.v0", "created": "2026-05-01T00:00:00Z"}
    if package is not None:
        value["package"] = {"name": package[0], "version": package[1]}
    if schemas is not None:
        value["schemas"] = schemas
    value["components"] = list(entries or (entry(),))
    return value


def signed(
    value: JsonObject, *, wheels: Sequence[WheelPin] = (), number: int = 1, public_key_id: str = ACME
) -> JsonObject:
    """The manifest with a signature over it and these wheels."""
    signature = sign(private_key(number), message_to_sign(manifest_digest(value), wheels))
    return {**value, "signature": signature_member(signature, public_key_id=public_key_id)}


def as_bytes(value: JsonObject) -> bytes:
    """The value as a document."""
    return json.dumps(value).encode()


def write(path: Path, value: JsonObject) -> Path:
    """Writes the value as a file that nobody else can write."""
    return write_bytes(path, as_bytes(value))


def write_bytes(path: Path, data: bytes) -> Path:
    """Writes a file that nobody else can write, and its folders."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_bytes(data)
    path.chmod(0o600)
    return path


def make_home(root: Path, *records: KeyRecord) -> Home:
    """A home folder that trusts these keys; without records, the key that `signed` uses."""
    root.mkdir(mode=0o700, exist_ok=True)
    home = Home(root)
    for each in records or (record(),):
        write_bytes(home.keys / f"{each.public_key_id}.json", record_bytes(each))
    home.keys.chmod(0o700)
    return home


def install(
    home: Home, value: JsonObject, *, wheels: Sequence[WheelPin] = (WHEEL,), first_seen: datetime | None = None
) -> Path:
    """Writes a manifest as install does; the wheels themselves are not needed to load."""
    package = value["package"]
    assert isinstance(package, dict)
    path = write(home.manifests / f"{package['name']}-{package['version']}.json", value)
    write_bytes(path.with_suffix(".wheels"), wheel_index(wheels))
    if first_seen is not None:
        write_bytes(path.with_suffix(".seen"), first_seen_bytes(first_seen))
    return path


def listing(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file below a folder with its mode and bytes, to see that nothing was written."""
    return {
        str(path.relative_to(folder)): (path.lstat().st_mode, path.read_bytes() if path.is_file() else b"")
        for path in sorted(folder.rglob("*"))
        if not os.path.islink(path)
    }
