"""Which part of a component's version must rise, why, and which version is enough."""

from typing import Any

import pytest

from ice_core.distribution_change import required_distribution_change
from ice_core.models.plugins import parse_manifest
from ice_core.names import SemVer
from ice_core.strict_json import JsonObject, JsonValue
from ice_core.version_change import ComponentChange, is_enough, next_version, required_change

TEXT: JsonObject = {"type": "string"}
ROWS: JsonObject = {"type": "array", "items": {"$ref": "#/schemas/Row"}}
ROW: JsonObject = {"type": "object", "properties": {"name": TEXT}, "required": ["name"]}
LOOSE_ROW: JsonObject = {
    "type": "object",
    "properties": {"name": {"anyOf": [TEXT, {"type": "null"}]}},
    "required": ["name"],
}


def taking(*required: str, **properties: JsonValue) -> JsonObject:
    """An input object."""
    return {"type": "object", "properties": properties, "required": [*required], "additionalProperties": False}


def entry(**members: Any) -> JsonObject:
    """A component's entry; members whose value is None are left out."""
    given: JsonObject = {
        "node_type": "tool",
        "name": "csv_reader",
        "import": "acme_csv:CsvReader",
        "version": "1.4.2",
        "schema": {"input": taking("path", path=TEXT), "output": ROWS},
        "cost_estimate": {"base": 0.1},
        **members,
    }
    return {name: value for name, value in given.items() if value is not None}


def schema(given: JsonValue = None, gives: JsonValue = None) -> JsonObject:
    """Another schema pair than that of `entry`."""
    return {"input": given or taking("path", path=TEXT), "output": gives or ROWS}


def manifest(*entries: JsonObject, row: JsonObject = ROW, version: str = "1.4.2") -> JsonObject:
    """A manifest of these components; it is one that the model accepts."""
    value: JsonObject = {
        "schema_version": "plugins.v0",
        "created": "2026-11-24T06:00:00Z",
        "package": {"name": "acme-csv", "version": version},
        "schemas": {"Row": row},
        "components": [*entries],
    }
    parse_manifest(value, where="plugins.json")
    return value


def change(new: JsonObject, *, old: JsonObject | None = None, row: JsonObject = ROW) -> ComponentChange:
    """What became of the one component."""
    (only,) = required_change(manifest(old or entry()), manifest(new, row=row))
    return only


CASES: list[tuple[JsonObject, str, str, str]] = [
    (entry(), "none", "", ""),
    (entry(version="1.5.0"), "none", "", ""),
    (
        entry(schema=schema(taking("path", "mode", path=TEXT, mode=TEXT))),
        "major",
        "schema.input",
        "takes less than it took: `mode` may be missing, and it is required",
    ),
    (
        entry(schema=schema(taking("path", path={"type": "integer"}))),
        "major",
        "schema.input",
        "takes less than it took: `path` may be a text, and a whole number is wanted",
    ),
    (
        entry(schema=schema(taking("file", file=TEXT))),
        "major",
        "schema.input",
        "takes less than it took: `path` may be given, and no such member is taken",
    ),
    (
        entry(schema=schema(taking("path", path={"type": "string", "pattern": "^(0|1)*0$"}))),
        "major",
        "schema.input",
        'takes less than it took: `path` may be `"a"`, and a text that matches `^(0|1)*0$` is wanted',
    ),
    (
        entry(schema=schema(taking("path", path=TEXT, mode={"type": "string", "default": "r"}))),
        "minor",
        "schema.input",
        "takes more than it took",
    ),
    (entry(schema=schema(taking(path=TEXT))), "minor", "schema.input", "takes more than it took"),
    (
        entry(schema=schema(taking("path", path={"type": "string", "description": "Where"}))),
        "patch",
        "schema.input",
        "says its input in other words",
    ),
    (
        entry(schema=schema(gives={"anyOf": [ROWS, {"type": "null"}]})),
        "major",
        "schema.output",
        "gives what it did not give: the value may be null, and a list is wanted",
    ),
    (entry(schema=schema(gives={**ROWS, "minItems": 1})), "minor", "schema.output", "gives less than it gave"),
    (
        entry(permissions={"network": ["api.example.com"]}),
        "minor",
        "permissions.network",
        "may touch more than before: network `api.example.com`",
    ),
    (entry(permissions={"subprocess": True}), "minor", "permissions.subprocess", "may start processes"),
    (entry(permissions={"subprocess": False}), "patch", "", "says the same in other words"),
    (entry(cost_estimate={"base": 0.2}), "minor", "cost_estimate", "costs more than before"),
    (entry(cost_estimate={"base": 0.1, "per_token": 0.1}), "minor", "cost_estimate", "costs more than before"),
    (entry(cost_estimate={"base": 0.05}), "patch", "cost_estimate", "has another cost"),
    (entry(cost_estimate=None), "minor", "cost_estimate", "has another cost"),
    (entry(max_tokens=5), "patch", "max_tokens", "has another bound of tokens"),
    (entry(iceos_min="0.1.0"), "minor", "iceos_min", "needs iceos 0.1.0 or newer"),
    (entry(deprecated={"since": "1.4.2"}), "minor", "deprecated", "is deprecated"),
    (entry(**{"import": "acme_csv:Reader"}), "patch", "import", "has another `import`"),
    (entry(description="Reads rows"), "patch", "description", "has another `description`"),
    (entry(tags=["csv"]), "patch", "tags", "has another `tags`"),
    (entry(examples=[{"input": {"path": "a"}, "output": []}]), "patch", "examples", "has another `examples`"),
]


