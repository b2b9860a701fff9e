"""The error type: places, paths that grow, stable order, and the form for programs."""

import pytest

from ice_core.errors import Finding, IceError, Location


@pytest.mark.parametrize(
    ("location", "text"),
    [
        (Location("plugins.json"), "plugins.json"),
        (Location("plugins.json", line=3), "plugins.json:3"),
        (Location("plugins.json", line=3, column=7), "plugins.json:3:7"),
        (Location("plugins.json", column=7), "plugins.json"),
        (Location("plugins.json", path="components[3]"), "plugins.json at components[3]"),
        (Location("plugins.json", line=3, column=7, path="a.b"), "plugins.json:3:7 at a.b"),
    ],
)
def test_a_location_prints_what_it_knows(location: Location, text: str) -> None:
    """File, then line, then column, then the path inside; a column without a line says nothing."""
    printed = str(location)

    assert text == printed


@pytest.mark.parametrize(
    ("path", "step", "grown"),
    [
        ("", "components[3]", "components[3]"),
        ("schema.input", "components[3]", "components[3].schema.input"),
        ("[3].schema", "components", "components[3].schema"),
    ],
)
def test_a_path_grows_from_below(path: str, step: str, grown: str) -> None:
    """Each level puts its own step before what it received."""
    location = Location("plugins.json", line=3, column=7, path=path).within(step)

    assert Location("plugins.json", line=3, column=7, path=grown) == location


def test_locations_are_values() -> None:
    """Equal places are equal and hash alike; other things are not places."""
    places = {Location("a", line=1), Location("a", line=1), Location("a", line=2)}

    assert 2 == len(places)
    assert Location("a") != "a"
    assert "Location('a:1')" == repr(Location("a", line=1))


def test_an_error_grows_the_path_of_itself_and_of_its_findings() -> None:
    """The error that climbs is the same object, and no finding keeps a path from a lower level."""
    finding = Finding("json-syntax", "wrong", hints=(), where=Location("f", path="input"))
    placeless = Finding("json-syntax", "wrong", hints=())
    error = IceError("json-syntax", "wrong", hints=(), where=Location("f", path="input"), findings=[finding, placeless])

    climbed = error.within("schema").within("components[0]")

    assert error is climbed
    assert Location("f", path="components[0].schema.input") == climbed.where
    assert [None, Location("f", path="components[0].schema.input")] == [found.where for found in climbed.findings]


def test_an_error_that_points_nowhere_stays_so() -> None:
    """A step has nothing to grow."""
    error = IceError("json-syntax", "wrong", hints=()).within("components[0]")

    assert error.where is None
    assert "json-syntax: wrong" == str(error)


def test_findings_are_ordered_by_place_then_slug_then_message() -> None:
    """All findings at once, in an order that does not depend on the order of discovery."""
    ordered = [
        Finding("b-slug", "no place", hints=()),
        Finding("b-slug", "m", hints=(), where=Location("a.json")),
        Finding("a-slug", "m", hints=(), where=Location("a.json", line=2)),
        Finding("a-slug", "n", hints=(), where=Location("a.json", line=2)),
        Finding("b-slug", "a", hints=(), where=Location("a.json", line=2)),
        Finding("a-slug", "a", hints=(), where=Location("a.json", line=10)),
        Finding("b-slug", "a", hints=(), where=Location("a.json", line=11, path="components[2].name")),
        Finding("a-slug", "a", hints=(), where=Location("a.json", line=11, path="components[10].name")),
        Finding("a-slug", "a", hints=(), where=Location("b.json", line=1)),
    ]

    error = IceError("manifest-invalid", "wrong", hints=(), findings=list(reversed(ordered)))

    assert ordered == list(error.findings)


def test_the_form_for_programs_has_every_promised_member() -> None:
    """`--json` carries expected, found, note and lines among the details, without overriding a detail of that name."""
    error = IceError(
        "digest-invalid",
        "`x` is not a digest",
        where=Location("lock", line=2, column=1, path="a"),
        expected="e",
        found="f",
        note="n",
        detail=("one", "two"),
        details={"note": "kept", "digests": ["x"]},
        hints=("To see it, run `ice explain digest-invalid`",),
    )

    value = error.to_json()

    assert {
        "error": {
            "slug": "digest-invalid",
            "severity": "error",
            "message": "`x` is not a digest",
            "where": {"file": "lock", "line": 2, "column": 1, "path": "a"},
            "details": {"note": "kept", "digests": ["x"], "expected": "e", "found": "f", "lines": ["one", "two"]},
            "hints": ["To see it, run `ice explain digest-invalid`"],
        }
    } == value


def test_a_heading_error_carries_its_findings_for_programs() -> None:
    """Findings appear under the error, warnings as warnings."""
    warning = Finding("json-syntax", "odd", hints=(), severity="warning")

    value = IceError("manifest-invalid", "wrong", hints=(), findings=[warning]).to_json()

    assert {
        "error": {
            "slug": "manifest-invalid",
            "severity": "error",
            "message": "wrong",
            "where": None,
            "details": {},
            "hints": [],
            "findings": [warning.to_json()],
        }
    } == value
    assert "Finding('json-syntax', 'odd', where=None)" == repr(warning)


def test_an_error_prints_slug_message_and_place() -> None:
    """A log line is enough to look the error up and to go to the place."""
    error = IceError("json-syntax", "`a` is not JSON", hints=(), where=Location("a", line=1, column=2))

    assert "json-syntax: `a` is not JSON (a:1:2)" == str(error)
    assert "json-syntax" == error.slug
