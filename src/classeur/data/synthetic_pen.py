"""Tools of the synthetic images: random numbers from one stream, shapes as points, and a pen in a moving frame.

Shapes are float64 arrays (num_points, 2) of x to the right and y down, in the units of the pen's frame.
"""

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

Colour = tuple[int, int, int]
Points = npt.NDArray[np.float64]
Choice = TypeVar("Choice")


class Chance:
    """Random choices from one Philox stream.

    All use `random()`: NumPy may change the streams of its other methods between versions (NEP 19).

    Args:
        seed: first half of Philox's key, 0 … 2⁶⁴ − 1.
        code: second half of the key, 0 … 2⁶⁴ − 1.
        stream: which of the key's independent streams, 0 … 2⁶⁴ − 1.

    >>> Chance(7, 0).whole(1000) == Chance(7, 0).whole(1000)
    True
    """

    def __init__(self, seed: int, code: int, *, stream: int = 0) -> None:
        key = np.array([seed, code], dtype=np.uint64)
        self._generator = np.random.Generator(np.random.Philox(key=key, counter=[0, 0, 0, stream]))

    def between(self, low: float, high: float) -> float:
        """Return a number in [low, high), uniformly distributed."""
        return low + (high - low) * float(self._generator.random())

    def whole(self, limit: int) -> int:
        """Return a whole number 0 … limit − 1."""
        return int(self._generator.random() * limit)

    def happens(self, probability: float) -> bool:
        """Return True with that probability."""
        return bool(self._generator.random() < probability)

    def pick(self, options: Sequence[Choice]) -> Choice:
        """Return one of the options, with equal probability."""
        return options[self.whole(len(options))]

    def grid(self, *shape: int) -> Points:
        """Return float64 numbers in [0, 1) of that shape."""
        return self._generator.random(shape)

    def bell(self, *shape: int) -> npt.NDArray[np.float32]:
        """Return float32 numbers of that shape, nearly normal: mean 0, standard deviation 1, within ±3."""
        # The sum of three uniforms has a variance of 3/12; float32 numbers take half the time.
        sums: npt.NDArray[np.float32] = self._generator.random((3, *shape), dtype=np.float32).sum(axis=0)
        return (sums - np.float32(1.5)) * np.float32(2)


def clouds(chance: Chance, size: tuple[int, int], *, cells: int) -> npt.NDArray[np.float32]:
    """Return smooth noise: a small random grid enlarged.

    Args:
        chance: the random numbers of the grid.
        size: (width, height) in pixels.
        cells: knots along each side, at least 2; more are finer.

    Returns:
        float32 (height, width), nearly all in [0, 1] (bicubic interpolation overshoots a little).

    >>> clouds(Chance(0, 0), (40, 30), cells=4).shape
    (30, 40)
    """
    knots = Image.fromarray(chance.grid(cells, cells).astype(np.float32))
    return np.asarray(knots.resize(size, Image.Resampling.BICUBIC))


def mix(first: Colour, second: Colour, *, share: float) -> Colour:
    """Return the colour that lies `share` (0 … 1) of the way from the first to the second.

    >>> mix((0, 0, 0), (200, 100, 50), share=0.5)
    (100, 50, 25)
    """
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def oval(x: float, y: float, *, radii: tuple[float, float], degrees: float = 0.0) -> Points:
    """Return the outline of an ellipse around (x, y), float64 (28, 2), turned clockwise by `degrees`.

    >>> oval(1, 2, radii=(3, 1))[0].tolist()
    [4.0, 2.0]
    """
    angles = np.linspace(0, 2 * np.pi, 28, endpoint=False)
    across, along = radii[0] * np.cos(angles), radii[1] * np.sin(angles)
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.stack([x + cosine * across - sine * along, y + sine * across + cosine * along], axis=1)


def curve(corners: Sequence[tuple[float, float]], *, closed: bool = True, steps: int = 6) -> Points:
    """Return a smooth line through the corners (a Catmull-Rom spline), closed or open.

    Args:
        corners: at least three points in order.
        closed: whether the last is joined to the first.
        steps: points between two corners.

    Returns:
        float64 (num_corners × steps, 2) if closed, else ((num_corners − 1) × steps + 1, 2).

    >>> curve([(0, 0), (1, 0), (1, 1), (0, 1)]).shape
    (24, 2)
    """
    knots = np.asarray(corners, dtype=np.float64)
    ends = (knots[-1:], knots[:2]) if closed else (knots[:1], knots[-1:])
    knots = np.concatenate([ends[0], knots, ends[1]])
    before, start, stop, after = (knots[i : len(knots) - 3 + i, None] for i in range(4))
    t = np.linspace(0, 1, steps, endpoint=False)[None, :, None]
    line = start + 0.5 * t * (
        stop - before + t * (2 * before - 5 * start + 4 * stop - after + t * (3 * (start - stop) + after - before))
    )
    flat: Points = line.reshape(-1, 2)
    return flat if closed else np.concatenate([flat, knots[-1:]])


