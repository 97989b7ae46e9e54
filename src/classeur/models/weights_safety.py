"""The weights in a saved network, checked before Keras reads them: arrays of numbers inside the file, and nothing else.

HDF5 can name other files, other places in the file, filters and sizes that nothing fills. Keras writes plain arrays.
"""

import io
import math
from typing import Any

from classeur.errors import MissingExtraError
from classeur.extras import is_installed
from classeur.untrusted import LimitError

_MAX_OBJECTS, _MAX_DEPTH, _MAX_SIDES = 100_000, 32, 8
_MAX_ATTRIBUTES, _MAX_ATTRIBUTE_BYTES = 8, 2**16
_NUMBERS = "biuf"


def check_weights(content: bytes) -> int:
    """Return the bytes of all arrays in an HDF5 file.

    Args:
        content: the whole file.

    Raises:
        LimitError: naming the first thing that is not a plain array of this file.
        MissingExtraError: if h5py, which comes with Keras, is not installed.
    """
    if not is_installed("h5py"):
        raise MissingExtraError("loading model.keras", "train", ["Keras", "h5py"])
    import h5py

    try:
        with h5py.File(io.BytesIO(content), "r") as file:
            return _num_bytes(file, h5py, len(content))
    except LimitError:
        raise
    except Exception as error:  # a damaged file makes h5py raise nearly anything
        raise LimitError(f"weights that cannot be read ({type(error).__name__})") from error


def _num_bytes(file: Any, h5py: Any, most: int) -> int:
    _check_attributes(file, h5py, "/")
    total, waiting = 0, [(file, "", 0)]
    seen: set[int] = set()  # addresses in the file
    while waiting:
        group, path, depth = waiting.pop()
        if depth > _MAX_DEPTH or len(group) + len(seen) > _MAX_OBJECTS:
            raise LimitError("weights with too many or too deep groups")
        for name in group:
            place = f"{path}/{name}"
            link = group.get(name, getlink=True)
            if not isinstance(link, h5py.HardLink):
                raise LimitError(f"the link {_shown(place)} ({type(link).__name__}) in the weights")
            found = group[name]
            address = h5py.h5o.get_info(found.id).addr
            if address in seen:
                raise LimitError(f"{_shown(place)} in the weights, which is there twice")
            seen.add(address)
            _check_attributes(found, h5py, place)
            if isinstance(found, h5py.Group):
                waiting.append((found, place, depth + 1))
            else:
                total += _array_bytes(found, h5py, place)
                if total > most:
                    raise LimitError("weights that overlap")
    return total


def _check_attributes(found: Any, h5py: Any, place: str) -> None:
    if len(found.attrs) > _MAX_ATTRIBUTES:
        raise LimitError(f"{_shown(place)} in the weights has {len(found.attrs)} attributes")
    for name in found.attrs:
        attribute = h5py.h5a.open(found.id, name.encode())
        if math.prod(attribute.shape) * attribute.get_type().get_size() > _MAX_ATTRIBUTE_BYTES:
            raise LimitError(f"{_shown(place)} in the weights has a large attribute")


def _array_bytes(found: Any, h5py: Any, place: str) -> int:
    """Return the bytes of one array, all of which are in the file."""
    if not isinstance(found, h5py.Dataset):
        raise LimitError(f"{_shown(place)} in the weights, which is no array")
    creation = found.id.get_create_plist()
    if creation.get_external_count():
        raise LimitError(f"{_shown(place)} in the weights, whose numbers are in another file")
    layout = creation.get_layout()
    if layout == h5py.h5d.VIRTUAL:
        raise LimitError(f"{_shown(place)} in the weights, which is put together from other arrays")
    if layout not in (h5py.h5d.CONTIGUOUS, h5py.h5d.COMPACT) or creation.get_nfilters():
        raise LimitError(f"{_shown(place)} in the weights, which is compressed or in pieces")
    dtype, shape = found.dtype, found.shape
    if dtype.kind not in _NUMBERS or shape is None or len(shape) > _MAX_SIDES:
        raise LimitError(f"{_shown(place)} in the weights, which holds {dtype}, not numbers")
    needed: int = math.prod(shape) * dtype.itemsize
    stored = found.id.get_storage_size()
    if needed > stored:
        raise LimitError(f"{_shown(place)} in the weights, whose shape {shape} needs {needed:,} bytes, not {stored:,}")
    return needed


def _shown(place: str) -> str:
    return repr(place[:80])
