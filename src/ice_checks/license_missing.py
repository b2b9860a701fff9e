"""`license-missing`: nobody may use what has no licence."""

from collections.abc import Iterator

from ice_checks.check import Check, Subject
from ice_core.errors import Finding


def _find(subject: Subject) -> Iterator[Finding]:
    if not subject.manifest.license:
        yield Finding(
            "license-missing",
            f"`{subject.where}` names no licence",
            where=subject.at("license"),
            hints=('Write for example `license = "Apache-2.0"` under `[project]` in pyproject.toml',),
        )


CHECK = Check(slug="license-missing", severity="error", run=_find)
