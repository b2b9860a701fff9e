"""`~/.iceos` (`$ICEOS_HOME`): where each thing lies, reading without following links, and writing old-or-new.

Every write is a temporary file in the same folder, fsync, rename, fsync of the folder: a reader sees the old bytes or
the new, never half, and a kill at any point leaves one of the two. This module is on the start path: it works on texts
of paths, and imports `pathlib` for who asks for a `Path`.
"""

from __future__ import annotations

import os
import stat

from ice_core.errors import IceError, Location

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from typing import Final, TypeAlias

AnyPath: TypeAlias = "str | os.PathLike[str]"
_BLOCK: Final = 64 * 1024


class Home:
    """The layout of one home folder; nothing is created by asking where a thing lies.

    Attributes:
        place: The folder's path, as text.
    """

    __slots__ = ("place",)

    def __init__(self, root: AnyPath) -> None:
        self.place = _as_pathlib_writes(os.fspath(root))

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Home:
        """`$ICEOS_HOME` if set, else `~/.iceos`."""
        configured = environ.get("ICEOS_HOME")
        return cls(configured or f"{environ.get('HOME') or _home_of_the_user()}/.iceos")

    def at(self, name: str) -> str:
        """Where the file or folder of this name, which may hold slashes, lies inside; as text."""
        return f"{self.place}/{name}" if self.place != "/" else f"/{name}"

    @property
    def root(self) -> Path:
        """The folder itself."""
        return _path(self.place)

    @property
    def manifest(self) -> Path:
        """The user's own manifest."""
        return _path(self.at("plugins.json"))

    @property
    def config(self) -> Path:
        """Where the operator lowers limits."""
        return _path(self.at("config.toml"))

    @property
    def manifests(self) -> Path:
        """The folder of signed manifests of what is installed."""
        return _path(self.at("plugins.d"))

    @property
    def keys(self) -> Path:
        """The key-store."""
        return _path(self.at("keys"))

    @property
    def cache(self) -> Path:
        """The folder of what this machine worked out and can work out again."""
        return _path(self.at("cache"))

    @property
    def state(self) -> Path:
        """The SQLite file of runs, budgets and usage."""
        return _path(self.at("state.sqlite"))

    def blob(self, hex_digest: str) -> Path:
        """Where the store keeps the bytes with this SHA-256 (64 hexadecimal digits)."""
        return _path(self.at(f"store/sha256/{hex_digest}"))

    def wheel_files(self, hex_digest: str) -> Path:
        """Where the list of the files of the third-party wheel with this SHA-256 is kept."""
        return _path(self.at(f"wheels.d/{hex_digest}.files"))

    def lock(self, hex_digest: str) -> Path:
        """Where the lock with this SHA-256 is kept once it is installed, for runs that are resumed."""
        return _path(self.at(f"locks.d/{hex_digest}.toml"))


def _path(text: str) -> Path:
    from pathlib import Path

    return Path(text)


def _as_pathlib_writes(text: str) -> str:
    # One place has one text, whether it was given as text or as a `Path`: it stands in messages and is compared.
    steps = text.split("/")
    return str(_path(text)) if not text or "" in steps[1:] or "." in steps else text


def _home_of_the_user() -> str:
    from pathlib import Path

    return str(Path.home())


def refuse_if_others_can_write(path: AnyPath, *, lstat: Callable[[AnyPath], os.stat_result] = os.lstat) -> None:
    """Refuses a folder or file that another user owns or could write, or that is a link; an absent path is fine.

    Raises:
        IceError: `home-writable-by-others`.
    """
    try:
        status = lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return
    owned = status.st_uid in (os.geteuid(), 0)
    writable = bool(status.st_mode & (stat.S_IWGRP | stat.S_IWOTH))
    if owned and not writable and not stat.S_ISLNK(status.st_mode):
        return
    from ice_core.ownership_refusal import writable_by_others

    raise writable_by_others(os.fspath(path), status)


def open_regular_file(path: AnyPath, *, inspect: Callable[[os.stat_result], None] | None = None) -> int:
    """A descriptor to read a regular file with; links and devices are refused.

    Args:
        path: The file.
        inspect: Is shown the status of the very file that was opened, before anything is read; may refuse.

    Raises:
        IceError: `file-missing`, `file-not-regular`, or what `inspect` raises.
    """
    return _opened(path, inspect)[0]


