"""What the gate refuses in the wheels of a subject, as findings: a check then says it together with all the others."""

from collections.abc import Callable, Iterator

from ice_checks.check import Subject
from ice_core.errors import Finding, IceError
from ice_core.wheels import PluginWheel


def refusals(
    subject: Subject, slug: str, refuse: Callable[[PluginWheel], None]
) -> Iterator[tuple[PluginWheel, Finding]]:
    """Each wheel that `refuse` refuses with this slug, and why."""
    for wheel in subject.wheels:
        try:
            refuse(wheel)
        except IceError as error:
            if error.slug == slug:
                yield wheel, error.finding
