"""Third-party packages: some 20 real ones imported in a strict run, each file checked, against an ordinary import.

The lists of their wheels are made from what is installed here, which costs the same to check against as real ones.
"""

import hashlib
import sys
from pathlib import Path
from typing import Final

from packaging.pylock import Package, PackageWheel
from packaging.utils import canonicalize_name
from packaging.version import Version

from bench.measure import Case, Group
from ice_client.lock_text import LockHeader, lock_bytes
from ice_core.canonical import Digest
from ice_core.home import Home
from ice_core.installed_distributions import InstalledDistribution, installed_distributions
from ice_core.wheel_files import WheelFiles, keep_files

# Distribution -> the module that a plugin would import; pure Python and compiled, small and large.
PACKAGES: Final = {
    "anyio": "anyio",
    "babel": "babel.dates",
    "duckdb": "duckdb",
    "h11": "h11",
    "httpcore2": "httpcore2",
    "httpx2": "httpx2",
    "humanize": "humanize",
    "hypothesis": "hypothesis",
    "idna": "idna",
    "iniconfig": "iniconfig",
    "opentelemetry-api": "opentelemetry.trace",
    "pathspec": "pathspec",
    "pluggy": "pluggy",
    "pydash": "pydash",
    "pytest": "pytest",
    "sortedcontainers": "sortedcontainers",
    "tomlkit": "tomlkit",
    "truststore": "truststore",
    "w3lib": "w3lib.url",
    "wcwidth": "wcwidth",
    "webcolors": "webcolors",
}
_WORK: Final = """
import sys
from pathlib import Path
from ice_core.home import Home
from ice_core.models.lock import read_lock
from ice_orchestrator.locked_environment import locked_environment
from ice_orchestrator.run import run_plan
lock = read_lock(Path({lock!r}).read_bytes(), where="a lock")
{imports}
"""


def groups(folder: Path, *, quick: bool) -> tuple[Group, ...]:
    """One process each: iceos as a run has it, and the packages."""
    installed = installed_distributions(sys.path)
    found = [installed[name][0] for name in PACKAGES if name in installed]
    home = Home(folder / "home")
    home.root.mkdir(mode=0o700)
    lock = folder / "pylock.iceos.toml"
    lock.write_bytes(_lock([_listed(each, home) for each in found]))
    modules = [PACKAGES[each.name] for each in found]
    statement = "import " + ", ".join(modules)
    strict = f"with locked_environment(lock, home=Home(Path({str(home.root)!r}))):\n    {statement}"
    cases = (
        _case("iceos and the packages, with .pyc", lock, statement),
        _case("iceos alone", lock, "pass"),
        _case(
            "the packages without .pyc", lock, f"sys.pycache_prefix = {str(folder / 'none')!r}\n{statement}", bare=True
        ),
        _case("the packages in a strict run", lock, strict),
    )
    return (Group(name=f"import {len(found)} distributions", cases=cases, units=len(found), unit="distribution"),)


def _case(name: str, lock: Path, imports: str, *, bare: bool = False) -> Case:
    environment = (("PYTHONDONTWRITEBYTECODE", "1"),) if bare else ()
    code = _WORK.format(lock=str(lock), imports=imports)
    return Case(name=name, command=(sys.executable, "-c", code), whole=True, environment=environment)


def _listed(distribution: InstalledDistribution, home: Home) -> Package:
    files = {}
    for path in distribution.recorded_paths():
        place = distribution.folder / path
        if not path.startswith("..") and "__pycache__" not in path and place.is_file():
            files[path] = hashlib.sha256(place.read_bytes()).hexdigest()
    digest = Digest.of(distribution.title.encode())
    keep_files(WheelFiles(digest=digest, files=files), home)
    name = f"{distribution.name.replace('-', '_')}-{distribution.version}-py3-none-any.whl"
    return Package(
        name=canonicalize_name(distribution.name),
        version=Version(distribution.version),
        wheels=[PackageWheel(url=f"https://index.example/{name}", hashes={"sha256": digest.hex})],
    )


def _lock(packages: list[Package]) -> bytes:
    header = LockHeader(requirements=(), marketplace="folder")
    return lock_bytes(header, packages, {}, requires_python=">=3.11")
