"""`no-example`: one input with its output says more than any description."""

from collections.abc import Iterator

from ice_checks.check import Check, Subject
from ice_core.errors import Finding


def _find(subject: Subject) -> Iterator[Finding]:
    for path, entry in subject.entries():
        if not entry.examples:
            yield Finding(
                "no-example",
                f"`{entry.id}` has no example; search ranks it lower",
                severity="warning",
                where=subject.at(path),
                hints=("Give its decorator `examples=`, then run `ice plugins export`",),
            )


CHECK = Check(slug="no-example", severity="warning", run=_find)
