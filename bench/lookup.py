"""Looking up one component of N: whole processes, iceos and what else finds plugins, in multiples of a bare Python.

Every process is told one name and ends when it has what stands under it. For iceos that is the entry, verified; for
most peers it is the imported object, because they offer nothing less. The folders hold the same components in packages
of ten. The memory of the same processes is a group of its own.
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from tests.builders.homes import make_home

from bench.environments import peers_python
from bench.homes import GROUP, PER_PACKAGE, entry_points_of, home_of, name_of, synced, table_of
from bench.measure import Case, Group, Spent, inside, python, resident, timed
from ice_core.home import Home
from ice_core.unified_registry import Registry, load_plugins

COUNTS: Final = (10, 100, 1_000, 10_000)
QUICK_COUNTS: Final = (10, 1_000)
DIGEST: Final = "ice: look up, by digest"
SIGNED: Final = "ice: look up, signature verified"
_TABLE: Final = """
import _sqlite3
try:
    from _sha2 import sha256
except ImportError:
    from _sha256 import sha256
row = _sqlite3.connect({table!r}).execute("SELECT data FROM entries WHERE name = ?", ({name!r},)).fetchone()
sha256(row[0]).digest()
"""
# The index alone: bytes with the digest that it names, under this machine's MAC.
_BY_DIGEST: Final = """
from ice_core.index import Index
Index.open({home!r}).find("tool", {name!r}).data
"""
# As every caller does it: the folders, keys and limits are those that the index was made from, the manifest is the file
# that was read, its key may vouch for it now, and the signature holds.
_LOOK_UP: Final = """
from ice_core.unified_registry import load_plugins
found = load_plugins().get("tool", {name!r})
found.value
"""
# What it costs to believe nothing that is on disk: every manifest parsed, checked, its signature verified.
_FULL: Final = """
from ice_core.unified_registry import load_plugins
load_plugins({manifests!r}).get("tool", {name!r}).value
"""
# stevedore keeps no cache for an interpreter below the folder of temporary files, where this one lies.
_STEVEDORE: Final = """
import sys
sys.executable = "python"
from stevedore import DriverManager
DriverManager({group!r}, {name!r}).driver
"""
PEERS: Final = {
    "importlib.metadata": """
from importlib.metadata import entry_points
(found,) = entry_points(group={group!r}, name={name!r})
""",
    "pluggy": """
import pluggy
plugins = pluggy.PluginManager({group!r})
plugins.load_setuptools_entrypoints({group!r}, {name!r})
plugins.get_plugin({name!r}).__name__
""",
    "catalogue": """
import catalogue
catalogue.create({group!r}, entry_points=True).get({name!r})
""",
    "walk and import": """
import importlib, os
found = {{}}
for file in sorted(os.listdir({folder!r})):
    if file.endswith(".py"):
        found.update(vars(importlib.import_module(file[:-3])))
