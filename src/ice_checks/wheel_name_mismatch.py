"""`wheel-name-mismatch`: a wheel is of the distribution and the version that the manifest says."""

from collections.abc import Iterator

from ice_checks.check import Check, Subject
from ice_checks.wheel_refusals import refusals
from ice_core.errors import Finding
from ice_core.wheel_agreement import check_package


def _find(subject: Subject) -> Iterator[Finding]:
    for wheel, refused in refusals(
        subject, "wheel-name-mismatch", lambda wheel: check_package(wheel, subject.manifest)
    ):
        yield Finding(
            "wheel-name-mismatch",
            f"`{wheel.filename}` is not the distribution that `{subject.where}` describes",
            where=subject.at("package"),
            expected=refused.expected,
            found=refused.found,
            hints=("Export the manifest and build the wheel from the same pyproject.toml",),
            details=refused.details,
        )


CHECK = Check(slug="wheel-name-mismatch", severity="error", run=_find)
