"""What a schedule and a first phase mean for a training that goes on, or that cannot be."""

from pathlib import Path
from typing import Any

import pytest

from classeur.errors import RangeError, UsageError
from classeur.run import Run
from classeur.training.facts import RunFacts
from classeur.training.recipe import Optimisation, make_recipe
from classeur.workflows.resumption import resumed_recipe


def facts(status: Any, **options: object) -> RunFacts:
    return RunFacts(
        status=status,
        recipe=make_recipe({"model": "tutorial", **options}),
        class_names=("a", "b"),
        counts={},
        epochs_done=2,
    )


@pytest.mark.parametrize("status", ["finished", "stopped", "training"])
def test_a_cosine_that_has_fallen_is_not_prolonged(status: str) -> None:
    with pytest.raises(UsageError, match=r"falls to 0 over its 2 epochs \(--schedule cosine\)") as caught:
        resumed_recipe(Run(Path("RUN")), facts(status, epochs=2, schedule="cosine"), {"epochs": 3})
    assert len(str(caught.value).splitlines()) == 1
    assert resumed_recipe(Run(Path("RUN")), facts(status, epochs=2), {"epochs": 3}).optimisation.epochs == 3


def test_a_cosine_that_was_stopped_goes_on_as_it_was() -> None:
    stopped = facts("stopped", epochs=5, schedule="cosine")
    for options in ({}, {"epochs": 5}, {"schedule": "cosine"}):
        assert resumed_recipe(Run(Path("RUN")), stopped, options) == stopped.recipe


def test_no_phase_is_longer_than_the_training() -> None:
    for make in (
        lambda options: make_recipe({"model": "tutorial", **options}),
        lambda options: Optimisation(**options),
    ):
        with pytest.raises(RangeError, match=r"^head epochs 4 are more than all 3 epochs, .*raise --epochs") as caught:
            make({"epochs": 3, "head_epochs": 4})
        assert len(str(caught.value).splitlines()) == 1
    assert make_recipe({"model": "tutorial", "epochs": 3, "head_epochs": 3}).optimisation.phase(2) == "head"
