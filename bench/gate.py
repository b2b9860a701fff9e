"""The wheel gate: every rule held against every member, against `zipfile` that reads and hashes the same members."""

import hashlib
import io
import zipfile
from pathlib import Path

from tests.builders.manifests import component, manifest
from tests.builders.wheels import plugin_wheel

from bench.measure import Group, Spent, inside, timed
from ice_core.wheels import read_wheel


def groups(folder: Path, *, quick: bool) -> tuple[Group, ...]:
    """A deflated wheel of 200 modules of about 4 KiB."""
    count = 50 if quick else 200
    files = {f"acme_csv/part_{number}.py": _module(number) for number in range(count)}
    files["acme_csv/__init__.py"] = '"""Many."""\n'
    value = manifest(component(target="acme_csv.part_0:value_0"))
    filename, data = plugin_wheel(files=files, manifest=value, compress=True)
    path = folder / filename
    path.write_bytes(data)
    cases = (inside("zipfile + sha256", floor, path), inside("read_wheel", gate, path))
    return (Group(name=f"gate, {count} members", cases=cases, units=count, unit="member"),)


def _module(number: int) -> str:
    return f'"""Part {number}."""\n' + "".join(f"value_{line} = {line * number}\n" for line in range(200))


def floor(path: str) -> Spent:
    """Reads and hashes each member, and the file."""
    data = Path(path).read_bytes()

    def work() -> None:
        hashlib.sha256(data).hexdigest()
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                hashlib.sha256(archive.read(name)).hexdigest()

    return timed(work)


def gate(path: str) -> Spent:
    """Reads the wheel as install and resolve do."""
    data, filename = Path(path).read_bytes(), Path(path).name
    return timed(lambda: read_wheel(data, filename=filename))
