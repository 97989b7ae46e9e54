"""Whole networks as ONNX: nested ones, outputs by name, heads that are given as arrays."""

from typing import Any

import numpy as np
import onnxruntime
import pytest

from classeur.errors import ClasseurError
from classeur.evaluation.outliers import fit_compact_unlikeness
from classeur.models.assembly import with_probabilities
from classeur.models.efficientnet_lite import build_lite
from classeur.models.engine import load_keras
from classeur.models.lite_onnx import build_head_onnx, build_lite_onnx
from classeur.models.onnx_graph import Graph
from classeur.models.onnx_network import add_unlike, build_network_onnx, dense_head, network_of, outlier_head
from classeur.models.onnx_safety import check_onnx
from classeur.models.tutorial import build_tutorial
from classeur.training.logits import softmax

SIZE = (32, 40)


def answers(model: Any, **inputs: np.ndarray) -> dict[str, np.ndarray]:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, map(np.asarray, session.run(names, inputs)), strict=True))


def drawn(num_images: int = 6, size: tuple[int, int] = SIZE) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (num_images, *size, 3), dtype=np.uint8)


@pytest.mark.keras
@pytest.mark.backends
@pytest.mark.parametrize("num_classes", [2, 3])
def test_the_tutorial_s_network(num_classes: int) -> None:
    model = with_probabilities(build_tutorial(SIZE, num_classes, dropout=0.5, seed=3))
    found = answers(build_network_onnx(model, SIZE), pixels=drawn())
    assert list(found) == ["probabilities", "logits", "features"]
    expected = np.asarray(model.predict_on_batch(drawn()))
    assert np.ptp(expected, axis=0).max() > 1e-3
    assert np.abs(found["probabilities"] - expected).max() <= 1e-6
    assert found["logits"].shape == (6, num_classes)
    assert np.abs(softmax(found["logits"].astype(float)) - expected).max() <= 1e-6
    kernel, bias = model.get_layer("dense_1").get_weights()
    logits = found["features"] @ kernel + bias
    assert np.abs(softmax(logits) - expected).max() <= 1e-5


@pytest.mark.keras
def test_the_embedded_backbone_by_its_layers_and_by_its_weights_are_one() -> None:
    random = np.random.default_rng(0)
    network = build_lite("efficientnet_lite0", SIZE, 3)
    kernel, bias = random.normal(0, 0.1, (1280, 3)).astype(np.float32), random.normal(size=3).astype(np.float32)
    network.get_layer("classifier").set_weights([kernel, bias])
    model = with_probabilities(network)
    by_layers = answers(build_network_onnx(model, SIZE), pixels=drawn())
    by_weights = answers(
        build_lite_onnx("efficientnet_lite0", image_size=SIZE, head=dense_head(kernel, bias)), pixels=drawn()
    )
    assert list(by_layers) == list(by_weights) == ["probabilities", "logits", "features", "feature_map"]
    expected = np.asarray(model.predict_on_batch(drawn()))
    assert np.ptp(expected, axis=0).max() > 0.05
    for found in (by_layers, by_weights):
        assert np.abs(found["probabilities"] - expected).max() <= 1e-4
        assert np.abs(found["feature_map"].mean(axis=(1, 2)) - found["features"]).max() <= 1e-5
    for name, values in by_layers.items():
        assert np.abs(values - by_weights[name]).max() <= 1e-4


@pytest.mark.keras
def test_networks_inside_networks_and_a_layer_that_is_called_twice() -> None:
    keras = load_keras()
    layers = keras.layers
    pixels = keras.Input((*SIZE, 3), dtype="uint8", name="pixels")
    inner_input = keras.Input((None, None, 8))
    twice = layers.Conv2D(8, 3, padding="same", activation="relu")
    inner = keras.Model(inner_input, layers.Add()([inner_input, twice(twice(inner_input))]), name="inner")
    stem = keras.Sequential([layers.Rescaling(1 / 255), layers.Conv2D(8, 3, strides=2)], name="stem")
    values = layers.GlobalAveragePooling2D()(inner(stem(pixels)))
    values = layers.BatchNormalization()(values)
    model = keras.Model(pixels, layers.Softmax()(layers.Dense(3, kernel_initializer="normal")(values)))
    steps = [step.name for step in network_of(model).steps]
    assert len(set(steps)) == len(steps)
    assert sum(name.startswith("inner/conv2d") for name in steps) == 2
    found = answers(build_network_onnx(model, SIZE), pixels=drawn())
    assert np.abs(found["probabilities"] - np.asarray(model.predict_on_batch(drawn()))).max() <= 1e-6


