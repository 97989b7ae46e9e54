"""Bodies of the synthetic animals: one skeleton for each pose, shaped by a kind's anatomy.

The animal's frame: its feet or belly rest at y = 0.95, it reaches about 1 to each side and up to −1.2, and looks to
the right. Numbers are set by eye.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple, Protocol

import numpy as np

from classeur.data.synthetic_head import (
    Coat,
    paint_cat_head,
    paint_cat_profile,
    paint_collar,
    paint_dog_head,
    paint_dog_profile,
)
from classeur.data.synthetic_pen import Pen, Points, curve, oval, ribbon

Kind = Literal["cat", "dog"]
Spine = tuple[tuple[float, float], ...]


class PaintHead(Protocol):
    """Paints a head in its frame."""

    def __call__(self, pen: Pen, coat: Coat, *, turn: float, spread: float) -> None:
        """Paint it; arguments as for `paint_cat_head`."""


class Anatomy(NamedTuple):
    """The anatomy of a cat or a dog; lengths in units of the animal's frame.

    Attributes:
        paint_head: the head that looks at the viewer.
        paint_profile: the head seen from the side.
        head: half a head's width.
        girth: thickness of the trunk, 1 for an average one.
        leg: widths of a leg from top to paw.
        paw: half a paw's length.
        tails: spines of tails, from the root, for an animal that looks to the right.
        tail: widths of the tail from root to tip.
    """

    paint_head: PaintHead
    paint_profile: PaintHead
    head: float
    girth: float
    leg: tuple[float, ...]
    paw: float
    tails: tuple[Spine, ...]
    tail: tuple[float, ...]


ANATOMIES: dict[Kind, Anatomy] = {
    "cat": Anatomy(
        paint_head=paint_cat_head,
        paint_profile=paint_cat_profile,
        head=0.5,
        girth=0.88,
        leg=(0.2, 0.14, 0.12),
        paw=0.11,
        tails=(
            ((0, 0), (-0.24, -0.1), (-0.36, -0.5), (-0.22, -0.95)),
            ((0, 0), (-0.26, -0.08), (-0.4, -0.45), (-0.26, -0.8), (-0.46, -0.98)),
            ((0, 0), (-0.26, 0.12), (-0.42, 0.5), (-0.76, 0.42)),
            ((0, 0), (-0.3, 0.0), (-0.56, -0.2), (-0.5, -0.5), (-0.28, -0.5)),
        ),
        tail=(0.11, 0.1, 0.09, 0.08),
    ),
    "dog": Anatomy(
        paint_head=paint_dog_head,
        paint_profile=paint_dog_profile,
        head=0.49,
        girth=1.06,
        leg=(0.26, 0.19, 0.16),
        paw=0.14,
        tails=(
            ((0, 0), (-0.2, -0.14), (-0.36, -0.5)),
            ((0, 0), (-0.22, -0.2), (-0.14, -0.5), (0.1, -0.42)),
            ((0, 0), (-0.2, 0.12), (-0.3, 0.5)),
            ((0, 0), (-0.26, -0.06), (-0.6, -0.2)),
        ),
        tail=(0.16, 0.22, 0.17, 0.06),
    ),
}


class Stance(NamedTuple):
    """The posture of an animal of either kind.

    Attributes:
        pose: sitting, standing and so on.
        profile: whether the head is seen from the side, if the pose allows it.
        nod: tilt of the head in degrees clockwise.
        turn: how far the head looks to the right, −1 … 1.
        spread: how far the ears lean outwards, 0 … 1.
        tail: which of the four tails.
        stretch: length of the legs or trunk, 1 for an average one.
    """

    pose: Literal["head", "sitting", "facing", "standing", "lying"]
    profile: bool
    nod: float
    turn: float
    spread: float
    tail: int
    stretch: float


def paint_figure(pen: Pen, coat: Coat, *, kind: Kind, stance: Stance) -> None:
    """Paint an animal on the pen's canvas.

    Args:
        pen: its frame is the animal's.
        coat: its fur and features.
        kind: whose anatomy.
        stance: its posture.
    """
    anatomy = ANATOMIES[kind]
    POSES[stance.pose](pen, coat, anatomy=anatomy, stance=stance)


def _paint_head(pen: Pen, coat: Coat, *, anatomy: Anatomy, stance: Stance) -> None:
    """Paint collar and head at the pen's origin."""
    head = pen.at(0, 0, scale=anatomy.head, degrees=stance.nod)
    if coat.collar is not None:
        paint_collar(head, coat.collar)
    paint = anatomy.paint_profile if stance.profile and stance.pose != "facing" else anatomy.paint_head
    paint(head, coat, turn=stance.turn, spread=stance.spread)


