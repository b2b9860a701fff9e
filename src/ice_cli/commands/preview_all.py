"""`ice plugins preview --all`: the preview of each package of a monorepo that declares components."""

from collections.abc import Sequence
from pathlib import Path

from ice_core.errors import Finding, IceError
from ice_sdk.finding_places import placed
from ice_sdk.preview import Preview, write_preview
from ice_sdk.workspace import read_workspace
from ice_sdk.workspace_export import has_components


def previews(root: Path, *, all_packages: bool) -> tuple[Sequence[Preview], IceError | None]:
    """The previews of a project, or of the packages of its workspace, and what keeps others from having one.

    Raises:
        IceError: What `write_preview` raises of a single project; what `read_workspace` raises.
    """
    if not all_packages:
        return (write_preview(root),), None
    made: list[Preview] = []
    faults: list[Finding] = []
    for folder in read_workspace(root).members:
        try:
            if has_components(folder):
                made.append(write_preview(folder))
        except IceError as error:
            faults += [placed(folder, finding) for finding in error.findings or (error.finding,)]
    return made, IceError.of(faults) if faults else None
