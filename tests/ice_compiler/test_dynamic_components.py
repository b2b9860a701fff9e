"""Components that code announced and no manifest lists compile, unless strict, and nothing vouches for them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ice_core import dynamic
from ice_core.dynamic import Announcement
from ice_core.names import ComponentId, ImportTarget
from ice_core.strict_json import JsonObject
from ice_core.unified_registry import Registry
from tests.ice_compiler.parts import STRING, blueprint, compiled, component, record, registry_of, tool

ENTRY = component("tool:draft", record(text=STRING), record(words={"type": "integer"}))


@pytest.fixture(autouse=True)
def _nothing_announced() -> Iterator[None]:
    """The side table is empty before and after."""
    dynamic.forget()
    yield
    dynamic.forget()


def _announced(folder: Path, entry: JsonObject) -> Registry:
    dynamic.announce(
        Announcement(
            ComponentId.parse(f"tool:{entry['name']}"),
            ImportTarget.parse(str(entry["import"])),
            "draft.py",
            12,
            lambda: {"component": entry, "schemas": {}},
        )
    )
    with pytest.warns(dynamic.UnlistedComponentWarning):
        return registry_of(folder)


def test_a_component_that_only_code_announced_is_in_the_plan_without_a_package(tmp_path: Path) -> None:
    """Its digest is pinned all the same."""
    registry = _announced(tmp_path, ENTRY)
    plan = compiled(blueprint(tool("x", "draft", {"text": "a"})), registry, where="x.json").plan

    assert plan is not None
    assert {} == plan.packages
    assert plan.components["tool:draft"].package is None
    assert str(registry.get("tool", "draft").digest) == plan.components["tool:draft"].digest


def test_its_arguments_are_checked_like_any_others(tmp_path: Path) -> None:
    """The message says that it comes from code."""
    registry = _announced(tmp_path, ENTRY)
    findings = compiled(blueprint(tool("x", "draft", {"text": 3})), registry, where="x.json").findings

    assert ["argument-invalid"] == [item.slug for item in findings]
    assert "It is declared by `tool:draft` 1.0.0 of code that registered it." == findings[0].note


def test_what_needs_a_newer_iceos_is_refused_with_both_versions(tmp_path: Path) -> None:
    """A manifest that does is not even loaded; code can still announce it."""
    registry = _announced(tmp_path, {**ENTRY, "iceos_min": "99.1.0"})
    result = compiled(blueprint(tool("x", "draft", {"text": "a"})), registry, where="x.json")

    assert result.plan is None
    assert [("iceos-too-old", "iceos 99.1.0 or newer")] == [(item.slug, item.expected) for item in result.findings]
    assert ("To upgrade, run `uv pip install --upgrade 'iceos>=99.1.0'`",) == result.findings[0].hints
