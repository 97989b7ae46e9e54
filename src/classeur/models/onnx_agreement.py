"""Whether an ONNX file says what the original says: the same pixels in, the same classes out, to a ten-thousandth."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from classeur.models.onnx_file import OnnxFacts, Precision, output_shapes

if TYPE_CHECKING:
    import onnxruntime

# Between two engines in float32, 10⁻⁶ to 10⁻⁵ was seen. With weights in half precision, 4·10⁻³ (Lite0) and 15·10⁻³
# (MobileNetV2, with a steep head; a steeper one had 21·10⁻³ and was refused) on photographs.
TOLERANCES: dict[Precision, float] = {"float32": 1e-4, "float16": 2e-2}

# Images a batch: of 224 × 224, some hundred megabytes inside the network. One image and an odd number come first: a
# file may hold the size of a batch inside, and fail, or answer otherwise, for any other.
_BATCH_SIZE, _FIRST_SIZES = 16, (1, 3)

# Runs a model: uint8 (n, height, width, 3) → probabilities, float (n, classes).
Engine = Callable[[np.ndarray], np.ndarray]


class Agreement(NamedTuple):
    """How far two models agree on the same images."""

    num_images: int
    max_difference: float  # of a probability; infinite where one is not a number
    worst: int  # the image in which it was seen
    num_other_labels: int  # of those whose two most probable classes are further apart than the tolerance
    tolerance: float

    @property
    def holds(self) -> bool:
        """Whether no probability differs by more than the tolerance, and no label."""
        return self.max_difference <= self.tolerance and not self.num_other_labels

    def fault(self) -> str:
        """Return what differs, in words; "" if the models agree.

        >>> Agreement(200, 0.25, 3, 41, 1e-4).fault()
        'probabilities differ by up to 0.25, more than 0.0001, and 41 of 200 images get another class'
        """
        if self.holds:
            return ""
        others = f", and {self.num_other_labels:,} of {self.num_images:,} images get another class"
        if self.num_images == 1:
            others = ", and the image gets another class"
        size = "they are not numbers" if not np.isfinite(self.max_difference) else f"by up to {self.max_difference:.2g}"
        return f"probabilities differ {size}, more than {self.tolerance:g}{others if self.num_other_labels else ''}"


def compare_answers(expected: np.ndarray, answers: np.ndarray, *, tolerance: float) -> Agreement:
    """Return how far probabilities (n, classes) agree with those expected, n at least 1.

    >>> expected = np.array([[0.9, 0.1], [0.50001, 0.49999]])
    >>> agreement = compare_answers(expected, expected[:, ::-1], tolerance=1e-4)
    >>> round(agreement.max_difference, 2), agreement.num_other_labels
    (0.8, 1)
    """
    differences = np.abs(np.asarray(answers, np.float64) - expected).max(axis=1)
    differences = np.where(np.isnan(differences), np.inf, differences)
    highest = np.sort(expected, axis=1)[:, -2:]
    is_sure = highest[:, -1] - highest[:, 0] > tolerance
    others = int((is_sure & (expected.argmax(axis=1) != np.asarray(answers).argmax(axis=1))).sum())
    worst = int(differences.argmax())
    return Agreement(len(expected), float(differences[worst]), worst, others, tolerance)


def engine_of(session: "onnxruntime.InferenceSession") -> Engine:
    """Return a session as a function of pixels, uint8 (n, height, width, 3), whatever type its input has."""
    (pixels,) = session.get_inputs()
    output = _probabilities_output(session)
    dtype = np.uint8 if pixels.type == "tensor(uint8)" else np.float32

    def probabilities(batch: np.ndarray) -> np.ndarray:
        ends = [*np.cumsum(_FIRST_SIZES), *range(sum(_FIRST_SIZES) + _BATCH_SIZE, len(batch), _BATCH_SIZE)]
        parts = [part for part in np.split(batch, ends) if len(part)]
        return np.concatenate([session.run([output], {pixels.name: part.astype(dtype)})[0] for part in parts])

    return probabilities


def interface_faults(session: "onnxruntime.InferenceSession", expected: OnnxFacts) -> list[str]:
    """Return what is other about a file's input, output and metadata than about the original; nothing if all is right.

    Args:
        session: the opened file.
        expected: the facts of the original.
    """
    inputs, (height, width) = session.get_inputs(), expected.image_size
    if len(inputs) != 1:
        return [f"it has {len(inputs)} inputs; expected one, the pixels"]
    faults = []
    batch, *sides = inputs[0].shape or [None]
    wanted = [height, width, 3]
    if inputs[0].type not in ("tensor(uint8)", "tensor(float)") or sides != wanted or isinstance(batch, int):
        faults.append(
            f"its input is {inputs[0].type} {_written(inputs[0].shape)}; expected uint8 (n, {height}, {width}, 3)"
        )
    if _probabilities_output(session) is None:
        outputs = ", ".join(f"{name} {_written(shape)}" for name, shape in output_shapes(session).items())
        faults.append(f"its outputs are {outputs}; expected probabilities (n, {len(expected.class_names)})")
    facts = OnnxFacts.of_session(session)
    for name in ("class_names", "image_size", "fit", "stretch") if facts else ():
        there, here = getattr(facts, name), getattr(expected, name)
        if there != here:
            faults.append(f"its {name.replace('_', ' ')}: {_written(there)}; expected {_written(here)}")
    return faults


def take_spread(num_images: int, most: int) -> np.ndarray:
    """Return which of so many images to compare, at most `most`, spread evenly over all: int64 (n,).

    >>> take_spread(9, 3).tolist(), take_spread(2, 5).tolist()
    ([0, 4, 8], [0, 1])
    """
    return np.linspace(0, num_images - 1, min(num_images, most)).astype(np.int64)


def _probabilities_output(session: "onnxruntime.InferenceSession") -> str | None:
    """Return the name of the output with the probabilities: the one called so, or the only one."""
    shapes = output_shapes(session)
    if "probabilities" in shapes:
        return "probabilities"
    return next(iter(shapes)) if len(shapes) == 1 else None


def _written(value: Any) -> str:
    if isinstance(value, Sequence | Iterable) and not isinstance(value, str):
        return f"({', '.join(str(each) for each in value)})"
    return str(value)
