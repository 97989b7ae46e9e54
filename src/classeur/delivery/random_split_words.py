"""A sentence for what a random split would have claimed."""

from math import hypot

from classeur.delivery.wording import counted
from classeur.estimate import Estimate


def random_split_words(claim: Estimate, accuracy: Estimate) -> str:
    """Return what a split that separates groups shows on other images, and whether chance explains the difference.

    Args:
        claim: of a random split.
        accuracy: of the split that keeps groups whole.

    >>> one, other = (Estimate(value=v, low=v - 0.03, high=v + 0.02, method="Wilson", n=400) for v in (0.97, 0.9))
    >>> random_split_words(one, other).partition(", claims ")[2]
    '97.0% (95 %: 94.0% … 99.0%) on 400 other images: 7.0 points more (95 %: 3.4 … 10.6 points)'
    >>> random_split_words(one, one).partition(": the ")[2]
    'difference of 0.0 points is within chance'
    """
    points = 100 * (claim.value - accuracy.value)
    # As `difference_interval`, but by the intervals that are shown, which may be of groups.
    low = points - 100 * hypot(claim.value - claim.low, accuracy.high - accuracy.value)
    high = points + 100 * hypot(claim.high - claim.value, accuracy.value - accuracy.low)
    text = (
        f"a random split, which separates what belongs together, claims {claim.value:.1%} (95 %: {claim.low:.1%} …"
        f" {claim.high:.1%}) on {counted(claim.n, 'other image')}: "
    )
    if low <= 0 <= high:
        return f"{text}the difference of {abs(points):.1f} points is within chance"
    if points < 0:
        low, high = -high, -low
    return f"{text}{abs(points):.1f} points {'more' if points > 0 else 'less'} (95 %: {low:.1f} … {high:.1f} points)"
