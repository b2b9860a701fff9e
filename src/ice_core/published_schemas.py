"""The JSON Schemas of `spec/`, as bytes: from the clone that this code runs in, or from the installed distribution."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

# What people ask for, and the file's name without its ending.
SCHEMAS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "plugins.v0": "plugins.v0",
        "blueprint": "blueprint.1.2.0",
        "plan": "plan.v0",
        "key-file": "key-file",
        "key-rotation": "key-rotation.v0",
    }
)
_HERE: Final = Path(__file__).resolve().parent


def schema_file_name(name: str) -> str:
    """The name that a copy of the schema has: `plugins.v0.schema.json`."""
    return f"{SCHEMAS[name]}.schema.json"


def published_schema(name: str, *, here: Path = _HERE) -> bytes:
    """The bytes of one schema of `SCHEMAS`.

    Args:
        name: A key of `SCHEMAS`.
        here: The folder of the installed package `ice_core`.

    Raises:
        FileNotFoundError: neither the clone nor the installation holds it.
    """
    inside, clone = here / "schemas", here.parents[1] / "spec"
    return ((inside if inside.is_dir() else clone) / schema_file_name(name)).read_bytes()
