"""Losses: what the loss of each epoch tells, beside the loss of a network that never looks at an image."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from classeur.evaluation.scoring import Score
from classeur.training.history import History
from classeur.training.recipe import Recipe

# Epochs over which "still falling" is measured.
TAIL = 3
# A loss this many times that of no knowledge has leapt: the steps are too long.
_LEAP = 1.5
# Closer to it than this share, a loss has learned nothing.
_STANDING = 0.02
# A loss that rises by this share of it in one epoch, and how many epochs may do so.
_RISE, _MOST_RISES = 0.05, 0.25


class Losses(NamedTuple):
    """Training losses by epoch, in nats, and that of a network that knows only how frequent the classes are."""

    values: Sequence[float]
    of_chance: float

    @property
    def last(self) -> float:
        """That of the last epoch."""
        return self.values[-1]

    @property
    def most(self) -> float:
        """The highest, not a number if one is none."""
        return math.nan if any(map(math.isnan, self.values)) else max(self.values)

    @property
    def has_diverged(self) -> bool:
        """Whether it ends worse than without any knowledge, or is no number."""
        return bool(self.values) and not self.last <= _LEAP * self.of_chance

    @property
    def has_leapt(self) -> bool:
        """Whether it was ever so high that a step must have been too long."""
        return bool(self.values) and not self.most <= _LEAP * self.of_chance

    @property
    def num_rises(self) -> int:
        """In how many epochs it rose by a twentieth of the loss of chance or more."""
        rise = _RISE * self.of_chance
        return sum(after - before >= rise for before, after in zip(self.values, self.values[1:], strict=False))

    @property
    def zigzags(self) -> bool:
        """Whether it rises in a quarter of the epochs or more."""
        return len(self.values) > TAIL and self.num_rises >= _MOST_RISES * (len(self.values) - 1)

    @property
    def num_standing(self) -> int:
        """How many of the last epochs it has stood at the loss of chance."""
        count = 0
        for value in reversed(self.values):
            if not abs(value - self.of_chance) <= _STANDING * self.of_chance:
                break
            count += 1
        return count

    @property
    def is_falling(self) -> bool:
        """Whether one of the last epochs ends below all before them; with as few epochs, always."""
        return bool(self.values) and (len(self.values) <= TAIL or self.last < min(self.values[:-TAIL]))

    @property
    def epochs_to_halve(self) -> float:
        """At the mean pace of all its epochs, how many more would halve it; infinite if it does not fall."""
        if len(self.values) < 2:
            return math.inf
        pace = (self.values[0] - self.last) / (len(self.values) - 1)
        return self.last / 2 / pace if pace > 0 else math.inf


def losses_of(history: History, recipe: Recipe, train: Score) -> Losses:
    """Return the training losses of a run.

    Args:
        history: of the run; no epoch of a training without any.
        recipe: of the run; says whether classes weigh alike.
        train: its score on the training images, which counts the images of each class.

    Source: the loss of chance is the entropy of the classes' shares, the least cross-entropy of one answer for all
    images: Cover, Thomas, Elements of Information Theory (2006), § 2.3 and theorem 2.6.3.
    """
    counts = [each.num_images for each in train.per_class.values() if each.num_images]
    shares = [1 / len(counts) for _ in counts] if recipe.optimisation.balance else [n / sum(counts) for n in counts]
    return Losses(tuple(history.column("loss")), -sum(share * math.log(share) for share in shares))
