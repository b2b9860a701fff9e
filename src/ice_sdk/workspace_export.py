"""2 EXPORT, for all packages of a monorepo: every manifest, or the faults of all packages and no manifest.

Packages are read one after the other, each in a child process of its own: what one of them does while it is imported
cannot reach the next.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ice_core.errors import Finding, IceError, Location
from ice_core.names import ComponentId
from ice_sdk.autodiscover import Found
from ice_sdk.drift import check_manifest
from ice_sdk.export import Exported, export_manifest
from ice_sdk.finding_places import from_here, placed
from ice_sdk.project import read_project
from ice_sdk.source_scan import scan
from ice_sdk.workspace import Workspace

EXPORT_ALL = "ice plugins export --all"


@dataclass(frozen=True, kw_only=True, slots=True)
class MemberExport:
    """One package: its folder, the file of its manifest, and what its code declares."""

    folder: Path
    manifest: Path
    exported: Exported

    @property
    def is_silent(self) -> bool:
        """Whether it declares no component and has no manifest that would have to say so."""
        return not self.exported.discovery.components and not self.manifest.exists()


def export_workspace(
    workspace: Workspace,
    *,
    check: bool = False,
    progress: Callable[[str], None] = lambda words: None,
) -> tuple[MemberExport, ...]:
    """The manifests of all packages; nothing is written.

    Args:
        workspace: The monorepo.
        check: Whether the manifests that are there have to describe the code.
        progress: Told which package is read next.

    Raises:
        IceError: `workspace-refused`, with the faults of all packages.
    """
    done: list[MemberExport] = []
    findings: list[Finding] = []
    for number, folder in enumerate(workspace.members, start=1):
        progress(f"reading {folder} ({number} of {len(workspace.members)})")
        try:
            done.append(_exported(folder, check=check))
        except IceError as error:
            findings += [placed(folder, finding) for finding in error.findings or (error.finding,)]
    findings += shared_findings(done)
    if findings:
        raise _refused(workspace, findings)
    return tuple(done)


def _exported(folder: Path, *, check: bool) -> MemberExport:
    # Read from here first, so that what is wrong with it is told from here.
    manifest = read_project(folder).manifest
    if check and manifest.exists():
        return MemberExport(folder=folder, manifest=manifest, exported=check_manifest(folder, manifest))
    exported = export_manifest(folder, output=manifest)
    if check and exported.discovery.components:
        raise _absent(manifest)
    return MemberExport(folder=folder, manifest=manifest, exported=exported)


def committed_manifest(folder: Path) -> Path | None:
    """The manifest that is there for a package; None where none is and none is needed. Nothing is imported.

    Raises:
        IceError: `file-missing` where the package declares components, or what reading the package raises.
    """
    project = read_project(folder)
    manifest = project.manifest
    if manifest.exists():
        return manifest
    if scan(project).candidates:
        raise _absent(manifest)
    return None


def has_components(folder: Path) -> bool:
    """Whether a package has a manifest or declares components; nothing is imported."""
    project = read_project(folder)
    return project.manifest.exists() or bool(scan(project).candidates)


def _absent(manifest: Path) -> IceError:
    return IceError(
        "file-missing",
        f"`{manifest}` does not exist, and its package declares components",
        where=Location(str(manifest)),
        hints=(f"To write it, run `{EXPORT_ALL}`",),
    )


def shared_findings(members: Sequence[MemberExport]) -> list[Finding]:
    """What two packages of one workspace both claim: a component, the name of a distribution, a manifest's file."""
    return [*_shared_components(members), *_shared_names(members)]


def _shared_components(members: Sequence[MemberExport]) -> list[Finding]:
    first: dict[ComponentId, tuple[MemberExport, Found]] = {}
    findings: list[Finding] = []
    for member in members:
        for found in member.exported.discovery.components:
            other, there = first.setdefault(found.id, (member, found))
            if other is member:
                continue
            places = [_place(other, there), _place(member, found)]
            findings.append(
                Finding(
                    "workspace-component-shared",
                    f"`{found.id}` is declared by `{_name(other)}` and by `{_name(member)}`",
                    where=places[1],
                    expected="each component in one package",
                    found=f"{places[0]} and {places[1]}",
                    note="Where both are installed, neither could be loaded.",
                    hints=(f'Give one of them another name, as in `@{found.id.node_type}("{found.id.name}_2")`',),
                    details={"component": str(found.id), "packages": [_name(other), _name(member)]},
                )
            )
    return findings


def _shared_names(members: Sequence[MemberExport]) -> list[Finding]:
    findings: list[Finding] = []
    claims: dict[str, Callable[[MemberExport], str]] = {"name": _name, "manifest": _manifest}
    for what, claim in claims.items():
        first: dict[str, MemberExport] = {}
        for member in members:
            other = first.setdefault(claim(member), member)
            if other is not member:
                file = from_here(member.folder, "pyproject.toml")
                findings.append(
                    Finding(
                        "workspace-invalid",
                        f"`{other.folder}` and `{member.folder}` have the same {what}",
                        where=Location(file, path="project.name" if what == "name" else "tool.iceos.manifest"),
                        found=claim(member),
                        hints=(f"Change it in `{file}`",),
                    )
                )
    return findings


def _place(member: MemberExport, found: Found) -> Location:
    return Location(from_here(member.folder, found.file), line=found.line)


def _name(member: MemberExport) -> str:
    return member.exported.discovery.project.name


def _manifest(member: MemberExport) -> str:
    return str(member.manifest.resolve())


def _refused(workspace: Workspace, findings: Sequence[Finding]) -> IceError:
    count = f"{len(findings)} {'fault' if len(findings) == 1 else 'faults'}"
    packages = f"{len(workspace.members)} {'package' if len(workspace.members) == 1 else 'packages'}"
    return IceError(
        "workspace-refused",
        f"{count} in the {packages} of `{workspace.root}`",
        where=Location(str(workspace.root / "pyproject.toml"), path=workspace.named_by),
        note="Nothing was written, of no package.",
        hints=("To leave out a package, name the others in `packages` of `[tool.iceos]`",),
        findings=findings,
    )
