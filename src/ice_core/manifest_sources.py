"""Where manifests are found, in their order: origin and bytes, nothing verified and nothing imported.

1. `~/.iceos/plugins.json`, the user's own;
2. `~/.iceos/plugins.d/NAME-VERSION.json`, what is installed, each beside its wheel index `NAME-VERSION.wheels` (without
   it: `wheel-missing`) and beside `NAME-VERSION.seen`, the instant at which it was first seen;
3. entry points `iceos_plugins` of installed distributions, in `entry_point_manifests.py`: they only announce;
4. `$ICEOS_EXTRA_PLUGINS`, separated as PATH is: manifests, bundles, or folders of them;
5. the paths given, each a manifest, a bundle or a folder of them.

A `.wheels` file beside any manifest is read; a `.seen` file only inside the home folder, which others cannot write.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

from ice_core.archive_limits import LIMITS
from ice_core.bundles import BUNDLE_SUFFIX, Bundle, read_bundle
from ice_core.canonical import printed_bytes
from ice_core.check_list import UNSEEN, Witness, measured
from ice_core.errors import IceError, Location
from ice_core.home import Home, read_regular_file, refuse_if_others_can_write
from ice_core.lowered_limits import in_force
from ice_core.signing import WheelPin, parse_wheel_index
from ice_core.strict_json import MAX_BYTES, MAX_REGISTRY_BYTES, parse_json

EXTRA_PLUGINS: Final = "ICEOS_EXTRA_PLUGINS"
MAX_BUNDLE_BYTES: Final = LIMITS.max_bytes
MAX_INDEX_BYTES: Final = 1024 * 1024
MAX_SEEN_BYTES: Final = 1024

OriginKind = Literal["user", "installed", "entry-point", "extra", "path"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Where a manifest was found.

    Attributes:
        kind: Which of the five sources.
        label: What people are shown: the path, or the entry point's name.
        path: The file itself, if it is one.
    """

    kind: OriginKind
    label: str
    path: Path | None = None

    @property
    def max_bytes(self) -> int:
        """The size bound of a manifest from here; what the user names may describe a whole registry."""
        return MAX_REGISTRY_BYTES if self.kind in ("user", "path") else MAX_BYTES


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundManifest:
    """A manifest as found: nothing of it is verified.

    Attributes:
        origin: Where.
        data: The manifest's bytes, as they are.
        wheels: The wheels found with it.
        bundle: The bundle, if it came in one.
        first_seen: When it was first seen, if the home folder recorded it.
    """

    origin: Origin
    data: bytes
    wheels: tuple[WheelPin, ...] = ()
    bundle: Bundle | None = None
    first_seen: datetime | None = None


class Source:
    """One place to read; reading is separate from finding, so that one refusal does not hide the next."""

    __slots__ = ("home", "origin")

    def __init__(self, origin: Origin, *, home: Home | None = None) -> None:
        self.origin = origin
        self.home = home

    def read(self, *, witness: Witness = UNSEEN) -> FoundManifest:
        """The manifest's bytes and what lies beside them.

        Raises:
            IceError: `file-missing`, `file-not-regular`, `file-too-large`, `wheel-missing`, `wheel-index-invalid`,
                `first-seen-invalid`, `home-writable-by-others`, or what `read_bundle` refuses.
        """
        path = _path_of(self.origin)
        if path.suffix == BUNDLE_SUFFIX:
            data = _read(path, MAX_BUNDLE_BYTES, witness)
            bundle = read_bundle(data, where=self.origin.label, witness=witness)
            return FoundManifest(origin=self.origin, data=bundle.manifest_bytes, bundle=bundle)
        if self.home is not None:
            witness.begins("home")
            for beside in (path, path.with_suffix(".wheels"), path.with_suffix(".seen")):
                refuse_if_others_can_write(beside)
            root = str(self.home.root)
            witness.shows(lambda: {"folder": root})
        data = _read(path, self.origin.max_bytes, witness)
        witness.begins("wheel-index")
        wheels = self._wheels(path.with_suffix(".wheels"))
        witness.shows(lambda: {"wheels": [pin.filename for pin in wheels]})
        if self.home is None:
            witness.leaves_out("first-seen", because="only the home folder keeps it; the key is judged as of now")
            return FoundManifest(origin=self.origin, data=data, wheels=wheels)
        witness.begins("first-seen")
        first_seen = self._first_seen(path.with_suffix(".seen"))
        witness.shows(lambda: {"first seen": f"{first_seen:%Y-%m-%dT%H:%M:%SZ}" if first_seen is not None else None})
        return FoundManifest(origin=self.origin, data=data, wheels=wheels, first_seen=first_seen)

    def _wheels(self, index: Path) -> tuple[WheelPin, ...]:
        if os.path.lexists(index):
            return parse_wheel_index(read_regular_file(index, max_bytes=MAX_INDEX_BYTES), where=str(index))
        if self.origin.kind != "installed":
            return ()
        raise IceError(
            "wheel-missing",
            f"`{self.origin.label}` is installed, and its wheel index is not beside it",
            where=Location(str(index)),
            expected=f"a file `{index.name}`",
            found="no such file",
            note="The signature covers the wheels that it names.",
            hints=("To put it back, run `ice install`",),
        )

    def _first_seen(self, path: Path) -> datetime | None:
        if self.home is None or not os.path.lexists(path):
            return None
        return parse_first_seen(read_regular_file(path, max_bytes=MAX_SEEN_BYTES), where=str(path))


