"""The monorepo of `tests/data/monorepo` as a copy that a test may change."""

import shutil
from pathlib import Path

from tests.house.tree import ROOT

RAIN = Path("packages/acme-rain")
WIND = Path("packages/acme-wind")
UNITS = Path("packages/acme-units")
RAIN_CODE = RAIN / "src/acme_rain/depth.py"
WIND_CODE = WIND / "src/acme_wind/force.py"
RAIN_MANIFEST = RAIN / "plugins.json"
WIND_MANIFEST = WIND / "src/acme_wind/plugins.json"


def monorepo_at(folder: Path) -> Path:
    """Two packages with components, one of which keeps its manifest inside the package, and one without."""
    return Path(shutil.copytree(ROOT / "tests/data/monorepo", folder, ignore=shutil.ignore_patterns("__pycache__")))


def edited(file: Path, old: str, new: str) -> None:
    """A file after one edit."""
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
