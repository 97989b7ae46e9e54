"""Surroundings of the synthetic animals, alike for cats and dogs: backdrop, things beside and in front, light.

A scene's frame: (0, 0) is the middle of the picture and one unit half its shorter side, so that a square picture
reaches from −1 to 1. Numbers are set by eye.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from classeur.data.synthetic_pen import Chance, Colour, Pen, Points, clouds, curve, mix, oval, ribbon

Size = tuple[int, int]
GREENS: tuple[Colour, ...] = ((74, 124, 58), (106, 150, 70), (58, 98, 62), (136, 152, 78))
SKIES: tuple[Colour, ...] = ((126, 176, 220), (176, 204, 226), (222, 178, 150), (120, 132, 156))
HAZES: tuple[Colour, ...] = ((214, 216, 220), (196, 206, 196), (222, 208, 192))
WALLS: tuple[Colour, ...] = (
    (206, 190, 162),
    (164, 186, 178),
    (178, 150, 160),
    (126, 140, 166),
    (226, 220, 206),
    (150, 110, 84),
)
FLOORS: tuple[Colour, ...] = ((150, 106, 70), (112, 84, 66), (170, 150, 130), (128, 128, 132))
TOYS: tuple[Colour, ...] = (
    (196, 60, 54),
    (52, 104, 178),
    (226, 180, 56),
    (92, 150, 86),
    (150, 84, 156),
    (232, 228, 220),
)


def paint_backdrop(chance: Chance, size: Size, *, clutter: float) -> Image.Image:
    """Return a room, meadow, wall, sky over a plain, pattern or plain gradient.

    Args:
        chance: the random numbers.
        size: (width, height) in pixels.
        clutter: amount of distraction, 0 … 1.

    Returns:
        RGB picture of that size.

    >>> paint_backdrop(Chance(3, 0), (64, 48), clutter=0.5).size
    (64, 48)
    """
    canvas = Image.new("RGB", size)
    paint: Callable[[Chance, Pen], None] = chance.pick(
        (_paint_room, _paint_meadow, _paint_bricks, _paint_plain, _paint_pattern, _paint_blur)
    )
    paint(chance, scene_pen(canvas))
    for _ in range(chance.whole(1 + round(6 * clutter))):
        _paint_thing(chance, scene_pen(canvas).at(chance.between(-0.95, 0.95), chance.between(-0.5, 0.8)))
    # Out of focus and in haze, so that fur shows against it.
    far = canvas.filter(ImageFilter.BoxBlur(min(size) / 2 * chance.between(0.0, 0.02)))
    return Image.blend(far, Image.new("RGB", size, chance.pick(HAZES)), chance.between(0.7, 1.0) * (1 - clutter) * 0.7)


def scene_pen(canvas: Image.Image) -> Pen:
    """Return a pen on the canvas in the scene's frame.

    >>> scene_pen(Image.new("RGB", (200, 100))).unit
    50.0
    """
    width, height = canvas.size
    half = min(width, height) / 2
    return Pen(canvas, np.array([[half, 0.0, width / 2], [0.0, half, height / 2]]))


def _blend(chance: Chance, size: Size, *, colours: tuple[Colour, Colour], grain: float) -> Image.Image:
    """Return a gradient from top to bottom between two colours, mottled by a share `grain` (0 … 1)."""
    small = (max(size[0] // 2, 1), max(size[1] // 2, 1))
    down = np.linspace(0, 1, small[1], dtype=np.float32)[:, None, None]
    top, bottom = (np.array(colour, dtype=np.float32) for colour in colours)
    mottle = 1 + grain * (clouds(chance, small, cells=6) + clouds(chance, small, cells=24) - 1)
    pixels = np.clip((top + (bottom - top) * down) * mottle[..., None], 0, 255).astype(np.uint8)
    return Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR)


def _box(left: float, top: float, *, right: float, bottom: float) -> Points:
    """Return the outline of an upright rectangle, float64 (4, 2)."""
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], dtype=np.float64)


def _paint_room(chance: Chance, pen: Pen) -> None:
    wall, floor, line = chance.pick(WALLS), chance.pick(FLOORS), chance.between(0.1, 0.6)
    pen.canvas.paste(_blend(chance, pen.canvas.size, colours=(wall, mix(wall, (0, 0, 0), share=0.2)), grain=0.15))
    if chance.happens(0.6):
        x, y, width = chance.between(-0.9, 0.4), chance.between(-1.0, -0.5), chance.between(0.3, 0.7)
        frame, pane = chance.pick(FLOORS), chance.pick((*SKIES, *TOYS))
        pen.fill(_box(x, y, right=x + width, bottom=y + 0.6), frame)
        pen.fill(_box(x + 0.06, y + 0.06, right=x + width - 0.06, bottom=y + 0.54), pane)
        if chance.happens(0.5):
            pen.fill(_box(x + width / 2 - 0.02, y, right=x + width / 2 + 0.02, bottom=y + 0.6), frame)
    boards = _blend(chance, pen.canvas.size, colours=(floor, mix(floor, (255, 255, 255), share=0.15)), grain=0.25)
    pen.fill(_box(-4, line, right=4, bottom=4), boards)
    pen.fill(_box(-4, line - 0.07, right=4, bottom=line), mix(wall, (255, 255, 255), share=0.4))
    dark = mix(floor, (0, 0, 0), share=0.3)
    for row in range(1, 6):
        y = line + 0.045 * row * row + 0.06
        pen.stroke(np.array([[-4.0, y], [4.0, y]]), dark, width=0.008)
    if chance.happens(0.4):
        rug = chance.pick(TOYS)
        pen.fill(oval(chance.between(-0.3, 0.3), 0.85, radii=(chance.between(0.5, 1.1), 0.22)), rug, edge=dark)


def _paint_meadow(chance: Chance, pen: Pen) -> None:
    sky, green, line = chance.pick(SKIES), chance.pick(GREENS), chance.between(-0.6, 0.3)
    pen.canvas.paste(_blend(chance, pen.canvas.size, colours=(sky, mix(sky, (255, 255, 255), share=0.5)), grain=0.2))
    for x in (-1.6, -0.8, 0.0, 0.8, 1.6):
        far = mix(chance.pick(GREENS), sky, share=0.4)
        hill = chance.between(0.15, 0.5)
        if chance.happens(0.3):
            pen.fill(np.array([[x - 0.35, line], [x, line - 1.2 * hill], [x + 0.35, line]]), far)
        else:
            pen.fill(oval(x, line, radii=(chance.between(0.3, 0.9), hill)), far)
    grass = _blend(chance, pen.canvas.size, colours=(green, mix(green, (20, 30, 10), share=0.3)), grain=0.5)
    pen.fill(_box(-4, line, right=4, bottom=4), grass)
    for _ in range(70):
        x, y = chance.between(-1.4, 1.4), line + chance.between(0.02, 1) ** 1.3 * (1.1 - line)
        blade = mix(chance.pick(GREENS), green, share=0.4)
        pen.stroke(
            np.array([[x, y], [x + chance.between(-0.05, 0.05), y - chance.between(0.05, 0.15)]]), blade, width=0.015
        )
    flower = chance.pick(TOYS)
    for _ in range(chance.whole(14)):
        pen.fill(oval(chance.between(-1, 1), chance.between(line + 0.1, 1.0), radii=(0.03, 0.025)), flower)


def _paint_bricks(chance: Chance, pen: Pen) -> None:
    brick = mix(chance.pick(WALLS), chance.pick(((150, 74, 56), (140, 134, 128))), share=chance.between(0.3, 1))
    joint = mix(brick, chance.pick(((230, 224, 214), (70, 64, 60))), share=0.5)
    pen.canvas.paste(_blend(chance, pen.canvas.size, colours=(joint, joint), grain=0.15))
    step, floor = chance.between(0.14, 0.26), chance.between(0.5, 0.9)
    for row in range(int(4 / step)):
        for column in range(-2, int(2 / step)):
            x, y = (column + row % 2 / 2 - 0.9 / step) * 2 * step, -2 + row * step
            if -1.6 < x < 1.6 and -1.4 < y < floor:
                shade = mix(brick, (40, 30, 26), share=chance.between(0, 0.3))
                pen.fill(_box(x, y, right=x + 1.9 * step, bottom=y + 0.88 * step), shade)
    ground = chance.pick(FLOORS)
    paving = _blend(chance, pen.canvas.size, colours=(ground, ground), grain=0.3)
    pen.fill(_box(-4, floor, right=4, bottom=4), paving)


def _paint_plain(chance: Chance, pen: Pen) -> None:
    sky, ground, line = chance.pick(SKIES), chance.pick((*FLOORS, *GREENS, (226, 206, 160))), chance.between(0.2, 0.7)
    pen.canvas.paste(_blend(chance, pen.canvas.size, colours=(sky, mix(sky, (255, 244, 230), share=0.6)), grain=0.15))
    for _ in range(chance.whole(5)):
        x, y = chance.between(-1, 1), chance.between(-0.9, -0.1)
        for puff in range(4):
            round_ = chance.between(0.08, 0.18)
            pen.fill(
                oval(x + 0.12 * puff, y + chance.between(-0.05, 0.05), radii=(1.3 * round_, round_)),
                mix(sky, (255, 255, 255), share=0.75),
            )
    if chance.happens(0.4):
        pen.fill(oval(chance.between(-0.9, 0.9), chance.between(-0.9, -0.4), radii=(0.14, 0.14)), (250, 232, 160))
    pen.fill(_box(-4, line, right=4, bottom=4), _blend(chance, pen.canvas.size, colours=(ground, ground), grain=0.3))


def _paint_pattern(chance: Chance, pen: Pen) -> None:
    first, second = chance.pick((*WALLS, *TOYS)), chance.pick((*WALLS, *TOYS, *SKIES))
    pen.canvas.paste(_blend(chance, pen.canvas.size, colours=(first, mix(first, second, share=0.3)), grain=0.1))
    mark, step = mix(first, second, share=chance.between(0.3, 0.8)), chance.between(0.2, 0.5)
    tilted, shape = pen.at(0, 0, degrees=chance.between(-45, 45)), chance.whole(4)
    for row in range(-int(1.9 / step), int(1.9 / step) + 1):
        if shape == 0:
            tilted.fill(_box(-3, row * step, right=3, bottom=(row + 0.5) * step), mark)
            continue
        for column in range(-int(1.9 / step), int(1.9 / step) + 1):
            x, y = (column + row % 2 / 2) * step, row * step
            if shape == 1:
                tilted.fill(oval(x, y, radii=(0.3 * step, 0.3 * step)), mark)
            elif shape == 2:
                tilted.fill(np.array([[x - step / 3, y], [x, y - step / 1.8], [x + step / 3, y]]), mark)
            else:
                tilted.fill(_box(x, y, right=x + step / 2, bottom=y + step / 2), mark)


def _paint_blur(chance: Chance, pen: Pen) -> None:
    colours = chance.pick(WALLS), chance.pick((*FLOORS, *GREENS, *SKIES))
    pen.canvas.paste(_blend(chance, pen.canvas.size, colours=colours, grain=chance.between(0.1, 0.8)))
    for _ in range(chance.whole(10)):
        spot, wide = chance.between(0.05, 0.4), chance.between(0.5, 1.6)
        place = oval(chance.between(-1.1, 1.1), chance.between(-1.1, 1.1), radii=(spot * wide, spot))
        pen.fill(place, mix(chance.pick((*TOYS, *SKIES)), colours[0], share=chance.between(0.3, 0.8)))
    pen.canvas.paste(pen.canvas.filter(ImageFilter.BoxBlur(pen.unit * chance.between(0.02, 0.1))))


def _paint_thing(chance: Chance, pen: Pen) -> None:
    """Paint a ball, box, lamp, tent or bush at the pen's origin: round and pointed shapes that are not ears."""
    big, colour = (
        pen.at(0, 0, scale=chance.between(0.15, 0.45), degrees=chance.between(-20, 20)),
        chance.pick((*TOYS, *FLOORS, *GREENS)),
    )
    other, edge, shape = chance.pick(TOYS), mix(colour, (20, 20, 20), share=0.5), chance.whole(6)
    if shape == 0:
        big.fill(oval(0, 0, radii=(0.7, 0.7)), colour, edge=edge)
        big.fill(oval(0, 0, radii=(0.25, 0.7), degrees=30), other, edge=edge)
    elif shape == 1:
        big.fill(_box(-0.8, -0.6, right=0.8, bottom=0.6), colour, edge=edge)
        big.fill(_box(-0.1, -0.6, right=0.1, bottom=0.6), other)
    elif shape == 2:
        big.fill(_box(-0.06, -0.2, right=0.06, bottom=1.4), edge)
        big.fill(np.array([[-0.35, -0.8], [0.35, -0.8], [0.7, 0], [-0.7, 0]]), colour, edge=edge)
    elif shape == 3:
        big.fill(np.array([[-0.8, 0.7], [0, -0.8], [0.8, 0.7]]), colour, edge=edge)
        big.fill(np.array([[-0.25, 0.7], [0, -0.1], [0.25, 0.7]]), edge)
    elif shape == 4:
        for x, y in ((-0.4, 0.2), (0.4, 0.2), (0, -0.2), (0, 0.4)):
            big.fill(oval(x, y, radii=(0.5, 0.45)), colour, edge=edge)
    else:
        snake = [
            (-1.0, 0.0),
            (-0.5, chance.between(-0.6, 0.6)),
            (0.2, 0.1),
            (0.7, chance.between(-0.7, 0.7)),
            (1.2, 0.0),
        ]
        big.fill(ribbon(snake, [0.16, 0.2, 0.1]), colour, edge=edge)


