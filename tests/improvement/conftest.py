from collections.abc import Callable, Mapping
from typing import Any

import pytest
from constructed_runs import history

from classeur.evaluation.scoring import Evaluation, Score
from classeur.improvement.diagnosis import Diagnosis, diagnose
from classeur.training.recipe import make_recipe


@pytest.fixture
def diagnosed() -> Callable[..., Diagnosis]:
    """A function from the scores of training and validation, and a recipe's options, to a diagnosis."""

    def make(
        train: Score,
        validation: Score,
        *,
        losses: tuple[float, ...] = (0.6, 0.5, 0.4),
        options: Mapping[str, Any] | None = None,
        **named: Any,
    ) -> Diagnosis:
        evaluation = Evaluation(class_names=tuple(train.per_class), splits={"train": train, "validation": validation})
        recipe = make_recipe({"epochs": len(losses), **(options or {})})
        return diagnose(recipe, history(losses), evaluation, **named)

    return make
