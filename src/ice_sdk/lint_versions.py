"""`version-not-raised`: what changed since the baseline needs a higher version than the code has (SemVer 2.0.0)."""

import json
from collections.abc import Iterator, Mapping, Sequence

from ice_core.distribution_change import DistributionChange, required_distribution_change
from ice_core.errors import Finding, Location
from ice_core.strict_json import JsonObject
from ice_core.version_change import ChangeReason, ComponentChange, required_change
from ice_sdk.baseline import Baseline


def version_findings(
    baseline: Baseline, value: JsonObject, *, places: Mapping[str, Location], project: Location
) -> Iterator[Finding]:
    """A finding for each component, and for the distribution, whose version is too low.

    Args:
        baseline: What others rely on; against a commit that nobody was given, only what breaks callers is told.
        value: The manifest of the code as it is.
        places: Where the code declares each component, by id.
        project: Where the distribution's version stands.
    """
    changes = required_change(baseline.value, value)
    too_low = [change for change in changes if change.new_version is not None and _is_too_low(change, baseline)]
    for change in too_low:
        yield _finding(change, baseline, places.get(str(change.component)))
    distribution = required_distribution_change(baseline.value, value, changes)
    if distribution is None or distribution.is_enough or not (baseline.is_published or distribution.part == "major"):
        return
    gone = [str(change.component) for change in changes if change.new_version is None]
    # A component that takes its version from the distribution has said so already.
    if gone or not any(str(change.new_version) == distribution.new_version for change in too_low):
        yield _distribution_finding(distribution, gone, baseline, project)


def _distribution_finding(
    distribution: DistributionChange, gone: Sequence[str], baseline: Baseline, where: Location
) -> Finding:
    return Finding(
        "version-not-raised",
        f"`{distribution.name}` {distribution.new_version} follows {distribution.old_version} with a "
        f"{distribution.part} change; its next version is {distribution.next_version}",
        where=where,
        expected=f"{distribution.next_version} or higher",
        found=distribution.new_version,
        detail=[f"- {component}  is gone" for component in gone],
        note=f"Compared with {baseline.label}.",
        hints=(f'Write `version = "{distribution.next_version}"` under `[project]` in pyproject.toml',),
        details={"package": distribution.name, "part": distribution.part, "next": distribution.next_version},
    )


def _is_too_low(change: ComponentChange, baseline: Baseline) -> bool:
    return not change.is_enough and (baseline.is_published or change.part == "major")


def _finding(change: ComponentChange, baseline: Baseline, where: Location | None) -> Finding:
    component, first = str(change.component), change.reasons[0] if change.reasons else None
    what = first.words if first is not None else f"is older than {change.old_version}"
    return Finding(
        "version-not-raised",
        f"`{component}` {what}; its next version is {change.next_version}",
        where=where,
        expected=f"{change.next_version} or higher",
        found=str(change.new_version),
        detail=[line for reason in change.reasons for line in _lines(reason)],
        note=f"Compared with {change.old_version} in {baseline.label}.",
        hints=(
            f'Write `@{change.component.node_type}(version="{change.next_version}")`, or raise the version of the '
            "distribution if the component takes it from there",
            "Or change the code so that callers of the old version find what they relied on",
        ),
        details={
            "component": component,
            "part": change.part,
            "next": str(change.next_version),
            "reasons": [_reason_json(reason) for reason in change.reasons],
        },
    )


def _lines(reason: ChangeReason) -> Iterator[str]:
    yield f"{reason.part:<5}  {reason.place or 'component'}: {reason.words}"
    if reason.verdict is not None and reason.verdict.kind == "breaking":
        yield f"       as in {json.dumps(reason.verdict.counter_example, ensure_ascii=False)}"


def _reason_json(reason: ChangeReason) -> JsonObject:
    verdict = reason.verdict
    breaking = verdict is not None and verdict.kind == "breaking"
    return {
        "part": reason.part,
        "member": reason.place,
        "words": reason.words,
        "path": verdict.path if verdict is not None else None,
        **({"counter_example": verdict.counter_example} if verdict is not None and breaking else {}),
    }
