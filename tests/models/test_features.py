"""Features of a stream of pictures: the same in any batch, by either engine, in order, a bounded number ahead."""

import itertools
from collections.abc import Iterator

import numpy as np
import pytest

from classeur.errors import UnknownNameError, WeightsError
from classeur.models import features
from classeur.models.features import FeatureExtractor, fastest_engine, features_key
from classeur.models.lite_onnx import build_lite_onnx

LITE0, SIZE = "efficientnet_lite0", (40, 33)


@pytest.fixture(scope="module")
def extractor() -> FeatureExtractor:
    return FeatureExtractor(LITE0, image_size=SIZE, num_threads=2)


@pytest.fixture(scope="module")
def pictures() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (23, *SIZE, 3), np.uint8)


@pytest.fixture(scope="module")
def expected(pictures: np.ndarray) -> np.ndarray:
    """One picture at a time through the graph, by a session as ONNX Runtime makes it."""
    import onnxruntime

    session = onnxruntime.InferenceSession(build_lite_onnx(LITE0, image_size=SIZE).SerializeToString())
    return np.concatenate([session.run(["features"], {"pixels": picture[None]})[0] for picture in pictures])


@pytest.mark.parametrize("lengths", [[23], [1] * 23, [5, 0, 0, 7, 1, 10, 0], [2, 21], []])
def test_a_picture_has_the_same_features_in_any_batch(
    extractor: FeatureExtractor, pictures: np.ndarray, expected: np.ndarray, lengths: list[int]
) -> None:
    ends = list(itertools.accumulate(lengths, initial=0))
    computed = list(extractor.extract(pictures[start:end] for start, end in itertools.pairwise(ends)))
    assert [len(batch) for batch in computed] == lengths
    for (start, end), batch in zip(itertools.pairwise(ends), computed, strict=True):
        assert batch.dtype == np.float32
        assert np.allclose(batch, expected[start:end], rtol=0, atol=1e-6)
        assert batch.shape == (end - start, 1280)


def test_one_array_may_carry_every_batch(
    extractor: FeatureExtractor, pictures: np.ndarray, expected: np.ndarray
) -> None:
    def batches() -> Iterator[np.ndarray]:
        carrier = np.empty((1, *SIZE, 3), np.uint8)
        for picture in pictures:
            carrier[0] = picture
            yield carrier

    assert np.allclose(np.concatenate(list(extractor.extract(batches()))), expected, rtol=0, atol=1e-6)


def test_a_stream_without_end_is_read_a_bounded_number_ahead(extractor: FeatureExtractor, pictures: np.ndarray) -> None:
    asked = itertools.count()
    stream = extractor.extract(pictures[:3] for _ in iter(lambda: next(asked), -1))
    for _ in range(3):
        assert next(stream).shape == (3, 1280)
    stream.close()
    assert next(asked) < 16


def test_an_error_of_the_stream_comes_through(extractor: FeatureExtractor, pictures: np.ndarray) -> None:
    def batches() -> Iterator[np.ndarray]:
        yield pictures[:2]
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        list(extractor.extract(batches()))


@pytest.mark.keras
@pytest.mark.backends
def test_keras_computes_the_same(pictures: np.ndarray, expected: np.ndarray) -> None:
    by_keras = FeatureExtractor(LITE0, image_size=SIZE, engine="keras")
    computed = np.concatenate(list(by_keras.extract([pictures[:20], pictures[20:20], pictures[20:]])))
    assert computed.shape == expected.shape
    assert np.abs(computed - expected).max() <= 1e-4


def test_the_engine_is_onnx_runtime_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert fastest_engine() == "onnxruntime"
    find = features.importlib.util.find_spec
    for missing in ("onnx", "onnxruntime"):
        monkeypatch.setattr(
            features.importlib.util, "find_spec", lambda name, missing=missing: None if name == missing else find(name)
        )
        assert fastest_engine() == "keras"


def test_what_cannot_be_loaded_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnknownNameError, match="did you mean"):
        FeatureExtractor("efficientnet-lite0")
    monkeypatch.setenv("CLASSEUR_WEIGHTS", "/nowhere")
    for engine in ("onnxruntime", "keras"):
        with pytest.raises(WeightsError, match="/nowhere"):
            FeatureExtractor(LITE0, engine=engine)


def test_keys_tell_backbones_apart() -> None:
    assert features_key("efficientnet_lite0") != features_key("efficientnet_lite2")
