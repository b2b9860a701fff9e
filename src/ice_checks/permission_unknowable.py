"""`permission-unknowable`: code that is made while it runs, or that cannot be read, may use what nobody declared."""

from collections.abc import Iterator

from ice_checks.check import Check, Subject
from ice_checks.permission_places import further_places, reached_note
from ice_checks.source.uses import Use
from ice_core.errors import Finding, Location
from ice_core.models.plugins import ComponentEntry
from ice_core.names import ImportTarget


def _find(subject: Subject) -> Iterator[Finding]:
    for _, entry in subject.entries():
        if entry.blueprint is None:
            yield from _unknowable(subject, entry)


def _unknowable(subject: Subject, entry: ComponentEntry) -> Iterator[Finding]:
    found = subject.uses.of(ImportTarget.parse(entry.import_))
    unknown = [use for use in found.uses if use.kind == "unknowable"]
    if unknown:
        yield _finding(subject, entry, unknown, "runs code that is not written there, or hands a whole module on")
    # Which variable is read is not written there; that some are is declared.
    variables = [use for use in found.uses if use.kind == "environment" and use.variable is None]
    if variables and entry.permissions.environment:
        yield _finding(subject, entry, variables, "reads environment variables whose names are not written there")
    for name in found.unreadable:
        reason = subject.tree.read(name)
        yield Finding(
            "permission-unknowable",
            f"`{entry.id}` reaches `{name}`, which cannot be read as Python",
            severity="warning",
            where=Location(subject.tree.path_of(name)),
            found=reason if isinstance(reason, str) else None,
            hints=("Mend the file, or leave it out of the distribution",),
            details={"component": str(entry.id)},
        )


def _finding(subject: Subject, entry: ComponentEntry, uses: list[Use], does: str) -> Finding:
    return Finding(
        "permission-unknowable",
        f"`{entry.id}` {does}, so its permissions cannot be told from its code",
        severity="warning",
        where=uses[0].where,
        found=uses[0].text,
        detail=further_places(uses),
        note=reached_note(subject, entry, uses),
        hints=("Name what is used where it is used, or tell your reviewers why it cannot be written so",),
        details={"component": str(entry.id), "length": len(uses[0].text)},
    )


CHECK = Check(slug="permission-unknowable", severity="warning", run=_find)
