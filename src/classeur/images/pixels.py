"""The pixel cache: decoded pixels on disk, which every later step maps into memory.

A store has the pixels of one (height, width, fit, stretch, routine version), keyed by the content of the files.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from classeur.images.decoding import DECODING_VERSION
from classeur.images.preparation import Preparation
from classeur.images.resizing import ROUTINE_VERSION, Fit
from classeur.rows import Kept, RowStore

# About 1,700 images of 224×224.
_SEGMENT_NUM_BYTES = 256 * 2**20


def pixels_key(image_size: tuple[int, int], fit: Fit, *, stretch: bool = False) -> str:
    """Return what tells pixels of one preparation, and version of the routine, from another's.

    >>> pixels_key((8, 9), "crop").startswith("8x9-crop-v")
    True
    """
    height, width = image_size
    return f"{height}x{width}-{fit}{'-stretched' if stretch else ''}-v{ROUTINE_VERSION}.{DECODING_VERSION}"


class PixelStore(RowStore):
    """uint8 pixels (height, width, 3) of images, by content hash.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = PixelStore(Path(folder), image_size=(8, 8), fit="squash")
    ...     store.add([("aa", np.full((8, 8, 3), 7, np.uint8))])
    ...     store.missing(["aa", "bb"]), store.select(["aa"]).gather([0]).shape
    (['bb'], (1, 8, 8, 3))
    """

    def __init__(self, cache: Path, *, image_size: tuple[int, int], fit: Fit, stretch: bool = False) -> None:
        """Open the store of these pixels below the folder `cache`, or create it.

        Gives a `CacheWarning` if the cache cannot be written; the pixels are then held in memory.
        """
        self.image_size, self.fit, self.stretch = image_size, fit, stretch
        super().__init__(
            cache / "pixels" / pixels_key(image_size, fit, stretch=stretch),
            shape=(*image_size, 3),
            dtype=np.uint8,
            ending=".rgb",
            segment_num_bytes=_SEGMENT_NUM_BYTES,
            kept=Kept("pixels", "its images are decoded again"),
        )

    @property
    def preparation(self) -> Preparation:
        """The settings that decide these pixels."""
        return Preparation(image_size=self.image_size, fit=self.fit, stretch=self.stretch)

    def select(self, hashes: Sequence[str]) -> "Pixels":
        """Return the pixels of images in this order.

        Raises:
            KeyError: if one of them is not in the store.
        """
        return Pixels(*self.places(hashes), self.image_size)


class Pixels:
    """The pixels of a list of images, mapped from the store; image i is `pixels[i]`, uint8 (height, width, 3)."""

    def __init__(self, segments: list[np.ndarray], places: np.ndarray, image_size: tuple[int, int]) -> None:
        """Take the store's segments, and for each image its (segment, row), int64 (n, 2)."""
        self._segments = segments
        self._places = places
        self.image_size = image_size

    def __len__(self) -> int:
        return len(self._places)

    def followed_by(self, others: "Pixels") -> "Pixels":
        """Return these images and then others of the same store."""
        return Pixels(self._segments, np.concatenate([self._places, others._places]), self.image_size)

    def __getitem__(self, index: int) -> np.ndarray:
        segment, row = self._places[index]
        pixels: np.ndarray = self._segments[segment][row]
        return pixels

    def gather(self, indices: Sequence[int] | np.ndarray) -> np.ndarray:
        """Return a copy of some images' pixels, uint8 (n, height, width, 3)."""
        batch = np.empty((len(indices), *self.image_size, 3), np.uint8)
        for row, index in enumerate(indices):
            batch[row] = self[int(index)]
        return batch
