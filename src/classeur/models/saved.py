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
from classeur.models.weights_safety import check_weights
from classeur.untrusted import MAX_ARCHIVE_BYTES, LimitError, opened, opened_zip, parse_json

if TYPE_CHECKING:
    import keras

# What Keras writes for a network without a vocabulary, and the most bytes of each.
_MEMBERS = {"metadata.json": 2**16, "config.json": 2**24, "model.weights.h5": MAX_ARCHIVE_BYTES}

# Read to name the one that is too many.

# Of weights that are no parameters, such as the states of dropout.
_FREE_BYTES = 2**20

# Values that a layer may give for each pixel of the input: VGG gives 64, a ConvNeXt or an EfficientNet fewer.
_MAX_GROWTH = 512


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
    """Check that no layer makes very much of an image: memory for that is taken with the first prediction."""
    inputs = _num_values(model.inputs)
    waiting = [model]
    while waiting:
        operation = waiting.pop()
        inner = getattr(operation, "operations", None) or getattr(operation, "layers", None)
        if inner:
            waiting += inner
            continue
        outputs = _num_values(operation.output)
        if outputs > _MAX_GROWTH * inputs:
            raise LimitError(f"a layer, {operation.name}, that makes {outputs:,} values of {inputs:,}")


def _num_values(tensors: Any) -> int:
    """Return how many values tensors hold for one image."""
    return sum(math.prod(side or 1 for side in tensor.shape[1:]) for tensor in load_keras().tree.flatten(tensors))
