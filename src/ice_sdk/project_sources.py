"""The sources of a project as its wheel would hold them: what the checks read before anything is built."""

from collections.abc import Mapping

from ice_core.home import read_regular_file
from ice_sdk.project import Project
from ice_sdk.source_scan import MAX_SOURCE_BYTES, source_files


def project_sources(project: Project) -> Mapping[str, bytes]:
    """The bytes of each Python file below the project's source folder, under its path in a wheel.

    Tests, virtual environments, hidden and built folders and links are left out, as in `source_scan`.

    Raises:
        IceError: `file-missing`, `file-not-regular` or `file-too-large`.
    """
    return {
        path.relative_to(project.source).as_posix(): read_regular_file(path, max_bytes=MAX_SOURCE_BYTES)
        for path in source_files(project)
    }


def source_folder(project: Project) -> str:
    """What stands before such a path to make it one of the project: `src/`, or nothing in a flat layout."""
    inside = project.source.relative_to(project.root).as_posix()
    return "" if inside == "." else f"{inside}/"
