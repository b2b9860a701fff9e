"""What `ice doctor` says of third-party packages: which are the locked ones, which differ, and what is not covered."""

import os
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from ice_cli.doctor_plugins import lock_here
from ice_cli.observations import Observation, Surroundings, good, note, of_finding, problem, refused, warning
from ice_cli.output import counted
from ice_core.dependency_files import Dependency, added_modules, dependencies_of
from ice_core.errors import Finding, IceError
from ice_core.installed_distributions import Installed, installed_distributions, own_closure
from ice_core.models.lock import Lock

SHOWN_FILES: Final = 5
_START_UP: Final = (".pth", ".start")


def dependencies(around: Surroundings) -> Iterator[Observation]:
    """Each locked third-party package: installed and its wheel's to the last file, different, or not covered.

    Every installed file of them is read and hashed; nothing is imported and nothing is asked of an index.
    """
    held = lock_here(around)
    installed = installed_distributions(around.search_path)
    if not isinstance(held, Lock):
        # Why not is told where the lock is looked at.
        yield _base((), installed)
        return
    try:
        found = dependencies_of(held, home=around.home, installed=installed)
    except IceError as error:
        yield from refused(error)
        return
    for each in found:
        yield from _dependency(each)
    yield from map(of_finding, added_modules(found))
    yield from _start_up_files(found)
    yield _base(found, installed)


def _dependency(dependency: Dependency) -> Iterator[Observation]:
    title = dependency.title
    if dependency.installed is None:
        yield problem(f"{title} is locked, and not installed", mend="To install it, run `ice install`")
        return
    faults = [*dependency.faults()]
    yield from map(of_finding, faults)
    if faults:
        return
    if dependency.files is None and dependency.locked.wheel is None:
        yield warning(f"{title} is not covered: none of its locked wheels is for this interpreter")
    elif dependency.files is None:
        yield warning(
            f"{title} is not covered: what its locked wheel holds is not known here, so strict runs do not import it",
            mend="To read it from the wheel, run `ice install`",
        )
    else:
        yield from _compared(dependency, [*dependency.changes()], len(dependency.files.files))


def _compared(dependency: Dependency, changes: Sequence[Finding], files: int) -> Iterator[Observation]:
    if not changes:
        yield good(f"{dependency.title}: {counted(files, 'file')}, each that of the locked wheel")
    yield from map(of_finding, islice(changes, SHOWN_FILES))
    if len(changes) > SHOWN_FILES:
        yield problem(
            f"{counted(len(changes) - SHOWN_FILES, 'more file')} of {dependency.title} differ",
            mend="To put the locked files back, run `ice install`",
        )


def _start_up_files(found: Sequence[Dependency]) -> Iterator[Observation]:
    folders = {each.installed.folder for each in found if each.installed is not None}
    listed = {path: each.title for each in found if each.files is not None for path in each.files.start_up}
    for folder in sorted(folders):
        for name in sorted(_names(folder)):
            if name.endswith(_START_UP) and _runs_code(folder / name):
                owner = f"of {listed[name]}" if name in listed else "of no locked package"
                yield note(f"{folder / name}, {owner}, is run by each Python here before iceos can check anything")


def _runs_code(path: Path) -> bool:
    # `site` executes the lines that begin with `import`; the others are folders, from which strict runs import nothing.
    try:
        lines = path.read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return True
    return path.suffix != ".pth" or any(line.startswith(("import ", "import\t")) for line in lines)


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _base(found: Sequence[Dependency], installed: Installed) -> Observation:
    covered = {each.locked.name for each in found if each.files is not None}
    titles = [each.title for name, each in sorted(own_closure(installed).items()) if name not in covered]
    return good(f"trusted without a check, because iceos stands on it: {', '.join(['Python', *titles])}")
