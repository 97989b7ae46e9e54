"""Classifier: turns files, bytes, pixels and PIL images into predictions, with any engine."""

import io
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeGuard, cast

import numpy as np
from PIL import Image

from classeur.errors import PictureError
from classeur.evaluation.prediction import Limits, Prediction
from classeur.images.decoding import UnusableImageError, decode, read_file
from classeur.images.resizing import Fit, resize
from classeur.images.scratch import Scratch
from classeur.models.onnx_session import Answers, LateSession
from classeur.threads import map_in_threads, working_on
from classeur.training.logits import softmax

if TYPE_CHECKING:
    from classeur.images.pixels import Pixels

# Runs the model: uint8 (n, height, width, 3) → logits, float (n, classes), of which softmax makes probabilities; or
# these with how unlike the training images each image is, float (n,).
Engine = Callable[[np.ndarray], np.ndarray | Answers]

# A file's path, a file's bytes, pixels uint8 (height, width, 3) or (height, width), or a PIL image.
Picture = str | Path | bytes | np.ndarray | Image.Image

# Images per forward pass: large enough to be fast, small enough that 2,048² fits.
_BATCH_SIZE = 64

# Images per forward pass of each thread, and passes that each has ready: see `models.features`.
_PART_SIZE, _NUM_AHEAD = 2, 4

_SCRATCH = Scratch()

# Pillow's modes that no file of a lossless format has → the mode with the same colours that one has.
_UNSAVED_MODES = {"HSV": "RGB", "RGBX": "RGB", "RGBa": "RGBA", "La": "LA", "PA": "RGBA"}


class Preparing(Protocol):
    """How images become a model's pixels: a recipe's `Preparation`, or what a model's file says of it."""

    @property
    def image_size(self) -> tuple[int, int]:
        """Height and width in pixels."""

    @property
    def fit(self) -> Fit:
        """How an image of another shape fits."""

    @property
    def stretch(self) -> bool:
        """Whether 16-bit grey is stretched from its own range."""


class Classifier:
    """A trained model with all that prediction needs: class names, and how images become its pixels.

    >>> from classeur.images.preparation import Preparation
    >>> def bright(pixels):  # any function of pixels computes
    ...     share = pixels.mean(axis=(1, 2, 3)) / 255
    ...     return 10 * np.stack([0.5 - share, share - 0.5], axis=1)
    >>> classifier = Classifier(bright, class_names=("night", "day"), preparation=Preparation(image_size=8))
    >>> classifier(np.full((20, 30, 3), 250, np.uint8)).predicted
    'day'
    >>> [each.predicted for each in classifier([Image.new("RGB", (9, 9), "white"), Image.new("L", (9, 9))])]
    ['day', 'night']
    """

    def __init__(
        self,
        engine: Engine,
        *,
        class_names: Sequence[str],
        preparation: Preparing,
        provenance: Mapping[str, Any] | None = None,
        engine_in_threads: Engine | None = None,
        limits: Limits = Limits(),  # noqa: B008  (a constant)
        known_up_to: float | None = None,
    ) -> None:
        """Combine an engine with its class names and preparation.

        Args:
            engine: uint8 (n, height, width, 3) → logits (n, classes); called by one thread at a time.
            class_names: one per column of the logits.
            preparation: how images become the model's pixels.
            provenance: the model's origin: run, versions, data.
            engine_in_threads: the same for several threads, each of which decodes, resizes and runs the model on a few
                images by itself; None if there is none.
            limits: from where on it gives no class.
            known_up_to: how unlike the training images 99 % of known images are at most; None if that is not known.
        """
        self._engine = engine
        self._engine_in_threads = engine_in_threads
        self.class_names = tuple(class_names)
        self.preparation = preparation
        self.provenance = dict(provenance or {})
        self.limits, self.known_up_to = limits, known_up_to

    def __call__(self, pictures: "Picture | Iterable[Picture]") -> Any:
        """Return the `Prediction` of one image, or an iterator over those of several, in their order.

        An image is a file's path, a file's bytes, pixels as uint8 array (height, width, 3) in RGB or (height, width) in
        grey, or a PIL image; an array (n, height, width, 3) is several. They are read slightly ahead of the results.
        An unusable image gives a prediction with the reason.

        Raises:
            PictureError: if something is not an image.
        """
        return self.predict_one(pictures) if is_picture(pictures) else self.predict(cast("Iterable[Picture]", pictures))

    def predict_one(self, picture: "Picture") -> Prediction:
        """Return the prediction of one image, as a call with one does: on it, all processors work at once."""
        _begin(self._engine)
        return self._answers([picture], self._engine)[0]

    def predict(self, pictures: "Iterable[Picture]") -> Iterator[Prediction]:
        """Yield the prediction of each image, as a call with several does."""
        if isinstance(pictures, dict | io.IOBase) or not hasattr(pictures, "__iter__"):
            raise PictureError(pictures)
        if self._engine_in_threads is not None:
            _begin(self._engine_in_threads)
            answers = partial(self._answers, engine=self._engine_in_threads)
            for part in map_in_threads(answers, _parts(pictures, _PART_SIZE), num_ahead=_NUM_AHEAD):
                yield from part
            return
        prepared = map_in_threads(self.prepare, pictures)
        while rows := list(islice(prepared, _BATCH_SIZE)):
            yield from self._judged(rows, self._engine)

    def logits_of(self, batch: np.ndarray) -> np.ndarray:
        """Return the logits, float (n, classes), of pixels at the model's size, uint8 (n, height, width, 3)."""
        return _answers(self._engine(batch)).logits

    def judge(self, pixels: "Pixels", *, progress: Callable[[int, int], None] | None = None) -> np.ndarray:
        """Return the logits of stored images, float (n, classes).

        Args:
            pixels: of n images, at least 1.
            progress: called with (images done, images).
        """
        return self.judge_answers(pixels, progress=progress).logits

    def judge_answers(self, pixels: "Pixels", *, progress: Callable[[int, int], None] | None = None) -> Answers:
        """Return what the model says of stored images, as `judge` does its logits."""
        parts = []
        for start in range(0, len(pixels), _BATCH_SIZE):
            rows = range(start, min(start + _BATCH_SIZE, len(pixels)))
            parts.append(_answers(self._engine(pixels.gather(rows))))
            if progress:
                progress(rows.stop, len(pixels))
        unlike = [part.unlike for part in parts if part.unlike is not None]
        return Answers(np.concatenate([part.logits for part in parts]), np.concatenate(unlike) if unlike else None)

    def _answers(self, pictures: Iterable[Picture], engine: Engine) -> list[Prediction]:
        """Return the predictions of a few images, all by the thread that calls this."""
        return self._judged([self.prepare(picture) for picture in pictures], engine)

    def _judged(self, rows: Sequence[tuple[str, np.ndarray | str]], engine: Engine) -> list[Prediction]:
        """Return the predictions of prepared images, in one forward pass."""
        pixels = [row for _, row in rows if isinstance(row, np.ndarray)]
        answers: Iterator[tuple[np.ndarray, float | None]] = iter(())
        if pixels:
            logits, unlike = _answers(engine(np.stack(pixels)))
            answers = zip(softmax(logits), [None] * len(logits) if unlike is None else unlike.tolist(), strict=True)
        return [
            Prediction(path=name, status="unusable", reason=row)
            if isinstance(row, str)
            else self._prediction(name, *next(answers))
            for name, row in rows
        ]

    def _prediction(self, name: str, probabilities: np.ndarray, unlike: float | None) -> Prediction:
        return Prediction.of(name, probabilities, self.class_names, unlike=unlike, limits=self.limits)

    def prepare(self, picture: Picture) -> tuple[str, np.ndarray | str]:
        """Return an image's name and its pixels at the model's size, or why it cannot be used.

        Raises:
            PictureError: if it is no image.
            WorkError: naming the image, at an unexpected error.
        """
        name = _name_of(picture)
        with working_on(lambda: name or "an image without a path"):
            try:
                pixels = self._read(picture)
            except UnusableImageError as error:
                return name, str(error)
            return name, resize(pixels, self.preparation.image_size, fit=self.preparation.fit)

    def _read(self, picture: Picture) -> np.ndarray:
        """Return an image as upright RGB, uint8 (height, width, 3)."""
        if isinstance(picture, np.ndarray):
            return _rgb(picture)
        if isinstance(picture, str | Path):
            if os.path.isdir(picture):  # noqa: PTH112 — `Path` fails at a path that no file can have
                raise UnusableImageError("a folder; give the files in it")
            picture = read_file(Path(picture))
        if isinstance(picture, Image.Image):
            picture = _encoded(picture)
        return decode(picture, stretch=self.preparation.stretch, scratch=_SCRATCH).pixels


