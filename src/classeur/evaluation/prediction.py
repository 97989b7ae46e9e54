"""A saved model and pictures to probabilities: for pixels of the store, and for files that nobody has looked at yet."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from classeur.images.decoding import UnusableImageError, decode, read_file
from classeur.images.pixels import Pixels
from classeur.images.resizing import Preparation, resize
from classeur.images.scratch import Scratch
from classeur.threads import map_in_threads

if TYPE_CHECKING:
    import keras

# Images a forward pass: large enough to be fast, small enough that 2,048² fits.
_BATCH_SIZE = 64

_SCRATCH = Scratch()


class Prediction(BaseModel):
    """What a model says of one file, or why it cannot."""

    model_config = ConfigDict(frozen=True)

    path: str
    status: Literal["ok", "unusable"]
    predicted: str = ""  # class name
    probability: float = 0.0  # of the predicted class
    probabilities: dict[str, float] = {}  # class name → probability
    reason: str = ""  # why the file cannot be used


def predict_pixels(
    model: "keras.Model", pixels: Pixels, *, progress: Callable[[int, int], None] | None = None
) -> np.ndarray:
    """Return the probabilities of stored images, float32 (n, classes).

    Args:
        model: uint8 (n, height, width, 3) → probabilities (n, classes).
        pixels: of n images, at least 1.
        progress: called with (images done, images).
    """
    parts = []
    for start in range(0, len(pixels), _BATCH_SIZE):
        rows = range(start, min(start + _BATCH_SIZE, len(pixels)))
        parts.append(np.asarray(model.predict_on_batch(pixels.gather(rows))))
        if progress:
            progress(rows.stop, len(pixels))
    return np.concatenate(parts)


def predict_files(
    model: "keras.Model", paths: Iterable[Path], *, class_names: Sequence[str], preparation: Preparation
) -> Iterator[Prediction]:
    """Yield what the model says of each file, in order; a file that cannot be used has its reason.

    Args:
        model: uint8 (n, height, width, 3) → probabilities (n, classes).
        paths: consumed a little ahead of what is yielded.
        class_names: one a column of the probabilities.
        preparation: how the model's training made pixels.
    """

    def prepare(path: Path) -> tuple[Path, np.ndarray | str]:
        try:
            picture = decode(read_file(path), stretch=preparation.stretch, scratch=_SCRATCH).pixels
        except UnusableImageError as error:
            return path, str(error)
        return path, resize(picture, preparation.image_size, fit=preparation.fit)

    prepared = map_in_threads(prepare, paths, name=str)
    while rows := list(islice(prepared, _BATCH_SIZE)):
        pixels = [row for _, row in rows if isinstance(row, np.ndarray)]
        answers = iter(np.asarray(model.predict_on_batch(np.stack(pixels)))) if pixels else iter(())
        for path, row in rows:
            if isinstance(row, str):
                yield Prediction(path=path.as_posix(), status="unusable", reason=row)
            else:
                yield _prediction(path, next(answers), class_names)


def _prediction(path: Path, probabilities: np.ndarray, class_names: Sequence[str]) -> Prediction:
    best = int(probabilities.argmax())
    return Prediction(
        path=path.as_posix(),
        status="ok",
        predicted=class_names[best],
        probability=float(probabilities[best]),
        probabilities={name: float(value) for name, value in zip(class_names, probabilities, strict=True)},
    )
