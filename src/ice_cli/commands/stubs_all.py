"""`ice plugins stubs --all`: the stubs of every package of a monorepo that says where its own lie."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ice_cli import output
from ice_cli.commands.plugins_stubs import compare_stubs, stubs_of
from ice_core.errors import Finding, IceError
from ice_core.home import write_atomically
from ice_core.strict_json import JsonValue
from ice_sdk.finding_places import placed
from ice_sdk.project import read_project
from ice_sdk.workspace import read_workspace
from ice_sdk.workspace_export import committed_manifest


@dataclass(frozen=True, kw_only=True, slots=True)
class _Member:
    folder: Path
    manifest: Path
    file: Path
    data: bytes
    components: int


def stubs_all(root: Path, *, check: bool, as_json: bool) -> None:
    """Writes the stubs of a workspace's packages, or compares them; all of them or none.

    Raises:
        IceError: `usage` where no package says `stubs`, `stubs-stale`, or what reading the manifests refuses, of all
            packages at once; nothing was written then.
    """
    members: list[_Member] = []
    without: list[Path] = []
    faults: list[Finding] = []
    for folder in read_workspace(root).members:
        try:
            member = _member(folder)
            if member is not None and check:
                compare_stubs(member.data, member.manifest, member.file)
        except IceError as error:
            faults += [placed(folder, finding) for finding in error.findings or (error.finding,)]
            continue
        members += [member] if member is not None else []
        without += [folder] if member is None else []
    if faults:
        raise IceError.of(faults)
    if not members:
        raise output.usage_error(
            "no package of the workspace says where its stubs lie",
            hints=('Write `stubs = "src/acme_csv/stubs.py"` under `[tool.iceos]` of a package',),
        )
    for member in members:
        if not check:
            write_atomically(member.file, member.data)
    _tell(members, without, check=check, as_json=as_json)


def _tell(members: Sequence[_Member], without: Sequence[Path], *, check: bool, as_json: bool) -> None:
    if as_json:
        rows: list[JsonValue] = [
            {"manifest": str(each.manifest), "file": str(each.file), "components": each.components} for each in members
        ]
        output.data({"packages": rows, "without_stubs": [str(folder) for folder in without]})
        return
    for member in members:
        types = f"the types of {output.counted(member.components, 'component')}."
        output.say(output.shown(f"{member.file} holds {types}" if check else f"Wrote {member.file}: {types}"))
    if without:
        names = ", ".join(str(folder) for folder in without)
        output.say(output.shown(f"note: {names} says no `stubs` under `[tool.iceos]`; nothing is written there."))


def _member(folder: Path) -> _Member | None:
    file = read_project(folder).stubs
    manifest = committed_manifest(folder) if file is not None else None
    if file is None or manifest is None:
        return None
    data, components = stubs_of(manifest)
    return _Member(folder=folder, manifest=manifest, file=file, data=data, components=components)
