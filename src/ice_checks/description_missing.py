"""`description-missing`: people and search find a component by what it says of itself."""

from collections.abc import Iterator

from ice_checks.check import Check, Subject
from ice_core.errors import Finding


def _find(subject: Subject) -> Iterator[Finding]:
    for path, entry in subject.entries():
        if not entry.description.strip():
            yield Finding(
                "description-missing",
                f"`{entry.id}` does not say what it does",
                severity="warning",
                where=subject.at(f"{path}.description"),
                hints=("Write a docstring at its decorator, then run `ice plugins export`",),
            )


CHECK = Check(slug="description-missing", severity="warning", run=_find)
