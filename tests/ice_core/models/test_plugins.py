"""`plugins.v0`: what parses, every bound, and what no manifest can smuggle in."""

import json
import math
from decimal import Decimal

import pydantic
import pytest

from ice_core.canonical import manifest_digest
from ice_core.errors import IceError
from ice_core.models.plugins import PluginsManifest, parse_manifest
from ice_core.strict_json import JsonObject, JsonValue, parse_json
from tests.ice_core.models.documents import MISSION_EXAMPLE, bracketed, changed, full_manifest, paths, without

ENTRY = "components.0"


def _refusal(manifest: JsonObject) -> IceError:
    with pytest.raises(IceError) as refusal:
        parse_manifest(manifest, where="plugins.json")
    assert "manifest-invalid" == refusal.value.slug
    return refusal.value


def _places(error: IceError) -> set[str]:
    findings = error.findings or (error.finding,)
    return {finding.where.path for finding in findings if finding.where is not None}


def test_the_example_of_the_mission_parses() -> None:
    """Every field of it is a field of the model."""
    manifest = parse_manifest(parse_json(MISSION_EXAMPLE.encode(), where="mission"), where="mission")

    entry = manifest.components[0]
    assert "tool:csv_reader" == str(entry.id)
    assert "my_pkg.csv:CsvReader" == entry.import_
    assert {"$ref": "#/schemas/CsvReaderInput"} == entry.schema_.input
    assert entry.cost_estimate is not None
    assert (Decimal("0.0001"), Decimal(0), "USD") == (
        entry.cost_estimate.base,
        entry.cost_estimate.per_token,
        entry.cost_estimate.currency,
    )
    assert entry.deprecated is not None
    assert ("2.0.0", "parquet_reader") == (entry.deprecated.since, entry.deprecated.replacement)
    assert manifest.signature is not None
    assert "iceos-root-2025" == manifest.signature.public_key_id


@pytest.mark.parametrize("text", [MISSION_EXAMPLE, json.dumps(full_manifest())], ids=["mission", "full"])
def test_a_manifest_survives_model_and_dump(text: str) -> None:
    """Round trip: what is dumped is what was read, money and all, and has the same digest."""
    value = parse_json(text.encode(), where="x")
    manifest = parse_manifest(value, where="x")

    dumped = json.loads(manifest.model_dump_json(by_alias=True, exclude_unset=True))

    assert value == dumped
    assert manifest_digest(value) == manifest_digest(dumped)
    assert manifest == parse_manifest(dumped, where="x")


def test_what_is_left_out_has_its_default() -> None:
    """Only what identifies a component and its contract is required."""
    entry: JsonObject = {
        "node_type": "agent",
        "name": "a",
        "import": "a:b",
        "version": "0.1.0",
        "schema": {"input": {}, "output": {}},
    }
    manifest = parse_manifest(
        {"schema_version": "plugins.v0", "created": "2025-08-01T12:34:00Z", "components": [entry]}, where="x"
    )

    parsed = manifest.components[0]
    assert (None, None, {}, None) == (manifest.package, manifest.license, manifest.schemas, manifest.signature)
    assert (None, None, (), "", ()) == (
        parsed.cost_estimate,
        parsed.max_tokens,
        parsed.tags,
        parsed.description,
        parsed.examples,
    )
    assert ((), (), False, (), ()) == tuple(
        getattr(parsed.permissions, name) for name in type(parsed.permissions).model_fields
    )


@pytest.mark.parametrize(
    "path",
    ["schema_version", "created", "components", "package.name", "package.version"]
    + [
        f"{ENTRY}.{name}"
        for name in ("node_type", "name", "import", "version", "schema", "schema.input", "schema.output")
    ]
    + [
        f"{ENTRY}.{name}"
        for name in ("cost_estimate.base", "examples.0.input", "examples.0.output", "deprecated.since")
    ]
    + [f"signature.{name}" for name in ("algo", "value", "public_key_id")],
)
def test_a_required_member_is_never_defaulted(path: str) -> None:
    """The refusal names the place where it is missing."""
    error = _refusal(without(full_manifest(), path))

    assert {bracketed(path)} == _places(error)
    assert "is missing" in error.finding.message


