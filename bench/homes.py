"""What is looked up in: a home folder, installed entry points, or one table, each with the same N components.

Ten components make a package, as they do in the packages that we know. An entry is about 2 KB, the size that one with
two described schemas, an example and permissions has.
"""

import os
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.builders.homes import install, make_home
from tests.builders.manifests import component, manifest, signed

from bench.measure import CaseFailed
from ice_core.canonical import canonical_bytes
from ice_core.home import Home
from ice_core.strict_json import JsonObject

PER_PACKAGE: Final = 10
GROUP: Final = "acme_bench_plugins"
_FIELDS: Final = ("path", "delimiter", "encoding", "columns", "limit", "offset", "order_by", "locale")


def name_of(number: int) -> str:
    """The name of one component."""
    return f"tool_{number:05}"


def packages(count: int) -> Iterator[tuple[str, range]]:
    """Each package, with the numbers of its components."""
    for first in range(0, count, PER_PACKAGE):
        yield f"acme_{first // PER_PACKAGE:04}", range(first, min(first + PER_PACKAGE, count))


def home_of(root: Path, count: int) -> Home:
    """A home folder in which signed packages with `count` components are installed, and nothing else was done."""
    home = make_home(root)
    for package, numbers in packages(count):
        value = manifest(*(entry(package, number) for number in numbers), name=package.replace("_", "-"))
        wheel = (f"{package}-1.2.3-py3-none-any.whl", package.encode())
        install(home, signed(value, [wheel]), [wheel])
    return home


def synced(root: Path, interpreter: str) -> Path:
    """The same home folder, with its index.

    Raises:
        CaseFailed: `ice plugins sync` did not write it.
    """
    program = str(Path(interpreter).with_name("ice"))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ICEOS_", "PYTHON"))}
    done = subprocess.run(
        (program, "plugins", "sync"), env={**kept, "ICEOS_HOME": str(root)}, capture_output=True, check=False
    )
    if done.returncode != 0:
        raise CaseFailed(f"`ice plugins sync` ended with {done.returncode}:\n{done.stderr.decode(errors='replace')}")
    return root


def entry(package: str, number: int) -> JsonObject:
    """One component, as its author's export writes it."""
    properties: JsonObject = {
        name: {
            "type": "string",
            "description": f"What `{name}` says of table {number}: of all its rows, in their order",
            "minLength": 1,
        }
        for name in _FIELDS
    }
    output: JsonObject = {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "number"}}}
    schemas: JsonObject = {
        "input": {"type": "object", "properties": properties, "required": [_FIELDS[0]], "additionalProperties": False},
        "output": {"type": "object", "properties": {"columns": output}, "required": ["columns"]},
    }
    return component(
        name_of(number),
        f"{package}.tools:{name_of(number)}",
        schema=schemas,
        tags=["csv", "table", "read"],
        description=f"Reads table {number} and gives its columns as lists of numbers, leaving out what is none.",
        permissions={"filesystem": ["./data"]},
    )


def entry_points_of(root: Path, count: int) -> Path:
    """A folder for the import path with the same packages, each announced through entry points; no manifests."""
    for package, numbers in packages(count):
        metadata = root / f"{package}-1.2.3.dist-info"
        metadata.mkdir(parents=True)
        lines = [f"{name_of(number)} = {package}:{name_of(number)}" for number in numbers]
        (metadata / "entry_points.txt").write_text("\n".join([f"[{GROUP}]", *lines, ""]), encoding="utf-8")
        (metadata / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.2.3\n", encoding="utf-8"
        )
        code = [f'def {name_of(number)}():\n    """Read table {number}."""\n' for number in numbers]
        (root / f"{package}.py").write_text("\n\n".join(code), encoding="utf-8")
    return root


def table_of(path: Path, count: int) -> Path:
    """A SQLite file with the same entries by their names: the least that any index on disk could be."""
    rows = (
        (name_of(number), canonical_bytes(entry(package, number)))
        for package, numbers in packages(count)
        for number in numbers
    )
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("CREATE TABLE entries (name TEXT PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID")
        connection.executemany("INSERT INTO entries VALUES (?, ?)", rows)
    connection.close()
    return path
