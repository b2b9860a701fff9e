"""`wheel-top-level`: a wheel puts nothing on the import path that no component is imported from."""

from collections.abc import Iterator

from ice_checks.check import Check, Subject
from ice_checks.wheel_refusals import refusals
from ice_core.errors import Finding
from ice_core.wheel_agreement import check_top_level


def _find(subject: Subject) -> Iterator[Finding]:
    for _, refused in refusals(subject, "wheel-top-level", lambda wheel: check_top_level(wheel, subject.manifest)):
        yield refused


CHECK = Check(slug="wheel-top-level", severity="error", run=_find)
