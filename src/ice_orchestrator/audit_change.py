"""What rose between two audits: who signs, what components may touch, what they cost, what came and what left.

An older audit is a file that somebody accepted; whatever is new, or more, against it is for somebody to accept again.
"""

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Final

from ice_core.errors import Finding, IceError, Location, Severity
from ice_core.strict_json import JsonObject, JsonValue, parse_json, printable
from ice_orchestrator.audit_report import FORMAT

MAX_AUDIT_BYTES: Final = 16 * 1024 * 1024
_LISTS: Final = ("network", "filesystem", "environment", "tools")


def read_audit(data: bytes, *, where: str) -> JsonObject:
    """The `audit.v0` that `ice audit --json` wrote.

    Raises:
        IceError: `audit-invalid`, or what the strict parser refuses.
    """
    value = parse_json(data, where=where, max_bytes=MAX_AUDIT_BYTES)
    if value.get("format") != FORMAT or not isinstance(value.get("packages"), list):
        raise IceError(
            "audit-invalid",
            f"`{where}` is not what `ice audit --json` wrote",
            where=Location(where, path="format"),
            expected=FORMAT,
            found=printable(str(value.get("format"))),
            hints=("To write one, run `ice audit --json > audit.json`",),
        )
    return value


def audit_changes(old: JsonObject, new: JsonObject, *, where: str) -> tuple[Finding, ...]:
    """What differs, sorted; severity `error` is what rose, `warning` what is merely other or gone.

    Args:
        old, new: Values of `audit.v0`.
        where: The older one's file.
    """
    before, after = _by_name(old, "packages", "package"), _by_name(new, "packages", "package")
    found: list[Finding] = []
    for name in sorted(before.keys() | after.keys()):
        if name not in before:
            found.append(_risen(f"`{name}` {after[name].get('version')} was not in it", where))
        elif name not in after:
            found.append(_other(f"`{name}` is gone", where))
        else:
            found += _package_changes(name, before[name], after[name], where)
    return tuple(found)


def _package_changes(name: str, old: JsonObject, new: JsonObject, where: str) -> Iterator[Finding]:
    for member, words in (("signer", "is signed by another key"), ("fingerprint", "is signed by another key")):
        if old.get(member) != new.get(member):
            yield _risen(f"`{name}` {words}", where, old.get(member), new.get(member), slug="audit-signer-changed")
            break
    if old.get("version") != new.get("version"):
        yield _other(f"`{name}` has another version", where, old.get("version"), new.get("version"))
    elif old.get("manifest_digest") != new.get("manifest_digest"):
        words = f"`{name}` {new.get('version')} has another manifest under the same version"
        yield _risen(words, where, old.get("manifest_digest"), new.get("manifest_digest"))
    before, after = _by_name(old, "components", "component"), _by_name(new, "components", "component")
    for component in sorted(after.keys()):
        if component not in before:
            yield _risen(f"`{component}` of `{name}` was not in it", where)
        else:
            yield from _component_changes(component, before[component], after[component], where)


def _component_changes(component: str, old: JsonObject, new: JsonObject, where: str) -> Iterator[Finding]:
    if old.get("description") != new.get("description"):
        # What a model reads is what was approved, word for word (MCPoison, CVE-2025-54136).
        yield _risen(f"`{component}` says something else", where, old.get("description"), new.get("description"))
    before, after = _object(old.get("permissions")), _object(new.get("permissions"))
    for kind in _LISTS:
        more = sorted(_texts(after.get(kind)) - _texts(before.get(kind)))
        if more:
            words = f"`{component}` may use more: {kind} {', '.join(map(printable, more))}"
            yield _risen(
                words, where, _listed(before.get(kind)), _listed(after.get(kind)), slug="audit-permission-risen"
            )
    if after.get("subprocess") is True and before.get("subprocess") is not True:
        yield _risen(f"`{component}` may start programs", where, "no", "yes", slug="audit-permission-risen")
    old_cost, new_cost = _object(old.get("cost")), _object(new.get("cost"))
    for member in ("base", "per_token"):
        if _amount(new_cost.get(member)) > _amount(old_cost.get(member)):
            words = f"`{component}` costs more: {member}"
            yield _risen(words, where, old_cost.get(member), new_cost.get(member))


def _risen(
    message: str, where: str, old: JsonValue = None, new: JsonValue = None, *, slug: str = "audit-changed"
) -> Finding:
    return _finding(slug, message, where, old, new, severity="error")


def _other(message: str, where: str, old: JsonValue = None, new: JsonValue = None) -> Finding:
    return _finding("audit-changed", message, where, old, new, severity="warning")


def _finding(slug: str, message: str, where: str, old: JsonValue, new: JsonValue, *, severity: Severity) -> Finding:
    return Finding(
        slug,
        message,
        severity=severity,
        where=Location(where),
        expected=printable(str(old)) if old is not None else None,
        found=printable(str(new)) if new is not None else None,
        hints=(f"To accept it after review, run `ice audit --json > {where}`",),
    )


def _by_name(value: JsonObject, member: str, name: str) -> dict[str, JsonObject]:
    listed = value.get(member)
    rows = [row for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []
    return {printable(str(row.get(name))): row for row in rows}


def _object(value: JsonValue) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _texts(value: JsonValue) -> frozenset[str]:
    return frozenset(map(str, value)) if isinstance(value, list) else frozenset()


def _listed(value: JsonValue) -> str:
    return ", ".join(sorted(_texts(value))) or "none"


def _amount(value: JsonValue) -> Decimal:
    try:
        amount = Decimal(str(value)) if value is not None else Decimal(0)
    except InvalidOperation:
        return Decimal(0)
    return amount if amount.is_finite() else Decimal(0)
