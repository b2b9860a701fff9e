"""`cost-unbounded`: what is paid by the token says how many tokens one call can use."""

from collections.abc import Iterator

from ice_checks.check import Check, Subject
from ice_core.errors import Finding


def _find(subject: Subject) -> Iterator[Finding]:
    for path, entry in subject.entries():
        if entry.cost_estimate is not None and entry.cost_estimate.per_token > 0 and entry.max_tokens is None:
            yield Finding(
                "cost-unbounded",
                f"`{entry.id}` costs {entry.cost_estimate.per_token:f} a token, and nothing bounds its tokens",
                where=subject.at(f"{path}.cost_estimate.per_token"),
                expected="`max_tokens` beside a `per_token` above 0",
                hints=("Give its decorator `max_tokens=`, then run `ice plugins export`",),
            )


CHECK = Check(slug="cost-unbounded", severity="error", run=_find)
