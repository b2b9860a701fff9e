"""Plugin packages as `ice install` leaves them: signed manifest, wheel index, wheel in the store, trusted key."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from ice_core.canonical import Digest
from ice_core.home import Home
from ice_core.key_store import record_bytes
from ice_core.models.lock import Lock, LockedPlugin, LockedWheel
from ice_core.models.plan import Plan, PlannedComponent
from ice_core.names import ComponentId
from ice_core.registered import RegisteredComponent
from ice_core.signing import WheelPin, wheel_index
from ice_core.strict_json import JsonObject, JsonValue
from ice_core.unified_registry import Registry
from ice_core.verified_manifest import VerifiedManifest
from tests.builders.keys import KEY_ID, key_record
from tests.builders.manifests import component, manifest, signed_bytes
from tests.builders.plans import plan
from tests.builders.wheels import plugin_wheel

ANY: JsonObject = {"type": "object"}


def entry(name: str, target: str, *, node_type: str = "tool", cost: float = 0.0, **members: JsonValue) -> JsonObject:
    """A component that takes any object and gives anything; members as given."""
    schema: JsonObject = {"input": ANY, "output": {}}
    cost_estimate: JsonObject = {"base": cost, "per_token": 0.0, "currency": "USD"}
    return component(
        name,
        target,
        node_type=node_type,
        version="1.0.0",
        **{"schema": schema, "cost_estimate": cost_estimate, **members},
    )


def install_package(
    home: Path,
    name: str,
    files: Mapping[str, str | bytes],
    entries: Sequence[JsonObject],
    *,
    tag: str = "py3-none-any",
    compress: bool = False,
) -> Path:
    """Puts a signed package into the home folder; returns where its wheel lies in the store."""
    home.mkdir(exist_ok=True, mode=0o755)
    place = Home(home)
    value = manifest(*entries, name=name, version="1.0.0")
    filename, data = plugin_wheel(name, "1.0.0", files=files, manifest=value, tag=tag, compress=compress)
    write(place.keys / f"{KEY_ID}.json", record_bytes(key_record()))
    place.keys.chmod(0o700)
    write(place.manifests / f"{name}-1.0.0.json", signed_bytes(value, [(filename, data)]))
    write(place.manifests / f"{name}-1.0.0.wheels", wheel_index([WheelPin.of(filename, data)]))
    blob = place.blob(Digest.of(data).hex)
    write(blob, data)
    return blob


def write(path: Path, data: bytes) -> None:
    """Writes a file and the folders above it, none writable by others."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
    path.write_bytes(data)
    path.chmod(0o644)


def plan_for(
    registry: Registry,
    *nodes: JsonObject,
    also: Sequence[str] = (),
    outputs: "JsonObject | None" = None,
    lock_digest: Digest | None = None,
) -> Plan:
    """A plan of these nodes with the components and packages that the registry has; `also` for what agents call."""
    names = sorted({str(each["component"]) for each in nodes} | set(also))
    found = [_registered(registry, name) for name in names]
    packages: dict[str, JsonValue] = {}
    for each in found:
        if each.manifest is not None and each.manifest.package is not None:
            packages[each.manifest.package.name] = _package(each)
    return plan(
        *nodes,
        components=tuple(planned(each) for each in found),
        packages=packages,
        outputs=outputs,
        lock_digest=lock_digest,
    )


def planned(registered: RegisteredComponent) -> JsonObject:
    """A registered component as the compiler plans it."""
    cost = registered.entry.cost_estimate
    package = registered.manifest.package if registered.manifest is not None else None
    tokens = registered.entry.max_tokens
    return {
        "id": str(registered.id),
        "version": str(registered.version),
        "digest": str(registered.digest),
        **({"package": package.name} if package is not None else {}),
        "import_target": str(registered.target),
        "input_schema": registered.input_schema(),
        "output_schema": registered.output_schema(),
        "permissions": registered.entry.permissions.model_dump(mode="json"),
        "cost": {
            "base": str(cost.base) if cost is not None else "0",
            "per_token": str(cost.per_token) if cost is not None else "0",
            **({"max_tokens": tokens} if tokens is not None else {}),
        },
    }


def planned_from(registry: Registry, name: str) -> PlannedComponent:
    """The model of a planned component of the registry."""
    return PlannedComponent.model_validate(planned(_registered(registry, name)))


def _registered(registry: Registry, name: str) -> RegisteredComponent:
    wanted = ComponentId.parse(name)
    return registry.get(wanted.node_type, wanted.name)


def _package(registered: RegisteredComponent) -> JsonObject:
    found = registered.manifest
    if found is None or found.package is None:
        raise AssertionError(f"{registered} is in no package")
    wheels: list[JsonValue] = [{"filename": pin.filename, "digest": str(pin.digest)} for pin in found.wheels]
    return {
        "name": found.package.name,
        "version": found.package.version,
        "manifest_digest": str(found.digest),
        "wheels": wheels,
        "status": found.status,
        **({"signer": found.signer} if found.signer is not None else {}),
    }


def lock_of(*manifests: VerifiedManifest, digest: Digest) -> Lock:
    """A lock with this digest that pins these manifests and all of their wheels."""
    plugins = tuple(
        LockedPlugin(
            name=each.package.name if each.package is not None else "",
            version=each.package.version if each.package is not None else "",
            manifest_digest=each.digest,
            signer=each.signer or "nobody",
            first_seen=each.first_seen,
            wheels=tuple(LockedWheel(filename=wheel.filename, digest=wheel.digest) for wheel in each.wheels),
            components={},
        )
        for each in manifests
    )
    return Lock(
        digest=digest, requirements=(), marketplace="folder", acknowledged_risks=(), plugins=plugins, dependencies=()
    )
