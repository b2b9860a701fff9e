"""The third-party part of an audit: what the lock pins, whether the installed files are it, and what no lock pins."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from packaging.pylock import Package
from packaging.utils import canonicalize_name

from ice_core.dependency_files import Dependency, added_modules, dependencies_of
from ice_core.errors import Finding, IceError, Location
from ice_core.home import Home
from ice_core.installed_distributions import installed_distributions
from ice_core.models.lock import Lock
from ice_orchestrator.audit_report import AuditedDependency, AuditedPackage, DependencyCode

# A broken environment has thousands of files that differ; a few say it.
_SHOWN_FILES: Final = 3
OWN: Final = frozenset({"iceos"})


def audited_dependencies(
    lock: Lock, *, home: Home, search_path: Sequence[str]
) -> tuple[tuple[AuditedDependency, ...], list[Finding]]:
    """Each third-party package that a lock pins, and what is wrong with how it is installed; each file is hashed."""
    try:
        here = dependencies_of(lock, home=home, installed=installed_distributions(search_path))
    except IceError as error:
        return tuple(_dependency(package, "absent") for package in _sorted(lock)), [error.finding]
    findings = {each.locked.name: [*dependency_findings(each)] for each in here}
    codes = {each.locked.name: _code(each, findings[each.locked.name]) for each in here}
    audited = tuple(_dependency(package, codes.get(str(package.name), "absent")) for package in _sorted(lock))
    return audited, [*(finding for each in findings.values() for finding in each), *added_modules(here)]


def uncovered(packages: Iterable[AuditedPackage], lock: Lock | None, *, where: str) -> Iterator[Finding]:
    """What the wheels of these packages need, and neither the lock nor one of the packages themselves is."""
    held = tuple(packages)
    locked = {str(package.name) for package in lock.dependencies} if lock is not None else set()
    covered = locked | {package.name for package in held} | OWN
    for package in held:
        for name in package.requires:
            if name not in covered:
                yield _not_locked(package, name, where)


def dependency_findings(dependency: Dependency) -> Iterator[Finding]:
    """Why a strict run would not take this package as it is installed; all of its files are read."""
    where = Location(str(dependency.installed.info)) if dependency.installed is not None else None
    faults = [*dependency.faults()]
    yield from faults
    if dependency.installed is None:
        yield Finding(
            "dependency-not-installed",
            f"`{dependency.title}` is locked, and not installed here",
            severity="warning",
            hints=("To install it, run `ice install`",),
        )
    elif dependency.files is None and not faults:
        yield Finding(
            "dependency-files-unknown",
            f"`{dependency.title}` is installed, and what its locked wheel holds is not known here",
            where=where,
            note="Nothing says whether its files are right, so a strict run does not import it.",
            hints=("To read it from the wheel, run `ice install`",),
        )
    elif not faults:
        yield from islice(dependency.changes(), _SHOWN_FILES)


def _code(dependency: Dependency, findings: Sequence[Finding]) -> DependencyCode:
    if dependency.installed is None:
        return "absent"
    return "off" if findings else "record"


def _dependency(package: Package, code: DependencyCode) -> AuditedDependency:
    return AuditedDependency(
        name=str(package.name),
        version=str(package.version or ""),
        wheels=tuple((str(wheel.filename), str(wheel.hashes.get("sha256", ""))) for wheel in package.wheels or ()),
        requires=tuple(sorted(_named(package))),
        code=code,
    )


def _sorted(lock: Lock) -> list[Package]:
    return sorted(lock.dependencies, key=lambda package: str(package.name))


def _named(package: Package) -> Iterable[str]:
    # PEP 751: `dependencies` is optional, a table for each; what a resolver left out is not guessed.
    for table in package.dependencies or ():
        name = table.get("name")
        if isinstance(name, str):
            yield canonicalize_name(name)


def _not_locked(package: AuditedPackage, name: str, where: str) -> Finding:
    return Finding(
        "dependency-not-locked",
        f"`{package.name}` {package.version} needs `{name}`, and no lock pins it",
        where=Location(where) if where else None,
        expected=f"`{name}` in a lock, by the hashes of its wheels",
        found="no such package",
        note="Outside `--no-dynamic`, whatever the environment holds under that name would be imported.",
        hints=(f"To pin it, run `ice lock {package.name}`",),
        details={"package": package.name, "dependency": name},
    )
