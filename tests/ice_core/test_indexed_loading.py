"""`load_plugins()` over the local index: the same answers as from the manifests, and verified at the first touch."""

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ice_core import registry_loading
from ice_core.clock import remember_time
from ice_core.errors import IceError
from ice_core.home import Home
from ice_core.index_building import observed_at_rest
from ice_core.index_renewal import index_state, synchronise
from ice_core.key_store import record_bytes
from ice_core.names import ComponentId, VersionRange
from ice_core.strict_json import JsonObject
from ice_core.unified_registry import Registry
from tests.builders.homes import NOW, WHEEL, install, listing, make_home, write
from tests.builders.indexed import index_file, load, package, unchanged_in_status
from tests.builders.keys import key_record
from tests.builders.manifests import component, manifest, signed
from tests.builders.wheels import plugin_bundle

SCHEMAS: JsonObject = {"In": {"type": "object"}, "Other": {"type": "string"}}
ROWS = component("rows", schema={"input": {"$ref": "#/schemas/In"}, "output": {"type": "array"}})
PACKAGES = (
    package("acme-csv", component("one", version="1.0.0"), component("two")),
    package("acme-csv", component("one", version="1.10.0"), version="1.9.0"),
    package("acme-csv", component("one", version="1.9.0"), version="1.10.0"),
    signed(manifest(ROWS, name="rows", version="1.0.0", schemas=SCHEMAS), [WHEEL]),
)


def read_in_full(home: Home, *paths: Path) -> Registry:
    """The registry that the manifests give without an index."""
    shutil.rmtree(home.cache)
    return load(home, *paths)


def without_signature(value: JsonObject) -> JsonObject:
    return {name: member for name, member in value.items() if name != "signature"}


def is_indexed(registry: Registry) -> bool:
    return type(registry._contents).__name__ == "IndexedContents"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = make_home(tmp_path / "home")
    write(made.manifest, manifest(component("mine"), name="mine"))
    for each in PACKAGES:
        install(made, each, first_seen=NOW - timedelta(days=3) if each is PACKAGES[0] else None)
    synchronise(made, now=NOW)
    return made


def told(registry: Registry) -> list[object]:
    """Everything that a registry tells of its components."""
    return [
        (
            item.id, item.version, item.target, item.digest, item.value, item.entry, item.origin, item.distribution,
            item.input_schema(), item.output_schema(), item.schemas(), repr(item),
        )
        for item in registry.list()
    ]  # fmt: skip


def vouched(registry: Registry) -> list[object]:
    """Everything that a registry tells of its manifests."""
    return [
        (
            each.digest, each.status, each.signer, each.signer_fingerprint, each.wheels, each.origin, each.first_seen,
            each.package, each.value, each.model, repr(each),
        )
        for each in registry.manifests
    ]  # fmt: skip


def test_the_index_gives_what_the_manifests_give(home: Home) -> None:
    registry = load(home)
    found = (told(registry), vouched(registry), registry.sources, registry.notices, registry.listed_ids())

    assert is_indexed(registry)
    expected = read_in_full(home)
    assert not is_indexed(expected)
    assert (told(expected), vouched(expected), expected.sources, expected.notices, expected.listed_ids()) == found


def test_versions_are_chosen_as_from_manifests(home: Home) -> None:
    registry = load(home)

    assert "1.10.0" == str(registry.get("tool", "one").version)
    assert "1.9.0" == str(registry.resolve("tool", "one", versions=VersionRange.parse("<1.10")).version)
    assert "1.0.0" == str(registry.get("tool", "one", version="1.0.0").version)
    assert ["plugins.d/acme-csv-1.9.0.json"] == [
        each.origin.removeprefix(f"{home.place}/") for each in registry.providers(ComponentId("tool", "one"), "1.10.0")
    ]
    with pytest.raises(IceError, match="component-version-unknown"):
        registry.get("tool", "one", version="7.0.0")
    with pytest.raises(IceError, match="component-unknown") as caught:
        registry.get("tool", "onne")
    assert "`tool:one` is listed; did you mean that?" in caught.value.finding.hints


def test_a_component_that_was_looked_up_is_the_same_one(home: Home) -> None:
    registry = load(home)

    assert registry.get("tool", "one") is registry.resolve("tool", "one")
    assert registry.get("tool", "one", version="1.0.0") is registry.get("tool", "one", version="1.0.0")


def test_what_is_given_beside_the_index_is_read_and_verified(home: Home, tmp_path: Path) -> None:
    given = write(tmp_path / "given.json", manifest(component("given"), name="given"))
    extra = write(tmp_path / "acme.icebundle", plugin_bundle())

    registry = load(home, given, ICEOS_EXTRA_PLUGINS=str(extra))

    assert is_indexed(registry)
    assert [str(extra)] == [each.origin.label for each in registry.extras]
    assert {"given", "one", "csv_reader"} <= {item.id.name for item in registry.list()}
    assert [str(extra), str(given)] == [label for label, _ in registry.sources[-2:]]
    assert ("given", "one") == (registry.get("tool", "given").id.name, registry.get("tool", "one").id.name)