def paint_foreground(chance: Chance, canvas: Image.Image, *, top: float, clutter: float) -> None:
    """Paint what stands in front of the animal, at times: box, cushion, grass, fence or plant.

    Args:
        chance: the random numbers.
        canvas: RGB picture, painted on in place.
        top: how high it may rise to leave the face free, in the scene's frame; a fence is thin and rises everywhere.
        clutter: how often there is something, 0 (never) … 1 (always).
    """
    if not chance.happens(clutter):
        return
    paint: Callable[..., None] = chance.pick((_paint_box, _paint_cushion, _paint_grass, _paint_fence, _paint_plant))
    paint(chance, scene_pen(canvas).at(0, top), x=chance.between(-0.8, 0.8), colour=chance.pick((*TOYS, *FLOORS)))


def _paint_box(chance: Chance, pen: Pen, *, x: float, colour: Colour) -> None:
    wide = chance.between(0.3, 0.6)
    pen.fill(_box(x - wide, 0, right=x + wide, bottom=3), colour, edge=_darken(colour))
    pen.fill(_box(x - 0.08, 0, right=x + 0.08, bottom=3), mix(colour, (240, 230, 200), share=0.4))


def _paint_cushion(chance: Chance, pen: Pen, *, x: float, colour: Colour) -> None:
    wide, high = chance.between(0.4, 0.7), chance.between(0.2, 0.35)
    corners = [(-1.0, 0.0), (0.0, 0.06), (1.0, 0.0), (0.92, high), (1.0, 2 * high), (-1.0, 2 * high), (-0.92, high)]
    pen.fill(curve([(x + wide * across, down) for across, down in corners]), colour, edge=_darken(colour))


