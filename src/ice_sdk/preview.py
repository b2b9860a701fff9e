"""A preview of the manifest while one edits: `.iceos/plugins.preview.json`, which git passes over.

The preview is what `ice plugins export` would write now. It is compared with the project's own `plugins.json`, which
stays as it is.
"""

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ice_core.errors import IceError, Location
from ice_core.home import read_regular_file, write_atomically, write_new
from ice_core.strict_json import MAX_BYTES, JsonObject, parse_json
from ice_sdk.autodiscover import discover
from ice_sdk.difference import Change, manifest_difference
from ice_sdk.export import Exported, manifest_of

FOLDER: Final = ".iceos"
PREVIEW_NAME: Final = "plugins.preview.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Preview:
    """A preview as it was written, and how it differs from the project's manifest."""

    file: Path
    exported: Exported
    changes: tuple[Change, ...]


def write_preview(project: Path) -> Preview:
    """Writes the preview of the project in a folder; a project without a manifest is compared with an empty one.

    Raises:
        IceError: What `discover` and `manifest_of` raise, `file-not-written`, or what reading the manifest raises.
    """
    folder = project / FOLDER
    file = folder / PREVIEW_NAME
    if folder.is_symlink():
        raise IceError(
            "file-not-written",
            f"`{file}` was not written: `{folder}` is a link",
            where=Location(str(folder)),
            expected="a folder of the project",
            found="a link",
            hints=(f"To take the link away, run `rm {folder}`",),
        )
    discovery = discover(project)
    manifest = discovery.project.manifest
    exported = manifest_of(discovery, output=manifest)
    changes = manifest_difference(_manifest(manifest, exported.value), exported.value, discovery=discovery)
    if changes:
        # Its `created` moves only when the preview itself does.
        exported = manifest_of(discovery, output=file)
    with contextlib.suppress(FileExistsError):
        write_new(folder / ".gitignore", b"*\n")
    write_atomically(file, exported.data)
    return Preview(file=file, exported=exported, changes=changes)


def _manifest(path: Path, new: JsonObject) -> JsonObject:
    if not path.exists():
        return {**{name: value for name, value in new.items() if name != "schemas"}, "components": []}
    return parse_json(read_regular_file(path, max_bytes=MAX_BYTES), where=str(path))
