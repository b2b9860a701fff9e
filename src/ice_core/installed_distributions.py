"""Which distributions lie on the import path, read from the names of their metadata folders; nothing is imported.

What an installation says of itself (RECORD, METADATA) is used to name things and never to trust them: whoever can
change the files can change that too.
"""

import csv
import io
import os
import sysconfig
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import packaging
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from ice_core.errors import IceError
from ice_core.home import read_regular_file
from ice_core.strict_json import MAX_BYTES, parse_json

OWN_NAME: Final = "iceos"
_INFO: Final = ".dist-info"


@dataclass(frozen=True, kw_only=True, slots=True)
class InstalledDistribution:
    """A distribution as its metadata folder `info` in `folder` names it: normalised name, version as written."""

    name: str
    version: str
    folder: Path
    info: Path

    @property
    def title(self) -> str:
        """Name and version."""
        return f"{self.name} {self.version}"

    def editable_source(self) -> str | None:
        """Where its code lies instead, if it is an editable installation (PEP 610)."""
        try:
            value = parse_json(read_regular_file(self.info / "direct_url.json", max_bytes=MAX_BYTES), where=self.name)
        except IceError:
            return None
        kind = value.get("dir_info")
        return str(value.get("url")) if isinstance(kind, dict) and kind.get("editable") is True else None

    def recorded_paths(self) -> tuple[str, ...]:
        """The paths that its RECORD lists; none when it cannot be read."""
        try:
            text = read_regular_file(self.info / "RECORD", max_bytes=MAX_BYTES).decode("utf-8", "replace")
            return tuple(row[0] for row in csv.reader(io.StringIO(text, newline="")) if row)
        except (IceError, csv.Error):
            return ()

    def requirements(self) -> tuple[str, ...]:
        """The normalised names that it needs here without extras, as its METADATA says."""
        try:
            head, _, _ = read_regular_file(self.info / "METADATA", max_bytes=MAX_BYTES).partition(b"\n\n")
        except IceError:
            return ()
        lines = head.decode("utf-8", "replace").splitlines()
        return tuple(
            name
            for line in lines
            if line.startswith("Requires-Dist:") and (name := _needed(line.partition(":")[2].strip())) is not None
        )


Installed = Mapping[str, Sequence[InstalledDistribution]]


def installed_distributions(search_path: Iterable[str]) -> Installed:
    """Every distribution of the absolute folders of an import path, by name; of several, in the order of the path."""
    found: dict[str, list[InstalledDistribution]] = {}
    for entry in dict.fromkeys(search_path):
        # A relative entry (the current folder) is nobody's installation.
        if not os.path.isabs(entry):
            continue
        try:
            names = sorted(name for name in os.listdir(entry) if name.endswith(_INFO))
        except OSError:
            continue
        for name in names:
            stem, _, version = name.removesuffix(_INFO).rpartition("-")
            distribution = InstalledDistribution(
                name=canonicalize_name(stem), version=version, folder=Path(entry), info=Path(entry, name)
            )
            found.setdefault(distribution.name, []).append(distribution)
    return found


def own_closure(installed: Installed) -> Mapping[str, InstalledDistribution]:
    """Iceos and what it stands on, each as it is installed where iceos itself found it.

    Only the environment's own folders count, not what `PYTHONPATH` adds.
    """
    folders = _own_folders()
    closure: dict[str, InstalledDistribution] = {}
    waiting = [OWN_NAME]
    while waiting:
        name = waiting.pop()
        here = next((each for each in installed.get(name, ()) if each.folder in folders), None)
        if name not in closure and here is not None:
            closure[name] = here
            waiting.extend(here.requirements())
    return closure


def _own_folders() -> frozenset[Path]:
    paths = sysconfig.get_paths()
    return frozenset({Path(paths["purelib"]), Path(paths["platlib"]), Path(packaging.__file__).parents[1]})


def _needed(text: str) -> str | None:
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        return None
    if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
        return None
    return canonicalize_name(requirement.name)
