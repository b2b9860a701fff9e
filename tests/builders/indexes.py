"""Folders of real bundles for tests, and the clock and keys that go with them."""

import functools
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ice_client.folder_index import FolderIndex
from ice_client.lock import make_lock
from ice_core.strict_json import JsonValue
from tests.builders.keys import KEY_ID, key_store
from tests.builders.manifests import component, manifest
from tests.builders.wheels import escaped, plugin_bundle

NOW = datetime(2026, 10, 2, 12, tzinfo=UTC)
LATER = datetime(2026, 11, 3, 12, tzinfo=UTC)


def bundle_of(
    name: str = "acme-csv",
    version: str = "1.2.3",
    *,
    tool: str = "csv_reader",
    requires: Sequence[str] = ("iceos",),
    key: Ed25519PrivateKey | None = None,
    public_key_id: str = KEY_ID,
    **members: JsonValue,
) -> bytes:
    """A signed bundle of a package with one tool; further members go into the tool's entry."""
    package = escaped(name)
    entry = component(tool, f"{package}.tools:read", version=version) | members
    return plugin_bundle(
        name,
        version,
        files={f"{package}/__init__.py": "", f"{package}/tools.py": "def read(text):\n    return [text]\n"},
        manifest=manifest(entry, name=name, version=version),
        key=key,
        public_key_id=public_key_id,
        requires_dist=requires,
    )


def index_at(folder: Path, bundles: dict[tuple[str, str], bytes]) -> FolderIndex:
    """A folder index with these bundles."""
    index = FolderIndex(folder)
    for (name, version), data in bundles.items():
        index.upload(name, version, data)
    return index


def small_index(folder: Path) -> FolderIndex:
    """`acme-csv` 1.2.3 and 1.3.0, and `acme-rank` 0.1.0, which needs it."""
    return index_at(
        folder,
        {
            ("acme-csv", "1.2.3"): bundle_of(),
            ("acme-csv", "1.3.0"): bundle_of(version="1.3.0"),
            ("acme-rank", "0.1.0"): bundle_of("acme-rank", "0.1.0", tool="rank", requires=("iceos>=1", "acme-csv>=1")),
        },
    )


@functools.cache
def small_lock(*requirements: str) -> bytes:
    """The lock of `small_index` for these requirements: the same bytes wherever the index lies, so made only once."""
    with tempfile.TemporaryDirectory() as folder:
        return make_lock(requirements, small_index(Path(folder)), keys=key_store(), now=NOW)
