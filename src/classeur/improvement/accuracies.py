"""Accuracies: what the numbers of correct training and validation images allow to say, and how many would say more."""

from typing import Literal, NamedTuple

from classeur.data.findings import Values
from classeur.evaluation.chance import chance_accuracy
from classeur.evaluation.intervals import Interval, interval_between, wilson_interval
from classeur.evaluation.scoring import Score

# A smaller gap is not worth a change, however certain.
_GAP = 0.05
# If a gap may be 0 or as large as this, the images are too few.
_SERIOUS_GAP = 3 * _GAP
# Training accuracy below which a network has not learned its own images.
_UNDERFIT = 0.9
# A network is at chance if it may not have come this share of the way from chance to perfection.
_STUCK = 0.2
# With a wider interval of the training accuracy, it is not certain whether the network has learned its images.
_WIDE = 0.15

Reading = Literal["chance", "overfitting", "underfitting", "too-few", "fine"]


class Right(NamedTuple):
    """How many images of a split are classified correctly."""

    num_correct: int
    num_images: int
    of_groups: Interval | None = None  # of the accuracy, where images come in groups

    @classmethod
    def of(cls, score: Score) -> "Right":
        """Return those of a score."""
        found = score.accuracy
        of_groups = None if found.method == "Wilson" else Interval(found.low, found.high)
        return cls(score.num_correct, score.num_images, of_groups)

    @property
    def accuracy(self) -> float:
        """The share of them, 0 … 1."""
        return self.num_correct / self.num_images

    @property
    def interval(self) -> Interval:
        """The 95 % interval of the accuracy: Wilson's or, where images come in groups, that of groups."""
        return self.of_groups or wilson_interval(self.num_correct, self.num_images)

    def above(self, other: "Right") -> Interval:
        """Return the interval of how much higher the accuracy is than another one on other images."""
        return interval_between(self.accuracy, self.interval, other.accuracy, other.interval)

    def is_above(self, chance: float) -> bool:
        """Return whether it is certainly better than chance."""
        return self.interval.low > chance

    def is_at(self, chance: float) -> bool:
        """Return whether it may be as good as chance, and is hardly better if it is."""
        low, high = self.interval
        return low <= chance <= high <= chance + _STUCK * (1 - chance)


def chance_of(score: Score) -> float:
    """Return the accuracy of always predicting the most frequent class of a split."""
    return chance_accuracy([each.num_images for each in score.per_class.values()])


def read_accuracies(train: Right, validation: Right, chance: float) -> Reading:
    """Return what the numbers of correct images allow to say of a run.

    Args:
        train, validation: without augmentation and dropout.
        chance: the accuracy of always predicting the most frequent class.

    Where both much is missing in training and a gap follows, the larger of the two counts.

    Source: Ng, Machine Learning Yearning (2018), chapters 20 to 23: training error is bias, the gap variance, and what
    is larger is worth the work.

    >>> read_accuracies(Right(980, 1000), Right(700, 1000), 0.5), read_accuracies(Right(9, 9), Right(2, 2), 0.5)
    ('overfitting', 'too-few')
    """
    low, high = train.interval
    if low <= chance:
        return "chance" if high <= chance + _STUCK * (1 - chance) else "too-few"
    gap = train.accuracy - validation.accuracy
    gap_low, gap_high = train.above(validation)
    if gap_low > 0 and gap >= _GAP:
        return "underfitting" if high < _UNDERFIT and 1 - train.accuracy > gap else "overfitting"
    is_open = gap_high >= _SERIOUS_GAP
    if is_open and gap >= _GAP:
        return "too-few"
    if high < _UNDERFIT:
        return "underfitting"
    return "too-few" if is_open or (train.accuracy < _UNDERFIT and high - low > _WIDE) else "fine"


def is_by_heart(train: Right, validation: Right, chance: float) -> bool:
    """Return whether something was learned of the training images, and nothing that holds for new ones.

    Args:
        train, validation: as `read_accuracies` takes them.
        chance: the accuracy of always predicting the most frequent class of validation.

    >>> is_by_heart(Right(980, 1000), Right(510, 1000), 0.5), is_by_heart(Right(980, 1000), Right(700, 1000), 0.5)
    (True, False)
    """
    return train.above(validation).low > 0 and validation.is_at(chance)


def enough_images(train: Right, validation: Right, chance: float) -> tuple[int, int]:
    """Return how many images for training and validation, with the same accuracies, would not be too few."""
    growth, more = 1.0, (train, validation)
    # Rounded counts decide by luck: somewhat more must decide, too.
    while growth < 1000 and any(
        read_accuracies(_times(train, size), _times(validation, size), chance) == "too-few"
        for size in (growth, 1.2 * growth)
    ):
        growth *= 1.05
        more = _times(train, growth), _times(validation, growth)
    return more[0].num_images, more[1].num_images


def accuracy_values(train: Right, validation: Right) -> Values:
    """Return both accuracies and their gap with its interval (Newcombe), for a finding."""
    low, high = train.above(validation)
    return {
        "train_accuracy": train.accuracy,
        "num_train": train.num_images,
        "validation_accuracy": validation.accuracy,
        "num_validation": validation.num_images,
        "gap": train.accuracy - validation.accuracy,
        "gap_low": low,
        "gap_high": high,
    }


def _times(right: Right, growth: float) -> Right:
    """Return a multiple of the images, rounded to two digits, with the same accuracy; of groups, of more groups too."""
    number = growth * right.num_images
    step = 10 ** max(0, len(str(int(number))) - 2)
    num_images = int(-(-number // step) * step)
    closer = (right.num_images / num_images) ** 0.5
    of_groups = None
    if right.of_groups is not None:
        of_groups = Interval(*(right.accuracy + closer * (end - right.accuracy) for end in right.of_groups))
    return Right(round(right.accuracy * num_images), num_images, of_groups)
