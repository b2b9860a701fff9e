"""Manifests inside installed distributions, named by entry points `iceos_plugins`: found by metadata, never loaded.

An entry point's value is `package:plugins.json`: a file that the distribution's own list of files names. It only
announces: what it lists runs under `--no-dynamic` only if a verified manifest has the same digest, and the code then
comes from that manifest's wheel.
"""

import importlib.metadata
import re
from collections.abc import Sequence
from importlib.metadata import Distribution, EntryPoint
from pathlib import Path
from typing import Final

from packaging.utils import canonicalize_name

from ice_core.errors import Finding, Location
from ice_core.home import read_regular_file
from ice_core.manifest_sources import FoundManifest, Origin
from ice_core.strict_json import MAX_BYTES, printable

GROUP: Final = "iceos_plugins"
# The resource is a path inside the package: plain names, so that no step leaves it.
_VALUE: Final = re.compile(r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*):((?:\w[\w-]*/)*\w[\w-]*\.json)", re.ASCII)


class EntryPointManifests:
    """What the entry points announced, and a warning for each that announced nothing readable."""

    __slots__ = ("found", "notices")

    def __init__(self) -> None:
        self.found: list[FoundManifest] = []
        self.notices: list[Finding] = []

    def add(self, name: str, distribution: Distribution, entry_point: EntryPoint) -> None:
        """Reads the resource that one entry point names."""
        label = f"entry point `{printable(entry_point.name)}` of {name}"
        path = _resource(distribution, entry_point.value)
        if path is None:
            self.notices.append(_missing(entry_point, label))
            return
        data = read_regular_file(path, max_bytes=MAX_BYTES)
        self.found.append(FoundManifest(origin=Origin(kind="entry-point", label=label, path=path), data=data))


def read_entry_points(search_path: Sequence[str]) -> EntryPointManifests:
    """The manifests that distributions on `search_path` announce, by distribution name and entry point name.

    Of two distributions of one name, the first on the path counts, as it does for imports.

    Raises:
        IceError: `file-missing`, `file-not-regular` or `file-too-large`, for a listed resource that cannot be read.
    """
    announced = EntryPointManifests()
    distributions = [each for each in importlib.metadata.distributions(path=list(search_path)) if _has_metadata(each)]
    # Names are read from METADATA, which costs much more than this look into a short file.
    if not any(_announces(each) for each in distributions):
        return announced
    by_name: dict[str, Distribution] = {}
    for distribution in distributions:
        by_name.setdefault(canonicalize_name(distribution.metadata["Name"]), distribution)
    for name, distribution in sorted(by_name.items()):
        if _announces(distribution):
            for entry_point in sorted(distribution.entry_points.select(group=GROUP), key=lambda point: point.name):
                announced.add(name, distribution, entry_point)
    return announced


def _has_metadata(distribution: Distribution) -> bool:
    # A folder left behind by an interrupted removal has none; nothing in it counts.
    return bool(distribution.read_text("METADATA") or distribution.read_text("PKG-INFO"))


def _announces(distribution: Distribution) -> bool:
    return GROUP in (distribution.read_text("entry_points.txt") or "")


def _resource(distribution: Distribution, value: str) -> Path | None:
    match = _VALUE.fullmatch(value)
    if match is None:
        return None
    wanted = f"{match[1].replace('.', '/')}/{match[2]}"
    for file in distribution.files or ():
        if file.as_posix() == wanted:
            return Path(str(distribution.locate_file(file)))
    return None


def _missing(entry_point: EntryPoint, label: str) -> Finding:
    return Finding(
        "entry-point-resource-missing",
        f"{label} names `{printable(entry_point.value)}`, which is not a manifest among its files",
        severity="warning",
        where=Location(label),
        expected="`package:plugins.json`, a file of that distribution",
        found=printable(entry_point.value),
        note="What it would announce is not listed. An editable installation holds no manifest.",
        hints=("To load a project's own manifest, give its path: `plugins.json`",),
    )
