"""Attacks with the clock: set back so that an ended key signs again, set forward so that everything has ended."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ice_core.clock import clock_path, remember_time
from ice_core.errors import IceError
from ice_core.unified_registry import Registry, load_plugins
from tests.builders.homes import listing, make_home
from tests.builders.indexes import NOW
from tests.builders.keys import key_record, private_key
from tests.threats.target import Target, bundle_of, good_bundle, slug_of

YEAR = timedelta(days=365)
DAY = timedelta(days=1)


def loaded(target: Target, now: datetime, *paths: Path) -> Registry:
    """What a strict load at that time gives."""
    return load_plugins(*paths, home=target.home.root, no_dynamic=True, environ={}, now=now)


def verdict(target: Target, now: datetime) -> str:
    """The slug of the refusal of the offered bundle, seen for the first time at that time."""
    return slug_of(lambda: loaded(target, now, target.bundle))


@pytest.fixture
def ended(target: Target) -> Target:
    """The target, with a bundle offered whose key ended a month ago, on a machine that was used today."""
    make_home(target.home.root, key_record(not_after=NOW - 30 * DAY))
    target.offer(good_bundle())
    remember_time(target.home, NOW)
    return target


@pytest.mark.parametrize("back", [DAY, 31 * DAY, YEAR, 50 * YEAR])
def test_a_clock_set_back_does_not_revive_a_key_that_ended(ended: Target, back: timedelta) -> None:
    """Threat 35: clock skew and rollback: judged at the latest time that was seen, not at what the clock says."""
    before = listing(ended.folder)

    assert "key-expired" == verdict(ended, NOW - back)
    assert before == listing(ended.folder)
    ended.assert_untouched()


def test_without_the_record_a_clock_set_back_would(ended: Target) -> None:
    """Threat 35: clock skew and rollback: what the record is for, the same load without it."""
    clock_path(ended.home).unlink()

    assert "none" == verdict(ended, NOW - YEAR)


def test_a_clock_that_is_behind_is_told(target: Target) -> None:
    """Threat 35: clock skew and rollback: not silently."""
    target.installed()
    remember_time(target.home, NOW)

    assert ["clock-behind"] == [each.slug for each in loaded(target, NOW - YEAR).notices]


def test_a_clock_ten_years_ahead_stops_new_things_with_the_word_of_an_end(target: Target) -> None:
    """Threat 35: clock skew and rollback: an end is told as one, and never as a bad signature."""
    make_home(target.home.root, key_record(not_after=NOW + YEAR))
    target.offer(good_bundle())

    assert ("none", "key-expired") == (verdict(target, NOW), verdict(target, NOW + 10 * YEAR))


def test_a_bad_signature_is_told_as_one_whatever_the_clock_says(target: Target) -> None:
    """Threat 35: clock skew and rollback: the other way round, too."""
    make_home(target.home.root, key_record(not_after=NOW + 20 * YEAR))
    target.offer(bundle_of(key=private_key(2)))

    assert ["signature-mismatch"] * 3 == [verdict(target, NOW + years * YEAR) for years in (-1, 0, 10)]


@pytest.mark.parametrize("years", [-1, 10])
def test_what_was_locked_runs_whatever_the_clock_says(target: Target, years: int) -> None:
    """Threat 35: clock skew and rollback: the time that counts is in the lock, so no clock stops production."""
    make_home(target.home.root, key_record(not_after=NOW + DAY))
    target.installed()

    assert ["tool:count_words"] == [str(each.id) for each in loaded(target, NOW + years * YEAR).list()]


def test_a_lock_is_dated_by_the_latest_time_that_was_seen(target: Target) -> None:
    """Threat 35: clock skew and rollback: what a lock sees first cannot be dated before what was seen already."""
    target.offer(good_bundle())
    remember_time(target.home, datetime(2907, 1, 2, tzinfo=UTC))
    outcome = target.ice("lock", "acme-words", "--index", target.market)

    assert 0 == outcome.code, outcome.err
    assert "first-seen = 2907-01-02T00:00:00Z" in (target.folder / "pylock.iceos.toml").read_text()


def test_a_run_moves_the_time_on(target: Target) -> None:
    """Threat 35: clock skew and rollback: whatever writes to the home remembers when."""
    target.installed()
    remember_time(target.home, datetime(2001, 1, 1, tzinfo=UTC))
    outcome = target.run()

    assert 0 == outcome.code, outcome.err
    assert "2001-01-01" not in clock_path(target.home).read_text()


def test_a_record_that_was_damaged_stops_the_load(target: Target) -> None:
    """Threat 35: clock skew and rollback: a record that cannot be read is not the same as none."""
    target.installed()
    remember_time(target.home, NOW)
    clock_path(target.home).write_text('{"latest": "yesterday"}')
    with pytest.raises(IceError) as caught:
        loaded(target, NOW)

    assert "clock-record-invalid" == caught.value.slug
