"""The programs of others: uv resolves and installs dependencies, pip fetches their wheels, build makes wheels."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from ice_core.errors import IceError

_find_uv: Callable[[], str] | None = None
with suppress(ImportError):  # the extra is not installed
    from uv import find_uv_bin

    _find_uv = find_uv_bin


def uv_program() -> str | None:
    """The path of uv, if it is installed in this environment."""
    try:
        return _find_uv() if _find_uv is not None else None
    except FileNotFoundError:
        return None


def run_uv(arguments: Sequence[str], *, folder: Path | None = None, environ: Mapping[str, str] | None = None) -> str:
    """What uv writes to standard output.

    Args:
        arguments: uv's own arguments.
        folder: The folder that uv runs in; by default the current one.
        environ: The environment; by default this process's.

    Raises:
        IceError: `extra-missing`.
        ProgramFailed: uv ended with an error.
    """
    program = uv_program()
    if program is None:
        raise _missing("uv", "to resolve and install dependencies")
    return _run([program, *arguments, "--no-progress", "--color", "never"], folder, environ)


def run_build(arguments: Sequence[str], *, folder: Path, environ: Mapping[str, str] | None = None) -> str:
    """What `python -m build` writes to standard output.

    Raises:
        IceError: `extra-missing`.
        ProgramFailed: build ended with an error.
    """
    if find_spec("build") is None:
        raise _missing("build", "to build the project's wheel")
    # -P: a file `build.py` of the folder is not taken for the program.
    return _run([sys.executable, "-P", "-m", "build", *arguments], folder, environ)


def run_pip(arguments: Sequence[str], *, environ: Mapping[str, str] | None = None) -> str:
    """What pip writes to standard output: that of this environment, else the one that Python brings along.

    Raises:
        IceError: `extra-missing`.
        ProgramFailed: pip ended with an error.
    """
    bundled = find_spec("ensurepip")
    wheels = sorted(Path(bundled.origin or "").parent.glob("_bundled/pip-*.whl")) if bundled is not None else []
    if find_spec("pip") is not None:
        program = ["-m", "pip"]
    elif wheels:
        program = [f"{wheels[-1]}/pip"]
    else:
        raise _missing("pip", "to fetch the wheels of dependencies", hint="To install it, run `uv pip install pip`")
    # -I: nothing of the current folder or of `PYTHONPATH` is taken for a part of pip.
    return _run([sys.executable, "-I", *program, *arguments], None, environ)


def search_path_of(python: Path) -> tuple[str, ...]:
    """Where another interpreter looks for modules."""
    code = "import json, sys; print(json.dumps(sys.path))"
    paths = json.loads(_run([str(python), "-I", "-c", code], None, None))
    return tuple(map(str, paths))


class ProgramFailed(Exception):
    """A program ended with an error; `lines` is what it said on standard error, without empty lines."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.lines = tuple(line.rstrip() for line in words.splitlines() if line.strip())


def _run(command: list[str], folder: Path | None, environ: Mapping[str, str] | None) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env=dict(os.environ if environ is None else environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if done.returncode != 0:
        raise ProgramFailed((done.stdout + done.stderr).decode("utf-8", "replace"))
    return done.stdout.decode("utf-8")


def _missing(program: str, purpose: str, *, hint: str = "To install it, run `pip install 'iceos[client]'`") -> IceError:
    return IceError(
        "extra-missing",
        f"`{program}` is needed {purpose}, and it is not installed",
        note="A machine that only runs plans does not need it, so it comes with the extra `client`.",
        hints=(hint,),
        details={"program": program, "extra": "client"},
    )
