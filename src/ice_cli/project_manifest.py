"""The committed manifest of a project, as commands that compare with it ask for it: there, and a file of its own."""

from pathlib import Path

from ice_cli.files import missing
from ice_core.errors import IceError, Location
from ice_sdk.export import export_command
from ice_sdk.project import MANIFEST_NAME, manifest_of_project, pyproject_tables


def existing_manifest(project: Path, named: Path | None = None) -> Path:
    """The manifest that is named, else that of the project.

    Raises:
        IceError: `project-invalid` where there is neither a project nor a manifest, `file-missing` with the command
            that writes it, or `file-not-regular` for a link, which is never followed.
    """
    manifest = named or manifest_of_project(project)
    if manifest.is_symlink():
        raise IceError(
            "file-not-regular",
            f"`{manifest}` is a link, and manifests are read without following links",
            where=Location(str(manifest)),
            expected="a file of its own",
            found=f"a link to {manifest.readlink()}",
            hints=(
                f"To write the file in place of the link, run `{export_command(project, manifest)}`",
                f"To keep it elsewhere, write `manifest` under `[tool.iceos]` in {project / 'pyproject.toml'}",
            ),
        )
    if not manifest.exists():
        if manifest == project / MANIFEST_NAME:
            # A folder without a project is not one export away from a manifest.
            pyproject_tables(project / "pyproject.toml")
        raise missing(manifest, hints=(f"To write it, run `{export_command(project, manifest)}`",))
    return manifest
