"""A step of training and of judging, on every backend: dropout where it belongs, answers counted at probability ½."""

from typing import Any

import numpy as np
import pytest

from classeur.models.engine import load_keras
from classeur.pipeline.batches import Batch
from classeur.training.recipe import Optimisation
from classeur.training.steps import Steps, make_steps

pytestmark = [pytest.mark.keras, pytest.mark.backends]

PIXELS = np.random.default_rng(0).integers(0, 256, (8, 4, 4, 3)).astype(np.uint8)
LABELS = np.arange(8, dtype=np.int64) % 2


def steps_of(*layers: Any) -> Steps:
    """Return the steps of a network of these layers, whose weights hardly move."""
    keras = load_keras()
    network = keras.Sequential([
        keras.Input((4, 4, 3), dtype="uint8"), keras.layers.Rescaling(1 / 255), keras.layers.Flatten(), *layers,
    ])  # fmt: skip
    return make_steps(network, Optimisation(learning_rate=1e-12), steps_per_epoch=10)


def test_dropout_is_drawn_anew_for_each_step_and_none_is_where_it_judges() -> None:
    layers, glorot = load_keras().layers, load_keras().initializers.GlorotUniform(seed=1)
    steps = steps_of(layers.Dropout(0.5, seed=3), layers.Dense(1, kernel_initializer=glorot))
    batch = Batch(PIXELS, LABELS)
    trained = [steps.train(batch).read()[0] for _ in range(3)]
    judged = [steps.judge(batch).read()[0] for _ in range(2)]
    assert len({round(loss, 4) for loss in [*trained, *judged]}) == 4
    assert judged[0] == judged[1]
    logits = np.asarray(load_keras().ops.convert_to_numpy(steps.network(PIXELS, training=False)), np.float64)[:, 0]
    assert judged[0] == pytest.approx(np.mean(np.log1p(np.exp(np.where(LABELS == 1, -logits, logits)))), abs=1e-6)


@pytest.mark.parametrize(("logit", "num_right"), [(0.3, 4), (-0.3, 4), (0.3, 8), (-0.3, 8)])
def test_an_answer_is_right_from_probability_a_half(logit: float, num_right: int) -> None:
    layers, constant = load_keras().layers, load_keras().initializers.Constant
    steps = steps_of(layers.Dense(1, kernel_initializer="zeros", bias_initializer=constant(logit)))
    labels = LABELS if num_right == 4 else np.full(8, int(logit > 0))
    assert steps.judge(Batch(PIXELS, labels)).read()[1] == num_right
