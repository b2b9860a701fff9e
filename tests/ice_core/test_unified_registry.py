"""7 LOAD: what is looked up, which version is chosen, what cannot stand together."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ice_core import dynamic
from ice_core.canonical import component_digest
from ice_core.contracts import compiled
from ice_core.dynamic import Announcement, UnlistedComponentWarning
from ice_core.errors import IceError
from ice_core.names import ComponentId, ImportTarget, VersionRange
from ice_core.strict_json import JsonObject
from ice_core.unified_registry import Registry, load_plugins
from ice_sdk import tool
from ice_sdk.declared import forget
from tests.builders.homes import NOW, install, make_home, write
from tests.builders.manifests import component, manifest, signed
from tests.builders.wheels import plugin_bundle


def shout(text: str) -> str:
    """Says it loudly."""
    return text.upper()


@pytest.fixture(autouse=True)
def _nothing_declared() -> Iterator[None]:
    """What a test declares is forgotten after it."""
    yield
    forget(shout)


def load(home: Path, *paths: Path, no_dynamic: bool = False, **environ: str) -> Registry:
    return load_plugins(*paths, home=home, no_dynamic=no_dynamic, environ=environ, now=NOW, project=home)


def versions_of(*versions: str) -> list[JsonObject]:
    """One manifest of acme-csv for each version of its one component."""
    return [manifest(component(version=version), version=f"{index}.0") for index, version in enumerate(versions)]


def registry_of(folder: Path, *manifests: JsonObject) -> Registry:
    home = make_home(folder / "home")
    paths = [write(folder / f"{index}.json", value) for index, value in enumerate(manifests)]
    return load(home.root, *paths)


def conflict(folder: Path, *manifests: JsonObject) -> IceError:
    with pytest.raises(IceError) as caught:
        registry_of(folder, *manifests)

    assert {"component-conflict"} == {caught.value.slug, *(finding.slug for finding in caught.value.findings)}
    return caught.value


def announce(name: str, *, target: str = "my_pkg:Mine", version: str = "0.1.0") -> None:
    described: JsonObject = {
        "component": component(name, target, version=version, schema={"input": {"$ref": "#/schemas/In"}, "output": {}}),
        "schemas": {"In": {"type": "object"}},
    }
    dynamic.announce(
        Announcement(ComponentId("tool", name), ImportTarget.parse(target), "my_pkg.py", 3, lambda: described)
    )


def test_an_empty_home_gives_an_empty_registry(tmp_path: Path) -> None:
    registry = load(tmp_path / "absent")

    assert ((), (), ()) == (registry.list(), registry.sources, registry.manifests)
    assert not (tmp_path / "absent").exists()


def test_all_sources_are_read_in_their_order(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    write(home.manifest, manifest(component("one"), component("two")))
    install(home, signed(manifest(component("three"), name="b"), [("b-1.whl", b"")]), [("b-1.whl", b"")])
    extra = write(tmp_path / "extra.json", manifest(component("four"), name="c"))
    given = write(tmp_path / "acme_csv.icebundle", plugin_bundle())

    registry = load(home.root, given, ICEOS_EXTRA_PLUGINS=str(extra))

    assert (
        (str(home.manifest), 2),
        (str(home.manifests / "b-1.2.3.json"), 1),
        (str(extra), 1),
        (str(given), 1),
    ) == registry.sources
    assert ["unsigned", "signed", "unsigned", "signed"] == [each.status for each in registry.manifests]
    assert ["csv_reader", "four", "one", "three", "two"] == [item.id.name for item in registry.list("tool")]


def test_the_home_is_found_through_the_environment(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    write(home.manifest, manifest())

    registry = load_plugins(environ={"ICEOS_HOME": str(home.root)}, project=tmp_path)

    assert home.root == registry.home.root
    assert [ComponentId("tool", "csv_reader")] == list(registry.listed_ids())


def test_a_component_is_looked_up_with_all_that_a_plan_pins(tmp_path: Path) -> None:
    schemas: JsonObject = {"In": {"type": "object"}, "Other": {"type": "string"}}
    listed = component(schema={"input": {"$ref": "#/schemas/In"}, "output": {"type": "array"}})
    registry = registry_of(tmp_path, manifest(listed, schemas=schemas))

    found = registry.get("tool", "csv_reader")

    assert ("tool:csv_reader", "1.2.3") == (str(found.id), str(found.version))
    assert component_digest(listed, schemas) == found.digest
    assert listed == found.value
    assert "acme_csv.tools:read" == str(found.target)
    assert {"$ref": "#/$defs/In", "$defs": {"In": {"type": "object"}}} == found.input_schema()
    assert {"type": "array"} == found.output_schema()
    assert registry.manifests[0] is found.manifest
    assert "RegisteredComponent('tool:csv_reader', '1.2.3', from" in repr(found)


@pytest.mark.parametrize(
    ("versions", "wanted", "expected"),
    [
        (["1.2.0", "1.10.0", "1.9.9"], None, "1.10.0"),
        (["1.0.0", "2.0.0-rc.1"], None, "1.0.0"),
        (["2.0.0-rc.1", "2.0.0-rc.2"], None, "2.0.0-rc.2"),
        (["1.0.0", "2.0.0-rc.1"], ">=2.0.0-rc.1", "2.0.0-rc.1"),
        (["1.0.0", "1.5.0", "2.0.0"], ">=1,<2", "1.5.0"),
        (["1.0.0", "1.5.0-rc.1", "2.0.0"], ">=1,<2", "1.0.0"),
        (["1.0.0", "1.5.0"], "1.0.0", "1.0.0"),
        (["1.0.0+a", "1.0.0+b"], None, "1.0.0+b"),
    ],
)
def test_the_highest_release_wins_and_a_prerelease_only_if_asked_or_alone(
    tmp_path: Path, versions: list[str], wanted: str | None, expected: str
) -> None:
    registry = registry_of(tmp_path, *versions_of(*versions))

    found = registry.resolve("tool", "csv_reader", versions=VersionRange.parse(wanted) if wanted else None)

    assert expected == str(found.version)


def test_a_version_is_looked_up_exactly(tmp_path: Path) -> None:
    registry = registry_of(tmp_path, *versions_of("1.0.0", "2.0.0", "2.1.0-rc.1"))

    assert ["1.0.0", "2.1.0-rc.1", "2.0.0"] == [
        str(registry.get("tool", "csv_reader", version=version).version) for version in ("1.0.0", "2.1.0-rc.1", None)
    ]  # fmt: skip
    assert ["1.0.0", "2.0.0", "2.1.0-rc.1"] == [str(item.version) for item in registry.list()]


def test_a_version_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path) -> None:
    registry = registry_of(tmp_path, *versions_of("1.0.0", "2.0.0"))

    with pytest.raises(IceError) as exact:
        registry.get("tool", "csv_reader", version="3.0.0")
    with pytest.raises(IceError) as ranged:
        registry.resolve("tool", "csv_reader", versions=VersionRange.parse(">=3"))

    assert ["component-version-unknown"] * 2 == [exact.value.slug, ranged.value.slug]
    assert ("3.0.0", "1.0.0, 2.0.0") == (exact.value.finding.expected, exact.value.finding.found)
    assert ">=3" == ranged.value.finding.expected


def test_an_unknown_component_is_told_with_near_names_of_manifests_only(tmp_path: Path) -> None:
    registry = registry_of(tmp_path, manifest())
    with pytest.warns(UnlistedComponentWarning):
        announce("csv_reade")

    with pytest.raises(IceError) as caught:
        registry.get("tool", "csv_readr")

    assert "component-unknown" == caught.value.slug
    assert "`tool:csv_readr` is in no manifest that was read" == caught.value.finding.message
    assert (
        "`tool:csv_reader` is listed; did you mean that?",
        "To install a package that lists it, run `ice lock PACKAGE` and `ice install`",
    ) == caught.value.finding.hints


def test_a_tool_and_an_agent_may_share_a_name(tmp_path: Path) -> None:
    registry = registry_of(tmp_path, manifest(component(), component(node_type="agent")))

    assert ["tool:csv_reader", "agent:csv_reader"] == [
        str(registry.get("tool", "csv_reader").id),
        str(registry.get("agent", "csv_reader").id),
    ]
    assert ["agent:csv_reader"] == [str(item.id) for item in registry.list("agent")]


def test_one_version_with_two_digests_is_refused_and_both_sources_are_named(tmp_path: Path) -> None:
    error = conflict(tmp_path, manifest(component()), manifest(component(description="Other"), version="1.2.4"))

    assert "`tool:csv_reader` 1.2.3 means two different things" in error.finding.message
    assert [str(tmp_path / "0.json"), str(tmp_path / "1.json")] == error.finding.details["origins"]


def test_one_name_from_two_distributions_is_refused_even_with_one_digest(tmp_path: Path) -> None:
    """Otherwise a look-alike distribution could supply the code of a component that it copied."""
    error = conflict(tmp_path, manifest(), manifest(name="acme-csv-fork"))

    assert "`tool:csv_reader` is claimed by two distributions" in error.finding.message
    assert "of acme-csv, sha256:" in str(error.finding.expected)
    assert "of acme-csv-fork, sha256:" in str(error.finding.found)


def test_two_versions_of_one_name_from_two_distributions_are_refused(tmp_path: Path) -> None:
    conflict(tmp_path, manifest(component(version="1.0.0")), manifest(component(version="2.0.0"), name="other"))


def test_a_distribution_is_one_however_its_name_is_written(tmp_path: Path) -> None:
    registry = registry_of(
        tmp_path, manifest(component(version="1.0.0")), manifest(component(version="2.0.0"), name="Acme_CSV")
    )

    assert 2 == len(registry.list())


def test_a_manifest_without_a_distribution_may_repeat_and_not_add(tmp_path: Path) -> None:
    unnamed = {name: member for name, member in manifest().items() if name != "package"}

    assert 1 == len(registry_of(tmp_path, unnamed, manifest()).list())
    error = conflict(tmp_path, unnamed, manifest(component(version="2.0.0")))

    assert "names no distribution" in error.finding.message


def test_every_conflict_is_told_at_once(tmp_path: Path) -> None:
    both = [component("one"), component("two")]

    error = conflict(tmp_path, manifest(*both), manifest(*both, name="other"))

    assert ["tool:one", "tool:two"] == [finding.details["component"] for finding in error.findings]


def test_the_same_component_twice_comes_from_whoever_is_vouched_for_most(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    unsigned = write(tmp_path / "a.json", manifest())
    alone = write(tmp_path / "b.json", signed(manifest()))
    older = write(tmp_path / "c.icebundle", plugin_bundle())
    newer = write(tmp_path / "d.icebundle", plugin_bundle(version="1.10.0", manifest=manifest(version="1.10.0")))

    registry = load(home.root, unsigned, alone, older, newer)

    providers = registry.providers(ComponentId("tool", "csv_reader"), "1.2.3")
    assert [str(newer), str(older), str(alone), str(unsigned)] == [item.origin for item in providers]
    assert registry.get("tool", "csv_reader") is providers[0]
    assert () == registry.providers(ComponentId("tool", "csv_reader"), "9.9.9")


def test_a_distribution_s_version_that_is_none_ranks_last(tmp_path: Path) -> None:
    registry = registry_of(tmp_path, manifest(version="not-a-version"), manifest(version="0.1"))

    assert [str(tmp_path / "1.json"), str(tmp_path / "0.json")] == [
        item.origin for item in registry.providers(ComponentId("tool", "csv_reader"), "1.2.3")
    ]


def test_what_code_announces_can_be_looked_up_where_components_may_be_dynamic(tmp_path: Path) -> None:
    registry = registry_of(tmp_path, manifest())
    with pytest.warns(UnlistedComponentWarning):
        announce("mine")

    found = registry.get("tool", "mine")

    assert (None, None) == (found.manifest, found.distribution)
    assert "code that registered it" == found.origin
    assert {"$ref": "#/$defs/In", "$defs": {"In": {"type": "object"}}} == found.input_schema()
    assert ["tool:csv_reader", "tool:mine"] == [str(item.id) for item in registry.list()]
    with pytest.raises(IceError) as caught:
        registry.get("tool", "mine", version="9.0.0")
    assert "component-version-unknown" == caught.value.slug


def test_what_was_announced_before_the_load_is_warned_of_at_the_load(tmp_path: Path) -> None:
    announce("mine")

    with pytest.warns(UnlistedComponentWarning, match="`tool:mine` was registered by code"):
        registry_of(tmp_path, manifest())


def test_code_never_replaces_what_a_manifest_lists(tmp_path: Path) -> None:
    registry = registry_of(tmp_path, manifest())
    with pytest.warns(UnlistedComponentWarning, match="which is not what manifests list"):
        announce("csv_reader", target="evil:Reader", version="99.0.0")

    assert "acme_csv.tools:read" == str(registry.get("tool", "csv_reader").target)
    assert ["1.2.3"] == [str(item.version) for item in registry.list()]


def test_what_code_announces_must_be_what_a_manifest_could_hold(tmp_path: Path) -> None:
    registry = registry_of(tmp_path, manifest())
    with pytest.warns(UnlistedComponentWarning):
        announce("mine", version="not-a-version")

    with pytest.raises(IceError) as caught:
        registry.get("tool", "mine")

    assert "manifest-invalid" == caught.value.slug
    assert "my_pkg.py:3" in str(caught.value.where)


def test_under_no_dynamic_what_code_announces_cannot_be_looked_up(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    bundle = write(tmp_path / "acme.icebundle", plugin_bundle())
    registry = load(home.root, bundle, no_dynamic=True)
    with pytest.raises(IceError, match="component-not-in-manifest"):
        announce("mine")

    with pytest.raises(IceError, match="component-unknown"):
        registry.get("tool", "mine")
    assert ["tool:csv_reader"] == [str(item.id) for item in registry.list()]


def test_every_refusal_of_a_load_is_told_at_once_in_a_stable_order(tmp_path: Path) -> None:
    paths = [
        write(tmp_path / "b.json", signed(manifest(), public_key_id="unknown")),
        write(tmp_path / "a.json", b"{"),
        write(tmp_path / "c.json", manifest(component(iceos_min="99.0.0"), component("two", iceos_min="99.0.0"))),
    ]

    with pytest.raises(IceError) as caught:
        load(make_home(tmp_path / "home").root, *paths)

    assert ["json-syntax", "iceos-too-old", "iceos-too-old", "key-unknown"] == [
        finding.slug for finding in caught.value.findings
    ]


def test_a_path_may_be_text(tmp_path: Path) -> None:
    path = write(tmp_path / "plugins.json", manifest())

    registry = load_plugins(os.fspath(path), home=tmp_path / "absent", environ={}, project=tmp_path)

    assert 1 == len(registry.list())


@given(st.permutations(range(4)))
def test_the_order_of_the_sources_never_changes_what_a_name_means(order: list[int]) -> None:
    manifests = [
        manifest(component(version="1.0.0"), component("other")),
        manifest(component(version="1.0.0"), version="1.3.0"),
        signed(manifest(component(version="1.1.0"), component("other"), version="1.4.0")),
        manifest(component("third"), name="third"),
    ]
    with tempfile.TemporaryDirectory() as folder:
        paths = [write(Path(folder) / f"{number}.json", value) for number, value in enumerate(manifests)]
        home = make_home(Path(folder) / "home")

        registry = load(home.root, *(paths[number] for number in order))

    assert [("csv_reader", "1.0.0"), ("csv_reader", "1.1.0"), ("other", "1.2.3"), ("third", "1.2.3")] == [
        (item.id.name, str(item.version)) for item in registry.list()
    ]
    assert ["1.json", "2.json", "2.json", "3.json"] == [Path(item.origin).name for item in registry.list()]


def test_what_a_real_decorator_announces_is_looked_up_as_export_would_write_it(tmp_path: Path) -> None:
    registry = registry_of(tmp_path, manifest())
    with pytest.warns(UnlistedComponentWarning, match="`tool:shout` was registered by code"):
        tool(shout)

    found = registry.get("tool", "shout")

    assert f"{__name__}:shout" == str(found.target)
    contract = compiled(found.input_schema(), where="tool:shout")
    assert [(), 1] == [contract.violations({"text": "a"}), len(contract.violations({"text": 3}))]


def test_a_real_decorator_is_refused_when_nothing_may_be_dynamic(tmp_path: Path) -> None:
    load(make_home(tmp_path / "home").root, no_dynamic=True)

    with pytest.raises(IceError) as caught:
        tool(shout)

    assert "component-not-in-manifest" == caught.value.slug
    assert __file__ == (caught.value.where.file if caught.value.where else "")
