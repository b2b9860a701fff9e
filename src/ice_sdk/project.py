"""What a project's pyproject.toml says about the distribution: its name, version and licence, and where its code lies.

`[project]` is read first (PEP 621, PEP 639), then what is missing from `[tool.poetry]`. `[tool.iceos] source` names the
folder that holds the packages where it is neither `src` nor the project itself, `manifest` where the exported manifest
lies if not beside pyproject.toml, `stubs` where `ice plugins stubs --all` writes its module, and `manifest_schema` what
the manifest says as `$schema`: a URL, or a path from it to a copy of the schema. `packages` is for the root of a
monorepo: see `ice_sdk.workspace`.
"""

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression
from packaging.version import InvalidVersion, Version

from ice_core.errors import IceError, Location
from ice_core.home import read_regular_file
from ice_core.names import SemVer

MAX_BYTES: Final = 1024 * 1024
MANIFEST_NAME: Final = "plugins.json"
_NAME: Final = re.compile(r"[a-z0-9]|[a-z0-9][a-z0-9._-]*[a-z0-9]", re.ASCII | re.IGNORECASE)
_JOINTS: Final = re.compile(r"[-_.]+")
# What `[tool.iceos]` may hold; some of it is read elsewhere.
_MEMBERS: Final = frozenset(
    ("lint", "manifest", "manifest_schema", "no_dynamic", "packages", "source", "stubs", "trusted_keys")
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Project:
    """One distribution that holds components.

    Attributes:
        root: The folder of its pyproject.toml.
        source: The folder that its top-level packages lie in.
        manifest: The file that its manifest is exported to.
        name: Its name, normalised (PEP 503).
        version: Its version, normalised (PEP 440).
        license: Its SPDX expression, if it gives one.
        stubs: The module that its stubs are written to, if it says so.
        manifest_schema: Where an editor finds the schema of the manifest, if it says so.
        extras: The tables of its extras, as they are written; `optional_dependencies.read_extras` reads them.
    """

    root: Path
    source: Path
    manifest: Path
    name: str
    version: str
    license: str | None
    stubs: Path | None = None
    manifest_schema: str | None = None
    extras: tuple[object, ...] = ()

    @property
    def component_version(self) -> SemVer | None:
        """What a component has that was given no version: that of the distribution, if it is a semantic one."""
        return _semantic(self.version)


def read_project(root: Path) -> Project:
    """The project whose pyproject.toml lies in `root`.

    Raises:
        IceError: `project-invalid`, naming the member.
    """
    path = root / "pyproject.toml"
    tables = pyproject_tables(path)
    project, poetry = _table(tables, "project"), _table(tables, "tool", "poetry")
    name = project.get("name", poetry.get("name"))
    version = project.get("version", poetry.get("version"))
    if not isinstance(name, str):
        raise _invalid(path, "project.name", "the name of the distribution", _shown(name), 'name = "acme-csv"')
    if not isinstance(version, str):
        raise _invalid(
            path,
            "project.version",
            "the version of the distribution, written out and not computed when it is built",
            _shown(version),
            'version = "1.0.0"',
        )
    try:
        normal_version = str(Version(version))
    except InvalidVersion as error:
        raise _invalid(path, "project.version", "a version by PEP 440", version, 'version = "1.0.0"') from error
    if _NAME.fullmatch(name) is None:
        raise _invalid(path, "project.name", "a name by PEP 508", name, 'name = "acme-csv"')
    own = _table(tables, "tool", "iceos")
    _refuse_unknown(path, own)
    return Project(
        root=root,
        source=_source(root, path, own.get("source")),
        manifest=_manifest(root, path, own.get("manifest")),
        stubs=_inside(root, path, own.get("stubs"), "stubs", 'stubs = "src/acme_csv/stubs.py"'),
        # PEP 503, as `packaging.utils` has it, which loads what reading tags of wheels needs.
        name=_JOINTS.sub("-", name).lower(),
        version=normal_version,
        license=_license(path, project.get("license", poetry.get("license"))),
        manifest_schema=_manifest_schema(path, own.get("manifest_schema")),
        extras=(project.get("optional-dependencies"), poetry.get("extras")),
    )


def manifest_of_project(root: Path) -> Path:
    """Where the manifest of the project in `root` lies; beside its pyproject.toml unless that says otherwise.

    Raises:
        IceError: `project-invalid`, for a pyproject.toml that is there and cannot be used for that.
    """
    path = root / "pyproject.toml"
    if not path.is_file():
        return root / MANIFEST_NAME
    return _manifest(root, path, _table(pyproject_tables(path), "tool", "iceos").get("manifest"))


def _refuse_unknown(path: Path, own: Mapping[str, object]) -> None:
    # What nobody reads would do nothing without a word.
    for member in sorted(own.keys() - _MEMBERS):
        near = difflib.get_close_matches(member, _MEMBERS, n=1)
        raise IceError(
            "project-invalid",
            f"`[tool.iceos]` in `{path}` has no member `{member}`",
            where=Location(str(path), path=f"tool.iceos.{member}"),
            expected=", ".join(sorted(_MEMBERS)),
            found=member,
            hints=(f"Did you mean `{near[0]}`?",) if near else (f"Take `{member}` out",),
        )


def version_near(file: str) -> SemVer | None:
    """The version of the project around a source file, if there is one and it is semantic; for a first look only."""
    for folder in Path(file).parents:
        if folder.name in ("site-packages", "dist-packages"):
            # What is installed belongs to no project, wherever its environment lies.
            return None
        path = folder / "pyproject.toml"
        if path.is_file():
            try:
                return read_project(folder).component_version
            except IceError:
                return None
    return None


def _semantic(text: str) -> SemVer | None:
    try:
        return SemVer.parse(text)
    except IceError:
        return None


def pyproject_tables(path: Path) -> dict[str, object]:
    """What a pyproject.toml says.

    Raises:
        IceError: `project-invalid`, when there is none or it is not TOML.
    """
    if not path.is_file():
        raise IceError(
            "project-invalid",
            f"`{path.parent}` is not a project: it has no pyproject.toml",
            where=Location(str(path)),
            expected="a pyproject.toml with the name and version of the distribution",
            found="none",
            hints=("Run the command in the folder of your pyproject.toml, or name that folder",),
        )
    try:
        return tomllib.loads(read_regular_file(path, max_bytes=MAX_BYTES).decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise IceError(
            "project-invalid",
            f"`{path}` is not TOML",
            where=Location(str(path)),
            expected="a TOML document",
            found=str(error),
            hints=("Mend the place that is named",),
        ) from error


def _table(tables: dict[str, object], *steps: str) -> dict[str, object]:
    value: object = tables
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _source(root: Path, path: Path, configured: object) -> Path:
    if configured is None:
        return root / "src" if (root / "src").is_dir() else root
    if isinstance(configured, str):
        folder = (root / configured).resolve()
        if folder.is_dir() and folder.is_relative_to(root.resolve()):
            return root / configured
    raise _invalid(path, "tool.iceos.source", "a folder inside the project", _shown(configured), 'source = "src"')


def _manifest(root: Path, path: Path, configured: object) -> Path:
    line = 'manifest = "src/acme_csv/plugins.json"'
    return _inside(root, path, configured, "manifest", line) or root / MANIFEST_NAME


def _inside(root: Path, path: Path, configured: object, member: str, line: str) -> Path | None:
    """The file that a member names, of the kind that `line` shows; None where the member is not there."""
    if configured is None:
        return None
    suffix = Path(line.rpartition('"')[0]).suffix
    if isinstance(configured, str) and configured.isprintable() and Path(configured).suffix == suffix:
        # Through a link, too: nothing outside of the project is overwritten.
        inside = (root / configured).resolve().is_relative_to(root.resolve())
        if inside:
            return root / configured
    raise _invalid(path, f"tool.iceos.{member}", f"a {suffix} file inside the project", _shown(configured), line)


def _license(path: Path, given: object) -> str | None:
    # PEP 639 has an SPDX text. The older table may hold one under `text`; else it says nothing that can be compared.
    text = given.get("text") if isinstance(given, dict) else given
    if text is None:
        return None
    try:
        return str(canonicalize_license_expression(str(text)))
    except InvalidLicenseExpression as error:
        if isinstance(given, dict):
            return None
        raise _invalid(
            path, "project.license", "an SPDX expression (PEP 639)", _shown(given), 'license = "Apache-2.0"'
        ) from error


def _manifest_schema(path: Path, configured: object) -> str | None:
    if configured is None or (isinstance(configured, str) and configured.strip() and configured.isprintable()):
        return configured
    line = 'manifest_schema = "./schemas/plugins.v0.schema.json"'
    raise _invalid(path, "tool.iceos.manifest_schema", "a URL, or a path from the manifest", _shown(configured), line)


def _shown(value: object) -> str:
    return "nothing" if value is None else repr(value)


def _invalid(path: Path, member: str, expected: str, found: str, line: str) -> IceError:
    table, _, name = member.rpartition(".")
    return IceError(
        "project-invalid",
        f"`{name}` of `[{table}]` in `{path}` cannot be used",
        where=Location(str(path), path=member),
        expected=expected,
        found=found,
        hints=(f"Write `{line}` under `[{table}]`",),
    )
