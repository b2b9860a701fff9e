"""Fixtures of the command's tests: `ice` to call, and a registry watch that no test leaves behind."""

from collections.abc import Iterator

import pytest

from ice_core import dynamic
from tests.ice_cli.invoke import Ice, invoker
from tests.ice_orchestrator.conftest import clean_imports

__all__ = ["clean_imports"]


@pytest.fixture
def ice(capsys: pytest.CaptureFixture[str]) -> Ice:
    """`ice(*words)` runs the command in this process."""
    return invoker(capsys)


@pytest.fixture(autouse=True)
def _watch_ends_with_the_test() -> Iterator[None]:
    yield
    dynamic.forget()
