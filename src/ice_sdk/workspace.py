"""The packages of a monorepo: the folders below its root that are projects, as its pyproject.toml names them.

`[tool.iceos] packages` says which hold components; without it `[tool.uv.workspace] members` and `exclude` do, as uv
reads them: globs of folders, the root itself where it has a `[project]`, hidden folders and what is left over of a
package passed over, and so is a member with `[tool.uv] managed = false`. A member is always inside the root.
"""

import fnmatch
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from ice_core.errors import Finding, IceError, Location
from ice_core.strict_json import printable
from ice_sdk.project import pyproject_tables

OWN: Final = "tool.iceos.packages"
UV: Final = "tool.uv.workspace"
_GLOB: Final = re.compile(r"[*?\[]")
_LEFT_OVER: Final = frozenset(("__pycache__", "node_modules"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Workspace:
    """A monorepo.

    Attributes:
        root: The folder of its pyproject.toml.
        named_by: What names its packages: `tool.iceos.packages` or `tool.uv.workspace`.
        members: The folders of its packages, below `root`, sorted.
        unknown_to_uv: Those of them that uv's own workspace, where there is one, does not have.
    """

    root: Path
    named_by: str
    members: tuple[Path, ...]
    unknown_to_uv: tuple[Path, ...] = ()


def read_workspace(root: Path) -> Workspace:
    """The workspace whose pyproject.toml lies in `root`.

    Raises:
        IceError: `workspace-missing`, `workspace-invalid` with all that is wrong, or `project-invalid`.
    """
    file = root / "pyproject.toml"
    if not file.is_file():
        raise _missing(root)
    tables = pyproject_tables(file)
    own, uv = _step(tables, "tool", "iceos", "packages"), _step(tables, "tool", "uv", "workspace")
    if own is None and uv is None:
        raise _missing(root)
    findings: list[Finding] = []
    of_uv = _of_uv(root, uv, has_project=isinstance(tables.get("project"), dict), findings=findings) if uv else []
    members, named = of_uv, frozenset[Path]()
    if own is not None:
        # What uv makes of its own table is uv's to say.
        findings = []
        patterns = _texts(root, own, OWN, findings)
        named = frozenset(root / os.path.normpath(pattern) for pattern in patterns)
        members = _of_patterns(root, patterns, OWN, findings)
    members = _projects(root, members, named=named, named_by=OWN if own is not None else UV, findings=findings)
    if not members and not findings:
        findings.append(_fault(root, OWN if own is not None else UV, "names no package", "at least one folder"))
    if findings:
        raise IceError.of(findings)
    unknown = [each for each in members if own is not None and uv is not None and each not in of_uv]
    return Workspace(
        root=root, named_by=OWN if own is not None else UV, members=tuple(members), unknown_to_uv=tuple(unknown)
    )


def _step(tables: dict[str, object], *steps: str) -> object:
    value: object = tables
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _of_uv(root: Path, table: object, *, has_project: bool, findings: list[Finding]) -> list[Path]:
    rows = table if isinstance(table, dict) else {}
    found = _of_patterns(root, _texts(root, rows.get("members", []), f"{UV}.members", findings), UV, findings)
    excluded = _texts(root, rows.get("exclude", []), f"{UV}.exclude", findings)
    kept = [each for each in found if not any(_excludes(pattern, each.relative_to(root)) for pattern in excluded)]
    # uv's root is a member of its own workspace, unless it is only a frame.
    return sorted({*kept, root} if has_project else {*kept})


def _texts(root: Path, value: object, member: str, findings: list[Finding]) -> list[str]:
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return value
    findings.append(_fault(root, member, f"is {value!r}", 'a list of folders, as in ["packages/*"]'))
    return []


def _of_patterns(root: Path, patterns: list[str], named_by: str, findings: list[Finding]) -> list[Path]:
    folders: dict[Path, None] = {}
    for pattern in patterns:
        fault = _pattern_fault(pattern)
        if fault is not None:
            findings.append(_fault(root, named_by, f"names `{printable(pattern)}`, which {fault}", "a folder below it"))
            continue
        matched = sorted(path for path in _matches(root, pattern) if path.is_dir())
        if not matched and named_by == OWN:
            said = f"names `{printable(pattern)}`, and no folder is called so"
            findings.append(_fault(root, named_by, said, "folders that are there"))
        folders.update(dict.fromkeys(matched))
    return sorted(folders)


def _pattern_fault(pattern: str) -> str | None:
    if not pattern.strip() or "\0" in pattern:
        return "is no folder"
    if PurePosixPath(pattern).is_absolute():
        return "is absolute"
    if os.path.normpath(pattern).split("/")[0] == "..":
        return "leads out of the root"
    if any("**" in step and step != "**" for step in pattern.split("/")):
        return "has `**` beside other characters"
    return None


def _matches(root: Path, pattern: str) -> Iterator[Path]:
    normal = os.path.normpath(pattern)
    if normal == "." or not _GLOB.search(normal):
        yield root / normal
    else:
        yield from root.glob(normal)


def _excludes(pattern: str, folder: Path) -> bool:
    # uv matches the whole path, so that `*` goes through `/`, and `**/` may stand for nothing.
    normal = os.path.normpath(pattern)
    parts = [fnmatch.translate(part).removeprefix("(?s:")[:-3] for part in normal.split("**/")]
    return re.fullmatch("(?s:" + "(?:.*/)?".join(parts) + ")", folder.as_posix()) is not None


def _projects(
    root: Path, folders: list[Path], *, named: frozenset[Path], named_by: str, findings: list[Finding]
) -> list[Path]:
    real, kept = root.resolve(), dict[Path, Path]()
    for folder in folders:
        target = folder.resolve()
        if not target.is_relative_to(real):
            said = f"names `{_below(root, folder)}`, a link to a folder outside of the root"
            findings.append(_fault(root, named_by, said, "folders whose files lie below the root, links followed"))
        elif (folder / "pyproject.toml").is_file():
            if named_by == OWN or _is_managed(folder, findings):
                kept.setdefault(target, folder)
        elif folder in named or not (folder.name.startswith(".") or _is_left_over(folder)):
            said = f"names `{_below(root, folder)}`, which has no pyproject.toml"
            findings.append(_fault(root, named_by, said, "a project in each folder"))
    return sorted(kept.values())


def _is_managed(folder: Path, findings: list[Finding]) -> bool:
    try:
        return _step(pyproject_tables(folder / "pyproject.toml"), "tool", "uv", "managed") is not False
    except IceError as error:
        findings.append(error.finding)
        return False


def _is_left_over(folder: Path) -> bool:
    for _, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".") and name not in _LEFT_OVER]
        if any(not name.startswith(".") for name in files):
            return False
    return True


