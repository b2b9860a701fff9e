"""The findings of one compilation: collected by path, each once, handed out with line and column in a stable order."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

from ice_core.document import Document, PathSteps
from ice_core.errors import Finding, IceError, Location, Severity
from ice_core.strict_json import JsonValue, printable


class Findings:
    """What is wrong with one document.

    A finding points into the document by path; its line and column are found here, and `details.length` is how much
    of the line to underline.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self._found: dict[tuple[str, str, str], Finding] = {}

    def add(
        self,
        slug: str,
        message: str,
        at: PathSteps,
        *,
        hints: Sequence[str],
        severity: Severity = "error",
        key: bool = False,
        within: tuple[str, int] | None = None,
        expected: str | None = None,
        found: str | None = None,
        detail: Sequence[str] = (),
        note: str | None = None,
        details: Mapping[str, JsonValue] | None = None,
    ) -> None:
        """One finding at a path; `key` and `within` are those of `Document.place`, `details` are for programs.

        Names out of the document and out of manifests are in these texts, so whatever is invisible is written out.
        """
        place = self._document.place(at, key=key, within=within)
        self._keep(
            Finding(
                slug,
                printable(message),
                where=place.where,
                severity=severity,
                expected=printable(expected) if expected is not None else None,
                found=printable(found) if found is not None else None,
                detail=[printable(line) for line in detail],
                note=printable(note) if note is not None else None,
                details={**(details or {}), "length": place.length},
                hints=[printable(hint) for hint in hints],
            )
        )

    def add_error(
        self, error: IceError, at: PathSteps, *, within: tuple[str, int] | None = None, hints: Sequence[str] = ()
    ) -> None:
        """What another part refused, at the path that made it refuse; `hints` come before its own."""
        raised = error.finding
        self.add(
            raised.slug,
            raised.message,
            at,
            within=within,
            hints=[*hints, *raised.hints],
            expected=raised.expected,
            found=raised.found,
            detail=raised.detail,
            note=raised.note,
        )

    def location(self, at: PathSteps) -> Location:
        """Where a path stands, for a message that mentions it."""
        return self._document.place(at).where

    def _keep(self, finding: Finding) -> None:
        self._found.setdefault((finding.slug, str(finding.where), finding.message), finding)

    def sorted(self) -> tuple[Finding, ...]:
        """All of them, by place, slug and message."""
        return tuple(sorted(self._found.values(), key=Finding.sort_key))

    def errors(self) -> tuple[Finding, ...]:
        """Those that bar, in the same order."""
        return tuple(finding for finding in self.sorted() if finding.severity == "error")

    @property
    def bar(self) -> bool:
        """Whether any of them is an error."""
        return any(finding.severity == "error" for finding in self._found.values())


def near(name: str, names: Iterable[str], *, count: int = 3) -> tuple[str, ...]:
    """Those of `names` that someone who wrote `name` may have meant, the nearest first."""
    known = sorted(set(names))
    same = [other for other in known if other.casefold() == name.casefold() and other != name]
    return tuple(dict.fromkeys([*same, *get_close_matches(name, known, n=count, cutoff=0.6)]))[:count]


def listed(names: Iterable[str], *, most: int = 12) -> str:
    """Names in backticks, joined; beyond `most` how many more there are."""
    shown = [f"`{name}`" for name in names]
    more = f" and {len(shown) - most} more" if len(shown) > most else ""
    return ", ".join(shown[:most]) + more
