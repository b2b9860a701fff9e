"""Resources and metadata out of a verified wheel, as `importlib.resources` and `importlib.metadata` read them."""

import importlib.metadata
import io
from collections.abc import Iterator
from importlib.resources.abc import Traversable, TraversableResources
from os import PathLike
from pathlib import PurePosixPath
from typing import IO, Final, Literal, overload

from packaging.utils import canonicalize_name

from ice_core.wheels import PluginWheel

_METADATA_SUFFIX: Final = ".dist-info"


class WheelFolder(Traversable):
    """A folder or file of a wheel; nothing is ever on disk."""

    def __init__(self, wheel: PluginWheel, path: str) -> None:
        self._wheel = wheel
        self._path = path

    def __repr__(self) -> str:
        return f"<{self._path or '.'} of {self._wheel.filename}>"

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self._path.rpartition("/")[2]

    def iterdir(self) -> "Iterator[WheelFolder]":
        """What lies in the folder, sorted by name."""
        prefix = f"{self._path}/"
        inside = {
            member[len(prefix) :].partition("/")[0] for member in self._wheel.archive.names if member.startswith(prefix)
        }
        return (WheelFolder(self._wheel, prefix + name) for name in sorted(inside))

    def is_file(self) -> bool:
        """Whether it is a member."""
        return self._path in self._wheel.archive

    def is_dir(self) -> bool:
        """Whether members lie below it."""
        return any(member.startswith(f"{self._path}/") for member in self._wheel.archive.names)

    @property
    def parent(self) -> "WheelFolder":
        """The folder that it lies in."""
        return WheelFolder(self._wheel, self._path.rpartition("/")[0])

    def exists(self) -> bool:
        """Whether there is such a file or folder."""
        return self.is_file() or self.is_dir()

    def joinpath(self, *descendants: str | PathLike[str]) -> "WheelFolder":
        """The path below this one; `..` leads nowhere, so that a name cannot climb out of the package."""
        path = PurePosixPath(self._path).joinpath(*descendants)
        return WheelFolder(self._wheel, str(path))

    def __truediv__(self, child: str | PathLike[str]) -> "WheelFolder":
        return self.joinpath(child)

    def read_bytes(self) -> bytes:
        """The member's bytes.

        Raises:
            FileNotFoundError: There is no such member.
        """
        try:
            return self._wheel.read(self._path)
        except KeyError as error:
            raise FileNotFoundError(self._path) from error

    def read_text(self, encoding: str | None = None) -> str:
        """The member's text, UTF-8 unless told otherwise."""
        return self.read_bytes().decode(encoding or "utf-8")

    @overload
    def open(self, mode: Literal["r"] = "r", *, encoding: str | None = None, errors: str | None = None) -> IO[str]: ...
    @overload
    def open(self, mode: Literal["rb"]) -> IO[bytes]: ...
    def open(self, mode: str = "r", *, encoding: str | None = None, errors: str | None = None) -> IO[str] | IO[bytes]:
        """The member as a stream to read."""
        data = io.BytesIO(self.read_bytes())
        return data if "b" in mode else io.TextIOWrapper(data, encoding=encoding or "utf-8", errors=errors)


class WheelReader(TraversableResources):
    """What a loader gives to `importlib.resources`."""

    def __init__(self, folder: WheelFolder) -> None:
        self._folder = folder

    def files(self) -> WheelFolder:
        """The package's folder."""
        return self._folder


class WheelDistribution(importlib.metadata.Distribution):
    """The wheel as an installed distribution."""

    def __init__(self, wheel: PluginWheel) -> None:
        self._wheel = wheel
        self._folder = next(
            member.partition("/")[0]
            for member in wheel.archive.names
            if member.partition("/")[0].endswith(_METADATA_SUFFIX)
        )

    def answers_to(self, name: str) -> bool:
        """Whether this is the distribution of that name, however it is spelled (PEP 503)."""
        return canonicalize_name(name) == self._wheel.name

    def read_text(self, filename: str) -> str | None:
        """A file of the metadata folder; None when there is none."""
        try:
            return self._wheel.read(f"{self._folder}/{filename}").decode("utf-8")
        except KeyError:
            return None

    def locate_file(self, path: object) -> WheelFolder:
        """A member of the wheel, as a resource: it has no path on disk."""
        return WheelFolder(self._wheel, str(path))
