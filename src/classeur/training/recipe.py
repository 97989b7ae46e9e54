"""Recipe: every setting of a training, in typed parts."""

import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from classeur.errors import ImageSizeError, RangeError, RecipeError, UnknownNameError, UsageError
from classeur.images.preparation import Preparation
from classeur.models.assembly import AUTO_MODEL, architecture, model_name
from classeur.options import OPTIONS, TRAIN_OPTIONS, check_names
from classeur.parts import Part, field
from classeur.pipeline.augmentation import Augmentation, asked_augmentation

Keep = Literal["last", "best"]
Precision = Literal["auto", "float32", "bfloat16"]
Warp = Literal["auto", "host", "device"]
Schedule = Literal["constant", "cosine"]
Phase = Literal["head", "whole"]  # the trained part of the network


class Network(Part):
    """The network and its settings."""

    model: str = field("model")
    dropout: float = field("dropout")
    false_alarms: float = field("false_alarms")  # where there is one class

    @field_validator("model")
    @classmethod
    def _resolved(cls, name: str) -> str:
        return model_name(name)


class Optimisation(Part):
    """The settings of the optimisation."""

    epochs: int = field("epochs")
    batch_size: int = field("batch_size")
    learning_rate: float = field("learning_rate")
    schedule: Schedule = field("schedule")
    head_epochs: int = field("head_epochs")  # the first epochs, which train only the last layer
    stop_early: int | None = field("stop_early")  # epochs without a better validation accuracy
    keep: Keep = field("keep")
    balance: bool = field("balance")  # whether classes weigh alike in the loss
    precision: Precision = field("precision")  # of the computation; weights are float32
    warp: Warp = field("warp")  # where images are augmented: in the compiled step, or before it

    @model_validator(mode="after")
    def _checked_phases(self) -> Self:
        if self.head_epochs > self.epochs:
            raise RangeError(
                f"head epochs {self.head_epochs} are more than all {self.epochs} epochs, which include them;"
                " raise --epochs or lower --head-epochs"
            )
        return self

    def phase(self, epoch: int) -> Phase:
        """Return what is trained in an epoch, counted from 0."""
        return "head" if epoch < self.head_epochs else "whole"

    def num_epochs(self, phase: Phase) -> int:
        """Return how many epochs a phase has."""
        return self.head_epochs if phase == "head" else self.epochs - self.head_epochs


class Splitting(Part):
    """How a folder without validation is split, and what of a given validation counts."""

    validation_share: float = field("validation_share")
    group_by: str | None = field("group_by")  # as `data.grouping` takes it
    long_bursts: bool = field("long_bursts")  # whether long bursts and chains of near-duplicates are kept together too
    drop_leaks: bool = field("drop_leaks")  # whether validation images that belong with training images are left out


class Deciding(Part):
    """When a run gives no class."""

    max_error: float | None = field("max_error")  # of the answers; beyond, it is unsure
    none_of_these: float | None = field("none_of_these")  # of known images


class Recipe(BaseModel):
    """All settings of `train`.

    >>> recipe = make_recipe({"model": "tutorial", "epochs": 3, "augment": "flip"})
    >>> recipe.optimisation.epochs, recipe.options()
    (3, {'model': 'tutorial', 'epochs': 3, 'flip': 'horizontal'})
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    preparation: Preparation = Preparation()
    augmentation: Augmentation = Augmentation()
    network: Network = Network()
    optimisation: Optimisation = Optimisation()
    split: Splitting = Splitting()
    decision: Deciding = Deciding()
    seed: int = field("seed")

    @field_validator("seed", mode="before")
    @classmethod
    def _checked_seed(cls, value: Any) -> Any:
        return OPTIONS["seed"].checked(value)

    def flat(self) -> dict[str, Any]:
        """Return every option with its value, without the parts."""
        values: dict[str, Any] = {"seed": self.seed}
        for part in _parts(self):
            values.update(part)
        return {name: values[name] for name in OPTIONS}

    def options(self) -> dict[str, Any]:
        """Return the options to give for this recipe: those that differ from their model's defaults."""
        default = {**make_recipe({"model": self.network.model}).flat(), "model": AUTO_MODEL}
        return {name: value for name, value in self.flat().items() if value != default[name]}

    def changed(self, changes: Mapping[str, Any]) -> Self:
        """Return the recipe with some options changed; names and bounds are checked as in `make_recipe`."""
        return type(self).model_validate(_nested({**self.flat(), **_fields(changes)}))


