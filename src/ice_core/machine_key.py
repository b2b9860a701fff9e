"""The key of this machine, `cache/key` of the home folder: 32 bytes that its user alone can read; reading it.

What is kept under it (`machine_cache`, `index`) is believed because nobody else could have written its MAC. A key that
someone else may know is none.
"""

import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

    KeyState = Literal["absent", "good", "exposed", "damaged"]

KEY_BYTES = 32
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def read_machine_key(
    path: "str | os.PathLike[str]", *, fstat: "Callable[[int], os.stat_result]" = os.fstat
) -> "tuple[KeyState, bytes | None]":
    """The key, if it is good; otherwise why there is none that can be used."""
    try:
        descriptor = os.open(path, _FLAGS)
    except FileNotFoundError:
        return "absent", None
    except (
        OSError,
        ValueError,
    ):  # a file where a folder would be, a link, a device without a reader, a zero byte in the path
        return "damaged", None
    try:
        status = fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return "damaged", None
        # Another owner knows it, and so does who may read it: either could forge what it vouches for.
        if status.st_uid != os.geteuid() or status.st_mode & 0o077:
            return "exposed", None
        key = os.read(descriptor, KEY_BYTES + 1)
        return ("good", key) if len(key) == KEY_BYTES else ("damaged", None)
    finally:
        os.close(descriptor)
