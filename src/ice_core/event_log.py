"""Reads the event log of a test run, and judges what was registered against manifests.

Each line is one JSON object, in the order of the writes (`ice_core.recording` writes them):

- `{"kind": "began", "pid"}`: a run that is watched began;
- `{"kind": "registered", "component", "import", "file", "line", "pid", "during"}`: a decorator announced a component;
  `import` is `module:` for an instance, whose name its module has not bound yet;
- `{"kind": "allowed", "during" | "files", "reason"}`: the project allows what happens during this test, or what files
  that match this pattern declare, to be in no manifest.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from packaging.utils import canonicalize_name

from ice_core.dynamic import is_among, unlisted_finding
from ice_core.entry_point_manifests import read_entry_points
from ice_core.errors import Finding, IceError, Location, Severity
from ice_core.home import read_regular_file
from ice_core.listing_port import Listing
from ice_core.models.plugins import parse_manifest
from ice_core.names import ComponentId, ImportTarget
from ice_core.recording import WITHIN
from ice_core.strict_json import MAX_BYTES, JsonObject, parse_json

MAX_LOG_BYTES: Final = 256 * 1024 * 1024
_SHOWN_PLACES: Final = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One announcement of a component.

    Attributes:
        component: Its (node_type, name).
        target: Where its object lives.
        file, line: Where it is declared.
        pid: The process that registered it.
        during: The test or the collected module; empty when neither ran.
        allowed: Why it needs no manifest; None when nothing allows it.
    """

    component: ComponentId
    target: ImportTarget
    file: str
    line: int
    pid: int
    during: str
    allowed: str | None = None


class ManifestListing:
    """What the manifests of some files list, as `ice_core.dynamic.Listing`."""

    __slots__ = ("_targets", "sources")

    def __init__(self, manifests: Iterable[tuple[str, JsonObject]]) -> None:
        """A listing of parsed manifests, each with its label."""
        self._targets: dict[ComponentId, set[ImportTarget]] = {}
        sources = []
        for label, value in manifests:
            model = parse_manifest(value, where=label)
            sources.append((label, len(model.components)))
            for entry in model.components:
                self._targets.setdefault(entry.id, set()).add(ImportTarget.parse(entry.import_))
        self.sources: tuple[tuple[str, int], ...] = tuple(sources)

    @classmethod
    def read(cls, paths: Sequence[Path], *, root: Path, search_path: Sequence[str] = ()) -> "ManifestListing":
        """The listing of a project's manifest files, and of what installed distributions announce.

        Args:
            paths: The manifest files.
            root: The folder that their labels are relative to.
            search_path: Where installed distributions are looked for, as in `sys.path`. One that a file of `paths`
                describes does not count: an old installation must not vouch for what the committed file left out.

        Raises:
            IceError: `file-missing`, `json-syntax` and the like, or `manifest-invalid`.
        """
        found = [(shown(str(path), root), read_regular_file(path, max_bytes=MAX_BYTES)) for path in paths]
        own = [(label, parse_json(data, where=label)) for label, data in found]
        packages = {_package_name(value) for _, value in own}
        announced = read_entry_points(search_path).found if search_path else []
        installed = [(each.origin.label, parse_json(each.data, where=each.origin.label)) for each in announced]
        return cls([*own, *(pair for pair in installed if _package_name(pair[1]) not in packages)])

    def listed_ids(self) -> tuple[ComponentId, ...]:
        """Every component that is listed, sorted."""
        return tuple(sorted(self._targets))

    def listed_targets(self, component: ComponentId) -> frozenset[ImportTarget]:
        """The import targets under which the manifests list this component."""
        return frozenset(self._targets.get(component, ()))


def read_events(path: Path, *, start: int = 0) -> tuple[Event, ...]:
    """Every registration in the log, in order, with what allows it.

    Args:
        path: The log.
        start: The byte from which on it is read; what an earlier run wrote lies before.

    Raises:
        IceError: `file-missing`, `file-not-regular`, `file-too-large` or `event-log-damaged`.
    """
    data = read_regular_file(path, max_bytes=MAX_LOG_BYTES)
    lines = data[start:].split(b"\n")
    first = data[:start].count(b"\n") + 1
    if lines.pop():
        raise _damaged(path, first + len(lines), "a line without an end: a write was cut short")
    if not lines and not start:
        raise _damaged(path, 1, "nothing: no run began to write it")
    events: list[Event] = []
    rules: list[Callable[[Event], str | None]] = []
    for number, line in enumerate(lines, first):
        try:
            value = parse_json(line, where=f"{path}:{number}")
            if value.get("kind") == "allowed":
                rules.append(_rule(value))
            elif value.get("kind") != "began":
                events.append(_event(value))
        except (IceError, KeyError, TypeError) as error:
            raise _damaged(path, number, str(error)) from error
    return tuple(replace(event, allowed=_allowed(event, rules)) for event in events)