@pytest.mark.parametrize(
    "path",
    ["", "package.", f"{ENTRY}.", f"{ENTRY}.schema.", f"{ENTRY}.cost_estimate.", f"{ENTRY}.examples.0."]
    + [f"{ENTRY}.permissions.", f"{ENTRY}.deprecated.", "signature."],
)
@pytest.mark.parametrize("name", ["invented", "import_", "schema_", "json_schema", "__class__", "Import"])
def test_an_unknown_member_names_itself_and_says_to_upgrade(path: str, name: str) -> None:
    """Also the names that the members have in Python: a member has one name."""
    error = _refusal(changed(full_manifest(), f"{path}{name}", {}))

    assert {bracketed(f"{path}{name}")} == _places(error)
    assert "is a member that this version does not know; a newer iceos may" in error.finding.message
    assert any("pip install --upgrade iceos" in hint for hint in error.finding.hints)


WRONG: list[tuple[str, list[JsonValue]]] = [
    ("schema_version", ["plugins.v1", "plugins.V0", "", 0, None]),
    ("created", ["2025-08-01T12:34:00", "2025-08-01T12:34:00+00:00", "2025-08-01 12:34:00Z", "2025-08-01T12:34:00.0Z"]),
    ("created", ["2025-02-30T12:34:00Z", "2025-08-01T24:34:00Z", "2025-08-01T12:34:00z", "2025-08-01T12:34:00Z\n", 1]),
    ("created", ["\u0662025-08-01T12:34:00Z", "0000-08-01T12:34:00Z", None]),
    ("package", ["acme", [], 1]),
    ("package.name", ["", "-a", "a-", "a b", "a/b", "../a", "a" * 129, "naïve", 1]),
    ("package.version", ["", "1.0 ", "1/0", "-1", "1-", "1" * 129, 1, 1.0]),
    ("license", [1, [], "x" * 4097]),
    ("$schema", [1, {}]),
    (
        "schemas",
        [[], 1, {"": {}}, {"a/b": {}}, {"1a": {}}, {"a~b": {}}, {"a b": {}}, {"a": 1}, {"é": {}}, {"a" * 129: {}}],
    ),
    ("components", [{}, 1, "", None, [1], [[]]]),
    (f"{ENTRY}.node_type", ["Tool", "llm", "", 1, None, ["tool"]]),
    (f"{ENTRY}.name", ["", "A", "a__b", "_a", "a_", "a-b", "a.b", "a" * 65, "a\n", 1, None]),
    (f"{ENTRY}.import", ["", "os", "a.b:c.d", "a:b:c", "os:", "a b:c", "a:b\n", "a." * 255 + "a:bc", 1, None]),
    (f"{ENTRY}.version", ["1", "1.2", "v1.2.3", "1.2.3.4", "01.2.3", "latest", "1.2.3-" + "a" * 128, 1, 1.2, None]),
    (f"{ENTRY}.iceos_min", ["1", ">=1.0.0", 1, ""]),
    (f"{ENTRY}.schema", ["x", [], None, True]),
    (f"{ENTRY}.schema.input", [True, "x", [], None, 1]),
    (f"{ENTRY}.schema.output", [False, "#/schemas/Rows", None]),
    (f"{ENTRY}.cost_estimate", [0, "0", [], True]),
    (f"{ENTRY}.cost_estimate.currency", ["EUR", "usd", "", 1, None]),
    (f"{ENTRY}.max_tokens", [-1, 10**9 + 1, 1.5, "1", True, 1e3]),
    (f"{ENTRY}.tags", ["csv", {}, [1], [None], None]),
    (f"{ENTRY}.description", [1, [], None, "é" * 2049]),
    (f"{ENTRY}.examples", [{}, [1], [[]], "x"]),
    (f"{ENTRY}.permissions", [[], True, None]),
    (
        f"{ENTRY}.permissions.network",
        ["*", ["HTTPS://x"], ["https://x"], ["a b"], ["*.*.x"], ["a*"], [""], [1], ["x:"]],
    ),
    (f"{ENTRY}.permissions.network", [["x/y"], ["-a"], ["a..b"], [".a"], ["Api.example.com"], ["аpi.example.com"]]),
    (f"{ENTRY}.permissions.filesystem", ["/", [1], {}]),
    (f"{ENTRY}.permissions.subprocess", [0, 1, "true", None, []]),
    (f"{ENTRY}.permissions.environment", ["A", ["1A"], ["A-B"], ["A=1"], [""], ["A\n"], ["A" * 129]]),
    (f"{ENTRY}.permissions.tools", ["tool:a", ["a"], ["tool:A"], ["plugin:a"], ["tool:" + "a" * 65], ["tool:a__b"]]),
    (f"{ENTRY}.deprecated", [True, "2.0.0", []]),
    (f"{ENTRY}.deprecated.since", ["2", 2, None]),
    (f"{ENTRY}.deprecated.replacement", ["tool:a", "A", "", 1]),
    (f"{ENTRY}.blueprint", [{}, {"nodes": []}]),
    ("components.1.blueprint", [[], "x", 1]),
    ("signature", ["x", [], True]),
    ("signature.algo", ["none", "ED25519", "ed25519ph", "Ed25519", "", None, ["ed25519"]]),
    ("signature.value", [1, "A" * 89, None]),
    ("signature.public_key_id", ["", "../../etc/x", "A", "-a", ".a", "a/b", "a\\b", "a" * 65, "a\n", 1]),
]


