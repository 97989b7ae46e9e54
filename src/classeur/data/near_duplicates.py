"""Photographs that are in a folder more than once: re-encoded, resized, brightened, turned, cropped, or the next frame.

Candidates are laid over each other as drawn from their hashes, and those that still agree are compared on
their pixels.
"""

import itertools
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from classeur.data import agreement, alignment
from classeur.data.candidates import find_candidates, starts
from classeur.data.duplicates import equal_groups
from classeur.data.folder import ImageFolder
from classeur.data.neighbours import distinct
from classeur.data.perceptual import NUM_TURNS, hash_values, sketches, turned
from classeur.data.scan import Unopened, look_at
from classeur.images.pixels import PixelStore
from classeur.images.resampling import resample
from classeur.threads import map_in_threads

# Least correlation of what is drawn from the hashes, at half its size after one step, then at its own. Of 480 planted
# crops and frames 1 in 200 is below either; of other candidates half are below the first, nine tenths below the second.
_LEAST_HALVED, _LEAST_SKETCHES = 0.82, 0.925
# Of likely pairs that may be less: what covers a part changes much there.
_LEAST_LIKELY = 0.85
# What makes a pair of its candidates: mean correlation of the parts, the share of parts that agree, and their number;
# the cosine of the colours.
_LEAST_LIKENESS, _LEAST_SHARE, _LEAST_PARTS = 0.82, 0.8, 4
_LEAST_COLOUR = 0.8
# Cosine of the colours of a copy: of 5,581 pairs of one photograph that are told as copies, mirrored or turned, the
# least is 0.972.
_LEAST_COPIED_COLOUR = 0.96
# Where fewer parts than this have structure, things of one outline look alike, so noise that is measured must be shared
# (0.92 or more in 8 pairs of one photograph, 0.16 between a black and a grey shirt), and colours the same: that is so
# of pairs of one photograph (66 of 75, 0.993 or more), and of 300 copies of drawn mugs, shirts, shoes and discs (fewer
# than 12 such parts: 0.9954 or more). Of such things in two colours 0.997 and more are colours that look the same.
_MANY_STRUCTURED, _LEAST_FEW_COLOUR, _LEAST_PLAIN_COLOUR = 24, 0.99, 0.995
# Parts with structure in two directions. Of 2,080 copies of photographs one had 17, all others 21 or more of 64; drawn
# discs had up to 7, a plate with a hole 10. With fewer, noise must be the same and nothing may differ or have moved.
_LEAST_STRUCTURED = 12
_LEAST_NOISE = 0.2
_UNMOVED = 0.01
# Where noise is there and the same, it is one exposure, and less is asked of what differs: of 24 discs with noise that
# were saved again at quality 60, two were 1.01 and 1.07.
_LEAST_OF_ONE_EXPOSURE = 1.25
# From here on a place, or its colour, differs by more than copies of photographs do: 319 of 320 re-encoded and resized
# ones are below; of lines of 3 pixels, dots of 10 and patches of 25 in pictures of 320, 10, 6 and 0 in 100.
_LEAST_DIFFERENCE, _LEAST_COLOUR_DIFFERENCE = 1.0, 1.3
# Side at which pixels are compared, and the least: below it parts are too small to tell anything.
_SIDE, _LEAST_SIDE = 64, 32
# Moved by more than this share of half a side, it is another view.
_MOVED = 0.03
# Pairs that are compared at once.
_NUM_PAIRS = 512


# What a pair can be: the same content in other bytes, mirrored or turned; a crop or the next frame; other in parts,
# mirrored and turned too.
KINDS = ("copy", "mirrored", "turned", "moved", "altered")
# The next frame may show what the one before does not; a copy cannot.
SAME_CONTENT = frozenset(("copy", "mirrored", "turned"))


class NearDuplicate(NamedTuple):
    """Two images of one photograph, of other bytes, or of one moment."""

    first: int  # row of the folder
    second: int
    kind: str  # one of KINDS
    likeness: float  # mean correlation of the parts once laid over each other, 0 … 1


