"""Names become components as the lock pins them, or in the highest release; what an agent may call is bound with it."""

import json
from datetime import UTC, datetime
from pathlib import Path

from ice_core.canonical import Digest
from ice_core.models.lock import Lock, LockedComponent, LockedPlugin
from ice_core.strict_json import JsonObject
from ice_core.unified_registry import Registry
from tests.builders.homes import WHEEL
from tests.builders.indexed import indexed_home, load
from tests.builders.manifests import signed
from tests.ice_compiler.parts import (
    ENTRIES,
    FETCH,
    STRING,
    blueprint,
    compiled,
    component,
    manifest,
    record,
    registry_of,
    tool,
)

NEWER: JsonObject = {**FETCH, "version": "2.1.0"}
ONE = blueprint(tool("x", "fetch", {"url": "a"}))


def _agent(name: str, *tools: str) -> JsonObject:
    return component(f"agent:{name}", record(q=STRING), record(a=STRING), permissions={"tools": list(tools)})


def _asks(name: str) -> str:
    return blueprint({"id": "x", "type": "agent", "package": name, "agent_config": {"q": "a"}})


def lock_of(registry: Registry, *names: str, changed: bool = False, manifest_changed: bool = False) -> Lock:
    """A lock of these components, as they are in the registry, or with another digest."""
    items = [item for item in registry.list() if f"{item.id} {item.version}" in names]
    other = Digest.of(b"another")
    first = items[0].manifest
    assert first is not None
    plugin = LockedPlugin(
        name="acme-parts",
        version="1.0.0",
        manifest_digest=other if manifest_changed else first.digest,
        signer="acme-2026",
        first_seen=datetime(2026, 1, 1, tzinfo=UTC),
        wheels=(),
        components={
            str(item.id): LockedComponent(version=str(item.version), digest=other if changed else item.digest)
            for item in items
        },
    )
    return Lock(
        digest=Digest.of(b"the lock"),
        requirements=("acme-parts",),
        marketplace="folder",
        acknowledged_risks=(),
        plugins=(plugin,),
        dependencies=(),
    )


def _two_versions(folder: Path) -> Registry:
    return registry_of(folder, manifest(ENTRIES), manifest([NEWER], version="2.0.0"))


def _versions(text: str, registry: Registry, lock: Lock | None = None, *, locked: bool = False) -> dict[str, str]:
    result = compiled(text, registry, where="x.json", lock=lock, locked=locked)

    assert result.plan is not None, result.findings
    return {name: item.version for name, item in result.plan.components.items()}


def _slugs(text: str, registry: Registry, lock: Lock | None = None, *, locked: bool = False) -> list[str]:
    return [item.slug for item in compiled(text, registry, where="x.json", lock=lock, locked=locked).findings]


def test_without_a_lock_the_highest_release_in_the_range_is_used(tmp_path: Path) -> None:
    """A node's `version` narrows the choice; every node that calls the component has a say."""
    registry = _two_versions(tmp_path)
    both = blueprint(tool("x", "fetch", {"url": "a"}), tool("y", "fetch", {"url": "a"}, version="<2"))

    assert {"tool:fetch": "2.1.0"} == _versions(ONE, registry)
    assert {"tool:fetch": "1.0.0"} == _versions(both, registry)


def test_the_lock_decides_the_version(tmp_path: Path) -> None:
    """Although a higher release is there; the plan names the lock by its digest."""
    registry = _two_versions(tmp_path)
    lock = lock_of(registry, "tool:fetch 1.0.0")
    result = compiled(ONE, registry, where="x.json", lock=lock, locked=True)

    assert result.plan is not None
    assert "1.0.0" == result.plan.components["tool:fetch"].version
    assert str(lock.digest) == result.plan.lock_digest


def test_a_component_outside_the_lock_is_a_warning_and_with_locked_an_error(tmp_path: Path) -> None:
    """`--locked` plans nothing that the lock does not pin."""
    registry = registry_of(tmp_path)
    lock = lock_of(registry, "tool:rank 1.0.0")

    assert ["component-not-locked"] == _slugs(ONE, registry, lock)
    assert compiled(ONE, registry, where="x.json", lock=lock).plan is not None
    assert ["lock-stale"] == _slugs(ONE, registry, lock, locked=True)
    assert compiled(ONE, registry, where="x.json", lock=lock, locked=True).plan is None


def test_a_range_that_the_locked_version_is_not_in_is_stale(tmp_path: Path) -> None:
    """Expected says what is needed, found what is pinned."""
    registry = _two_versions(tmp_path)
    text = blueprint(tool("x", "fetch", {"url": "a"}, version=">=2"))
    finding = compiled(text, registry, where="x.json", lock=lock_of(registry, "tool:fetch 1.0.0")).findings[0]

    assert ("lock-stale", "tool:fetch >=2", "tool:fetch 1.0.0") == (finding.slug, finding.expected, finding.found)
    assert "To move this component only, run `ice lock --upgrade tool:fetch`" in finding.hints


def test_a_component_that_is_not_the_locked_one_is_refused_with_both_digests(tmp_path: Path) -> None:
    """The component's digest, or, where that is the same, its manifest's."""
    registry = registry_of(tmp_path)
    other = str(Digest.of(b"another"))
    by_component = compiled(ONE, registry, where="x.json", lock=lock_of(registry, "tool:fetch 1.0.0", changed=True))
    by_manifest = compiled(
        ONE, registry, where="x.json", lock=lock_of(registry, "tool:fetch 1.0.0", manifest_changed=True)
    )

    assert by_component.plan is None
    assert by_manifest.plan is None
    assert ("lock-hash-mismatch", other, str(registry.get("tool", "fetch").digest)) == (
        by_component.findings[0].slug,
        by_component.findings[0].expected,
        by_component.findings[0].found,
    )
    assert ("lock-hash-mismatch", f"manifest {other}", f"manifest {registry.manifests[0].digest}") == (
        by_manifest.findings[0].slug,
        by_manifest.findings[0].expected,
        by_manifest.findings[0].found,
    )