found[{name!r}]
""",
}


def groups(folder: Path, *, quick: bool, counts: Sequence[int] = ()) -> tuple[Group, ...]:
    """One group for each N; then what growing a thousandfold costs, the memory, and look-ups in one process."""
    counts = counts or (QUICK_COUNTS if quick else COUNTS)
    interpreter = sys.executable if quick else peers_python()
    homes = {count: synced(home_of(folder / f"home-{count}", count).root, interpreter) for count in counts}
    least, most = counts[0], counts[-1]
    ours = {count: _ours(f"one of {count:,}", homes[count], count, interpreter) for count in counts}
    memory = (
        resident("python -c pass", "pass", interpreter=interpreter),
        resident(DIGEST, _by_digest(homes[most], most), interpreter=interpreter),
        resident(SIGNED, _looking_up(most), interpreter=interpreter, ICEOS_HOME=str(homes[most])),
    )
    return (
        *(_against_peers(folder, homes[count], count, interpreter, quick=quick) for count in counts),
        Group(name=f"look up, {most:,} over {least}", cases=(ours[least], ours[most]), units=1, unit="process"),
        Group(name=f"memory of a look-up in {most:,}", cases=memory, units=1, unit="process", clock="memory"),
        *_in_process(homes[most], most, interpreter),
    )


def _looking_up(count: int) -> str:
    return _LOOK_UP.format(name=name_of(count // 2))


def _by_digest(home: Path, count: int) -> str:
    return _BY_DIGEST.format(home=str(home), name=name_of(count // 2))


def _ours(name: str, home: Path, count: int, interpreter: str) -> Case:
    return python(name, _looking_up(count), interpreter=interpreter, ICEOS_HOME=str(home))


def _against_peers(folder: Path, home: Path, count: int, interpreter: str, *, quick: bool) -> Group:
    name = name_of(count // 2)
    table = table_of(folder / f"table-{count}.sqlite", count)
    keys = make_home(folder / f"keys-{count}").root
    full = _FULL.format(name=name, manifests=str(Home(home).manifests))
    cases = [
        python("python -c pass", "pass", interpreter=interpreter),
        python("SQLite: one row, hashed", _TABLE.format(table=str(table), name=name), interpreter=interpreter),
        python(DIGEST, _by_digest(home, count), interpreter=interpreter),
        _ours(SIGNED, home, count, interpreter),
    ]
    if not quick:
        cases += [
            python("all manifests verified, no index", full, interpreter=interpreter, ICEOS_HOME=str(keys)),
            *_peers(folder / f"peers-{count}", name, count, interpreter),
        ]
    return Group(name=f"look up one of {count:,} components", cases=tuple(cases), units=1, unit="process")


def _peers(folder: Path, name: str, count: int, interpreter: str) -> list[Case]:
    installed = entry_points_of(folder / "installed", count)
    caches = {kind: folder / f"{kind}-cache" for kind in ("warm", "no")}
    off = caches["no"] / "python-entrypoints" / ".disable"
    off.parent.mkdir(parents=True)
    off.touch()
    code = {
        f"stevedore, {kind} cache": (_STEVEDORE, {"XDG_CACHE_HOME": str(place)}) for kind, place in caches.items()
    } | {peer: (text, dict[str, str]()) for peer, text in PEERS.items()}
    return [
        python(
            peer,
            text.format(group=GROUP, name=name, folder=str(installed)),
            interpreter=interpreter,
            PYTHONPATH=str(installed),
            **environment,
        )
        for peer, (text, environment) in code.items()
    ]


def _in_process(home: Path, count: int, interpreter: str) -> tuple[Group, ...]:
    def group(name: str, ours: Callable[..., Spent], many: int) -> Group:
        cases = (
            inside("dict", among_names, count, many, interpreter=interpreter),
            inside("ice", ours, home, many, interpreter=interpreter),
        )
        return Group(name=name, cases=cases, units=many, unit="look-up")

    return (
        group("look up again, in process", again, 20_000),
        group("look up for the first time, in process", first, min(count // PER_PACKAGE, 500)),
        group("look up the first of a package, in process", first_of_package, min(count // PER_PACKAGE, 500)),
    )


def among_names(count: str, many: str) -> Spent:
    """Looks `many` names up in a dict of all components: the least that anything in Python could take."""
    table = {("tool", name_of(number)): number for number in range(int(count))}
    names = [name_of(number % int(count)) for number in range(int(many))]

    def work() -> None:
        for name in names:
            table["tool", name]

    return timed(work)


def again(home: str, many: str) -> Spent:
    """Looks up what was looked up before: `many` times one of ten components."""
    registry = load_plugins(home=Path(home), environ={})
    names = [name_of(number) for number in range(PER_PACKAGE)]
    for name in names:
        _touch(registry, name)
    turns = int(many) // len(names)

    def work() -> None:
        for _ in range(turns):
            for name in names:
                _touch(registry, name)

    return timed(work)


def first(home: str, many: str) -> Spent:
    """Looks up `many` components, each for the first time, in packages of which another was looked up before."""
    return _first(home, many, known=True)


def first_of_package(home: str, many: str) -> Spent:
    """Looks up one component of each of `many` packages, whose signatures are verified with it."""
    return _first(home, many, known=False)


def _first(home: str, many: str, *, known: bool) -> Spent:
    registry = load_plugins(home=Path(home), environ={})
    packages = range(int(many))
    # What the very first look-up of a process imports is told by the whole processes.
    for number in packages if known else packages[:1]:
        _touch(registry, name_of(number * PER_PACKAGE))

    def work() -> None:
        for number in packages:
            _touch(registry, name_of(number * PER_PACKAGE + 1))

    return timed(work)


def _touch(registry: Registry, name: str) -> None:
    if not registry.get("tool", name).value:
        raise ValueError(f"`{name}` has no entry")