@pytest.mark.keras
def test_what_is_no_graph_with_one_input_and_output_is_refused() -> None:
    keras = load_keras()
    layers = keras.layers
    pixels = keras.Input((*SIZE, 3), dtype="uint8", name="pixels")
    values = layers.Rescaling(1 / 255)(pixels)
    with pytest.raises(ClasseurError, match="the network has 2 outputs; expected one"):
        build_network_onnx(keras.Model(pixels, [values, layers.Softmax()(values)]), SIZE)
    with pytest.raises(ClasseurError, match="the layer .* has no ONNX form in classeur"):
        build_network_onnx(keras.Model(pixels, layers.RandomFlip()(values)), SIZE)
    with pytest.raises(ClasseurError, match="numbers among its inputs"):
        build_network_onnx(keras.Model(pixels, 3.0 / (values + 1)), SIZE)


@pytest.mark.parametrize("num_logits", [1, 3])
def test_a_head_of_arrays(num_logits: int) -> None:
    random = np.random.default_rng(1)
    features = random.normal(size=(5, 7)).astype(np.float32)
    kernel, bias = (random.normal(size=shape).astype(np.float32) for shape in ((7, num_logits), (num_logits,)))
    found = answers(build_head_onnx(dense_head(kernel, bias), 7), features=features)["probabilities"]
    assert found.shape == (5, max(2, num_logits))
    assert np.abs(found - softmax(features @ kernel + bias)).max() <= 1e-6


def test_an_outlier_head_is_a_sum_of_squares_of_whitened_directions() -> None:
    random = np.random.default_rng(2)
    features = np.abs(random.normal(size=(5, 7))).astype(np.float32)
    features[0] = 0  # of no length
    whitening = random.normal(size=(7, 7)).astype(np.float32), random.normal(size=7).astype(np.float32)
    last = np.full((7, 1), 0.3, np.float32), np.array([-1], np.float32)
    found = answers(build_head_onnx(outlier_head(whitening, last), 7), features=features)["probabilities"]
    directions = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    logits = np.square(directions @ whitening[0] + whitening[1]) @ last[0] + last[1]
    assert np.abs(found - softmax(logits)).max() <= 1e-6
    lite = build_lite_onnx(
        "efficientnet_lite0",
        image_size=(32, 32),
        head=outlier_head(
            (np.eye(1280, dtype=np.float32), np.zeros(1280, np.float32)),
            (np.ones((1280, 1), np.float32), np.zeros(1, np.float32)),
        ),
    )
    pixels = drawn(size=(32, 32))
    plain = answers(build_lite_onnx("efficientnet_lite0", image_size=(32, 32)), pixels=pixels)
    assert np.array_equal(answers(lite, pixels=pixels)["features"], plain["features"]), "not the squares"


@pytest.mark.parametrize("num_classes", [1, 3])
def test_score_of_what_is_unlike_is_that_of_its_arrays(num_classes: int) -> None:
    random = np.random.default_rng(0)
    labels = random.integers(0, num_classes, 90)
    known = np.maximum(random.normal(1, 1, (90, 24)) + 3 * np.eye(num_classes, 24)[labels], 0).astype(np.float32)
    score = fit_compact_unlikeness(known, labels, rank=5)
    graph = Graph()
    unlike = add_unlike(graph, graph.features(24), score)
    other = np.maximum(random.normal(1, 2, (20, 24)), 0).astype(np.float32)
    (said,) = answers(graph.model("score", {"unlike": unlike}), features=other).values()
    assert said.shape == (20,)
    assert said == pytest.approx(score.score(other), rel=1e-5)


def test_network_with_a_score_is_safe_to_load_and_says_all_else_as_before() -> None:
    random = np.random.default_rng(0)
    features = random.random((40, 1280)).astype(np.float32)
    score = fit_compact_unlikeness(features, np.arange(40) % 2, rank=8)
    head = dense_head(random.normal(0, 1, (1280, 1)).astype(np.float32), np.zeros(1, np.float32))
    without, with_it = (
        build_lite_onnx("efficientnet_lite0", image_size=(32, 40), head=head, unlike=each) for each in (None, score)
    )
    check_onnx(with_it.SerializeToString())
    before, after = (answers(each, pixels=drawn()) for each in (without, with_it))
    assert after.pop("unlike") == pytest.approx(score.score(after["features"]), rel=1e-4)
    assert all(np.array_equal(after[name], before[name]) for name in before)
    assert list(after) == list(before)