@pytest.mark.parametrize(("path", "value"), [(path, value) for path, values in WRONG for value in values])
def test_a_member_of_the_wrong_form_is_refused_at_its_place(path: str, value: JsonValue) -> None:
    """No JSON type is turned into another, and no bound bends."""
    error = _refusal(changed(full_manifest(), path, value))

    assert all(
        place.startswith(bracketed(path)) or place == bracketed(path).rpartition(".")[0] for place in _places(error)
    )
    assert str(error).isprintable()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("package.version", "1!2.0.0rc1.post2.dev3+local.1"),
        ("components", []),
        (f"{ENTRY}.name", "a" * 64),
        (f"{ENTRY}.max_tokens", 0),
        (f"{ENTRY}.max_tokens", 10**9),
        (f"{ENTRY}.description", "é" * 2048),
        (f"{ENTRY}.description", "日本語, العربية, emoji \U0001f600"),
        (f"{ENTRY}.tags", []),
        (
            f"{ENTRY}.permissions.network",
            ["*", "*.example.com:8443", "localhost:11434", "127.0.0.1", "[::1]:80", "xn--pi-7ka.com"],
        ),
        (f"{ENTRY}.permissions.tools", ["tool:a", "agent:b", "workflow:" + "a" * 64]),
        (f"{ENTRY}.deprecated", None),
        (f"{ENTRY}.examples", [{"input": None, "output": None}]),
        ("schemas", {"a.b-c_D1": {}}),
    ],
)
def test_the_bounds_are_inclusive(path: str, value: JsonValue) -> None:
    """The largest and the strangest that a manifest may hold."""
    parse_manifest(changed(full_manifest(), path, value), where="x")


POISON: list[JsonValue] = [
    math.inf,
    -math.inf,
    math.nan,
    -0.0,
    "1",
    "",
    True,
    False,
    -1,
    -1e-300,
    1e7,
    1_000_000.1,
    10**400,
    [],
    {},
]


@pytest.mark.parametrize("member", ["base", "per_token"])
@pytest.mark.parametrize("value", POISON, ids=repr)
def test_a_poisoned_cost_is_refused(member: str, value: JsonValue) -> None:
    """Money is a finite number from 0 to a million: no text, no boolean, no minus zero."""
    error = _refusal(changed(full_manifest(), f"{ENTRY}.cost_estimate.{member}", value))

    assert {f"components[0].cost_estimate.{member}"} == _places(error)


@pytest.mark.parametrize("number", ["1e400", "-1e400", "NaN", "Infinity"])
def test_a_poisoned_cost_does_not_even_parse(number: str) -> None:
    """The strict parser refuses what no float holds, before any model sees it."""
    text = json.dumps(full_manifest()).replace("0.0001", number)

    with pytest.raises(IceError) as refusal:
        parse_json(text.encode(), where="x")

    assert "json-number-out-of-range" == refusal.value.slug


@pytest.mark.parametrize(
    ("number", "amount"),
    [
        (0, "0"),
        (0.1, "0.1"),
        (1e-7, "1E-7"),
        (5e-324, "5E-324"),
        (1_000_000, "1000000"),
        (999999.9999999999, "999999.9999999999"),
    ],
)
def test_money_is_the_decimal_that_was_written(number: int | float, amount: str) -> None:
    """0.1 is a tenth, not the nearest binary fraction."""
    manifest = parse_manifest(changed(full_manifest(), f"{ENTRY}.cost_estimate.base", number), where="x")

    estimate = manifest.components[0].cost_estimate
    assert estimate is not None
    assert Decimal(amount) == estimate.base
    assert number == json.loads(manifest.model_dump_json())["components"][0]["cost_estimate"]["base"]