def test_what_conflicts_with_the_index_is_refused_as_without_it(home: Home, tmp_path: Path) -> None:
    rival = write(tmp_path / "rival.json", manifest(component("two"), name="rival"))
    again = write(tmp_path / "again.json", without_signature(PACKAGES[0]))

    with pytest.raises(IceError, match="component-conflict") as caught:
        load(home, rival)
    assert is_indexed(load(home, again))
    assert 2 == len(load(home, again).providers(ComponentId("tool", "two"), "1.2.3"))
    with pytest.raises(IceError, match="component-conflict") as expected:
        read_in_full(home, rival)
    assert str(expected.value) == str(caught.value)


def test_an_announcement_of_an_indexed_manifest_adds_nothing(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    inside = write(
        site / "acme_csv" / "plugins.json", {key: PACKAGES[0][key] for key in PACKAGES[0] if key != "signature"}
    )
    folder = site / "acme_csv-1.0.0.dist-info"
    write(folder / "METADATA", b"Name: acme-csv\nVersion: 1.0.0\n")
    write(folder / "entry_points.txt", b"[iceos_plugins]\nacme = acme_csv:plugins.json\n")
    write(folder / "RECORD", b"acme_csv/plugins.json,,\n")
    monkeypatch.syspath_prepend(str(site))

    registry = load(home, no_dynamic=False)

    assert is_indexed(registry)
    assert inside.exists()
    assert ("entry point `acme` of acme-csv", 2) == registry.sources[-1]
    assert 5 == len(registry.manifests)


def test_unsigned_manifests_are_refused_in_a_strict_load_as_without_an_index(home: Home) -> None:
    with pytest.raises(IceError, match="manifest-unsigned"):
        load(home, no_dynamic=True)


def test_a_key_that_the_project_does_not_pin_leaves_its_manifests_out(home: Home) -> None:
    write(home.root / "pyproject.toml", f'[tool.iceos]\ntrusted_keys = ["sha256:{"0" * 64}"]\n'.encode())

    registry = load(home)

    assert [["mine"], ["key-not-pinned"] * 4] == [
        [item.id.name for item in registry.list()],
        [notice.slug for notice in registry.notices],
    ]


def test_a_manifest_that_was_added_or_removed_is_seen_at_the_start(home: Home) -> None:
    install(home, package("other", component("four")))
    added = load(home)
    (home.manifests / "rows-1.0.0.json").unlink()
    removed = load(home)

    assert ["four", "rows"] == sorted({item.id.name for item in added.list()} - {"one", "two", "mine"})
    assert "rows" not in {item.id.name for item in removed.list()}


def test_an_edited_manifest_is_refused_when_it_is_touched(home: Home) -> None:
    path = home.manifests / "rows-1.0.0.json"
    path.write_bytes(path.read_bytes().replace(b"what rows says", b"what rows sayS"))

    registry = load(home)

    assert "one" == registry.get("tool", "one").id.name
    with pytest.raises(IceError, match="signature-mismatch"):
        registry.get("tool", "rows")
    with pytest.raises(IceError, match="signature-mismatch"):
        load(home).list()
    with pytest.raises(IceError, match="signature-mismatch"):
        _ = load(home).manifests


@pytest.mark.parametrize(("name", "version"), [("brand_new", None), ("rows", "2.0.0")])
def test_nothing_is_said_to_be_missing_before_the_manifests_were_looked_at(
    home: Home, name: str, version: str | None
) -> None:
    """A manifest written over in place leaves its folder as it was, and lists what the index does not know."""
    installed = make_home(home.root.parent / "other")
    install(installed, package("rows", component("rows", version="2.0.0"), component("brand_new")))
    for path in installed.manifests.iterdir():
        (home.manifests / path.name).write_bytes(path.read_bytes())

    found = load(home).get("tool", name, version=version)

    assert name == found.id.name


def test_a_manifest_exchanged_behind_a_registry_is_refused_when_its_document_is_asked_for(home: Home) -> None:
    registry = load(home)
    found = registry.get("tool", "rows")
    listed = found.manifest
    install(home, package("rows", component("rows", version="9.0.0")))

    assert listed is not None
    with pytest.raises(IceError, match="manifest-exchanged"):
        _ = listed.model
    assert "rows" == found.entry.name


@pytest.mark.parametrize("ending", [".wheels", ".seen"])
def test_what_lies_beside_a_manifest_is_held_to_its_stamp(home: Home, ending: str) -> None:
    path = (home.manifests / "acme-csv-1.0.0.json").with_suffix(ending)
    path.write_bytes(b"nonsense")

    with pytest.raises(IceError, match=r"wheel-index-invalid|json-syntax"):
        load(home).get("tool", "two")


def test_a_key_is_judged_at_the_first_touch(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", key_record(not_after=NOW + timedelta(days=1)))
    install(home, PACKAGES[0])
    synchronise(home, now=NOW)
    later = NOW + timedelta(days=2)

    assert is_indexed(load(home, now=NOW))
    with pytest.raises(IceError, match="key-expired"):
        load(home, now=later).get("tool", "one")


def test_what_was_first_seen_before_its_key_ended_stays_valid(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", key_record(not_after=NOW))
    install(home, PACKAGES[0], first_seen=NOW - timedelta(seconds=1))
    synchronise(home, now=NOW)

    registry = load(home, now=NOW + timedelta(days=400))

    assert (True, "one") == (is_indexed(registry), registry.get("tool", "one").id.name)


def test_a_key_revoked_behind_a_registry_is_refused_at_the_next_touch(home: Home) -> None:
    registry = load(home)
    registry.get("tool", "one")
    write(home.keys / "acme-2026.json", record_bytes(key_record(revoked=NOW)))

    with pytest.raises(IceError, match="key-revoked"):
        registry.get("tool", "rows")
    with pytest.raises(IceError, match="key-revoked"):
        load(home)


def test_the_clock_record_is_never_gone_below(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", key_record(not_after=NOW))
    install(home, PACKAGES[0])
    synchronise(home, now=NOW)
    remember_time(home, NOW + timedelta(minutes=30))
    indexed = load(home, now=NOW)

    assert is_indexed(indexed)
    with pytest.raises(IceError, match="key-expired"):
        indexed.get("tool", "one")
    remember_time(home, NOW + timedelta(days=1))
    with pytest.raises(IceError, match="key-expired"):
        load(home, now=NOW)


def test_a_clock_that_is_behind_is_told_as_without_an_index(home: Home) -> None:
    remember_time(home, NOW + timedelta(days=1))

    assert ["clock-behind"] == [notice.slug for notice in load(home, now=NOW).notices]


@pytest.mark.parametrize("content", [b"{}", b'{\n  "latest": "2026-06-31T00:00:00Z"\n}\n', b"x" * 40])
def test_a_clock_record_that_is_none_is_refused_as_without_an_index(home: Home, content: bytes) -> None:
    write(home.root / "clock.json", content)

    with pytest.raises(IceError, match=r"clock-record-invalid|json-syntax"):
        load(home)


def test_limits_that_were_lowered_since_are_in_force(home: Home) -> None:
    write(home.config, b"[limits]\njson_bytes = 100\n")

    with pytest.raises(IceError, match="json-too-large|file-too-large"):
        load(home)


def test_a_home_that_others_can_write_is_refused_as_without_an_index(home: Home) -> None:
    home.root.chmod(0o777)

    with pytest.raises(IceError, match="home-writable-by-others"):
        load(home)


def test_a_load_renews_an_index_and_makes_none(home: Home, tmp_path: Path) -> None:
    install(home, package("other", component("four")))
    observed_at_rest(home)
    before = listing(home.root)
    registry = load(home)
    unasked = (index_state(home), before == listing(home.root))
    registry.renew_index()
    other = make_home(tmp_path / "other")
    install(other, PACKAGES[0])
    load(other).renew_index()

    assert ("stale", True) == unasked
    assert "fresh" == index_state(home)
    assert is_indexed(load(home))
    assert not other.cache.exists()


def test_a_registry_that_was_refused_once_refuses_again(home: Home) -> None:
    registry = load(home)
    path = home.manifests / "rows-1.0.0.json"
    path.write_bytes(path.read_bytes().replace(b"what rows says", b"what rows sayS"))

    for _ in range(2):
        with pytest.raises(IceError, match="signature-mismatch"):
            registry.get("tool", "rows")


def test_a_manifest_that_was_only_touched_is_read_again_and_found(home: Home) -> None:
    registry = load(home)
    os.utime(home.manifests / "rows-1.0.0.json")

    assert ("rows", False) == (registry.get("tool", "rows").id.name, is_indexed(registry))


def test_a_backdated_edit_is_seen(home: Home) -> None:
    """The time of content can be set by anyone; the time of status cannot."""
    path = home.manifests / "rows-1.0.0.json"
    with unchanged_in_status(path):
        path.write_bytes(path.read_bytes().replace(b"what rows says", b"what rows sayS"))

    with pytest.raises(IceError, match="signature-mismatch"):
        load(home).get("tool", "rows")


def test_entries_that_can_no_longer_be_read_come_from_the_manifest(home: Home) -> None:
    items = load(home).list()
    with index_file(home).open("r+b") as file:
        file.truncate(10)

    assert [*sorted(each.id.name for each in items)] == sorted(each.entry.name for each in items)


def test_times_are_what_datetime_makes_of_them() -> None:
    moments = [datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC), datetime(2000, 3, 1, tzinfo=UTC), NOW]

    for each in moments:
        load_of = registry_loading.Load(
            (), home=Home("x"), strict=False, allow_unsigned=(), environ={}, now=each, pins=None
        )
        assert round(each.timestamp() * 1_000_000) == load_of._microseconds()
