"""Environments that are made for one run of the bench and thrown away after it; the project's own is never touched.

Pins and hashes come from requirements/; uv, which the project's environment holds, fetches and installs. iceos is
installed there as a user has it: from a wheel, with compiled modules, and no link back into the sources.
"""

import functools
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.measure import ROOT, CaseFailed
from ice_client.programs import uv_program

# Ends, and takes its folder along, with this process.
_FOLDER: Final = tempfile.TemporaryDirectory(prefix="ice-bench-environments-")


@functools.cache
def peers_python() -> str:
    """The interpreter of an environment with iceos and every peer (requirements/bench.txt), of this Python's version.

    The first call makes it; later ones give the same one.

    Raises:
        CaseFailed: It could not be made, for instance because no package index answers.
    """
    return _environment("peers", sys.executable, "bench")


def development_python(version: str) -> str:
    """The interpreter of an environment like the project's own (requirements/dev.txt), on another Python.

    Args:
        version: What uv finds an interpreter by: `3.13`, or a path.

    Raises:
        CaseFailed: There is no such interpreter, or the environment could not be made.
    """
    return _environment("development", version, "dev")


def _environment(name: str, version: str, kind: str) -> str:
    place = Path(_FOLDER.name, name)
    python = str(place / "bin" / "python")
    _uv("venv", "--quiet", "--no-project", "--python", version, str(place))
    install = ("pip", "install", "--quiet", "--compile-bytecode", "--python", python)
    pins = str(ROOT / "requirements" / f"{kind}.txt")
    _uv(*install, "--require-hashes", "--only-binary", ":all:", "--requirement", pins)
    wheels = Path(_FOLDER.name, f"{name}-wheel")
    # Not `uv pip install FOLDER`: uv would take the wheel of an earlier run for this one's.
    _uv("build", "--quiet", "--wheel", "--no-build-isolation", "--python", python, "--out-dir", str(wheels), str(ROOT))
    _uv(*install, "--no-deps", *(str(wheel) for wheel in wheels.glob("*.whl")))
    return python


def _uv(*arguments: str) -> None:
    run = [_program(), *arguments]
    done = subprocess.run(run, cwd=_FOLDER.name, capture_output=True, check=False)
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace")
        raise CaseFailed(f"`uv {_words(arguments)}` ended with {done.returncode}:\n{said}")


def _words(arguments: Sequence[str]) -> str:
    return " ".join(arguments[:2] if arguments[0] == "pip" else arguments[:1])


def _program() -> str:
    found = uv_program()
    if found is None:
        raise CaseFailed("uv is not installed, so no environment can be made; `python3 dev.py test` installs it")
    return str(found)
