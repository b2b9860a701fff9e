"""What a governance check is: a slug, a severity, and a pure function from verified bytes to findings."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ice_core.error_codes import ERROR_CODES
from ice_core.errors import Finding, Location, Severity
from ice_core.models.plugins import ComponentEntry, PluginsManifest
from ice_core.strict_json import JsonObject
from ice_core.wheels import PluginWheel


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """What is checked: one manifest, as model and as parsed value, and its wheels; all of it verified or parsed before.

    Attributes:
        manifest: The model of `value`.
        value: The parsed manifest.
        where: Its origin, for messages.
        wheels: The wheels that come with it.
    """

    manifest: PluginsManifest
    value: JsonObject
    where: str
    wheels: tuple[PluginWheel, ...] = ()

    def at(self, path: str) -> Location:
        """A place inside the manifest."""
        return Location(self.where, path=path)

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