def _below(root: Path, folder: Path) -> str:
    return printable(folder.relative_to(root).as_posix())


def _fault(root: Path, member: str, said: str, expected: str) -> Finding:
    file = root / "pyproject.toml"
    return Finding(
        "workspace-invalid",
        f"`{member}` in `{file}` {said}",
        where=Location(str(file), path=member),
        expected=expected,
        hints=(f"Mend `{member}`; `packages` of `[tool.iceos]` names the packages with components where it is there",),
    )


def _missing(root: Path) -> IceError:
    here = root.resolve()
    above = next((folder for folder in here.parents if _names_packages(folder)), None)
    hints = (
        'Write `packages = ["packages/*"]` under `[tool.iceos]` in the pyproject.toml of the root',
        "To work on this project alone, leave out `--all`",
    )
    return IceError(
        "workspace-missing",
        f"`{root}` is no workspace: its pyproject.toml names no packages",
        where=Location(str(root / "pyproject.toml")),
        expected=f"`packages` in `[tool.iceos]`, or `[{UV}]`",
        found="neither" if (root / "pyproject.toml").is_file() else "no pyproject.toml",
        note="Nothing was written.",
        hints=(f"Add `--project {os.path.relpath(above)}`, which is one", *hints[1:]) if above is not None else hints,
    )


def _names_packages(folder: Path) -> bool:
    try:
        tables = pyproject_tables(folder / "pyproject.toml")
    except IceError:
        return False
    return _step(tables, "tool", "iceos", "packages") is not None or _step(tables, *UV.split(".")) is not None
