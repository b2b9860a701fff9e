"""Home folders for tests, as `ice keys trust` and `ice install` leave them, and a look at what changed in one."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from ice_core.canonical import printed_bytes
from ice_core.home import Home
from ice_core.key_store import KeyRecord, record_bytes
from ice_core.manifest_sources import first_seen_bytes
from ice_core.signing import WheelPin, wheel_index
from ice_core.strict_json import JsonObject
from tests.builders.keys import key_record

NOW = datetime(2026, 6, 1, tzinfo=UTC)
# A file name and bytes; to load a manifest nobody opens the wheel.
WHEEL = ("acme_csv-1.2.3-py3-none-any.whl", b"a wheel")


def write(path: Path, content: "JsonObject | bytes") -> Path:
    """Writes a document or bytes as a file that nobody else can write, with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_bytes(content if isinstance(content, bytes) else printed_bytes(content))
    path.chmod(0o600)
    return path


def make_home(root: Path, *records: KeyRecord) -> Home:
    """A home folder that trusts these keys; without any, `key_record()` alone."""
    root.mkdir(mode=0o700, exist_ok=True)
    home = Home(root)
    for each in records or (key_record(),):
        write(home.keys / f"{each.public_key_id}.json", record_bytes(each))
    return home


def install(
    home: Home,
    value: JsonObject,
    wheels: Sequence[tuple[str, bytes]] = (WHEEL,),
    *,
    first_seen: datetime | None = None,
) -> Path:
    """Writes a manifest into `plugins.d` as install does, with its wheel index; the wheels themselves are left out."""
    package = value["package"]
    assert isinstance(package, dict)
    path = write(home.manifests / f"{package['name']}-{package['version']}.json", value)
    write(path.with_name(f"{path.stem}.wheels"), wheel_index([WheelPin.of(*wheel) for wheel in wheels]))
    if first_seen is not None:
        write(path.with_name(f"{path.stem}.seen"), first_seen_bytes(first_seen))
    return path


def listing(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Every path below a folder with mode, time of change and bytes: equal before and after, nothing was written."""
    return {
        str(path.relative_to(folder)): (
            path.lstat().st_mode,
            path.lstat().st_mtime_ns,
            path.read_bytes() if path.is_file() and not path.is_symlink() else b"",
        )
        for path in sorted(folder.rglob("*"))
    }
