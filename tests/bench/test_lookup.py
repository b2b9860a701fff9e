"""Look-ups as they are measured: every process finds what it was told to find, or there is nothing to measure."""

from pathlib import Path

import pytest
from bench.homes import GROUP, entry_points_of, home_of, name_of
from bench.lookup import PEERS, again, among_names, first, first_of_package, groups
from bench.measure import CaseFailed, python, sample


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder of two packages with ten components each."""
    return home_of(tmp_path_factory.mktemp("lookup") / "home", 20).root


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as entry points."""
    return entry_points_of(tmp_path_factory.mktemp("installed"), 20)


def test_a_quick_run_installs_nothing_and_names_a_floor_first(tmp_path: Path) -> None:
    found = groups(tmp_path, quick=True, counts=(10, 20))

    assert {"python -c pass", "dict", "one of 10"} == {group.cases[0].name for group in found}
    for case in found[0].cases:
        assert 0 < sample(case).cpu
    (memory,) = [group for group in found if group.clock == "memory"]
    assert 1_000_000 < sample(memory.cases[0]).memory


@pytest.mark.parametrize("peer", ["importlib.metadata", "pluggy", "walk and import"])
def test_a_peer_that_does_not_find_the_component_is_not_measured(installed: Path, peer: str) -> None:
    def looking_up(name: str) -> float:
        code = PEERS[peer].format(group=GROUP, name=name, folder=str(installed))
        return sample(python(peer, code, PYTHONPATH=str(installed))).cpu

    assert 0 < looking_up(name_of(13))
    with pytest.raises(CaseFailed, match=f"`{peer}` ended with 1"):
        looking_up("tool_that_is_not_there")


def test_look_ups_in_a_process_are_timed_without_the_load(home: Path) -> None:
    assert 0 < again(str(home), "20").cpu
    assert 0 < first(str(home), "2").cpu
    assert 0 < first_of_package(str(home), "2").cpu
    assert 0 < among_names("20", "2").wall
