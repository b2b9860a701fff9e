"""What a project's git repository holds: the bytes of a file at a revision, and its tags; nothing without one."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ice_core.errors import IceError, Location

GIT_SECONDS: Final = 20.0
MAX_TAGS: Final = 30


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


def tags_before(project: Path) -> Iterator[str]:
    """The tags that the checked-out commit carries or follows, nearest first; at most `MAX_TAGS` of them."""
    revision = "HEAD"
    for _ in range(MAX_TAGS):
        said = _git(project, "describe", "--tags", "--abbrev=0", revision)
        if said is None:
            return
        tag = said.decode("utf-8", errors="replace").strip()
        yield tag
        revision = f"{tag}^"


def refuse_unusable(project: Path) -> None:
    """Refuses a repository that git cannot read: nothing in it would look the same as nothing to compare with.

    Raises:
        IceError: `git-unusable`, with git's own words.
    """
    folder = next((each for each in (project.resolve(), *project.resolve().parents) if (each / ".git").exists()), None)
    if folder is None:
        return
    try:
        asked = subprocess.run(
            ["git", "rev-parse", "--is-inside-work-tree"],
            cwd=project,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=GIT_SECONDS,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise _unusable(folder, str(error)) from error
    if asked.returncode != 0:
        raise _unusable(folder, asked.stderr.decode("utf-8", errors="replace").strip())


def _unusable(folder: Path, said: str) -> IceError:
    return IceError(
        "git-unusable",
        f"`{folder}` is a git repository, and git cannot read it",
        where=Location(str(folder)),
        expected="a repository that git reads, for the manifest that versions are compared with",
        found=said.splitlines()[0] if said else "no words",
        hints=(
            f"Where another user owns it, as in a container, run `git config --global --add safe.directory {folder}`",
            "Or name the manifest to compare with: `ice plugins lint --baseline FILE`",
        ),
    )


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
