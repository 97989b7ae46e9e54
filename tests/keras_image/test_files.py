"""Broken files are left out and named once; what is kept is shared, and made anew when a file changes."""

import gc
import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from classeur.errors import NothingUsableError
from classeur.keras_image import ImageDataGenerator, files
from classeur.keras_image.loading import Loading


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two classes of three pictures, one of them cut short and one of them text."""
    for number in range(6):
        path = tmp_path / "data" / "ab"[number // 3] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        noise = np.random.default_rng(number).integers(0, 256, (12, 12, 3), np.uint8)
        Image.fromarray(noise).save(path)
    short = tmp_path / "data" / "a" / "1.png"
    short.write_bytes(short.read_bytes()[:200])
    (tmp_path / "data" / "b" / "4.png").write_text("no picture")
    return tmp_path / "data"


def flow(folder: Path, **how: Any) -> Any:
    return ImageDataGenerator(**how.pop("arguments", {})).flow_from_directory(
        folder, **{"target_size": (12, 12), "class_mode": "sparse", "batch_size": 6, **how}
    )


@pytest.mark.parametrize("arguments", [{}, {"brightness_range": (1, 1)}, {"preprocessing_function": lambda x: x}])
def test_broken_files_are_left_out_and_named_once(folder: Path, arguments: Any) -> None:
    iterator = flow(folder, arguments=arguments)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        x, y = iterator[0]
        next(iterator), iterator[0]
    assert sorted(y.tolist()) == [0, 0, 1, 1]
    assert x.shape == (4, 12, 12, 3)
    messages = sorted(str(each.message) for each in caught)
    assert len(messages) == 2
    assert messages[0].startswith(str(folder / "a" / "1.png") + " is left out of its batches: ")
    assert messages[1].endswith("4.png is left out of its batches: cannot identify image file")
    assert all(each.filename == __file__ for each in caught)
    assert iterator.n == iterator.samples == len(iterator.filenames) == 6


@pytest.mark.filterwarnings("ignore:.*left out of its batches")
def test_a_batch_of_broken_files_only_is_passed_over_by_next_and_an_error_by_index(folder: Path) -> None:
    iterator = flow(folder, batch_size=1, seed=1)
    assert sorted(int(next(iterator)[1][0]) for _ in range(4)) == [0, 0, 1, 1]
    with pytest.raises(NothingUsableError, match=r"every file of a batch is unusable; the first: .*[14]\.png"):
        for index in range(6):
            iterator[index]
    for path in folder.glob("*/*"):
        path.write_text("no picture either")
    with pytest.raises(NothingUsableError):
        next(iterator)


@pytest.mark.filterwarnings("ignore:.*is a row of NaN")
@pytest.mark.parametrize("arguments", [{}, {"rescale": 0.5, "rotation_range": 9}, {"preprocessing_function": np.sqrt}])
def test_without_shuffling_a_broken_file_is_a_row_of_nan(folder: Path, arguments: Any) -> None:
    iterator = flow(folder, shuffle=False, batch_size=4, arguments=arguments)
    batches = [iterator[0], iterator[1], next(iterator), next(iterator)]
    for first, second in (batches[:2], batches[2:]):
        x, y = np.concatenate([first[0], second[0]]), np.concatenate([first[1], second[1]])
        assert y.tolist() == iterator.classes.tolist()
        broken = [np.isnan(each).all() for each in x]
        assert [name for name, is_broken in zip(iterator.filenames, broken, strict=True) if is_broken] == [
            os.path.join("a", "1.png"),
            os.path.join("b", "4.png"),
        ]
        assert not np.isnan(x[[0, 2, 3, 5]]).any()


def test_the_warning_says_that_the_row_is_nan(folder: Path) -> None:
    with pytest.warns(UserWarning, match=r"1\.png is a row of NaN, so that rows and filenames agree: "):
        flow(folder, shuffle=False, classes=["a"])[0]


@pytest.mark.filterwarnings("ignore:.*is a row of NaN")
def test_where_a_type_has_no_nan_the_row_is_zero(folder: Path) -> None:
    x = flow(folder, shuffle=False, arguments={"dtype": "uint8"})[0][0]
    assert [bool(each.any()) for each in x] == [True, False, True, True, False, True]


@pytest.mark.filterwarnings("ignore:.*left out of its batches")
def test_a_file_that_was_mended_comes_back(folder: Path) -> None:
    iterator = flow(folder)
    assert len(iterator[0][1]) == 4
    for name in ("a/1.png", "b/4.png"):
        Image.new("RGB", (5, 5)).save(folder / name)
    assert len(iterator[0][1]) == 6


def test_a_changed_file_is_read_again(folder: Path) -> None:
    iterator = flow(folder, classes=["a"], batch_size=1, shuffle=False)
    before = iterator[0][0]
    Image.new("RGB", (12, 12), (9, 8, 7)).save(folder / "a" / "0.png")
    assert iterator[0][0][0, 0, 0].tolist() == [9, 8, 7] != before[0, 0, 0].tolist()


def test_iterators_with_the_same_settings_share_what_they_decoded(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = []
    load = Loading.load
    monkeypatch.setattr(Loading, "load", lambda self, data: loaded.append(data) or load(self, data))
    gc.collect()
    of_others = set(files._DECODED)  # Keras may hold some
    first = flow(folder, classes=["a"], batch_size=1, shuffle=False)
    first[0], first[0], first[2]
    second = flow(folder, batch_size=1, shuffle=False, arguments={"rotation_range": 9})
    del first
    second[0], second[2]
    assert len(loaded) == 2
    other = flow(folder, batch_size=1, shuffle=False, target_size=(5, 5))
    other[0]
    assert len(loaded) == 3
    del second, other
    gc.collect()
    assert set(files._DECODED) <= of_others


def test_pillows_warnings_stay_warnings(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(Image.DecompressionBombWarning):
        flow(folder, classes=["a"])[0]


def test_exif_orientation_is_an_argument(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 3
    picture = Image.new("RGB", (16, 16))
    picture.paste((250, 0, 0), (0, 0, 16, 8))
    (tmp_path / "a").mkdir()
    picture.save(tmp_path / "a" / "turned.jpg", exif=exif, quality=95)
    for turned, row in ((False, 0), (True, 15)):
        batch = ImageDataGenerator().flow_from_directory(
            tmp_path, target_size=(16, 16), class_mode=None, exif_orientation=turned
        )[0]
        assert batch[0, row, 8, 0] > 200


@pytest.mark.filterwarnings("ignore:.*is a row of NaN")
def test_a_row_of_nan_is_no_saved_picture(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "saved").mkdir()
    ImageDataGenerator().flow_from_directory(
        folder, target_size=(12, 12), shuffle=False, save_to_dir=tmp_path / "saved", save_format="png"
    )[0]
    assert sorted(int(path.name.split("_")[1]) for path in (tmp_path / "saved").iterdir()) == [0, 2, 3, 5]


def test_saved_pictures_are_keras(folder: Path, tmp_path: Path, legacy: Any) -> None:
    os.remove(folder / "a" / "1.png"), os.remove(folder / "b" / "4.png")
    written = []
    for kind, name in ((ImageDataGenerator, "ours"), (legacy.ImageDataGenerator, "theirs")):
        (tmp_path / name).mkdir()
        iterator = kind(rotation_range=20).flow_from_directory(
            folder, target_size=(12, 12), seed=1, save_to_dir=tmp_path / name, save_prefix="p", save_format="png"
        )
        next(iterator), iterator[0]
        written.append({path.name: np.asarray(Image.open(path)).astype(int) for path in (tmp_path / name).iterdir()})
    assert written[0].keys() == written[1].keys()
    assert len(written[0]) == 8
    for name, ours in written[0].items():
        assert np.abs(ours - written[1][name]).max() <= 1
