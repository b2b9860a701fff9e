"""What a governance check is: a slug, a severity, and a pure function from verified bytes to findings."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ice_checks.source.tree import SourceTree
from ice_checks.source.uses import SourceUses
from ice_core.document import Document, PathSteps
from ice_core.error_codes import ERROR_CODES
from ice_core.errors import Finding, Location, Severity
from ice_core.json_places import json_document
from ice_core.models.plugins import ComponentEntry, PluginsManifest
from ice_core.names import ComponentId
from ice_core.strict_json import JsonObject
from ice_core.wheels import PluginWheel

_STEP = re.compile(r"\[([0-9]+)\]|([^.\[]+)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """What is checked: a manifest, its wheels and its sources; all of it verified or parsed before, nothing imported.

    Attributes:
        manifest: The model of `value`.
        value: The parsed manifest.
        where: Its origin, for messages.
        text: The manifest as it was written; findings then have line and column.
        wheels: The wheels that come with it.
        sources: The bytes of each `.py` file of the distribution, under its path in a wheel, as in `acme/csv.py`.
        source_folder: What stands before such a path in messages, as in `src/`.
        known_names: Components of others, which names are compared with, each with the distribution that holds it.
        tree: The modules of `sources`.
        uses: What their code uses, by component.
    """

    manifest: PluginsManifest
    value: JsonObject
    where: str
    text: str | None = None
    wheels: tuple[PluginWheel, ...] = ()
    sources: Mapping[str, bytes] = field(default_factory=dict)
    source_folder: str = ""
    known_names: Mapping[ComponentId, str] = field(default_factory=dict)
    tree: SourceTree = field(init=False, repr=False, compare=False)
    uses: SourceUses = field(init=False, repr=False, compare=False)
    _document: Document | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Each check reads the same modules; they are parsed once, and not before the first check that needs them."""
        tree = SourceTree(self.sources, folder=self.source_folder)
        document = json_document(self.where, self.text, self.value) if self.text is not None else None
        for name, value in (("tree", tree), ("uses", SourceUses(tree)), ("_document", document)):
            object.__setattr__(self, name, value)

    def at(self, path: str) -> Location:
        """A place inside the manifest."""
        if self._document is None:
            return Location(self.where, path=path)
        steps = _steps(path)
        if len(steps) > 1 and (len(steps) == 2 or steps not in self._document):
            # Of a component as a whole, and of what it lacks, the line of its name says more than its bracket.
            steps = (*steps[:2], "name")
        place = self._document.place(steps).where
        return Location(self.where, line=place.line, column=place.column, path=path)

    def entries(self) -> Iterator[tuple[str, ComponentEntry]]:
        """Each component with its path, as in `components[3]`."""
        for index, entry in enumerate(self.manifest.components):
            yield f"components[{index}]", entry


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One rule of governance.

    Attributes:
        slug: Its name in the table of errors; each of its findings carries it.
        severity: `error` bars a publication, `warning` does not.
        run: The findings of one subject, in any order; reads nothing but the subject.
    """

    slug: str
    severity: Severity
    run: Callable[[Subject], Iterable[Finding]]

    @property
    def meaning(self) -> str:
        """Why the rule exists, from the table of errors."""
        return ERROR_CODES[self.slug].meaning


def _steps(path: str) -> PathSteps:
    return tuple(int(index) if index else name for index, name in _STEP.findall(path))
