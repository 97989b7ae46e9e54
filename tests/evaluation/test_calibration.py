"""A temperature makes probabilities frequencies, changes no class, and is left alone where images do not tell it."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from classeur.evaluation.calibration import (
    Calibration,
    choose_temperature,
    cross_fitted,
    fit_temperature,
    measure_sureness,
)
from classeur.training.logits import log_losses, softmax


def drawn(num_images: int, columns: int, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return logits whose probabilities are the frequencies of labels, and these."""
    random = np.random.default_rng(seed)
    logits = random.normal(0, 2, (num_images, columns))
    labels = (softmax(logits).cumsum(axis=1) < random.random((num_images, 1))).sum(axis=1)
    return logits, labels


@pytest.mark.parametrize("columns", [1, 4])
@pytest.mark.parametrize("times", [0.4, 1.0, 3.0])
def test_temperature_is_the_one_of_least_loss_and_found_again(columns: int, times: float) -> None:
    logits, labels = drawn(3000, columns)
    found = fit_temperature(times * logits, labels)
    assert found is not None
    best = minimize_scalar(
        lambda inverse: log_losses(times * logits * inverse, labels).sum(), bounds=(0.05, 20), method="bounded"
    )
    assert found.value == pytest.approx(1 / best.x, rel=1e-3)
    assert found.low < times < found.high


def test_interval_holds_the_temperature_as_often_as_it_says() -> None:
    held = [
        found.low <= 2 <= found.high
        for seed in range(400)
        for found in [fit_temperature(*(lambda logits, labels: (2 * logits, labels))(*drawn(200, 1, seed=seed)))]
        if found is not None
    ]
    assert len(held) == 400
    assert 0.95 - 3 * 0.011 <= np.mean(held) <= 0.95 + 3 * 0.011


def test_weights_are_as_copies() -> None:
    logits, labels = drawn(300, 1)
    weights = np.random.default_rng(1).integers(0, 4, 300)
    by_weights = fit_temperature(3 * logits, labels, weights)
    by_copies = fit_temperature(np.repeat(3 * logits, weights, axis=0), np.repeat(labels, weights))
    assert by_weights is not None
    assert by_copies is not None
    assert by_weights.value == pytest.approx(by_copies.value)


@pytest.mark.parametrize(
    ("logits", "labels", "reason"),
    [
        (np.zeros((49, 1)), np.arange(49) % 2, "fewer than 50 images"),
        (np.linspace(-5, 5, 200)[:, None], (np.arange(200) >= 100).astype(int), "no temperature is best"),
        (np.linspace(5, -5, 200)[:, None], (np.arange(200) >= 100).astype(int), "no temperature is best"),
        (*drawn(300, 3), "do not tell it from 1"),
    ],
    ids=["few", "all right", "all wrong", "calibrated"],
)
def test_where_no_temperature_is_told_it_stays_1(logits: np.ndarray, labels: np.ndarray, reason: str) -> None:
    found = choose_temperature(logits, labels, fitted_on="validation images")
    assert found.temperature == 1
    assert reason in found.reason


def test_chosen_temperature_says_what_it_was_fitted_to() -> None:
    logits, labels = drawn(2000, 3)
    logits = 4 * logits
    logits[:100] = np.nan  # never held out
    found = choose_temperature(logits, labels, fitted_on="held-out training images")
    assert (found.num_images, found.fitted_on, found.reason) == (1900, "held-out training images", "")
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.temperature == found.fitted < found.high
    assert found.low < 4 < found.high


def test_calibrated_logits_keep_classes_and_lose_their_error() -> None:
    logits, labels = drawn(4000, 3)
    logits = 3 * logits
    divided = cross_fitted(logits, labels)
    assert (divided.argmax(axis=1) == logits.argmax(axis=1)).all()
    before, after = (measure_sureness(each, labels) for each in (logits, divided))
    assert after.log_loss.value < before.log_loss.value
    assert after.brier.value < before.brier.value
    assert before.calibration_error is not None
    assert after.calibration_error is not None
    assert after.calibration_error.value < 0.03 < 0.1 < before.calibration_error.value


def test_cross_fitted_image_does_not_choose_its_own_temperature() -> None:
    logits, labels = drawn(400, 1)
    logits = 3 * logits
    # All that is sure and wrong is one group: what it would say of the temperature reaches the others alone.
    groups = np.arange(400)
    groups[:40], labels[:40] = 0, np.where(logits[:40, 0] > 0, 0, 1)
    divided = cross_fitted(logits, labels, groups=groups)
    temperatures = logits[:, 0] / divided[:, 0]
    assert temperatures[:40] == pytest.approx(temperatures[0])
    alone = choose_temperature(logits[40:], labels[40:], fitted_on="").temperature
    assert temperatures[0] == pytest.approx(alone, rel=0.3)
    assert temperatures[40:].max() > 1.5 * alone


def test_a_temperature_that_nothing_fitted_is_no_calibration() -> None:
    found = choose_temperature(*_too_sure(), fitted_on="validation images")
    assert Calibration.model_validate(found.model_dump()) == found
    with pytest.raises(ValueError, match="the temperature 5 is not the one that was fitted"):
        Calibration.model_validate({**found.model_dump(), "temperature": 5.0})


def _too_sure() -> tuple[np.ndarray, np.ndarray]:
    logits, labels = drawn(400, 1)
    return 3 * logits, labels
