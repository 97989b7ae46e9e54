"""Sentences about a calibration."""

from classeur.delivery.wording import counted
from classeur.estimate import Estimate
from classeur.evaluation.calibration import Calibration


def calibration_sentence(found: Calibration) -> str:
    """Return what the temperature is and does, or why it is 1.

    >>> calibration_sentence(Calibration(reason="fewer than 50 images", fitted_on="validation images", num_images=9))
    'probabilities are as they were trained (temperature 1): fewer than 50 images, of 9 validation images'
    """
    images = f"{found.num_images:,} {found.fitted_on}"
    if found.temperature == 1:
        return f"probabilities are as they were trained (temperature 1): {found.reason}, of {images}"
    return f"probabilities are calibrated: {temperature_text(found)}{gain_text(found)}"


def temperature_text(found: Calibration) -> str:
    """Return the temperature with its interval, and the images that it was found on."""
    interval = "" if found.low is None or found.high is None else f" (95 %: {found.low:.2f} … {found.high:.2f})"
    return f"temperature {found.temperature:.2f}{interval}, from {found.num_images:,} {found.fitted_on}"


def gain_text(found: Calibration) -> str:
    """Return what the temperature does to images that it was not fitted to; "" if that was not measured."""
    before, after = found.before, found.after
    if before is None or after is None:
        return ""
    losses = f"log loss {before.log_loss.value:.4f} → {after.log_loss.value:.4f}"
    errors = ""
    if before.calibration_error and after.calibration_error:
        errors = f", calibration error {_points(before.calibration_error)} → {_points(after.calibration_error)} %"
    in_vain = ", so it does not help images that did not choose it" if _is_in_vain(found) else ""
    return f"; on {counted(after.log_loss.n, 'validation image')} {losses}{errors}{in_vain}"


def _is_in_vain(found: Calibration) -> bool:
    """Return whether the log loss is higher after the calibration than before it."""
    return bool(found.before and found.after and found.after.log_loss.value > found.before.log_loss.value)


def loss_before(found: Calibration | None) -> str:
    """Return, after a loss, what it was before the calibration; "" where nothing was calibrated.

    >>> loss_before(Calibration(reason="fewer than 50 images"))
    ''
    """
    if found is None or found.temperature == 1 or found.before is None:
        return ""
    return f" ({found.before.log_loss.value:.3f} before its probabilities were calibrated)"


def _points(error: Estimate) -> str:
    return f"{100 * error.value:.1f}"
