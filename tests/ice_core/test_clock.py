"""The clock: moved on, never back; judged by the later time; its record read strictly and written whole."""

import resource
import signal
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ice_core.clock import clock_notices, clock_path, judged_time, latest_time, remember_time
from ice_core.errors import IceError
from ice_core.home import Home
from tests.builders.homes import make_home, write

NOW = datetime(2026, 10, 2, 12, tzinfo=UTC)
MINUTE, HOUR, YEAR = timedelta(minutes=1), timedelta(hours=1), timedelta(days=365)
LATER = NOW + MINUTE
INSTANTS = st.datetimes(min_value=datetime(1000, 1, 1), max_value=datetime(9990, 1, 1), timezones=st.just(UTC))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home that has seen the second of October."""
    made = make_home(tmp_path / "home")
    remember_time(made, NOW)
    return made


def test_without_a_record_the_clock_is_believed(tmp_path: Path) -> None:
    empty = make_home(tmp_path / "home")

    assert (None, NOW, ()) == (latest_time(empty), judged_time(empty, NOW), clock_notices(empty, NOW))


def test_the_latest_time_is_kept_and_nobody_else_can_write_it(home: Home) -> None:
    assert '{\n  "latest": "2026-10-02T12:00:00Z"\n}\n' == clock_path(home).read_text()
    assert 0o600 == stat.S_IMODE(clock_path(home).stat().st_mode)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (NOW - YEAR, NOW),
        (NOW - MINUTE, NOW),
        (NOW, NOW),
        (NOW + MINUTE, NOW + MINUTE),
        (NOW + 10 * YEAR, NOW + 10 * YEAR),
    ],
    ids=["a year back", "a minute back", "the same", "a minute on", "ten years on"],
)
def test_nothing_is_judged_earlier_than_what_was_seen(home: Home, now: datetime, expected: datetime) -> None:
    """Threat 35: clock skew and rollback."""
    assert expected == judged_time(home, now)
    assert expected == remember_time(home, now)
    assert expected == latest_time(home)


def test_a_moment_later_nothing_is_written(home: Home) -> None:
    before = clock_path(home).stat().st_mtime_ns
    remember_time(home, NOW + MINUTE / 2)

    assert before == clock_path(home).stat().st_mtime_ns


@given(seen=st.lists(INSTANTS, min_size=1, max_size=5))
def test_what_is_judged_never_goes_back(tmp_path_factory: pytest.TempPathFactory, seen: list[datetime]) -> None:
    home = make_home(tmp_path_factory.mktemp("home") / "home")
    judged = [remember_time(home, each) for each in seen]

    assert all(later >= earlier - MINUTE for earlier, later in zip(judged, judged[1:], strict=False))
    assert max(seen) - judged[-1] < MINUTE


@pytest.mark.parametrize(("now", "told"), [(NOW - YEAR, 1), (NOW - HOUR, 1), (NOW - MINUTE, 0), (NOW + YEAR, 0)])
def test_a_clock_that_is_behind_by_an_hour_is_told(home: Home, now: datetime, told: int) -> None:
    assert ["clock-behind"] * told == [each.slug for each in clock_notices(home, now)]


def test_the_warning_names_both_times_and_what_mends_it(home: Home) -> None:
    (told,) = clock_notices(home, NOW - YEAR)

    assert ("warning", "2026-10-02T12:00:00Z or later", "2025-10-02T12:00:00Z") == (
        told.severity,
        told.expected,
        told.found,
    )
    assert f"If it was wrong then and is right now, run `rm {clock_path(home)}`" in told.hints


@pytest.mark.parametrize(
    ("data", "slug"),
    [
        (b"", "json-syntax"),
        (b"{}", "clock-record-invalid"),
        (b'{"latest": 1}', "clock-record-invalid"),
        (b'{"latest": "2026-10-02"}', "clock-record-invalid"),
        (b'{"latest": "2026-02-30T00:00:00Z"}', "clock-record-invalid"),
        (b'{"latest": "2026-2-3T00:00:00Z"}', "clock-record-invalid"),
        (b'{"latest": "2026-10-02T12:00:00Z", "x": 1}', "clock-record-invalid"),
        (b'{"latest": "1970-01-01T00:00:00Z", "latest": "2026-10-02T12:00:00Z"}', "json-duplicate-member"),
        (b" " * 2000, "file-too-large"),
    ],
)
def test_a_record_of_another_form_is_refused_and_left_as_it_is(home: Home, data: bytes, slug: str) -> None:
    """It would otherwise be the way to turn the clock back."""
    write(clock_path(home), data)
    for read in (latest_time, lambda home: judged_time(home, NOW), lambda home: remember_time(home, NOW)):
        with pytest.raises(IceError) as caught:
            read(home)

        assert slug == caught.value.slug
    assert data == clock_path(home).read_bytes()


def test_a_damaged_record_is_refused_with_what_mends_it(home: Home) -> None:
    write(clock_path(home), b"{")
    with pytest.raises(IceError) as caught:
        latest_time(home)

    assert (f"To forget the latest time that was seen, run `rm {clock_path(home)}`",) == caught.value.finding.hints


def test_a_record_that_others_could_write_is_refused(home: Home) -> None:
    """Threat 33: home or key-store that others can write."""
    clock_path(home).chmod(0o622)
    with pytest.raises(IceError) as caught:
        judged_time(home, NOW)

    assert "home-writable-by-others" == caught.value.slug


def test_a_link_in_its_place_is_refused(home: Home, tmp_path: Path) -> None:
    """Threat 24: link in place of a file."""
    clock_path(home).rename(tmp_path / "elsewhere")
    clock_path(home).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(IceError) as caught:
        judged_time(home, NOW)

    assert "home-writable-by-others" == caught.value.slug


def test_a_missing_home_is_not_made(tmp_path: Path) -> None:
    assert NOW == remember_time(Home(tmp_path / "none"), NOW)
    assert not (tmp_path / "none").exists()


def test_a_home_that_cannot_be_written_is_no_obstacle(home: Home) -> None:
    """As on a full disk; the file that is there stays."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        judged = remember_time(home, NOW + YEAR)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, ignored)

    assert (NOW + YEAR, NOW) == (judged, latest_time(home))
