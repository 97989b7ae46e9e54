"""Weakness: the class that a model recognises worse than the others, beyond chance."""

from typing import NamedTuple

from classeur.evaluation.scoring import Score

# A smaller difference of recall is not reported, however certain.
_LEAST_DIFFERENCE = 0.05


class Weakness(NamedTuple):
    """The class whose recall is least likely by chance."""

    class_name: str
    recall: float
    num_images: int
    recall_of_others: float
    p_value: float  # corrected for the number of classes


def weakest_class(score: Score) -> Weakness | None:
    """Return the class that is recognised worse than the others by 5 points or more, beyond chance; else None.

    If all classes were recognised equally, the correct images would be spread over the classes as drawn from one urn.
    So each class is tested against the rest with Fisher's exact test, one-sided. The worst of K classes looks bad by
    chance up to K times as often as one, so its p-value is multiplied by K.

    Source: Fisher, Statistical Methods for Research Workers, 5th edition (1934), § 21.02; Bonferroni's correction, as
    in Holm, Scandinavian Journal of Statistics 6 (1979) 65–70.
    """
    judged = [(name, each) for name, each in score.per_class.items() if each.num_images]
    found: list[Weakness] = []
    for name, each in judged:
        num_others = score.num_images - each.num_images
        num_right = round(each.recall.value * each.num_images) if each.recall else 0
        if not num_others or not score.num_correct:
            continue
        others = (score.num_correct - num_right) / num_others
        recall = num_right / each.num_images
        if others - recall < _LEAST_DIFFERENCE:
            continue
        from scipy.stats import hypergeom  # a second to import: only where there is something to test

        p_value = float(hypergeom.cdf(num_right, score.num_images, score.num_correct, each.num_images))
        found.append(Weakness(name, recall, each.num_images, others, min(1.0, len(judged) * p_value)))
    worst = min(found, key=lambda each: each.p_value, default=None)
    return worst if worst is not None and worst.p_value < 0.05 else None
