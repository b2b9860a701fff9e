"""What `ice new` writes: the files of a package or of one component, all of them or none.

The texts are `templates/*.txt`, filled in with `string.Template`. A package appears under its name only when it is
whole; the files of a component never replace anything.
"""

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from string import Template
from typing import Final, Literal, get_args

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

from ice_core.errors import IceError, Location
from ice_core.home import make_folder, write_new
from ice_core.names import NodeType
from ice_core.published_schemas import published_schema, schema_file_name
from ice_core.strict_json import printable
from ice_sdk.export import export_manifest
from ice_sdk.new_names import PackageNames, class_name
from ice_sdk.project import MANIFEST_NAME, read_project

Backend = Literal["hatchling", "setuptools", "uv_build"]
BACKENDS: Final[tuple[Backend, ...]] = get_args(Backend)
_SCHEMA: Final = f"schemas/{schema_file_name('plugins.v0')}"


@dataclass(frozen=True, kw_only=True, slots=True)
class NewFiles:
    """What was written: the folder of the project, and the files in it, sorted."""

    project: Path
    files: tuple[Path, ...]


def new_package(
    folder: Path, names: PackageNames, *, license_expression: str, backend: Backend = "hatchling"
) -> NewFiles:
    """Writes a package with one tool, its test and its manifest into `folder/DISTRIBUTION`.

    Args:
        folder: Where it is made.
        names: What it is called.
        license_expression: Its licence, an SPDX expression.
        backend: What builds its wheel.

    Raises:
        IceError: `license-invalid`, `new-file-exists`, `file-not-written`, or what exporting the manifest raises;
            nothing is there then.
    """
    license_text = _license(license_expression)
    target = folder / names.distribution
    if os.path.lexists(target):
        raise _exists(target)
    manifest = manifest_place(names, backend)
    contents = _package_contents(names, license_text, backend)
    try:
        make_folder(folder)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".ice-new-") as name:
            made = Path(name) / names.distribution
            for path, data in contents.items():
                write_new(made / path, data)
            write_new(made / manifest, export_manifest(made, output=made / manifest).data)
            made.rename(target)
    except OSError as error:
        raise _not_written(target, error) from error
    return NewFiles(project=target, files=tuple(sorted(map(Path, [*contents, manifest]))))


def new_component(project: Path, node_type: NodeType, name: str) -> NewFiles:
    """Adds a module with one component, and its test, to the package of a project.

    Raises:
        IceError: `project-invalid`, `new-file-exists` or `file-not-written`; nothing is written then.
    """
    package = _package_of(project)
    values = _values(name, package=package.name)
    contents = {
        package / f"{name}.py": _filled(f"{node_type}.py", values),
        project / "tests" / f"test_{name}.py": _filled(f"test_{node_type}.py", values),
    }
    write_all(contents)
    return NewFiles(project=project, files=tuple(sorted(path.relative_to(project) for path in contents)))


def write_all(contents: Mapping[Path, bytes]) -> None:
    """Writes new files, all of them or none.

    Raises:
        IceError: `new-file-exists` or `file-not-written`; what was written of the others is removed.
    """
    written: list[Path] = []
    try:
        for path, data in contents.items():
            write_new(path, data)
            written.append(path)
    except FileExistsError as error:
        _take_back(written)
        raise _exists(path) from error
    except IceError:
        _take_back(written)
        raise


def _take_back(written: Sequence[Path]) -> None:
    for path in written:
        path.unlink()


def manifest_place(names: PackageNames, backend: Backend) -> str:
    """Where a new package's manifest lies: what `backend` puts into a wheel by itself has to be inside the package."""
    return MANIFEST_NAME if backend == "hatchling" else f"src/{names.package}/{MANIFEST_NAME}"


def _package_contents(names: PackageNames, license_text: str, backend: Backend) -> dict[str, bytes]:
    manifest = manifest_place(names, backend)
    values = _values(names.tool, package=names.package)
    values |= {"distribution": names.distribution, "license": license_text, "manifest": manifest}
    values |= {
        "build_system": _filled(f"build_{backend}.toml", values).decode(),
        "build_settings": _filled(f"settings_{backend}.toml", values).decode(),
        # Beside pyproject.toml it needs no word.
        "manifest_setting": "" if manifest == MANIFEST_NAME else f'manifest = "{manifest}"\n',
        "test_setting": "" if manifest == MANIFEST_NAME else f'iceos_manifest = ["{manifest}"]\n',
        "manifest_schema": f"{'./' if manifest == MANIFEST_NAME else '../../'}{_SCHEMA}",
    }
    source = f"src/{names.package}"
    return {
        ".gitignore": _filled("gitignore", values),
        "Makefile": _filled("Makefile", values),
        "README.md": _filled("README.md", values),
        "pyproject.toml": _filled("pyproject.toml", values),
        _SCHEMA: published_schema("plugins.v0"),
        f"{source}/__init__.py": _filled("package.py", values),
        f"{source}/{names.tool}.py": _filled("tool.py", values),
        f"{source}/py.typed": b"",
        f"tests/test_{names.tool}.py": _filled("test_tool.py", values),
    }


def _values(name: str, *, package: str) -> dict[str, str]:
    return {"name": name, "package": package, "result": f"{class_name(name)}Result"}


def _filled(template: str, values: Mapping[str, str]) -> bytes:
    text = resources.files("ice_sdk").joinpath("templates", f"{template}.txt").read_text("utf-8")
    return Template(text).substitute(values).encode()


def _package_of(folder: Path) -> Path:
    project = read_project(folder)
    named = project.source / project.name.replace("-", "_")
    packages = sorted(path.parent for path in project.source.glob("*/__init__.py") if path.parent.name != "tests")
    if named in packages or len(packages) == 1:
        return named if named in packages else packages[0]
    raise IceError(
        "project-invalid",
        f"`{folder}` does not say which package a new component goes into",
        where=Location(str(project.source)),
        expected=f"a package `{named.name}`, or only one",
        found=", ".join(path.name for path in packages) or "none",
        note="Nothing was written.",
        hints=(f"To make the package, write a file `{named / '__init__.py'}`",),
    )


def _license(text: str) -> str:
    try:
        return str(canonicalize_license_expression(text))
    except InvalidLicenseExpression as error:
        raise IceError(
            "license-invalid",
            f"`{printable(text)}` is not an SPDX licence expression",
            expected="an SPDX expression, as in `Apache-2.0 OR MIT`, or `LicenseRef-NAME` for your own",
            found=printable(text),
            note="Nothing was written.",
            hints=("Add for example `--license MIT` or `--license LicenseRef-Proprietary`",),
        ) from error


def _not_written(path: Path, error: OSError) -> IceError:
    return IceError(
        "file-not-written",
        f"`{path}` could not be written",
        where=Location(str(path)),
        found=error.strerror or str(error),
        note="Nothing was written.",
        hints=(),
    )


def _exists(path: Path) -> IceError:
    return IceError(
        "new-file-exists",
        f"`{path}` is there already, and what is new replaces nothing",
        where=Location(str(path)),
        note="Nothing was written.",
        hints=("Choose another name, or remove it first",),
    )
