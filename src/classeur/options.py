"""The options of a training, each written once: its name, part of the recipe, default, bounds and help.

The recipe's fields, the command line, the Python signatures, the docs and every command that is advised are made of
this table. It is plain data, so that help appears before anything heavy is loaded.
"""

import inspect
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

from classeur.errors import RangeError, UnknownNameError

Function = TypeVar("Function", bound=Callable[..., Any])

# Groups in help, in their order.
FIRST, MORE, RANGES = "Options", "More options", "Ranges of augmentation, in place of those that --augment sets"


class Size:
    """The kind of an image size: one side or height x width, in pixels."""


class Option(NamedTuple):
    """One option of `train`.

    >>> option = OPTIONS["epochs"]
    >>> option.default, option.expected
    (15, 'a whole number, at least 1')
    """

    name: str  # as in Python; the command line has - for _
    part: str  # of the recipe: preparation, augmentation, network, optimisation, split; "" of the recipe itself
    kind: type  # int, float, bool, str or Size
    default: Any
    help: str
    least: float | None = None
    most: float | None = None
    above: float | None = None  # exclusive
    below: float | None = None  # exclusive
    choices: tuple[str, ...] = ()
    group: str = MORE
    optional: bool = False  # None is a value of its own: not asked for

    @property
    def words(self) -> str:
        """The name as it is spoken."""
        return self.name.replace("_", " ")

    @property
    def flag(self) -> str:
        """The name as it is typed."""
        return f"--{self.name.replace('_', '-')}"

    @property
    def expected(self) -> str:
        """What it takes, in words."""
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        if self.kind in (bool, str):
            return "True or False" if self.kind is bool else "a name"
        if self.least is not None and self.most is not None:
            bounds = f"{self.least:,g} … {self.most:,.0f}" if self.kind is int else f"{self.least:g} … {self.most:g}"
        else:
            parts = []
            for words, bound in (("at least", self.least), ("more than", self.above), ("at most", self.most)):
                if bound is not None:
                    parts.append(f"{words} {bound:g}")
            if self.below is not None:
                parts.append(f"less than {self.below:g}")
            bounds = " and ".join(parts)
        number = "a whole number" if self.kind is int else "a number"
        return f"{number}, {bounds}" if bounds else number

    def checked(self, value: Any) -> Any:
        """Return the value if it is one that the option takes; NumPy's scalars as Python's.

        Raises:
            RangeError: if it is no number of its kind, or outside its range.
            UnknownNameError: if it is not among the option's choices; suggests the nearest.

        >>> OPTIONS["epochs"].checked(2.5)
        Traceback (most recent call last):
        classeur.errors.RangeError: epochs 2.5 is not possible; expected a whole number, at least 1
        """
        if value is None and self.optional:
            return None
        if type(value).__module__ == "numpy" and getattr(value, "shape", None) == ():
            value = value.item()
        if self.choices:
            if value not in self.choices:
                raise UnknownNameError(self.words, str(value), self.choices)
            return value
        if self.kind in (int, float):
            kinds = (int,) if self.kind is int else (int, float)
            if isinstance(value, bool) or not isinstance(value, kinds) or not self._is_inside(value):
                shown = f"{value:g}" if isinstance(value, float) else repr(value)
                raise RangeError(f"{self.words} {shown} is not possible; expected {self.expected}")
            return float(value) if self.kind is float else value
        if self.kind in (bool, str) and not isinstance(value, self.kind):
            raise RangeError(f"{self.words} {value!r} is not possible; expected {self.expected}")
        return value

    def _is_inside(self, value: float) -> bool:
        if not math.isfinite(value):
            return False
        return (
            (self.least is None or value >= self.least)
            and (self.most is None or value <= self.most)
            and (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
        )


_TABLE = (
    Option("model", "network", str, "tutorial", "The network: tutorial.", group=FIRST),
    Option("image_size", "preparation", Size, (150, 150), "One side in pixels, or height x width.", group=FIRST),
    Option(
        "dropout", "network", float, 0.0, "Share of values dropped in training, after the first and the last pooling.",
        least=0, below=1, group=FIRST,
    ),
    Option("epochs", "optimisation", int, 15, "How often every image is seen.", least=1, group=FIRST),
    Option("batch_size", "optimisation", int, 128, "Images in a step.", least=1, group=FIRST),
    Option(
        "learning_rate", "optimisation", float, 0.001, "Of the optimizer, Adam.", above=0, most=10, group=FIRST
    ),
    Option(
        "seed", "", int, 0, "Another seed gives another split, other first weights, another order.",
        least=0, most=2**31 - 1, group=FIRST,
    ),
    Option(
        "fit", "preparation", str, "squash", "How a picture is brought to the image size: squash, crop or pad.",
        choices=("squash", "crop", "pad"),
    ),
    Option("stretch", "preparation", bool, False, "Stretch each 16-bit grey picture over the whole range."),
    Option(
        "stop_early", "optimisation", int, None, "Stop after this many epochs without a better validation accuracy.",
        least=1, optional=True,
    ),
    Option(
        "keep", "optimisation", str, "last", "The weights of the last epoch, or of the best by validation accuracy.",
        choices=("last", "best"),
    ),
    Option(
        "precision", "optimisation", str, "auto",
        "Of the computation: float32, bfloat16, or auto, which is bfloat16 on a GPU that has it.",
        choices=("auto", "float32", "bfloat16"),
    ),
    Option(
        "warp", "optimisation", str, "auto",
        "Where pictures are augmented: host (processor), device (with the network), or auto.",
        choices=("auto", "host", "device"),
    ),
    Option(
        "validation_share", "split", float, 0.2, "Share of each class set apart for validation, where DATA has none.",
        above=0, below=1,
    ),
    Option(
        "flip", "augmentation", str, "none", "Mirror every second picture: none, horizontal, vertical or both.",
        choices=("none", "horizontal", "vertical", "both"), group=RANGES,
    ),
    Option(
        "rotation", "augmentation", float, 0.0, "Turn by up to this many degrees.", least=0, most=180, group=RANGES
    ),
    Option("zoom", "augmentation", float, 0.0, "0.5 shows 0.5 to 1.5 of each side.", least=0, below=1, group=RANGES),
    Option(
        "shift", "augmentation", float, 0.0, "Move by up to this share of each side.", least=0, most=1, group=RANGES
    ),
    Option("shear", "augmentation", float, 0.0, "Slant by up to this many degrees.", least=0, below=90, group=RANGES),
    Option(
        "brightness", "augmentation", float, 0.0, "0.2 multiplies brightness by 0.8 to 1.2.",
        least=0, most=1, group=RANGES,
    ),
    Option(
        "contrast", "augmentation", float, 0.0, "0.2 multiplies contrast by 0.8 to 1.2.", least=0, most=1, group=RANGES
    ),
    Option(
        "saturation", "augmentation", float, 0.0, "0.2 multiplies saturation by 0.8 to 1.2.",
        least=0, most=1, group=RANGES,
    ),
    Option("hue", "augmentation", float, 0.0, "Turn hues by up to this many degrees.", least=0, most=180, group=RANGES),
    Option(
        "channel_shift", "augmentation", float, 0.0, "Add or subtract up to this many of 255 levels.",
        least=0, most=255, group=RANGES,
    ),
    Option(
        "erase", "augmentation", float, 0.0, "Grey out a box of up to this share of each side.",
        least=0, most=1, group=RANGES,
    ),
)  # fmt: skip

OPTIONS: Mapping[str, Option] = {option.name: option for option in _TABLE}

# Not a field of the recipe: a name for several ranges.
AUGMENT = Option(
    "augment", "augmentation", str, "none",
    "Vary the pictures: none, flip, rotate, zoom, shift or all (rotation 45, shift 0.15, zoom 0.5, flip horizontal).",
    choices=("none", "flip", "rotate", "zoom", "shift", "all"), group=FIRST,
)  # fmt: skip

# What a person may ask of `train`, in the order of help.
TRAIN_OPTIONS: tuple[Option, ...] = (*_TABLE[:2], AUGMENT, *_TABLE[2:])
AUGMENT_OPTIONS: tuple[Option, ...] = (AUGMENT, *(option for option in _TABLE if option.part == "augmentation"))


def check_names(options: Iterable[str], known: Iterable[Option] = TRAIN_OPTIONS) -> None:
    """Return if each name is an option's.

    Raises:
        UnknownNameError: naming the first that is not, and the nearest that is.

    >>> check_names(["epoch"])
    Traceback (most recent call last):
    classeur.errors.UnknownNameError: no option is called 'epoch'; did you mean 'epochs'?
    """
    names = [option.name for option in known]
    for name in options:
        if name not in names:
            raise UnknownNameError("option", name, names, aliases=_ALIASES)


# What other tools call it.
_ALIASES = {
    "lr": "learning_rate", "lr0": "learning_rate",
    "imgsz": "image_size", "img_size": "image_size", "size": "image_size",
    "batch": "batch_size", "bs": "batch_size", "patience": "stop_early", "early_stopping": "stop_early",
    "augmentation": "augment", "horizontal_flip": "flip", "rotation_range": "rotation", "zoom_range": "zoom",
    "shear_range": "shear", "num_epochs": "epochs", "n_epochs": "epochs", "validation_split": "validation_share",
    "val_split": "validation_share", "random_state": "seed", "random_seed": "seed", "architecture": "model",
    "arch": "model", "network": "model",
}  # fmt: skip


def takes_options(known: Iterable[Option]) -> Callable[[Function], Function]:
    """Give a function of `**options` the signature that names them, with their defaults: for help and completion."""
    known = tuple(known)

    def signed(function: Function) -> Function:
        signature = inspect.signature(function)
        plain = [each for each in signature.parameters.values() if each.kind is not inspect.Parameter.VAR_KEYWORD]
        named = [
            inspect.Parameter(option.name, inspect.Parameter.KEYWORD_ONLY, default=option.default) for option in known
        ]
        function.__signature__ = signature.replace(parameters=[*plain, *named])  # type: ignore[attr-defined]
        return function

    return signed
