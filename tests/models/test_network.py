"""The tutorial's network: its table, its seeds, what is saved of it."""

import random

import numpy as np
import pytest

from classeur.models.assembly import build_network, layer_table, with_probabilities

pytestmark = pytest.mark.keras


@pytest.mark.parametrize("dropout", [0.0, 0.2])
def test_the_tutorials_table(dropout: float) -> None:
    table = layer_table(build_network("tutorial", (150, 150), 2, dropout=dropout))
    assert [layer.num_parameters for layer in table if layer.num_parameters] == [448, 4640, 18496, 10617344, 513]
    assert sum(layer.num_parameters for layer in table) == 10_641_441
    shapes = [layer.output_shape[1:] for layer in table if layer.type in ("Conv2D", "Flatten", "Dense")]
    assert shapes == [(150, 150, 16), (75, 75, 32), (37, 37, 64), (20736,), (512,), (1,)]
    types = [layer.type for layer in table]
    after = [types[number - 1 : number + 2] for number, name in enumerate(types) if name == "Dropout"]
    expected = [["MaxPooling2D", "Dropout", "Conv2D"], ["MaxPooling2D", "Dropout", "Flatten"]]
    assert after == (expected if dropout else [])


def test_seeds_decide_and_global_state_is_left_alone() -> None:
    before = random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
    first, same, other = (build_network("tutorial", (16, 16), 2, seed=seed).get_weights() for seed in (1, 1, 2))
    assert all(map(np.array_equal, first, same))
    assert not all(map(np.array_equal, first, other))
    assert before == (random.getstate(), np.random.get_state()[1].tolist())  # noqa: NPY002


@pytest.mark.parametrize("num_classes", [2, 3])
def test_what_is_saved_returns_probabilities(num_classes: int) -> None:
    network = build_network("tutorial", (16, 24), num_classes)
    model = with_probabilities(network)
    pixels = np.random.default_rng(0).integers(0, 256, (5, 16, 24, 3), np.uint8)
    logits, probabilities = network.predict_on_batch(pixels), model.predict_on_batch(pixels)
    if num_classes == 2:
        logits = np.concatenate([np.zeros_like(logits), logits], axis=1)
    powers = np.exp(logits - logits.max(1, keepdims=True))
    assert np.allclose(probabilities, powers / powers.sum(1, keepdims=True), atol=1e-6)
    assert model.count_params() == network.count_params()
    assert model.inputs[0].dtype == "uint8"
    assert np.allclose(model(pixels), probabilities, atol=1e-6), "called, it says nothing: warnings are errors here"
