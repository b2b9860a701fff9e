"""Every governance check, and the one way to run them: publish does, and so does a marketplace, on the same bytes."""

from collections.abc import Sequence
from typing import Final

from ice_checks import (
    cost_unbounded,
    cost_undeclared,
    deprecated_without_replacement,
    description_missing,
    example_mismatch,
    hidden_text,
    identifier_resembles,
    import_target_missing,
    license_invalid,
    license_missing,
    manifest_unsorted,
    name_resembles,
    no_example,
    package_missing,
    permission_undeclared,
    permission_unknowable,
    wheel_holds_tests,
    wheel_manifest_mismatch,
    wheel_manifest_missing,
    wheel_name_mismatch,
    wheel_top_level,
    workflow_without_blueprint,
)
from ice_checks.check import Check, Subject
from ice_core.errors import Finding

ALL_CHECKS: Final[tuple[Check, ...]] = (
    cost_unbounded.CHECK,
    cost_undeclared.CHECK,
    deprecated_without_replacement.CHECK,
    description_missing.CHECK,
    example_mismatch.CHECK,
    hidden_text.CHECK,
    identifier_resembles.CHECK,
    import_target_missing.CHECK,
    license_invalid.CHECK,
    license_missing.CHECK,
    manifest_unsorted.CHECK,
    name_resembles.CHECK,
    no_example.CHECK,
    package_missing.CHECK,
    permission_undeclared.CHECK,
    permission_unknowable.CHECK,
    wheel_holds_tests.CHECK,
    wheel_manifest_mismatch.CHECK,
    wheel_manifest_missing.CHECK,
    wheel_name_mismatch.CHECK,
    wheel_top_level.CHECK,
    workflow_without_blueprint.CHECK,
)


def run_checks(subject: Subject, *, checks: Sequence[Check] = ALL_CHECKS) -> tuple[Finding, ...]:
    """All findings of all checks, errors and warnings, in the order of the manifest.

    Raises:
        IceError: `schema-invalid`, when a schema of the manifest was never held to the subset.
    """
    found = [finding for check in checks for finding in check.run(subject)]
    return tuple(sorted(found, key=Finding.sort_key))
