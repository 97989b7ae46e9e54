"""Heads of the synthetic animals, and the coat of head and body.

A head's frame: the origin between the eyes' height and the nose, one unit to half a head's width, looking at the
viewer or, in profile, to the right. Numbers are set by eye.
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from classeur.data.synthetic_pen import Chance, Colour, Pen, clouds, curve, mix, oval, ribbon

INK: Colour = (34, 28, 30)
PALE: Colour = (240, 234, 226)
PINK: Colour = (222, 142, 142)
# The same colours for cats and dogs: black, grey, white, cream, ginger, brown, chocolate, golden, silver.
FURS: tuple[Colour, ...] = (
    (58, 54, 58),
    (118, 120, 128),
    (228, 224, 216),
    (224, 200, 162),
    (212, 134, 66),
    (128, 88, 58),
    (88, 62, 48),
    (194, 150, 92),
    (172, 174, 178),
)
EYES: tuple[Colour, ...] = ((206, 160, 52), (150, 176, 70), (112, 160, 196), (172, 112, 52))
COLLARS: tuple[Colour, ...] = ((196, 48, 52), (44, 92, 176), (40, 140, 92), (214, 170, 40), (140, 70, 160))


class Coat(NamedTuple):
    """The fur and features of an animal of either kind.

    Attributes:
        fur: RGB picture as large as the canvas, cut out by the parts of the animal.
        shade: the same, darker, for parts that lie behind.
        muzzle: colour around the mouth, and of paws.
        ear: whether ears are of the second colour; None for fur.
        edge: colour of outlines.
        eye: colour of the iris.
        nose: colour of the nose.
        collar: colour of the collar; None for none.
        eyes_shut: whether the eyes are shut.
        mouth_open: whether the tongue is out.
    """

    fur: Image.Image
    shade: Image.Image
    muzzle: Colour
    ear: Colour | None
    edge: Colour
    eye: Colour
    nose: Colour
    collar: Colour | None
    eyes_shut: bool
    mouth_open: bool


def choose_coat(chance: Chance, size: tuple[int, int]) -> Coat:
    """Return a coat for a canvas of that size, (width, height) in pixels: plain, striped, spotted or patched.

    >>> choose_coat(Chance(0, 0), (64, 48)).fur.size
    (64, 48)
    """
    main, other = chance.pick(FURS), chance.pick(FURS)
    dark = sum(main) < 260
    low_size = (max(size[0] // 2, 8), max(size[1] // 2, 8))
    marks = _paint_marks(chance, low_size)
    mark = mix(main, other if chance.happens(0.5) else (PALE if dark else INK), share=chance.between(0.35, 0.75))
    mottle = 0.86 + 0.26 * clouds(chance, low_size, cells=18)
    plain = np.array(main, dtype=np.float32) + marks[..., None] * (np.array(mark) - np.array(main)).astype(np.float32)
    pixels = np.clip(plain * mottle[..., None], 0, 255).astype(np.uint8)
    fur = Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR)
    return Coat(
        fur=fur,
        shade=fur.point([round(0.74 * level) for level in range(256)] * 3),
        muzzle=mix(main, PALE, share=chance.pick((0.4, 0.65, 0.9))),
        ear=mark if chance.happens(0.4) else None,
        edge=mix(main, PALE if dark else INK, share=0.3 if dark else 0.6),
        eye=chance.pick(EYES),
        nose=mix(INK, chance.pick((INK, (120, 80, 70), PINK)), share=0.8),
        collar=chance.pick(COLLARS) if chance.happens(0.3) else None,
        eyes_shut=chance.happens(0.08),
        mouth_open=chance.happens(0.7),
    )


def _paint_marks(chance: Chance, size: tuple[int, int]) -> npt.NDArray[np.float32]:
    """Return the share of the second colour, float32 (height, width) in [0, 1]."""
    pattern = chance.pick(("plain", "plain", "stripes", "spots", "patches"))
    noise = clouds(chance, size, cells=5)
    marks: npt.NDArray[np.floating]
    across, down = np.meshgrid(*(np.arange(n, dtype=np.float32) / max(size) for n in size))
    angle, waves = chance.between(-0.5, 0.5), chance.between(14, 26)
    if pattern == "plain":
        marks = np.zeros_like(noise)
    elif pattern == "patches":
        marks = (noise - 0.52) * 20
    elif pattern == "stripes":
        phase = (across * math.cos(angle) + down * math.sin(angle)) * waves + 1.3 * noise
        marks = np.sin(2 * math.pi * phase) * 2.5 - 0.6
    else:
        bumps = np.sin(2 * math.pi * (across * waves + noise)) * np.sin(2 * math.pi * (down * waves - noise))
        marks = bumps * 4 - 1.6
    clipped: npt.NDArray[np.float32] = np.clip(marks, 0, 1)
    return clipped


def _paint_eye(pen: Pen, coat: Coat, *, slit: bool) -> None:
    """Paint one eye at the pen's origin: an almond with a slit, or round with a round pupil."""
    if coat.eyes_shut:
        pen.stroke(curve([(-0.18, 0), (0, 0.08), (0.18, 0)], closed=False), INK, width=0.06)
        return
    if slit:
        almond = curve([(-0.25, 0.05), (-0.02, -0.17), (0.25, -0.07), (0.03, 0.15)])
        pen.fill(almond, coat.eye, edge=INK)
        pen.fill(oval(0.01, -0.01, radii=(0.055, 0.15)), INK)
    else:
        pen.fill(oval(0, 0, radii=(0.165, 0.165)), mix(PALE, coat.edge, share=0.15), edge=coat.edge)
        pen.fill(oval(0, 0.01, radii=(0.14, 0.15)), mix(coat.eye, INK, share=0.6))
        pen.fill(oval(0, 0.01, radii=(0.085, 0.09)), INK)
    pen.fill(oval(0.05, -0.06, radii=(0.04, 0.04)), (250, 250, 250))


