"""Reading many documents without Python's cyclic collector, which would walk through all of them again and again.

What a parser makes has no cycles, and is kept: each pass of the collector over it finds nothing, and its cost grows
with what was read before. At 1,000 manifests that is a third of the whole load.
"""

from __future__ import annotations

import gc


class CollectionPaused:
    """A `with` block in which no cycle is looked for, unless somebody else turns the collector on; may be nested."""

    __slots__ = ("_was_on",)

    def __enter__(self) -> None:
        self._was_on = gc.isenabled()
        gc.disable()

    def __exit__(self, *raised: object) -> None:
        if self._was_on:
            gc.enable()