def near_duplicates(
    folder: ImageFolder, pixels: PixelStore, *, features: np.ndarray | None = None
) -> list[NearDuplicate]:
    """Return the pairs of usable images that show the same photograph, the most alike first.

    Of files with equal bytes, the first stands for all.

    Args:
        folder: as scanned.
        pixels: where their pixels are; images that are compared and not there are read from their files.
        features: of a network, one row for each row of the folder, (n, d); they find candidates too.
    """
    if min(pixels.image_size) < _LEAST_SIDE:
        return []
    # In the order of the files' contents, so that the order of the files does not matter.
    by_hash: dict[str, int] = {}
    for row in np.flatnonzero(folder.usable).tolist():
        if row < len(folder.perceptual_hashes) and folder.perceptual_hashes[row]:
            by_hash.setdefault(folder.hashes[row], row)
    rows = [by_hash[hash_] for hash_ in sorted(by_hash)]
    if len(rows) < 2:
        return []
    values = hash_values([folder.perceptual_hashes[row] for row in rows])
    candidates, are_likely = find_candidates(values, None if features is None else np.asarray(features)[rows])
    drawn = sketches(values)
    placements = starts()[candidates[:, 2]]
    for pictures, num_steps, least in ((_halved(drawn), 1, _LEAST_HALVED), (drawn, 3, _LEAST_SKETCHES)):
        kept, placements = _aligned(
            pictures,
            candidates,
            placements,
            num_steps=num_steps,
            least=np.where(are_likely, np.minimum(least, _LEAST_LIKELY), least),
        )
        candidates, are_likely = candidates[kept], are_likely[kept]
    candidates, placements = _readable(folder, pixels, rows, candidates, placements)
    found = _compared(pixels, [folder.hashes[row] for row in rows], candidates, placements)
    pairs = [
        NearDuplicate(min(rows[one], rows[other]), max(rows[one], rows[other]), kind, likeness)
        for one, other, kind, likeness in found
    ]
    return sorted(pairs, key=lambda pair: (-pair.likeness, pair.first, pair.second))


def joined(folder: ImageFolder, pairs: Iterable[NearDuplicate]) -> list[list[int]]:
    """Return groups of two or more rows that pairs or equal bytes join, each sorted, in the order of their first."""
    leaders = list(range(len(folder.paths)))

    def leader(row: int) -> int:
        while leaders[row] != row:
            leaders[row] = leaders[leaders[row]]
            row = leaders[row]
        return row

    equal = ((group[0], row) for group in equal_groups(folder) for row in group[1:])
    for first, second in itertools.chain(equal, ((pair.first, pair.second) for pair in pairs)):
        one, other = sorted((leader(first), leader(second)))
        leaders[other] = one
    groups: defaultdict[int, list[int]] = defaultdict(list)
    for row in range(len(leaders)):
        groups[leader(row)].append(row)
    return [group for group in groups.values() if len(group) > 1]


