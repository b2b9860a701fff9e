"""The process of one isolated call: started with nothing inherited, ended with everything that it left behind."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from ice_core.errors import IceError, Location
from ice_core.models.plugins import Permissions
from ice_orchestrator.isolation.limits import Limits

SECONDS_TO_END: Final = 5.0
# The import path is the parent's: `-I` and `-S` read neither the environment nor any `.pth` file.
_BOOT: Final = """\
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from ice_orchestrator.isolation.child import main
main(int(sys.argv[2]))
"""


class ComponentProcess:
    """One process, in a session of its own.

    Attributes:
        connection: This side of the socket that both talk over.
        output: What the component prints, on either stream.
    """

    def __init__(self, permissions: Permissions) -> None:
        if os.name != "posix":
            raise unsupported()
        self._folder = tempfile.mkdtemp(prefix="iceos-")
        self.connection, other = socket.socketpair()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-B", "-X", "utf8", "-c", _BOOT, json.dumps(import_path())]
                + [str(other.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd=folder_of(permissions, self._folder),
                env=environment_of(permissions, os.environ, self._folder),
                pass_fds=(other.fileno(),),
                start_new_session=True,
            )
        except OSError:
            self.connection.close()
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        finally:
            other.close()
        assert self._process.stdout is not None
        self.output = self._process.stdout

    @property
    def session(self) -> int:
        """The session, which has the process's own number."""
        return self._process.pid

    def end(self) -> int:
        """Ends what is left of the session; gives how the process itself ended: its exit code, or minus a signal.

        Not reaped before the session is ended, its number is nobody else's until then.
        """
        self.connection.close()
        _wait_for_exit(self._process.pid)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.session, signal.SIGKILL)
        code = self._process.wait(SECONDS_TO_END)
        shutil.rmtree(self._folder, ignore_errors=True)
        return code

    def kill(self) -> None:
        """Ends the session at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.session, signal.SIGKILL)


def import_path() -> list[str]:
    """Where the process finds Python, iceos and what they stand on: this process's own places, and no relative one."""
    return [place for place in sys.path if os.path.isabs(place)]


def environment_of(permissions: Permissions, environ: Mapping[str, str], folder: str) -> dict[str, str]:
    """The variables that the manifest declares, as far as there are any, and where temporary files belong."""
    return {name: environ[name] for name in permissions.environment if name in environ} | {"TMPDIR": folder}


def folder_of(permissions: Permissions, folder: str) -> Path:
    """Where the process stands: in this folder if the component works on files, else in an empty one of its own."""
    return Path.cwd() if permissions.filesystem else Path(folder)


def ended(code: int, limits: Limits) -> str:
    """How a process ended, in words."""
    if code >= 0:
        return f"it exited with code {code}"
    name = next((each.name for each in _signals() if each.value == -code), f"signal {-code}")
    if name == "SIGXCPU":
        return f"SIGXCPU: it used more than {limits.cpu_seconds} s of processor time"
    return f"it was ended by {name}"


def unsupported() -> IceError:
    """The refusal of a system without sessions and resource limits."""
    return IceError(
        "isolation-unsupported",
        "Components cannot be isolated on this system",
        where=Location(sys.platform),
        expected="a POSIX system: sessions, resource limits",
        found=os.name,
        note="Nothing was called.",
        hints=("Run without `--isolate`, in a container or a virtual machine if need be",),
    )


def _signals() -> Iterator[signal.Signals]:
    yield from signal.Signals


def _wait_for_exit(pid: int) -> None:
    # Whoever closes the socket is about to end; where it does not, the session is ended for it.
    deadline, pause = time.monotonic() + SECONDS_TO_END, 0.001
    while time.monotonic() < deadline and os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
        time.sleep(pause)
        pause = min(pause * 2, 0.1)