def ribbon(spine: Sequence[tuple[float, float]], widths: Sequence[float]) -> Points:
    """Return the outline of a strip along a curved spine: a leg, a tail, a blade of grass.

    Args:
        spine: at least two points in order.
        widths: full width at equal steps along the spine, at least one.

    Returns:
        float64 (num_points, 2), a closed outline with round ends.

    >>> ribbon([(0, 0), (0, 1)], [0.2]).min(axis=0).round(2).tolist()
    [-0.1, -0.1]
    """
    middle = curve(spine, closed=False)
    half = np.interp(np.linspace(0, 1, len(middle)), np.linspace(0, 1, len(widths)), np.asarray(widths) / 2)[:, None]
    ahead = np.gradient(middle, axis=0)
    ahead /= np.maximum(np.hypot(ahead[:, 0], ahead[:, 1]), 1e-9)[:, None]
    side = np.stack([ahead[:, 1], -ahead[:, 0]], axis=1)
    angles = np.radians([-60, -30, 0, 30, 60])[:, None]
    tip = middle[-1] + half[-1] * (np.cos(angles) * ahead[-1] - np.sin(angles) * side[-1])
    root = middle[0] + half[0] * (-np.cos(angles) * ahead[0] + np.sin(angles) * side[0])
    return np.concatenate([middle + half * side, tip, (middle - half * side)[::-1], root])


class Pen(NamedTuple):
    """A canvas and the frame in which shapes are placed on it.

    Attributes:
        canvas: RGB picture that is painted on, in place.
        frame: float64 (2, 3), the affine map from the frame's units to pixels of the canvas.
    """

    canvas: Image.Image
    frame: Points

    def at(self, x: float, y: float, *, scale: float = 1.0, degrees: float = 0.0, mirrored: bool = False) -> "Pen":
        """Return a pen whose origin is (x, y) of this one, scaled, turned clockwise and perhaps mirrored left-right."""
        cosine, sine = np.cos(np.radians(degrees)) * scale, np.sin(np.radians(degrees)) * scale
        flip = -1 if mirrored else 1
        step = np.array([[cosine * flip, -sine, x], [sine * flip, cosine, y], [0, 0, 1]])
        # Written out: a matrix product may go through BLAS, whose last bits differ between machines.
        frame: Points = (self.frame[:, :, None] * step[None]).sum(axis=1)
        return Pen(self.canvas, frame)

    @property
    def unit(self) -> float:
        """Pixels of the canvas to one unit of the frame."""
        return float(np.hypot(self.frame[0, 0], self.frame[1, 0]))

    def place(self, points: Points) -> list[tuple[float, float]]:
        """Return the points (num_points, 2) as pixels of the canvas, to a hundredth."""
        xs, ys = (self.frame[i, 0] * points[:, 0] + self.frame[i, 1] * points[:, 1] + self.frame[i, 2] for i in (0, 1))
        return list(zip(xs.round(2).tolist(), ys.round(2).tolist(), strict=True))

    def fill(self, points: Points, filling: Colour | Image.Image, *, edge: Colour | None = None) -> None:
        """Fill a closed outline with a colour, or with the same place of a picture as large as the canvas.

        Args:
            points: outline, (num_points, 2).
            filling: colour or RGB picture.
            edge: colour of a thin outline; None paints none.
        """
        placed = self.place(points)
        if isinstance(filling, Image.Image):
            # A mask of the shape's own size: one of the canvas's size would take half of an image's time.
            xs, ys = (
                [min(max(value, 0), side) for value in values]
                for values, side in zip(zip(*placed, strict=True), self.canvas.size, strict=True)
            )
            left, top, right, bottom = int(min(xs)), int(min(ys)), int(max(xs)) + 1, int(max(ys)) + 1
            mask = Image.new("L", (right - left, bottom - top))
            ImageDraw.Draw(mask).polygon([(x - left, y - top) for x, y in placed], fill=255)
            self.canvas.paste(filling.crop((left, top, right, bottom)), (left, top), mask)
        else:
            ImageDraw.Draw(self.canvas).polygon(placed, fill=filling)
        if edge is not None:
            width = max(1, round(self.canvas.size[1] / 150))
            ImageDraw.Draw(self.canvas).line([*placed, placed[0]], fill=edge, width=width)

    def stroke(self, points: Points, colour: Colour, *, width: float) -> None:
        """Paint an open line through the points, `width` units of the frame thick and at least one pixel."""
        pixels = max(1, round(width * self.unit))
        ImageDraw.Draw(self.canvas).line(self.place(points), fill=colour, width=pixels, joint="curve")
