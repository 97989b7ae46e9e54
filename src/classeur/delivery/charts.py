"""Charts of a page: lines with their intervals, scaled to places that a template draws as SVG.

Lines differ by dashes and marks, never by colour alone; colours are the page's, so that light and dark suit both.
"""

from collections.abc import Callable, Sequence
from math import ceil, floor, log10
from typing import NamedTuple

# Of the whole drawing, and of the part with lines: units of the drawing.
WIDTH, HEIGHT = 380, 272
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 364, 30, 226
_NUM_TICKS = 4

Place = tuple[float, float]


class Line(NamedTuple):
    """A line to draw."""

    name: str
    points: Sequence[Place]  # (x, y)
    kind: str = "a"  # a, b or rule: how it is drawn
    marks: bool = True
    intervals: Sequence[tuple[float, float]] = ()  # (low, high) of each point


class Tick(NamedTuple):
    """A labelled place of an axis."""

    at: float
    text: str


class DrawnLine(NamedTuple):
    """A line in the drawing's units."""

    name: str
    kind: str
    path: str  # of SVG's polyline
    marks: tuple[Place, ...]
    bars: tuple[tuple[float, float, float], ...]  # x, upper end, lower end


class Chart(NamedTuple):
    """A chart in the drawing's units, with its texts."""

    title: str
    description: str
    x_label: str
    y_label: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    lines: tuple[DrawnLine, ...]
    left: int = _LEFT
    right: int = _RIGHT
    top: int = _TOP
    bottom: int = _BOTTOM
    width: int = WIDTH
    height: int = HEIGHT


def chart(
    lines: Sequence[Line],
    *,
    title: str,
    description: str,
    x_label: str,
    y_label: str,
    x_text: Callable[[float, int], str],
    y_text: Callable[[float, int], str],
    y_range: tuple[float, float] | None = None,
    x_range: tuple[float, float] | None = None,
    x_ticks: Sequence[float] = (),
    is_x_log: bool = False,
) -> Chart:
    """Return lines as a chart.

    Args:
        lines: at least one point in all.
        title, description: what it shows, and what can be read off it, for whoever does not see it.
        x_label, y_label: of the axes.
        x_text, y_text: of a value at a tick, and of how many decimals tell the ticks of its axis apart.
        y_range, x_range: of the axes; as the points need it if None.
        x_ticks: where the ticks of x are; at round numbers if there are none.
        is_x_log: whether equal ratios of x take equal room.
    """
    xs = [x for line in lines for x, _ in line.points]
    ys = [
        *(y for line in lines for _, y in line.points),
        *(each for line in lines for pair in line.intervals for each in pair),
    ]
    low_x, high_x = x_range or _widened(min(xs), max(xs), is_log=is_x_log)
    low_y, high_y = y_range or _widened(min(ys), max(ys))

    def across(x: float) -> float:
        share = log10(x / low_x) / log10(high_x / low_x) if is_x_log else (x - low_x) / (high_x - low_x)
        return round(_LEFT + share * (_RIGHT - _LEFT), 1)

    def down(y: float) -> float:
        share = (min(max(y, low_y), high_y) - low_y) / (high_y - low_y)
        return round(_BOTTOM - share * (_BOTTOM - _TOP), 1)

    ticks_of_x, ticks_of_y = x_ticks or round_numbers(low_x, high_x), round_numbers(low_y, high_y)
    return Chart(
        title=title,
        description=description,
        x_label=x_label,
        y_label=y_label,
        x_ticks=tuple(Tick(across(x), x_text(x, num_decimals(ticks_of_x))) for x in ticks_of_x),
        y_ticks=tuple(Tick(down(y), y_text(y, num_decimals(ticks_of_y))) for y in ticks_of_y),
        lines=tuple(
            DrawnLine(
                line.name,
                line.kind,
                " ".join(f"{across(x)},{down(y)}" for x, y in line.points),
                tuple((across(x), down(y)) for x, y in line.points) if line.marks else (),
                tuple(
                    (across(x), down(high), down(low))
                    for (x, _), (low, high) in zip(line.points, line.intervals, strict=False)
                ),
            )
            for line in lines
        ),
    )


def round_numbers(low: float, high: float) -> list[float]:
    """Return about four round numbers between two.

    >>> round_numbers(0.93, 1.0), round_numbers(1, 15)
    ([0.94, 0.96, 0.98, 1.0], [5.0, 10.0, 15.0])
    """
    rough = (high - low) / _NUM_TICKS
    size = 10.0 ** floor(log10(rough))
    step = next(factor * size for factor in (1, 2, 5, 10) if factor * size >= rough * 0.999)
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    return [round(number * step, 12) for number in range(first, last + 1)]


def num_decimals(numbers: Sequence[float]) -> int:
    """Return how many decimals write round numbers exactly.

    >>> num_decimals([0.69, 0.695, 0.7]), num_decimals([20, 40])
    (3, 0)
    """
    return next((few for few in range(9) if all(abs(round(each, few) - each) < 1e-10 for each in numbers)), 9)


def _widened(low: float, high: float, *, is_log: bool = False) -> tuple[float, float]:
    """Return a range with a little room at its ends, or around its only value."""
    if is_log:
        room = (high / low) ** 0.06 if high > low else 2.0
        return low / room, high * room
    room = 0.06 * (high - low) or 0.05 * abs(high) or 1.0
    return low - room, high + room