def test_a_locked_version_that_is_not_installed_says_to_install(tmp_path: Path) -> None:
    """The lock names 2.1.0; only 1.0.0 is here."""
    first, second = tmp_path / "one", tmp_path / "two"
    first.mkdir()
    second.mkdir()
    lock = lock_of(_two_versions(first), "tool:fetch 2.1.0")
    finding = compiled(ONE, registry_of(second), where="x.json", lock=lock).findings[0]

    assert "component-version-unknown" == finding.slug
    assert "`tool:fetch` is locked to 2.1.0, which is not installed" == finding.message
    assert ("To install what the lock pins, run `ice install`",) == finding.hints


def test_what_is_installed_and_refused_is_told_as_itself(tmp_path: Path) -> None:
    """A manifest that was changed is no package that is missing."""
    home = indexed_home(tmp_path / "home", signed(manifest(ENTRIES), [WHEEL]))
    registry = load(home)
    lock = lock_of(load(home), "tool:fetch 1.0.0")
    path = next(home.manifests.glob("*.json"))
    path.write_bytes(path.read_bytes().replace(b"2026-01-01T00", b"2026-01-02T00"))

    finding = compiled(ONE, registry, where="x.json", lock=lock).findings[0]

    assert "signature-mismatch" == finding.slug
    assert finding.where is not None
    assert str(path) in finding.message


def test_two_ranges_without_a_version_in_common_are_a_conflict(tmp_path: Path) -> None:
    """Each node that says a range is pointed at, and no other."""
    registry = _two_versions(tmp_path)
    text = blueprint(
        tool("x", "fetch", {"url": "a"}, version=">=2"),
        tool("y", "fetch", {"url": "a"}, version="<2"),
        tool("z", "fetch", {"url": "a"}),
    )

    assert ["component-version-conflict"] * 2 == _slugs(text, registry)


def test_one_plan_holds_one_version_of_a_distribution(tmp_path: Path) -> None:
    """`fetch` is highest in 2.0.0, and `rank` is only in 1.0.0 of the same distribution."""
    registry = _two_versions(tmp_path)
    text = blueprint(tool("x", "fetch", {"url": "a"}), tool("y", "rank", {"documents": []}))
    result = compiled(text, registry, where="x.json")

    assert ["component-version-conflict"] == [item.slug for item in result.findings]
    assert "tool:rank from 1.0.0, tool:fetch from 2.0.0" == result.findings[0].found


def test_a_nested_workflow_that_needs_another_version_is_a_conflict(tmp_path: Path) -> None:
    """What is bound stays bound."""
    inner = blueprint(tool("x", "fetch", {"url": "a"}, version="<2"))
    flow = component("workflow:w", {"type": "object"}, {}, blueprint=json.loads(inner))
    registry = registry_of(
        tmp_path, manifest([FETCH, flow]), manifest([NEWER, {**flow, "version": "3.0.0"}], version="2")
    )
    text = blueprint(
        tool("x", "fetch", {"url": "a"}, version=">=2"), {"id": "y", "type": "workflow", "workflow_ref": "w"}
    )
    result = compiled(text, registry, where="x.json")

    assert ["workflow-invalid"] == [item.slug for item in result.findings]
    assert "`component-version-conflict`" == result.findings[0].found


def test_what_an_agent_may_call_is_in_the_plan_with_its_digest(tmp_path: Path) -> None:
    """Also what an agent may call that it may call, once each, also in a circle."""
    registry = registry_of(tmp_path, manifest([*ENTRIES, _agent("a", "agent:b"), _agent("b", "agent:a", "tool:fetch")]))

    assert {"agent:a": "1.0.0", "agent:b": "1.0.0", "tool:fetch": "1.0.0"} == _versions(_asks("a"), registry)


def test_a_tool_that_an_agent_may_call_and_nobody_lists_is_a_finding(tmp_path: Path) -> None:
    """It would fail at the agent's first call."""
    registry = registry_of(tmp_path, manifest([*ENTRIES, _agent("a", "tool:fetsh", "tool:fetch")]))
    result = compiled(_asks("a"), registry, where="x.json")

    assert result.plan is None
    assert ["agent-tool-unavailable"] == [item.slug for item in result.findings]
    assert (
        "`agent:a` needs `tool:fetsh`, and `tool:fetsh` is in no manifest that was read" == result.findings[0].message
    )
    assert ("To install a package that lists it, run `ice lock --blueprint x.json` and `ice install`",) == (
        result.findings[0].hints
    )


def test_what_an_agent_may_call_is_locked_too(tmp_path: Path) -> None:
    """A lock without the tool is stale under `--locked`."""
    registry = registry_of(tmp_path, manifest([*ENTRIES, _agent("a", "tool:fetch")]))

    assert ["agent-tool-unavailable"] == _slugs(_asks("a"), registry, lock_of(registry, "agent:a 1.0.0"), locked=True)
    assert ["component-not-locked"] == _slugs(_asks("a"), registry, lock_of(registry, "agent:a 1.0.0"))
