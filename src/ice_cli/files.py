"""Files that a person names: read once, and when one is not there, told with the names that look like it."""

from collections.abc import Sequence
from pathlib import Path

from ice_core.errors import IceError, Location
from ice_core.home import read_regular_file, write_atomically


def read_named(path: Path, *, max_bytes: int, hints: Sequence[str] = ()) -> bytes:
    """The bytes of a file.

    Args:
        path: As it was written on the command line.
        max_bytes: The most that is read.
        hints: What makes the file, said when nothing there has a name like it.

    Raises:
        IceError: `file-missing` with near names, `file-not-regular` or `file-too-large`.
    """
    try:
        return read_regular_file(path, max_bytes=max_bytes)
    except IceError as error:
        if error.slug != "file-missing":
            raise
        raise missing(path, hints=hints) from error


def written(path: Path, data: bytes) -> str:
    """Writes a file that a person named, and says so; a folder that was not there is said, since a slip makes one, too.

    Raises:
        IceError: `file-not-written`.
    """
    made = next((folder for folder in reversed(path.parents) if not folder.exists()), None)
    write_atomically(path, data)
    return f"Wrote {path}" if made is None else f"Made the folder {made}, and wrote {path}"


def missing(path: Path, *, hints: Sequence[str] = (), because: str = "") -> IceError:
    """The refusal of a file that is not there; `because` says who asked for it."""
    near = [f"`{each}` is there; did you mean that?" for each in _like(path)]
    return IceError(
        "file-missing",
        f"`{path}` does not exist{because}",
        where=Location(str(path)),
        hints=[*near, *hints] or [f"To see what is there, run `ls {path.parent}`"],
    )


def _like(path: Path) -> list[Path]:
    import difflib

    folder = path.parent
    there = sorted(each.name for each in folder.iterdir() if each.is_file()) if folder.is_dir() else []
    # `news` is meant as `news.yaml`, however short the one and long the other.
    meant = [name for name in there if path.stem in (name, Path(name).stem)]
    near = [name for name in difflib.get_close_matches(path.name, there, n=3) if name not in meant]
    return [folder / name for name in [*meant, *near][:3]]
