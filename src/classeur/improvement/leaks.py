"""Leaks: validation images that were trained on, and what they do to the accuracy."""

from collections.abc import Collection
from typing import NamedTuple

import numpy as np

from classeur.evaluation.intervals import Interval, difference_interval, interval_between
from classeur.improvement.comparison import Judged
from classeur.improvement.paired import Key, sampling_of

# Fewer could not move the accuracy by a point.
SERIOUS_SHARE = 0.01


class Leak(NamedTuple):
    """Validation images that are in training too, and how many of them and of the rest are right."""

    num_images: int  # that are in training too
    num_correct: int
    num_other: int
    num_other_correct: int
    num_alike: int = 0  # of them, of other bytes: re-encoded, cropped, of the same group or burst
    of_groups: Interval | None = None  # of the difference, where images come in groups

    @property
    def is_serious(self) -> bool:
        """Whether they could move the accuracy by a point."""
        return self.num_images >= SERIOUS_SHARE * (self.num_images + self.num_other) > 0

    @property
    def difference(self) -> tuple[float, float, float] | None:
        """Their accuracy minus that of the rest, with Newcombe's interval; None if one of both is empty."""
        if not self.num_images or not self.num_other:
            return None
        interval = self.of_groups or difference_interval(
            (self.num_correct, self.num_images), (self.num_other_correct, self.num_other)
        )
        value = self.num_correct / self.num_images - self.num_other_correct / self.num_other
        return value, interval.low, interval.high


def leak_of(run: Judged, trained_on: Collection[str], alike: Collection[tuple[str, str]] = ()) -> Leak:
    """Return the leak of a run.

    Args:
        run: its validation, image by image.
        trained_on: content hashes of its training images.
        alike: content hash and label of validation images that belong with one in training: re-encoded, cropped, of the
            same group or burst.
    """
    leaked = {key for key in run.correct if key[0] in trained_on or key[:2] in alike}
    others = run.correct.keys() - leaked
    return Leak(
        num_images=len(leaked),
        num_correct=sum(run.correct[key] for key in leaked),
        num_other=len(others),
        num_other_correct=sum(run.correct[key] for key in others),
        num_alike=sum(key[0] not in trained_on for key in leaked),
        of_groups=_interval_of_groups(run, leaked),
    )


def _interval_of_groups(run: Judged, leaked: Collection[Key]) -> Interval | None:
    """Return the interval of the difference where images come in groups; None where they do not, or there is none."""
    keys = list(run.correct)
    sampling, right = sampling_of([run.groups], keys), np.array([run.correct[key] for key in keys], bool)
    among = np.array([key in leaked for key in keys], bool)
    one, other = sampling.proportion(right, among), sampling.proportion(right, ~among)
    if sampling.clusters is None or one is None or other is None:
        return None
    return interval_between(one.value, Interval(one.low, one.high), other.value, Interval(other.low, other.high))
