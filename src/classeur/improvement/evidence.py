"""Evidence: the input of a diagnosis' checks."""

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from statistics import median
from types import MappingProxyType
from typing import NamedTuple

from classeur.evaluation.learning_curve import LearningCurve
from classeur.evaluation.scoring import Score
from classeur.improvement.earlier import Best
from classeur.improvement.leaks import Leak
from classeur.improvement.losses import Losses, losses_of
from classeur.models.assembly import architecture
from classeur.training.history import History
from classeur.training.recipe import Recipe

# A greater number at the end of a run's name is a size or a year, not the number of a repetition.
_MOST_REPETITIONS = 20


class Evidence(NamedTuple):
    """A run's recipe, history and scores, and the names for advised commands."""

    recipe: Recipe
    history: History
    train: Score
    validation: Score
    run: str  # its path as the user typed it
    data: str
    next_run: str  # a path that is free
    from_run: str | None = None  # whose weights it started with
    transfer_run: str = "transfer"  # a path that is free
    data_options: Mapping[str, str] = MappingProxyType({})  # of the data on this machine: columns, exclude, keep_split
    curve: LearningCurve | None = None  # where there are no epochs
    leak: Leak | None = None  # of training images into validation, where it was looked for
    num_folds: int | None = None  # of the cross-validation whose fold it is
    transferred: Best | None = None  # the best transfer that was judged on the same images

    @property
    def losses(self) -> Losses:
        """The training losses by epoch."""
        return losses_of(self.history, self.recipe, self.train)

    @property
    def learning_rate(self) -> float:
        """The learning rate that it was given."""
        return self.recipe.optimisation.learning_rate

    @property
    def is_frozen(self) -> bool:
        """Whether only a head on features of a pretrained network was learned."""
        return architecture(self.recipe.network.model).is_frozen

    @property
    def seconds_per_epoch(self) -> float:
        """The seconds of an epoch: the median, since the first one compiles."""
        return median(self.history.column("seconds"))

    @property
    def stopped_early(self) -> bool:
        """Whether the run ended because its validation accuracy no longer improved."""
        patience, history = self.recipe.optimisation.stop_early, self.history
        return patience is not None and len(history.epochs) - history.best_epoch >= patience


def free_run(run: str, name: str, taken: Collection[str]) -> str:
    """Return a path beside a run: with this name, or with the next number after it that is free.

    >>> free_run("runs/a", "transfer", ["a"]), free_run("runs/a", "transfer", ["a", "transfer"])
    ('runs/transfer', 'runs/transfer-2')
    """
    path = Path(run).with_name(name)
    return next_run(str(path), taken) if name in taken else str(path)


def next_run(run: str, taken: Collection[str]) -> str:
    """Return a path for a repetition of a run: with the next number that is free.

    Args:
        run: its path as the user typed it.
        taken: names that already exist in its folder.

    >>> next_run("runs/a", []), next_run("runs/a-2", ["a", "a-2", "a-3"]), next_run("runs/pets-2024", [])
    ('runs/a-2', 'runs/a-4', 'runs/pets-2024-2')
    """
    path = Path(run)
    name, number = path.name, 1
    counted = re.fullmatch(r"(.+)-([1-9]\d?)", name)
    if counted and 2 <= int(counted[2]) <= _MOST_REPETITIONS:
        name, number = counted[1], int(counted[2])
    number += 1
    while f"{name}-{number}" in taken:
        number += 1
    return str(path.with_name(f"{name}-{number}"))
