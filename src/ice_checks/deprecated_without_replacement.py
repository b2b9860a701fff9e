"""`deprecated-without-replacement`: who must leave a component is told where to go."""

from collections.abc import Iterator

from ice_checks.check import Check, Subject
from ice_core.errors import Finding


def _find(subject: Subject) -> Iterator[Finding]:
    for path, entry in subject.entries():
        if entry.deprecated is not None and entry.deprecated.replacement is None:
            yield Finding(
                "deprecated-without-replacement",
                f"`{entry.id}` is deprecated since {entry.deprecated.since}, and nothing replaces it",
                severity="warning",
                where=subject.at(f"{path}.deprecated"),
                hints=(f"Name the {entry.node_type} to use instead as `replacement`",),
            )


CHECK = Check(slug="deprecated-without-replacement", severity="warning", run=_find)
