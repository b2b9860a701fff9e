"""Fixtures of the command's tests: `ice` to call, and a registry watch that no test leaves behind."""

from collections.abc import Iterator

import pytest

from ice_cli import progress
from ice_core import dynamic
from tests.ice_cli.invoke import Ice, invoker


@pytest.fixture
def ice(capsys: pytest.CaptureFixture[str]) -> Ice:
    """`ice(*words)` runs the command in this process."""
    return invoker(capsys)


@pytest.fixture(autouse=True)
def _watch_ends_with_the_test() -> Iterator[None]:
    yield
    dynamic.forget()


@pytest.fixture(autouse=True)
def _machine_is_never_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    # What is said only when work takes long would make whole outputs depend on what else the machine does.
    monkeypatch.setattr(progress, "SILENT_SECONDS", 600.0)
