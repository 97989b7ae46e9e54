"""Power: how many images it takes to show that two models differ, and how small a difference so many can show.

Of two models on the same images. Pure functions of shares.
"""

from math import ceil
from statistics import NormalDist

from classeur.errors import RangeError

# "Four times in five", the usual power: Cohen, Statistical Power Analysis for the Behavioral Sciences (1988), § 2.4.
USUAL_POWER = 0.8


def num_images_for(
    difference: float, disagreement: float, *, confidence: float = 0.95, power: float = USUAL_POWER
) -> int:
    """Return how many images McNemar's test needs to show a true difference of two accuracies.

    Args:
        difference: of the accuracies, −1 … 1, not 0.
        disagreement: share of the images that exactly one of the models gets right, |difference| … 1.
        confidence: 1 minus the level of the test, in (0, 1).
        power: how often so many images show it, in (0.5, 1).

    Raises:
        RangeError: if there is no difference, or more difference than disagreement.

    Source: Connor, Biometrics 43 (1987) 207–211, p. 209, after Miettinen, Biometrics 24 (1968) 339–352.

    >>> num_images_for(0.40, 0.50)  # the example of powersamplesize.com, of Connor's formula
    23
    >>> num_images_for(0.02, 0.2)
    3923
    """
    if not 0 < abs(difference) <= disagreement <= 1:
        raise RangeError(
            f"a difference of {difference:g} among images of which {disagreement:g} are told apart is not possible;"
            " expected a difference other than 0, at most that share, and a share of at most 1"
        )
    level, spread = NormalDist().inv_cdf(0.5 + confidence / 2), (disagreement - difference**2) ** 0.5
    root = float(level * disagreement**0.5 + NormalDist().inv_cdf(power) * spread) / abs(difference)
    return max(1, ceil(root**2))


def smallest_difference(
    num_images: int, disagreement: float, *, confidence: float = 0.95, power: float = USUAL_POWER
) -> float | None:
    """Return the smallest true difference of two accuracies that so many images show; None if they show none.

    Args:
        num_images: that both models answered, at least 1.
        disagreement: share of the images that exactly one of the models gets right, in (0, 1].
        confidence: as `num_images_for` takes it.
        power: as `num_images_for` takes it.

    Raises:
        RangeError: as `num_images_for` does.

    >>> round(smallest_difference(1000, 0.2), 3)
    0.04
    >>> smallest_difference(5, 0.2) is None
    True
    """
    low, high = 0.0, disagreement
    if num_images_for(high, disagreement, confidence=confidence, power=power) > num_images:
        return None
    for _ in range(50):
        middle = (low + high) / 2
        enough = num_images_for(middle, disagreement, confidence=confidence, power=power) <= num_images
        low, high = (low, middle) if enough else (middle, high)
    return high
