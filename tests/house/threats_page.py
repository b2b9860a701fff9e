"""Writes docs/explanation/threats.md: each attack, what stops it, and the tests that show it; `python3 dev.py fix`.

A test belongs to a row when its docstring says `Threat N: `, at its start or in a later sentence; it replays an
incident when it says `Incident NAME (YEAR): what is tried. Stopped by: what refuses it.`
"""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.house.tree import ROOT, Module, modules_of_tests

PAGE = ROOT / "docs" / "explanation" / "threats.md"
INCIDENT = re.compile(r"Incident (?P<name>[^:]+?) \((?P<year>[0-9]{4})\): (?P<tried>.+?) Stopped by: (?P<control>.+)")
MENTION = re.compile(r"\bThreat ([0-9]+): ")
OPENING = """# Threats

Each row is an attack, the control that stops it, and the tests that try the attack and see it refused: with the
right slug, nothing written, nothing imported. The tests in `tests/threats` attack the whole, with real bundles in a
real home folder; the others a single part. A row under "not built yet" is not protected against yet, or only in the
part that its other rows name.

This page is made from the docstrings of the tests and the table in `tests/house/threats_page.py` by
`python3 dev.py fix`.
"""


INCIDENTS = """## Incidents

What was done to other registries, tried here in a harmless shape. A row says what happened there and what refuses it
here. Incidents of a marketplace's server (scanners, tokens, rankings, removals) come with that server.

| incident | year | what is tried | what stops it | test |
| --- | --- | --- | --- | --- |
"""


@dataclass(frozen=True, kw_only=True)
class Incident:
    """One incident that a test replays."""

    name: str
    year: int
    tried: str
    control: str
    test: str


@dataclass(frozen=True, kw_only=True)
class Threat:
    """One row: the attack, its control, and, where something is still to come, what that is."""

    attack: str
    control: str
    later: str | None = None


def _row(attack: str, control: str, later: str | None = None) -> Threat:
    return Threat(attack=attack, control=control, later=later)


MARKETPLACE = "the marketplace's server"
UPDATES = "signed update metadata (TUF)"
THREATS = {
    1: _row("Substitution of the wheel", "its digest is in the signed body and in the lock"),
    2: _row("Substitution of the manifest", "its digest is in the signed body"),
    3: _row("Signature stripped", "refused under `--no-dynamic`; elsewhere shown as `unsigned`"),
    4: _row("Rollback to a vulnerable version", "a lock pins digests", UPDATES),
    5: _row("Freeze", "expiry of what an index says", UPDATES),
    6: _row("Fast-forward of version numbers", "recovery by key rotation", UPDATES),
    7: _row("Mix-and-match of genuine parts", "one signature over both digests"),
    8: _row("Endless data, slow download", "lengths and timeouts", MARKETPLACE),
    9: _row(
        "Theft of a publisher's key",
        "keys are bound to namespaces, hand over once by a record that both sign, and can be revoked",
        f"telling every machine of a rotation or revocation: {UPDATES}",
    ),
    10: _row("Theft of the marketplace's key", "online keys cannot sign publishers' bytes", UPDATES),
    11: _row("Public key of low order", "fourteen encodings are refused as A and as R"),
    12: _row("Signature malleability", "S below the group's order, one form of base64"),
    13: _row("Key-id confusion, path in a key id", "the id is a hint with a grammar; the record's namespaces decide"),
    14: _row("Algorithm confusion", "the literal `ed25519`"),
    15: _row("Duplicate JSON keys", "one strict parser at every door"),
    16: _row("NaN, overflow, deep nesting", "the strict parser, bounded before it parses"),
    17: _row(
        "Unicode look-alikes, bidi, invisible text", "ASCII names; NFC text and sources without hidden characters"
    ),
    18: _row("Typosquat", "names that look alike are held", MARKETPLACE),
    19: _row("Dependency and namespace confusion", "one owner a component; code comes from the store alone"),
    20: _row("Zip slip, absolute and drive paths", "the gate; and the importer never unpacks"),
    21: _row("Zip bomb", "sizes are checked before, and bounded while, inflating"),
    22: _row("Zip parser confusion", "ambiguous archives are refused; the bytes that were hashed are executed"),
    23: _row("RECORD that does not match", "every member once, with its size and hash"),
    24: _row("Link in place of a file or folder", "links are not followed"),
    25: _row("Names that are one file somewhere", "unique after case folding; no reserved names"),
    26: _row(".pth, sitecustomize, data folders", "the gate"),
    27: _row("Forged bytecode", "no bytecode is read but what this machine compiled, each module under a MAC"),
    28: _row(
        "Exchange between check and use",
        "one read, bytes kept; sealed memory; a plan is held against signed manifests",
    ),
    29: _row("Shadows on sys.path and of the standard library", "a wheel's names are claimed whole, in front"),
    30: _row("Malicious import string", "grammar, module inside the signed wheel, object declared as that component"),
    31: _row("Entry-point hijack", "entry points name resources, are never loaded, and only announce"),
    32: _row("Injection through ICEOS_EXTRA_PLUGINS", "strict: absolute paths of signed bundles, shown when used"),
    33: _row("Home or key-store that others can write", "owner and mode of every folder and file"),
    34: _row(
        "HOME swap",
        "a lock and a plan pin digests; without them a project pins the keys whose manifests count (`trusted_keys`)",
    ),
    35: _row(
        "Clock skew and rollback",
        "nothing is judged earlier than the latest time that was seen; an end is told as one, never as a bad signature",
        f"a time that somebody else vouches for: {UPDATES}",
    ),
    36: _row("ReDoS in a schema", "patterns run in an engine without backtracking"),
    37: _row("Reference bomb, recursion, fetches", "a bounded subset of JSON Schema; nothing is fetched"),
    38: _row("Cost poisoning", "finite decimal bounds; the budget is held before each node"),
    39: _row(
        "Hostile text in descriptions and messages", "shown with escapes, never raw", "quarantine of descriptions"
    ),
    40: _row(
        "Rug pull", "the lock pins what was approved, descriptions included; `ice audit --diff FILE` tells what differs"
    ),
    41: _row("SQL injection", "bound parameters", MARKETPLACE),
    42: _row("Upload denial of service", "caps and quotas", MARKETPLACE),
    43: _row("Version re-use", "a published version never changes", f"replay at {MARKETPLACE}"),
    44: _row("Token theft", "a token alone cannot sign", MARKETPLACE),
    45: _row("Forged licence token", "signed claims with audience and expiry", MARKETPLACE),
    46: _row("Equivocation", "a transparency log", MARKETPLACE),
    47: _row("Crash in the middle of an installation", "temporary file, fsync, rename; the manifest last"),
    48: _row("Other bytes scanned than served", "gate and store work on one buffer", f"scan at {MARKETPLACE}"),
    49: _row("Leak through the public subset", "an allow-list of members"),
    50: _row(
        "Third-party package that is changed, added or exchanged in the environment",
        "under `--no-dynamic` each file is held against its locked wheel as it is imported; the rest is refused",
    ),
    51: _row("A switch that turns the checks off", "there is none; each run says how its code comes"),
}


