"""A component's two sides are made once for all nodes that call it."""

from pathlib import Path

from ice_compiler.interfaces import Interfaces
from tests.ice_compiler.parts import registry_of


def test_a_component_has_one_interface(tmp_path: Path) -> None:
    """Its shapes are the same objects each time, so that what was asked of them once is known."""
    fetch = registry_of(tmp_path).resolve("tool", "fetch")
    interfaces = Interfaces()

    first, second = interfaces.of(fetch), interfaces.of(fetch)

    assert first is second
    assert (fetch.input_schema(), fetch.output_schema()) == (first.input_schema, first.output_schema)
    assert first.given.standalone() == fetch.output_schema()
