"""The words of a permission that is not there: what to write, beside what is declared already."""

from typing import Any

import pytest

from ice_core.models.plugins import Permissions
from ice_orchestrator.observed import Kind, Observation, Verdict
from ice_orchestrator.permission_refusal import permission_denied, told

CASES: dict[str, tuple[dict[str, Any], Kind, str, str, str]] = {
    "a first host": ({}, "network", "api.acme.example:443", '"network": ["api.acme.example"]', "may not reach"),
    "one more host": (
        {"network": ["a.example"]}, "network", "b.example:80",
        '"network": ["a.example", "b.example"]', "may not reach"),
    "a port of its own": ({}, "network", "b.example:8443", '"network": ["b.example:8443"]', "may not reach"),
    "a name alone": ({}, "network", "b.example", '"network": ["b.example"]', "may not reach"),
    "a file to read": ({}, "read", "/etc/passwd", '"filesystem": ["read"]', "may not read"),
    "a file to write": (
        {"filesystem": ["read"]}, "written", "out.txt", '"filesystem": ["read", "write"]', "may not write"),
    "a program": ({}, "subprocess", "/bin/sh", '"subprocess": True', "may not start"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_hint_is_what_to_write(name: str) -> None:
    """Whatever is declared already stays; the same words as the check before publication."""
    members, kind, subject, declared, verb = CASES[name]

    error = permission_denied("tool:made", Permissions.model_validate(members), kind, subject)

    assert f"`{declared}`" in error.finding.hints[0]
    assert f"`tool:made` {verb} `{subject}`" == error.finding.message
    assert (kind, subject) == (error.finding.details["use"], error.finding.details["subject"])


@pytest.mark.parametrize(
    ("members", "kind", "words"),
    [
        ({}, "network", "nothing: the manifest declares no `network`"),
        ({"network": ["a.example", "b.example"]}, "network", "a.example, b.example"),
        ({"filesystem": ["read"]}, "written", "read"),
        ({}, "subprocess", "nothing: the manifest declares no `subprocess`"),
    ],
)
def test_what_is_allowed_is_said(members: dict[str, Any], kind: Kind, words: str) -> None:
    """Expected is what the manifest declares."""
    error = permission_denied("tool:made", Permissions.model_validate(members), kind, "x")

    assert words == error.finding.expected


@pytest.mark.parametrize(
    ("verdict", "sentence", "rule"),
    [
        (
            "undeclared",
            "`tool:made` reached `x:1`, and its permissions do not say so",
            "`--no-dynamic` it is refused",
        ),
        ("refused", "`tool:made` was refused to reach `x:1`, and went on", "it has to be declared"),
    ],
)
def test_a_warning_says_whether_it_happened(verdict: Verdict, sentence: str, rule: str) -> None:
    """What happened, what is allowed, and what to write."""
    text = told("tool:made", Permissions(), Observation(kind="network", subject="x:1", verdict=verdict))

    first, allowed, note, *hints = text.split("\n")
    assert f"WARN undeclared use: {sentence}" == first
    assert "note: Its permissions allow nothing: the manifest declares no `network`." == allowed
    assert rule in note
    assert 2 == len(hints)
    assert all(hint.startswith("hint: ") for hint in hints)


def test_a_hostile_subject_is_escaped() -> None:
    """A file's name may hold what a terminal obeys."""
    error = permission_denied("tool:made", Permissions(), "written", "/\x1b[2J\u202e")

    assert "\x1b" not in error.finding.message + str(error.finding.found) + "".join(error.finding.hints)
    assert "\u202e" not in error.finding.message
