"""What `train` can be asked for, in the words of the command line, and the recipe that it makes."""

from typing import TypedDict

from classeur.errors import UsageError
from classeur.images.resizing import check_fit, parse_image_size
from classeur.pipeline.augmentation import make_augmentation
from classeur.training.recipe import Recipe


class TrainOptions(TypedDict, total=False):
    """The options of `train`; one that is missing or None has the recipe's default."""

    model: str | None
    image_size: str | int | tuple[int, int] | None
    fit: str | None
    stretch: bool | None
    augment: str | None
    rotation: float | None
    zoom: float | None
    shift: float | None
    flip: str | None
    dropout: float | None
    epochs: int | None
    batch_size: int | None
    learning_rate: float | None
    stop_early: int | None
    keep: str | None
    validation_share: float | None
    seed: int | None


_AUGMENTATION = ("augment", "rotation", "zoom", "shift", "flip")


def make_recipe(options: TrainOptions) -> Recipe:
    """Return the recipe of the options.

    Raises:
        UsageError: naming the first option that is not possible.

    >>> make_recipe({"augment": "all", "image_size": "96"}).augmentation.describe()
    'flip horizontal, rotation 45, shift 0.15, zoom 0.5'
    """
    return Recipe.model_construct(**{**dict(Recipe()), **_given(options)}).checked()


def continued_recipe(recipe: Recipe, options: TrainOptions, *, where: str) -> Recipe:
    """Return the recipe of a training that goes on: its own, with more epochs where they are asked for.

    Raises:
        UsageError: if another option differs from what the training began with.
    """
    for name, value in _given(options).items():
        if name != "epochs" and value != getattr(recipe, name):
            raise UsageError(
                f"--resume goes on with the {name.replace('_', ' ')} that {where} began with,"
                f" {_shown(getattr(recipe, name))}, not {_shown(value)}; leave the option out, or train anew"
            )
    if options.get("epochs") is None:
        return recipe
    return recipe.model_copy(update={"epochs": options["epochs"]}).checked()


def _given(options: TrainOptions) -> dict[str, object]:
    """Return the recipe's fields that the options set."""
    given = {name: value for name, value in options.items() if value is not None}
    augmentation = {name: given.pop(name) for name in _AUGMENTATION if name in given}
    if augmentation:
        given["augmentation"] = make_augmentation(augmentation.pop("augment", "none"), **augmentation)  # type: ignore[arg-type]
    if "image_size" in given:
        given["image_size"] = parse_image_size(given["image_size"])  # type: ignore[arg-type]
    if "fit" in given:
        check_fit(str(given["fit"]))
    return given


def _shown(value: object) -> str:
    describe = getattr(value, "describe", None)
    return describe() if describe else str(value)