@pytest.mark.parametrize(
    ("new", "part", "place", "words"), CASES, ids=[f"{c[1]}-{c[2]}-{i}" for i, c in enumerate(CASES)]
)
def test_a_change_raises_the_part_of_its_kind(new: JsonObject, part: str, place: str, words: str) -> None:
    found = change(new)

    assert part == found.part
    assert [(place, words)] * bool(words) == [(reason.place, reason.words) for reason in found.reasons]


BACK: list[tuple[JsonObject, str, str]] = [
    (
        entry(permissions={"network": ["a.example.com"]}),
        "patch",
        "may touch less than before: no network `a.example.com`",
    ),
    (entry(permissions={"subprocess": True}), "patch", "may no longer start processes"),
    (entry(cost_estimate={"base": 0.05}), "minor", "costs more than before"),
    (entry(max_tokens=5), "minor", "may use more tokens than before"),
    (entry(iceos_min="0.1.0"), "patch", "runs on an older iceos than before"),
    (entry(deprecated={"since": "1.4.2"}), "patch", "says otherwise that it is deprecated, or no longer"),
]


@pytest.mark.parametrize(("old", "part", "words"), BACK)
def test_the_way_back_has_its_own_part(old: JsonObject, part: str, words: str) -> None:
    found = change(entry(), old=old)

    assert (part, [words]) == (found.part, [reason.words for reason in found.reasons])


def test_a_shared_schema_counts_where_it_is_reached() -> None:
    """The entry says the same; what `Row` means is another thing."""
    found = change(entry(), row=LOOSE_ROW)

    assert ("major", "schema.output") == (found.part, found.reasons[0].place)
    assert "gives what it did not give: `[].name` may be null, and a text is wanted" == found.reasons[0].words
    assert found.reasons[0].verdict is not None
    assert [{"name": None}] == found.reasons[0].verdict.counter_example


def test_what_cannot_be_shown_compatible_is_major_and_says_so() -> None:
    old = entry(schema=schema(taking("path", path={"type": "string", "pattern": "^(0|1)*10$"})))
    new = entry(schema=schema(taking("path", path={"type": "string", "pattern": "^(0|1)*0$"})))
    found = change(new, old=old)

    assert "major" == found.part
    assert found.reasons[0].words.startswith("cannot be shown compatible: it still takes all that it took?")
    assert "none" == change(old, old=old).part


def test_new_permissions_are_told_as_a_matter_of_security() -> None:
    new = entry(permissions={"network": ["*"], "subprocess": True, "environment": ["KEY"], "tools": ["tool:shell"]})
    found = change(new)

    assert [True] * 4 == [reason.is_security for reason in found.reasons]
    assert "minor" == found.part


def test_the_greatest_part_decides_and_stands_first() -> None:
    new = entry(
        description="Reads rows", cost_estimate={"base": 9}, schema=schema({"type": "object", "required": ["x"]})
    )
    found = change(new)

    assert ["major", "minor", "patch"] == [reason.part for reason in found.reasons]
    assert ("major", "2.0.0") == (found.part, str(found.next_version))


def test_components_that_come_and_go() -> None:
    new, gone = entry(name="csv_writer", version="0.1.0"), entry()
    rows = required_change(manifest(gone), manifest(new))

    assert ["tool:csv_reader", "tool:csv_writer"] == [str(row.component) for row in rows]
    assert [("major", "is gone", False), ("minor", "is new", True)] == [
        (row.part, row.reasons[0].words, row.is_enough) for row in rows
    ]
    assert (None, "2.0.0", "0.1.0") == (rows[0].new_version, str(rows[0].next_version), str(rows[1].next_version))


