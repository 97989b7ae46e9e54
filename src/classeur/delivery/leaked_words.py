"""A sentence for the images that belong with images in training: how many do not count, and what they would do."""

from classeur.delivery.wording import belong, counted
from classeur.evaluation.leaked import Leaked


def leaked_words(found: Leaked, others: str = "images in training") -> str:
    """Return which images do not count, and the accuracy with them; where none is left, that all of them belong so.

    Args:
        found: of a score.
        others: which images they belong with.

    >>> from classeur.evaluation.leaked import leaked
    >>> leaked_words(leaked([True] * 8 + [False] * 2, [True] * 5 + [False] * 5, dropped=True))
    'without 5 images that belong with images in training; with them: 80.0% (95 %: 49.0% … 94.3%) of 10 images'
    """
    is_one, all_share = found.num_leaks == 1, found.with_them
    if not found.dropped:
        all_of_them, they = ("it", "it") if is_one else ("all of them", "they")
        words = f"{all_of_them} {belong(found.num_leaks, others)}"
        return f"{words}, so {they} cannot show what the model does with new ones"
    share = f"{all_share.value:.1%} (95 %: {all_share.low:.1%} … {all_share.high:.1%})"
    them = "it" if is_one else "them"
    return f"{left_out_words(found, others)}; with {them}: {share} of {counted(all_share.n, 'image')}"


def left_out_words(found: Leaked, others: str = "images in training") -> str:
    """Return how many images do not count, and why, as it stands after the number of those that do.

    >>> from classeur.evaluation.leaked import leaked
    >>> left_out_words(leaked([True, False], [True, False], dropped=True))
    'without 1 image that belongs with images in training'
    """
    return f"without {counted(found.num_leaks, 'image')} that {belong(found.num_leaks, others)}"
