"""Importing: a plugin's modules out of a verified wheel, against the same files from a folder with `.pyc`.

The verified cases count everything between an installed package and its imported module: reading the wheel from the
store, hashing it, the gate or its verdict, the finder, and the modules. `warm` is the second start of a machine and all
later ones; `cold` is the first. What both need (the interpreter, iceos itself) is imported before the clock starts. The
folder stands last on the path, where installed packages are. iceos itself comes from a folder as `pip install` makes
it: in a checkout, where its files change one by one, each start looks at fifteen of them instead of one.
"""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.builders.installed import entry, install_package

from bench.measure import ROOT, Case, CaseFailed, Group
from ice_client.programs import uv_program

# Two large packages of pure Python, and what one of them needs.
REAL: Final[Mapping[str, tuple[str, ...]]] = {
    "networkx": ("networkx==3.4.2",),
    "sympy": ("sympy==1.13.3", "mpmath==1.3.0"),
}
_TIMED: Final = """
import gc, json, sys, time
from pathlib import Path
from ice_core.home import Home
from ice_core.unified_registry import load_plugins
from ice_orchestrator.package_wheels import VerifiedWheels
from ice_orchestrator.code_cache import CodePack
from ice_orchestrator.verified_import import flush, install
home = Home(Path({home!r}))
manifest = load_plugins(home=home.root, no_dynamic=True, environ={{}}, project=home.root).manifests[0]
sys.path += {path!r}
gc.collect()
wall, cpu = time.perf_counter(), time.process_time()
{prepare}
import {module}
cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
{after}
print(json.dumps({{"cpu": cpu, "wall": wall}}))
"""
# As `resolve` does it.
_VERIFIED: Final = """
wheels = VerifiedWheels(home)
wheel = wheels.of(manifest)
install(wheel, pack=CodePack(wheels.cache, wheel.digest.hex))
"""
_INSTALLED: Final = "installed"
_KEPT: Final = "wheels.keep_verdict(wheel); flush(wheel)"


def groups(folder: Path, *, quick: bool) -> tuple[Group, ...]:
    """Trivial modules, all of them and one of them, and two real packages."""
    _install_iceos(folder / _INSTALLED)
    found = [_trivial(folder, count, quick=quick) for count in ((20,) if quick else (50, 500))]
    count = 50 if quick else 500
    found.append(_group(f"import one module of {count}", folder / f"one-{count}", _files(count), "acme_many.part_7", 1))
    if not quick:
        found += [_real(folder, name) for name in REAL]
    return tuple(found)


def _install_iceos(place: Path) -> None:
    for package in sorted((ROOT / "src").glob("ice_*")):
        if package.is_dir():
            shutil.copytree(package, place / package.name, ignore=shutil.ignore_patterns("__pycache__"))


def _trivial(folder: Path, count: int, *, quick: bool) -> Group:
    names = ", ".join(f"part_{number}" for number in range(count))
    files = _files(count) | {"acme_many/__init__.py": f'"""All."""\n\nfrom acme_many import {names}\n'}
    return _group(f"import {count} trivial modules", folder / f"all-{count}", files, "acme_many", count)


def _files(count: int) -> dict[str, str | bytes]:
    files: dict[str, str | bytes] = {
        f"acme_many/part_{number}.py": f'"""Part."""\n\nVALUE = {number}\n' for number in range(count)
    }
    return files | {"acme_many/__init__.py": '"""Many."""\n'}


def _real(folder: Path, name: str) -> Group:
    uv = uv_program()
    if uv is None:
        raise CaseFailed("uv is not installed, so there is no real package to import")
    place = folder / f"{name}-installed"
    command = [str(uv), "pip", "install", "--quiet", "--no-deps", "--target", str(place), *REAL[name]]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode != 0:
        raise CaseFailed(f"`{name}` could not be installed:\n{done.stderr.decode(errors='replace')}")
    files: dict[str, str | bytes] = {
        str(path.relative_to(place)): path.read_bytes()
        for path in sorted((place / name).rglob("*"))
        if path.is_file() and path.suffix != ".pyc"
    }
    # What it depends on lies in a folder in all cases.
    shutil.rmtree(place / name)
    return _group(f"import {name}", folder / name, files, name, 1, path=(str(place),))


def _group(
    title: str, folder: Path, files: dict[str, str | bytes], module: str, units: int, *, path: tuple[str, ...] = ()
) -> Group:
    top = module.partition(".")[0]
    plain = folder / "plain"
    for name, content in files.items():
        place = plain / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.encode() if isinstance(content, str) else content)
    home, fresh = folder / "home", folder / "fresh"
    for each in (home, fresh):
        install_package(each, f"acme-{top.replace('_', '-')}", files, [entry("it", f"{module}:it")], compress=True)

    def case(name: str, *, path: tuple[str, ...], home: Path = home, prepare: str = "", after: str = "") -> Case:
        code = _TIMED.format(home=str(home), path=[*path], prepare=prepare, module=module, after=after)
        environment = (("PYTHONPATH", str(folder.parent / _INSTALLED)),)
        return Case(name=name, command=(sys.executable, "-c", code), whole=False, environment=environment)

    cases = (
        case("from a folder, with .pyc", path=(str(plain), *path)),
        case("from a verified wheel, warm", path=path, prepare=_VERIFIED, after=_KEPT),
        case(
            "from a verified wheel, cold",
            path=path,
            home=fresh,
            prepare=_VERIFIED,
        ),
    )
    return Group(name=title, cases=cases, units=units, unit="module")
