"""`inspect`, `preview` and `summary`: what is in the data, what training will see of it, what the network is."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Unpack

import numpy as np

from classeur.data.folder import ImageFolder
from classeur.data.inspection import Inspection
from classeur.data.inspection import inspect as inspect_folder
from classeur.data.splitting import split
from classeur.data.trainability import check_trainable
from classeur.delivery.plots import plot_row
from classeur.delivery.progress import ConsoleReporter, Reporter
from classeur.errors import RangeError
from classeur.images.pixels import Pixels
from classeur.images.resizing import Preparation, check_fit, parse_image_size
from classeur.models.assembly import Layer
from classeur.pipeline.augmentation import PRESETS, Augmentation, draw
from classeur.pipeline.counters import permutation
from classeur.pipeline.warping import apply_draw
from classeur.run import Run
from classeur.workflows.options import AugmentOptions, asked_augmentation
from classeur.workflows.scanning import scanned

# As in the tutorial: five pictures a row.
_NUM_PICTURES = 5


class Picture(NamedTuple):
    """A picture that was written; a notebook shows it."""

    title: str
    path: Path

    def _repr_png_(self) -> bytes:
        return self.path.read_bytes()


def inspect(
    data: Path | str,
    *,
    image_size: str | int | tuple[int, int] = 150,
    fit: str = "squash",
    stretch: bool = False,
    verify: bool = False,
    cache: Path | None = None,
    reporter: Reporter | None = None,
) -> Inspection:
    """Return the counts of a data set and everything wrong with it.

    The pass that this takes keeps the pixels at `image_size`, so that a training at that size reads no file again.

    Args:
        data: a folder of class folders, split or not, a zip of one, or a CSV. A folder without classes is listed too.
        image_size, fit, stretch: as for `train`.
        verify: read and hash every file again, whatever its size and modification time say.
        cache: where pixels are kept; the system's cache folder if None.
        reporter: where progress is shown; standard error if None.

    Raises:
        ClasseurError: in one line, if the data cannot be listed.
    """
    return inspect_folder(
        scan_for_inspection(
            data, image_size=image_size, fit=fit, stretch=stretch, verify=verify, cache=cache, reporter=reporter
        )
    )


def scan_for_inspection(
    data: Path | str,
    *,
    image_size: str | int | tuple[int, int] = 150,
    fit: str = "squash",
    stretch: bool = False,
    verify: bool = False,
    cache: Path | None = None,
    reporter: Reporter | None = None,
) -> ImageFolder:
    """Return the scan that `inspect` looks at, for whoever has more to ask of it; arguments and errors as there."""
    preparation = Preparation(parse_image_size(image_size), check_fit(fit), stretch)
    return scanned(data, preparation, verify=verify, cache=cache, reporter=reporter or ConsoleReporter())[0]


def preview(
    data: Path | str,
    *,
    out: Path | str = "preview",
    image: str | None = None,
    image_size: str | int | tuple[int, int] = 150,
    fit: str = "squash",
    stretch: bool = False,
    seed: int = 0,
    cache: Path | None = None,
    reporter: Reporter | None = None,
    **augmentation: Unpack[AugmentOptions],
) -> list[Picture]:
    """Draw the tutorial's 1×5 pictures as training sees them, and return them.

    The first shows five training images; each other one image drawn five times: under the augmentation that is asked
    for, or, where none is, under flip, rotation 45, zoom 0.5 and all of the tutorial's together.

    Args:
        data: as for `train`.
        out: the folder for the PNG files.
        image: path in the data of the training image that is drawn five times; one is chosen by seed if None.
        image_size, fit, stretch: as for `train`.
        seed: of the choice and of what is drawn.
        cache: where pixels are kept; the system's cache folder if None.
        reporter: where progress is shown; standard error if None.
        augmentation: `augment` and single ranges, as for `train`.

    Raises:
        ClasseurError: in one line, whatever cannot be done.
    """
    asked = asked_augmentation(augmentation)
    if asked is None:
        chosen = {name: PRESETS[name] for name in ("flip", "rotate", "zoom", "all")}
    else:
        chosen = {augmentation.get("augment") or "augmented": asked}
    preparation = Preparation(parse_image_size(image_size), check_fit(fit), stretch)
    folder, store = scanned(data, preparation, cache=cache, reporter=reporter or ConsoleReporter())
    check_trainable(folder)
    # The split that `train` would make: a picture of validation is not shown as training's.
    rows = split(folder, seed=seed).rows("train")
    pixels = store.select([folder.hashes[row] for row in rows])
    order = permutation(seed, 0, len(rows))
    number = int(order[0]) if image is None else _number_of(image, folder, rows)
    out = Path(out)
    pictures = [Picture(f"{min(_NUM_PICTURES, len(rows))} training images", out / "samples.png")]
    plot_row([pixels[int(index)] for index in order[:_NUM_PICTURES]], pictures[0].path)
    for name, ranges in chosen.items():
        picture = Picture(f"{folder.paths[rows[number]]} under {ranges.describe()}", out / f"{name}.png")
        plot_row(_drawn_five_times(pixels, number, ranges, seed), picture.path)
        pictures.append(picture)
    return pictures


def summary(run: Run | Path | str) -> tuple[Layer, ...]:
    """Return the layers of a run's network, with output shapes and numbers of parameters.

    Raises:
        RunError: if it is no run, or was interrupted before its network was built.
    """
    run = Run.open(run)
    facts = run.facts
    if "layers" not in facts:
        run.check_finished()
    return tuple(Layer.model_validate(layer) for layer in facts["layers"])


def _number_of(image: str, folder: ImageFolder, rows: Sequence[int] | np.ndarray) -> int:
    """Return which of the training rows a path names."""
    paths = [folder.paths[row] for row in rows]
    if image not in paths:
        raise RangeError(
            f"{image} is no usable training image of {folder.data}; give its path in it, such as {paths[0]}"
        )
    return paths.index(image)


def _drawn_five_times(pixels: Pixels, number: int, augmentation: Augmentation, seed: int) -> list[np.ndarray]:
    """Return one image as five epochs would show it, uint8 (height, width, 3) each."""
    drawn = []
    for epoch in range(_NUM_PICTURES):
        draws = draw(augmentation, seed, epoch, np.array([number]), image_size=pixels.image_size)
        drawn.append(np.empty_like(pixels[number]))
        apply_draw(pixels[number], draws, 0, out=drawn[-1])
    return drawn
