"""Kept networks: a saved model whose frozen backbone serves every head of the same shape.

Saving a network loads Keras and its backend, which takes longer than learning its head. So the file of the first
training is kept; a later one copies it and puts its own head into the copy, with h5py alone.
"""

import io
import json
import warnings
import zipfile
import zlib
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from classeur.errors import StorageError
from classeur.models.assembly import LayerTable
from classeur.models.features import features_key
from classeur.rows import CacheWarning
from classeur.storage import mark_used, write_text, written_atomically

# Raised whenever the same head belongs to other layers.
_NETWORK_VERSION = 1

_WEIGHTS, _METADATA = "model.weights.h5", "metadata.json"


class KeptNetwork:
    """The file of a network by its backbone, image size and the shapes of its head.

    >>> kept = KeptNetwork(Path("cache"), "efficientnet_lite0", (224, 224), [(1280, 1), (1,)])
    >>> kept.path.name.startswith("efficientnet_lite0-57934424-v1-224x224-1280x1-1-")
    True
    """

    def __init__(self, cache: Path, kind: str, image_size: tuple[int, int], shapes: Sequence[tuple[int, ...]]) -> None:
        """Name the files below the folder `cache`; nothing is read or written.

        Args:
            cache: the cache folder.
            kind: of the backbone, as `FeatureExtractor` takes it.
            image_size: (height, width) in pixels.
            shapes: of the head's arrays.
        """
        head = "-".join("x".join(map(str, shape)) for shape in shapes)
        size = "x".join(map(str, image_size))
        name = f"{features_key(kind)}-{size}-{head}-v{_NETWORK_VERSION}.{version('keras')}"
        self.path = cache / "networks" / f"{name}.keras"
        self._listing = self.path.with_suffix(f"{self.path.suffix}.json")

    def keep(self, model: Path, head: Sequence[np.ndarray], layers: LayerTable) -> bool:
        """Keep a copy of a saved model; return whether its head could be found in it and the cache be written.

        Args:
            model: a `.keras` file with this head.
            head: float32 arrays, each of which is in one place of the file.
            layers: of the network.
        """
        content = model.read_bytes()
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            places = _places(archive.read(_WEIGHTS), head)
        if places is None:
            return False
        try:
            with written_atomically(self.path) as temporary:
                temporary.write_bytes(content)
            write_text(
                self._listing,
                json.dumps({"crc32": zlib.crc32(content), "head": places, **layers.model_dump(mode="json")}),
            )
        except StorageError as error:
            warnings.warn(f"{error}; the next training loads Keras again", CacheWarning, stacklevel=2)
            return False
        return True

    def write(self, path: Path, head: Sequence[np.ndarray]) -> LayerTable | None:
        """Write the model with another head to `path` and return its layers; None if none is kept, or it is damaged.

        Args:
            path: ends in `.keras`.
            head: float32 arrays of the shapes given, in the order in which they were kept.

        Raises:
            StorageError: if `path` cannot be written.
        """
        try:
            facts = json.loads(self._listing.read_text(encoding="utf-8"))
            content = self.path.read_bytes()
            places, checksum = list(facts["head"]), int(facts["crc32"])
            layers = LayerTable.model_validate({"layers": facts["layers"]})
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            self._drop()
            return None
        if zlib.crc32(content) != checksum or len(places) != len(head):
            self._drop()
            return None
        mark_used(self._listing)
        with (
            zipfile.ZipFile(io.BytesIO(content)) as archive,
            written_atomically(path) as temporary,
            zipfile.ZipFile(temporary, "w") as written,
        ):
            for member in archive.infolist():
                data = archive.read(member)
                if member.filename == _WEIGHTS:
                    data = _with_head(data, places, head)
                elif member.filename == _METADATA:
                    now = datetime.now().astimezone().strftime("%Y-%m-%d@%H:%M:%S")  # as Keras writes it
                    data = json.dumps({**json.loads(data), "date_saved": now}).encode()
                written.writestr(member, data)
        return layers

    def _drop(self) -> None:
        warnings.warn(f"the cached network {self.path.stem} is damaged; it is built again", CacheWarning, stacklevel=3)
        with suppress(OSError):
            self._listing.unlink(missing_ok=True)
            self.path.unlink(missing_ok=True)


def kept_num_bytes(cache: Path, kind: str) -> int:
    """Return how large a model with this backbone is, in bytes, by the largest that is kept; 0 if none is.

    Args:
        cache: the cache folder.
        kind: of the backbone, as `FeatureExtractor` takes it.
    """
    with suppress(OSError):
        sizes = (path.stat().st_size for path in (cache / "networks").glob(f"{features_key(kind)}-*.keras"))
        return max(sizes, default=0)
    return 0


def _places(weights: bytes, head: Sequence[np.ndarray]) -> list[str] | None:
    """Return where in an HDF5 file each array of a head is; None if it is in no place, or in more than one."""
    import h5py

    found: list[list[str]] = [[] for _ in head]

    def look(name: str, each: Any) -> None:
        if isinstance(each, h5py.Dataset):
            for places, array in zip(found, head, strict=True):
                if each.shape == array.shape and np.array_equal(each[...], array):
                    places.append(name)

    with h5py.File(io.BytesIO(weights), "r") as file:
        file.visititems(look)
    if any(len(places) != 1 for places in found):
        return None
    return [places[0] for places in found]


def _with_head(weights: bytes, places: Sequence[str], head: Sequence[np.ndarray]) -> bytes:
    """Return an HDF5 file with other arrays in these places."""
    import h5py

    buffer = io.BytesIO(weights)
    with h5py.File(buffer, "r+") as file:
        for name, array in zip(places, head, strict=True):
            file[name][...] = array
    return buffer.getvalue()
