"""Home folders and locks for tests of audits: packages with permissions, requirements, and keys of every state."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from ice_client.dependency_install import DependencyChoices
from ice_client.install import install
from ice_core.home import Home
from ice_core.key_store import KeyRecord
from ice_core.models.lock import Lock, read_lock
from ice_core.signing import WheelPin, wheel_index
from ice_core.strict_json import JsonObject
from tests.builders.homes import make_home, write
from tests.builders.indexes import small_index, small_lock
from tests.builders.keys import key_store
from tests.builders.manifests import component, manifest, signed
from tests.builders.wheels import plugin_wheel

DEPENDENCY_TEXT = """
[[packages]]
name = "acmetable"
version = "0.9.0"
dependencies = [{ name = "acmewidth" }]

[[packages.wheels]]
url = "https://files.example/acmetable-0.9.0-py3-none-any.whl"
hashes = { sha256 = "HASH" }

[[packages]]
name = "acmewidth"
version = "0.2.13"

[[packages.wheels]]
url = "https://files.example/acmewidth-0.2.13-py2.py3-none-any.whl"
hashes = { sha256 = "OTHER" }
""".replace("HASH", "ab" * 32).replace("OTHER", "cd" * 32)


def home_of_lock(folder: Path, *records: KeyRecord) -> Home:
    """A home in which `acme-csv` 1.3.0 and `acme-rank` 0.1.0 are installed, as `small_lock` pins them."""
    home = make_home(folder / "home", *records)
    install(
        small_lock("acme-rank"),
        small_index(folder / "bundles"),
        home=home,
        keys=key_store(),
        dependencies=DependencyChoices(act="leave"),
    )
    return home


def lock_bytes(more: str = "") -> bytes:
    """The lock of that home, with further tables."""
    return small_lock("acme-rank") + more.encode()


def lock(more: str = "") -> Lock:
    """The same, read."""
    return read_lock(lock_bytes(more), where="lock")


def install_one(
    home: Home,
    entry: "JsonObject | None" = None,
    *,
    requires: Sequence[str] = (),
    unsigned: bool = False,
    first_seen: datetime | None = None,
    **members: str,
) -> JsonObject:
    """Puts `acme-csv` 1.2.3 with this component into a home by hand; gives its manifest."""
    value = manifest(entry or component(), **members)
    wheel = plugin_wheel(manifest=value, requires_dist=requires)
    pin = WheelPin.of(*wheel)
    path = home.manifests / "acme_csv-1.2.3.json"
    write(home.blob(pin.digest.hex), wheel[1])
    write(path.with_suffix(".wheels"), wheel_index([pin]))
    if first_seen is not None:
        write(path.with_suffix(".seen"), {"first_seen": f"{first_seen:%Y-%m-%dT%H:%M:%SZ}"})
    write(path, value if unsigned else signed(value, [wheel]))
    return value
