"""A project, and pytest run over it in this very process with no plugin but ours."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ice_core.dynamic import PROCESS
from tests.ice_pytest.projects import Project

Runs = Callable[..., pytest.RunResult]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project that leaves the mode to its manifest."""
    return Project(tmp_path / "acme", settings="")


@pytest.fixture
def runs(pytester: pytest.Pytester, project: Project, monkeypatch: pytest.MonkeyPatch) -> Runs:
    """Runs pytest over the project, which is the current folder."""
    monkeypatch.chdir(project.root)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    for name in ("GITHUB_ACTIONS", "GITHUB_WORKSPACE", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str, terminal: bool = True) -> pytest.RunResult:
        quiet = ["-q"] if terminal else ["-p", "no:terminal"]
        # Each run is to begin as a process of its own would, without what an earlier one announced.
        with PROCESS.set_aside():
            return pytester.runpytest_inprocess(*quiet, "--rootdir", str(project.root), "-p", "iceos", *arguments)

    return run
