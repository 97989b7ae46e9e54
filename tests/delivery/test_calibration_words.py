"""What is said of a calibration: what it is, what it does, and that it does not help where it does not."""

import pytest

from classeur.delivery.calibration_words import calibration_sentence
from classeur.estimate import Estimate
from classeur.evaluation.calibration import Calibration, Sureness


def sureness(log_loss: float) -> Sureness:
    found = Estimate(value=log_loss, low=log_loss / 2, high=2 * log_loss, method="delta", n=60)
    return Sureness(log_loss=found, brier=found, calibration_error=None)


@pytest.mark.parametrize(
    ("after", "said"), [(0.5, ""), (0.623, ""), (0.6391, ", so it does not help images that did not choose it")]
)
def test_a_temperature_that_makes_it_worse_elsewhere_is_said_to(after: float, said: str) -> None:
    found = Calibration(
        temperature=1.92, fitted=1.92, fitted_on="validation images", num_images=60, before=sureness(0.623),
        after=sureness(after),
    )  # fmt: skip
    told = calibration_sentence(found)
    assert told.endswith(f"; on 60 validation images log loss 0.6230 → {after:.4f}{said}")
