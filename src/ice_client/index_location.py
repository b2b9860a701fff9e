"""From what a person writes for an index (a folder's path, a marketplace's URL) to the index."""

import re
from pathlib import Path

from ice_client.folder_index import FolderIndex
from ice_client.index import BundleIndex
from ice_core.errors import IceError, Location

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")


def open_index(location: str | Path) -> BundleIndex:
    """The index at a folder's path; the folder need not be there yet.

    Raises:
        IceError: `index-unsupported` for a URL.
    """
    url = _URL.match(str(location))
    if url is None:
        return FolderIndex(Path(location).expanduser())
    raise IceError(
        "index-unsupported",
        f"`{location}` is a URL, and this version reads and writes folders of bundles only",
        where=Location(str(location)),
        expected="the path of a folder",
        found=f"a URL of scheme `{url[1]}`",
        note="The marketplace's server does not exist yet. Nothing was sent.",
        hints=("Give a folder, as in `--index ./bundles`; it may be a shared or a mounted one",),
    )
