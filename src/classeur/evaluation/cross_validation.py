"""A cross-validation: the score of each fold, their mean and spread, and all images together."""

import statistics

from pydantic import BaseModel, ConfigDict

from classeur.estimate import Estimate
from classeur.evaluation.scoring import Score


class Fold(BaseModel):
    """The run of one fold, judged on the images that it was not trained on and that belong with none of these."""

    model_config = ConfigDict(frozen=True)

    run: str
    num_train: int
    num_images: int
    accuracy: Estimate | None  # None if it has no such image
    loss: Estimate | None


class CrossValidation(BaseModel):
    """The folds of a cross-validation."""

    model_config = ConfigDict(frozen=True)

    num_folds: int
    folds: tuple[Fold, ...]  # those that are finished
    pooled: Score | None  # of all images, each by the fold that was not trained on it; None until all are finished

    @property
    def is_finished(self) -> bool:
        """Whether each fold is."""
        return len(self.folds) == self.num_folds

    @property
    def judging(self) -> tuple[Fold, ...]:
        """The folds with an accuracy."""
        return tuple(fold for fold in self.folds if fold.accuracy is not None)

    @property
    def accuracies(self) -> list[float]:
        """Those of the folds that have one."""
        return [fold.accuracy.value for fold in self.folds if fold.accuracy is not None]

    @property
    def mean(self) -> float:
        """The mean accuracy of the folds that have one."""
        return statistics.fmean(self.accuracies)

    @property
    def spread(self) -> float:
        """The standard deviation of the folds' accuracies about their mean (n − 1); 0 for one.

        It says how much a result differs with the images that happen to be for training and validation. It is no error
        of the mean: folds share their training images (Bengio, Grandvalet, JMLR 5 (2004) 1089–1105).
        """
        return statistics.stdev(self.accuracies) if len(self.accuracies) > 1 else 0.0
