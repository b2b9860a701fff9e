"""Settings that are read from the environment and from a project's pyproject.toml, each said in full or refused."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ice_core.errors import IceError, Location
from ice_core.home import read_regular_file

ISOLATE: Final = "ICEOS_ISOLATE"
NO_DYNAMIC: Final = "ICEOS_NO_DYNAMIC"
MAX_PROJECT_BYTES: Final = 4 * 1024 * 1024
_SAID: Final[Mapping[str, bool]] = {"1": True, "true": True, "0": False, "false": False}


def no_dynamic_setting(*, argument: bool | None, environ: Mapping[str, str], project: Path | None) -> bool:
    """Whether only what verified manifests list may run.

    An argument decides. Without one, `$ICEOS_NO_DYNAMIC` or `[tool.iceos] no_dynamic = true` in `project`'s
    pyproject.toml turn it on, and neither turns off what the other turned on.

    Raises:
        IceError: `setting-invalid`.
    """
    from_environment = _environment_setting(environ)
    from_project = project is not None and _project_setting(project / "pyproject.toml")
    return argument if argument is not None else from_environment or from_project


def isolate_setting(*, argument: bool | None, environ: Mapping[str, str]) -> bool:
    """Whether each call runs in a process of its own: an argument decides, else `$ICEOS_ISOLATE`.

    Raises:
        IceError: `setting-invalid`.
    """
    said = _said(ISOLATE, environ, hint=f"To run each call in a process of its own, set `{ISOLATE}=1`")
    return argument if argument is not None else said


def _environment_setting(environ: Mapping[str, str]) -> bool:
    return _said(NO_DYNAMIC, environ, hint=f"To run only what manifests list, set `{NO_DYNAMIC}=1`")


def _said(name: str, environ: Mapping[str, str], *, hint: str) -> bool:
    text = environ.get(name)
    if not text:
        return False
    if text.lower() not in _SAID:
        raise IceError(
            "setting-invalid",
            f"`{name}` is neither on nor off",
            where=Location(f"environment variable {name}"),
            expected="1, true, 0 or false",
            found=text,
            hints=(hint, f"To unset it, run `unset {name}`"),
        )
    return _SAID[text.lower()]


def _project_setting(path: Path) -> bool:
    if not path.exists():
        return False
    try:
        project = tomllib.loads(read_regular_file(path, max_bytes=MAX_PROJECT_BYTES).decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _project_refusal(path, "a TOML document", str(error)) from error
    value: object = project
    for step in ("tool", "iceos", "no_dynamic"):
        if not isinstance(value, dict):
            raise _project_refusal(path, f"a table that may hold `{step}`", repr(value))
        if step not in value:
            return False
        value = value[step]
    if not isinstance(value, bool):
        raise _project_refusal(path, "true or false", repr(value))
    return value


def _project_refusal(path: Path, expected: str, found: str) -> IceError:
    return IceError(
        "setting-invalid",
        f"`[tool.iceos] no_dynamic` of `{path}` cannot be read",
        where=Location(str(path), path="tool.iceos.no_dynamic"),
        expected=expected,
        found=found,
        hints=("To run only what manifests list, write `no_dynamic = true` under `[tool.iceos]`",),
    )
