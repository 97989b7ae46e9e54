"""`preview`: the tutorial's pictures of five images, as training sees them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from classeur.data.folder import ImageFolder
from classeur.data.listing import check_listing
from classeur.data.splitting import split
from classeur.data.trainability import check_trainable
from classeur.delivery.plots import plot_row
from classeur.delivery.progress import ConsoleReporter, Reporter
from classeur.errors import RangeError
from classeur.images.pixels import Pixels
from classeur.images.preparation import Preparation
from classeur.options import AUGMENT_OPTIONS, takes_options
from classeur.pipeline.augmentation import PRESETS, Augmentation, asked_augmentation
from classeur.pipeline.augmenters import Images, augmenter
from classeur.pipeline.counters import permutation
from classeur.workflows.places import check_output_place, claim_output
from classeur.workflows.scan import Columns, named_columns, scanned

# As in the tutorial: five images per row.
_NUM_PICTURES = 5


class Picture(NamedTuple):
    """A PNG that was written; a notebook shows it."""

    title: str
    path: Path

    def _repr_png_(self) -> bytes:
        return self.path.read_bytes()


@takes_options(AUGMENT_OPTIONS)
def preview(
    data: Path | str,
    *,
    out: Path | str = "preview",
    image: str | None = None,
    image_size: str | int | tuple[int, int] = 224,
    fit: str = "squash",
    stretch: bool = False,
    seed: int = 0,
    columns: Columns = None,
    cache: Path | None = None,
    reporter: Reporter | None = None,
    **augmentation: Any,
) -> list[Picture]:
    """Plot the tutorial's pictures of five images as training sees them, and return them.

    The first shows five training images. Each of the others shows one image five times, under the given augmentation
    or, without one, under flip, rotation 45, zoom 0.5 and all of the tutorial's together.

    Args:
        data: as for `train`.
        out: the folder for the PNG files.
        image: path in the data of the training image to show five times; one is chosen by seed if None.
        image_size, fit, stretch: as for `train`.
        seed: of the choice of images and of the augmentation.
        columns: names of the columns of a CSV, as for `train`.
        cache: where pixels are kept; the system's cache folder if None.
        reporter: where progress is shown; standard error if None.
        augmentation: `augment` and single ranges, as for `train`.

    Raises:
        ClasseurError: in one line, whatever cannot be done.
    """
    out = Path(out)
    check_output_place(out)
    asked = asked_augmentation(augmentation)
    if asked is None:
        chosen = {name: PRESETS[name] for name in ("flip", "rotate", "zoom", "all")}
    else:
        chosen = {augmentation.get("augment") or "augmented": asked}
    preparation = Preparation.model_validate({"image_size": image_size, "fit": fit, "stretch": stretch})
    folder, store = scanned(
        data,
        preparation,
        columns=named_columns(columns),
        check=check_listing,
        cache=cache,
        reporter=reporter or ConsoleReporter(),
    )
    check_trainable(folder)
    # The split that `train` would make, so that no validation image is shown as a training image.
    rows = split(folder, seed=seed).rows("train")
    pixels = store.select([folder.hashes[row] for row in rows])
    order = permutation(seed, 0, len(rows))
    number = int(order[0]) if image is None else _number_of(image, folder, rows)
    claim_output(out)
    pictures = [Picture(f"{min(_NUM_PICTURES, len(rows))} training images", out / "samples.png")]
    shown = [int(index) for index in order[:_NUM_PICTURES]]
    captions = [folder.class_names[folder.labels[rows[index]]] for index in shown]
    plot_row([pixels[index] for index in shown], pictures[0].path, captions=captions)
    for name, ranges in chosen.items():
        picture = Picture(f"{folder.paths[rows[number]]} under {ranges.describe()}", out / f"{name}.png")
        plot_row(_drawn_five_times(pixels, number, ranges, seed), picture.path)
        pictures.append(picture)
    return pictures


def _number_of(image: str, folder: ImageFolder, rows: Sequence[int] | np.ndarray) -> int:
    """Return the training row that a path names."""
    paths = [folder.paths[row] for row in rows]
    if image not in paths:
        raise RangeError(
            f"{image} is not a usable training image of {folder.data}; give a path inside it, such as {paths[0]}"
        )
    return paths.index(image)


def _drawn_five_times(pixels: Pixels, number: int, augmentation: Augmentation, seed: int) -> list[np.ndarray]:
    """Return one image as in five epochs, uint8 (height, width, 3) each."""
    make = augmenter(Images(pixels, np.zeros(len(pixels), np.int64)), augmentation, seed=seed)
    return [make(np.array([number]), epoch).pixels[0] for epoch in range(_NUM_PICTURES)]
