"""Whether a manifest that was written still describes the code."""

from collections.abc import Mapping
from pathlib import Path

from ice_core.home import read_regular_file
from ice_core.models.plugins import parse_manifest
from ice_core.strict_json import MAX_BYTES, parse_json
from ice_sdk.autodiscover import IMPORT_SECONDS
from ice_sdk.difference import drift, manifest_difference
from ice_sdk.export import Exported, export_command, export_manifest


def check_manifest(
    project: Path,
    manifest: Path,
    *,
    environ: Mapping[str, str] | None = None,
    seconds: float = IMPORT_SECONDS,
) -> Exported:
    """The project's export, when the manifest in a file still describes the code; nothing is written.

    Raises:
        IceError: `manifest-drift` with each difference, what `export_manifest` raises, or what reading the file raises.
    """
    old = parse_json(read_regular_file(manifest, max_bytes=MAX_BYTES), where=str(manifest))
    parse_manifest(old, where=str(manifest))
    exported = export_manifest(project, output=manifest, environ=environ, seconds=seconds)
    changes = manifest_difference(old, exported.value, discovery=exported.discovery)
    if changes:
        raise drift(str(manifest), changes, old, exported.value, command=export_command(project, manifest))
    return exported
