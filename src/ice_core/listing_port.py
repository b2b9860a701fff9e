"""The port through which a watch of registrations, or a reader of an event log, asks what manifests list."""

from typing import Protocol

from ice_core.names import ComponentId, ImportTarget


class Listing(Protocol):
    """What a registry tells a watch."""

    @property
    def sources(self) -> tuple[tuple[str, int], ...]:
        """The manifests read, in order: label and number of components."""
        ...

    def listed_ids(self) -> tuple[ComponentId, ...]:
        """Every component that a manifest lists."""
        ...

    def listed_targets(self, component: ComponentId) -> frozenset[ImportTarget]:
        """The import targets under which manifests list this component; empty when none does."""
        ...
