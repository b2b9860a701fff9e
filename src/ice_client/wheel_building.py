"""An author's project and its own build back end make a wheel."""

import os
import sysconfig
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

from ice_client.programs import ProgramFailed, run_build
from ice_core.archive_limits import LIMITS
from ice_core.errors import IceError, Location
from ice_core.home import read_regular_file

# The back ends' own default where they have one: what is built twice is then the same twice.
_EPOCH: Final = "1580601600"  # 2020-02-02

Isolation = Literal["isolated", "this-environment"]


def build_wheel(
    project: Path, *, isolation: Isolation = "isolated", environ: Mapping[str, str] | None = None
) -> tuple[str, bytes]:
    """The file name and bytes of the wheel that the project's own back end builds.

    Args:
        project: The folder with `pyproject.toml`.
        isolation: `isolated` installs what `build-system.requires` names into an environment of its own, which needs
            a package index; `this-environment` uses what is installed here.
        environ: The environment of the build; by default this process's, with `SOURCE_DATE_EPOCH` if it has none.

    Raises:
        IceError: `build-failed`, with the back end's last words, or `extra-missing`.
    """
    if not (project / "pyproject.toml").is_file():
        raise IceError(
            "build-failed",
            f"`{project}` is no project that can be built",
            where=Location(str(project / "pyproject.toml")),
            expected="a folder with a `pyproject.toml`",
            found="none",
            hints=(
                "Give the project's folder with `--project FOLDER`",
                "If the wheel is built already, give it with `--wheel FILE`",
            ),
        )
    variables = {"SOURCE_DATE_EPOCH": _EPOCH} | dict(os.environ if environ is None else environ)
    if isolation == "this-environment":
        # A back end may be a program, as uv_build is, and nobody has to have activated the environment it is in.
        variables["PATH"] = os.pathsep.join(filter(None, (sysconfig.get_path("scripts"), variables.get("PATH"))))
    with tempfile.TemporaryDirectory(prefix="iceos-build-") as name:
        folder = Path(name)
        arguments = ["--wheel", "--outdir", str(folder / "dist")]
        # uv is in the same extra as build, and makes the environment several times faster than pip.
        arguments += ["--no-isolation"] if isolation == "this-environment" else ["--installer", "uv"]
        try:
            run_build([*arguments, str(project.resolve())], folder=folder, environ=variables)
        except ProgramFailed as error:
            raise _failed(project, error, isolation) from error
        wheels = sorted((folder / "dist").glob("*.whl"))
        if len(wheels) != 1:
            raise _failed(project, ProgramFailed(f"{len(wheels)} wheels were made"), isolation)
        return wheels[0].name, read_regular_file(wheels[0], max_bytes=LIMITS.max_bytes)


def _failed(project: Path, error: ProgramFailed, isolation: Isolation) -> IceError:
    hints = [f"To see all that the build says, run `python -m build --wheel {project}`"]
    if isolation == "isolated":
        hints.append("Without a package index, install the back end here and run `ice publish --no-isolation`")
    return IceError(
        "build-failed",
        f"the wheel of `{project}` was not built",
        where=Location(str(project / "pyproject.toml")),
        detail=error.lines[-20:],
        note="Nothing was signed or uploaded.",
        hints=hints,
    )
