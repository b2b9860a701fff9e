"""The plot: the same bytes for the same figures, well-formed, and no name over another."""

import re
from xml.parsers import expat

from bench.plot import BOTTOM, HEIGHT, LEFT, LINE, RIGHT, TOP, WIDTH, svg

SERIES = {
    "ice: look up": [(10, 1.4), (10_000, 1.5)],
    "a peer & its <cache>": [(10, 2.0), (10_000, 900.0)],
    "another": [(10, 3.0), (10_000, 890.0)],
    "the floor": [(10, 1.0), (10_000, 1.0)],
    "near the floor": [(10, 1.01), (10_000, 1.01)],
}


def plot() -> str:
    """The plot of the series."""
    return svg(SERIES, title="Look-ups & more", description="Figures")


def texts() -> list[tuple[str, float]]:
    """What is written at the end of each line, and how far down."""
    return [
        (words, float(y))
        for y, words in re.findall(r'<text class="(?:peer|ours)" x="[\d.]+" y="([\d.]+)">(.*?)<', plot())
    ]


def test_the_same_figures_give_the_same_bytes_in_whatever_order_they_come() -> None:
    turned = dict(reversed(SERIES.items()))

    assert plot() == svg(turned, title="Look-ups & more", description="Figures")


def test_it_is_well_formed_and_says_what_it_shows_to_those_who_do_not_see_it() -> None:
    expat.ParserCreate().Parse(plot(), True)

    assert 'role="img" aria-label="Look-ups &amp; more"' in plot()
    assert "<desc>Figures</desc>" in plot()


def test_it_follows_the_readers_light_or_dark() -> None:
    assert "prefers-color-scheme: dark" in plot()


def test_every_name_has_a_colour_in_light_and_in_dark_which_its_line_does_not_take_away() -> None:
    light, dark = plot().split("@media")

    for name in ("text.peer", "text.ours"):
        assert re.search(rf"{re.escape(name)} {{ stroke: none; fill: #", light)
        assert re.search(rf"{re.escape(name)} {{ fill: #", dark)


def test_no_name_lies_over_another_or_outside() -> None:
    places = [y for _, y in texts()]

    assert len(SERIES) == len(places)
    assert all(below - above >= LINE - 0.2 for above, below in zip(places, places[1:], strict=False))
    assert TOP < places[0]
    assert places[-1] < HEIGHT


def test_ours_is_told_apart_and_every_name_comes_with_its_last_value() -> None:
    assert ["a peer &amp; its &lt;cache&gt;  900x", "another  890x", "ice: look up  1.5x"] == [
        words for words, _ in texts()
    ][:3]
    assert 1 == plot().count('<polyline class="ours" points=')
    assert 4 == plot().count('<polyline class="peer" stroke-dasharray=')


def test_axes_are_logarithmic() -> None:
    (points,) = re.findall(r'<polyline class="ours" points="(.*?)"', plot())
    (left, _), (right, _) = (map(float, point.split(",")) for point in points.split())
    one = next(y for y, words in re.findall(r'y="([\d.]+)" text-anchor="end">(.*?)<', plot()) if words == "1x")

    assert (LEFT, WIDTH - RIGHT) == (left, right)
    assert HEIGHT - BOTTOM + 4 == float(one)
