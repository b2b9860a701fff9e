"""The third-party packages of a lock, in an environment: installed by uv, by hash, and compared with their wheels.

A package that is installed and whose every file is its wheel's is left alone. The others are installed, over what is
there; afterwards each file is compared again, so that a cache whose files were changed does not get through.
"""

import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from ice_client.dependency_wheels import WheelPlaces, list_wheel_files
from ice_client.programs import ProgramFailed, run_uv, search_path_of
from ice_core.dependency_files import Dependency, dependencies_of, refuse_all
from ice_core.errors import IceError, Location
from ice_core.home import Home
from ice_core.installed_distributions import installed_distributions
from ice_core.locked_dependencies import locked_distributions, refuse_unpinned, sha256_digests
from ice_core.models.lock import Lock


@dataclass(frozen=True, kw_only=True, slots=True)
class DependencyChoices:
    """How third-party packages are treated.

    Attributes:
        act: `install` them, or `leave` the environment alone and only read what their wheels hold.
        places: Where their wheels may be.
        allow_start_up: Packages that may bring files which every interpreter runs when it starts.
        python: The interpreter whose environment they go to; by default the running one.
    """

    act: Literal["install", "leave"] = "install"
    places: WheelPlaces = WheelPlaces()
    allow_start_up: tuple[str, ...] = ()
    python: Path | None = None


PLAINLY: Final = DependencyChoices()


@dataclass(frozen=True, kw_only=True, slots=True)
class InstalledDependencies:
    """The titles of what is installed and compared, and why strict runs cannot check the rest, a line each."""

    titles: tuple[str, ...] = ()
    unlisted: tuple[str, ...] = ()


def install_dependencies(
    lock: Lock,
    *,
    home: Home,
    choices: DependencyChoices,
    environ: Mapping[str, str] | None = None,
    progress: Callable[[str], None] = lambda words: None,
) -> InstalledDependencies:
    """Brings the third-party packages of a lock into an environment, or only learns what their wheels hold.

    Raises:
        IceError: `dependency-not-portable`, `dependency-install-failed`, `dependency-changed`, `extra-missing`, or what
            `list_wheel_files` refuses.
    """
    lines = _requirements(lock)
    if not lines:
        return InstalledDependencies()
    with tempfile.TemporaryDirectory(prefix="iceos-install-") as name:
        folder = Path(name)
        try:
            unlisted = list_wheel_files(
                locked_distributions(lock),
                home=home,
                places=choices.places,
                target=folder,
                allow_start_up=choices.allow_start_up,
                environ=dict(environ) if environ is not None else None,
                progress=progress,
            )
        except IceError as error:
            # Whoever installs by other means is told what strict runs will lack, and nothing more.
            if choices.act == "leave" and error.slug in ("dependency-wheel-unavailable", "extra-missing"):
                return InstalledDependencies(unlisted=(error.finding.message,))
            raise
        if choices.act == "leave":
            return InstalledDependencies(unlisted=unlisted)
        progress(f"comparing {len(lines)} dependencies")
        wrong = [each for each in _here(lock, home, choices) if each.installed is None or _differs(each)]
        if wrong:
            progress(f"installing {len(wrong)} dependencies")
            _install(list(lines), wrong, folder, choices=choices, environ=environ)
        here = _here(lock, home, choices)
        refuse_all([fault for each in here if wrong for fault in each.changes()])
    compared = tuple(each.title for each in here if each.files is not None)
    return InstalledDependencies(titles=compared, unlisted=(*unlisted, *_without_wheel(here)))


def _here(lock: Lock, home: Home, choices: DependencyChoices) -> tuple[Dependency, ...]:
    path = tuple(sys.path) if choices.python is None else search_path_of(choices.python)
    return dependencies_of(lock, home=home, installed=installed_distributions(path))


def _differs(dependency: Dependency) -> bool:
    # Without a list nothing can be compared, and uv decides by the version alone.
    return next(dependency.faults(), None) is not None or next(dependency.changes(), None) is not None


def _without_wheel(here: Sequence[Dependency]) -> list[str]:
    return [f"no locked wheel of `{each.title}` is for this interpreter" for each in here if each.locked.wheel is None]


def _requirements(lock: Lock) -> list[str]:
    # Lines of a requirements file; what stands in a line cannot be another line or an option.
    lines: list[str] = []
    for package in lock.dependencies:
        refuse_unpinned(package)
        condition = f" ; {package.marker}" if package.marker is not None else ""
        hashes = " ".join(f"--hash=sha256:{digest}" for digest in sha256_digests(package.wheels or ()))
        lines.append(f"{package.name}=={package.version}{condition} {hashes}")
    return lines


def _install(
    lines: Sequence[str],
    wrong: Sequence[Dependency],
    folder: Path,
    *,
    choices: DependencyChoices,
    environ: Mapping[str, str] | None,
) -> None:
    requirements = folder / "requirements.txt"
    requirements.write_text("\n".join(lines) + "\n", "utf-8")
    python = str(choices.python or sys.executable)
    again = [each.locked.name for each in wrong if each.installed is not None]
    try:
        run_uv(
            [
                *("pip", "install", "--python", python, "--requirement", str(requirements)),
                *("--require-hashes", "--no-deps", "--no-build", "--quiet"),
                *(part for each in (folder, *choices.places.folders) for part in ("--find-links", str(each))),
                *(part for name in again for part in ("--reinstall-package", name)),
                *(("--offline",) if choices.places.offline else ()),
            ],
            environ=environ,
        )
    except ProgramFailed as error:
        raise IceError(
            "dependency-install-failed",
            "the dependencies that the lock pins could not be installed",
            where=Location(python),
            detail=error.lines,
            note="They are installed before the plugins. No plugin was installed.",
            hints=(
                "If you have the wheels, run `ice install --find-links FOLDER`",
                "To install the plugins alone, run `ice install --no-dependencies`",
            ),
        ) from error
