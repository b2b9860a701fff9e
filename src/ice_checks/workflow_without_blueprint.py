"""`workflow-without-blueprint`: a workflow carries its blueprint; a compiler expands it without importing it."""

from collections.abc import Iterator

from ice_checks.check import Check, Subject
from ice_core.errors import Finding


def _find(subject: Subject) -> Iterator[Finding]:
    for path, entry in subject.entries():
        if entry.node_type == "workflow" and entry.blueprint is None:
            yield Finding(
                "workflow-without-blueprint",
                f"`{entry.id}` does not carry its blueprint",
                where=subject.at(path),
                hints=("To write it in, run `ice plugins export --output plugins.json`",),
            )


CHECK = Check(slug="workflow-without-blueprint", severity="error", run=_find)
