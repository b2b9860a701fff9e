"""The difference of two manifests in words, and the refusal that shows it."""

import copy

import pytest

from ice_core.errors import Location
from ice_core.strict_json import JsonObject, JsonValue
from ice_sdk.difference import Change, drift, manifest_difference

NAMED: JsonObject = {"type": "object", "properties": {"name": {"type": "string"}}}


def entry(name: str, **members: JsonValue) -> JsonObject:
    return {
        "node_type": "tool",
        "name": name,
        "import": f"acme.csv:{name}",
        "version": "1.4.2",
        "schema": {"input": takes({"path": {"type": "string"}}, "path"), "output": {"type": "string"}},
        **members,
    }


def takes(properties: JsonObject, *required: str) -> JsonObject:
    return {"type": "object", "properties": properties, "required": list(required)}


def manifest(*entries: JsonObject, **members: JsonValue) -> JsonObject:
    return {
        "schema_version": "plugins.v0",
        "created": "2026-11-24T06:00:00Z",
        "package": {"name": "acme", "version": "1.0.0"},
        "components": list(entries),
        **members,
    }


def words(old: JsonObject, new: JsonObject) -> list[str]:
    return [f"{change.sign} {change.subject} {change.words}" for change in manifest_difference(old, new)]


def with_input(schema: JsonObject) -> JsonObject:
    return manifest(entry("html_fetch", schema={"input": schema, "output": {"type": "string"}}))


def with_output(schema: JsonObject) -> JsonObject:
    return manifest(entry("html_fetch", schema={"input": {"type": "object"}, "output": schema}))


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (manifest(entry("a")), []),
        (manifest(entry("a"), created="2030-01-01T00:00:00Z"), []),
        (manifest(entry("a"), signature={"algo": "ed25519"}), []),
        (
            manifest(entry("a"), entry("b")),
            ["+ tool:b the code declares it; the manifest does not"],
        ),
        (manifest(), ["- tool:a the manifest lists it; no code declares it"]),
        (manifest(entry("a"), license="MIT"), ["~ license nothing is now `MIT`"]),
        (
            manifest(entry("a"), package={"name": "acme", "version": "1.1.0"}),
            ["~ package {'name': 'acme', 'version': '1.0.0'} is now {'name': 'acme', 'version': '1.1.0'}"],
        ),
        (manifest(entry("a", version="1.5.0")), ["~ tool:a version: `1.4.2` is now `1.5.0`"]),
        (manifest(entry("a", description="Said")), ["~ tool:a description: nothing is now `Said`"]),
        (manifest(entry("a", tags=["x"])), ["~ tool:a tags: differs"]),
        (
            manifest(entry("a"), schemas={"Unused": {}}),
            ["~ plugins.json the order of its members or its schemas' names"],
        ),
    ],
)
def test_each_difference_is_said_once(new: JsonObject, expected: list[str]) -> None:
    assert expected == words(manifest(entry("a")), new)


def test_components_in_another_order_are_a_difference() -> None:
    assert ["~ plugins.json the order of its members or its schemas' names"] == words(
        manifest(entry("a"), entry("b")), manifest(entry("b"), entry("a"))
    )


TEXT: JsonObject = {"type": "string"}
NUMBER: JsonObject = {"type": "number"}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (takes({"x": TEXT}), takes({"x": TEXT}, "x"), [("input: `x` is now required", True)]),
        (takes({"x": TEXT}, "x"), takes({"x": TEXT}), [("input: `x` is now optional", False)]),
        (takes({"x": TEXT}), takes({}), [("input: `x` is gone", True)]),
        (takes({}), takes({"x": TEXT}), [("input: `x` is new", False)]),
        (takes({}), takes({"x": TEXT}, "x"), [("input: `x` is new and required", True)]),
        (takes({"x": TEXT}), takes({"x": NUMBER}), [("input: `x` has another type", True)]),
        (takes({}), {**takes({}), "additionalProperties": False}, [("input: its schema differs", True)]),
        (
            takes({"x": TEXT, "y": TEXT}),
            takes({"y": NUMBER, "z": TEXT}),
            [("input: `x` is gone", True), ("input: `y` has another type", True), ("input: `z` is new", False)],
        ),
    ],
)
def test_a_changed_input_is_said_member_by_member(
    old: JsonObject, new: JsonObject, expected: list[tuple[str, bool]]
) -> None:
    changes = manifest_difference(with_input(old), with_input(new))

    assert expected == [(change.words, change.breaking) for change in changes]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (takes({"x": TEXT}), takes({"x": TEXT}, "x"), [("output: `x` is now required", False)]),
        (takes({"x": TEXT}, "x"), takes({"x": TEXT}), [("output: `x` is now optional", True)]),
        (takes({}), takes({"x": TEXT}, "x"), [("output: `x` is new and required", False)]),
        (takes({"x": TEXT}), takes({}), [("output: `x` is gone", True)]),
        (TEXT, NUMBER, [("output: its schema differs", True)]),
    ],
)
def test_a_changed_output_is_judged_from_the_side_of_who_reads_it(
    old: JsonObject, new: JsonObject, expected: list[tuple[str, bool]]
) -> None:
    changes = manifest_difference(with_output(old), with_output(new))

    assert expected == [(change.words, change.breaking) for change in changes]


