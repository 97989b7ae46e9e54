"""A sentence for what a random split would have claimed."""

from classeur.estimate import Estimate


def random_split_words(claim: Estimate) -> str:
    """Return what a split that separates groups would have shown in the place of the accuracy above.

    >>> random_split_words(Estimate(value=0.97, low=0.95, high=0.98, method="Wilson", n=400))
    'a random split, which separates what belongs together, would have claimed 97.0% (95 %: 95.0% … 98.0%)'
    """
    return (
        "a random split, which separates what belongs together, would have claimed"
        f" {claim.value:.1%} (95 %: {claim.low:.1%} … {claim.high:.1%})"
    )
