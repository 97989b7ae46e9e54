"""A learning curve in words: would more images help?"""

from classeur.training.learning_curve import LearningCurve


def curve_sentence(curve: LearningCurve) -> str:
    """Return what twice as many training images would be expected to bring, with its 95 % interval."""
    last, gain = curve.points[-1], curve.gain(2.0)
    # No more can be gained than is missing now.
    missing = 1 - last.validation.value
    low, value, high = (100 * min(each, missing) for each in (gain.low, gain.value, gain.high))
    doubled = f"{2 * last.num_images:,} training images in place of {last.num_images:,}"
    if high < 0.5:
        return f"More photographs of the same kind would hardly help: {doubled} would bring {high:.1f} points at most."
    return (
        f"{doubled} would be expected to bring {value:+.1f} points of validation accuracy (95 %: {low:+.1f} …"
        f" {high:+.1f})."
    )
