"""Making the index, as it is measured: each sample of a fresh one finds what a person has put there, and no more."""

from pathlib import Path

from bench.homes import home_of
from bench.measure import sample
from bench.sync import forget, group_of


def test_what_the_machine_has_worked_out_is_gone_before_each_fresh_sample(tmp_path: Path) -> None:
    home = home_of(tmp_path / "home", 20)
    given = sorted(path.name for path in home.root.iterdir())
    sample(group_of(home, 2).cases[1])
    written = sorted(path.name for path in home.root.iterdir())
    forget(home)

    assert ["keys", "plugins.d"] == given
    assert set(given) < set(written)
    assert given == sorted(path.name for path in home.root.iterdir())
