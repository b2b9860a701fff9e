"""What `ice doctor` says of the machine: versions, extras, programs, environment variables and the index."""

import difflib
import importlib.metadata
import platform
import shutil
import sys
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from packaging.requirements import InvalidRequirement, Requirement

from ice_cli.observations import Observation, Surroundings, good, note, problem, refused, warning
from ice_cli.options import INDEX_VARIABLE
from ice_cli.output import counted
from ice_client.index_location import open_index
from ice_client.programs import uv_program
from ice_core.errors import IceError
from ice_core.settings import no_dynamic_setting
from ice_core.version import VERSION

OLDER_VARIABLE: Final = "ICEOS_PLUGIN_MANIFESTS"
# What each extra is for; which packages it brings is read from the metadata of the installation.
EXTRAS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "client": "`ice publish`, `ice lock` and `ice install`",
        "author": "the type check of stubs and `--watch`",
        "audit": "`ice audit --sbom`",
        "vault": "`--signer hv:NAME`, a key that never leaves its Vault",
    }
)
# The variables that iceos reads, and whether the value may be shown.
VARIABLES: Final[Mapping[str, bool]] = MappingProxyType(
    {
        "ICEOS_EVENT_DURING": True,
        "ICEOS_EVENT_LOG": True,
        "ICEOS_EVENT_OWNER": True,
        "ICEOS_EXTRA_PLUGINS": True,
        "ICEOS_HOME": True,
        "ICEOS_INDEX": True,
        "ICEOS_ISOLATE": True,
        "ICEOS_KEY_PASSPHRASE": False,
        "ICEOS_NEW_KEY_PASSPHRASE": False,
        "ICEOS_NO_DYNAMIC": True,
        "ICEOS_PYTEST_DYNAMIC": True,
        "PYTHONPATH": True,
        "SOURCE_DATE_EPOCH": True,
    }
)


def versions(around: Surroundings) -> Iterator[Observation]:
    """Iceos and the Python that runs it."""
    yield good(f"iceos {VERSION}")
    yield good(f"Python {platform.python_version()}, {sys.executable}")
    try:
        installed = importlib.metadata.version("iceos")
    except importlib.metadata.PackageNotFoundError:
        return
    if installed != VERSION:
        yield warning(
            f"the installed metadata says iceos {installed}",
            mend="To install it anew, run `pip install --upgrade iceos`",
        )


def extras(around: Surroundings) -> Iterator[Observation]:
    """Which extras are whole, and what those that are not would give."""
    for name, purpose in EXTRAS.items():
        missing = [text for text in _requirements(name) if not _is_installed(text)]
        if not missing:
            yield good(f"extra `{name}` is installed: {purpose}")
        else:
            yield note(
                f"extra `{name}` is not whole ({', '.join(missing)} missing), which is for {purpose}",
                mend=f"To install it, run `pip install 'iceos[{name}]'`",
            )


def _requirements(extra: str) -> list[str]:
    try:
        lines = importlib.metadata.requires("iceos") or []
    except importlib.metadata.PackageNotFoundError:
        return []
    found = []
    for line in lines:
        requirement = Requirement(line)
        if requirement.marker is not None and requirement.marker.evaluate({"extra": extra}):
            requirement.marker = None
            found.append(str(requirement))
    return found


def _is_installed(text: str) -> bool:
    try:
        requirement = Requirement(text)
        return requirement.specifier.contains(importlib.metadata.version(requirement.name), prereleases=True)
    except (importlib.metadata.PackageNotFoundError, InvalidRequirement):
        return False


def programs(around: Surroundings) -> Iterator[Observation]:
    """What other programs iceos starts."""
    uv = uv_program()
    if uv is not None:
        yield good(f"uv, {uv}")
    else:
        yield note(
            "uv is not installed, so nothing can be locked, nor dependencies installed",
            mend="To install it, run `pip install 'iceos[client]'`",
        )
    git = shutil.which("git", path=around.environ.get("PATH"))
    if git is not None:
        yield good(f"git, {git}")
    else:
        yield note(
            "git is not on the path: `ice plugins export` to standard output cannot keep the committed `created`"
        )


def environment(around: Surroundings) -> Iterator[Observation]:
    """The variables that are set and matter, and those that look as if they were meant to."""
    try:
        no_dynamic = no_dynamic_setting(argument=None, environ=around.environ, project=around.folder)
        yield good(
            "only what verified manifests list may run" if no_dynamic else "unsigned code may run, with a warning"
        )
    except IceError as error:
        yield from refused(error)
    for name, shown in VARIABLES.items():
        value = around.environ.get(name)
        if value:
            yield good(f"{name}={value}" if shown else f"{name} is set; its value is not shown")
    if around.environ.get(OLDER_VARIABLE):
        yield warning(
            f"{OLDER_VARIABLE} is set, which older versions read",
            mend="To replace it, run `ice plugins migrate --check`",
        )
    for name in sorted(around.environ):
        if name.startswith("ICEOS_") and name != OLDER_VARIABLE and name not in VARIABLES:
            near = difflib.get_close_matches(name, VARIABLES, n=1)
            yield warning(
                f"{name} is set, and iceos reads no such variable",
                mend=f"Did you mean `{near[0]}`?" if near else f"To unset it, run `unset {name}`",
            )


def index(around: Surroundings) -> Iterator[Observation]:
    """The index that commands use unless they are told another; a folder is read, nothing is sent anywhere."""
    location = around.environ.get(INDEX_VARIABLE)
    if not location:
        yield note("no index is set, so each command is given one", mend=f"To set it once, set ${INDEX_VARIABLE}")
        return
    try:
        names = open_index(location).packages()
        yield good(f"{location}: {counted(len(names), 'package')}")
    except IceError as error:
        yield from refused(error)
    except OSError as error:
        yield problem(f"{location} cannot be read: {error.strerror}")
