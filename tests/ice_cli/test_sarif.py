"""SARIF logs: valid under the published schema, places and rules as code scanning reads them, names that stay."""

import hashlib
import json
from functools import cache
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ice_cli.sarif import FINGERPRINT, sarif_log
from ice_core.error_codes import ERROR_CODES
from ice_core.errors import Finding, Location
from ice_core.strict_json import JsonObject
from tests.house.tree import TESTS

SCHEMA = TESTS / "data" / "sarif" / "sarif-2.1.0-rtm.5.json"


@cache
def validator() -> jsonschema_rs.Draft4Validator:
    """The official schema, formats included; made once."""
    # Its patterns for a language hold a stray bracket, a syntax error to strict engines; no log of ours says one.
    text = SCHEMA.read_text("utf-8").replace("-[a-zA-Z]{2}]?$", "-[a-zA-Z]{2}$")
    return jsonschema_rs.Draft4Validator(json.loads(text), validate_formats=True)


def faults(log: JsonObject) -> list[str]:
    return [f"{error.instance_path}: {error.message}" for error in validator().iter_errors(log)]


def log_of(*findings: Finding, uri: str | None = "plugins.json", **rules: Any) -> Any:
    """The only run of the log of these findings."""
    log: Any = sarif_log(findings, [uri] * len(findings), rules=rules)

    assert [] == faults(log)
    return log["runs"][0]


def result_of(finding: Finding, *, uri: str | None = "plugins.json") -> Any:
    return log_of(finding, uri=uri)["results"][0]


def finding(message: str = "`tool:a` has no example", *, line: int | None = 3, path: str = "", **rest: Any) -> Finding:
    return Finding("no-example", message, where=Location("plugins.json", line=line, path=path), hints=(), **rest)


def test_the_schema_refuses_what_is_no_log() -> None:
    """The check bites."""
    log = sarif_log([finding()], ["plugins.json"], rules={})

    assert [] == faults(log)
    assert [] != faults({**log, "version": "2.0.0"})
    assert [] != faults({**log, "surplus": 1})


def test_a_whole_log() -> None:
    """Rule, severity, message, region, fingerprint, and help that needs no network."""
    found = Finding(
        "cost-undeclared",
        "`tool:a` does not say what a call costs",
        where=Location("plugins.json", line=4, column=9, path="components[0]"),
        details={"length": 6},
        hints=("Give its decorator `cost_estimate=0` if it is free, then run `ice plugins export`",),
    )
    row = ERROR_CODES["cost-undeclared"]

    run = log_of(found, uri="tools/plugins.json")

    assert {
        "name": "iceos",
        "semanticVersion": "1.0.0",
        "rules": [
            {
                "id": "cost-undeclared",
                "name": "CostUndeclared",
                "shortDescription": {"text": row.meaning},
                "fullDescription": {"text": row.meaning},
                "help": {"text": f"To mend it: {row.mend}\n\nTo read more, run `ice explain cost-undeclared`."},
                "defaultConfiguration": {"level": "error"},
                "properties": {"tags": ["checks"]},
            }
        ],
    } == run["tool"]["driver"]
    (result,) = run["results"]
    assert {FINGERPRINT} == set(result.pop("partialFingerprints"))
    assert {
        "ruleId": "cost-undeclared",
        "ruleIndex": 0,
        "level": "error",
        "message": {
            "text": "`tool:a` does not say what a call costs\n\n"
            "hint: Give its decorator `cost_estimate=0` if it is free, then run `ice plugins export`"
        },
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "tools/plugins.json", "uriBaseId": "%SRCROOT%"},
                    "region": {"startLine": 4, "startColumn": 9, "endColumn": 15},
                },
                "logicalLocations": [{"fullyQualifiedName": "components[0]"}],
            }
        ],
    } == result


def test_rules_that_found_nothing_are_listed_too() -> None:
    """A service closes old alerts only of rules that it knows were held."""
    run = log_of(finding(), **{"license-missing": "error", "no-example": "warning"})

    rules = [(rule["id"], rule["defaultConfiguration"]["level"]) for rule in run["tool"]["driver"]["rules"]]
    assert [("license-missing", "error"), ("no-example", "warning")] == rules
    assert 1 == run["results"][0]["ruleIndex"]


