"""What each process of a watched run does: it tells the event log which test runs, and what a marker allows."""

import os
import sys
from collections.abc import Generator

import pytest

from ice_core import recording
from ice_pytest.plugin import MARKER

_NO_REASON = f'`@pytest.mark.{MARKER}` needs its reason: write `@pytest.mark.{MARKER}("why no manifest lists it")`'


class Watch:
    """The hooks of every process: the run that began the watch, its workers, and runs that its tests start."""

    def __init__(self) -> None:
        """Joins the log that the environment names; what was announced before now is written down first."""
        self.recorder = recording.PROCESS
        self.recorder.path = os.environ[recording.LOG_VARIABLE]
        self._outer = os.environ.get(recording.DURING_VARIABLE, "")
        record_earlier()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """What the import of a test module registers happens during its collection."""
        during = self._name(collector.nodeid)
        with self.recorder.while_in(during):
            report = yield
        self._allow(collector, during)
        return report

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """What a test, its fixtures included, registers happens during that test."""
        during = self._name(item.nodeid)
        self._allow(item, during)
        with self.recorder.while_in(during):
            return (yield)

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """A marker without a reason is a fault of the test."""
        if any(not reason_of(mark) for mark in item.iter_markers(MARKER)):
            pytest.fail(_NO_REASON, pytrace=False)

    def _name(self, nodeid: str) -> str:
        return f"{self._outer}{recording.WITHIN}{nodeid}" if self._outer else nodeid

    def _allow(self, node: pytest.Collector | pytest.Item, during: str) -> None:
        for mark in node.iter_markers(MARKER):
            reason = reason_of(mark)
            if reason:
                self.recorder.allow(reason, during=during)


def record_earlier() -> None:
    """Writes down what was announced before the watch, by a plugin that pytest loaded first."""
    dynamic = sys.modules.get("ice_core.dynamic")
    for each in dynamic.announced() if dynamic is not None else ():
        recording.PROCESS.registered(each.component, each.target, each.file, each.line)


def reason_of(mark: pytest.Mark) -> str:
    """What the marker gives as the reason; empty when it gives none."""
    given = mark.args[0] if mark.args else mark.kwargs.get("reason", "")
    return given.strip() if isinstance(given, str) else ""