def _paint_tongue(pen: Pen, *, length: float) -> None:
    """Paint a tongue that hangs from the pen's origin."""
    tongue = curve([(-0.14, -0.02), (0.14, -0.02), (0.16, length * 0.7), (0, length), (-0.16, length * 0.7)])
    pen.fill(tongue, (226, 104, 116), edge=(150, 60, 70))
    pen.stroke(np.array([[0.0, 0.0], [0.0, length * 0.6]]), (180, 76, 90), width=0.03)


def _paint_whiskers(pen: Pen, colour: Colour, *, side: int) -> None:
    """Paint three whiskers from the pen's origin to the right (side 1) or left (−1)."""
    for rise in (-0.22, 0.0, 0.22):
        whisker = curve(
            [(0, rise * 0.3), (0.45 * side, rise * 0.8 - 0.05), (0.95 * side, rise * 1.6 + 0.04)], closed=False
        )
        pen.stroke(whisker, colour, width=0.025)


def paint_cat_head(pen: Pen, coat: Coat, *, turn: float, spread: float) -> None:
    """Paint a cat's head that looks at the viewer.

    Args:
        pen: its frame is the head's.
        coat: its fur and features.
        turn: how far it looks to the right, −1 … 1.
        spread: how far the ears lean outwards, 0 … 1.
    """
    for side in (-1, 1):
        tip = (side * (0.62 + 0.28 * spread) + 0.05 * turn, -1.5 + 0.12 * spread)
        inner, outer = (side * 0.14, -0.72), (side * 0.93, -0.2)
        ear = np.array([inner, (side * 0.36, -1.12), tip, (side * 0.88, -0.85), outer])
        pen.fill(ear, coat.ear or coat.fur, edge=coat.edge)
        middle = ear.mean(axis=0)
        pen.fill(middle + (ear - middle) * 0.55, mix(PINK, coat.edge, share=0.2))
    face = [(0.0, -0.84), (0.5, -0.76), (0.86, -0.35), (1.02, 0.18), (0.82, 0.52), (0.42, 0.76), (0.0, 0.82)]
    pen.fill(curve(face + [(-x, y) for x, y in face[-2:0:-1]]), coat.fur, edge=coat.edge)
    shift = 0.24 * turn
    for side in (-1, 1):
        _paint_eye(pen.at(side * 0.43 + shift, -0.08, mirrored=side < 0), coat, slit=True)
        pen.fill(oval(shift + side * 0.17, 0.42, radii=(0.23, 0.19)), coat.muzzle)
    if coat.mouth_open:
        pen.fill(oval(shift, 0.62, radii=(0.1, 0.1)), (200, 90, 100), edge=INK)
    pen.fill(np.array([[shift - 0.13, 0.2], [shift + 0.13, 0.2], [shift, 0.36]]), coat.nose, edge=INK)
    for side in (-1, 1):
        smile = curve([(shift, 0.36), (shift + side * 0.06, 0.54), (shift + side * 0.3, 0.52)], closed=False)
        pen.stroke(smile, INK, width=0.045)
        _paint_whiskers(pen.at(shift + side * 0.32, 0.4), _whisker_colour(coat), side=side)


def _whisker_colour(coat: Coat) -> Colour:
    """Return a colour with contrast to the fur's outline: pale on dark coats, dark on pale ones."""
    return mix(coat.edge, PALE if sum(coat.edge) > 200 else INK, share=0.7)


