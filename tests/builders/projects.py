"""Small projects as their authors would keep them, with the back end that a test asks for."""

from pathlib import Path
from typing import Literal

from ice_core.canonical import printed_bytes
from ice_core.strict_json import JsonObject
from tests.builders.manifests import manifest

BackEnd = Literal["hatchling", "setuptools"]

_PROJECT = """\
[build-system]
requires = ["{back_end}"]
build-backend = "{build_backend}"

[project]
name = "acme-csv"
version = "1.2.3"
requires-python = ">=3.11"
dependencies = ["iceos"]
"""
_MODULES = {"hatchling": "hatchling.build", "setuptools": "setuptools.build_meta"}


def project_at(folder: Path, *, back_end: BackEnd = "hatchling", value: "JsonObject | None" = None) -> Path:
    """A project of `acme-csv` 1.2.3 with its `plugins.json`; gives the manifest's path."""
    package = folder / "src" / "acme_csv"
    package.mkdir(parents=True)
    (folder / "pyproject.toml").write_text(_PROJECT.format(back_end=back_end, build_backend=_MODULES[back_end]))
    (package / "__init__.py").write_text('"""Read CSV."""\n')
    (package / "tools.py").write_text('"""The tools."""\n\n\ndef read(text):\n    return text.split(",")\n')
    (folder / "plugins.json").write_bytes(printed_bytes(value if value is not None else manifest()))
    return folder / "plugins.json"
