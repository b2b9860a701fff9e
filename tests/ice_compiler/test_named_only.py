"""The compiler looks at what a blueprint names, and at nothing else that is there."""

from pathlib import Path
from typing import NoReturn

from ice_core.models.lock import read_lock
from ice_core.unified_registry import Registry
from tests.builders.indexes import small_lock
from tests.ice_compiler.parts import STRINGS, blueprint, compiled, component, manifest, record, registry_of, tool


class NotListed(Registry):
    """A registry that gives what it is asked for and is never asked for all."""

    __slots__ = ()

    def listed_ids(self) -> NoReturn:
        raise AssertionError("everything was listed")

    def list(self, *_: object) -> NoReturn:
        raise AssertionError("everything was listed")


def not_listed(registry: Registry) -> Registry:
    registry.__class__ = NotListed
    return registry


FETCH = tool("fetch", "fetch", {"url": "https://example.org"})


def test_what_is_in_order_is_compiled_without_listing_what_there_is(tmp_path: Path) -> None:
    """Ten thousand components that nobody names cost nothing."""
    rank = tool("rank", "rank", {"documents": "{{ fetch.links }}"}, "fetch")

    result = compiled(blueprint(FETCH, rank, outputs={"n": "{{ rank.count }}"}), not_listed(registry_of(tmp_path)))

    assert result.plan is not None, result.findings


def test_a_stale_lock_is_told_without_listing_what_there_is(tmp_path: Path) -> None:
    """Whether a manifest lists the component is one look-up."""
    lock = read_lock(small_lock("acme-csv"), where="lock")

    result = compiled(blueprint(FETCH), not_listed(registry_of(tmp_path)), lock=lock, locked=True)

    assert ["lock-stale"] == [finding.slug for finding in result.findings]


def test_two_versions_of_one_distribution_are_refused_wherever_they_meet(tmp_path: Path) -> None:
    """Also when much else was bound between them."""
    others = [component(f"tool:other_{number}", record(n=STRINGS), {}) for number in range(5)]
    old = manifest([component("tool:old", {"type": "object"}, {})], version="1.0.0")
    new = manifest([component("tool:new", {"type": "object"}, {})], version="2.0.0")
    between = manifest(others, name="acme-others")
    nodes = [tool(f"n{number}", f"other_{number}", {"n": []}) for number in range(5)]

    result = compiled(
        blueprint(tool("a", "old", {}), *nodes, tool("b", "new", {})), registry_of(tmp_path, old, between, new)
    )

    (finding,) = result.findings
    assert "component-version-conflict" == finding.slug
    assert "`tool:new` and `tool:old` come from two versions of `acme-parts`" in finding.message
