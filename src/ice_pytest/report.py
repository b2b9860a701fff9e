"""What the run that began a watch does: it owns the event log, judges it at the end, and reports once.

Under xdist that is the controller: workers and whatever tests start find the log in their environment.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from ice_cli.finding_formats import formatted, repository_folder
from ice_cli.render import finding_text
from ice_core import recording
from ice_core.errors import Finding, IceError, Location, Severity
from ice_core.event_log import ManifestListing, read_events, shown, unlisted_findings
from ice_pytest.plugin import WATCHED_VARIABLE
from ice_pytest.watch import Watch

_TITLE: Final = "iceos: components that no manifest lists"


class Log:
    """The file that a whole run appends to, and what of it is of this run.

    Attributes:
        path: Its absolute path.
        start: The byte from which on it is of this run.
    """

    __slots__ = ("_folder", "_identity", "path", "start")

    def __init__(self, given: Path | None) -> None:
        """Begins the file anew that was asked for; else goes on with that of the environment, else makes one.

        Raises:
            IceError: `event-log-not-written`.
        """
        inherited = os.environ.get(recording.LOG_VARIABLE)
        self._folder = None if given or inherited else Path(tempfile.mkdtemp(prefix="iceos-"))
        self.path = given or (self._folder / "events.jsonl" if self._folder else Path(str(inherited)))
        self.start = 0
        if given is None and self.path.exists():
            self.start = self.path.stat().st_size
        elif given is not None:
            _empty(given)
        recording.append(str(self.path), {"kind": "began", "pid": os.getpid()})
        self._identity = self._now()

    def refuse_exchange(self) -> None:
        """Refuses a log that is not the one that was begun.

        Raises:
            IceError: `event-log-damaged`.
        """
        if self._now() != self._identity:
            raise IceError(
                "event-log-damaged",
                f"the event log `{self.path}` was removed or exchanged during the run",
                where=Location(str(self.path)),
                note="What was registered is not known, so nothing counts as clean.",
                hints=("To keep it out of the reach of the tests, run `pytest --iceos-log FILE`",),
            )

    def remove(self) -> None:
        """Removes the file, unless somebody asked for it."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _now(self) -> tuple[int, int] | None:
        try:
            status = self.path.stat()
        except OSError:
            return None
        return status.st_dev, status.st_ino


def _empty(path: Path) -> None:
    try:
        path.write_bytes(b"")
    except OSError as error:
        raise recording.not_written(str(path), error.strerror) from error


class Report(Watch):
    """The hooks of the run that began the watch."""

    def __init__(self, log: Log, manifests: Sequence[Path], *, severity: Severity, folder: Path) -> None:
        self._path_before = recording.PROCESS.path
        self._before = {name: os.environ.get(name) for name in (recording.LOG_VARIABLE, WATCHED_VARIABLE)}
        os.environ.update({recording.LOG_VARIABLE: str(log.path), WATCHED_VARIABLE: str(os.getpid())})
        recording.PROCESS.failure = None
        super().__init__()
        self.log = log
        self.manifests = tuple(manifests)
        self.severity: Severity = severity
        self.folder = folder
        self.findings: tuple[Finding, ...] = ()

    @property
    def fails(self) -> bool:
        """Whether something that was found is an error."""
        return any(finding.severity == "error" for finding in self.findings)

    def pytest_report_header(self) -> str:
        """One line: that the run is watched, and against what."""
        names = ", ".join(shown(str(path), self.folder) for path in self.manifests) or "no manifest"
        return f"iceos: components that {names} does not list: {self.severity}"

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Judges the log; a run that is green otherwise fails when something is an error."""
        self.findings = self._judged()
        if self.fails and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        if self.findings and not session.config.pluginmanager.has_plugin("terminalreporter"):
            sys.stderr.write("\n".join(map(finding_text, self.findings)))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """A section of its own with each component once; nothing when all is well."""
        if not self.findings:
            return
        terminalreporter.section(_TITLE)
        terminalreporter.write("\n".join(map(finding_text, self.findings)))
        if os.environ.get("GITHUB_ACTIONS") == "true":
            workspace = Path(os.environ.get("GITHUB_WORKSPACE") or repository_folder(self.folder))
            terminalreporter.write(formatted(self.findings, form="github", root=workspace))
        if self.fails:
            # The last line counts tests, and is green.
            terminalreporter.write_line("error: these findings fail the run", red=True)

    def pytest_unconfigure(self) -> None:
        """Leaves the environment as it was, and no file that nobody asked for."""
        self.recorder.path = self._path_before
        for name, value in self._before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        self.log.remove()

    def _judged(self) -> tuple[Finding, ...]:
        try:
            if self.recorder.failure is not None:
                raise self.recorder.failure
            self.log.refuse_exchange()
            events = read_events(self.log.path, start=self.log.start)
            listing = ManifestListing.read(self.manifests, root=self.folder)
            if unlisted_findings(events, listing, root=self.folder):
                # What installed distributions list is looked up only when something is left to explain: it costs more.
                listing = ManifestListing.read(self.manifests, root=self.folder, search_path=sys.path)
            return unlisted_findings(events, listing, root=self.folder, severity=self.severity)
        except IceError as error:
            findings = error.findings or (error.finding,)
            for finding in findings:
                finding.severity = self.severity
            return findings


def begin(config: pytest.Config, manifests: Sequence[Path], *, mode: str) -> None:
    """Begins the watch of a run.

    Raises:
        pytest.UsageError: A manifest or the log cannot be used; no test has run.
    """
    given = config.known_args_namespace.iceos_log
    folder = config.invocation_params.dir
    try:
        ManifestListing.read(manifests, root=folder)
        log = Log(Path(os.path.abspath(folder / given)) if given else None)
        severity: Severity = "error" if mode == "error" else "warning"
        report = Report(log, manifests, severity=severity, folder=folder)
        for pattern in config.getini("iceos_allow"):
            reason = f"`iceos_allow` names `{pattern}`"
            recording.PROCESS.allow(reason, files=os.path.join(config.rootpath, pattern))
    except IceError as error:
        raise pytest.UsageError(finding_text(error.finding)) from error
    config.pluginmanager.register(report, "iceos-watch")
