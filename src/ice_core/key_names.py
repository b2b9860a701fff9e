"""The ids of the key-store, for a shell that completes them; who trusts a key reads it by `ice_core.key_store`."""

from __future__ import annotations

import os

from ice_core.errors import IceError
from ice_core.home import read_regular_file
from ice_core.strict_json import parse_json

MAX_KEY_FILE_BYTES = 16 * 1024


def key_names(folder: str) -> list[str]:
    """The ids in the key files of a folder, sorted; a file that is not named by the id in it is left out."""
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return []
    return [name[:-5] for name in names if name.endswith(".json") and _is_named_so(folder, name)]


def _is_named_so(folder: str, name: str) -> bool:
    path = os.path.join(folder, name)
    try:
        record = parse_json(read_regular_file(path, max_bytes=MAX_KEY_FILE_BYTES), where=path)
    except (IceError, OSError):
        return False
    return name == f"{record.get('public_key_id')}.json" and not name.startswith(".")