def _readable(
    folder: ImageFolder, store: PixelStore, rows: list[int], candidates: np.ndarray, placements: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Read the images of candidates that the store lacks; return the candidates without those that have changed."""
    needed = [rows[number] for number in distinct(candidates[:, :2])]
    if not store.missing(folder.hashes[row] for row in needed):
        return candidates, placements
    with store.building():
        missing = set(store.missing(folder.hashes[row] for row in needed))
        files = [
            Unopened(Path(folder.root, folder.paths[row]), store.preparation)
            for row in needed
            if folder.hashes[row] in missing
        ]
        looks = map_in_threads(look_at, files)
        store.add(
            (look.facts.hash, look.pixels) for look in looks if look.pixels is not None and look.facts.hash in missing
        )
    there = np.array([folder.hashes[row] in store for row in rows])
    is_there = there[candidates[:, 0]] & there[candidates[:, 1]]
    return candidates[is_there], placements[is_there]


def _aligned(
    pictures: np.ndarray, candidates: np.ndarray, placements: np.ndarray, *, num_steps: int, least: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return which candidates correlate by at least so much once laid over each other, and their placements."""

    def align(some: slice) -> tuple[np.ndarray, np.ndarray]:
        first, second = _laid(pictures, candidates[some])
        placed = alignment.place(first, second, placements[some], num_steps=num_steps)
        agree = np.flatnonzero(alignment.correlation(first, second, placed) >= least[some])
        return agree + some.start, placed[agree]

    parts = [(np.zeros(0, np.int64), alignment.unmoved(0))]
    parts.extend(map_in_threads(align, _slices(len(candidates), 4 * _NUM_PAIRS)))
    kept, placed = zip(*parts, strict=True)
    return np.concatenate(kept), np.concatenate(placed)


def _compared(
    store: PixelStore, hashes: list[str], candidates: np.ndarray, placements: np.ndarray
) -> list[tuple[int, int, str, float]]:
    """Return (first, second, kind, likeness) of the candidates that agree on their pixels, each pair once."""
    needed = distinct(candidates[:, :2])
    places = np.zeros(len(hashes), np.int64)
    places[needed] = np.arange(len(needed))
    pictures, colours = _small(store, [hashes[row] for row in needed])
    candidates = np.stack([places[candidates[:, 0]], places[candidates[:, 1]], candidates[:, 2]], axis=1)

    def compare(some: slice) -> list[tuple[int, int, str, float]]:
        first, second = (array.astype(np.float32) for array in _laid(pictures, candidates[some]))
        placed = alignment.place(_halved(first), _halved(second), placements[some], num_steps=4)
        result = alignment.compare(first, second, placed)
        agree = (result.likeness >= _LEAST_LIKENESS) & (result.shares >= _LEAST_SHARE)
        kept = np.flatnonzero(agree & (result.num_parts >= _LEAST_PARTS))
        if not len(kept):
            return []
        of_colours = _laid(colours, candidates[some][kept])
        detail = agreement.agree(first[kept], second[kept], placed[kept], of_colours)
        moves = np.abs(placed[kept] - (1, 0, 1, 0)).max(axis=1)
        kinds = _kinds(candidates[some][kept, 2], moves, result.shares[kept], detail)
        return [
            (int(needed[one]), int(needed[other]), kind, float(min(likeness, 1)))
            for (one, other, _), kind, likeness in zip(
                candidates[some][kept].tolist(), kinds, result.likeness[kept], strict=True
            )
            if kind
        ]

    best: dict[tuple[int, int], tuple[int, int, str, float]] = {}
    for found in map_in_threads(compare, _slices(len(candidates), _NUM_PAIRS)):
        for pair in found:
            if pair[:2] not in best or best[pair[:2]][3] < pair[3]:
                best[pair[:2]] = pair
    return list(best.values())


def _kinds(ways: np.ndarray, moves: np.ndarray, shares: np.ndarray, detail: agreement.Agreement) -> list[str]:
    """Return what each pair is, "" if it is none after all."""
    with np.errstate(invalid="ignore"):  # NaN where no part is but noise
        is_other_noise, is_one_exposure = detail.noise < _LEAST_NOISE, detail.noise >= _LEAST_NOISE
    is_same = (detail.difference < _LEAST_DIFFERENCE) & (detail.colour_difference < _LEAST_COLOUR_DIFFERENCE)
    is_structured = detail.num_structured >= _LEAST_STRUCTURED
    is_one_exposure &= detail.difference < _LEAST_OF_ONE_EXPOSURE
    is_one_exposure &= detail.colour_difference < _LEAST_COLOUR_DIFFERENCE
    has_much = detail.num_structured >= _MANY_STRUCTURED
    is_pair = (is_structured & (has_much | ~is_other_noise)) | (
        ((is_same & ~is_other_noise) | is_one_exposure) & (moves <= _UNMOVED)
    )
    of_few = np.where(is_structured, _LEAST_FEW_COLOUR, _LEAST_PLAIN_COLOUR)
    is_recoloured = detail.colour < np.where(has_much, _LEAST_COLOUR, of_few)
    is_pair &= ~is_recoloured | ((detail.is_one_grey | (detail.evened_colour >= _LEAST_COLOUR)) & has_much)
    is_same &= ~is_other_noise & ~detail.is_one_grey & (detail.colour >= _LEAST_COPIED_COLOUR)
    kinds = []
    for number, way in enumerate(ways.tolist()):
        turn = way if way < NUM_TURNS else 0
        if not is_pair[number]:
            kinds.append("")
        elif not turn and moves[number] > _MOVED:
            kinds.append("moved")
        elif not is_same[number] or (not turn and shares[number] < 1):
            kinds.append("altered")
        else:
            kinds.append(("copy", "mirrored")[turn] if turn < 2 else "turned")
    return kinds


def _laid(pictures: np.ndarray, candidates: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the pictures of pairs, the first ones turned, each (n, side, side) or (n, side, side, 3)."""
    first = pictures[candidates[:, 0]]
    for turn in range(1, NUM_TURNS):
        which = candidates[:, 2] == turn
        laid = np.moveaxis(first[which], (1, 2), (-2, -1))
        first[which] = np.moveaxis(turned(laid, turn), (-2, -1), (1, 2))
    return first, pictures[candidates[:, 1]]


def _small(store: PixelStore, hashes: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return small grey pictures, uint8 (n, side, side), and smaller ones in colour, uint8 (n, 16, 16, 3)."""
    side = _SIDE if min(store.image_size) >= _SIDE else _LEAST_SIDE
    pixels = store.select(hashes)
    pictures = np.empty((len(hashes), side, side), np.uint8)
    colours = np.empty((len(hashes), agreement.COLOUR_SIDE, agreement.COLOUR_SIDE, 3), np.uint8)

    def shrink(row: int) -> None:
        # Not by matrices, though these are fast: several threads that each call BLAS wait for each other.
        small = resample(pixels[row], (side, side))
        # Many times as fast as a sum along an axis of three.
        pictures[row] = (small[..., 0].astype(np.uint16) + small[..., 1] + small[..., 2]) // 3
        colours[row] = resample(small, colours.shape[1:3])

    for _ in map_in_threads(shrink, range(len(hashes))):
        pass
    return pictures, colours


def _halved(pictures: np.ndarray) -> np.ndarray:
    side = pictures.shape[-1] // 2
    halved: np.ndarray = pictures.reshape(-1, side, 2, side, 2).mean(axis=(2, 4))
    return halved


def _slices(length: int, size: int) -> list[slice]:
    return [slice(start, start + size) for start in range(0, length, size)]
