"""An audit as words: every state has its own, no line is wider than a terminal, and nothing hostile reaches it raw."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from ice_cli.audit_view import audit_lines, verdict_text
from ice_core.canonical import Digest
from ice_core.models.plan import CostBounds
from ice_core.models.plugins import ComponentEntry, parse_manifest
from ice_core.strict_json import JsonValue
from ice_orchestrator.audit_report import (
    Audit,
    AuditedComponent,
    AuditedDependency,
    AuditedPackage,
    Code,
    DependencyCode,
    KeyState,
)
from tests.builders.manifests import component, manifest

DIGEST = Digest.of(b"")


def entry(**members: JsonValue) -> ComponentEntry:
    """A component's entry with these members."""
    return parse_manifest(manifest(component(**members)), where="plugins.json").components[0]  # type: ignore[arg-type]  # members of JSON, none of them a named argument


def package(
    *components: AuditedComponent,
    name: str = "acme-csv",
    signer: str | None = "acme-2026",
    key_state: KeyState = "valid",
    code: Code = "import",
    license: str | None = "MIT",
    requires: tuple[str, ...] = (),
) -> AuditedPackage:
    """A package of version 1.2.3."""
    return AuditedPackage(
        name=name,
        version="1.2.3",
        manifest_digest=DIGEST,
        wheels=(("acme_csv-1.2.3-py3-none-any.whl", DIGEST),),
        signer=signer,
        fingerprint=DIGEST if signer is not None else None,
        key_state=key_state,
        first_seen=datetime(2026, 6, 1, tzinfo=UTC) if signer is not None else None,
        license=license,
        code=code,
        components=components,
        requires=requires,
    )


def audited(entry: ComponentEntry | None, *, version: str = "1.2.3") -> AuditedComponent:
    """A component with this entry."""
    return AuditedComponent(id="tool:csv_reader", version=version, digest=DIGEST, entry=entry)


def lines(*packages: AuditedPackage, cost: CostBounds | None = None) -> list[str]:
    """The lines of an audit of these packages."""
    return [*audit_lines(Audit(subject="here", packages=packages, dependencies=(), cost=cost, findings=()))]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import", "from the bytes that were verified"),
        ("off", "from the import path; nothing vouches for it"),
        ("refused", "none in a strict run, which refuses it"),
        ("absent", "not here, or not what was locked"),
        ("none", "none: its components are data"),
    ],
)
def test_each_place_of_code_has_its_words(code: Code, words: str) -> None:
    assert f"  code         {words}" in lines(package(code=code))


@pytest.mark.parametrize("state", ["valid", "not yet valid", "expired", "revoked", "unknown"])
def test_the_state_of_a_key_stands_beside_it(state: KeyState) -> None:
    assert f"  signed by    acme-2026, {state}" in lines(package(key_state=state))


def test_what_nobody_signed_says_so() -> None:
    told = lines(package(signer=None, key_state="unsigned", license=None))

    assert "  signed by    NOBODY" in told
    assert "  licence      not said" in told
    assert not [line for line in told if line.startswith("  first seen")]


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"cost_estimate": None}, "not declared"),
        ({"cost_estimate": {"base": 0.5, "per_token": 0, "currency": "USD"}}, "0.5 USD a call"),
        (
            {"cost_estimate": {"base": 0, "per_token": 0.01, "currency": "USD"}, "max_tokens": 2000},
            "at most 20 USD a call, of up to 2,000 tokens",
        ),
        (
            {"cost_estimate": {"base": 1, "per_token": 0.01, "currency": "USD"}},
            "1 USD a call and 0.01 a token, without a bound",
        ),
    ],
    ids=["undeclared", "a call", "bounded tokens", "unbounded tokens"],
)
def test_what_a_call_costs_is_said_in_each_form(members: dict[str, JsonValue], words: str) -> None:
    assert f"    costs      {words}" in lines(package(audited(entry(**members))))


def test_permissions_and_deprecation_are_told() -> None:
    permissions: JsonValue = {"network": ["api.example.com"], "subprocess": True}
    told = lines(package(audited(entry(permissions=permissions, deprecated={"since": "1.0.0"}))))

    assert "    may use    network api.example.com; subprocess" in told
    assert "    deprecated since 1.0.0" in told


def test_a_component_of_which_only_the_digest_is_known_is_listed_by_it() -> None:
    told = lines(package(audited(None), code="absent"))

    assert ["  tool:csv_reader 1.2.3", f"    {DIGEST}"] == told[-2:]


@pytest.mark.parametrize(
    ("code", "words"),
    [("record", "those of the locked wheel"), ("off", "not those, or not known"), ("absent", "none")],
)
def test_each_state_of_a_dependency_has_its_words(code: DependencyCode, words: str) -> None:
    one = AuditedDependency(
        name="wide", version="1.0", wheels=(("w.whl", "ab"), ("x.whl", "cd")), requires=(), code=code
    )
    audit = Audit(subject="lock", packages=(package(),), dependencies=(one,), cost=None, findings=())

    assert f"wide        1.0      2 wheels   {words}" in [*audit_lines(audit)]
    assert "1 package, 0 components, 1 dependency: everything is verified" in verdict_text(audit)


def test_the_cost_of_a_run_is_the_last_line() -> None:
    cost = CostBounds(minimum=Decimal("0.1"), expected=Decimal("0.2"), maximum=Decimal("0.30"))

    assert "one run costs from 0.1 to 0.3 USD" == lines(package(), cost=cost)[-1]


def test_no_line_is_wider_than_a_terminal() -> None:
    many = tuple(f"distribution-number-{number}" for number in range(30))
    hosts: JsonValue = {"network": [f"host-{number}.example.com" for number in range(30)]}
    told = lines(package(audited(entry(permissions=hosts)), requires=many))

    assert [] == [line for line in told if len(line) > 80]


def test_text_from_outside_moves_no_cursor() -> None:
    """A lock's names are a file's text: whatever a terminal would obey is an escape."""
    told = lines(package(name="acme\x1b[2J", signer="acme\u202e2026", license="MIT\x07"))

    assert [] == [line for line in told if not line.isprintable()]
