"""The collector stays off while much is read, and is afterwards as it was before."""

import gc
from collections.abc import Iterator

import pytest

from ice_core.collector import CollectionPaused


@pytest.fixture(autouse=True)
def _on_again() -> Iterator[None]:
    """No other test runs without the collector."""
    yield
    gc.enable()


@pytest.mark.parametrize("on", [True, False])
def test_the_collector_is_as_it_was_before(on: bool) -> None:
    """Also where it was off, and after blocks inside the block."""
    (gc.enable if on else gc.disable)()

    with CollectionPaused():
        with CollectionPaused():
            inside = gc.isenabled()
        between = gc.isenabled()

    assert (False, False, on) == (inside, between, gc.isenabled())


def test_a_refusal_turns_it_on_again() -> None:
    """What is raised inside is raised on."""
    with pytest.raises(ValueError, match="refused"), CollectionPaused():
        raise ValueError("refused")

    assert gc.isenabled()
