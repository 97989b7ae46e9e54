"""What a training that goes on may be asked."""

from pathlib import Path
from typing import Any

import pytest

from classeur.errors import ClasseurError, UsageError
from classeur.options import TRAIN_OPTIONS
from classeur.run import Run
from classeur.training.facts import RunFacts
from classeur.training.recipe import make_recipe
from classeur.workflows.resumption import continued_recipe, resumed_recipe

BEGUN = make_recipe({"model": "tutorial", "image_size": "64", "augment": "all", "epochs": 5, "dropout": 0.2})


@pytest.mark.parametrize(
    "options",
    [{}, {"image_size": "64x64"}, {"augment": "all"}, {"dropout": 0.2, "epochs": 5}, {"model": "tutorial"}],
)
def test_the_same_options_may_be_repeated(options: dict[str, Any]) -> None:
    assert continued_recipe(BEGUN, options, where="RUN") == BEGUN


def test_only_more_epochs_change_a_training_that_goes_on() -> None:
    assert continued_recipe(BEGUN, {"epochs": 9}, where="RUN") == BEGUN.changed({"epochs": 9})
    with pytest.raises(UsageError, match="epochs 0"):
        continued_recipe(BEGUN, {"epochs": 0}, where="RUN")


OTHER: dict[str, Any] = {
    "image_size": "96", "fit": "crop", "stretch": True, "augment": "none", "rotation": 1.0,
    "zoom": 0.1, "shift": 0.1, "flip": "both", "dropout": 0.5, "batch_size": 64, "learning_rate": 0.01, "stop_early": 3,
    "keep": "best", "validation_share": 0.5, "seed": 1, "brightness": 0.1, "channel_shift": 9.0, "contrast": 0.1,
    "erase": 0.1, "hue": 9.0, "saturation": 0.1, "shear": 9.0, "precision": "bfloat16", "warp": "device",
    "schedule": "cosine", "head_epochs": 1, "mixup": 0.2, "group_by": "folder", "balance": True, "long_bursts": True,
    "drop_leaks": True, "max_error": "5%",
}  # fmt: skip


@pytest.mark.parametrize(
    "name", sorted({option.name for option in TRAIN_OPTIONS} - {"epochs", "model", "false_alarms", "none_of_these"})
)
def test_another_value_of_anything_else_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="--resume cannot change the .* of RUN from") as caught:
        continued_recipe(BEGUN, {name: OTHER[name]}, where="RUN")
    assert len(str(caught.value).splitlines()) == 1


def facts(*, status: str, done: int, epochs: int = 400) -> RunFacts:
    recipe = make_recipe({"model": "tutorial", "epochs": epochs})
    return RunFacts(status=status, recipe=recipe, class_names=("a", "b"), counts={}, epochs_done=done)  # type: ignore[arg-type]


RUN = Run(Path("runs/a"))


@pytest.mark.parametrize(
    ("run", "epochs", "words"),
    [
        (facts(status="stopped", done=388), 14, "has done 388 of 400 epochs; --resume cannot lower their number"),
        (facts(status="training", done=0), 399, "--resume cannot lower their number"),
        (facts(status="finished", done=400), 14, "has finished its 400 epochs; for more, give a larger number"),
        (facts(status="finished", done=400), 400, "has finished its 400 epochs"),
        (facts(status="finished", done=30), 500, "stopped early after epoch 30"),
    ],
)
def test_what_a_run_cannot_go_on_to_is_refused(run: RunFacts, epochs: int, words: str) -> None:
    with pytest.raises(ClasseurError, match=words):
        resumed_recipe(RUN, run, {"epochs": epochs})


def test_what_a_run_goes_on_to() -> None:
    stopped = facts(status="stopped", done=388)
    for epochs in (None, 400, 401):
        assert resumed_recipe(RUN, stopped, {"epochs": epochs}).optimisation.epochs == (epochs or 400)
    assert resumed_recipe(RUN, facts(status="finished", done=400), {"epochs": 401}).optimisation.epochs == 401
