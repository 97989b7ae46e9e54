"""The pictures of an inspection: a contact sheet for each kind of finding about images, and one of the classes."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image
from rich.cells import cell_len

from classeur.data.findings import Finding
from classeur.data.folder import ImageFolder
from classeur.data.quality import BLANK_RANGE, BLURRED, DARKEST, TINY, UNDEREXPOSED
from classeur.delivery.captions import elide, inside
from classeur.delivery.contact_sheets import NUM_IN_STRIP, Caption, Strip, Tile, draw_strips, draw_tiles
from classeur.delivery.findings_table import Kind
from classeur.delivery.wording import counted, rounded_down
from classeur.images.pixels import PixelStore
from classeur.images.resizing import without_padding

# Pictures, or pairs of them, on one sheet, and classes.
_MOST_PICTURES, _MOST_PAIRS, _MOST_CLASSES = 42, 24, 24

# Columns of a class's name beside a split.
_CLASS_WIDTH = 16
# Columns of bold letters below a picture.
_LABEL_WIDTH = 24
# Pairs that are shown of one group.
_MOST_OF_GROUP = 4

# Pairs that are shown of one chain, from its first to its last.
_MOST_OF_CHAIN = 6

# Codes of chains, of which neighbours are shown, so that one can see whether they show the same thing.
_CHAINS = frozenset(("long-burst", "long-chain"))

# Code → what its sheet is called; others go by their nouns.
_TITLES = {
    "contradiction": "Identical files in several classes",
    "leak": "Identical files in several splits",
    "duplicate": "Identical files",
    "near-contradiction": "The same photograph in several classes",
    "near-leak": "The same photograph in several splits",
    "near-duplicate": "The same photograph more than once",
    "low-range": "Images of almost one shade",
}
# Codes whose first finding is not simply the worst.
_ORDERS = {
    "contradiction": "the largest groups first",
    "leak": "the largest groups first",
    "duplicate": "the largest groups first",
    "near-contradiction": "the most alike first",
    "near-leak": "the most alike first",
    "near-duplicate": "the most alike first",
}
_SPLITS = {"train": "training", "validation": "validation", "test": "test"}
_KINDS = {
    "copy": "a copy",
    "mirrored": "mirrored",
    "turned": "turned",
    "moved": "cropped, or the next frame",
    "altered": "changed in parts",
}
_REMARKS: Mapping[str, Callable[[Finding], str]] = {
    "low-range": lambda finding: (
        f"{rounded_down(100 * finding.values['used_range'], 1)}% of the range, below {100 * BLANK_RANGE:g}%"
    ),
    "tiny": lambda finding: f"{finding.values['width']:g}×{finding.values['height']:g} pixels, below {TINY}",
    "blurred": lambda finding: f"sharpness {rounded_down(finding.values['sharpness'], 2)}, below {BLURRED:g}",
    "underexposed": lambda finding: (
        f"brightest: {rounded_down(finding.values['brightest'], 0)} of 255, below {UNDEREXPOSED}"
    ),
    "overexposed": lambda finding: f"darkest: {finding.values['darkest']:.0f} of 255, at least {DARKEST}",
}


class InspectionSheets:
    """Draws the pictures of a folder's findings from its kept pixels; no file is opened again."""

    def __init__(self, folder: ImageFolder, pixels: PixelStore) -> None:
        """Take the folder as it was scanned, and the store that the scan has filled."""
        self._folder = folder
        self._pixels = pixels
        self._rows = {path: row for row, path in enumerate(folder.paths) if folder.usable[row]}

    def shown(self, findings: Sequence[Finding]) -> list[Finding]:
        """Return the findings that are about an image."""
        return [finding for finding in findings if finding.subject in self._rows]

    def draw(self, kind: Kind, shown: Sequence[Finding], path: Path) -> None:
        """Draw the pictures of the findings of one kind, at least one, each about an image.

        Raises:
            StorageError: if the PNG cannot be written.
        """
        is_paired = "pairs" in shown[0].values or kind.code in _CHAINS
        tiles: list[Tile] = []
        num_more = len(shown)
        for finding in shown:
            if len(tiles) >= (_MOST_PAIRS if is_paired else _MOST_PICTURES):
                break
            if finding.code in _CHAINS:
                tiles += self._chain(finding)
            else:
                tiles += self._pairs(finding) if is_paired else [self._single(finding)]
            num_more -= 1
        told = f"{kind.number:,} {kind.noun}"
        if kind.number > 1:
            told += f", {_ORDERS.get(kind.code, 'the worst first')}"
        draw_tiles(
            tiles,
            path,
            title=_TITLES.get(kind.code, kind.noun.capitalize()),
            subtitle=f"{told}   →   {kind.command}" if kind.command else told,
            foot=f"… and {num_more:,} more, in findings.csv" if num_more else "",
        )

    def strips(self) -> list[Strip]:
        """Return some images of each class; nothing if there are none."""
        strips = []
        labels = self._folder.labels
        few = self._folder.class_names[:_MOST_CLASSES] or ("",)
        for number, name in enumerate(few):
            rows = np.flatnonzero(self._folder.usable & ((labels == number) if name else True)).tolist()
            # Arbitrary, but the same on every machine and however the files are named; equal files once.
            by_hash = {self._folder.hashes[row]: row for row in reversed(rows)}
            some = [by_hash[hash_] for hash_ in sorted(by_hash)[:NUM_IN_STRIP]]
            strips.append(Strip(name, self._counts(number), [self._picture(row) for row in some]))
        return strips if any(strip.pictures for strip in strips) else []

    def draw_classes(self, strips: Sequence[Strip], path: Path) -> None:
        """Draw some images of each class.

        Raises:
            StorageError: if the PNG cannot be written.
        """
        num_more, usable = len(self._folder.class_names) - len(strips), int(self._folder.usable.sum())
        classes = counted(len(self._folder.class_names), "class", "classes")
        draw_strips(
            strips,
            path,
            title="Classes" if self._folder.class_names else "Images",
            subtitle=f"{classes}, {counted(usable, 'image')}" if self._folder.class_names else counted(usable, "image"),
            foot=f"… and {counted(num_more, 'more class', 'more classes')}" if num_more > 0 else "",
        )

    def _single(self, finding: Finding) -> Tile:
        row = self._rows[finding.subject]
        others = finding.values.get("paths", ())[1:]
        if not others:
            remark = _REMARKS[finding.code](finding) if finding.code in _REMARKS else ""
            return Tile([self._picture(row)], [self._caption(row)], remark)
        alike = f"= {others[0]}" if len(others) == 1 else f"= {counted(len(others), 'other file')}"
        first, *more = self._marks(finding)
        caption = Caption(" and ".join([first, *more]), finding.subject)
        if cell_len(caption.label) > _LABEL_WIDTH:  # both must be read; their folders are called like them
            caption = Caption(first, " and ".join(["", *more]).strip())
            alike = f"{_name_of(finding.subject)} = {_name_of(others[0])}" if len(others) == 1 else alike
        return Tile([self._picture(row)], [caption], alike)

    def _marks(self, finding: Finding) -> Iterator[str]:
        """Yield the splits of a leak's files, the classes of others."""
        if finding.code == "leak":
            yield from (_SPLITS[split] for split in finding.values["splits"])
        else:
            yield from finding.values["classes"]

    def _pairs(self, finding: Finding) -> list[Tile]:
        """Return pairs of a group, the most alike first, each with an image that is not shown yet."""
        tiles: list[Tile] = []
        seen: set[str] = set()
        for first, second, kind, likeness in finding.values["pairs"]:
            if len(tiles) == _MOST_OF_GROUP or {first, second} <= seen:
                continue
            seen |= {first, second}
            rows = [self._rows[path] for path in (first, second)]
            parts = [_KINDS[kind], f"{likeness:.1%} alike"]
            if len(finding.values["paths"]) > 2:
                parts.append("of the same group" if tiles else f"{len(finding.values['paths']):,} images in all")
            pictures = [self._picture(row) for row in rows]
            tiles.append(Tile(pictures, [self._caption(row) for row in rows], " · ".join(parts)))
        return tiles

    def _chain(self, finding: Finding) -> list[Tile]:
        """Return pairs of neighbours, from the first to the last, each image with its number."""
        paths = finding.values["paths"]
        numbers = {path: number for number, path in enumerate(paths, 1)}
        ends = sorted((sorted(pair[:2], key=numbers.__getitem__) for pair in finding.values.get("pairs", ())),
                      key=lambda pair: [numbers[path] for path in pair])  # fmt: skip
        ends = ends or [list(pair) for pair in itertools.pairwise(paths)]
        few = sorted({round(place) for place in np.linspace(0, len(ends) - 1, _MOST_OF_CHAIN)})
        tiles = []
        for first, second in (ends[number] for number in few):
            rows = [self._rows[path] for path in (first, second)]
            remark = f"no. {numbers[first]:,} and {numbers[second]:,} of {len(paths):,}"
            tiles.append(Tile([self._picture(row) for row in rows], [self._caption(row) for row in rows], remark))
        return tiles

    def _caption(self, row: int) -> Caption:
        """Return class and split of an image, and its path inside them."""
        folder = self._folder
        label = folder.class_names[folder.labels[row]] if folder.labels[row] >= 0 else ""
        split = _SPLITS.get(folder.splits[row], "")
        if split:  # which must not be cut off
            label = f"{inside(elide(label, width=_CLASS_WIDTH))} · {split}" if label else split
        return Caption(label, _name_of(folder.paths[row]))

    def _counts(self, number: int) -> str:
        counts = self._folder.counts
        if not self._folder.class_names:
            return ""
        if set(counts) <= {""}:
            return counted(int(counts[""][number]) if counts else 0, "image")
        return ", ".join(f"{_SPLITS[split]} {counts[split][number]:,}" for split in _SPLITS if split in counts)

    def _picture(self, row: int) -> np.ndarray:
        """Return an image in its own shape, uint8 (height, width, 3), at most as large as it is kept."""
        folder, pixels = self._folder, self._pixels.select([self._folder.hashes[row]])[0]
        size = int(folder.widths[row]), int(folder.heights[row])
        if folder.preparation.fit == "pad":
            return without_padding(pixels, size)
        if folder.preparation.fit == "crop":
            return pixels
        height, width = pixels.shape[:2]
        scale = min(width / size[0], height / size[1])
        shape = (max(1, round(size[0] * scale)), max(1, round(size[1] * scale)))
        return np.asarray(Image.fromarray(pixels).resize(shape, Image.Resampling.LANCZOS))


def _name_of(path: str) -> str:
    return path.rsplit("/", 1)[-1]