def home_sources(home: Home) -> Iterator[Source]:
    """The user's own manifest and the installed ones, by file name.

    Raises:
        IceError: `home-writable-by-others`, for the folders; a missing home holds nothing.
    """
    refuse_if_others_can_write(home.root)
    refuse_if_others_can_write(home.manifests)
    if os.path.lexists(home.manifest):
        yield Source(Origin(kind="user", label=str(home.manifest), path=home.manifest), home=home)
    if home.manifests.is_dir():
        for path in _manifests_of(home.manifests):
            yield Source(Origin(kind="installed", label=str(path), path=path), home=home)


def extra_sources(environ: Mapping[str, str], *, strict: bool) -> Iterator[Source]:
    """What `$ICEOS_EXTRA_PLUGINS` names; when strict, absolute paths of bundles and nothing else.

    Raises:
        IceError: `extra-plugins-refused` or `file-missing`.
    """
    for text in filter(None, environ.get(EXTRA_PLUGINS, "").split(os.pathsep)):
        path = Path(text)
        if strict and not (path.is_absolute() and path.suffix == BUNDLE_SUFFIX and not path.is_dir()):
            raise IceError(
                "extra-plugins-refused",
                f"`{EXTRA_PLUGINS}` names `{text}`, and `--no-dynamic` was given",
                where=Location(f"environment variable {EXTRA_PLUGINS}"),
                expected=f"absolute paths of signed bundles (NAME-VERSION{BUNDLE_SUFFIX})",
                found=text,
                note="Whoever sets the environment must not choose what runs.",
                hints=(
                    "To make a signed bundle, run `ice publish --manifest plugins.json` with a folder as the index",
                ),
            )
        yield from _sources_at(path, "extra")


def path_sources(paths: Sequence[Path]) -> Iterator[Source]:
    """The paths given: manifests, bundles and folders of them.

    Raises:
        IceError: `file-missing`.
    """
    for path in paths:
        yield from _sources_at(path, "path")


def first_seen_bytes(instant: datetime) -> bytes:
    """What `NAME-VERSION.seen` holds: `{"first_seen": "YYYY-MM-DDTHH:MM:SSZ"}`; install writes it from the lock."""
    return printed_bytes({"first_seen": instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")})


def parse_first_seen(data: bytes, *, where: str) -> datetime:
    """The instant that a `.seen` file records.

    Raises:
        IceError: `first-seen-invalid`, or what the strict parser refuses.
    """
    hint = "To write it anew from the lock, run `ice install`"
    try:
        value = parse_json(data, where=where, max_bytes=MAX_SEEN_BYTES)
    except IceError as error:
        raise error.hinted(hint) from None
    text = value.get("first_seen")
    try:
        if not isinstance(text, str) or len(value) != 1:
            raise ValueError("not a record")
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise IceError(
            "first-seen-invalid",
            f"`{where}` does not say when the manifest was first seen",
            where=Location(where),
            expected='{"first_seen": "YYYY-MM-DDTHH:MM:SSZ"}',
            found=repr(text),
            hints=(hint,),
        ) from error


def _read(path: Path, max_bytes: int, witness: Witness) -> bytes:
    witness.begins("file")
    max_bytes = in_force("archive_bytes" if path.suffix == BUNDLE_SUFFIX else "json_bytes", max_bytes)
    data = read_regular_file(path, max_bytes=max_bytes)
    witness.shows(lambda: {"file": str(path), "size": measured(len(data), limit=max_bytes, unit="bytes")})
    return data


def _path_of(origin: Origin) -> Path:
    if origin.path is None:
        raise ValueError(f"{origin.label} is no file")
    return origin.path


def _sources_at(path: Path, kind: OriginKind) -> Iterator[Source]:
    if path.is_dir():
        for inside in _manifests_of(path, bundles=True):
            yield Source(Origin(kind=kind, label=str(inside), path=inside))
        return
    if not os.path.lexists(path):
        raise IceError(
            "file-missing",
            f"`{path}` does not exist",
            where=Location(f"environment variable {EXTRA_PLUGINS}" if kind == "extra" else str(path)),
            expected="a manifest, a bundle or a folder of them",
            found="nothing",
            hints=(),
        )
    yield Source(Origin(kind=kind, label=str(path), path=path))


def _manifests_of(folder: Path, *, bundles: bool = False) -> list[Path]:
    # A temporary file of an interrupted write starts with a dot.
    suffixes = (".json", BUNDLE_SUFFIX) if bundles else (".json",)
    names = sorted(name for name in os.listdir(folder) if name.endswith(suffixes) and not name.startswith("."))
    return [folder / name for name in names]