def _paint_leg(pen: Pen, coat: Coat, *, anatomy: Anatomy, spine: Spine, far: bool = False) -> None:
    """Paint a leg along the spine, with a paw at its end."""
    filling = coat.shade if far else coat.fur
    pen.fill(ribbon(spine, anatomy.leg), filling, edge=coat.edge)
    x, y = spine[-1]
    pen.fill(
        oval(x + 0.04, y, radii=(anatomy.paw, anatomy.paw * 0.65)), filling if far else coat.muzzle, edge=coat.edge
    )


def _paint_tail(pen: Pen, coat: Coat, *, anatomy: Anatomy, stance: Stance, floor: float = 2.0) -> None:
    """Paint the tail from the pen's origin, not below `floor`."""
    spine = [(x, min(y, floor)) for x, y in anatomy.tails[stance.tail]]
    pen.fill(ribbon(spine, anatomy.tail), coat.fur, edge=coat.edge)


def _trunk(corners: Spine, *, girth: float) -> Points:
    """Return a trunk's outline, thinner or thicker about its middle."""
    outline = curve(corners)
    middle = outline.mean(axis=0)
    trunk: Points = middle + (outline - middle) * np.array([0.5 + 0.5 * girth, girth])
    return trunk


def _paint_bust(pen: Pen, coat: Coat, *, anatomy: Anatomy, stance: Stance) -> None:
    big = pen.at(0, 0, scale=1.65)
    neck = curve(
        ((-0.28, 0), (0.28, 0), (0.45, 0.45), (0.62, 0.9), (0.66, 3.0), (-0.66, 3.0), (-0.62, 0.9), (-0.45, 0.45))
    )
    big.fill(neck * np.array([anatomy.girth, 1]), coat.fur, edge=coat.edge)
    _paint_head(big, coat, anatomy=anatomy, stance=stance)


def _paint_facing(pen: Pen, coat: Coat, *, anatomy: Anatomy, stance: Stance) -> None:
    _paint_tail(pen.at(-0.35, 0.82), coat, anatomy=anatomy, stance=stance, floor=0.05)
    for side in (-1, 1):
        pen.fill(oval(side * 0.42 * anatomy.girth, 0.72, radii=(0.22, 0.26)), coat.shade, edge=coat.edge)
    pear = (
        (0, -0.55),
        (0.3, -0.3),
        (0.4, 0.2),
        (0.5, 0.7),
        (0.3, 0.95),
        (-0.3, 0.95),
        (-0.5, 0.7),
        (-0.4, 0.2),
        (-0.3, -0.3),
    )
    pen.fill(_trunk(pear, girth=anatomy.girth), coat.fur, edge=coat.edge)
    pen.fill(oval(0, 0.15, radii=(0.2 * anatomy.girth, 0.34)), coat.muzzle)
    for side in (-1, 1):
        pen.fill(oval(side * 0.46, 0.92, radii=(anatomy.paw * 1.2, anatomy.paw * 0.7)), coat.muzzle, edge=coat.edge)
        spine = ((side * 0.2, 0.2), (side * 0.17, 0.6), (side * 0.17, 0.92))
        _paint_leg(pen.at(-0.04, 0), coat, anatomy=anatomy, spine=spine)
    _paint_head(pen.at(*HEADS[stance.pose]), coat, anatomy=anatomy, stance=stance)


