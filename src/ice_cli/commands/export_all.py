"""`ice plugins export --all`: the manifests of every package of a monorepo, in one run."""

from collections.abc import Sequence
from pathlib import Path

from ice_cli import output
from ice_cli.progress import Progress
from ice_cli.render import findings_text
from ice_core.canonical import manifest_digest
from ice_core.errors import Finding
from ice_core.home import read_regular_file, write_atomically
from ice_core.strict_json import MAX_BYTES, JsonObject
from ice_sdk.finding_places import placed
from ice_sdk.workspace import OWN, Workspace, read_workspace
from ice_sdk.workspace_export import MemberExport, export_workspace


def export_all(root: Path, *, check: bool, form: output.Form) -> None:
    """Writes the manifests of a workspace's packages, or compares them; tells what became of each.

    Raises:
        IceError: `workspace-missing`, `workspace-invalid`, `workspace-refused`; no manifest was written then.
    """
    workspace = read_workspace(root)
    with Progress("Reading the packages' components") as progress:
        members = export_workspace(workspace, check=check, progress=progress.tell)
    written = {member.folder: not check and _write(member) for member in members}
    warnings = warnings_of(members)
    if form == "json":
        output.data(
            {
                "workspace": str(root),
                "named_by": workspace.named_by,
                "packages": [
                    _row(member, written=written[member.folder], check=check)
                    for member in members
                    if not member.is_silent
                ],
                "without_components": [str(member.folder) for member in members if member.is_silent],
                "unknown_to_uv": [str(folder) for folder in workspace.unknown_to_uv],
            }
        )
        return
    if form != "full":
        output.findings(warnings, form=form, rules={"manifest-drift": "error", **{w.slug: "warning" for w in warnings}})
    elif warnings:
        output.say(findings_text(warnings))
    for member in members:
        if not member.is_silent:
            output.say(output.shown(_words(member, written=written[member.folder], check=check)))
    say_notes(workspace, [member.folder for member in members if member.is_silent])


def warnings_of(members: Sequence[MemberExport]) -> list[Finding]:
    """What was refused or not followed while the packages were read, told from the current folder."""
    return [placed(member.folder, warning) for member in members for warning in member.exported.discovery.warnings]


def say_notes(workspace: Workspace, without: Sequence[Path]) -> None:
    """What a person may not expect: packages without components, and packages that uv does not know."""
    if without:
        names = ", ".join(output.shown(str(folder)) for folder in without)
        output.say(f"note: no component is declared in {names}; no manifest is written there.")
    if workspace.unknown_to_uv:
        names = ", ".join(output.shown(str(folder)) for folder in workspace.unknown_to_uv)
        output.say(f"note: `{OWN}` names {names}, and uv's workspace does not.")


def _write(member: MemberExport) -> bool:
    if member.is_silent:
        return False
    data = member.exported.data
    if member.manifest.exists() and read_regular_file(member.manifest, max_bytes=MAX_BYTES) == data:
        return False
    write_atomically(member.manifest, data)
    return True


def _row(member: MemberExport, *, written: bool, check: bool) -> JsonObject:
    exported = member.exported
    row: JsonObject = {
        "folder": str(member.folder),
        "package": exported.value["package"],
        "components": [str(found.id) for found in exported.discovery.components],
        "manifest_digest": str(manifest_digest(exported.value)),
        "file": str(member.manifest),
        "network_refused_by": list(exported.discovery.network_refused_by),
        "warnings": [finding.to_json() for finding in exported.discovery.warnings],
    }
    return {**row, "drift": False} if check else {**row, "written": written}


def _words(member: MemberExport, *, written: bool, check: bool) -> str:
    count = output.counted(len(member.exported.discovery.components), "component")
    if check:
        return f"`{member.manifest}` describes its code: {count}."
    told = f"Wrote {member.manifest}" if written else f"{member.manifest} is as it was"
    return f"{told}: {count}, {manifest_digest(member.exported.value)}"
