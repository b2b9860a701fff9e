"""What a project's git repository holds: the bytes of a file at a revision, and the last tag; None without one."""

import subprocess
from pathlib import Path
from typing import Final

GIT_SECONDS: Final = 20.0


def blob_at(project: Path, file: Path, revision: str) -> bytes | None:
    """The bytes of a file of a project at a tag, branch or commit; None if git knows no such file or revision there.

    Args:
        project: A folder of the repository.
        file: A file below it.
        revision: What git takes for a revision.
    """
    # `git` takes what begins with a dash for an option, and nothing at all for its index.
    if not revision or revision.startswith("-") or not file.resolve().is_relative_to(project.resolve()):
        return None
    inside = file.resolve().relative_to(project.resolve()).as_posix()
    return _git(project, "cat-file", "blob", f"{revision}:./{inside}")


def last_tag(project: Path) -> str | None:
    """The nearest tag that the checked-out commit follows, if there is one."""
    said = _git(project, "describe", "--tags", "--abbrev=0", "HEAD")
    return said.decode("utf-8", errors="replace").strip() if said is not None else None


def _git(project: Path, *arguments: str) -> bytes | None:
    try:
        # Plumbing, so that no filter or pager of the repository's configuration runs.
        return subprocess.run(
            ["git", *arguments],
            cwd=project,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            timeout=GIT_SECONDS,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
