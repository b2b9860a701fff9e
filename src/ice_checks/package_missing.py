"""`package-missing`: a manifest that is published says which distribution carries its code."""

from collections.abc import Iterator

from ice_checks.check import Check, Subject
from ice_core.errors import Finding


def _find(subject: Subject) -> Iterator[Finding]:
    if subject.manifest.package is None:
        yield Finding(
            "package-missing",
            f"`{subject.where}` does not say which distribution carries its code",
            where=subject.at("package"),
            hints=("Give `[project]` in pyproject.toml a name and a version, then run `ice plugins export`",),
        )


CHECK = Check(slug="package-missing", severity="error", run=_find)