def _opened(path: AnyPath, inspect: Callable[[os.stat_result], None] | None) -> tuple[int, os.stat_result]:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise IceError("file-missing", f"`{path}` does not exist", where=Location(str(path)), hints=()) from error
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the path
        raise _not_regular(path, getattr(error, "strerror", None) or str(error)) from error
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise _not_regular(path, stat.filemode(status.st_mode))
        if inspect is not None:
            inspect(status)
    except IceError:
        os.close(descriptor)
        raise
    return descriptor, status


def read_regular_file(
    path: AnyPath, *, max_bytes: int, inspect: Callable[[os.stat_result], None] | None = None
) -> bytes:
    """The bytes of a regular file, read once; links, devices and oversized files are refused.

    Args:
        path: The file.
        max_bytes: The most that is read.
        inspect: Is shown the status of the very file that was opened, before anything is read; may refuse.

    Raises:
        IceError: `file-missing`, `file-not-regular`, `file-too-large`, or what `inspect` raises.
    """
    descriptor, status = _opened(path, inspect)
    try:
        # Room for what is there, and not for all that could be; then until the end, should it have grown.
        data = os.read(descriptor, min(status.st_size, max_bytes) + 1)
        while len(data) <= max_bytes and (more := os.read(descriptor, min(max_bytes + 1 - len(data), _BLOCK))):
            data += more
    finally:
        os.close(descriptor)
    if len(data) > max_bytes:
        raise IceError(
            "file-too-large",
            f"`{path}` is too large",
            where=Location(str(path)),
            expected=f"at most {max_bytes} bytes",
            found="more",
            hints=(),
        )
    return data


def _not_regular(path: AnyPath, found: str) -> IceError:
    return IceError(
        "file-not-regular",
        f"`{path}` is not a file that can be read safely",
        where=Location(str(path)),
        expected="a regular file, not a link",
        found=found,
        hints=(),
    )


def write_atomically(path: AnyPath, data: bytes, *, mode: int = 0o644) -> None:
    """Writes `data` to `path`: the old bytes stay until the new ones are whole on disk. Missing folders are made.

    Raises:
        IceError: `file-not-written`; the old bytes are still there.
    """
    _write(os.fspath(path), data, mode, put=os.replace)


def write_new(path: AnyPath, data: bytes, *, mode: int = 0o644) -> None:
    """Like `write_atomically`, but never over anything: of two that write at once, one is refused.

    Raises:
        FileExistsError: something is there already, whatever it is; it was not touched.
        IceError: `file-not-written`.
    """
    _write(os.fspath(path), data, mode, put=_link)


def _link(name: str, path: str) -> None:
    os.link(name, path, follow_symlinks=False)


def make_folder(path: AnyPath, *, mode: int = 0o755) -> None:
    """Makes a folder and those above it that are missing, each with `mode` at most, whatever the umask allows."""
    # `os.makedirs` gives its mode to the last one only: with umask 002 the home's own folder would be writable by the
    # group, and refused from then on.
    missing = []
    folder = os.fspath(path)
    while folder and not os.path.exists(folder):
        missing.append(folder)
        folder = os.path.dirname(folder)
    for each in reversed(missing):
        _make_one_folder(each, mode)


def _make_one_folder(folder: str, mode: int) -> None:
    try:
        os.mkdir(folder, mode)
    except OSError:
        # Another process made it just now.
        if not os.path.isdir(folder):
            raise


def _write(path: str, data: bytes, mode: int, *, put: Callable[[str, str], None]) -> None:
    # The whole bytes on disk, under a temporary name in the folder of `path`; the name is gone afterwards. The prefix
    # is short, so that a name of the greatest length can be written too.
    import tempfile

    folder = os.path.dirname(path) or "."
    try:
        make_folder(folder)
        descriptor, name = tempfile.mkstemp(dir=folder, prefix=".ice-", suffix=".tmp")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                os.fchmod(descriptor, mode)
                file.flush()
                os.fsync(descriptor)
            put(name, path)
            sync_folder(folder)
        finally:
            # After a rename the name is gone; before it, nothing half-written stays behind.
            if os.path.lexists(name):
                os.unlink(name)
    except OSError as error:
        if isinstance(error, FileExistsError) and error.filename2 is not None:
            raise
        raise IceError(
            "file-not-written",
            f"`{path}` could not be written",
            where=Location(path),
            found=error.strerror or str(error),
            note="What was there before is still there.",
            hints=(),
        ) from error


def sync_folder(folder: AnyPath) -> None:
    """Makes the folder's entries durable (fsync on the folder)."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
