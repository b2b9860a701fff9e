"""Runs `mypy --strict` over the stubs of a manifest, in a folder of their own and a process of its own."""

import os
import re
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Protocol

from ice_core.errors import Finding, IceError, Location
from ice_core.strict_json import JsonObject

MYPY_SECONDS: Final = 300.0
_FAULT: Final = re.compile(r"(?P<file>[^:]+):(?P<line>\d+)(?::(?P<column>\d+))?: error: (?P<words>.*)")


class StubWriter(Protocol):
    """What writes the stubs of a manifest into an empty folder, as `stub_writing.write_stubs`."""

    def __call__(self, manifest: JsonObject, folder: Path, *, where: str) -> None:
        """Writes them; `where` is the manifest's place."""
        ...


def check_stubs(manifest: JsonObject, *, where: str, write: StubWriter) -> tuple[Finding, ...]:
    """A finding for each fault that mypy tells of the stubs; none when they are clean.

    The configuration of the project and of the machine is not read: stubs are held against `--strict` as it is.

    Args:
        manifest: The manifest.
        where: Its place, for messages.
        write: What writes the stubs.

    Raises:
        IceError: `extra-missing`, or what `write` raises.
    """
    if find_spec("mypy") is None:
        raise _missing()
    with tempfile.TemporaryDirectory(prefix="iceos-stubs-") as name:
        folder = Path(name)
        write(manifest, folder, where=where)
        if not any(folder.iterdir()):
            # A manifest without a component; mypy would call an empty folder a mistake.
            return ()
        options = ["--strict", "--config-file=", f"--cache-dir={os.devnull}", "--no-error-summary", "--no-color-output"]
        # -P: no file of the folder is taken for the program.
        command = [sys.executable, "-P", "-m", "mypy", *options, "--show-column-numbers", "."]
        environment = {key: text for key, text in os.environ.items() if not key.startswith(("MYPY", "PYTHONPATH"))}
        try:
            done = subprocess.run(
                command, cwd=folder, env=environment, capture_output=True, check=False, timeout=MYPY_SECONDS
            )
        except subprocess.TimeoutExpired:
            return (_fault(where, f"mypy did not end within {MYPY_SECONDS:.0f} s"),)
    told = (done.stdout + done.stderr).decode("utf-8", "replace")
    found = tuple(_fault(where, match[0]) for match in map(_FAULT.fullmatch, told.splitlines()) if match)
    # Anything but 0 is a fault, also where no line of its words has the known form.
    return found or ((_fault(where, told.strip()),) if done.returncode else ())


def _fault(where: str, told: str) -> Finding:
    return Finding(
        "stubs-ill-typed",
        f"the stubs of `{where}` do not pass `mypy --strict`",
        where=Location(where),
        detail=told.splitlines(),
        hints=("To see them, run `ice plugins stubs`",),
        details={"mypy": told},
    )


def _missing() -> IceError:
    return IceError(
        "extra-missing",
        "`mypy` is needed to check the stubs, and it is not installed",
        note="A machine that only runs plans does not need it, so it comes with the extra `author`.",
        hints=("To install it, run `pip install 'iceos[author]'`",),
        details={"program": "mypy", "extra": "author"},
    )
