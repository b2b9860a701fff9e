"""`permission-undeclared`: what the code of a component visibly uses, its permissions say."""

from collections.abc import Iterator, Sequence

from ice_checks.check import Check, Subject
from ice_checks.permission_places import further_places, reached_note
from ice_checks.source.permissions import Kind
from ice_checks.source.uses import Use
from ice_core.errors import Finding
from ice_core.models.plugins import ComponentEntry, Permissions
from ice_core.names import ImportTarget

_DOES: dict[Kind, str] = {
    "network": "uses the network",
    "subprocess": "starts processes",
    "filesystem": "works on files",
    "environment": "reads environment variables",
}
_DECLARED: dict[Kind, str] = {
    "network": '"network": ["api.example.com"]',
    "subprocess": '"subprocess": True',
    "filesystem": '"filesystem": ["read"]',
    "environment": '"environment": ["NAME"]',
}


def _find(subject: Subject) -> Iterator[Finding]:
    for _, entry in subject.entries():
        # The code of a workflow ran when it was exported; what runs later is its blueprint.
        if entry.blueprint is None:
            yield from _undeclared(subject, entry)


def _undeclared(subject: Subject, entry: ComponentEntry) -> Iterator[Finding]:
    missing: dict[tuple[Kind, str], list[Use]] = {}
    for use in subject.uses.of(ImportTarget.parse(entry.import_)).uses:
        if use.kind != "unknowable" and not _is_declared(use, entry.permissions):
            missing.setdefault((use.kind, _named(use, entry.permissions)), []).append(use)
    for (kind, named), uses in missing.items():
        yield _finding(subject, entry, kind, named, uses)


def _is_declared(use: Use, declared: Permissions) -> bool:
    if use.kind == "environment":
        return use.variable in declared.environment if use.variable is not None else bool(declared.environment)
    if use.kind == "network":
        patterns = declared.network
        return any(map(use.host.is_covered_by, patterns)) if use.host is not None else bool(patterns)
    if use.kind == "subprocess":
        return declared.subprocess
    return any(not use.writes or not _is_reading(each) for each in declared.filesystem)


def _is_reading(permission: str) -> bool:
    return permission.partition(":")[0] == "read"


def _named(use: Use, declared: Permissions) -> str:
    """What one finding is about: a variable, a host beside others that are declared, or the permission itself."""
    if use.kind == "environment":
        return use.variable or ""
    return str(use.host) if use.host is not None and declared.network else ""


def _finding(subject: Subject, entry: ComponentEntry, kind: Kind, named: str, uses: Sequence[Use]) -> Finding:
    does, member = _words(kind, named, uses, entry.permissions)
    hints = [f"Write `{member}` in `permissions=` of its decorator, then run `ice plugins export`"]
    if kind == "filesystem":
        hints.append("To read a file of your own package, use `importlib.resources`, which needs no permission")
    return Finding(
        "permission-undeclared",
        f"`{entry.id}` {does}, and its permissions do not say so",
        where=uses[0].where,
        expected=f"{member} in its permissions",
        found=uses[0].text,
        detail=further_places(uses),
        note=reached_note(subject, entry, uses),
        hints=hints,
        details={
            "component": str(entry.id),
            "permission": kind,
            "name": named or None,
            "length": len(uses[0].text),
        },
    )


def _words(kind: Kind, named: str, uses: Sequence[Use], declared: Permissions) -> tuple[str, str]:
    """What the component does, and the member that would declare it, with what is declared already."""
    if kind == "environment" and named:
        return f"reads the environment variable `{named}`", _listed(kind, [*declared.environment, named])
    if kind == "network":
        hosts = sorted({str(use.host) for use in uses if use.host is not None})
        does = f"reaches `{named}`" if named else _DOES[kind]
        return does, _listed(kind, [*declared.network, *hosts]) if hosts else _DECLARED[kind]
    if kind == "filesystem" and any(use.writes for use in uses):
        does = "writes files" if all(use.writes for use in uses) else _DOES[kind]
        return does, _listed(kind, [*declared.filesystem, "write"])
    return _DOES[kind], _DECLARED[kind]


def _listed(kind: Kind, names: Sequence[str]) -> str:
    quoted = ", ".join(f'"{name}"' for name in names)
    return f'"{kind}": [{quoted}]'


CHECK = Check(slug="permission-undeclared", severity="error", run=_find)
