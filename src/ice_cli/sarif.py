"""Findings as a SARIF 2.1.0 log, the form that code scanning reads; its rules carry their pages, so no link is needed.

The numbers in comments are clauses of the OASIS standard.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from ice_cli.render import body_lines, marked_width
from ice_core.error_codes import ERROR_CODES
from ice_core.errors import Finding, Severity
from ice_core.strict_json import JsonObject, printable
from ice_core.version import VERSION

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
FINGERPRINT: Final = "iceosFinding/v1"
_ROOT: Final = "%SRCROOT%"
# 3.11.6: `[words](target)` in a message is a link.
_LINK: Final = re.compile(r"\[(?=[^\]]*\]\()")
_POSITION: Final = re.compile(r":[0-9]+(:[0-9]+)?")


def sarif_log(findings: Sequence[Finding], uris: Sequence[str | None], *, rules: Mapping[str, Severity]) -> JsonObject:
    """The log of one run.

    Args:
        findings: The results, in their order.
        uris: For each finding the URI of its file: relative to the root of the sources, absolute, or None.
        rules: The slugs that were looked for, with their severities; those of the findings are added.
    """
    # The severity of a rule wins over that of one of its findings, which may be milder.
    severities = {**{finding.slug: finding.severity for finding in reversed(findings)}, **rules}
    slugs = sorted(severities)
    numbers = {slug: number for number, slug in enumerate(slugs)}
    prints = _fingerprints(findings, uris)
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "iceos",
                        "semanticVersion": VERSION,
                        "rules": [_rule(slug, severities[slug]) for slug in slugs],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the sources"}}},
                "results": [
                    _result(finding, uri, rule_index=numbers[finding.slug], fingerprint=fingerprint)
                    for finding, uri, fingerprint in zip(findings, uris, prints, strict=True)
                ],
            }
        ],
    }


def _rule(slug: str, severity: Severity) -> JsonObject:
    row = ERROR_CODES[slug]
    return {
        "id": slug,
        "name": "".join(word.capitalize() for word in slug.split("-")),
        "shortDescription": {"text": _text(row.meaning)},
        "fullDescription": {"text": _text(row.meaning)},
        "help": {"text": _text(f"To mend it: {row.mend}\n\nTo read more, run `ice explain {slug}`.")},
        "defaultConfiguration": {"level": severity},
        "properties": {"tags": [row.area]},
    }


def _result(finding: Finding, uri: str | None, *, rule_index: int, fingerprint: str) -> JsonObject:
    message = "\n".join([printable(finding.message), *body_lines(finding)])
    return {
        "ruleId": finding.slug,
        "ruleIndex": rule_index,
        "level": finding.severity,
        "message": {"text": _text(message)},
        "locations": [_location(finding, uri)],
        "partialFingerprints": {FINGERPRINT: fingerprint},
    }


def _location(finding: Finding, uri: str | None) -> JsonObject:
    where = finding.where
    # Code scanning refuses a result without a place: what is about no file is about the root of the sources.
    artifact: JsonObject = {"uri": uri or "./"}
    if uri is None or not uri.startswith("file:"):
        artifact["uriBaseId"] = _ROOT
    physical: JsonObject = {"artifactLocation": artifact}
    location: JsonObject = {"physicalLocation": physical}
    if where is None:
        return location
    if uri is not None:
        # Code scanning shows an alert at a line: what is about a whole file stands at its first.
        physical["region"] = _region(finding, where.line or 1, where.column)
    name = where.path if uri is not None else str(where)
    if name:
        location["logicalLocations"] = [{"fullyQualifiedName": printable(name)}]
    return location


def _region(finding: Finding, line: int, column: int | None) -> JsonObject:
    region: JsonObject = {"startLine": line}
    if column is not None:
        # 3.30.8: the end column is the one after the last character.
        region |= {"startColumn": column, "endColumn": column + marked_width(finding)}
    return region


def _fingerprints(findings: Sequence[Finding], uris: Sequence[str | None]) -> list[str]:
    """For each finding a name that stays when lines are added above it or components before it."""
    seen: Counter[str] = Counter()
    prints = []
    for finding, uri in zip(findings, uris, strict=True):
        path = re.sub(r"\[[0-9]+\]", "[]", finding.where.path) if finding.where is not None else ""
        facts = "\0".join([finding.slug, uri or "", path, _POSITION.sub("", finding.message)])
        digest = hashlib.sha256(facts.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        seen[digest] += 1
        prints.append(f"{digest}:{seen[digest]}")
    return prints


def _text(words: str) -> str:
    # 3.11.5: braces are doubled, as they stand for placeholders; 3.11.6: an escaped bracket opens no link.
    return _LINK.sub(r"\\[", words).replace("{", "{{").replace("}", "}}")
