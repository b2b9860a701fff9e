"""The example packages, and a Python that can import them without this process ever doing so."""

import os
import subprocess
import sys
from pathlib import Path

from tests.house.tree import ROOT

EXAMPLES = ROOT / "examples"
BLUEPRINTS = EXAMPLES / "blueprints"
DATA = EXAMPLES / "data"
NAMES = sorted(path.parent.name for path in EXAMPLES.glob("*/pyproject.toml"))
# Without dependencies of their own, so a person without an index can run them: the demo's packages.
LIGHT = ["iceos-analyst", "iceos-tables", "iceos-text"]


def manifest_of(name: str) -> Path:
    """The committed manifest of a package."""
    return EXAMPLES / name / "plugins.json"


def python(
    *arguments: str, folder: Path = ROOT, sources: bool = False, **environment: str
) -> "subprocess.CompletedProcess[str]":
    """Runs this Python in a process of its own; `sources` puts every package's source on its path."""
    paths = [ROOT, *(EXAMPLES / name / "src" for name in NAMES if sources)]
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths)), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
