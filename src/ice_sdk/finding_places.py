"""Findings about a project, told from the folder that a person stands in."""

from pathlib import Path

from ice_core.errors import Finding, Location


def from_here(project: Path, file: str) -> str:
    """A file of the project as it is reached from the current folder."""
    return (project / file).as_posix()


def placed(project: Path, finding: Finding) -> Finding:
    """The finding, told from the current folder; discovery names files by their place in the project."""
    where = finding.where
    if where is not None and (project / where.file).exists():
        finding.where = Location(from_here(project, where.file), line=where.line, column=where.column, path=where.path)
    return finding
