"""The finder of a strict run: modules of the standard library, of iceos, of locked wheels, and of nothing else.

A module is, in this order, the standard library's; iceos's own; a file of a locked wheel, executed from the bytes that
were hashed; a module of what iceos itself stands on. Whatever else could be found (another distribution, a folder on
`sys.path`, an editable installation) is as if it were not installed; what was found is noted (`dependency_refusals`).
"""

import importlib.abc
import importlib.machinery
import importlib.metadata
import os
import sys
import sysconfig
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Final, Protocol

import ice_core
from ice_core.dependency_files import (
    Dependency,
    ModuleFiles,
    added,
    refuse_all,
)
from ice_core.errors import Finding
from ice_core.installed_distributions import Installed, InstalledDistribution, own_closure
from ice_core.wheel_contents import OWN_PACKAGES
from ice_orchestrator.code_cache import CodeCache, CodePack
from ice_orchestrator.dependency_refusals import Reasons, taken
from ice_orchestrator.locked_loading import LockedExtensionLoader, LockedSourceLoader, loader_for
from ice_orchestrator.permission_guard import unguarded
from ice_orchestrator.verified_import import VerifiedFinder

_STANDARD_LIBRARY: Final = tuple(
    dict.fromkeys(
        folder
        for folder in (
            os.path.dirname(os.__file__),
            sysconfig.get_path("stdlib"),
            sysconfig.get_path("platstdlib"),
            sysconfig.get_config_var("DESTSHARED"),
        )
        if folder
    )
)
_SITE_FOLDERS: Final = ("site-packages", "dist-packages")
_OWN_FOLDER: Final = str(Path(ice_core.__file__).parents[1])
_EVERYTHING: Final = importlib.metadata.DistributionFinder.Context()