def test_a_change_of_a_shared_schema_is_seen_in_each_component_that_reaches_it() -> None:
    sides: JsonObject = {"input": {"$ref": "#/schemas/Table"}, "output": {"items": {"$ref": "#/schemas/Table"}}}
    old = manifest(entry("a", schema=sides), schemas={"Table": takes({"x": TEXT})})
    new = copy.deepcopy(old)
    new["schemas"] = {"Table": takes({"x": TEXT}, "x")}

    assert ["~ tool:a input: `x` is now required", "~ tool:a output: its schema differs"] == words(old, new)


def test_the_refusal_lists_the_changes_in_columns_and_advises_versions() -> None:
    old = manifest(entry("html_fetch"), entry("summarizer"))
    narrower: JsonObject = {"input": takes({"path": TEXT, "timeout": NUMBER}, "path", "timeout"), "output": TEXT}
    new = manifest(entry("html_fetch", schema=narrower))
    error = drift("plugins.json", manifest_difference(old, new), old, new)

    assert ("manifest-drift", "`plugins.json` no longer describes this code") == (error.slug, error.finding.message)
    assert (
        "~ tool:html_fetch  input: `timeout` is new and required",
        "- tool:summarizer  the manifest lists it; no code declares it",
    ) == error.finding.detail
    assert (
        "To write the manifest anew, run `ice plugins export --output plugins.json`",
        "`html_fetch` takes less than 1.4.2 took; its next version is 2.0.0",
    ) == error.finding.hints


@pytest.mark.parametrize(
    ("before", "after", "advice"),
    [
        ("1.4.2", "1.4.2", ("`a` takes less than 1.4.2 took; its next version is 2.0.0",)),
        ("1.4.2", "1.5.0", ("`a` takes less than 1.4.2 took; its next version is 2.0.0",)),
        ("1.4.2", "2.0.0", ()),
        ("0.3.1", "0.3.2", ("`a` takes less than 0.3.1 took; its next version is 0.4.0",)),
        ("0.3.1", "0.4.0", ()),
    ],
)
def test_a_version_is_advised_where_the_new_one_promises_too_much(
    before: str, after: str, advice: tuple[str, ...]
) -> None:
    narrower: JsonObject = {"input": takes({"path": NUMBER}, "path"), "output": TEXT}
    old, new = manifest(entry("a", version=before)), manifest(entry("a", version=after, schema=narrower))
    error = drift("p.json", manifest_difference(old, new), old, new)

    assert advice == error.finding.hints[1:]


def test_a_changed_output_is_advised_in_its_own_words() -> None:
    sides: JsonObject = {"input": takes({"path": TEXT}, "path"), "output": NUMBER}
    old, new = manifest(entry("a")), manifest(entry("a", schema=sides))
    error = drift("p.json", manifest_difference(old, new), old, new)

    assert "`a` gives what 1.4.2 did not give; its next version is 2.0.0" == error.finding.hints[1]


def test_a_program_reads_the_same_changes() -> None:
    change = Change(sign="+", subject="tool:a", words="said", where=Location("acme/csv.py", line=3))
    where = {"file": "acme/csv.py", "line": 3, "column": None, "path": None}
    error = drift("p.json", (change,), manifest(), manifest(entry("a")))

    assert {
        "changes": [{"sign": "+", "subject": "tool:a", "words": "said", "breaking": False, "where": where}]
    } == error.finding.details
