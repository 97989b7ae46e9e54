"""Features of pictures by a frozen backbone, by the engine that is fastest here; of keras.applications by Keras.

ONNX Runtime takes half the processor time of TensorFlow with oneDNN, and needs neither Keras nor TensorFlow. Each
thread runs two pictures at a time by itself: threads that share one picture wait for each other at every layer, and
larger batches leave the processor's cache (benchmarks/backbone.py).
"""

import importlib.util
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Literal

import numpy as np

from classeur.errors import UnknownNameError, UsageError
from classeur.models.application_weights import weights_sha256
from classeur.models.applications import APPLICATIONS, application_image_size
from classeur.models.lite_blocks import KINDS, NUM_FEATURES, lite_image_size
from classeur.models.lite_weights import WEIGHT_FILES
from classeur.threads import map_in_threads, num_processors

Engine = Literal["onnxruntime", "keras"]

# Raised whenever the same picture gets other features, so that no kept feature outlives the routine that made it.
FEATURES_VERSION = 1

# Pictures that are computed at once by each thread of ONNX Runtime.
_ONNX_PART = 2

# Pictures and pixels that Keras, whose backends have their own threads, computes at once at most: memory is bounded
# where a backbone takes pictures of 600 × 600.
_KERAS_PART, _KERAS_PIXELS = 32, 32 * 260 * 260

# Parts that a thread has ready before they are asked for.
_NUM_AHEAD = 4


def features_key(kind: str) -> str:
    """Return what tells one backbone's features from another's: its name, its weights, the version of the routine.

    Raises:
        UnknownNameError: if there is no such backbone; suggests the nearest.
        WeightsError: if its weights are Keras', are not here and cannot be downloaded.

    >>> features_key("efficientnet_lite0")
    'efficientnet_lite0-57934424-v1'
    """
    _check_kind(kind)
    sha256 = weights_sha256(kind)[:16] if kind in APPLICATIONS else WEIGHT_FILES[kind].sha256[:8]
    return f"{kind}-{sha256}-v{FEATURES_VERSION}"


def _check_kind(kind: str) -> None:
    if kind not in KINDS and kind not in APPLICATIONS:
        raise UnknownNameError("backbone", kind, (*KINDS, *APPLICATIONS))


def num_features(kind: str) -> int:
    """Return how many features a backbone gives.

    Raises:
        UnknownNameError: if there is no such backbone; suggests the nearest.

    >>> num_features("efficientnet_lite0"), num_features("resnet50")
    (1280, 2048)
    """
    _check_kind(kind)
    return APPLICATIONS[kind].num_features if kind in APPLICATIONS else NUM_FEATURES


def fastest_engine() -> Engine:
    """Return the engine that computes features here: ONNX Runtime, or Keras where it is not installed."""
    has_both = all(importlib.util.find_spec(package) for package in ("onnx", "onnxruntime"))
    return "onnxruntime" if has_both else "keras"


class FeatureExtractor:
    """A frozen backbone, ready to compute features; it holds some 40 MB.

    >>> extractor = FeatureExtractor("efficientnet_lite0", image_size=(32, 32))
    >>> [features.shape for features in extractor.extract([np.zeros((3, 32, 32, 3), np.uint8)])]
    [(3, 1280)]
    """

    def __init__(
        self,
        kind: str,
        *,
        image_size: tuple[int, int] | None = None,
        engine: Engine | None = None,
        num_threads: int | None = None,
    ) -> None:
        """Load the backbone.

        Args:
            kind: efficientnet_lite0, efficientnet_lite2, or a key of `APPLICATIONS`.
            image_size: (height, width) in pixels; what it was trained on if None.
            engine: onnxruntime or keras; the fastest if None. Those of keras.applications are computed by Keras.
            num_threads: of ONNX Runtime, at least 1; one a processor if None.

        Raises:
            UnknownNameError: if there is no such kind; suggests the nearest.
            ImageSizeError: if a side is too small.
            WeightsError: if the weights are missing, damaged or others.
            UsageError: if ONNX Runtime is asked for a backbone of keras.applications.
        """
        _check_kind(kind)
        is_of_keras = kind in APPLICATIONS
        if is_of_keras and engine == "onnxruntime":
            raise UsageError(f"the features of {kind} are computed by Keras; leave the engine out, or name keras")
        self.image_size = (application_image_size if is_of_keras else lite_image_size)(kind, image_size)
        self.engine = "keras" if is_of_keras else engine or fastest_engine()
        self.num_features = num_features(kind)
        if self.engine == "onnxruntime":
            self._part, self._num_threads = _ONNX_PART, num_threads or num_processors()
            self._compute = _by_onnxruntime(kind, self.image_size)
        else:
            pixels = self.image_size[0] * self.image_size[1]
            self._part, self._num_threads = max(1, min(_KERAS_PART, _KERAS_PIXELS // pixels)), 1
            self._compute = _by_keras(kind, self.image_size, self._part)

    def extract(self, batches: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """Yield the features of each batch, in order; memory holds a bounded number of pictures.

        A picture has the same features in any batch. A batch may be overwritten once the next one is asked for.

        Args:
            batches: uint8 (n, height, width, 3) in RGB, of any n; consumed as needed.

        Yields:
            float32 (n, num_features) for each batch.
        """
        lengths: deque[int] = deque()  # of the batches that are begun

        def parts() -> Iterator[np.ndarray]:
            for batch in batches:
                lengths.append(len(batch))
                for start in range(0, max(1, len(batch)), self._part):
                    yield batch[start : start + self._part].copy()

        finished: list[np.ndarray] = []
        for part in map_in_threads(self._compute, parts(), num_threads=self._num_threads, num_ahead=_NUM_AHEAD):
            finished.append(part)
            if sum(map(len, finished)) == lengths[0]:
                lengths.popleft()
                yield np.concatenate(finished)
                finished = []


def _by_onnxruntime(kind: str, image_size: tuple[int, int]) -> Callable[[np.ndarray], np.ndarray]:
    import onnxruntime

    from classeur.models.lite_onnx import build_lite_onnx

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors only
    model = build_lite_onnx(kind, image_size=image_size).SerializeToString()
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def compute(pixels: np.ndarray) -> np.ndarray:
        features: np.ndarray = session.run(["features"], {"pixels": pixels})[0]
        return features

    return compute


def _by_keras(kind: str, image_size: tuple[int, int], part: int) -> Callable[[np.ndarray], np.ndarray]:
    from classeur.models.application_network import build_application_backbone
    from classeur.models.efficientnet_lite import build_backbone
    from classeur.models.engine import load_keras

    build = build_application_backbone if kind in APPLICATIONS else build_backbone
    backbone = build(kind, image_size=image_size)
    network = load_keras().Model(backbone.input, backbone.get_layer("features").output)

    def compute(pixels: np.ndarray) -> np.ndarray:
        # Of one length, so that it is compiled once.
        padded = np.zeros((part, *pixels.shape[1:]), np.uint8)
        padded[: len(pixels)] = pixels
        features: np.ndarray = np.asarray(network.predict_on_batch(padded))[: len(pixels)]
        return features

    return compute