class Finder(Protocol):
    """What stands on `sys.meta_path`."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None, /
    ) -> importlib.machinery.ModuleSpec | None:
        """The spec of a module, if it finds one."""


class LockedFinder(importlib.abc.MetaPathFinder):
    """Finds third-party modules of one lock; without a lock there are none."""

    def __init__(
        self, dependencies: Sequence[Dependency], *, installed: Installed, has_lock: bool, cache: CodeCache
    ) -> None:
        self.dependencies = {each.locked.name: each for each in dependencies}
        listed = [(name, tuple(each.files.files)) for name, each in self.dependencies.items() if each.files is not None]
        self._locked = ModuleFiles(listed)
        self._checked_libraries: set[str] = set()
        self._cache = cache
        self._packs: dict[str, CodePack] = {}
        self._before: list[Finder] = []
        self._installed = installed
        self.reasons = Reasons(self.dependencies, installed=installed, has_lock=has_lock)

    @cached_property
    def base(self) -> Mapping[str, InstalledDistribution]:
        """Iceos and what it stands on, which is trusted; a run that asks for nothing of it does not look for it."""
        return own_closure(self._installed)

    @cached_property
    def _base(self) -> ModuleFiles:
        return ModuleFiles([(name, each.recorded_paths()) for name, each in self.base.items()])

    @unguarded()
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The spec of a module that may be imported; None for all others, whatever lies on `sys.path`.

        Raises:
            IceError: `dependency-changed` for a module that was put into a locked package.
        """
        found = (
            self._of_standard_library(fullname, path)
            or self._of_iceos(fullname, path)
            or self._of_lock(fullname)
            or self._of_base(fullname, path)
            or self._namespace(fullname)
        )
        if found is None:
            self._note_refused(fullname, path)
        return found

    def find_distributions(
        self, context: importlib.metadata.DistributionFinder.Context | None = None
    ) -> Iterable[importlib.metadata.Distribution]:
        """What is installed, as `importlib.metadata` lists it: metadata is read, code is not."""
        return importlib.metadata.MetadataPathFinder.find_distributions(context or _EVERYTHING)

    def invalidate_caches(self) -> None:
        """Forgets what the folders of the import path held."""
        importlib.machinery.PathFinder.invalidate_caches()

    def check(self) -> None:
        """Returns if what is installed and imported under the locked names is what the lock pins.

        Raises:
            IceError: `dependency-changed` or `module-name-taken`, every fault a finding.
        """
        findings: list[Finding] = [fault for each in self.dependencies.values() for fault in each.faults()]
        for name, module in tuple(sys.modules.items()):
            loader = getattr(getattr(module, "__spec__", None), "loader", None)
            if isinstance(loader, LockedSourceLoader | LockedExtensionLoader):
                if not self._has(loader.dependency, loader.member):
                    findings.append(taken(name, module, loader.dependency.title))
                continue
            found = self._locked.find(name) if "." not in name else None
            # What iceos imported for itself is the base, also where a lock pins it.
            if found is not None and not any(owner in self.base for owner in found[1]):
                findings.append(taken(name, module, self.dependencies[found[1][0]].title))
        refuse_all(findings)

    def _has(self, other: Dependency, member: str) -> bool:
        here = self.dependencies.get(other.locked.name)
        return (
            here is not None
            and here.files is not None
            and other.files is not None
            and here.files.files.get(member) == other.files.files[member]
        )

    def _of_standard_library(self, fullname: str, path: Sequence[str] | None) -> importlib.machinery.ModuleSpec | None:
        folders = list(_STANDARD_LIBRARY) if path is None else [each for each in path if _is_standard(each)]
        spec = importlib.machinery.PathFinder.find_spec(fullname, folders) if folders else None
        return spec if spec is not None and spec.loader is not None else None

    def _of_iceos(self, fullname: str, path: Sequence[str] | None) -> importlib.machinery.ModuleSpec | None:
        if fullname.partition(".")[0] not in OWN_PACKAGES:
            return None
        return importlib.machinery.PathFinder.find_spec(fullname, [_OWN_FOLDER] if path is None else path)

    def _of_lock(self, fullname: str) -> importlib.machinery.ModuleSpec | None:
        found = self._locked.find(fullname)
        if found is None:
            return None
        member, owners = found
        dependency = next((each for name in owners if (each := self.dependencies[name]).installed is not None), None)
        if dependency is None:
            self.reasons.note(fullname, None, owner=self.dependencies[owners[0]])
            return None
        loader = loader_for(
            fullname,
            member,
            dependency=dependency,
            checked=self._checked_libraries,
            pack=self._pack(dependency),
        )
        is_package = member.rpartition("/")[2].partition(".")[0] == "__init__"
        spec = importlib.machinery.ModuleSpec(fullname, loader, origin=loader.path, is_package=is_package)
        spec.has_location = True
        if spec.submodule_search_locations is not None:
            spec.submodule_search_locations.append(os.path.dirname(loader.path))
        return spec

    def _pack(self, dependency: Dependency) -> CodePack:
        # Opened once: each opening reads the table of the pack.
        name = dependency.files.digest.hex if dependency.files is not None else dependency.locked.name
        pack = self._packs.get(name)
        if pack is None:
            with unguarded():
                pack = self._packs[name] = self._cache.pack(name)
        return pack

    def _of_base(self, fullname: str, path: Sequence[str] | None) -> importlib.machinery.ModuleSpec | None:
        if self._base.find(fullname) is None:
            return None
        folders = list(dict.fromkeys(str(each.folder) for each in self.base.values()))
        return importlib.machinery.PathFinder.find_spec(fullname, folders if path is None else path)

    def _namespace(self, fullname: str) -> importlib.machinery.ModuleSpec | None:
        owners = (*self._locked.folder_owners(fullname), *self._base.folder_owners(fullname))
        places = [
            each.folder
            for name in owners
            if (each := (self.dependencies[name].installed if name in self.dependencies else self.base[name]))
        ]
        if not places:
            return None
        spec = importlib.machinery.ModuleSpec(fullname, None, is_package=True)
        relative = fullname.replace(".", "/")
        spec.submodule_search_locations = list(dict.fromkeys(str(place / relative) for place in places))
        return spec

    def _note_refused(self, fullname: str, path: Sequence[str] | None) -> None:
        spec = importlib.machinery.PathFinder.find_spec(fullname, path)
        if spec is None or spec.loader is None:
            # An editable installation may bring a finder of its own, which is asked and not believed.
            others = (each for each in self._before if not isinstance(each, VerifiedFinder))
            spec = next((found for each in others if (found := each.find_spec(fullname, path)) is not None), None)
        if spec is not None and spec.loader is None and spec.submodule_search_locations:
            # A folder without a file of its own: of a distribution, or anybody's data.
            self.reasons.note(fullname, f"{next(iter(spec.submodule_search_locations))}/")
        if spec is None or spec.loader is None or spec.origin is None:
            return
        parent = sys.modules.get(fullname.rpartition(".")[0])
        loader = parent.__spec__.loader if parent is not None and parent.__spec__ is not None else None
        if isinstance(loader, LockedSourceLoader | LockedExtensionLoader):
            raise added(loader.dependency, Path(spec.origin))
        self.reasons.note(fullname, spec.origin)

    def stand_in(self) -> None:
        """Takes the place of every finder that looks for files."""
        self._before = list(sys.meta_path)
        kept = [each for each in self._before if isinstance(each, VerifiedFinder)]
        sys.meta_path[:] = [*kept, importlib.machinery.BuiltinImporter, importlib.machinery.FrozenImporter, self]

    def stand_back(self) -> None:
        """Gives the place back; finders that came meanwhile stay, those of verified wheels in front."""
        self._cache.flush()
        now = list(sys.meta_path)
        verified = [each for each in now if isinstance(each, VerifiedFinder)]
        before = [each for each in self._before if not isinstance(each, VerifiedFinder)]
        later = [each for each in now if each not in (*verified, *before, self)]
        sys.meta_path[:] = [*verified, *before, *later]


def _is_standard(folder: str) -> bool:
    return any(
        folder == each or (folder.startswith(f"{each}/") and folder[len(each) + 1 :].split("/")[0] not in _SITE_FOLDERS)
        for each in _STANDARD_LIBRARY
    )
