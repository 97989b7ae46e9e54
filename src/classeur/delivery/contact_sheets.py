"""Contact sheets: many small pictures on one PNG, alone or in pairs, each with its caption.

The pictures are laid out as pixels, and matplotlib writes the texts, so that names of any script can be read.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image
from rich.cells import cell_len

from classeur.delivery.captions import elide
from classeur.delivery.fonts import fit_to_width, set_fonts
from classeur.storage import written_atomically

# All lengths are in pixels.
_DPI = 100
_WIDTH, _LEAST_WIDTH = 1224, 624
_MARGIN = 24
_SIDE = 184  # of the square that holds a picture
_GAP = 14  # between tiles
_SEAM = 4  # between the two pictures of a pair
_LINE = 17  # of a caption
_APART = 10  # of captions side by side: closer, two long ones would be read as one
_HEAD = 70
_FOOT = 40

_GROUND, _EDGE = 244, 214  # greys beside a picture that is not square, and around each
_INK, _PALE, _ACCENT = "#222222", "#707070", "#0072B2"
# Narrower pictures could not be seen.
_MOST_STRETCHED = 8
# Pixels that a column of text takes at least, by the size of letters used here.
_LEAST_COLUMN = 4.5


class Caption(NamedTuple):
    """What is written below a picture."""

    label: str = ""  # its class, or what else matters most
    name: str = ""  # of its file


class Tile(NamedTuple):
    """One picture, or two that are alike, side by side."""

    pictures: Sequence[np.ndarray]  # uint8 (height, width, 3) each, all of one number in a sheet
    captions: Sequence[Caption]  # one for each picture
    remark: str = ""  # one line below all of them


class Strip(NamedTuple):
    """Some pictures of one class."""

    name: str
    remark: str
    pictures: Sequence[np.ndarray]


class _Line(NamedTuple):
    left: float
    top: float
    text: str
    width: float
    size: float = 8
    colour: str = _INK
    is_bold: bool = False


def draw_tiles(tiles: Sequence[Tile], path: Path, *, title: str, subtitle: str, foot: str = "") -> None:
    """Draw pictures, or pairs of them, in rows.

    Args:
        tiles: at least one.
        path: where the PNG is written.
        title: what the pictures are, in one line.
        subtitle: more about them, in one line.
        foot: such as how many more there are.
    """
    num_pictures = len(tiles[0].pictures)
    tile_width = num_pictures * _SIDE + (num_pictures - 1) * _SEAM
    num_columns = (_WIDTH - 2 * _MARGIN + _GAP) // (tile_width + _GAP)
    # Those of a row stand at equal distances over the whole width; a sheet of less than a row is narrower.
    step = (_WIDTH - 2 * _MARGIN - tile_width) / (num_columns - 1)
    inner = round(min(num_columns - 1, len(tiles) - 1) * step) + tile_width
    width = max(_LEAST_WIDTH, inner + 2 * _MARGIN)
    has = [any(caption[place] for tile in tiles for caption in tile.captions) for place in (0, 1)]
    text_height = _LINE * (sum(has) + any(tile.remark for tile in tiles)) + 6 + _GAP
    rows = [tiles[start : start + num_columns] for start in range(0, len(tiles), num_columns)]
    heights = [max(_fitted(each, _SIDE)[1] for tile in row for each in tile.pictures) for row in rows]
    sheet = _blank(_HEAD + sum(heights) + text_height * len(rows) + (_FOOT if foot else _MARGIN), width)
    lines, top = _heading(title, subtitle, foot, sheet), _HEAD
    for row, height in zip(rows, heights, strict=True):
        for column, tile in enumerate(row):
            left = round(_MARGIN + column * step)
            for place, (picture, caption) in enumerate(zip(tile.pictures, tile.captions, strict=True)):
                x, y = left + place * (_SIDE + _SEAM), top + height + 3
                _paste(sheet, picture, x, top, _SIDE, height)
                if has[0]:
                    lines.append(_Line(x, y, caption.label, _SIDE - _APART, size=8.5, is_bold=True))
                    y += _LINE
                if has[1]:
                    lines.append(_Line(x, y, caption.name, _SIDE - _APART, colour=_PALE))
            y = top + height + 3 + _LINE * sum(has)
            lines.append(_Line(left, y, tile.remark, tile_width - 2, colour=_ACCENT))
        top += height + text_height
    _write(sheet, lines, path)


def draw_strips(strips: Sequence[Strip], path: Path, *, title: str, subtitle: str, foot: str = "") -> None:
    """Draw a row of pictures for each class, its name before them.

    Args:
        strips: at least one.
        path, title, subtitle, foot: as for `draw_tiles`.
    """
    side, gap, name_width = 104, 6, 184
    sheet = _blank(_HEAD + len(strips) * (side + gap) + (_FOOT if foot else _MARGIN), _WIDTH)
    lines = _heading(title, subtitle, foot, sheet)
    for number, strip in enumerate(strips):
        top = _HEAD + number * (side + gap)
        lines.append(_Line(_MARGIN, top + side / 2 - _LINE, strip.name, name_width - 12, size=10, is_bold=True))
        lines.append(_Line(_MARGIN, top + side / 2 + 2, strip.remark, name_width - 12, colour=_PALE))
        for place, picture in enumerate(strip.pictures[:NUM_IN_STRIP]):
            _paste(sheet, picture, _MARGIN + name_width + place * (side + gap), top, side, side)
    _write(sheet, lines, path)


NUM_IN_STRIP = 9
"""Pictures of each class, at most."""


def _blank(height: int, width: int) -> np.ndarray:
    return np.full((height, width, 3), 255, np.uint8)


def _heading(title: str, subtitle: str, foot: str, sheet: np.ndarray) -> list[_Line]:
    height, width = len(sheet), sheet.shape[1] - 2 * _MARGIN
    lines = [
        _Line(_MARGIN, 14, title, width, size=15, is_bold=True),
        _Line(_MARGIN, 43, subtitle, width, size=9.5, colour=_PALE),
    ]
    return [*lines, _Line(_MARGIN, height - 32, foot, width, size=9.5, colour=_PALE)] if foot else lines


def _fitted(picture: np.ndarray, side: int) -> tuple[int, int]:
    """Return (width, height) of a picture made as large as it fits into a square."""
    height, width = picture.shape[:2]
    ratio = min(max(width / height, 1 / _MOST_STRETCHED), _MOST_STRETCHED)
    return (side, max(1, round(side / ratio))) if ratio >= 1 else (max(1, round(side * ratio)), side)


def _paste(sheet: np.ndarray, picture: np.ndarray, left: int, top: int, side: int, height: int) -> None:
    """Lay a picture into the middle of a rectangle, with an edge, so that a white one can be seen."""
    sheet[top : top + height, left : left + side] = _GROUND
    size = _fitted(picture, side)
    x, y = left + (side - size[0]) // 2, top + (height - size[1]) // 2
    image = np.array(Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS))
    image[[0, -1]] = image[:, [0, -1]] = _EDGE
    sheet[y : y + size[1], x : x + size[0]] = image


def _write(sheet: np.ndarray, lines: Iterable[_Line], path: Path) -> None:
    height, width = sheet.shape[:2]
    figure = Figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI)
    figure.figimage(sheet)
    texts: list[tuple[Text, float]] = []
    for line in lines:
        if line.text:
            # Most of what is too long goes before it is measured.
            short = elide(line.text, width=max(3, int(line.width / (_LEAST_COLUMN * line.size / 8))))
            text = figure.text(
                line.left / width,
                1 - line.top / height,
                short if cell_len(short) < cell_len(line.text) else elide(line.text, width=10**6),
                fontsize=line.size,
                color=line.colour,
                weight="bold" if line.is_bold else "normal",
                verticalalignment="top",
            )
            texts.append((text, line.width))
    set_fonts(figure)
    for text, most in texts:
        fit_to_width(text, most)
    with written_atomically(path) as temporary:
        figure.savefig(temporary, dpi=_DPI)
