"""Making the index: `ice plugins sync` over signed manifests of ten components, as a whole process."""

import shutil
import sys
from pathlib import Path
from typing import Final

from bench.environments import peers_python
from bench.homes import PER_PACKAGE, home_of
from bench.measure import Case, Group, python
from ice_core.home import Home

COUNT: Final = 1_000
# What a person or `ice install` has put there; the rest is what this machine has worked out.
_GIVEN: Final = frozenset({"keys", "plugins.d"})
_FLOOR: Final = """
import glob, hashlib, json
for path in sorted(glob.glob({pattern!r})):
    with open(path, "rb") as file:
        data = file.read()
    hashlib.sha256(data).digest()
    json.loads(data)
"""


def groups(folder: Path, *, quick: bool) -> tuple[Group, ...]:
    """From nothing, and again when nothing has changed, against reading the same bytes and believing them."""
    interpreter = sys.executable if quick else peers_python()
    return (group_of(home_of(folder / "home", COUNT * PER_PACKAGE), COUNT, interpreter=interpreter),)


def group_of(home: Home, count: int, *, interpreter: str = sys.executable) -> Group:
    """The group for a home folder with so many manifests."""
    command = (str(Path(interpreter).with_name("ice")), "plugins", "sync")
    environment = (("ICEOS_HOME", str(home.root)),)
    cases = (
        python("json.loads + sha256", _FLOOR.format(pattern=str(home.manifests / "*.json")), interpreter=interpreter),
        Case(
            name="ice plugins sync",
            command=command,
            whole=True,
            environment=environment,
            prepare=lambda: forget(home),
        ),
        Case(name="ice plugins sync, nothing changed", command=command, whole=True, environment=environment),
    )
    return Group(name=f"sync {count:,} manifests", cases=cases, units=count, unit="manifest")


def forget(home: Home) -> None:
    """Removes what the machine has worked out, and leaves what somebody has put there."""
    for path in home.root.iterdir():
        if path.name in _GIVEN:
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
