from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from classeur.data.folder import ImageFolder
from classeur.data.scan import scan
from classeur.images.pixels import PixelStore


def test_a_folder_goes_to_json_and_back(image_folder: Callable[..., Path], cache: Path) -> None:
    data = image_folder({"train": {"a": 2, "고양이": 1}, "test": {"a": 1}})
    (data / "train" / "a" / "bad.jpg").write_bytes(b"")
    found = scan(data, PixelStore(cache, image_size=(8, 8), fit="squash"), cache=cache)
    again = ImageFolder.model_validate_json(found.model_dump_json())
    assert again.model_dump() == found.model_dump()
    for name in ("labels", "num_bytes", "modified", "widths", "heights", "num_frames"):
        assert getattr(again, name).dtype == np.int64
        np.testing.assert_array_equal(getattr(again, name), getattr(found, name))
    assert again.used_ranges.dtype == np.float64
    assert again.counts.keys() == found.counts.keys()


def test_a_folder_cannot_be_changed(folder_of: Callable[..., ImageFolder]) -> None:
    widths = np.array([3, 4])
    folder = folder_of(["a", "b"], widths=widths)
    with pytest.raises(ValueError, match="frozen"):
        folder.data = "other"
    with pytest.raises(ValueError, match="read-only"):
        folder.widths[0] = 5
    widths[0] = 9  # the caller's own stays its own to write
