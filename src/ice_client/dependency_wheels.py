"""The locked wheels of third-party packages: found or fetched, held against the lock, and read for what they hold.

A wheel comes from a folder that was named (`--find-links`), else pip fetches it from where the lock says that it lies.
Its SHA-256 decides, not the place. What it holds is kept in the home folder (`ice_core.wheel_files`), so that a strict
run can tell an installed file from another; the wheel itself is not kept.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ice_client.programs import ProgramFailed, run_pip
from ice_core.archive_limits import LIMITS
from ice_core.canonical import Digest
from ice_core.dependency_files import refuse_all
from ice_core.errors import Finding, IceError, Location
from ice_core.home import Home, read_regular_file
from ice_core.locked_dependencies import LockedDistribution, ThirdPartyWheel
from ice_core.wheel_files import WheelFiles, keep_files, kept_files, read_wheel_files

# A wheel whose files cannot be listed may still be installed by its hash; strict runs do without it.
_UNREADABLE: Final = frozenset(
    (
        *("archive-ambiguous", "archive-damaged", "archive-member-refused", "archive-too-large", "file-too-large"),
        *("wheel-content-refused", "wheel-filename-invalid", "wheel-name-mismatch"),
    )
)


@dataclass(frozen=True, kw_only=True, slots=True)
class WheelPlaces:
    """Where third-party wheels may be: folders that were named, and, unless `offline`, where the lock says."""

    folders: tuple[Path, ...] = ()
    offline: bool = False


def list_wheel_files(
    locked: Sequence[LockedDistribution],
    *,
    home: Home,
    places: WheelPlaces,
    target: Path,
    allow_start_up: Collection[str] = (),
    environ: "dict[str, str] | None" = None,
    progress: Callable[[str], None] = lambda words: None,
) -> tuple[str, ...]:
    """Keeps what each package's wheel holds, where it is not kept yet; gives why some cannot be listed, a line each.

    Args:
        locked: The packages; those without a wheel for this interpreter are left out.
        home: Where the lists are kept.
        places: Where wheels may be.
        target: An empty folder for wheels that are fetched.
        allow_start_up: Packages whose wheels may hold files that every interpreter runs when it starts.
        environ: The environment that pip reads its configuration from.
        progress: Told in a few words what is done next.

    Raises:
        IceError: `dependency-wheel-unavailable`, `lock-hash-mismatch`, `dependency-start-up-file`, or what keeping a
            list refuses; no list was written then.
    """
    wheels = [(each, each.wheel) for each in locked if each.wheel is not None]
    known = {each.name: files for each, wheel in wheels if (files := kept_files(wheel.digest, home)) is not None}
    missing = [(each, wheel) for each, wheel in wheels if each.name not in known]
    if missing:
        progress(f"fetching {len(missing)} locked wheels")
    paths = _found([wheel for _, wheel in missing], places, target, environ)
    read: dict[str, WheelFiles] = {}
    unread = []
    for each, wheel in missing:
        try:
            read[each.name] = _read(wheel, paths[wheel.filename])
        except IceError as error:
            if error.slug not in _UNREADABLE:
                raise
            unread.append(error.finding.message)
    listed = [(each, files) for each, _ in wheels if (files := known.get(each.name) or read.get(each.name)) is not None]
    refuse_all([fault for each, files in listed if (fault := _start_up(each, files, allow_start_up)) is not None])
    for files in read.values():
        keep_files(files, home)
    return tuple(unread)


def _found(
    wheels: Sequence[ThirdPartyWheel], places: WheelPlaces, target: Path, environ: "dict[str, str] | None"
) -> dict[str, Path]:
    paths = {}
    for wheel in wheels:
        here = [folder / wheel.filename for folder in places.folders if (folder / wheel.filename).is_file()]
        if here:
            paths[wheel.filename] = here[0]
    absent = [wheel for wheel in wheels if wheel.filename not in paths]
    if absent and places.offline:
        raise _unavailable(absent, ("`--offline` was given, and no folder of `--find-links` has them.",))
    if absent:
        _fetch(absent, target, environ)
        paths |= {wheel.filename: target / wheel.filename for wheel in absent}
    return paths


def _fetch(wheels: Sequence[ThirdPartyWheel], target: Path, environ: "dict[str, str] | None") -> None:
    without = [wheel for wheel in wheels if not _is_plain(wheel.url)]
    if without:
        raise _unavailable(without, ("The lock gives no address for them.",))
    # Without the hashes: what came is held against the lock here, where both values can be told.
    lines = [f"{wheel.filename.partition('-')[0]} @ {wheel.url}\n" for wheel in wheels]
    requirements = target / "requirements.txt"
    requirements.write_text("".join(lines), "utf-8")
    try:
        run_pip(
            [
                *("download", "--quiet", "--no-input", "--disable-pip-version-check", "--no-deps"),
                *("--only-binary", ":all:", "--ignore-requires-python"),
                *("--dest", str(target), "--requirement", str(requirements)),
            ],
            environ=environ,
        )
    except ProgramFailed as error:
        raise _unavailable(wheels, error.lines) from error


def _is_plain(url: str | None) -> bool:
    # What stands in a line of a requirements file cannot be another line, an option or a variable.
    return url is not None and url.startswith(("https://", "http://")) and url.isprintable() and " " not in url


def _read(wheel: ThirdPartyWheel, path: Path) -> WheelFiles:
    data = read_regular_file(path, max_bytes=LIMITS.max_bytes)
    found = Digest.of(data)
    if found != wheel.digest:
        raise IceError(
            "lock-hash-mismatch",
            f"`{wheel.filename}` is not the one that was locked",
            where=Location(str(path)),
            expected=str(wheel.digest),
            found=str(found),
            note="Nothing was installed.",
            hints=(
                "A published version never changes: ask the index's owner, or who filled the folder, why this one did",
            ),
        )
    return read_wheel_files(data, filename=wheel.filename)


def _start_up(locked: LockedDistribution, files: WheelFiles, allowed: Collection[str]) -> Finding | None:
    if not files.start_up or locked.name in allowed:
        return None
    return IceError(
        "dependency-start-up-file",
        f"`{locked.title}` would put `{files.start_up[0]}` into the environment, which every Python there runs first",
        where=Location(locked.wheel.filename if locked.wheel is not None else locked.name),
        expected="no `.pth` file and no `sitecustomize`",
        found=", ".join(files.start_up),
        note="Such a file runs before iceos or anything else could check it. Nothing was installed.",
        hints=(
            "Read the file; a package that needs none and brings one is a known way of attack",
            f"To let this package bring it, run `ice install --allow-start-up-files {locked.name}`",
        ),
        details={"distribution": locked.name, "version": locked.version, "files": [*files.start_up]},
    ).finding


def _unavailable(wheels: Sequence[ThirdPartyWheel], reasons: Sequence[str]) -> IceError:
    names = ", ".join(f"`{wheel.filename}`" for wheel in wheels)
    return IceError(
        "dependency-wheel-unavailable",
        f"the locked wheel{'s' if len(wheels) > 1 else ''} {names} could not be had",
        expected="; ".join(f"{wheel.filename} {wheel.digest}" for wheel in wheels),
        detail=reasons,
        note="What a wheel holds is read from the wheel itself, never from what is installed. Nothing was installed.",
        hints=(
            "If you have the files, run `ice install --find-links FOLDER`",
            "To install the plugins alone, run `ice install --no-dependencies`",
        ),
        details={"wheels": [wheel.filename for wheel in wheels]},
    )