def paint_dog_head(pen: Pen, coat: Coat, *, turn: float, spread: float) -> None:
    """Paint a dog's head that looks at the viewer; arguments as for `paint_cat_head`; `spread`: hanging … flying."""
    face = [(0.0, -0.88), (0.46, -0.82), (0.76, -0.42), (0.78, 0.1), (0.6, 0.55), (0.4, 0.88), (0.0, 1.0)]
    pen.fill(curve(face + [(-x, y) for x, y in face[-2:0:-1]]), coat.fur, edge=coat.edge)
    for side in (-1, 1):
        drop = 0.75 - 0.5 * spread
        ear = [(0.4, -0.82), (0.85, -0.78), (1.12 + 0.25 * spread, -0.2), (1.14 + 0.3 * spread, drop - 0.15)]
        ear += [(0.95 + 0.25 * spread, drop), (0.76, drop * 0.6), (0.68, -0.2)]
        pen.fill(curve([(side * x, y) for x, y in ear]), coat.ear or coat.shade, edge=coat.edge)
    shift = 0.42 * turn
    for side in (-1, 1):
        _paint_eye(pen.at(side * 0.34 + 0.5 * shift, -0.2), coat, slit=False)
    if coat.mouth_open:
        _paint_tongue(pen.at(shift + 0.04, 0.85), length=0.62)
    pen.fill(oval(shift, 0.5, radii=(0.5, 0.42)), coat.muzzle, edge=mix(coat.muzzle, coat.edge, share=0.5))
    for side in (-1, 1):
        smile = curve([(shift, 0.4), (shift + side * 0.05, 0.66), (shift + side * 0.34, 0.64)], closed=False)
        pen.stroke(smile, INK, width=0.05)
    pen.fill(oval(shift, 0.26, radii=(0.25, 0.18)), mix(coat.nose, INK, share=0.6), edge=INK)
    pen.fill(oval(shift - 0.07, 0.19, radii=(0.07, 0.04)), (190, 186, 190))


def paint_cat_profile(pen: Pen, coat: Coat, *, turn: float, spread: float) -> None:
    """Paint a cat's head seen from the side; arguments as for `paint_cat_head`, `turn` moves the far ear only."""
    for x, filling in ((0.16 + 0.1 * turn, coat.shade), (-0.2, coat.ear or coat.fur)):
        tip = (x - 0.12 - 0.2 * spread, -1.46)
        ear = np.array([[x - 0.5, -0.5], [x - 0.38, -1.0], tip, [x + 0.2, -1.0], [x + 0.34, -0.55]])
        pen.fill(ear, filling, edge=coat.edge)
    middle = ear.mean(axis=0)
    pen.fill(middle + (ear - middle) * 0.5, mix(PINK, coat.edge, share=0.2))
    face = [(-0.1, -0.82), (0.4, -0.68), (0.68, -0.3), (0.8, 0.02), (0.98, 0.2), (0.96, 0.44), (0.7, 0.66)]
    pen.fill(curve([*face, (0.1, 0.8), (-0.5, 0.68), (-0.86, 0.2), (-0.76, -0.4)]), coat.fur, edge=coat.edge)
    pen.fill(oval(0.73, 0.38, radii=(0.24, 0.18)), coat.muzzle)
    pen.fill(np.array([[0.78, 0.1], [1.02, 0.12], [0.94, 0.29]]), coat.nose, edge=INK)
    pen.stroke(curve([(0.94, 0.29), (0.86, 0.46), (0.6, 0.48)], closed=False), INK, width=0.045)
    _paint_eye(pen.at(0.42, -0.1), coat, slit=True)
    for side in (-1, 1):
        _paint_whiskers(pen.at(0.68, 0.4), _whisker_colour(coat), side=side)


def paint_dog_profile(pen: Pen, coat: Coat, *, turn: float, spread: float) -> None:
    """Paint a dog's head seen from the side; arguments as for `paint_cat_head`, `turn` lengthens the muzzle."""
    length = 1.3 + 0.15 * turn
    if coat.mouth_open:
        _paint_tongue(pen.at(length * 0.72, 0.58, degrees=-10), length=0.6)
    face = [(-0.2, -0.82), (0.3, -0.74), (0.58, -0.34), (length - 0.2, -0.14), (length, 0.06), (length, 0.36)]
    pen.fill(
        curve([*face, (length * 0.75, 0.58), (0.3, 0.72), (-0.4, 0.75), (-0.8, 0.2), (-0.72, -0.45)]),
        coat.fur,
        edge=coat.edge,
    )
    pen.fill(oval(length * 0.8, 0.28, radii=(0.36, 0.22)), coat.muzzle)
    pen.stroke(curve([(length - 0.05, 0.34), (length * 0.75, 0.42), (0.52, 0.36)], closed=False), INK, width=0.05)
    pen.fill(oval(length - 0.02, -0.02, radii=(0.18, 0.16)), mix(coat.nose, INK, share=0.6), edge=INK)
    _paint_eye(pen.at(0.36, -0.26), coat, slit=False)
    drop = 0.85 - 0.35 * spread
    ear = [(-0.5, -0.72), (-0.05, -0.7), (0.12, -0.2), (0.02, drop - 0.3), (-0.25, drop)]
    pen.fill(curve([*ear, (-0.55, drop - 0.25), (-0.66, -0.2)]), coat.ear or coat.shade, edge=coat.edge)


def paint_collar(pen: Pen, colour: Colour) -> None:
    """Paint a collar under a head's chin, in the head's frame, before the head."""
    pen.fill(ribbon([(-0.62, 0.72), (0.0, 1.04), (0.62, 0.72)], [0.2, 0.22, 0.2]), colour, edge=INK)
    pen.fill(oval(0.0, 1.22, radii=(0.12, 0.12)), (224, 190, 80), edge=INK)
