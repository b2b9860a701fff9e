"""`$ICEOS_HOME/config.toml`: where the operator of a machine lowers the limits of archives and JSON documents.

The table is `[limits]`; its members are those of `lowered_limits.GREATEST`, in bytes where they end so. It stands in
the home folder, which nobody else can write, and not in a project, whose author should not have to know the machine.
"""

from __future__ import annotations

import os

from ice_core.errors import IceError, Location
from ice_core.home import read_regular_file, refuse_if_others_can_write
from ice_core.lowered_limits import GREATEST, lower

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

    from ice_core.home import Home
    from ice_core.lowered_limits import LimitName

MAX_CONFIG_BYTES: Final = 64 * 1024


def lower_limits(home: Home) -> None:
    """Lowers for this process what the home's `config.toml` lowers; without the file nothing is.

    Raises:
        IceError: what `read_limits` raises.
    """
    lower(read_limits(home))


def read_limits(home: Home) -> Mapping[LimitName, int]:
    """The limits that the home's `config.toml` sets.

    Raises:
        IceError: `setting-invalid`, `limit-raised`, `home-writable-by-others`, or what reading a regular file refuses.
    """
    path = home.at("config.toml")
    if not os.path.lexists(path):
        return {}
    import tomllib

    from ice_core.strict_json import printable

    refuse_if_others_can_write(path)
    data = read_regular_file(path, max_bytes=MAX_CONFIG_BYTES)
    try:
        value = tomllib.loads(data.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _invalid(home, "", "a TOML document", str(error)) from error
    for member in sorted(value.keys() - {"limits"}):
        raise _invalid(home, member, "a table `limits`, and nothing else", f"`{printable(member)}`")
    table = value.get("limits", {})
    if not isinstance(table, dict):
        raise _invalid(home, "limits", "a table", repr(table))
    return {_known(name, home): _lower(name, limit, home) for name, limit in table.items()}


def _known(name: str, home: Home) -> LimitName:
    from ice_core.strict_json import printable

    for known in GREATEST:
        if known == name:
            return known
    raise _invalid(home, f"limits.{name}", f"one of {', '.join(GREATEST)}", printable(name))


def _lower(name: str, limit: object, home: Home) -> int:
    greatest = GREATEST[_known(name, home)]
    # A bool is an int, and no limit.
    if not isinstance(limit, int) or isinstance(limit, bool) or limit < 1:
        raise _invalid(home, f"limits.{name}", f"a whole number from 1 to {greatest}", repr(limit))
    if limit > greatest:
        raise IceError(
            "limit-raised",
            f"`limits.{name}` can be lowered from {greatest}, and not raised",
            where=Location(str(home.config), path=f"limits.{name}"),
            expected=f"at most {greatest}",
            found=str(limit),
            note="What is larger was never tested to be harmless. Nothing was read.",
            hints=(f"Set `{name}` to at most {greatest}, or take it out",),
            details={"limit": name},
        )
    return limit


def _invalid(home: Home, path: str, expected: str, found: str) -> IceError:
    return IceError(
        "setting-invalid",
        f"`{home.config}` cannot be read",
        where=Location(str(home.config), path=path),
        expected=expected,
        found=found,
        hints=("To lower a limit, write for example `json_bytes = 1048576` under `[limits]`",),
    )
