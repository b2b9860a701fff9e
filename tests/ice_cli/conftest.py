"""Fixtures of the command's tests: `ice` to call, and a registry watch that no test leaves behind."""

from collections.abc import Iterator

import pytest

from ice_cli import progress
from ice_core import dynamic
from tests.ice_cli.invoke import Ice, invoker
from tests.ice_orchestrator.conftest import clean_imports

__all__ = ["clean_imports"]


@pytest.fixture
def ice(capsys: pytest.CaptureFixture[str]) -> Ice:
    """`ice(*words)` runs the command in this process."""
    return invoker(capsys)


@pytest.fixture(autouse=True)
def _watch_ends_with_the_test(clean_imports: None) -> Iterator[None]:
    yield
    dynamic.forget()


@pytest.fixture(autouse=True)
def _no_word_about_a_slow_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a command says does not depend on how long it took; `test_progress` sets its own time."""
    monkeypatch.setattr(progress, "SILENT_SECONDS", 3600)