def make_recipe(options: Mapping[str, Any]) -> Recipe:
    """Return the recipe of options, which are `OPTIONS` and `augment`; None counts as not given.

    An option that is not given has the model's default.

    Raises:
        UsageError: naming the first unknown or invalid option.

    >>> make_recipe({"model": "tutorial", "augment": "all", "image_size": "96"}).augmentation.describe()
    'flip horizontal, rotation 45, shift 0.15, zoom 0.5'
    """
    given = _fields(options)
    name = model_name(OPTIONS["model"].checked(given.get("model", OPTIONS["model"].default)))
    network = architecture(name)
    check_meaning(name, {option: value for option, value in given.items() if value != OPTIONS[option].default})
    recipe = Recipe.model_validate(_nested({**network.defaults, **given}))
    if min(recipe.preparation.image_size) < network.smallest_size:
        raise ImageSizeError(
            f"image size {'x'.join(map(str, recipe.preparation.image_size))} is too small for {recipe.network.model};"
            f" expected sides of at least {network.smallest_size}, usually {network.usual_size}"
        )
    return recipe


def check_meaning(model: str, given: Iterable[str]) -> None:
    """Return if all options that are given mean something for a model.

    Raises:
        UsageError: naming the first that does not.

    >>> check_meaning("auto", ["seed", "epochs"])
    Traceback (most recent call last):
    classeur.errors.UsageError: --epochs means nothing for efficientnet_lite0, which learns a head on frozen features in
    one step; leave it out, or train another network with --model tutorial
    """
    name = model_name(model)
    is_frozen = architecture(name).is_frozen
    for option in (each for each in TRAIN_OPTIONS if each.name in set(given)):
        if option.is_for_one_class and not is_frozen:
            raise UsageError(
                f"{option.flag} means nothing for {name}, which needs several classes; leave it out, or learn from one"
                " class with --model auto"
            )
        if option.is_for_features and not is_frozen:
            raise UsageError(
                f"{option.flag} means nothing for {name}, which has no features of photographs to tell it by; leave it"
                " out, or use --model auto"
            )
        if not option.is_for_frozen and is_frozen:
            raise UsageError(
                f"{option.flag} means nothing for {name}, which learns a head on frozen features in one step; leave it"
                " out, or train another network with --model tutorial"
            )


def read_options(path: Path) -> dict[str, Any]:
    """Return the options of a recipe file, TOML or JSON: names as in Python, by themselves or in the recipe's parts.

    Raises:
        RecipeError: if it cannot be read, or is neither of them.
        UnknownNameError: if a name in it is not an option; suggests the nearest.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        content = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except OSError as error:
        raise RecipeError(f"{path} cannot be read ({error.strerror or error}); give a recipe file") from error
    except ValueError as error:
        what = "JSON" if path.suffix.lower() == ".json" else "TOML"
        raise RecipeError(f"{path} is not {what} ({error}); expected lines such as epochs = 20") from error
    if not isinstance(content, dict):
        raise RecipeError(f"{path} is not a recipe; expected names and values, such as epochs = 20")
    return flat_options(content.get("recipe", content) if "version" in content else content)


def flat_options(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return options that are given flat or in the recipe's parts as flat options.

    Raises:
        UnknownNameError: if there is a name that is no option; suggests the nearest.

    >>> flat_options({"optimisation": {"epochs": 3}, "augment": "flip"})
    {'epochs': 3, 'augment': 'flip'}
    """
    options: dict[str, Any] = {}
    for name, value in content.items():
        if name in Recipe.model_fields and isinstance(value, dict):
            part = _PARTS[name].model_fields
            for inner in value:
                if inner not in part and not (name == "augmentation" and inner == "augment"):
                    raise UnknownNameError(f"option of {name}", inner, part)
            options.update(value)
        else:
            options[name] = value
    check_names(options)
    return options


_PARTS: dict[str, type[Part]] = {
    "preparation": Preparation,
    "augmentation": Augmentation,
    "network": Network,
    "optimisation": Optimisation,
    "split": Splitting,
    "decision": Deciding,
}


def _parts(recipe: Recipe) -> Iterator[dict[str, Any]]:
    for name in _PARTS:
        yield dict(getattr(recipe, name))


def _fields(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the recipe's fields, as set by options."""
    check_names(options)
    given = {name: value for name, value in options.items() if value is not None and name in OPTIONS}
    augmentation = asked_augmentation(options)
    if augmentation is not None:
        given.update(augmentation)
    return given


def _nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    """Return options, sorted into the recipe's parts."""
    nested: dict[str, Any] = {name: {} for name in _PARTS}
    for name, value in flat.items():
        if OPTIONS[name].part:
            nested[OPTIONS[name].part][name] = value
        else:
            nested[name] = value
    return nested
