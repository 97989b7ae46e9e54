"""A step of training and of judging, on every backend: dropout where it belongs, answers counted at probability ½."""

from typing import Any

import numpy as np
import pytest

from classeur.models.engine import load_keras
from classeur.pipeline.batches import Batch, Mixing
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


def network_of(num_classes: int) -> Any:
    keras, glorot = load_keras(), load_keras().initializers.GlorotUniform
    return keras.Sequential([
        keras.Input((4, 4, 3), dtype="uint8"), keras.layers.Rescaling(1 / 255), keras.layers.Flatten(),
        keras.layers.Dense(5, activation="relu", kernel_initializer=glorot(1), bias_initializer="ones"),
        keras.layers.Dense(1 if num_classes == 2 else num_classes, kernel_initializer=glorot(2)),
    ])  # fmt: skip


def gradients_of(optimizer: Any) -> list[np.ndarray]:
    """A tenth of them is what Adam remembers of its first step."""
    return [10 * np.array(load_keras().ops.convert_to_numpy(each)) for each in optimizer._momentums]


def compiled(num_classes: int) -> Any:
    keras, network = load_keras(), network_of(num_classes)
    losses = keras.losses
    loss = losses.BinaryCrossentropy if num_classes == 2 else losses.CategoricalCrossentropy
    network.compile(optimizer=keras.optimizers.Adam(1e-3), loss=loss(from_logits=True))
    return network


def targets_of(labels: np.ndarray, num_classes: int) -> np.ndarray:
    """Return labels as Keras' loss takes them."""
    targets = np.eye(num_classes, dtype=np.float32)[labels]
    return targets[:, 1:] if num_classes == 2 else targets


@pytest.mark.parametrize("num_classes", [2, 3])
def test_weights_are_keras_class_weights_and_are_not_in_what_is_reported(num_classes: int) -> None:
    labels = np.array([0, 0, 0, 0, 1, 0, num_classes - 1, 0])
    class_weights = {0: 0.4, 1: 2.5, 2: 5.0}
    theirs = compiled(num_classes)
    plain = theirs.evaluate(PIXELS, targets_of(labels, num_classes), batch_size=8, verbose=0)
    theirs.fit(
        PIXELS, targets_of(labels, num_classes), batch_size=8, shuffle=False, verbose=0,
        class_weight={label: class_weights[label] for label in range(num_classes)},
    )  # fmt: skip
    steps = make_steps(network_of(num_classes), Optimisation(), steps_per_epoch=1)
    loss, _ = steps.train(Batch(PIXELS, labels, weights=np.array([class_weights[each] for each in labels]))).read()
    steps.settle()
    for ours, other in zip(gradients_of(steps.optimizer), gradients_of(theirs.optimizer), strict=True):
        assert ours == pytest.approx(other, rel=1e-4, abs=1e-6)
    assert loss == pytest.approx(plain, abs=1e-6)


@pytest.mark.parametrize("num_classes", [2, 3])
def test_a_mixture_is_learned_as_its_two_labels_each_by_its_share_and_weight(num_classes: int) -> None:
    labels, partners = np.arange(8) % num_classes, np.arange(8)[::-1] // 3 % num_classes
    shares, class_weights = np.linspace(0.05, 0.95, 8), np.array([0.4, 2.5, 5.0])
    theirs = compiled(num_classes)
    both = np.concatenate([labels, partners])
    theirs.train_on_batch(
        np.concatenate([PIXELS, PIXELS]), targets_of(both, num_classes),
        sample_weight=2 * np.concatenate([shares, 1 - shares]) * class_weights[both],
    )  # fmt: skip
    steps = make_steps(network_of(num_classes), Optimisation(), steps_per_epoch=1)
    mixing = Mixing(partners, shares, class_weights[partners])
    steps.train(Batch(PIXELS, labels, mixing=mixing, weights=class_weights[labels]))
    steps.settle()
    for ours, other in zip(gradients_of(steps.optimizer), gradients_of(theirs.optimizer), strict=True):
        assert ours == pytest.approx(other, rel=1e-4, abs=1e-6)
