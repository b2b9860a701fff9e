"""What an isolated component's process may use: memory, processor time, files, processes, what it prints.

The process sets its limits itself, before any code of the component is there, as both the soft and the hard one; who is
not root cannot raise them again.
"""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Final

from ice_core.errors import IceError, Location
from ice_core.strict_json import JsonObject

MIB: Final = 1024 * 1024
_THREADS: Final = 64  # of the one process itself, beside the processes that it may start
_SAID: Final = re.compile(r"([a-z_]+)=([0-9]{1,9})")


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """The bounds of one call's process.

    Attributes:
        memory_mib: Address space in MiB, shared libraries included (RLIMIT_AS).
        cpu_seconds: Processor time in seconds, of all its threads (RLIMIT_CPU).
        open_files: Files and sockets open at a time (RLIMIT_NOFILE).
        file_mib: The largest file that it may write, in MiB (RLIMIT_FSIZE).
        processes: Programs of its session at a time, if it may start any; the kernel's own bound on the user's
            processes and threads (RLIMIT_NPROC) is set to as many more than there are. Root has no such bound.
        output_kib: What it prints that is shown, in KiB; what comes after is left out.
    """

    memory_mib: int = 2048
    cpu_seconds: int = 60
    open_files: int = 256
    file_mib: int = 256
    processes: int = 32
    output_kib: int = 256

    def to_json(self) -> JsonObject:
        """The members."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def of(cls, members: Mapping[str, int]) -> "Limits":
        """The limits with these members, the others as they are by default."""
        return replace(cls(), **members)


def parse_limits(texts: Iterable[str]) -> Limits:
    """The limits that `memory_mib=4096` and its like say.

    Raises:
        IceError: `limit-invalid`.
    """
    names = [field.name for field in fields(Limits)]
    members: dict[str, int] = {}
    for text in texts:
        said = _SAID.fullmatch(text)
        if said is None or said[1] not in names or int(said[2]) == 0:
            raise IceError(
                "limit-invalid",
                f"`{text}` is no limit",
                where=Location("--limit"),
                expected=", ".join(f"{field.name}={field.default}" for field in fields(Limits)),
                found=text,
                hints=("Write a name and a whole number of at least 1, as in `--limit memory_mib=4096`",),
            )
        members[said[1]] = int(said[2])
    return Limits.of(members)


def apply_limits(limits: Limits) -> None:
    """Bounds this process; there is no way back."""
    import resource  # noqa: PLC0415  a system without it has no isolation, and says so before

    wanted = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_AS: limits.memory_mib * MIB,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_FSIZE: limits.file_mib * MIB,
        resource.RLIMIT_NPROC: tasks_of_user() + limits.processes + _THREADS,
    }
    for which, most in wanted.items():
        bound = _within(most, resource.getrlimit(which)[1])
        resource.setrlimit(which, (bound, bound))
    # The soft bound ends the process with a signal that tells why; the hard one would not.
    seconds = _within(limits.cpu_seconds, resource.getrlimit(resource.RLIMIT_CPU)[1])
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))


def _within(most: int, hard: int) -> int:
    return most if hard < 0 else min(most, hard)


def tasks_of_user() -> int:
    """How many processes and threads this user has now; 0 where nothing tells."""
    count = 0
    for folder in _processes():
        try:
            if folder.stat().st_uid == os.getuid():
                count += len(list((folder / "task").iterdir()))
        except OSError:  # it is gone
            continue
    return count


def processes_of_session(session: int) -> int:
    """How many processes are in this session; 0 where nothing tells."""
    count = 0
    for folder in _processes():
        try:
            # The name in parentheses may hold anything; the session is the fourth field behind it (proc(5)).
            fields_behind = (folder / "stat").read_bytes().rpartition(b")")[2].split()
        except OSError:
            continue
        count += len(fields_behind) > 3 and int(fields_behind[3]) == session
    return count


def _processes() -> list[Path]:
    try:
        return [folder for folder in Path("/proc").iterdir() if folder.name.isdecimal()]
    except OSError:
        return []
