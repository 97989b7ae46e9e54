"""What a training that goes on may be asked."""

from typing import Any

import pytest

from classeur.errors import UsageError
from classeur.options import TRAIN_OPTIONS
from classeur.training.recipe import make_recipe
from classeur.workflows.resumption import continued_recipe

BEGUN = make_recipe({"image_size": "64", "augment": "all", "epochs": 5, "dropout": 0.2})


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
}  # fmt: skip


@pytest.mark.parametrize("name", sorted({option.name for option in TRAIN_OPTIONS} - {"epochs", "model"}))
def test_another_value_of_anything_else_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="--resume goes on with the .* that RUN began with") as caught:
        continued_recipe(BEGUN, {name: OTHER[name]}, where="RUN")
    assert len(str(caught.value).splitlines()) == 1