def _paint_grass(chance: Chance, pen: Pen, *, x: float, colour: Colour) -> None:
    for _ in range(60):
        root, lean = x + chance.between(-1.5, 1.5), chance.between(-0.25, 0.25)
        blade = ((root, 2.2), (root, 0.9), (root + lean, chance.between(0.0, 0.5)))
        green = mix(chance.pick(GREENS), (20, 40, 10), share=chance.between(0, 0.4))
        pen.fill(ribbon(blade, (0.08, 0.07, 0.01)), mix(green, colour, share=0.1))


def _paint_fence(chance: Chance, pen: Pen, *, x: float, colour: Colour) -> None:
    gap, thin = chance.between(0.4, 0.6), chance.between(0.04, 0.08)
    for post in range(-5, 6):
        pen.fill(_box(x + post * gap, -4, right=x + post * gap + thin, bottom=4), colour, edge=_darken(colour))
    pen.fill(_box(-4, 0.1, right=4, bottom=0.1 + 1.4 * thin), colour, edge=_darken(colour))


def _paint_plant(chance: Chance, pen: Pen, *, x: float, colour: Colour) -> None:
    for _ in range(9):
        lean, green = chance.between(-0.6, 0.6), mix(chance.pick(GREENS), colour, share=chance.between(0, 0.3))
        stem = ((x, 1.8), (x + lean * 0.4, 0.9), (x + lean, chance.between(0.0, 0.6)))
        pen.fill(ribbon(stem, (0.03, 0.14, 0.2, 0.02)), green, edge=_darken(green))


