"""What a person may name to `ice verify`, and what it is: a file by its form, a package or component by its name."""

import difflib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from packaging.utils import canonicalize_name

from ice_core.bundles import BUNDLE_SUFFIX
from ice_core.errors import IceError, Location
from ice_core.home import read_regular_file
from ice_core.manifest_checks import component_entries
from ice_core.manifest_sources import Origin, Source, extra_sources, home_sources, path_sources
from ice_core.models.lock import LOCK_NAME, MAX_LOCK_BYTES, Lock, read_lock
from ice_core.models.plan import PLAN_VERSION
from ice_core.strict_json import MAX_REGISTRY_BYTES, JsonObject, parse_json, printable
from ice_orchestrator.dependency_verification import verify_dependencies
from ice_orchestrator.plan_verification import verify_plan
from ice_orchestrator.verification import Verification, Verifier

WHEEL_SUFFIX: Final = ".whl"
MANIFEST_NAME: Final = "plugins.json"
_TAKEN: Final = "a bundle, a manifest, a wheel, a lock, a plan, or the name of a package or component"


@dataclass(frozen=True, kw_only=True, slots=True)
class Targets:
    """How targets are looked at.

    Attributes:
        verifier: What verifies.
        environ: Where `$ICEOS_EXTRA_PLUGINS` is looked up.
        manifest: The signed manifest of the wheels that are named; by default `plugins.json` beside them.
        lock: The lock that a plan is held against; by default the one in this folder.
        plugins: Further manifests and bundles that a plan may take its components from.
        search_path: Where third-party packages are installed, as in `sys.path`.
    """

    verifier: Verifier
    environ: Mapping[str, str]
    manifest: Path | None = None
    lock: Path | None = None
    plugins: Sequence[Path] = ()
    search_path: Sequence[str] = ()

    def verify(self, names: Sequence[str]) -> list[Verification]:
        """Everything that these words name, in their order; wheels that are named together are one set.

        Raises:
            IceError: `verify-target-unknown`, `file-missing` or `lock-invalid`, for what cannot be looked at at all.
        """
        wheels = [Path(name) for name in names if name.endswith(WHEEL_SUFFIX)]
        done = self._wheels(wheels) if wheels else []
        for name in names:
            if not name.endswith(WHEEL_SUFFIX):
                done += self._target(name)
        return done

    def _target(self, name: str) -> list[Verification]:
        if Path(name).is_dir() and os.sep not in name:
            # A project's folder is often called like its package; `./NAME` is the folder.
            fitting, _ = self._fitting(name)
            if fitting:
                return [self.verifier.source(source) for source in fitting]
        done = self._file(Path(name)) if is_path(name) else self._named(name)
        if not done:
            raise _unknown(name, found="no manifest, no bundle and no plugin package in it")
        return done

    def _wheels(self, wheels: Sequence[Path]) -> list[Verification]:
        manifest = self.manifest or wheels[0].parent / MANIFEST_NAME
        if not os.path.lexists(manifest):
            raise IceError(
                "file-missing",
                f"`{manifest}` does not exist, and a wheel is verified with the manifest that it was signed with",
                where=Location(str(manifest)),
                hints=(
                    f"To name the signed manifest, run `ice verify {wheels[0]} --manifest FILE`",
                    f"The signed manifest of a bundle is inside it: run `ice verify NAME-VERSION{BUNDLE_SUFFIX}`",
                ),
            )
        return [self.verifier.wheels(wheels, manifest)]

    def _file(self, path: Path) -> list[Verification]:
        if path.suffix == ".toml":
            lock = _lock(path)
            done = [self.verifier.locked(plugin, where=str(path)) for plugin in lock.plugins]
            if lock.dependencies:
                done.append(
                    verify_dependencies(lock, where=str(path), home=self.verifier.home, search_path=self.search_path)
                )
            return done
        if path.suffix == ".json" and _is_plan(path):
            lock_path = self.lock or Path(LOCK_NAME)
            lock_here = _lock(lock_path) if self.lock is not None or lock_path.exists() else None
            return verify_plan(path, self.verifier, lock=lock_here, plugins=self.plugins, environ=self.environ)
        if path.suffix not in (".json", BUNDLE_SUFFIX) and not path.is_dir():
            raise _unknown(str(path), found=f"a file that ends in `{path.suffix}`" if path.suffix else "another file")
        return [self.verifier.source(self._owned(source)) for source in path_sources([path])]

    def _owned(self, source: Source) -> Source:
        # A manifest of the home folder is verified as what it is there: with its record of when it was first seen.
        path = source.origin.path
        if path is not None and path.absolute().parent == self.verifier.home.manifests.absolute():
            return Source(Origin(kind="installed", label=source.origin.label, path=path), home=self.verifier.home)
        return source

    def _fitting(self, name: str) -> tuple[list[Source], set[str]]:
        known: set[str] = set()
        fitting = []
        for source in (*home_sources(self.verifier.home), *extra_sources(self.environ, strict=True)):
            names = set(_names_of(source))
            known |= names
            if name in names or canonicalize_name(name) in names:
                fitting.append(source)
        return fitting, known

    def _named(self, name: str) -> list[Verification]:
        fitting, known = self._fitting(name)
        if not fitting:
            near = difflib.get_close_matches(name, sorted(known), n=3)
            hints = (*(f"`{each}` is here; did you mean that?" for each in near), *_FIND)
            raise _unknown(name, found="nothing of that name", hints=hints)
        return [self.verifier.source(source) for source in fitting]


_FIND: Final = (
    "To see what is here, run `ice plugins list`",
    "To install a package, run `ice lock PACKAGE` and `ice install`",
)


def is_path(name: str) -> bool:
    """Whether a target is meant as a path, also where nothing is there."""
    return os.path.lexists(name) or os.sep in name or name.endswith((".json", ".toml", BUNDLE_SUFFIX, WHEEL_SUFFIX))


def _is_plan(path: Path) -> bool:
    # Only what it claims to be: whatever cannot be read is refused where it is verified, in the words of that check.
    return _peeked(path).get("schema_version") == PLAN_VERSION


def _peeked(path: Path) -> JsonObject:
    try:
        return parse_json(
            read_regular_file(path, max_bytes=MAX_REGISTRY_BYTES), where=str(path), max_bytes=MAX_REGISTRY_BYTES
        )
    except IceError:
        return {}


def _names_of(source: Source) -> Iterator[str]:
    """The package and components that a source claims to be; it is verified only once it was chosen."""
    try:
        value = parse_json(source.read().data, where=source.origin.label, max_bytes=source.origin.max_bytes)
    except IceError:
        path = source.origin.path
        stem, dash, _ = path.stem.rpartition("-") if path is not None else ("", "", "")
        if dash:
            yield canonicalize_name(stem)
        return
    package = value.get("package")
    name = package.get("name") if isinstance(package, dict) else None
    if isinstance(name, str):
        yield canonicalize_name(name)
    for entry in component_entries(value):
        yield from (f"{entry.get('node_type')}:{entry.get('name')}", str(entry.get("name")))


def _lock(path: Path) -> Lock:
    return read_lock(read_regular_file(path, max_bytes=MAX_LOCK_BYTES), where=str(path))


def _unknown(name: str, *, found: str, hints: Sequence[str] = ()) -> IceError:
    return IceError(
        "verify-target-unknown",
        f"`{printable(name)}` is nothing that can be verified",
        where=None,
        expected=_TAKEN,
        found=found,
        hints=hints or ("To see what it takes, run `ice verify --help`",),
        details={"target": name},
    )