HIDDEN = {
    "right-to-left override": "\u202e",
    "left-to-right isolate": "\u2066",
    "Arabic letter mark": "\u061c",
    "zero-width space": "\u200b",
    "zero-width joiner": "\u200d",
    "byte order mark": "\ufeff",
    "soft hyphen": "\u00ad",
    "tag letter": "\U000e0041",
    "variation selector": "\ufe01",
    "variation selector supplement": "\U000e0101",
    "combining grapheme joiner": "\u034f",
    "Hangul filler": "\u3164",
    "braille blank": "\u2800",
    "line separator": "\u2028",
    "paragraph separator": "\u2029",
    "escape": "\x1b",
    "newline": "\n",
    "zero": "\0",
    "delete": "\x7f",
    "next line": "\x85",
    "private use": "\ue000",
    "noncharacter": "\ufdd0",
    "noncharacter of a higher plane": "\U0001ffff",
    "not NFC": "e\u0301",
}
# Schemas and examples are JSON of their own; a check of `ice_checks` looks at what they hold.
FREE = ("schemas.", "components.0.schema.", "components.0.examples.", "components.1.")


def _value_at(document: JsonObject, path: str) -> JsonValue:
    within: JsonValue = document
    for step in path.split("."):
        if isinstance(within, dict):
            within = within[step]
        elif isinstance(within, list):
            within = within[int(step)]
    return within


STRING_PATHS = [
    path
    for path in paths(full_manifest())
    if isinstance(_value_at(full_manifest(), path), str) and not path.startswith(FREE)
]


@pytest.mark.parametrize("path", STRING_PATHS)
@pytest.mark.parametrize("hidden", HIDDEN.values(), ids=HIDDEN)
def test_no_text_field_holds_what_a_reader_cannot_see(path: str, hidden: str) -> None:
    """In every string of the manifest, in front, inside and behind."""
    text = str(_value_at(full_manifest(), path))
    for spoiled in (hidden + text, text[:1] + hidden + text[1:], text + hidden):
        error = _refusal(changed(full_manifest(), path, spoiled))

        assert str(error).isprintable()


@pytest.mark.parametrize(
    "path", [f"{ENTRY}.{name}" for name in ("name", "import", "version", "iceos_min", "deprecated.since")]
)
@pytest.mark.parametrize("look_alike", ["\u0430", "\uff41", "\U0001d41a", "\u0661", "ı", "ſ"])
def test_names_and_versions_have_no_look_alikes(path: str, look_alike: str) -> None:
    """ASCII only, so that two names that look the same are the same."""
    error = _refusal(changed(full_manifest(), path, str(_value_at(full_manifest(), path)) + look_alike))

    assert {bracketed(path)} == _places(error)


def test_a_component_is_listed_once_in_a_manifest() -> None:
    """A tool and an agent may share a name; two tools may not, whatever their versions."""
    entry = _value_at(full_manifest(), ENTRY)
    assert isinstance(entry, dict)
    agent = {**entry, "node_type": "agent"}
    newer = {**entry, "version": "2.0.0"}

    parse_manifest(changed(full_manifest(), "components", [entry, agent]), where="x")

    error = _refusal(changed(full_manifest(), "components", [entry, newer]))
    assert "`tool:csv_reader` is listed twice" in error.finding.message


def test_all_faults_are_named_at_once_in_the_order_of_the_document() -> None:
    """The heading is the first of them."""
    manifest = changed(changed(full_manifest(), f"{ENTRY}.name", "A"), "components.1.version", "1")

    error = _refusal(changed(manifest, "created", "now"))

    assert ["components[0].name", "components[1].version", "created"] == [
        finding.where.path for finding in error.findings if finding.where is not None
    ]
    assert error.findings[0].message in error.finding.message


def test_a_manifest_is_frozen() -> None:
    """What was verified cannot be changed afterwards."""
    manifest = parse_manifest(full_manifest(), where="x")

    with pytest.raises(pydantic.ValidationError, match="frozen"):
        manifest.created = "2026-01-01T00:00:00Z"
    with pytest.raises(pydantic.ValidationError, match="frozen"):
        manifest.components[0].permissions.subprocess = True
    assert isinstance(manifest.components, tuple)


def test_every_member_of_the_format_is_in_the_full_manifest() -> None:
    """The tests above walk all of them; a new member has to join."""
    manifest = parse_manifest(full_manifest(), where="x")

    unset = set(PluginsManifest.model_fields) - manifest.model_fields_set
    both = manifest.components[0].model_fields_set | manifest.components[1].model_fields_set

    assert set() == unset
    assert set() == set(type(manifest.components[0]).model_fields) - both


@pytest.mark.parametrize(("count", "listed"), [(1000, 1000), (1001, 0), (200_000, 0)])
def test_a_hostile_manifest_does_not_cost_a_list_of_all_its_faults(count: int, listed: int) -> None:
    """Two million faults fit in 4 MiB; beyond a thousand they are counted, not listed."""
    error = _refusal({**full_manifest(), "components": [1] * count})

    assert listed == len(error.findings)
    assert listed or f"has {count} faults" in error.finding.message
