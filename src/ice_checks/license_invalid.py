"""`license-invalid`: a licence is an SPDX expression in its canonical spelling; search then compares like with like."""

from collections.abc import Iterator

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

from ice_checks.check import Check, Subject
from ice_core.errors import Finding


def _find(subject: Subject) -> Iterator[Finding]:
    license_expression = subject.manifest.license
    if not license_expression:
        return
    canonical = _canonical(license_expression)
    if canonical == license_expression:
        return
    yield Finding(
        "license-invalid",
        f"`{license_expression}` is not an SPDX licence expression in its canonical spelling",
        where=subject.at("license"),
        expected=canonical or "an SPDX expression, as in `Apache-2.0 OR MIT`, or `LicenseRef-NAME` for your own",
        found=license_expression,
        hints=(f'Write `license = "{canonical or "LicenseRef-Proprietary"}"` under `[project]` in pyproject.toml',),
    )


def _canonical(license_expression: str) -> str | None:
    try:
        return str(canonicalize_license_expression(license_expression))
    except InvalidLicenseExpression:
        return None


CHECK = Check(slug="license-invalid", severity="error", run=_find)
