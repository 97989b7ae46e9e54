"""Rewrites a script like the tutorial's with classeur's functions: all of it, or nothing, with the reasons."""

import posixpath
from collections.abc import Iterator as Iterable
from typing import Any

from classeur.migration.rewrite import Left, Migration
from classeur.migration.rules.flaw import fits_with_validation
from classeur.migration.sources import Source
from classeur.migration.tracer import trace
from classeur.migration.values import Imported, Iterator, Made, Model, Use, Value, given, is_known

_VALIDATION = ("val", "valid", "validation")
_CATS_AND_DOGS = "⟨cats_and_dogs_filtered.zip⟩/cats_and_dogs_filtered"
_CONVOLUTIONS = (16, 32, 64)
# Arguments of a generator that have no effect with these values.
_HARMLESS: dict[str, tuple[Value, ...]] = {
    "rescale": (1 / 255,), "fill_mode": ("nearest",), "data_format": (None, "channels_last"), "cval": (0, 0.0),
    "shear_range": (0, 0.0), "channel_shift_range": (0, 0.0), "brightness_range": (None,), "validation_split": (0, 0.0),
    "preprocessing_function": (None,), "dtype": (None, "float32"), "interpolation_order": (1,),
}  # fmt: skip
_HARMLESS_FLOW: dict[str, tuple[Value, ...]] = {
    "color_mode": ("rgb",), "classes": (None,), "interpolation": ("nearest",), "subset": (None,),
    "save_to_dir": (None,), "follow_links": (False,), "keep_aspect_ratio": (False,),
}  # fmt: skip


