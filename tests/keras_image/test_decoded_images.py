"""Decoded once, again after a change, in memory or in a file, and never at the price of a crash."""

import errno
import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from classeur.keras_image import decoded_images
from classeur.keras_image.decoded_images import DecodedImages

calls: Counter[int] = Counter()


def load(data: bytes) -> np.ndarray:
    calls[data[0]] += 1
    return np.frombuffer(data, np.uint8).reshape(2, 2, 1).copy()


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    calls.clear()
    paths = [tmp_path / f"{number}.bin" for number in range(9)]
    for number, path in enumerate(paths):
        path.write_bytes(bytes([number] * 4))
    return [str(path) for path in paths]


@pytest.mark.parametrize("max_bytes", [None, 0, 12])
def test_each_is_loaded_once_and_kept(
    files: list[str], max_bytes: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoded_images, "_BLOCK_BYTES", 8)
    kept = DecodedImages(load, max_bytes=max_bytes)
    for _ in range(3):
        for number, path in enumerate(files):
            assert kept.get(path).tolist() == [[[number]] * 2] * 2
    assert set(calls.values()) == {1}
    assert calls.keys() == set(range(9))
    with pytest.raises(ValueError, match="read-only"):
        kept.get(files[0])[0] = 1


def test_a_changed_file_is_loaded_again(files: list[str]) -> None:
    kept = DecodedImages(load)
    kept.get(files[0])
    Path(files[0]).write_bytes(b"\x07" * 4)
    os.utime(files[0], ns=(1, 1))
    assert kept.get(files[0])[0, 0, 0] == 7
    # Another file of the same size and time in its place.
    Path(files[1]).write_bytes(b"\x09" * 4)
    os.utime(files[1], ns=(1, 1))
    Path(files[1]).replace(files[0])
    assert kept.get(files[0])[0, 0, 0] == 9
    with pytest.raises(FileNotFoundError):
        kept.get(files[1])


def test_deep_pictures_are_not_kept(files: list[str]) -> None:
    kept = DecodedImages(lambda data: load(data).astype(np.uint16))
    assert kept.get(files[3]).dtype == kept.get(files[3]).dtype == np.uint16
    assert calls[3] == 2


def test_a_full_disk_costs_time_only(files: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(decoded_images.tempfile, "TemporaryFile", full)
    kept = DecodedImages(load, max_bytes=0)
    with pytest.warns(UserWarning, match=r"No space left.*TMPDIR"):
        assert kept.get(files[5])[0, 0, 0] == 5
    assert kept.get(files[5])[0, 0, 0] == 5
    assert calls[5] == 2