def _paint_sitting(pen: Pen, coat: Coat, *, anatomy: Anatomy, stance: Stance) -> None:
    _paint_tail(pen.at(-0.55, 0.82), coat, anatomy=anatomy, stance=stance, floor=0.05)
    _paint_leg(pen, coat, anatomy=anatomy, spine=((0.38, 0.2), (0.44, 0.6), (0.46, 0.92)), far=True)
    trunk = (
        (0.1, -0.6),
        (0.42, -0.4),
        (0.52, 0.1),
        (0.3, 0.7),
        (0.0, 0.94),
        (-0.5, 0.94),
        (-0.66, 0.6),
        (-0.5, 0.15),
        (-0.2, -0.25),
    )
    pen.fill(_trunk(trunk, girth=anatomy.girth), coat.fur, edge=coat.edge)
    _paint_leg(pen, coat, anatomy=anatomy, spine=((0.26, 0.15), (0.28, 0.6), (0.28, 0.92)))
    pen.fill(oval(-0.3, 0.62, radii=(0.3 * anatomy.girth, 0.32), degrees=-20), coat.fur, edge=coat.edge)
    pen.fill(oval(-0.1, 0.9, radii=(anatomy.paw * 1.6, anatomy.paw * 0.7)), coat.muzzle, edge=coat.edge)
    _paint_head(pen.at(*HEADS[stance.pose]), coat, anatomy=anatomy, stance=stance)


def _paint_standing(pen: Pen, coat: Coat, *, anatomy: Anatomy, stance: Stance) -> None:
    lift = 0.55 * (stance.stretch - 1)
    high = pen.at(0, -lift)
    _paint_tail(high.at(-0.78, -0.02), coat, anatomy=anatomy, stance=stance)
    for x in (-0.48, 0.6):
        _paint_leg(pen, coat, anatomy=anatomy, spine=((x, 0.15 - lift), (x + 0.02, 0.55), (x, 0.9)), far=True)
    trunk = (
        (-0.86, 0.08),
        (-0.6, -0.2),
        (0.0, -0.16),
        (0.5, -0.26),
        (0.78, -0.05),
        (0.7, 0.3),
        (0.2, 0.4),
        (-0.3, 0.34),
        (-0.75, 0.36),
    )
    high.fill(_trunk(trunk, girth=anatomy.girth), coat.fur, edge=coat.edge)
    for x in (-0.68, 0.42):
        _paint_leg(pen, coat, anatomy=anatomy, spine=((x, 0.15 - lift), (x + 0.04, 0.55), (x, 0.92)))
    high.fill(ribbon(((0.5, 0.0), (0.84, -0.42)), (0.5 * anatomy.girth, 0.36 * anatomy.girth)), coat.fur)
    _paint_head(high.at(*HEADS[stance.pose]), coat, anatomy=anatomy, stance=stance)


def _paint_lying(pen: Pen, coat: Coat, *, anatomy: Anatomy, stance: Stance) -> None:
    long = 0.85 + 0.3 * (stance.stretch - 0.85)
    _paint_tail(pen.at(-0.9 * long, 0.78), coat, anatomy=anatomy, stance=stance, floor=0.1)
    trunk = ((-1.0, 0.7), (-0.75, 0.3), (-0.2, 0.28), (0.4, 0.15), (0.7, 0.4), (0.66, 0.85), (0.2, 0.96), (-0.7, 0.96))
    pen.fill(_trunk(trunk, girth=anatomy.girth) * np.array([long, 1]), coat.fur, edge=coat.edge)
    for y, far in ((0.82, True), (0.9, False)):
        _paint_leg(pen, coat, anatomy=anatomy, spine=((0.3, y), (0.7, y), (0.98, y)), far=far)
    pen.fill(oval(-0.6 * long, 0.68, radii=(0.34, 0.27), degrees=-15), coat.fur, edge=coat.edge)
    pen.fill(oval(-0.35 * long, 0.91, radii=(anatomy.paw * 1.7, anatomy.paw * 0.65)), coat.muzzle, edge=coat.edge)
    _paint_head(pen.at(*HEADS[stance.pose]), coat, anatomy=anatomy, stance=stance)


# The middle of the head in each pose, in the animal's frame.
HEADS: dict[str, tuple[float, float]] = {
    "head": (0.0, 0.0),
    "facing": (0.0, -0.66),
    "sitting": (0.26, -0.7),
    "standing": (0.88, -0.52),
    "lying": (0.56, 0.12),
}
POSES: dict[str, Callable[..., None]] = {
    "head": _paint_bust,
    "facing": _paint_facing,
    "sitting": _paint_sitting,
    "standing": _paint_standing,
    "lying": _paint_lying,
}
