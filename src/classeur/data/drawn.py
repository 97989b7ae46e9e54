"""Drawn cats and dogs: pictures for `classeur demo` that need no download and no licence.

A child tells them apart at once; a small network that has seen two hundred learns them by heart instead. Scene, pose,
coat and light come from the same chances for both kinds; only the anatomy differs. Pictures are drawn at twice
their size and reduced.
"""

from typing import NamedTuple, get_args

import numpy as np
import numpy.typing as npt

from classeur.data.drawn_animal import HEADS, Kind, Stance, draw_figure
from classeur.data.drawn_head import choose_coat
from classeur.data.drawn_pen import Chance, oval
from classeur.data.drawn_scene import develop, draw_backdrop, draw_foreground, scene_pen
from classeur.errors import ImageSizeError, RangeError, UnknownNameError

KINDS: tuple[Kind, ...] = get_args(Kind)
SMALLEST_SIDE = 32
LARGEST_SEED = 2**31 - 1
# How hard the pictures are, 0 … 1: how much light, place, size and things around the animal vary.
CLUTTER = 0.25
# Half a body's reach as a share of half the picture, for a whole animal and for a head.
LARGEST_BODY, LARGEST_BUST = 0.85, 0.78


def draw_animal(kind: Kind, seed: int, *, image_size: tuple[int, int] = (160, 160)) -> npt.NDArray[np.uint8]:
    """Return one picture of a cat or a dog, the same for the same arguments.

    Args:
        kind: "cat" or "dog".
        seed: which of the pictures of that kind, 0 … 2⁶⁴ − 1.
        image_size: (height, width) in pixels, both at least 32.

    Returns:
        uint8 (height, width, 3) RGB, 0 … 255.

    Raises:
        UnknownNameError: for another kind.
        RangeError: for a seed outside its range.
        ImageSizeError: for a side under 32 pixels.

    >>> picture = draw_animal("cat", 7, image_size=(48, 64))
    >>> picture.shape, picture.dtype
    ((48, 64, 3), dtype('uint8'))
    """
    if kind not in KINDS:
        raise UnknownNameError("kind of animal", str(kind), KINDS)
    if not 0 <= seed < 2**64:
        raise RangeError(f"seed is {seed}; expected 0 … 2⁶⁴ − 1; give another seed")
    height, width = image_size
    if min(height, width) < SMALLEST_SIDE:
        raise ImageSizeError(
            f"image_size is {height}×{width}; expected sides of at least {SMALLEST_SIDE} pixels; enlarge it"
        )
    code = KINDS.index(kind)
    scene, animal, light = (Chance(seed, code, stream=stream) for stream in range(3))
    canvas = draw_backdrop(scene, (2 * width, 2 * height), clutter=CLUTTER)
    stance = _choose_stance(animal)
    place = _choose_place(animal, stance)
    pen = scene_pen(canvas)
    if stance.pose != "head":
        ground = oval(place.x, place.y + 0.95 * place.scale, radii=(place.scale, 0.1 * place.scale))
        pen.fill(ground, canvas.point([round(0.7 * level) for level in range(256)] * 3))
    body = pen.at(place.x, place.y, scale=place.scale, degrees=place.degrees, mirrored=place.mirrored)
    draw_figure(body, choose_coat(animal, canvas.size), kind=kind, stance=stance)
    draw_foreground(scene, canvas, top=place.y + place.scale * (1.8 if stance.pose == "head" else 0.5), clutter=CLUTTER)
    return develop(light, canvas, clutter=CLUTTER)


class Place(NamedTuple):
    """Where an animal is in the scene, whatever its kind, in units of the scene's frame and degrees clockwise."""

    x: float
    y: float
    scale: float
    degrees: float
    mirrored: bool


def _choose_place(chance: Chance, stance: Stance) -> Place:
    """Return a place where the whole face is in the picture, if not always the whole body."""
    mirrored, degrees = chance.happens(0.5), chance.between(-14, 14) * CLUTTER
    shrink = 1 - chance.between(0, 0.7) * CLUTTER
    if stance.pose == "head":
        x, y = chance.between(-0.6, 0.6) * CLUTTER, 0.12 + chance.between(-0.4, 0.4) * CLUTTER
        return Place(x, y, LARGEST_BUST * shrink, degrees, mirrored)
    scale = LARGEST_BODY * shrink
    head = HEADS[stance.pose]
    room, ahead = 1 - 0.6 * scale, scale * head[0] * (-1 if mirrored else 1)
    x = min(max(chance.between(-1, 1) * (1.1 - scale), -room - ahead), room - ahead)
    y = chance.between(scale * (0.7 - head[1]) - 1, 1 - 0.95 * scale)
    return Place(x, max(y, 0.3 * (1 - scale)), scale, degrees, mirrored)


def _choose_stance(chance: Chance) -> Stance:
    """Return how an animal holds itself, by the same chances for every kind."""
    return Stance(
        pose=chance.pick(("head", "head", "head", "head", "facing", "sitting", "standing", "lying")),
        profile=chance.happens(0.2),
        nod=chance.between(-14, 14),
        turn=chance.between(-1, 1),
        spread=chance.between(0, 1),
        tail=chance.whole(4),
        stretch=chance.between(0.8, 1.15),
    )