class _UnmappedError(Exception):
    """Something that classeur has no option for."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


def recast(source: Source) -> Migration:
    """Return a script as calls of `classeur.train` and `classeur.evaluate`, a run for each training in it.

    If something has no option in classeur, it is reported, and nothing changes.
    """
    if source.notebook is not None:
        return Migration(source, {}, (Left(None, 1, "--to classeur rewrites scripts, not notebooks"),))
    left = [Left(each.cell, each.line, f"cannot be read: {each.reason}") for each in source.unreadable]
    traced = trace(source.parsed)
    fits = [use for use in traced.uses if use.kind == "fit"]
    pairs = {fit.place: validation for fit, validation in fits_with_validation(traced)}
    if not fits and not left:
        left.append(Left(None, 1, "no training found: no fit of a model on flow_from_directory"))
    calls: list[str] = []
    trained: set[Model] = set()
    for fit in fits:
        try:
            if fit.model in trained:
                raise _UnmappedError(
                    fit.place.line, "a trained model is trained further; classeur starts each run with new weights"
                )
            trained |= {fit.model} if fit.model else set()
            calls.append(_call(fit, pairs.get(fit.place), name=f"run{len(calls) + 1}" if len(fits) > 1 else "run"))
        except _UnmappedError as unmapped:
            left.append(Left(None, unmapped.line, str(unmapped)))
    if left:
        return Migration(source, {}, tuple(left))
    folders = dict.fromkeys(_data(fit.data, pairs[fit.place].data) for fit in fits)
    if len(folders) > 1:
        return Migration(source, {}, (Left(None, fits[0].place.line, "the trainings are on different folders"),))
    text = f"import classeur\n\ndata = {next(iter(folders))}\n\n" + "\n".join(calls)
    return Migration(source, {None: text} if text != source.cells[0].text else {}, ())


def _call(fit: Use, validation: Use | None, *, name: str) -> str:
    line = fit.place.line
    if not isinstance(fit.model, Model):
        raise _UnmappedError(line, "the trained model is not known")
    if validation is None or fit.data.method != "flow_from_directory" or validation.data.method != fit.data.method:
        raise _UnmappedError(line, "expected training and validation by flow_from_directory")
    _data(fit.data, validation.data)
    options = {"model": '"tutorial"', **_pictures(fit.data)}
    if _pictures(validation.data)["image_size"] != options["image_size"]:
        raise _UnmappedError(validation.data.place.line, "training and validation have different target_size")
    options |= dict(_augmentation(fit.data))
    if dict(_augmentation(validation.data)):
        raise _UnmappedError(
            validation.data.generator.place.line, "validation data are augmented; classeur never does that"
        )
    options |= dict(_network(fit.model))
    options |= dict(_optimizer(fit.model))
    options |= dict(_training(fit))
    given_options = ", ".join(f"{key}={value}" for key, value in options.items())
    return (
        f'{name} = classeur.train(data, out="runs/{name}", {given_options})\n'
        f"accuracy_{name} = classeur.evaluate({name}).accuracy\n"
        f'print(f"{{accuracy_{name}.value:.1%}} (95 %: {{accuracy_{name}.low:.1%}} … {{accuracy_{name}.high:.1%}})")\n'
    )


def _data(train: Iterator, held_out: Iterator) -> str:
    """Return the folder of both as code."""
    folders = [each.arguments.get("directory") for each in (train, held_out)]
    if not all(isinstance(each, str) for each in folders):
        raise _UnmappedError(train.place.line, "the folder of the images is not known before the code runs")
    (outer, first), (other, second) = (posixpath.split(str(each).rstrip("/")) for each in folders)
    if outer != other or first != "train" or second not in _VALIDATION:
        raise _UnmappedError(train.place.line, "expected the folders train and validation side by side in one folder")
    if outer == _CATS_AND_DOGS:
        return 'classeur.fetch("cats-and-dogs").folder'
    if not is_known(outer):
        raise _UnmappedError(train.place.line, "the folder of the images is not known before the code runs")
    return repr(outer or ".")


def _number(value: Value, what: str, line: int) -> Any:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise _UnmappedError(line, f"the value of {what} is not known before the code runs")
    return value


def _check_harmless(arguments: dict[str, Value], harmless: dict[str, tuple[Value, ...]], line: int) -> None:
    for name, value in arguments.items():
        if name == "**":
            raise _UnmappedError(line, "unpacked arguments are not known before the code runs")
        allowed = harmless.get(name)
        if allowed is not None and not any(_same(value, each) for each in allowed):
            raise _UnmappedError(line, f"classeur has no option for {name}")


def _same(value: Value, other: Value) -> bool:
    if isinstance(value, float) and isinstance(other, float):
        return abs(value - other) < 1e-9
    return is_known(value) and value == other


def _pictures(iterator: Iterator) -> dict[str, str]:
    line = iterator.place.line
    _check_harmless(iterator.arguments, _HARMLESS_FLOW, line)
    size = given(iterator.arguments, "target_size", (256, 256))
    if not isinstance(size, list | tuple) or len(size) != 2:
        raise _UnmappedError(line, "target_size is not known before the code runs")
    height, width = (_number(each, "target_size", line) for each in size)
    batch_size = _number(given(iterator.arguments, "batch_size", 32), "batch_size", line)
    return {"image_size": f"({height}, {width})", "batch_size": str(batch_size)}


def _augmentation(iterator: Iterator) -> Iterable[tuple[str, str]]:
    arguments, line = iterator.generator.arguments, iterator.generator.place.line
    known = {
        "rotation_range",
        "zoom_range",
        "width_shift_range",
        "height_shift_range",
        "horizontal_flip",
        "vertical_flip",
    }
    for name in arguments:
        is_option = name in known or name in _HARMLESS or name == "**"
        if not is_option and arguments[name] not in (False, None):
            raise _UnmappedError(line, f"classeur has no option for {name}")
    _check_harmless(arguments, _HARMLESS, line)
    rotation = _number(arguments.get("rotation_range", 0), "rotation_range", line)
    zoom = arguments.get("zoom_range", 0)
    if isinstance(zoom, list | tuple) and len(zoom) == 2 and is_known(zoom) and abs(sum(zoom) - 2) < 1e-9:
        zoom = round(zoom[1] - 1, 9)
    zoom = _number(zoom, "zoom_range", line)
    width, height = (_number(arguments.get(f"{side}_shift_range", 0), "a shift", line) for side in ("width", "height"))
    if width != height or width >= 1:
        raise _UnmappedError(
            line, "classeur has one shift for both directions, a share of the side, but width_shift_range differs"
        )
    flips = [arguments.get(f"{way}_flip", False) for way in ("horizontal", "vertical")]
    if not all(isinstance(each, bool) for each in flips):
        raise _UnmappedError(line, "a flip is not known before the code runs")
    for option, value in (("rotation", rotation), ("zoom", zoom), ("shift", width)):
        if value:
            yield option, str(value)
    if any(flips):
        yield "flip", '"both"' if all(flips) else '"horizontal"' if flips[0] else '"vertical"'


def _network(model: Model) -> Iterable[tuple[str, str]]:
    """Yield the dropout if this is the tutorial's network, the only one that classeur.train builds."""
    line = model.place.line
    kinds = [layer.kind for layer in model.layers if layer.kind not in ("Dropout", "InputLayer")]
    widths = tuple(
        layer.arguments.get("filters", layer.arguments.get("#0")) for layer in model.layers if layer.kind == "Conv2D"
    )
    dense = [layer.arguments.get("units") for layer in model.layers if layer.kind == "Dense"]
    blocks = ["Conv2D", "MaxPooling2D"] * 3 + ["Flatten", "Dense", "Dense"]
    if kinds != blocks or widths != _CONVOLUTIONS or dense[0] != 512:
        raise _UnmappedError(line, "the model is not the tutorial's network, the only one that classeur can build")
    rates = []
    for number, layer in enumerate(model.layers):
        if layer.kind == "Dropout":
            before = [each.kind for each in model.layers[:number] if each.kind != "Dropout"]
            if before not in (blocks[:2], blocks[:6]):
                raise _UnmappedError(line, "dropout is in other places than after the first and the last pooling")
            rates.append(layer.arguments.get("rate"))
    if rates:
        if len(rates) != 2 or rates[0] != rates[1]:
            raise _UnmappedError(line, "dropout after the first and the last pooling differs")
        yield "dropout", str(_number(rates[0], "the rate of Dropout", line))


def _optimizer(model: Model) -> Iterable[tuple[str, str]]:
    line = model.compiled_at.line if model.compiled_at else model.place.line
    optimizer = model.optimizer
    name = optimizer.name if isinstance(optimizer, Made | Imported) else optimizer
    if not isinstance(name, str) or name.rpartition(".")[2].lower() != "adam":
        raise _UnmappedError(line, "classeur trains with Adam only")
    if isinstance(optimizer, Made):
        rate = optimizer.arguments.get("learning_rate", optimizer.arguments.get("lr", optimizer.arguments.get("#0")))
        if set(optimizer.arguments) - {"learning_rate", "lr", "#0"}:
            raise _UnmappedError(line, "classeur has no option for other arguments of Adam than its learning rate")
        if rate is not None:
            yield "learning_rate", str(_number(rate, "the learning rate", line))


def _training(fit: Use) -> Iterable[tuple[str, str]]:
    line = fit.place.line
    for name in ("callbacks", "class_weight", "initial_epoch"):
        if fit.arguments.get(name) not in (None, [], 0):
            raise _UnmappedError(line, f"classeur has no option for what {name} does here")
    epochs = given(fit.arguments, "epochs", fit.arguments.get("nb_epoch", 1))
    yield "epochs", str(_number(epochs, "epochs", line))