def unlisted_findings(
    events: Sequence[Event], listing: Listing, *, root: Path, severity: Severity = "error"
) -> tuple[Finding, ...]:
    """A finding `component-not-in-manifest` for each place that registered what `listing` does not list.

    Events that the log allows are passed over. Files are named relative to `root` where they lie below it.
    """
    grouped: dict[tuple[str, int, ComponentId, ImportTarget], list[Event]] = {}
    for event in events:
        if event.allowed is None and not is_among(event.target, listing.listed_targets(event.component)):
            grouped.setdefault((event.file, event.line, event.component, event.target), []).append(event)
    findings = [_finding(same, listing, root, severity) for same in grouped.values()]
    return tuple(sorted(findings, key=Finding.sort_key))


def shown(file: str, root: Path) -> str:
    """A file as it is named to a person who stands in `root`."""
    absolute = os.path.abspath(file) if os.path.isabs(file) else file
    return absolute.removeprefix(os.path.join(os.path.abspath(root), ""))


def _package_name(manifest: JsonObject) -> str | None:
    package = manifest.get("package")
    return canonicalize_name(str(package["name"])) if isinstance(package, dict) and "name" in package else None


def _finding(same: Sequence[Event], listing: Listing, root: Path, severity: Severity) -> Finding:
    event = same[0]
    places = list(dict.fromkeys(_place(each) for each in same))
    more = [f"  and {len(places) - _SHOWN_PLACES} more"] if len(places) > _SHOWN_PLACES else []
    finding = unlisted_finding(
        event.component,
        event.target,
        _where(event, root),
        listing,
        severity=severity,
        note="It runs for now; under `--no-dynamic` it is refused.",
        detail=("Registered during:", *(f"  {place}" for place in places[:_SHOWN_PLACES]), *more),
        hints=('To allow it in one test, mark that test `@pytest.mark.iceos_dynamic("why")`',),
    )
    finding.details["during"] = list(places)
    return finding


def _where(event: Event, root: Path) -> Location:
    # The log is whoever's; what lies outside the project is named, and no line of it is shown.
    file = shown(event.file, root)
    return Location(f"{file}:{event.line}") if os.path.isabs(file) else Location(file, line=event.line)


def _place(event: Event) -> str:
    return event.during or "no test: a conftest.py, a plugin, or a process that was given none"


def _event(value: JsonObject) -> Event:
    line, pid = value["line"], value["pid"]
    if value["kind"] != "registered" or type(line) is not int or line < 1 or type(pid) is not int:
        raise KeyError("not an event")
    return Event(
        component=ComponentId.parse(str(value["component"])),
        target=_target(str(value["import"])),
        file=str(value["file"]),
        line=line,
        pid=pid,
        during=str(value["during"]),
    )


def _target(text: str) -> ImportTarget:
    # The name that will hold an instance is not known when it is announced.
    if text.endswith(":"):
        return ImportTarget(ImportTarget.parse(f"{text}unknown").module, "")
    return ImportTarget.parse(text)


def _rule(value: JsonObject) -> Callable[[Event], str | None]:
    during, files, reason = value["during"], value["files"], str(value["reason"])

    def allows(event: Event) -> str | None:
        if isinstance(during, str) and (event.during == during or event.during.startswith(during + WITHIN)):
            return reason
        if isinstance(files, str) and fnmatchcase(event.file, files):
            return reason
        return None

    return allows


def _allowed(event: Event, rules: Iterable[Callable[[Event], str | None]]) -> str | None:
    return next((reason for reason in (rule(event) for rule in rules) if reason is not None), None)


def _damaged(path: Path, line: int, found: str) -> IceError:
    return IceError(
        "event-log-damaged",
        f"`{path}` cannot be read as an event log",
        where=Location(str(path), line=line),
        expected='one JSON object a line, with `"kind"`: began, registered or allowed',
        found=found,
        note="What it should say is not known, so nothing that it records counts as clean.",
        hints=("To record anew, run `pytest --iceos-log FILE`",),
    )