def _darken(colour: Colour) -> Colour:
    """Return the outline colour of a thing of that colour."""
    return mix(colour, (20, 20, 20), share=0.45)


def develop(chance: Chance, canvas: Image.Image, *, clutter: float) -> npt.NDArray[np.uint8]:
    """Return the canvas at half its size under a random light, a little blurred and with the noise of a sensor.

    Args:
        chance: the random numbers.
        canvas: RGB picture, both sides even.
        clutter: strength of light, blur and noise, 0 … 1.

    Returns:
        uint8 (height / 2, width / 2, 3) RGB.

    >>> develop(Chance(0, 0), Image.new("RGB", (64, 48)), clutter=0.5).shape
    (24, 32, 3)
    """
    picture = canvas.reduce(2)
    width, height = picture.size
    if chance.happens(0.6):
        # Blur grows with the size, so that small and large images of one seed look alike.
        blur = chance.between(0.2, 0.2 + 2 * clutter)
        picture = picture.filter(ImageFilter.GaussianBlur(min(width, height) / 160 * blur))
    across, down = (np.linspace(-1, 1, n, dtype=np.float32) for n in (width, height))
    tilts = [chance.between(-0.5, 0.5) * clutter for _ in range(2)]
    slope = tilts[0] * across[None, :] + tilts[1] * down[:, None]
    warmth, gain = chance.between(-0.15, 0.15) * clutter, 1.05 + chance.between(-0.7, 0.25) * clutter
    tint = np.array([1 + warmth, 1.0, 1 - warmth], dtype=np.float32) * np.float32(gain)
    contrast = 1.1 - chance.between(0, 0.7) * clutter
    pixels = (128 + contrast * (np.asarray(picture, dtype=np.float32) - 128)) * (1 + slope)[..., None] * tint
    pixels = pixels + np.float32(1 + chance.between(0, 16) * clutter) * chance.bell(height, width, 3)
    developed: npt.NDArray[np.uint8] = np.clip(pixels, 0, 255).round().astype(np.uint8)
    return developed
