"""The words of a permission that is not there: which component, what it tried, what its manifest allows, what mends it.

The kinds and the members are those of the check `permission-undeclared`, so that both say the same of the same line.
"""

from collections.abc import Mapping
from typing import Final

from ice_core.errors import IceError, Location
from ice_core.models.plugins import Permissions
from ice_core.strict_json import JsonValue, printable
from ice_orchestrator.observed import Kind, Observation

# What it does, in a sentence and in the past; the member of the permissions that is asked.
_WORDS: Final[Mapping[Kind, tuple[str, str, str]]] = {
    "network": ("reach", "reached", "network"),
    "read": ("read", "read", "filesystem"),
    "written": ("write", "wrote", "filesystem"),
    "subprocess": ("start", "started", "subprocess"),
}
NOT_A_SANDBOX: Final = "This holds what Python asks before it acts; it is no sandbox."


def permission_denied(component: str, permissions: Permissions, kind: Kind, subject: str) -> IceError:
    """The refusal of one use."""
    verb, _, member = _WORDS[kind]
    allowed: list[JsonValue] = [*_allowed(permissions, member)]
    return IceError(
        "permission-denied",
        f"`{component}` may not {verb} `{printable(subject)}`",
        where=Location(component),
        expected=_words_of(permissions, member),
        found=f"{kind}: {printable(subject)}",
        note=f"What a component touches is what its signed manifest lists under `permissions`. {NOT_A_SANDBOX}",
        hints=_hints(component, permissions, kind, subject),
        details={
            "component": component,
            "permission": member,
            "use": kind,
            "subject": printable(subject),
            "permitted": allowed,
        },
    )


def told(component: str, permissions: Permissions, observed: Observation) -> str:
    """The warning about a use that happened undeclared, or that was refused and that the component got over."""
    verb, past, member = _WORDS[observed.kind]
    if observed.verdict == "refused":
        happened = f"`{component}` was refused to {verb} `{observed.subject}`, and went on"
        rule = "note: It may be what a library tries first; if it is needed, it has to be declared."
    else:
        happened = f"`{component}` {past} `{observed.subject}`, and its permissions do not say so"
        rule = "note: It happened; under `--no-dynamic` it is refused."
    return "\n".join(
        (
            f"WARN undeclared use: {happened}",
            f"note: Its permissions allow {_words_of(permissions, member)}.",
            rule,
            *(f"hint: {hint}" for hint in _hints(component, permissions, observed.kind, observed.subject)),
        )
    )


def _hints(component: str, permissions: Permissions, kind: Kind, subject: str) -> tuple[str, ...]:
    return (
        f"To declare it, write `{_declared(permissions, kind, subject)}` in `permissions=` of the decorator of "
        f"`{component}`, then run `ice plugins export --output plugins.json`",
        "Then give the package a higher version, and run `ice publish --manifest plugins.json`",
    )


def _declared(permissions: Permissions, kind: Kind, subject: str) -> str:
    if kind == "network":
        name, colon, port = subject.rpartition(":")
        host = name if colon and port in ("80", "443") else subject
        return _listed("network", [*permissions.network, host.lower()])
    if kind == "subprocess":
        return '"subprocess": True'
    return _listed("filesystem", [*permissions.filesystem, "read" if kind == "read" else "write"])


def _listed(member: str, names: list[str]) -> str:
    quoted = ", ".join(f'"{printable(name)}"' for name in names)
    return f'"{member}": [{quoted}]'


def _allowed(permissions: Permissions, member: str) -> tuple[str, ...]:
    if member == "subprocess":
        return ("any program",) if permissions.subprocess else ()
    return permissions.network if member == "network" else permissions.filesystem


def _words_of(permissions: Permissions, member: str) -> str:
    return ", ".join(_allowed(permissions, member)) or f"nothing: the manifest declares no `{member}`"
