"""Saved networks: the one door through which a model.keras is opened, whoever made it.

Everything is checked before Keras is imported: the members of the archive, what its config is made of, its weights, and
that the config asks for no more memory than the weights fill. docs/safety.md says what that promises.
"""

import math
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classeur.errors import BrokenRunError, UnsafeModelError
from classeur.models.checksum import MAX_MEMBERS
from classeur.models.config_safety import check_config
from classeur.models.engine import load_keras, starting_quietly
from classeur.models.live_values import Step, allowed_values, most_values
from classeur.models.onnx_network import calls_of
from classeur.models.weights_safety import check_weights
from classeur.untrusted import MAX_ARCHIVE_BYTES, LimitError, opened, opened_zip, parse_json

if TYPE_CHECKING:
    import keras

# What Keras writes for a network without a vocabulary, and the most bytes of each.
_MEMBERS = {"metadata.json": 2**16, "config.json": 2**24, "model.weights.h5": MAX_ARCHIVE_BYTES}

# Of weights that are no parameters, such as the states of dropout.
_FREE_BYTES = 2**20


def load_model(path: Path) -> "keras.Model":
    """Return a saved model, uncompiled.

    Raises:
        UnsafeModelError: if it has something that no model of classeur's or of keras.applications has.
        BrokenRunError: if the file is missing, damaged or not a Keras model (both checked without loading Keras).
    """
    check_model_file(path)
    keras = load_keras()
    try:
        with starting_quietly("tensorflow"):
            model = keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # a foreign or damaged file makes Keras raise nearly anything
        reason = " ".join(str(error).split())[:120]
        raise BrokenRunError(f"{path} cannot be loaded by Keras {keras.__version__} ({reason})") from error
    try:
        _check_growth(model)
    except LimitError as error:
        raise _refused(path, error) from error
    return model


def check_model_file(path: Path) -> None:
    """Check that the file of a model is whole and safe to load; Keras is not loaded for that.

    Raises:
        UnsafeModelError: if it has something that no model of classeur's or of keras.applications has.
        BrokenRunError: if it is missing, damaged or not a Keras model.
    """
    if not path.exists():
        raise BrokenRunError(f"{path} is missing")
    try:
        config, weights = _read(path)
        needed = 4 * check_config(parse_json(config))
        stored = check_weights(weights)
        if needed > stored + _FREE_BYTES:
            raise LimitError(f"layers of {needed:,} bytes, of which its weights fill {stored:,}")
    except LimitError as error:
        raise _refused(path, error) from error
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError) as error:
        what = "text that is not JSON" if isinstance(error, ValueError) else error
        raise BrokenRunError(f"{path} is damaged or not a Keras model ({what})") from error


def _read(path: Path) -> tuple[bytes, bytes]:
    """Return config.json and the weights of an archive, whose checksums are right."""
    with opened(path, MAX_ARCHIVE_BYTES) as file, opened_zip(file, max_members=MAX_MEMBERS) as archive:
        sizes = {member.filename: member.file_size for member in archive.infolist()}
        strange = sorted(sizes.keys() ^ _MEMBERS.keys())
        if strange:
            there = "with" if strange[0] in sizes else "without"
            raise LimitError(f"an archive {there} {strange[0][:80]!r}; it has {', '.join(_MEMBERS)}")
        for name, most in _MEMBERS.items():
            if sizes[name] > most:
                raise LimitError(f"{name} of {sizes[name]:,} bytes; at most {most:,} are read")
        archive.read("metadata.json")
        return archive.read("config.json"), archive.read("model.weights.h5")


def _refused(path: Path, error: LimitError) -> UnsafeModelError:
    return UnsafeModelError(
        f"{path} is not loaded, since it has {error}; no model of classeur's has that: ask who made it, or train again"
    )


def _check_growth(model: Any) -> None:
    """Check that layers do not make very much of an image: memory for that is taken with the first prediction."""
    most = allowed_values(_num_values(model.inputs))
    num_values = _most_values(model, most)
    if num_values > most:
        raise LimitError(f"layers that hold {num_values:,} values of an image at once; at most {most:,} are held")


def _most_values(network: Any, most: int) -> int:
    """Return the most values that a network holds at once; `most` is what a layer alone may make."""
    calls = {call.name: call for call in calls_of(network.get_config())}
    steps = []
    for operation in getattr(network, "operations", None) or network.layers:
        is_network = hasattr(operation, "layers")
        outputs = _num_values(operation.output)
        if outputs > most:
            raise LimitError(f"a layer, {operation.name}, that makes {outputs:,} values of an image")
        passing = _most_values(operation, most) if is_network else _padded_values(operation)
        steps.append(Step(operation.name, [name for name, _ in calls[operation.name].places], outputs, passing))
    return most_values(steps)


def _padded_values(layer: Any) -> int:
    """Return how many values a layer's input has once it is padded for its windows, as a program may do; 0 if not."""
    window = getattr(layer, "kernel_size", None) or getattr(layer, "pool_size", None)
    if not window or layer.padding != "same":
        return 0
    holes = getattr(layer, "dilation_rate", (1,) * len(window))
    _, *sides = layer.input.shape
    first = layer.data_format == "channels_first"
    channels = sides.pop(0 if first else -1) or 1
    padded = ((side or 1) + (size - 1) * hole for side, size, hole in zip(sides, window, holes, strict=True))
    values: int = channels * math.prod(padded)
    return values


def _num_values(tensors: Any) -> int:
    """Return how many values tensors hold for one image."""
    return sum(math.prod(side or 1 for side in tensor.shape[1:]) for tensor in load_keras().tree.flatten(tensors))
