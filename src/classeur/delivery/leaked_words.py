"""A sentence for what images that belong with training do to an accuracy."""

from classeur.delivery.wording import counted
from classeur.estimate import Estimate
from classeur.evaluation.leaked import Leaked


def leaked_words(found: Leaked) -> str:
    """Return the accuracy that was not reported: without leaks, or with those that were dropped.

    >>> from classeur.evaluation.leaked import leaked
    >>> leaked_words(leaked([True] * 8 + [False] * 2, [True] * 5 + [False] * 5, dropped=False))
    'without the 5 images that belong with images in training: accuracy 60.0% (95 %: 23.1% … 88.2%), of 5 images'
    """
    belong = "belongs" if found.num_leaks == 1 else "belong"
    images = f"{counted(found.num_leaks, 'image')} that {belong} with images in training"
    if found.dropped:
        return f"with the {images}, which --drop-leaks left out: {_accuracy(found.with_them)}"
    if found.without_them is None:
        all_of_them, they = ("it", "it") if found.num_leaks == 1 else ("all of them", "they")
        return (
            f"{all_of_them} {belong} with images in training, so {they} cannot show what the model does with new ones"
        )
    return f"without the {images}: {_accuracy(found.without_them)}"


def _accuracy(share: Estimate) -> str:
    interval = f"{share.low:.1%} … {share.high:.1%}"
    return f"accuracy {share.value:.1%} (95 %: {interval}), of {counted(share.n, 'image')}"