def mentions(modules: Iterable[Module]) -> Iterator[tuple[int, str]]:
    """Each row's number with the id of a test whose docstring names it, in the order of the modules."""
    for module in modules:
        for node in module.tree.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                for number in MENTION.findall(ast.get_docstring(node) or ""):
                    yield int(number), f"{module.path}::{node.name}"


def incidents(modules: Iterable[Module]) -> Iterator[Incident]:
    """Each incident that a test replays, in the order of the modules; a docstring of another form fails."""
    for module in modules:
        for node in module.tree.body:
            text = " ".join((ast.get_docstring(node) or "").split()) if isinstance(node, ast.FunctionDef) else ""
            if not isinstance(node, ast.FunctionDef) or not text.startswith("Incident "):
                continue
            found = INCIDENT.fullmatch(text)
            assert found is not None, f"{module.path}::{node.name} is not of the form {INCIDENT.pattern}"
            yield Incident(
                name=found["name"],
                year=int(found["year"]),
                tried=found["tried"].rstrip("."),
                control=found["control"].rstrip("."),
                test=f"{module.path}::{node.name}",
            )


def incident_rows(found: Iterable[Incident]) -> Iterator[str]:
    """The rows of the table, the oldest first."""
    for each in sorted(found, key=lambda each: (each.year, each.name.lower())):
        yield f"| {each.name} | {each.year} | {each.tried} | {each.control} | `{each.test}` |"


def render(found: Iterable[tuple[int, str]], replayed: Iterable[Incident] = ()) -> str:
    """The whole page."""
    tests: dict[int, list[str]] = {}
    for number, test in found:
        tests.setdefault(number, []).append(test)
    parts = [OPENING, "## Controls and their tests\n"]
    for number, threat in THREATS.items():
        if number in tests:
            lines = [f"### {number} {threat.attack}\n", f"Control: {threat.control}.\n"]
            parts += [*lines, *(f"- `{test}`" for test in tests[number]), ""]
    parts += [INCIDENTS + "\n".join(incident_rows(replayed)), ""]
    parts += ["## Not built yet\n", "| row | attack | control | comes with |", "| --- | --- | --- | --- |"]
    for number, threat in THREATS.items():
        if threat.later is not None:
            parts.append(f"| {number} | {threat.attack} | {threat.control} | {threat.later} |")
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    PAGE.write_text(render(mentions(modules_of_tests()), incidents(modules_of_tests())), encoding="utf-8")
