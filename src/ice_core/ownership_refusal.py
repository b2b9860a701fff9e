"""The refusal of a folder or file that somebody else could change, and what mends this very case."""

import os
import stat

from ice_core.errors import IceError, Location


def writable_by_others(path: str, status: os.stat_result) -> IceError:
    """`home-writable-by-others`, for what has this status."""
    return IceError(
        "home-writable-by-others",
        f"`{path}` could be changed by someone else",
        where=Location(path),
        expected="owned by you, not a link, writable by you alone",
        found=f"owner {status.st_uid}, mode {stat.filemode(status.st_mode)}",
        hints=(_mend(path, status),),
    )


def _mend(path: str, status: os.stat_result) -> str:
    if stat.S_ISLNK(status.st_mode):
        return f"Name the place itself: `realpath {path}` tells it; for the home folder, set it as `$ICEOS_HOME`"
    if not stat.S_ISDIR(status.st_mode) and not stat.S_ISREG(status.st_mode):
        return f"`{path}` is neither a folder nor a file; set `$ICEOS_HOME` to a folder of your own"
    if status.st_uid not in (os.geteuid(), 0):
        return f"If you know who made it, run `sudo chown $(id -un) {path}`; if not, look at what lies there first"
    return f"To take it back, run `chmod go-w {path}`"
