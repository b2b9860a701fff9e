"""What the tests of running share: a process that is left as it was found, and an installed example package."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ice_core import dynamic
from ice_orchestrator import permission_guard, permission_rules, resolve
from ice_sdk.declared import all_declared, forget


@pytest.fixture
def clean_imports() -> Iterator[None]:
    """Takes back what a test imported, declared, announced and put on the import system's lists."""
    modules, finders, path = set(sys.modules), list(sys.meta_path), list(sys.path)
    declared = {id(each.object) for each in all_declared()}
    warned, told = set(resolve._WARNED), set(permission_guard._TOLD)
    permission_guard._TOLD.clear()
    permission_rules.fixed_places.cache_clear()
    with dynamic.PROCESS.set_aside():
        yield
    permission_rules.fixed_places.cache_clear()
    for name in set(sys.modules) - modules:
        if name.partition(".")[0].startswith("acme_"):
            del sys.modules[name]
    sys.meta_path[:], sys.path[:] = finders, path
    resolve._WARNED.clear()
    resolve._WARNED.update(warned)
    permission_guard._TOLD.clear()
    permission_guard._TOLD.update(told)
    for each in all_declared():
        if id(each.object) not in declared:
            forget(each.object)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home folder that is not there yet."""
    return tmp_path / "home"
