"""The options of a training, each written once: its name, part of the recipe, default, bounds and help.

The recipe's fields, the command line, the Python signatures, the docs and every advised command are made from this
table. It is plain data, so that help appears before anything heavy is loaded.
"""

import difflib
import functools
import inspect
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeVar, cast

from classeur.errors import RangeError, UnknownNameError
from classeur.extras import naming_missing_extras

Function = TypeVar("Function", bound=Callable[..., Any])

# Groups in help, in their order.
FIRST, MORE, RANGES = "Options", "More options", "Ranges of augmentation, in place of those that --augment sets"


class Size:
    """The kind of an image size: one side or height x width, in pixels."""


class Share:
    """The kind of a share of images: a number from 0 to 1, or text such as 1%."""


class Option(NamedTuple):
    """One option of `train`.

    >>> option = OPTIONS["epochs"]
    >>> option.default, option.expected
    (15, 'a whole number, at least 1')
    """

    name: str  # as in Python; the command line has - for _
    part: (
        str  # of the recipe: preparation, augmentation, network, optimisation, split, decision; "" of the recipe itself
    )
    kind: type  # int, float, bool, str, Size or Share
    default: Any
    help: str
    least: float | None = None
    most: float | None = None
    above: float | None = None  # exclusive
    below: float | None = None  # exclusive
    choices: tuple[str, ...] = ()
    group: str = MORE
    optional: bool = False  # whether None is a value: switched off

    @property
    def words(self) -> str:
        """The name in a sentence."""
        return self.name.replace("_", " ")

    @property
    def is_for_frozen(self) -> bool:
        """Whether it means something for a network of which only a head on its features is trained."""
        return self.name == "balance" or (self.part not in ("optimisation", "augmentation") and self.name != "dropout")

    @property
    def is_for_one_class(self) -> bool:
        """Whether it means something for data with one class alone."""
        return self.name == "false_alarms"

    @property
    def is_for_features(self) -> bool:
        """Whether it means something only for a network whose features are kept."""
        return self.name == "none_of_these"

    @property
    def flag(self) -> str:
        """The name on the command line."""
        return f"--{self.name.replace('_', '-')}"

    @property
    def expected(self) -> str:
        """The values that it takes, in words."""
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
        number = {int: "a whole number", Share: "a share such as 1% or 0.01"}.get(self.kind, "a number")
        return f"{number}, {bounds}" if bounds else number

    def checked(self, value: Any) -> Any:
        """Return the value if the option takes it, a NumPy scalar as a Python number.

        Raises:
            RangeError: if it is of another type, or outside its range.
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
        if self.kind is Share and isinstance(value, str):
            value = _share(value)
        if self.kind in (int, float, Share):
            kinds = (int,) if self.kind is int else (int, float)
            if isinstance(value, bool) or not isinstance(value, kinds) or not self._is_inside(value):
                shown = f"{value:g}" if isinstance(value, float) else repr(value)
                raise RangeError(f"{self.words} {shown} is not possible; expected {self.expected}")
            return value if self.kind is int else float(value)
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


def _share(text: str) -> float | str:
    """Return the number that a share is written as; the text itself if it is none.

    >>> _share("1%"), _share("0.25"), _share("much")
    (0.01, 0.25, 'much')
    """
    number = text.strip().removesuffix("%")
    try:
        return float(number) / 100 if text.strip().endswith("%") else float(number)
    except ValueError:
        return text


_TABLE = (
    Option(
        "model",
        "network",
        str,
        "auto",
        "The network: auto (pretrained, efficientnet_lite0), efficientnet_lite2 (pretrained, larger), tutorial, or one"
        " of keras.applications, such as mobilenet_v2 (pretrained).",
        group=FIRST,
    ),
    Option(
        "image_size", "preparation", Size, (224, 224), "Side of the images in pixels, or height x width.", group=FIRST
    ),
    Option(
        "dropout",
        "network",
        float,
        0.0,
        "Share of units that dropout removes after the first and the last pooling layer.",
        least=0,
        below=1,
        group=FIRST,
    ),
    Option(
        "false_alarms",
        "network",
        float,
        0.05,
        "Share of good images that may be called unlike, where the data have one class.",
        above=0,
        below=0.5,
    ),
    Option("epochs", "optimisation", int, 15, "How many times training goes through all images.", least=1, group=FIRST),
    Option("batch_size", "optimisation", int, 128, "Images per training step.", least=1, group=FIRST),
    Option(
        "learning_rate",
        "optimisation",
        float,
        0.001,
        "Learning rate of the Adam optimizer.",
        above=0,
        most=10,
        group=FIRST,
    ),
    Option(
        "seed",
        "",
        int,
        0,
        "Seed of everything random: split, first weights, order and augmentation.",
        least=0,
        most=2**31 - 1,
        group=FIRST,
    ),
    Option(
        "fit",
        "preparation",
        str,
        "squash",
        "How an image is fitted to that size: squash (distort), crop (cut the edges) or pad (black edges).",
        choices=("squash", "crop", "pad"),
    ),
    Option(
        "stretch",
        "preparation",
        bool,
        False,
        "Stretch each 16-bit grey image from its own darkest and brightest value.",
    ),
    Option(
        "schedule",
        "optimisation",
        str,
        "constant",
        "Learning rate over the training: constant, or cosine, which falls to 0.",
        choices=("constant", "cosine"),
    ),
    Option(
        "head_epochs",
        "optimisation",
        int,
        0,
        "Train only the last layer in this many of the epochs, before the whole network; for use with --from.",
        least=0,
    ),
    Option(
        "stop_early",
        "optimisation",
        int,
        None,
        "Stop when validation accuracy has not improved for this many epochs.",
        least=1,
        optional=True,
    ),
    Option(
        "keep",
        "optimisation",
        str,
        "last",
        "Which epoch's weights to save: last, or best (highest validation accuracy).",
        choices=("last", "best"),
    ),
    Option(
        "balance",
        "optimisation",
        bool,
        False,
        "Let each class weigh the same in training, however many images it has.",
    ),
    Option(
        "precision",
        "optimisation",
        str,
        "auto",
        "Number format of the computation: float32, bfloat16, or auto (bfloat16 on a GPU that has it).",
        choices=("auto", "float32", "bfloat16"),
    ),
    Option(
        "warp",
        "optimisation",
        str,
        "auto",
        "Where images are augmented: host (CPU), device (with the network) or auto (device on a GPU).",
        choices=("auto", "host", "device"),
    ),
    Option(
        "validation_share",
        "split",
        float,
        0.2,
        "Share of each class used for validation if DATA has no validation folder.",
        above=0,
        below=1,
    ),
    Option(
        "group_by",
        "split",
        str,
        None,
        "What is not separated if DATA has no validation: a CSV's column, folder, or a regular expression on the path.",
        optional=True,
    ),
    Option(
        "long_bursts",
        "split",
        bool,
        False,
        "Do not separate bursts and chains of near-duplicates that are more than a fifth of a class, either.",
    ),
    Option(
        "drop_leaks",
        "split",
        bool,
        False,
        "Leave out of DATA's own validation what belongs with an image in training: copies, near-duplicates, groups.",
    ),
    Option(
        "max_error",
        "decision",
        Share,
        None,
        "Answer unsure, so that at most this share of the answers is wrong, with a confidence of 95 %.",
        above=0,
        most=1,
        optional=True,
    ),
    Option(
        "none_of_these",
        "decision",
        Share,
        None,
        "Answer none of these where an image is unlike the training images; this share of known ones may be, too.",
        least=0,
        below=1,
        optional=True,
    ),
    Option(
        "flip",
        "augmentation",
        str,
        "none",
        "Mirror half of the images: none, horizontal, vertical or both.",
        choices=("none", "horizontal", "vertical", "both"),
        group=RANGES,
    ),
    Option(
        "rotation",
        "augmentation",
        float,
        0.0,
        "Rotate by up to this many degrees, either way.",
        least=0,
        most=180,
        group=RANGES,
    ),
    Option(
        "zoom",
        "augmentation",
        float,
        0.0,
        "Zoom each axis by a factor between 1 - ZOOM and 1 + ZOOM.",
        least=0,
        below=1,
        group=RANGES,
    ),
    Option(
        "shift",
        "augmentation",
        float,
        0.0,
        "Shift by up to this share of the width and height.",
        least=0,
        most=1,
        group=RANGES,
    ),
    Option(
        "shear",
        "augmentation",
        float,
        0.0,
        "Shear by up to this many degrees, either way.",
        least=0,
        below=90,
        group=RANGES,
    ),
    Option(
        "brightness",
        "augmentation",
        float,
        0.0,
        "Multiply the brightness by a factor between 1 - X and 1 + X.",
        least=0,
        most=1,
        group=RANGES,
    ),
    Option(
        "contrast",
        "augmentation",
        float,
        0.0,
        "Multiply the contrast by a factor between 1 - X and 1 + X.",
        least=0,
        most=1,
        group=RANGES,
    ),
    Option(
        "saturation",
        "augmentation",
        float,
        0.0,
        "Multiply the saturation by a factor between 1 - X and 1 + X.",
        least=0,
        most=1,
        group=RANGES,
    ),
    Option(
        "hue",
        "augmentation",
        float,
        0.0,
        "Turn the hue by up to this many degrees, either way.",
        least=0,
        most=180,
        group=RANGES,
    ),
    Option(
        "channel_shift",
        "augmentation",
        float,
        0.0,
        "Add or subtract up to this many of 255 levels.",
        least=0,
        most=255,
        group=RANGES,
    ),
    Option(
        "erase",
        "augmentation",
        float,
        0.0,
        "Cover a random box of up to this share of each side with grey.",
        least=0,
        most=1,
        group=RANGES,
    ),
    Option(
        "mixup",
        "augmentation",
        float,
        0.0,
        "Mix pairs of images and their labels, with weights from Beta(MIXUP, MIXUP).",
        least=0,
        most=10,
        group=RANGES,
    ),
)

OPTIONS: Mapping[str, Option] = {option.name: option for option in _TABLE}

# Not a field of the recipe, but a name for several ranges.
AUGMENT = Option(
    "augment", "augmentation", str, "none",
    "Vary the training images: none, flip, rotate, zoom, shift or all.",
    choices=("none", "flip", "rotate", "zoom", "shift", "all"), group=FIRST,
)  # fmt: skip

# The options of `train`, in the order of help.
TRAIN_OPTIONS: tuple[Option, ...] = (*_TABLE[:2], AUGMENT, *_TABLE[2:])
AUGMENT_OPTIONS: tuple[Option, ...] = (AUGMENT, *(option for option in _TABLE if option.part == "augmentation"))


def check_names(options: Iterable[str], known: Iterable[Option] = TRAIN_OPTIONS) -> None:
    """Check that each name is an option.

    Raises:
        UnknownNameError: naming the first unknown name, and the nearest option.

    >>> check_names(["epoch"])
    Traceback (most recent call last):
    classeur.errors.UnknownNameError: no option is called 'epoch'; did you mean 'epochs'?
    """
    names = [option.name for option in known]
    for name in options:
        if name not in names:
            raise UnknownNameError("option", name, names, aliases=_ALIASES)


# Names in other tools.
_ALIASES = {
    "lr": "learning_rate", "lr0": "learning_rate",
    "imgsz": "image_size", "img_size": "image_size", "size": "image_size",
    "batch": "batch_size", "bs": "batch_size", "patience": "stop_early", "early_stopping": "stop_early",
    "augmentation": "augment", "horizontal_flip": "flip", "rotation_range": "rotation", "zoom_range": "zoom",
    "shear_range": "shear", "num_epochs": "epochs", "n_epochs": "epochs", "validation_split": "validation_share",
    "val_split": "validation_share", "random_state": "seed", "random_seed": "seed", "architecture": "model",
    "arch": "model", "network": "model", "unsure": "max_error", "reject": "none_of_these", "unknown": "none_of_these",
}  # fmt: skip


def nearest_flag(flag: str, known: Iterable[str]) -> str | None:
    """Return the flag that is nearest to an unknown one; None if there is none.

    >>> nearest_flag("--lr", ["--learning-rate", "--epochs"]), nearest_flag("--epoch", ["--epochs"])
    ('--learning-rate', '--epochs')
    """
    flags = list(known)
    alias = _ALIASES.get(flag.lstrip("-").replace("-", "_").lower())
    if alias and f"--{alias.replace('_', '-')}" in flags:
        return f"--{alias.replace('_', '-')}"
    return next(iter(difflib.get_close_matches(flag.lower(), flags, n=1, cutoff=0.7)), None)


def takes_options(known: Iterable[Option] = ()) -> Callable[[Function], Function]:
    """Decorate a function so that unknown options are refused at once, with the nearest known one.

    A function with `**options` gets a signature with their names and defaults, for help and completion.

    >>> @takes_options()
    ... def evaluate(run, *, split="validation"):
    ...     return split
    >>> evaluate("runs/a", splt="test")
    Traceback (most recent call last):
    classeur.errors.UnknownNameError: evaluate has no option 'splt'; did you mean 'split'?
    """
    known = tuple(known)

    def signed(function: Function) -> Function:
        signature = inspect.signature(function)
        plain = [each for each in signature.parameters.values() if each.kind is not inspect.Parameter.VAR_KEYWORD]
        named = [
            inspect.Parameter(option.name, inspect.Parameter.KEYWORD_ONLY, default=option.default) for option in known
        ]
        signature = signature.replace(parameters=[*plain, *named])

        @functools.wraps(function)
        def checked(*arguments: Any, **options: Any) -> Any:
            for name in options:
                if name not in signature.parameters:
                    raise UnknownNameError.of_option(function.__name__, name, signature.parameters, aliases=_ALIASES)
            with naming_missing_extras(function.__name__):
                return function(*arguments, **options)

        checked.__signature__ = signature  # type: ignore[attr-defined]
        return cast(Function, checked)

    return signed
