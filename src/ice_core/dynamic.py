"""Registrations that no manifest lists: a prominent WARN, or an error under `--no-dynamic`.

Decorators announce what they mark. Until a registry is watched, an announcement is only recorded; from then on each
one, earlier ones included, is judged: listed at that very import target is fine, anything else is told with file, line
and the command that mends it. The state is one `DynamicWatch` a process, safe to use from threads. This module is on
the start path.
"""

from __future__ import annotations

from _thread import RLock

from ice_core import recording
from ice_core.errors import Finding, IceError, Location

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from typing import Final

    from ice_core.errors import Severity
    from ice_core.listing_port import Listing
    from ice_core.names import ComponentId, ImportTarget
    from ice_core.strict_json import JsonObject


class UnlistedComponentWarning(UserWarning):
    """A decorator registered a component that no manifest lists."""


class Announcement:
    """One decorated component, as its decorator saw it.

    Attributes:
        component: Its (node_type, name).
        target: Where its object lives; without an attribute for an instance whose module is still being imported.
        file, line: Where it is declared.
        describe: Gives `{"component": entry, "schemas": {...}}` as a manifest would hold them; called only when
            someone looks the component up.
    """

    __slots__ = ("_find_target", "_target", "component", "describe", "file", "line")

    def __init__(
        self,
        component: ComponentId,
        target: ImportTarget,
        file: str,
        line: int,
        describe: Callable[[], JsonObject],
        *,
        find_target: Callable[[], ImportTarget] | None = None,
    ) -> None:
        self.component = component
        self._target = target
        self._find_target = find_target
        self.file = file
        self.line = line
        self.describe = describe

    @property
    def target(self) -> ImportTarget:
        """See the class."""
        late = self._find_target is not None and not self._target.attribute
        return self._find_target() if late and self._find_target is not None else self._target

    def __repr__(self) -> str:
        return f"Announcement({str(self.component)!r}, {str(self.target)!r}, {self.file}:{self.line})"


class DynamicWatch:
    """The announcements of a process and the registry, if any, that they are held against."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._announced: dict[tuple[ComponentId, ImportTarget], Announcement] = {}
        self._unlisted: dict[tuple[ComponentId, ImportTarget], Announcement] = {}
        self._listing: Listing | None = None
        self._no_dynamic = False

    def announce(self, announcement: Announcement) -> None:
        """Records one component; judges it when a registry is watched.

        Raises:
            IceError: `component-not-in-manifest`, under `--no-dynamic`; nothing is recorded then.
        """
        key = (announcement.component, announcement.target)
        with self._lock:
            listing, no_dynamic = self._listing, self._no_dynamic
            unlisted = listing is not None and not _is_listed(announcement, listing)
            if not (unlisted and no_dynamic):
                self._announced[key] = announcement
                if unlisted:
                    self._unlisted[key] = announcement
        if listing is None or not unlisted:
            return
        if no_dynamic:
            raise IceError.of([_finding(announcement, listing, no_dynamic=True)])
        _warn(_finding(announcement, listing, no_dynamic=False))

    def watch(self, listing: Listing, *, no_dynamic: bool) -> None:
        """Holds every announcement, earlier ones included, against `listing`, which replaces the one watched so far.

        Raises:
            IceError: `component-not-in-manifest`, under `--no-dynamic`, with a finding for each unlisted component;
                what was watched stays watched.
        """
        with self._lock:
            unlisted = {key: item for key, item in self._announced.items() if not _is_listed(item, listing)}
            findings = [_finding(item, listing, no_dynamic=no_dynamic) for item in unlisted.values()]
            if findings and no_dynamic:
                raise IceError.of(findings)
            self._listing, self._no_dynamic, self._unlisted = listing, no_dynamic, unlisted
        for finding in sorted(findings, key=Finding.sort_key):
            _warn(finding)

    def announced(self) -> tuple[Announcement, ...]:
        """Everything recorded, in the order of first announcement."""
        with self._lock:
            return tuple(self._announced.values())

    def unlisted(self) -> tuple[Announcement, ...]:
        """What the watched registry does not list; empty while none is watched."""
        with self._lock:
            return tuple(self._unlisted.values())

    def reset(self) -> None:
        """Forgets every announcement and the watched registry."""
        with self._lock:
            self._announced, self._unlisted = {}, {}
            self._listing, self._no_dynamic = None, False

    def set_aside(self) -> WatchSetAside:
        """A block with a clean state inside; afterwards the state is as it was."""
        return WatchSetAside(self)


class WatchSetAside:
    """A `with` block inside which a watch knows of nothing."""

    __slots__ = ("_kept", "_watch")

    def __init__(self, watch: DynamicWatch) -> None:
        self._watch = watch

    def __enter__(self) -> None:
        watch = self._watch
        with watch._lock:
            self._kept = (watch._announced, watch._unlisted, watch._listing, watch._no_dynamic)
            watch.reset()

    def __exit__(self, *raised: object) -> None:
        watch = self._watch
        with watch._lock:
            watch._announced, watch._unlisted, watch._listing, watch._no_dynamic = self._kept


PROCESS: Final = DynamicWatch()


def announce(announcement: Announcement) -> None:
    """Records a component that a decorator marked, in the event log first; see `DynamicWatch.announce`.

    Raises:
        IceError: `event-log-not-written`, or `component-not-in-manifest` under `--no-dynamic`.
    """
    recording.PROCESS.registered(announcement.component, announcement.target, announcement.file, announcement.line)
    PROCESS.announce(announcement)


def announced() -> tuple[Announcement, ...]:
    """Every component that decorators marked in this process, in order."""
    return PROCESS.announced()


def unlisted() -> tuple[Announcement, ...]:
    """Those of them that the watched registry does not list."""
    return PROCESS.unlisted()


def watch(listing: Listing, *, no_dynamic: bool) -> None:
    """Holds this process's announcements against a registry; see `DynamicWatch.watch`."""
    PROCESS.watch(listing, no_dynamic=no_dynamic)


