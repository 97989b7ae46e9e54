"""What `train` can be asked for, in the words of the command line, and the recipe that it makes."""

from typing import TypedDict

from classeur.errors import UsageError
from classeur.images.resizing import check_fit, parse_image_size
from classeur.pipeline.augmentation import Augmentation, make_augmentation
from classeur.training.recipe import Recipe


class AugmentOptions(TypedDict, total=False):
    """What may be varied; one that is missing or None is as the preset `augment` has it."""

    augment: str | None
    flip: str | None
    rotation: float | None
    zoom: float | None
    shift: float | None
    shear: float | None
    brightness: float | None
    contrast: float | None
    saturation: float | None
    hue: float | None
    channel_shift: float | None
    erase: float | None


class TrainOptions(AugmentOptions, total=False):
    """The options of `train`; one that is missing or None has the recipe's default."""

    model: str | None
    image_size: str | int | tuple[int, int] | None
    fit: str | None
    stretch: bool | None
    dropout: float | None
    epochs: int | None
    batch_size: int | None
    learning_rate: float | None
    stop_early: int | None
    keep: str | None
    precision: str | None
    warp: str | None
    validation_share: float | None
    seed: int | None


def asked_augmentation(options: AugmentOptions | TrainOptions) -> Augmentation | None:
    """Return the augmentation that the options ask for, or None where they do not speak of it.

    Raises:
        UsageError: naming the first that is not possible.

    >>> asked_augmentation({"augment": "flip", "rotation": 10}).describe()
    'flip horizontal, rotation 10'
    """
    given = {name: options.get(name) for name in AugmentOptions.__annotations__}
    if all(value is None for value in given.values()):
        return None
    return make_augmentation(given.pop("augment") or "none", **given)  # type: ignore[arg-type]


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
        if name in ("precision", "warp") and value == "auto":  # was settled when the training began
            continue
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
    given = {
        name: value
        for name, value in options.items()
        if value is not None and name not in AugmentOptions.__annotations__
    }
    augmentation = asked_augmentation(options)
    if augmentation is not None:
        given["augmentation"] = augmentation
    if "image_size" in given:
        given["image_size"] = parse_image_size(given["image_size"])  # type: ignore[arg-type]
    if "fit" in given:
        check_fit(str(given["fit"]))
    return given


def _shown(value: object) -> str:
    describe = getattr(value, "describe", None)
    return describe() if describe else str(value)