@pytest.mark.parametrize("slug", ERROR_CODES)
def test_every_slug_of_the_table_makes_a_valid_rule(slug: str) -> None:
    run = log_of(Finding(slug, "x", hints=()), uri=None)

    assert slug == run["tool"]["driver"]["rules"][0]["id"]


def test_what_is_about_no_file_is_about_the_root_of_the_sources() -> None:
    """Code scanning refuses a result without a place; the origin in words is kept."""
    result = result_of(Finding("no-example", "x", where=Location("entry point `acme`"), hints=()), uri=None)

    assert {"uri": "./", "uriBaseId": "%SRCROOT%"} == result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert [{"fullyQualifiedName": "entry point `acme`"}] == result["locations"][0]["logicalLocations"]


def test_what_is_about_a_whole_file_stands_at_its_first_line() -> None:
    result = result_of(finding(line=None))

    assert {"startLine": 1} == result["locations"][0]["physicalLocation"]["region"]


def test_a_file_outside_the_sources_has_no_base() -> None:
    result = result_of(finding(), uri="file:///elsewhere/plugins.json")

    assert {"uri": "file:///elsewhere/plugins.json"} == result["locations"][0]["physicalLocation"]["artifactLocation"]


def test_braces_and_links_of_a_message_are_words() -> None:
    """Clauses 3.11.5 and 3.11.6: a message may hold placeholders and links; ours come from outside and are neither."""
    result = result_of(finding("`{{ fetch.result }}` and [a prize](https://evil.example) in components[3]"))

    assert (
        r"`{{{{ fetch.result }}}}` and \[a prize](https://evil.example) in components[3]" == result["message"]["text"]
    )


def fingerprint(found: Finding) -> str:
    return str(result_of(found)["partialFingerprints"][FINGERPRINT])


@pytest.mark.parametrize(
    "moved",
    [
        finding(line=77, path="components[2].name"),
        finding(line=3, path="components[9].name"),
        finding(line=None, path="components[2].name"),
    ],
)
def test_a_finding_keeps_its_fingerprint_when_it_moves(moved: Finding) -> None:
    """Lines above it and components before it may come and go."""
    assert fingerprint(finding(path="components[2].name")) == fingerprint(moved)


def test_places_inside_a_message_may_move_too() -> None:
    assert fingerprint(finding("at a.py:12 and b.py:3:4")) == fingerprint(finding("at a.py:13 and b.py:5:6"))


@pytest.mark.parametrize(
    "other",
    [
        finding("`tool:b` has no example"),
        finding(path="components[2].schema"),
        Finding("license-missing", "`tool:a` has no example", where=Location("plugins.json", line=3), hints=()),
    ],
)
def test_another_finding_has_another_fingerprint(other: Finding) -> None:
    assert fingerprint(finding()) != fingerprint(other)


def test_the_same_words_twice_are_two_alerts() -> None:
    run = log_of(finding(line=3), finding(line=9))

    prints = [result["partialFingerprints"][FINGERPRINT] for result in run["results"]]
    assert ["1", "2"] == [text.rpartition(":")[2] for text in prints]
    assert 1 == len({text.rpartition(":")[0] for text in prints})


@given(
    st.text(max_size=40),
    st.text(max_size=20),
    st.none() | st.integers(1, 10**6),
    st.none() | st.integers(1, 10**6),
    st.sampled_from([None, "plugins.json", "file:///x/y.json"]),
)
def test_any_words_and_any_place_make_a_valid_log(
    message: str, path: str, line: int | None, column: int | None, uri: str | None
) -> None:
    """Also unprintable ones."""
    where = Location("plugins.json", line=line, column=column, path=path)
    found = Finding("no-example", message, where=where, detail=[message], note=message, hints=[path])

    assert [] == faults(sarif_log([found], [uri], rules={}))


def test_the_schema_is_the_file_that_its_note_describes() -> None:
    """A vendored file does not change unseen."""
    from_note = [line for line in (SCHEMA.parent / "README.md").read_text("utf-8").split("`") if len(line) == 64]

    assert [hashlib.sha256(SCHEMA.read_bytes()).hexdigest()] == from_note
