"""The benchmark of near-duplicates among pictures of 32×32, on drawn ones in the files that it reads."""

import runpy
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from classeur.data.synthetic import paint_animal

BENCHMARK: dict[str, Any] = runpy.run_path(
    str(Path(__file__).resolve().parents[2] / "benchmarks" / "small_pictures.py")
)


def drawn(number: int) -> np.ndarray:
    """Return a drawn animal shrunk to 32×32."""
    animal = Image.fromarray(paint_animal(("cat", "dog")[number % 2], number, image_size=(128, 128)))
    return np.asarray(animal.resize((32, 32), Image.Resampling.BOX))


def write_records(path: Path, pictures: list[np.ndarray], labels: list[int]) -> None:
    records = [
        bytes([label]) + picture.transpose(2, 0, 1).tobytes() for picture, label in zip(pictures, labels, strict=True)
    ]
    path.write_bytes(b"".join(records))


@pytest.fixture
def batches(tmp_path: Path) -> Path:
    """Five files of 4 training images and one of 5 test images: a copy, a lighter, a mirrored and two other ones."""
    folder = tmp_path / "cifar-10-batches-bin"
    folder.mkdir()
    training = [drawn(number) for number in range(20)]
    for batch in range(5):
        rows = range(4 * batch, 4 * batch + 4)
        write_records(
            folder / f"data_batch_{batch + 1}.bin", [training[row] for row in rows], [3 + 2 * (row % 2) for row in rows]
        )
    lighter = np.clip(training[9] * 1.1, 0, 255).astype(np.uint8)
    test = [training[4], lighter, training[18][:, ::-1], drawn(30), drawn(31)]
    write_records(folder / "test_batch.bin", test, [3, 5, 3, 3, 5])
    return folder


def test_what_the_list_names_is_counted_apart_from_what_else_is_named(tmp_path: Path, batches: Path) -> None:
    listed = tmp_path / "list.csv"
    listed.write_text("TestID,TrainID,Distance,Judgment\n0,4,0.0,0\n1,9,0.1,1\n3,2,0.2,1\n4,5,0.2,2\n")
    folder = tmp_path / "data"
    counts = BENCHMARK["write_cifar"](batches, folder)
    judgements = BENCHMARK["read_judgements"](listed, counts)
    scanned, named, _ = BENCHMARK["named_in"](folder, tmp_path / "cache")
    result = BENCHMARK["judge_cifar"](scanned, named, judgements)

    assert counts == Counter(train=20, test=5)
    assert result == {
        "listed_pairs_of_one_class": "4 of 4",
        "listed_test_images_named": {"judgement 0 or 1": "2 of 3", "judgement 2": "0 of 1"},
        "listed_pairs_found": {"judgement 0 or 1": "2 of 3", "judgement 2": "0 of 1"},
        "other_test_images_named": 1,  # the mirrored one
        "strangers": [("test/cat/00002.png", "train/cat/00018.png")],
    }


def test_pixels_are_written_as_they_are(tmp_path: Path, batches: Path) -> None:
    BENCHMARK["write_cifar"](batches, tmp_path / "data")
    with Image.open(tmp_path / "data" / "train" / "dog" / "00013.png") as image:
        assert np.array_equal(np.asarray(image), drawn(13))


def test_other_files_and_other_lists_are_refused(tmp_path: Path, batches: Path) -> None:
    (tmp_path / "short.bin").write_bytes(b"\x80\x04\x95" * 10)
    with pytest.raises(SystemExit, match="30 bytes; expected records of 3,073: give CIFAR-10's binary version"):
        BENCHMARK["read_records"](tmp_path / "short.bin")
    (tmp_path / "list.csv").write_text("TestID,TrainID,Distance,Judgment\n5,4,0.0,0\n")
    with pytest.raises(SystemExit, match="names test image 5 and training image 4; there are 5 and 20"):
        BENCHMARK["read_judgements"](tmp_path / "list.csv", Counter(train=20, test=5))


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    for number in range(20):
        path = tmp_path / "photographs" / "animals" / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(paint_animal("cat", number, image_size=(96, 96))).save(path)
    return tmp_path / "photographs"


def test_files_like_those_of_cifar_are_read_back(tmp_path: Path, photographs: Path) -> None:
    BENCHMARK["write_like_cifar"]([photographs], tmp_path / "like", num_batch=6, num_listed=3, num_parts=1)
    counts = BENCHMARK["write_cifar"](tmp_path / "like", tmp_path / "data")
    judgements = BENCHMARK["read_judgements"](tmp_path / "like" / "list.csv", counts)
    assert counts == Counter(train=30, test=6)
    assert judgements == {(0, 0): 1, (1, 2): 1, (2, 4): 1}
    scanned, named, _ = BENCHMARK["named_in"](tmp_path / "data", tmp_path / "cache")
    assert BENCHMARK["judge_cifar"](scanned, named, judgements)["other_test_images_named"] == 0


def test_planted_ones_are_told_from_strangers(tmp_path: Path, photographs: Path) -> None:
    planted = BENCHMARK["write_planted"]([photographs], tmp_path / "data", 2)
    scanned, named, _ = BENCHMARK["named_in"](tmp_path / "data", tmp_path / "cache")
    result = BENCHMARK["judge_planted"](scanned, named, planted)

    assert Counter(kind for _, kind in planted.values()) == Counter(
        original=8, unrelated=12, **dict.fromkeys(BENCHMARK["KINDS"], 2)
    )
    assert result["recall"]["re-encoded"] == result["recall"]["mirrored"] == "2 of 2 = 1.000"
    assert result["unrelated_named"] == 0
