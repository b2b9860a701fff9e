"""A project with one listed and one unlisted tool, whose tests pytest runs in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from ice_core.canonical import printed_bytes
from tests.builders.manifests import component, manifest

_TOOL = '''"""One tool."""

from ice_sdk import tool


@tool
def {name}(text: str) -> str:
    """The text as it is."""
    return text
'''
_PYPROJECT = """\
[project]
name = "acme-csv"
version = "1.2.3"

[tool.pytest.ini_options]
pythonpath = ["."]
addopts = ["-p", "no:cacheprovider"]
"""


class Project:
    """A project folder whose `acme.listed` is in its manifest; `acme.extra` and whatever `tools` adds are not."""

    def __init__(self, root: Path, *, settings: str = 'iceos_dynamic = "error"') -> None:
        self.root = root
        (root / "acme").mkdir(parents=True)
        (root / "tests").mkdir()
        self.configure(settings)
        (root / "acme" / "__init__.py").write_text('"""Acme."""\n')
        self.tools("listed", "extra")
        (root / "plugins.json").write_bytes(printed_bytes(manifest(component("listed", "acme.listed:listed"))))

    def configure(self, settings: str) -> None:
        """Writes the project's configuration, with these lines for pytest."""
        (self.root / "pyproject.toml").write_text(f"{_PYPROJECT}{settings}\n")

    def tools(self, *names: str) -> None:
        """Writes a module with one tool for each name."""
        for name in names:
            (self.root / "acme" / f"{name}.py").write_text(_TOOL.format(name=name))

    def write(self, text: str, *, file: str = "tests/test_acme.py") -> None:
        """Writes a file of the project."""
        (self.root / file).write_text(text)

    def run(
        self, *arguments: str, environment: Mapping[str, str] | None = None, folder: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """What `pytest` with this plugin alone says of the project."""
        cleared = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "PYTEST_"))}
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "--rootdir", str(self.root), "-p", "iceos", *arguments],
            cwd=folder or self.root,
            env={**cleared, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **(environment or {})},
            capture_output=True,
            text=True,
            check=False,
        )
