"""What a recipe refuses before any data is read."""

import math

import pytest

from classeur.errors import ImageSizeError, RangeError, UnknownNameError, UsageError
from classeur.pipeline.augmentation import PRESETS
from classeur.training.recipe import Recipe


def test_the_defaults_are_the_tutorials() -> None:
    recipe = Recipe().checked()
    assert (recipe.image_size, recipe.epochs, recipe.batch_size) == ((150, 150), 15, 128)
    assert (recipe.model, recipe.fit, recipe.dropout, recipe.keep) == ("tutorial", "squash", 0, "last")
    assert recipe.augmentation.is_identity
    assert recipe.stop_early is None


@pytest.mark.parametrize(
    ("field", "values", "error"),
    [
        ("model", ["", "Tutorial", "resnet"], UnknownNameError),
        ("fit", ["squish", ""], UnknownNameError),
        ("keep", ["worst", ""], UnknownNameError),
        ("image_size", [(0, 0), (7, 150), (150, 2049), (10_000, 10_000), (-8, 8)], ImageSizeError),
        ("dropout", [-0.1, 1.0, 1.5, math.nan], RangeError),
        ("epochs", [0, -1], RangeError),
        ("batch_size", [0, -128], RangeError),
        ("stop_early", [0, -1], RangeError),
        ("learning_rate", [0.0, -0.001, 11.0, math.nan, math.inf], RangeError),
        ("validation_share", [0.0, 1.0, -0.2, math.nan], RangeError),
        ("seed", [-1, 2**31], RangeError),
    ],
)
def test_what_is_outside_its_range_is_refused(field: str, values: list[object], error: type[UsageError]) -> None:
    for value in values:
        with pytest.raises(error) as caught:
            Recipe.model_construct(**{**dict(Recipe()), field: value}).checked()
        assert field.replace("_", " ") in str(caught.value).replace("-", " ")
        assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"image_size": (8, 2048), "epochs": 1, "batch_size": 1, "stop_early": 1, "seed": 2**31 - 1},
        {"learning_rate": 10.0, "dropout": 0.999, "validation_share": 0.999, "keep": "best", "fit": "pad"},
        {"augmentation": PRESETS["all"]},
    ],
)
def test_a_recipe_goes_to_json_and_back(changes: dict[str, object]) -> None:
    recipe = Recipe(**changes).checked()
    assert Recipe.model_validate_json(recipe.model_dump_json()) == recipe
