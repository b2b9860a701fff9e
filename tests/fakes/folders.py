"""What lies in a folder, so that a test can see that nothing was written."""

from pathlib import Path


def listing(folder: Path) -> dict[str, bytes]:
    """Each file under `folder` by its relative path, with its bytes; a missing folder gives nothing."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }
