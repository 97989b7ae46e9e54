"""Features of pictures by a frozen backbone, by the engine that is fastest here.

ONNX Runtime takes half the processor time of TensorFlow with oneDNN, and needs neither Keras nor TensorFlow. Each
thread runs two pictures at a time by itself: threads that share one picture wait for each other at every layer, and
larger batches leave the processor's cache (benchmarks/backbone.py).
"""

import importlib.util
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Literal

import numpy as np

from classeur.errors import UnknownNameError
from classeur.models.lite_blocks import NUM_FEATURES, lite_image_size
from classeur.models.lite_weights import WEIGHT_FILES
from classeur.threads import map_in_threads, num_processors

Engine = Literal["onnxruntime", "keras"]

# Raised whenever the same picture gets other features, so that no kept feature outlives the routine that made it.
FEATURES_VERSION = 1

# Pictures that are computed at once, by each thread of ONNX Runtime; by Keras, whose backends have their own threads.
_ONNX_PART, _KERAS_PART = 2, 32

# Parts that a thread has ready before they are asked for.
_NUM_AHEAD = 4


def features_key(kind: str) -> str:
    """Return what tells one backbone's features from another's: its name, its weights, the version of the routine.

    >>> features_key("efficientnet_lite0")
    'efficientnet_lite0-57934424-v1'
    """
    return f"{kind}-{WEIGHT_FILES[kind].sha256[:8]}-v{FEATURES_VERSION}"


def num_features(kind: str) -> int:
    """Return how many features a backbone gives.

    >>> num_features("efficientnet_lite0")
    1280
    """
    if kind not in WEIGHT_FILES:
        raise UnknownNameError("backbone", kind, WEIGHT_FILES)
    return NUM_FEATURES


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
            kind: efficientnet_lite0 or efficientnet_lite2.
            image_size: (height, width) in pixels, each at least 32; what it was trained on (224, 260) if None.
            engine: onnxruntime or keras; the fastest if None.
            num_threads: of ONNX Runtime, at least 1; one a processor if None.

        Raises:
            UnknownNameError: if there is no such kind; suggests the nearest.
            ImageSizeError: if a side is too small.
            WeightsError: if the weights are missing, damaged or others.
        """
        self.image_size = lite_image_size(kind, image_size)
        self.engine = engine or fastest_engine()
        if self.engine == "onnxruntime":
            self._part, self._num_threads = _ONNX_PART, num_threads or num_processors()
            self._compute = _by_onnxruntime(kind, self.image_size)
        else:
            self._part, self._num_threads = _KERAS_PART, 1
            self._compute = _by_keras(kind, self.image_size)

    def extract(self, batches: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """Yield the features of each batch, in order; memory holds a bounded number of pictures.

        A picture has the same features in any batch. A batch may be overwritten once the next one is asked for.

        Args:
            batches: uint8 (n, height, width, 3) in RGB, of any n; consumed as needed.

        Yields:
            float32 (n, 1280) for each batch.
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


def _by_keras(kind: str, image_size: tuple[int, int]) -> Callable[[np.ndarray], np.ndarray]:
    from classeur.models.efficientnet_lite import build_backbone
    from classeur.models.engine import load_keras

    backbone = build_backbone(kind, image_size=image_size)
    network = load_keras().Model(backbone.input, backbone.get_layer("features").output)

    def compute(pixels: np.ndarray) -> np.ndarray:
        # Of one length, so that it is compiled once.
        padded = np.zeros((_KERAS_PART, *pixels.shape[1:]), np.uint8)
        padded[: len(pixels)] = pixels
        features: np.ndarray = np.asarray(network.predict_on_batch(padded))[: len(pixels)]
        return features

    return compute
