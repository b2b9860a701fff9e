"""`wheel-manifest-mismatch`: the manifest inside a wheel is the one that is checked, without a signature."""

from collections.abc import Iterator

from ice_checks.check import Check, Subject
from ice_checks.wheel_refusals import refusals
from ice_core.canonical import manifest_digest
from ice_core.errors import Finding, Location
from ice_core.wheel_agreement import check_manifest_inside


def _find(subject: Subject) -> Iterator[Finding]:
    digest = manifest_digest(subject.value)
    for wheel, refused in refusals(
        subject, "wheel-manifest-mismatch", lambda wheel: check_manifest_inside(wheel, digest)
    ):
        yield Finding(
            "wheel-manifest-mismatch",
            f"The manifest inside `{wheel.filename}` is not `{subject.where}`",
            where=Location(f"{wheel.filename}/{wheel.manifest_member}"),
            expected=refused.expected,
            found=refused.found,
            hints=("Export the manifest, then build the wheel anew; `ice publish` does both parts in their order",),
            details=refused.details,
        )


CHECK = Check(slug="wheel-manifest-mismatch", severity="error", run=_find)
