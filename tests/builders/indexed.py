"""Home folders with a local index, for tests, and loads over them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from ice_core.home import Home
from ice_core.index import Index, index_path
from ice_core.index_renewal import synchronise
from ice_core.strict_json import JsonObject
from ice_core.unified_registry import Registry, load_plugins
from tests.builders.homes import NOW, WHEEL, install, make_home
from tests.builders.manifests import component, manifest, signed


def package(name: str, *components: JsonObject, version: str = "1.0.0") -> JsonObject:
    """A signed manifest with one wheel."""
    return signed(manifest(*components, name=name, version=version), [WHEEL])


def indexed_home(root: Path, *packages: JsonObject) -> Home:
    """A home folder with these installed, or one of three components, and the index of them."""
    home = make_home(root)
    for each in packages or (package("acme-csv", component("one"), component("two"), component("three")),):
        install(home, each)
    synchronise(home, now=NOW)
    return home


def load(home: Home, *paths: Path, no_dynamic: bool = False, now: datetime = NOW, **environ: str) -> Registry:
    """A load of the home folder with nothing of this machine."""
    return load_plugins(*paths, home=home.root, no_dynamic=no_dynamic, environ=environ, now=now, project=home.root)


def opened(home: Home) -> Index:
    """The index, which is there."""
    index = Index.open(home.place)
    assert index is not None
    return index


def index_file(home: Home) -> Path:
    """Where the index lies."""
    return Path(index_path(home.place))


@contextmanager
def unchanged_in_status(path: Path) -> Iterator[None]:
    """What is changed inside keeps its time of content: only what nobody can set tells of it."""
    status = path.stat()
    yield
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
