"""Stamps of files and folders: what tells, without reading, that one is still as it was when it was read.

A stamp is the status that changes with every change: times of content and of status, inode, size, mode and owner. The
time of status cannot be set by anyone, so a copied or backdated file shows. A change within the same tick of the file
system's clock would not show: only what was at rest for a tick before it was read is ever taken by its stamp.
"""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ice_core.index_forms import Stamp

# Kernels stamp files by a clock that ticks every 1 to 10 ms; file systems that keep whole seconds take up to two.
TICK_NS = 20_000_000
COARSE_TICK_NS = 2_000_000_000
_SECOND_NS = 1_000_000_000
_OTHERS_CAN_WRITE = 0o022


def stamp_of(path: "str | os.PathLike[str]", *, follow: bool = False) -> "Stamp":
    """The stamp of what lies at `path`, a link itself unless `follow`; None when nothing does.

    Raises:
        OSError: it cannot be looked at.
    """
    try:
        status = os.stat(path, follow_symlinks=follow)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return (
        status.st_mtime_ns,
        status.st_ctime_ns,
        status.st_ino,
        status.st_size,
        status.st_mode,
        status.st_uid,
    )


def rests_in_ns(stamp: "Stamp", before_ns: int) -> int:
    """How long from `before_ns` on until a change would show in this stamp: 0 if one would have already."""
    if stamp is None:
        return 0
    changed = stamp[1]
    tick = TICK_NS if changed % _SECOND_NS else COARSE_TICK_NS
    return max(0, changed + tick - before_ns)


def is_private(stamp: "Stamp") -> bool:
    """Whether what has this stamp is the user's (or root's), no link, and writable by nobody else."""
    if stamp is None:
        return True
    mode, owner = stamp[4], stamp[5]
    return owner in (os.geteuid(), 0) and not mode & _OTHERS_CAN_WRITE and (mode & 0o170000) != 0o120000
