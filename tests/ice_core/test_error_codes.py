"""The table of slugs: its form, and that its file is as tidy as it promises."""

import re
import tomllib
from importlib import resources

import pytest

from ice_core.error_codes import ERROR_CODES, ErrorCode

AREAS = tomllib.loads(resources.files("ice_core").joinpath("error_codes.toml").read_text("utf-8"))


@pytest.mark.parametrize("slug", ERROR_CODES)
def test_each_row_says_what_is_wrong_and_what_mends_it(slug: str) -> None:
    """Kebab-case, two full sentences, and an exit code that means something."""
    row = ERROR_CODES[slug]

    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug)
    assert slug == row.slug
    assert row.area in AREAS
    assert row.exit_code in (1, 2)
    for text in (row.meaning, row.mend):
        assert text[0].isupper() or text[0] in "`$"
        assert text.endswith(".")
        assert text == text.strip()


@pytest.mark.parametrize("slug", [slug for rows in AREAS.values() for slug in rows])
def test_a_row_that_is_read_alone_is_the_row_of_the_whole_table(slug: str) -> None:
    """A refusal reads its own row; examples in it may hold brackets and quotes."""
    alone, whole = type(ERROR_CODES)()[slug], ERROR_CODES[slug]

    assert all(getattr(whole, name) == getattr(alone, name) for name in ErrorCode.__slots__)


@pytest.mark.parametrize(
    "slug", ["no-such-slug", "", "formats", "formats.archive-ambiguous", "archive-ambiguous]\nx", "]"]
)
def test_what_is_no_slug_has_no_row(slug: str) -> None:
    table = type(ERROR_CODES)()

    assert None is table.get(slug)
    assert slug not in ERROR_CODES


@pytest.mark.parametrize("area", AREAS)
def test_each_area_is_sorted(area: str) -> None:
    """Two authors of one area meet in the same order, and a reader finds the row."""
    slugs = list(AREAS[area])

    assert sorted(slugs) == slugs


def test_no_slug_stands_in_two_areas() -> None:
    """A slug is one promise; the second row would silently replace the first."""
    rows = sum(len(area) for area in AREAS.values())

    assert len(ERROR_CODES) == rows


@pytest.mark.parametrize("area", AREAS)
def test_rows_hold_nothing_that_is_not_read(area: str) -> None:
    """A member that nobody reads would be a promise that nobody keeps."""
    members = {member for row in AREAS[area].values() for member in row}

    assert members <= {"meaning", "mend", "exit_code", "example_bad", "example_good"}