def _answers(given: np.ndarray | Answers) -> Answers:
    return given if isinstance(given, Answers) else Answers(np.asarray(given))


def _begin(engine: Engine) -> None:
    """Have an engine opened while the first images are decoded, if it can be."""
    if isinstance(engine, LateSession):
        engine.begin()


def _parts(pictures: Iterable[Picture], size: int) -> Iterator[list[Picture]]:
    """Yield images a few at a time, each part as it is needed."""
    iterator = iter(pictures)
    while part := list(islice(iterator, size)):
        yield part


def is_picture(given: Any) -> TypeGuard[Picture]:
    """Return whether this is one image, not several."""
    if isinstance(given, np.ndarray):
        return given.ndim in (2, 3)
    return isinstance(given, str | Path | bytes | bytearray | memoryview | Image.Image)


def _rgb(pixels: np.ndarray) -> np.ndarray:
    """Return an array as RGB, uint8 (height, width, 3)."""
    if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3) or (pixels.ndim == 3 and pixels.shape[2] != 3):
        raise PictureError(pixels)
    if not pixels.size:
        raise UnusableImageError("the array is empty")
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[:, :, None], 3, axis=2)
    return np.ascontiguousarray(pixels)


def _encoded(image: Image.Image) -> bytes:
    """Return a PIL image as the bytes of a lossless file, so that it is decoded like any other."""
    mode = _UNSAVED_MODES.get(image.mode, image.mode)
    buffer = io.BytesIO()
    lossless = "TIFF" if mode in ("F", "I", "CMYK", "YCbCr", "LAB") or mode.startswith("I;16") else "PNG"
    try:
        exif = image.getexif()
        saved = image if mode == image.mode else image.convert(mode)
        saved.save(buffer, lossless, **({"exif": exif} if exif else {}))
    except Exception as error:  # an image that is loaded late from a damaged file raises nearly anything here
        raise UnusableImageError(f"broken or cut short: {' '.join(str(error).split())[:200]}") from error
    return buffer.getvalue()


def _name_of(picture: Any) -> str:
    """Return the name of an image in its prediction: its path, or "" if it has none."""
    if isinstance(picture, str | Path):
        return Path(picture).as_posix()
    if not is_picture(picture):
        raise PictureError(picture)
    return ""
