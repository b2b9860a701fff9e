"""`cost-undeclared`: a tool or agent says what a call costs, also when it is free."""

from collections.abc import Iterator

from ice_checks.check import Check, Subject
from ice_core.errors import Finding


def _find(subject: Subject) -> Iterator[Finding]:
    for path, entry in subject.entries():
        # A workflow costs what its nodes cost, which the compiler adds up.
        if entry.cost_estimate is None and entry.node_type != "workflow":
            yield Finding(
                "cost-undeclared",
                f"`{entry.id}` does not say what a call costs",
                where=subject.at(path),
                hints=("Give its decorator `cost_estimate=0` if it is free, then run `ice plugins export`",),
            )


CHECK = Check(slug="cost-undeclared", severity="error", run=_find)
