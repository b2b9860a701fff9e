"""`manifest-unsorted`: components stand in the order of `(node_type, name)`, so that differences stay readable."""

from collections.abc import Iterator
from itertools import pairwise

from ice_checks.check import Check, Subject
from ice_core.errors import Finding


def _find(subject: Subject) -> Iterator[Finding]:
    for (_, before), (path, entry) in pairwise(subject.entries()):
        if entry.id < before.id:
            yield Finding(
                "manifest-unsorted",
                f"`{entry.id}` stands behind `{before.id}`",
                where=subject.at(path),
                expected="components sorted by `node_type`, then by `name`",
                hints=("To write it anew, run `ice plugins export --output plugins.json`",),
            )


CHECK = Check(slug="manifest-unsorted", severity="error", run=_find)
