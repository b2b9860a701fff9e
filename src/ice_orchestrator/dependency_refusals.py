"""Why a third-party module is not imported in a strict run: each refusal with the distribution and what mends it.

A module that may not be imported is as if it were not installed, so that code which can do without it does. What was
found is noted, and becomes an error's words when the missing module ends a component.
"""

from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

from ice_core.canonical import Digest
from ice_core.dependency_files import Dependency
from ice_core.errors import Finding, IceError, Location
from ice_core.installed_distributions import Installed, InstalledDistribution
from ice_core.models.lock import LOCK_NAME

_NOTHING_EXECUTED = "Nothing of it was executed."


class Reasons:
    """What was asked for and may not be imported, by dotted name."""

    __slots__ = ("_dependencies", "_has_lock", "_installed", "_noted")

    def __init__(self, dependencies: Mapping[str, Dependency], *, installed: Installed, has_lock: bool) -> None:
        self._dependencies = dependencies
        self._installed = installed
        self._has_lock = has_lock
        self._noted: dict[str, tuple[str | None, Dependency | None]] = {}

    def note(self, module: str, origin: str | None, *, owner: Dependency | None = None) -> None:
        """Remembers that a module was asked for and where it would have come from.

        Args:
            module: Its dotted name.
            origin: The file that was found, or a folder with a slash at its end; None when there is none.
            owner: The locked distribution whose wheel has it, if one has and it is not installed.
        """
        self._noted.setdefault(module, (origin, owner))

    @property
    def modules(self) -> tuple[str, ...]:
        """What was asked for and refused, sorted."""
        return tuple(sorted(self._noted))

    def reason(self, module: str | None) -> IceError | None:
        """Why this module may not be imported; None for one that was not refused."""
        if module is None or module not in self._noted:
            return None
        origin, owner = self._noted[module]
        if owner is not None:
            return _not_installed(module, owner)
        distribution = self._owner_of(origin or "")
        if distribution is None and origin is not None and origin.endswith("/"):
            return None
        locked = self._dependencies.get(distribution.name) if distribution is not None else None
        if locked is not None and locked.files is None:
            return files_unknown(locked)
        return self._not_locked(module, origin or "", distribution)

    def _owner_of(self, origin: str) -> InstalledDistribution | None:
        for each in (each for candidates in self._installed.values() for each in candidates):
            if origin.startswith(f"{each.folder}/"):
                relative = origin.removeprefix(f"{each.folder}/")
                if any(path.startswith(relative) for path in each.recorded_paths()):
                    return each
            elif (source := each.editable_source()) and Path(origin).as_uri().startswith(f"{source.rstrip('/')}/"):
                return each
        return None

    def _not_locked(self, module: str, origin: str, distribution: InstalledDistribution | None) -> IceError:
        if distribution is not None:
            what = f"`{module}` is of `{distribution.title}`, which {LOCK_NAME} does not name"
            if not self._has_lock:
                what = f"`{module}` is of `{distribution.title}`, and this run has no lock"
        else:
            what = f"`{module}` is of no installed distribution: it lies in a folder of the import path"
        name = distribution.name if distribution is not None else "the package that brings it"
        return IceError(
            "dependency-not-locked",
            what,
            where=Location(origin),
            expected="the standard library, iceos and what it stands on, or a locked package",
            found=origin,
            note=f"`--no-dynamic` imports what a lock pins by hash. {_NOTHING_EXECUTED}",
            hints=(
                f"Let the plugin's package declare `{name}` as a dependency, then run `ice lock` and `ice install`"
                if self._has_lock
                else "To lock the plugins with what they depend on, run `ice lock PACKAGE`, then `ice install`",
                "To see what the lock covers here, run `ice doctor`",
            ),
            details={"module": module, "distribution": distribution.name if distribution is not None else None},
        )


def files_unknown(dependency: Dependency) -> IceError:
    """The refusal of a locked distribution whose wheel's files are not known here."""
    wheel = dependency.locked.wheel
    if wheel is None:
        what, hint = "none of its locked wheels is for this interpreter", "Run it with an interpreter that it is for"
    else:
        what, hint = "what its wheel holds is not known here", "To read it from the wheel, run `ice install`"
    return IceError(
        "dependency-files-unknown",
        f"`{dependency.title}` is locked, and {what}",
        where=Location(LOCK_NAME),
        expected=f"the files of {wheel.filename}, {wheel.digest}" if wheel is not None else "a wheel that fits",
        found="none",
        note=f"Without them nothing says whether the installed files are the locked ones. {_NOTHING_EXECUTED}",
        hints=(hint,),
        details={"distribution": dependency.locked.name, "version": dependency.locked.version},
    )


def _not_installed(module: str, dependency: Dependency) -> IceError:
    return IceError(
        "dependency-not-installed",
        f"`{module}` is of `{dependency.title}`, which is locked and not installed",
        where=Location(LOCK_NAME),
        expected=dependency.title,
        found="not installed",
        hints=("To install what is locked, run `ice install`",),
        details={"module": module, "distribution": dependency.locked.name, "version": dependency.locked.version},
    )


def taken(name: str, module: ModuleType, title: str) -> Finding:
    """The finding of a module that was imported from elsewhere before a lock could say where from."""
    found = getattr(module, "__file__", None) or "a module without a file"
    return IceError(
        "module-name-taken",
        f"`{name}` of `{title}` is a module already, from elsewhere",
        where=Location(found),
        expected=f"`{name}` from the locked wheel of {title}",
        found=found,
        note="Something imported it before the run: a start-up file of the environment, or the program that runs this.",
        hints=("Run the plan in a process of its own, as `ice run` does", "To see start-up files, run `ice doctor`"),
        details={"module": name},
    ).finding


def locks_differ(active: Digest | None, asked: Digest | None) -> IceError:
    """The refusal of a second strict run, with another lock, in one process."""
    return IceError(
        "dependency-locks-differ",
        "a strict run with another lock is under way in this process",
        expected=str(active or "no lock"),
        found=str(asked or "no lock"),
        note="A module is imported once in a process, so only one lock can say which.",
        hints=("Run the two in processes of their own",),
    )
