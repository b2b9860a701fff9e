"""Each governance check: a manifest on which it speaks, where it points, and one on which it is silent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ice_checks.all_checks import ALL_CHECKS, run_checks
from ice_checks.check import Check
from ice_core.error_codes import ERROR_CODES
from ice_core.errors import Finding
from ice_core.strict_json import JsonObject, JsonValue
from tests.ice_checks.subjects import SPEAKING, subject_of
from tests.ice_core.models.documents import changed, without

ENTRY = "components.0"
WORKFLOW = "components.1"
CHECKS = {check.slug: check for check in ALL_CHECKS}


def sound_manifest() -> JsonObject:
    """A manifest about which no check has anything to say."""
    return {
        "schema_version": "plugins.v0",
        "created": "2025-08-01T12:34:00Z",
        "package": {"name": "acme-csv", "version": "1.2.3"},
        "license": "Apache-2.0 OR MIT",
        "schemas": {"Rows": {"type": "array", "items": {"type": "array", "items": {"type": "string"}}}},
        "components": [
            {
                "node_type": "tool",
                "name": "csv_reader",
                "import": "acme_csv.reading:read",
                "version": "1.2.3",
                "schema": {
                    "input": {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]},
                    "output": {"$ref": "#/schemas/Rows"},
                },
                "cost_estimate": {"base": 0, "per_token": 1e-6},
                "max_tokens": 1000,
                "description": "Reads the rows of a CSV file",
                "examples": [{"input": {"path": "a.csv"}, "output": [["a", "b"]]}],
                "deprecated": {"since": "2.0.0", "replacement": "parquet_reader"},
            },
            {
                "node_type": "workflow",
                "name": "daily_report",
                "import": "acme_csv.flows:daily_report",
                "version": "0.1.0",
                "schema": {"input": {"type": "object"}, "output": {"type": "object"}},
                "description": "Writes the report of a day",
                "examples": [{"input": {}, "output": {}}],
                "blueprint": {"schema_version": "1.2.0", "id": "daily_report", "nodes": []},
            },
        ],
    }


def _places(check: Check, manifest: JsonObject) -> list[str]:
    return [finding.where.path for finding in check.run(subject_of(manifest)) if finding.where is not None]


def test_a_sound_manifest_has_no_findings() -> None:
    """Every check is silent on it, so that each test below changes one thing."""
    found = run_checks(subject_of(sound_manifest()))

    assert () == found


def _entry(**members: JsonValue) -> JsonObject:
    components = sound_manifest()["components"]
    assert isinstance(components, list)
    entry = components[0]
    assert isinstance(entry, dict)
    return {**entry, **members}


FIRES: list[tuple[str, str, JsonObject, list[str]]] = [
    ("cost-undeclared", "tool", without(sound_manifest(), f"{ENTRY}.cost_estimate"), ["components[0]"]),
    (
        "cost-undeclared",
        "agent",
        changed(without(sound_manifest(), f"{ENTRY}.cost_estimate"), f"{ENTRY}.node_type", "agent"),
        ["components[0]"],
    ),
    (
        "cost-unbounded",
        "per token",
        without(sound_manifest(), f"{ENTRY}.max_tokens"),
        ["components[0].cost_estimate.per_token"],
    ),
    (
        "deprecated-without-replacement",
        "no way out",
        without(sound_manifest(), f"{ENTRY}.deprecated.replacement"),
        ["components[0].deprecated"],
    ),
    ("description-missing", "absent", without(sound_manifest(), f"{ENTRY}.description"), ["components[0].description"]),
    (
        "description-missing",
        "blank",
        changed(sound_manifest(), f"{WORKFLOW}.description", "  "),
        ["components[1].description"],
    ),
    (
        "example-mismatch",
        "input",
        changed(sound_manifest(), f"{ENTRY}.examples.0.input", {}),
        ["components[0].examples[0].input"],
    ),
    (
        "example-mismatch",
        "output through a shared schema",
        changed(sound_manifest(), f"{ENTRY}.examples.0.output", [["a", 1], [None]]),
        ["components[0].examples[0].output[0][1]", "components[0].examples[0].output[1][0]"],
    ),
    (
        "example-mismatch",
        "member of the input",
        changed(sound_manifest(), f"{ENTRY}.examples.0.input.path", 1),
        ["components[0].examples[0].input.path"],
    ),
    (
        "hidden-text",
        "schema",
        changed(sound_manifest(), "schemas.Rows.description", "rows\u200b"),
        ["schemas.Rows.description"],
    ),
    (
        "hidden-text",
        "property name",
        changed(sound_manifest(), f"{ENTRY}.schema.input.properties", {"pa\u202eth": {}}),
        ["components[0].schema.input.properties.pa\\u202eth"],
    ),
    (
        "hidden-text",
        "blueprint",
        changed(sound_manifest(), f"{WORKFLOW}.blueprint.metadata", {"notes": ["a", "b\U000e0041\x1b"]}),
        ["components[1].blueprint.metadata.notes[1]"],
    ),
    ("license-invalid", "unknown", changed(sound_manifest(), "license", "Do what you like"), ["license"]),
    ("license-invalid", "not canonical", changed(sound_manifest(), "license", "apache-2.0 or mit"), ["license"]),
    ("license-missing", "absent", without(sound_manifest(), "license"), ["license"]),
    ("license-missing", "empty", changed(sound_manifest(), "license", ""), ["license"]),
    (
        "manifest-unsorted",
        "by type",
        changed(sound_manifest(), "components", [_entry(), _entry(node_type="agent", name="asker")]),
        ["components[1]"],
    ),
    (
        "manifest-unsorted",
        "by name",
        changed(sound_manifest(), "components", [_entry(), _entry(name="csv_query"), _entry(name="zip_reader")]),
        ["components[1]"],
    ),
    ("no-example", "absent", without(sound_manifest(), f"{ENTRY}.examples"), ["components[0]"]),
    ("no-example", "empty", changed(sound_manifest(), f"{WORKFLOW}.examples", []), ["components[1]"]),
    ("package-missing", "absent", without(sound_manifest(), "package"), ["package"]),
    (
        "workflow-without-blueprint",
        "absent",
        without(sound_manifest(), f"{WORKFLOW}.blueprint"),
        ["components[1]"],
    ),
]


@pytest.mark.parametrize(
    ("slug", "manifest", "places"),
    [pytest.param(slug, manifest, places, id=f"{slug}: {case}") for slug, case, manifest, places in FIRES],
)
def test_a_check_speaks_where_it_should_and_no_other_does(slug: str, manifest: JsonObject, places: list[str]) -> None:
    """One fault, its own findings at its place, and silence from the rest."""
    found = run_checks(subject_of(manifest))

    assert [slug] * len(places) == [finding.slug for finding in found]
    assert places == _places(CHECKS[slug], manifest)


@pytest.mark.parametrize(
    ("slug", "manifest"),
    [
        ("cost-undeclared", changed(sound_manifest(), f"{ENTRY}.cost_estimate", {"base": 0})),
        (
            "cost-unbounded",
            without(changed(sound_manifest(), f"{ENTRY}.cost_estimate.per_token", 0), f"{ENTRY}.max_tokens"),
        ),
        ("cost-unbounded", changed(sound_manifest(), f"{ENTRY}.max_tokens", 0)),
        ("deprecated-without-replacement", without(sound_manifest(), f"{ENTRY}.deprecated")),
        ("hidden-text", changed(sound_manifest(), "schemas.Rows.description", "Rows,\n\tone a line: naïve, 日本")),
        ("license-invalid", without(sound_manifest(), "license")),
        ("license-invalid", changed(sound_manifest(), "license", "LicenseRef-Proprietary")),
        ("license-invalid", changed(sound_manifest(), "license", "GPL-2.0-only WITH Classpath-exception-2.0")),
        ("manifest-unsorted", changed(sound_manifest(), "components", [])),
        ("manifest-unsorted", changed(sound_manifest(), "components", [_entry(node_type="agent", name="z"), _entry()])),
    ],
)
def test_a_check_is_silent_where_it_should_be(slug: str, manifest: JsonObject) -> None:
    """Near misses."""
    places = _places(CHECKS[slug], manifest)

    assert [] == places


def test_every_check_has_a_subject_on_which_it_speaks() -> None:
    """A new check brings its fixture."""
    assert set(CHECKS) == {slug for slug, *_ in FIRES} | set(SPEAKING)


@pytest.mark.parametrize("slug", CHECKS)
def test_a_check_keeps_what_it_says_of_itself(slug: str) -> None:
    """Its findings have its slug and its severity, and tell what to do; its meaning is in the table."""
    check = CHECKS[slug]

    subjects = [subject_of(manifest) for fired, _, manifest, _ in FIRES if fired == slug]
    found = [finding for each in (*subjects, *filter(None, [SPEAKING.get(slug)])) for finding in check.run(each)]

    assert {(slug, check.severity)} == {(finding.slug, finding.severity) for finding in found}
    assert all(finding.hints and str(finding.message).isprintable() for finding in found)
    assert ERROR_CODES[slug].meaning == check.meaning


def test_each_check_has_its_own_slug() -> None:
    """Sorted, so that the list can be read."""
    slugs = [check.slug for check in ALL_CHECKS]

    assert sorted(set(slugs)) == slugs


@given(st.permutations(ALL_CHECKS))
def test_the_order_of_findings_does_not_depend_on_the_order_of_checks(checks: list[Check]) -> None:
    """The same manifest gives the same report."""
    manifest = without(without(without(sound_manifest(), "license"), f"{ENTRY}.cost_estimate"), f"{WORKFLOW}.blueprint")

    found = run_checks(subject_of(manifest), checks=checks)

    assert ["components[0]", "components[1]", "license"] == [
        finding.where.path for finding in found if finding.where is not None
    ]


def test_findings_stand_in_the_order_of_the_manifest() -> None:
    """The eleventh component comes after the third."""
    entries: list[JsonValue] = [_entry(name=f"reader_{letter}", examples=[]) for letter in "abcdefghijkl"]

    found = run_checks(subject_of(changed(sound_manifest(), "components", entries)))

    assert [f"`tool:reader_{letter}`" for letter in "abcdefghijkl"] == [_named(finding) for finding in found]


def _named(finding: Finding) -> str:
    return finding.message.partition(" ")[0]


def test_a_check_reads_nothing_but_its_subject() -> None:
    """Running all of them leaves the value as it was, byte for byte."""
    manifest = sound_manifest()

    run_checks(subject_of(manifest))

    assert sound_manifest() == manifest
