"""Options to a recipe, and what a training that goes on may be asked."""

from typing import Any

import pytest
from classeur.workflows.options import TrainOptions, continued_recipe, make_recipe

from classeur.errors import UsageError
from classeur.pipeline.augmentation import PRESETS
from classeur.training.recipe import Recipe


def test_no_option_is_the_tutorials_recipe() -> None:
    assert make_recipe({}) == Recipe()
    assert make_recipe(dict.fromkeys(TrainOptions.__annotations__)) == Recipe()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"image_size": "96"}, {"image_size": (96, 96)}),
        ({"image_size": "96x120"}, {"image_size": (96, 120)}),
        ({"image_size": 64}, {"image_size": (64, 64)}),
        ({"image_size": (64, 32)}, {"image_size": (64, 32)}),
        ({"augment": "all"}, {"augmentation": PRESETS["all"]}),
        ({"augment": "all", "rotation": 10.0}, {"augmentation": PRESETS["all"].model_copy(update={"rotation": 10})}),
        ({"flip": "horizontal"}, {"augmentation": PRESETS["flip"]}),
        ({"zoom": 0.0, "augment": "zoom"}, {}),
        ({"stretch": True, "keep": "best", "stop_early": 3, "seed": 9, "fit": "pad"}, None),
    ],
)
def test_options_make_recipes(options: dict[str, Any], expected: dict[str, Any] | None) -> None:
    assert make_recipe(options) == Recipe(**(options if expected is None else expected))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "options",
    [{"fit": "x"}, {"augment": "x"}, {"flip": "x"}, {"model": "x"}, {"image_size": "x"}, {"keep": "x"}, {"zoom": 2}],
)
def test_impossible_options_are_wrong_usage(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        make_recipe(options)  # type: ignore[arg-type]


BEGUN = make_recipe({"image_size": "64", "augment": "all", "epochs": 5, "dropout": 0.2})


@pytest.mark.parametrize(
    "options",
    [{}, {"image_size": "64x64"}, {"augment": "all"}, {"dropout": 0.2, "epochs": 5}, {"model": "tutorial"}],
)
def test_the_same_options_may_be_repeated(options: TrainOptions) -> None:
    assert continued_recipe(BEGUN, options, where="RUN") == BEGUN


def test_only_more_epochs_change_a_training_that_goes_on() -> None:
    assert continued_recipe(BEGUN, {"epochs": 9}, where="RUN") == BEGUN.model_copy(update={"epochs": 9})
    with pytest.raises(UsageError, match="epochs 0"):
        continued_recipe(BEGUN, {"epochs": 0}, where="RUN")


OTHER: dict[str, Any] = {
    "model": "other", "image_size": "96", "fit": "crop", "stretch": True, "augment": "none", "rotation": 1.0,
    "zoom": 0.1, "shift": 0.1, "flip": "both", "dropout": 0.5, "batch_size": 64, "learning_rate": 0.01, "stop_early": 3,
    "keep": "best", "validation_share": 0.5, "seed": 1, "brightness": 0.1, "channel_shift": 9.0, "contrast": 0.1,
    "erase": 0.1, "hue": 9.0, "saturation": 0.1, "shear": 9.0, "precision": "bfloat16", "warp": "device",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(set(TrainOptions.__annotations__) - {"epochs"}))
def test_another_value_of_anything_else_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="--resume goes on with the .* that RUN began with") as caught:
        continued_recipe(BEGUN, {name: OTHER[name]}, where="RUN")  # type: ignore[misc]
    assert len(str(caught.value).splitlines()) == 1