@pytest.mark.parametrize(
    ("version", "enough"), [("1.4.2", False), ("1.4.3", False), ("1.5.0", False), ("1.3.9", False), ("2.0.0", True),
                            ("2.0.0-rc.1", True), ("3.1.4", True), ("1.4.2+build", False)],
)  # fmt: skip
def test_a_breaking_change_needs_the_next_major(version: str, enough: bool) -> None:
    found = change(entry(version=version, schema=schema(taking(path={"type": "integer"}))))

    assert (enough, "2.0.0") == (found.is_enough, str(found.next_version))


def test_a_version_that_was_published_never_changes() -> None:
    """A patch under the same version, or under a lower one, is not enough; nothing at all under it is."""
    assert not change(entry(description="x")).is_enough
    assert not change(entry(description="x", version="1.4.1")).is_enough
    assert change(entry(description="x", version="1.4.3")).is_enough
    assert change(entry()).is_enough
    assert change(entry(version="1.4.3")).is_enough
    assert not change(entry(version="1.4.1")).is_enough


@pytest.mark.parametrize(
    ("version", "part", "following"),
    [
        ("1.2.3", "major", "2.0.0"),
        ("1.2.3", "minor", "1.3.0"),
        ("1.2.3", "patch", "1.2.4"),
        ("1.2.3", "none", "1.2.3"),
        ("0.3.4", "major", "0.4.0"),
        ("0.3.4", "minor", "0.3.5"),
        ("0.3.4", "patch", "0.3.5"),
        ("0.0.4", "major", "0.1.0"),
        ("2.0.0-rc.1", "major", "2.0.0-rc.2"),
        ("2.0.0-alpha", "patch", "2.0.0-alpha.1"),
        ("2.0.1-rc.1", "major", "3.0.0"),
        ("2.1.0-rc.9.x", "minor", "2.1.0-rc.10.x"),
        ("2.1.0-rc.1", "major", "3.0.0"),
        ("2.1.1-rc.1", "minor", "2.2.0"),
        ("2.1.1-rc.1", "patch", "2.1.1-rc.2"),
        ("0.2.0-rc.1", "major", "0.2.0-rc.2"),
        ("0.2.1-rc.1", "major", "0.3.0"),
        ("1.0.0+build.5", "patch", "1.0.1"),
    ],
)
def test_the_next_version(version: str, part: Any, following: str) -> None:
    old = SemVer.parse(version)
    found = next_version(old, part)

    assert following == str(found)
    assert is_enough(old, found, part)
    assert part == "none" or not is_enough(old, old, part)


@pytest.mark.parametrize(
    ("old", "new", "part", "following", "enough"),
    [
        ("1.4.2", "2.0", "major", "2.0.0", True),
        ("1.4.2", "1.5", "major", "2.0.0", False),
        ("1.4.2", "2.0rc1", "major", "2.0.0", True),
        ("0.4", "0.5", "major", "0.5.0", True),
        ("1!1.0", "1!2.0", "major", "1!2.0.0", True),
        ("2026.11", "2026.12", "major", "2026.11.1", True),
        ("2.0.0.dev1", "2.0.0", "major", "2.0.0", True),
    ],
)
def test_a_distribution_follows_its_components(old: str, new: str, part: str, following: str, enough: bool) -> None:
    before, after = manifest(entry(), version=old), manifest(entry(), row=LOOSE_ROW, version=new)
    found = required_distribution_change(before, after, required_change(before, after))

    assert found is not None
    assert (part, following, enough) == (found.part, found.next_version, found.is_enough)


def test_a_distribution_whose_licence_changes_rises_by_a_patch_and_one_that_says_the_same_by_nothing() -> None:
    old, same = manifest(entry()), manifest(entry())
    found = required_distribution_change(old, {**same, "license": "MIT"}, required_change(old, same))
    still = required_distribution_change(old, {**same, "created": "2026-11-25T06:00:00Z"}, required_change(old, same))

    assert found is not None
    assert still is not None
    assert ("patch", False, "1.4.3") == (found.part, found.is_enough, found.next_version)
    assert ("none", True, "1.4.2") == (still.part, still.is_enough, still.next_version)
    assert "DistributionChange('acme-csv', 'patch', 1.4.2 -> 1.4.2)" == repr(found)


def test_without_a_distribution_there_is_nothing_to_say_about_its_version() -> None:
    old = manifest(entry())

    assert None is required_distribution_change({**old, "package": None}, old, ())
    assert None is required_distribution_change(old, {**old, "package": {"name": "a", "version": "x.y"}}, ())


def test_rows_show_themselves() -> None:
    found = change(entry(description="x"))

    assert "ComponentChange(tool:csv_reader, 'patch', 1.4.2 -> 1.4.2)" == repr(found)
    assert "ChangeReason('patch', 'description', 'has another `description`')" == repr(found.reasons[0])