def forget() -> None:
    """Forgets the announcements and the watched registry of this process; for tests."""
    PROCESS.reset()


def near_names(name: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """At most three of `known` that look like `name`, nearest first."""
    import difflib

    return tuple(difflib.get_close_matches(name, known, n=3, cutoff=0.7))


def is_among(target: ImportTarget, listed: Collection[ImportTarget]) -> bool:
    """Whether manifests list a target; one whose attribute is not known yet is held to its module."""
    return target in listed or (not target.attribute and any(each.module == target.module for each in listed))


def _is_listed(announcement: Announcement, listing: Listing) -> bool:
    return is_among(announcement.target, listing.listed_targets(announcement.component))


def unlisted_finding(
    component: ComponentId,
    target: ImportTarget,
    where: Location,
    listing: Listing,
    *,
    severity: Severity,
    note: str,
    detail: Sequence[str] = (),
    hints: Sequence[str] = (),
) -> Finding:
    """The finding `component-not-in-manifest`: what was registered where, and how to list it.

    `detail` and `hints` are further lines of the one who judges.
    """
    elsewhere = sorted(str(listed) for listed in listing.listed_targets(component))
    message = f"`{component}` was registered by code, and no manifest lists it"
    if elsewhere:
        message = f"`{component}` was registered by code at `{target}`, which is not what manifests list"
    near = near_names(str(component), tuple(str(listed) for listed in listing.listed_ids() if listed != component))
    command = f"run `ice plugins export --output plugins.json` in the project that holds `{target.top_level}`"
    return Finding(
        "component-not-in-manifest",
        message,
        severity=severity,
        where=where,
        expected=", ".join(elsewhere) if elsewhere else None,
        found=str(target) if elsewhere else None,
        detail=(*source_lines(listing.sources), *detail),
        note=note,
        hints=(f"To list it, {command}", *hints, *(f"`{name}` is listed; did you mean that?" for name in near)),
        details={"component": str(component), "import": str(target)},
    )


def _finding(announcement: Announcement, listing: Listing, *, no_dynamic: bool) -> Finding:
    strict = "`--no-dynamic` runs only what a verified manifest lists."
    lax = "It runs for now; under `--no-dynamic` it is refused. Add it to the manifest."
    return unlisted_finding(
        announcement.component,
        announcement.target,
        Location(announcement.file, line=announcement.line),
        listing,
        severity="error" if no_dynamic else "warning",
        note=strict if no_dynamic else lax,
    )


def source_lines(sources: tuple[tuple[str, int], ...]) -> tuple[str, ...]:
    """The manifests read, one a line, for messages."""
    if not sources:
        return ("No manifest was read.",)
    width = max(len(label) for label, _ in sources)
    counted = (
        f"  {label:<{width}}  {count:>4} {'component' if count == 1 else 'components'}" for label, count in sources
    )
    return ("Manifests read, in this order:", *counted)


def _warn(finding: Finding) -> None:
    import warnings

    lines = [f"WARN dynamic component: {finding.message}", *(f"  {line}" for line in finding.detail)]
    lines += [f"note: {finding.note}", *(f"hint: {hint}" for hint in finding.hints)]
    place = finding.where or Location("unknown")
    warnings.warn_explicit("\n".join(lines), UnlistedComponentWarning, place.file, place.line or 1)
