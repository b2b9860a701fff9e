"""The number of components against the time of one look-up, log-log, as SVG: the same bytes for the same figures.

Written by hand: what a plotting library adds (fonts, ids, its version) changes the bytes from release to release, and
none follows the reader's light or dark.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Final
from xml.sax.saxutils import escape

# Name -> (number of components, multiple of a bare Python), by number.
Series = Mapping[str, Sequence[tuple[int, float]]]

WIDTH, HEIGHT = 840, 460
LEFT, RIGHT, TOP, BOTTOM = 64, 310, 44, 52
LINE: Final = 16
OURS: Final = "ice: "
_STYLE: Final = """
  svg { color-scheme: light dark; }
  text { font: 13px system-ui, "DejaVu Sans", sans-serif; fill: #24292f; }
  .title { font-weight: 600; font-size: 15px; }
  .grid { stroke: #8c959f; stroke-opacity: .35; }
  .peer { stroke: #6e7781; stroke-width: 1.5; fill: none; }
  .ours { stroke: #0969da; stroke-width: 3; fill: none; }
  text.peer { stroke: none; fill: #24292f; }
  text.ours { stroke: none; fill: #0969da; font-weight: 600; }
  circle.peer { fill: #6e7781; }
  circle.ours { fill: #0969da; }
  @media (prefers-color-scheme: dark) {
    text, text.peer { fill: #e6edf3; }
    .peer { stroke: #9198a1; }
    .ours { stroke: #58a6ff; }
    text.ours { fill: #58a6ff; }
    circle.peer { fill: #9198a1; }
    circle.ours { fill: #58a6ff; }
  }
"""


class _Scale:
    """From values to places on one logarithmic axis."""

    def __init__(self, *, low: int, high: int, begin: float, end: float) -> None:
        """An axis from ten to the power of `low` to that of `high`."""
        self.powers = range(low, high + 1)
        self._low, self._high, self._begin, self._end = low, high, begin, end

    def place(self, value: float) -> float:
        """Where the value lies."""
        return self._begin + (math.log10(value) - self._low) / (self._high - self._low) * (self._end - self._begin)


def svg(series: Series, *, title: str, description: str) -> str:
    """The plot; lines in the order of their last values, each named at its end."""
    numbers = [number for points in series.values() for number, _ in points]
    values = [value for points in series.values() for _, value in points]
    across = _Scale(
        low=math.floor(math.log10(min(numbers))),
        high=math.ceil(math.log10(max(numbers))),
        begin=LEFT,
        end=WIDTH - RIGHT,
    )
    up = _Scale(low=0, high=max(1, math.ceil(math.log10(max(values)))), begin=HEIGHT - BOTTOM, end=TOP)
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{escape(title)}">',
        f"<title>{escape(title)}</title>",
        f"<desc>{escape(description)}</desc>",
        f"<style>{_STYLE}</style>",
        f'<text class="title" x="{LEFT}" y="20">{escape(title)}</text>',
        *_axes(across, up),
        *_curves(series, across, up),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _axes(across: _Scale, up: _Scale) -> list[str]:
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    lines = []
    for power in across.powers:
        x = across.place(10**power)
        lines.append(f'<line class="grid" x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{bottom}"/>')
        lines.append(f'<text x="{x:.1f}" y="{bottom + 20}" text-anchor="middle">{10**power:,}</text>')
    for power in up.powers:
        y = up.place(10**power)
        lines.append(f'<line class="grid" x1="{LEFT}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}"/>')
        lines.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{10**power:,}x</text>')
    middle = (LEFT + right) / 2
    lines.append(f'<text x="{middle:.1f}" y="{HEIGHT - 10}" text-anchor="middle">components</text>')
    return lines


def _curves(series: Series, across: _Scale, up: _Scale) -> list[str]:
    ordered = sorted(series.items(), key=lambda item: (-item[1][-1][1], item[0]))
    places = _apart([up.place(points[-1][1]) for _, points in ordered])
    lines = []
    for number, ((name, points), label) in enumerate(zip(ordered, places, strict=True)):
        kind = "ours" if name.startswith(OURS) else "peer"
        dots = [(across.place(count), up.place(value)) for count, value in points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in dots)
        # Told apart without colour too.
        dash = "" if kind == "ours" else f' stroke-dasharray="{2 + 2 * (number % 4)} {3 if number % 4 else 0}"'
        lines.append(f'<polyline class="{kind}"{dash} points="{path}"/>')
        lines += [f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in dots]
        x, y = dots[-1]
        lines.append(f'<line class="grid" x1="{x + 5:.1f}" y1="{y:.1f}" x2="{x + 22:.1f}" y2="{label:.1f}"/>')
        words = escape(f"{name}  {points[-1][1]:.3g}x")
        lines.append(f'<text class="{kind}" x="{x + 26:.1f}" y="{label + 4:.1f}">{words}</text>')
    return lines


def _apart(places: Sequence[float]) -> list[float]:
    """The same places from top to bottom, moved so that a line of text fits between any two and none falls off."""
    moved: list[float] = []
    for place in places:
        moved.append(max(place, moved[-1] + LINE) if moved else place)
    lowest = float(HEIGHT - BOTTOM + LINE)
    for number in reversed(range(len(moved))):
        lowest = moved[number] = min(moved[number], lowest)
        lowest -= LINE
    return moved
