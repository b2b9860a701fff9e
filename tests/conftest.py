"""What every test stands on: repeatable examples, and an environment that is nobody's own."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from ice_core.dynamic import PROCESS
from ice_core.lowered_limits import set_aside

# A failure that only one machine sees helps nobody, so the bounded run draws the same examples each time.
CALM = [HealthCheck.too_slow]
settings.register_profile("bounded", max_examples=50, derandomize=True, deadline=None, suppress_health_check=CALM)
settings.register_profile("soak", max_examples=5_000, deadline=None, suppress_health_check=CALM)
settings.load_profile("soak" if os.environ.get("ICEOS_SOAK") == "1" else "bounded")


@pytest.fixture(autouse=True)
def _nobodys_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test reads or writes the home, keys or switches of the person who runs it."""
    for name in [name for name in os.environ if name.startswith("ICEOS_") and name != "ICEOS_SOAK"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ICEOS_HOME", str(tmp_path / "iceos-home"))


@pytest.fixture(autouse=True)
def _no_limit_lowered() -> Iterator[None]:
    """What one test lowers for its process is not the next test's."""
    with set_aside():
        yield


@pytest.fixture(autouse=True)
def _no_announcement_left() -> Iterator[None]:
    """What a test's decorators announce, and what registry it watches, is not the next test's."""
    with PROCESS.set_aside():
        yield
