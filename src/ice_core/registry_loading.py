"""One load: from the local index where it tells of what is there now, with what was given beside it; else in full."""

from __future__ import annotations

import sys

from ice_core.index import IndexUnusable
from ice_core.registry_contents import IndexedContents, LoadedContents
from ice_core.registry_start import indexed_packages, is_silent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from ice_core.canonical import Digest
    from ice_core.home import Home
    from ice_core.indexed_packages import IndexedPackages
    from ice_core.registry_contents import Contents


class Load:
    """What `load_plugins` was asked for."""

    __slots__ = ("_allow_unsigned", "_environ", "_home", "_now", "_paths", "_pins", "_renewal", "_strict")

    def __init__(
        self,
        paths: Sequence[Path | str],
        *,
        home: Home,
        strict: bool,
        allow_unsigned: Sequence[Path],
        environ: Mapping[str, str],
        now: datetime | None,
        pins: frozenset[str] | None,
    ) -> None:
        """As the arguments of `load_plugins`, with the settings decided."""
        self._paths = paths
        self._home = home
        self._strict = strict
        self._allow_unsigned = allow_unsigned
        self._environ = environ
        self._now = now
        self._pins = pins
        self._renewal: Callable[[], None] | None = None

    def contents(self) -> Contents:
        """The contents, from the local index if it can be used.

        Raises:
            IceError: see `load_plugins`.
        """
        if not self._allow_unsigned:
            try:
                packages = indexed_packages(
                    self._home.place, strict=self._strict, pins=self._pins, now=self._microseconds()
                )
                if packages is not None:
                    return IndexedContents(packages, self._beside(packages))
            except IndexUnusable:
                pass
        return self.everything()

    def everything(self) -> LoadedContents:
        """The contents, every manifest read and verified; `renew_index` has something to write then.

        Raises:
            IceError: see `load_plugins`.
        """
        from functools import partial

        from ice_core.index_renewal import Renewal

        renewal = Renewal.begin(self._home)
        contents = self._loaded(sys.path, beside=None)
        if renewal is not None and self._pins is None:
            self._renewal = partial(renewal.finish, contents)
        return contents

    def renew_index(self) -> None:
        """Writes the index of what was read in full, if the home folder has had one; once."""
        renew, self._renewal = self._renewal, None
        if renew is not None:
            renew()

    def _beside(self, packages: IndexedPackages) -> LoadedContents | None:
        silent = is_silent(sys.path, packages.index.head["folders"])
        if silent and not self._paths and not self._environ.get("ICEOS_EXTRA_PLUGINS"):
            return None
        return self._loaded([] if silent else sys.path, beside=set() if silent else packages.vouched())

    def _loaded(self, search_path: Sequence[str], *, beside: set[Digest] | None) -> LoadedContents:
        from datetime import UTC, datetime
        from pathlib import Path

        from ice_core.manifest_loading import load_manifests

        loaded = load_manifests(
            [Path(path) for path in self._paths],
            home=self._home,
            strict=self._strict,
            allow_unsigned=self._allow_unsigned,
            environ=self._environ,
            now=self._now or datetime.now(UTC),
            search_path=search_path,
            pins=self._pins,
            beside=beside,
        )
        return LoadedContents(loaded)

    def _microseconds(self) -> int | None:
        if self._now is None:
            return None
        from ice_core.indexed_packages import microseconds

        return microseconds(self._now)
