"""Settings that are read from the environment and from a project's pyproject.toml, each said in full or refused.

This module is on the start path: a pyproject.toml that cannot hold `[tool.iceos]` is told by its text, and only one
that can is parsed.
"""

from __future__ import annotations

import os

from ice_core.errors import IceError, Location
from ice_core.home import read_regular_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

    from ice_core.home import AnyPath

ISOLATE: Final = "ICEOS_ISOLATE"
NO_DYNAMIC: Final = "ICEOS_NO_DYNAMIC"
MAX_PROJECT_BYTES: Final = 4 * 1024 * 1024
_TABLE: Final = "iceos"
# What a key may not stand next to: the rest of a longer bare key, or what only follows a name in a requirement.
_PART_OF_A_KEY: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
_NEVER_BEHIND_A_KEY: Final = _PART_OF_A_KEY | frozenset("<>!~;[(@,")
_STRICT_HINT: Final = "To run only what manifests list, write `no_dynamic = true` under `[tool.iceos]`"
_KEYS_HINT: Final = "To see the fingerprints of the keys that are trusted here, run `ice keys list`"
_SAID: Final[Mapping[str, bool]] = {"1": True, "true": True, "0": False, "false": False}


def no_dynamic_setting(*, argument: bool | None, environ: Mapping[str, str], project: AnyPath | None) -> bool:
    """Whether only what verified manifests list may run.

    An argument decides. Without one, `$ICEOS_NO_DYNAMIC` or `[tool.iceos] no_dynamic = true` in `project`'s
    pyproject.toml turn it on, and neither turns off what the other turned on.

    Raises:
        IceError: `setting-invalid`.
    """
    from_environment = _environment_setting(environ)
    path = _project_file(project)
    from_project = path is not None and _project_setting(path)
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


def trusted_keys_setting(project: AnyPath | None) -> frozenset[str] | None:
    """The fingerprints of the keys whose manifests count in a project, if its pyproject.toml pins any.

    `[tool.iceos] trusted_keys` narrows what the key-store trusts and never adds to it; nothing in the environment can
    change it, so that another home folder brings no keys along.

    Raises:
        IceError: `setting-invalid`.
    """
    path = _project_file(project)
    value = _project_member(path, "trusted_keys", _KEYS_HINT) if path is not None else None
    if value is None or path is None:
        return None
    pins = value if isinstance(value, list) else []
    if not pins or any(not isinstance(each, str) or not _is_fingerprint(each) for each in pins):
        raise _project_refusal(
            path, "trusted_keys", "a list of one or more fingerprints, `sha256:` and 64 digits", repr(value), _KEYS_HINT
        )
    return frozenset(pins)


def _is_fingerprint(text: str) -> bool:
    from ice_core.canonical import Digest

    try:
        return str(Digest.parse(text)) == text
    except IceError:
        return False


def _project_file(folder: AnyPath | None) -> str | None:
    """The nearest pyproject.toml with a table `[tool.iceos]`: of the folder, or above it up to the one with `.git`."""
    place = os.path.abspath(folder) if folder is not None else ""
    while place:
        path = os.path.join(place, "pyproject.toml")
        # One that cannot be read is refused: whether it is strict cannot be known.
        if os.path.exists(path) and _project_member(path, None, _STRICT_HINT) is not None:
            return path
        above = os.path.dirname(place)
        if above == place or os.path.exists(os.path.join(place, ".git")):
            return None
        place = above
    return None


def _project_setting(path: str) -> bool:
    value = _project_member(path, "no_dynamic", _STRICT_HINT)
    if value is None:
        return False
    if not isinstance(value, bool):
        raise _project_refusal(path, "no_dynamic", "true or false", repr(value), _STRICT_HINT)
    return value


def may_have_table(text: str) -> bool:
    """Whether a TOML document may have a key `iceos`; one that says no has none, however the key would be written."""
    # In a quoted key, an escape can stand for any letter; a zero byte is a sign of another encoding.
    if any(escape in text for escape in ("\\u", "\\U", "\\x", "\0")):
        return True
    place = text.find(_TABLE)
    while place >= 0:
        end = place + len(_TABLE)
        if text[place - 1 : place] not in _PART_OF_A_KEY and text[end : end + 1] not in _NEVER_BEHIND_A_KEY:
            return True
        place = text.find(_TABLE, end)
    return False


def _project_member(path: str, name: str | None, hint: str) -> object:
    """A member of `[tool.iceos]`, or the table itself; TOML never gives None, so None says that it is not there."""
    try:
        text = read_regular_file(path, max_bytes=MAX_PROJECT_BYTES).decode("utf-8")
    except UnicodeDecodeError as error:
        raise _project_refusal(path, name, "a TOML document", str(error), hint) from error
    value = _parsed(path, text, name, hint) if may_have_table(text) else {}
    for step in ("tool", "iceos") if name is None else ("tool", "iceos", name):
        if not isinstance(value, dict):
            raise _project_refusal(path, name, f"a table that may hold `{step}`", repr(value), hint)
        if step not in value:
            return None
        value = value[step]
    return value


def _parsed(path: str, text: str, name: str | None, hint: str) -> object:
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _project_refusal(path, name, "a TOML document", str(error), hint) from error


def _project_refusal(path: str, name: str | None, expected: str, found: str, hint: str) -> IceError:
    return IceError(
        "setting-invalid",
        f"`[tool.iceos]{f' {name}' if name else ''}` of `{path}` cannot be read",
        where=Location(path, path=f"tool.iceos.{name}" if name else "tool.iceos"),
        expected=expected,
        found=found,
        hints=(hint,),
    )
