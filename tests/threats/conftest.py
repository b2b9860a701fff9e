"""Fixtures of the attacks: the target in a folder of its own, `ice` to call, and a process left as it was found."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ice_core import dynamic
from tests.ice_cli.invoke import Ice, invoker
from tests.ice_orchestrator.conftest import clean_imports
from tests.scenarios.packages import MARKERS
from tests.threats.target import Target, target_at

__all__ = ["clean_imports"]


@pytest.fixture
def ice(capsys: pytest.CaptureFixture[str]) -> Ice:
    """`ice(*words)` in this process."""
    return invoker(capsys)


@pytest.fixture(autouse=True)
def _watch_ends_with_the_test(clean_imports: None) -> Iterator[None]:
    yield
    dynamic.forget()


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ice: Ice) -> Target:
    """A home that trusts one key, a blueprint and a place for markers, in the current folder."""
    made = target_at(tmp_path / "target", ice)
    monkeypatch.chdir(made.folder)
    monkeypatch.setenv("ICEOS_HOME", str(made.home.root))
    monkeypatch.setenv(MARKERS, str(made.markers))
    return made
