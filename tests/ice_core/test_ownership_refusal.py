"""What could be changed by somebody else is refused with what mends this very case."""

import os
from pathlib import Path

import pytest

from ice_core.errors import IceError
from ice_core.home import refuse_if_others_can_write


def hint_of(path: Path, *, owner: int | None = None) -> str:
    """The hint of the refusal."""

    def status(_: object) -> os.stat_result:
        found = list(os.lstat(path))
        found[4] = owner if owner is not None else found[4]
        return os.stat_result(found)

    with pytest.raises(IceError) as refused:
        refuse_if_others_can_write(path, lstat=status)
    assert "home-writable-by-others" == refused.value.slug
    (hint,) = refused.value.finding.hints
    return hint


def test_a_link_is_to_be_named_by_where_it_leads(tmp_path: Path) -> None:
    """Its own mode says nothing, so `chmod` would change nothing."""
    (tmp_path / "home").symlink_to(tmp_path)

    assert f"Name the place itself: `realpath {tmp_path}/home`" in hint_of(tmp_path / "home")


def test_a_device_is_no_home() -> None:
    """Nobody should be told to change the mode of `/dev/null`."""
    assert hint_of(Path("/dev/null")).endswith("set `$ICEOS_HOME` to a folder of your own")


def test_what_another_user_owns_is_not_taken_blindly(tmp_path: Path) -> None:
    hint = hint_of(tmp_path, owner=os.geteuid() + 1)

    assert f"run `sudo chown $(id -un) {tmp_path}`; if not, look" in hint


def test_what_others_may_write_is_taken_back(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)

    assert f"To take it back, run `chmod go-w {tmp_path}`" == hint_of(tmp_path)
