"""What the checks of permissions say alike of the places of their uses."""

from collections.abc import Sequence

from ice_checks.check import Subject
from ice_checks.source.places import listed_places
from ice_checks.source.uses import Use
from ice_core.models.plugins import ComponentEntry
from ice_core.names import ImportTarget


def further_places(uses: Sequence[Use]) -> list[str]:
    """The places behind the first, each with its expression."""
    return listed_places([f"{use.where}  {use.text}" for use in uses[1:]])


def reached_note(subject: Subject, entry: ComponentEntry, uses: Sequence[Use]) -> str | None:
    """Why a component answers for code of another module."""
    target = ImportTarget.parse(entry.import_)
    own = subject.tree.path_of(target.module) if target.module in subject.tree else ""
    if all(use.where.file == own for use in uses):
        return None
    return f"`{entry.id}` is imported from `{entry.import_}`, and what that reaches in its distribution counts."
