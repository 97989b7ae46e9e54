"""Image quality: pictures that are blurred, under- or overexposed, or tiny, each by a threshold that is stated here.

Measured on the kept pixels, at 64×64, so that only what a small picture shows too counts. Of the thresholds none names
one of the tutorial's 3,000 photographs, and overexposure two of 4,317 flowers (docs/results.md, "Findings"). Where most
images of a folder are so, that is how it was made: one note, not thousands of warnings.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from classeur.data.findings import Change, Finding, Values
from classeur.data.folder import ImageFolder
from classeur.images.pixels import PixelStore
from classeur.images.resampling import resample
from classeur.images.resizing import without_padding
from classeur.threads import map_in_threads

_SIDE = 64
# Images that are measured at once.
_NUM_IMAGES = 32

# Detail at 1/64 of the side against detail at 1/32 (standard deviations of the Laplacian). It does not change with
# scale for pictures with a photograph's spectrum. The tutorial's photographs have 0.43 … 0.9; blurred by a Gaussian of
# 1.3 % of the side, 98 of 100 are below.
BLURRED = 0.4
# Levels of 0 … 255 below which there is no detail to compare.
_LEAST_DETAIL = 1.0
# Level that the brightest hundredth does not reach: in none of the tutorial's photographs, in each at four stops less.
# CleanVision (github.com/cleanlab/cleanvision) takes 94, by which ten flowers on black would be named.
UNDEREXPOSED = 80
# Half is white, and hardly a hundredth is darker than this: what is photographed or written on white is darker.
_WHITE, DARKEST = 250, 100
# Strokes: what is darker than this and vanishes where the lightest of 1/50 of the side around is taken. Of pages of
# small text 93 … 100 % of what is darker is strokes; of 240 overexposed photographs 93 % have less than 90 %, and the
# others are all but white.
_PAPER, _STROKE, _WRITTEN = 235, 1 / 100, 0.9
# Shorter side in pixels. Keras' networks take no smaller images (keras.io/api/applications), and CIFAR's are as large.
TINY = 32

BLANK_RANGE = 1 / 16
"""Share of the value range below which an image is almost one shade: 16 of 256 levels. A network sees no more of
12-bit colours in 16-bit files."""

# Share of the images from which on it is how the folder was made.
_MOST = 0.5


class Quality(NamedTuple):
    """What the pixels of each row say, float32 (n,); NaN where nothing can be said."""

    sharpness: np.ndarray  # detail at 1/64 of the side against detail at 1/32
    brightest: np.ndarray  # level that a hundredth of the pixels exceeds, 0 … 255
    median: np.ndarray
    darkest: np.ndarray  # level below which a hundredth is
    strokes: np.ndarray  # of what is darker than paper on a white picture, the share that is strokes; else 0


def quality_of(folder: ImageFolder, pixels: PixelStore) -> Quality:
    """Return the quality of each row's picture.

    Args:
        folder: as scanned.
        pixels: the store that the scan has filled.
    """
    rows = np.flatnonzero(folder.usable)
    kept = pixels.select([folder.hashes[row] for row in rows])
    is_padded = folder.preparation.fit == "pad"

    def measure(start: int) -> np.ndarray:
        small, levels, strokes = [], [], []
        for number in range(start, min(start + _NUM_IMAGES, len(rows))):
            picture, row = kept[number], rows[number]
            if is_padded:
                picture = without_padding(picture, (int(folder.widths[row]), int(folder.heights[row])))
            small.append(_sum(_shrunk(picture)))
            levels.append(_levels(picture))
            strokes.append(_strokes(picture) if _is_bright(*levels[-1][1:]) else 0)
        return np.concatenate([[_sharpness(np.stack(small) / np.float32(3))], np.transpose(levels), [strokes]])

    columns = np.full((5, len(folder.paths)), np.nan, np.float32)
    if len(rows):
        columns[:, rows] = np.concatenate(list(map_in_threads(measure, range(0, len(rows), _NUM_IMAGES))), axis=1)
    # What is enlarged has no detail of its own, and what is kept smaller has lost it.
    is_small = min(folder.preparation.image_size) < _SIDE
    columns[0, is_small | (np.minimum(folder.widths, folder.heights) < _SIDE)] = np.nan
    return Quality(*columns)


def find_quality(folder: ImageFolder, quality: Quality) -> list[Finding]:
    """Return a finding for every image of poor quality, the worst first; one in all where most are so.

    Images of almost one shade are left to `inspection.find_flat`, and a folder of tiny ones to `find_enlarged`.
    """
    with np.errstate(invalid="ignore"):
        is_dark = quality.brightest < UNDEREXPOSED
        is_bright = _is_bright(quality.median, quality.darkest) & (quality.strokes < _WRITTEN)
        is_blurred = (quality.sharpness < BLURRED) & ~is_dark & ~is_bright
    sides = np.minimum(folder.widths, folder.heights)
    return [
        *_found(folder, "tiny", sides < TINY, sides, {"width": folder.widths, "height": folder.heights}),
        *_found(folder, "blurred", is_blurred, quality.sharpness, {"sharpness": quality.sharpness}),
        *_found(folder, "underexposed", is_dark, quality.brightest, {"brightest": quality.brightest}),
        *_found(
            folder, "overexposed", is_bright, -quality.darkest, {"median": quality.median, "darkest": quality.darkest}
        ),
    ]


def _found(
    folder: ImageFolder, code: str, which: np.ndarray, rank: np.ndarray, columns: dict[str, np.ndarray]
) -> list[Finding]:
    rows = np.flatnonzero(which & folder.usable & (folder.used_ranges >= BLANK_RANGE))
    rows = rows[np.argsort(rank[rows], kind="stable")]
    if len(rows) > _MOST * folder.usable.sum():
        if code == "tiny":
            return []
        values: Values = {
            "num_images": len(rows),
            "share": len(rows) / int(folder.usable.sum()),
            "paths": _paths(folder, rows[:3]),
        }
        return [Finding(code=f"mostly-{code}", severity="note", subject=folder.data, values=values)]
    return [
        Finding(
            code=code,
            severity="warning",
            subject=folder.paths[row],
            values={name: round(float(column[row]), 5) for name, column in columns.items()},
            changes=(Change(code="look-quality"),),
        )
        for row in rows
    ]


def _paths(folder: ImageFolder, rows: Sequence[int] | np.ndarray) -> list[str]:
    return [folder.paths[row] for row in rows]


def _shrunk(picture: np.ndarray) -> np.ndarray:
    """Return a picture at 64×64; whole cells are averaged first, which is faster."""
    down, across = (max(1, side // _SIDE) for side in picture.shape[:2])
    if max(down, across) > 1:
        picture = np.asarray(Image.fromarray(picture).reduce((across, down)))
    return resample(picture, (_SIDE, _SIDE))


def _sum(picture: np.ndarray) -> np.ndarray:
    """Return the sum of the three colours, uint16; many times as fast as a sum along an axis of three."""
    sums: np.ndarray = picture[..., 0].astype(np.uint16) + picture[..., 1] + picture[..., 2]
    return sums


def _levels(picture: np.ndarray) -> np.ndarray:
    """Return brightest, median and darkest of some four thousand pixels; averages would hide thin lines."""
    down, across = (max(1, side // _SIDE) for side in picture.shape[:2])
    levels = np.sort(_sum(picture[::down, ::across]), axis=None)
    found: np.ndarray = levels[[int(share * len(levels)) for share in (0.99, 0.5, 0.01)]] / np.float32(3)
    return found


def _is_bright(median: Any, darkest: Any) -> Any:
    return (median >= _WHITE) & (darkest >= DARKEST)


def _strokes(picture: np.ndarray) -> float:
    """Return of what is darker than paper the share that is strokes, 0 … 1: thin, with paper around."""
    grey = (_sum(picture) // 3).astype(np.uint8)
    closed = grey
    for most in (np.maximum, np.minimum):
        for axis in (0, 1):
            closed = _widened(closed, max(1, round(_STROKE * grey.shape[axis])), axis, most)
    is_mark = grey < _PAPER
    return float((is_mark & (closed >= _PAPER)).sum() / max(1, is_mark.sum()))


def _widened(grey: np.ndarray, reach: int, axis: int, most: np.ufunc) -> np.ndarray:
    """Return the most of each pixel and those around it along an axis."""
    grey = np.moveaxis(grey, axis, 0)
    widened = grey.copy()
    for step in range(1, reach + 1):
        most(widened[step:], grey[:-step], out=widened[step:])
        most(widened[:-step], grey[step:], out=widened[:-step])
    return np.moveaxis(widened, 0, axis)


def _sharpness(pictures: np.ndarray) -> np.ndarray:
    """Return the detail of pictures at 1/64 against that at 1/32, (n,); NaN where there is none."""
    halved = pictures[:, ::2] + pictures[:, 1::2]
    coarse = _detail((halved[:, :, ::2] + halved[:, :, 1::2]) / 4)
    sharpness: np.ndarray = np.where(
        coarse >= _LEAST_DETAIL, _detail(pictures) / np.maximum(coarse, _LEAST_DETAIL), np.nan
    )
    return sharpness


def _detail(pictures: np.ndarray) -> np.ndarray:
    """Return the standard deviation of each picture's Laplacian, (n,)."""
    middle = pictures[:, 1:-1, 1:-1]
    around = pictures[:, :-2, 1:-1] + pictures[:, 2:, 1:-1] + pictures[:, 1:-1, :-2] + pictures[:, 1:-1, 2:]
    deviations: np.ndarray = (4 * middle - around).std(axis=(1, 2))
    return deviations
