"""Drawn cats and dogs: the same picture for the same seed, whole folders, real faults, no cue but anatomy."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from classeur.data import synthetic
from classeur.data.synthetic import SyntheticFolder, paint_animal, paint_folder
from classeur.errors import ImageSizeError, RangeError, StorageError, UnknownNameError

KINDS = ("cat", "dog")
Chance = synthetic.Chance


@pytest.fixture(scope="module")
def pictures() -> list[np.ndarray]:
    """Cats (even) and dogs (odd), two hundred each."""
    return [paint_animal(KINDS[index % 2], index // 2, image_size=(40, 40)) for index in range(400)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> SyntheticFolder:
    root = tmp_path_factory.mktemp("painted") / "animals"
    return paint_folder(root, num_train=6, num_validation=4, seed=3, image_size=(48, 64))


def files_of(folder: SyntheticFolder) -> dict[str, bytes]:
    return {path.relative_to(folder.root).as_posix(): path.read_bytes() for path in folder.root.rglob("*.jpg")}


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_paints_the_same_picture(kind):
    first, again = (paint_animal(kind, 11, image_size=(48, 48)) for _ in range(2))
    assert first.tobytes() == again.tobytes()


def test_painting_neither_reads_nor_moves_the_global_random_state():
    np.random.seed(0)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    first = paint_animal("cat", 5, image_size=(48, 48))
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002
    np.random.seed(1)  # noqa: NPY002
    assert (paint_animal("cat", 5, image_size=(48, 48)) == first).all()


def test_every_seed_and_kind_paints_another_picture(pictures):
    assert len({picture.tobytes() for picture in pictures}) == 400


@pytest.mark.parametrize("image_size", [(32, 32), (40, 96), (97, 51), (160, 160)])
def test_a_picture_is_uint8_rgb_of_the_size_asked_for(image_size):
    picture = paint_animal("dog", 2, image_size=image_size)
    assert picture.shape == (*image_size, 3)
    assert picture.dtype == np.uint8


def test_the_first_and_last_seed_are_painted():
    for seed in (0, 2**64 - 1):
        assert paint_animal("cat", seed, image_size=(32, 32)).std() > 0


@pytest.mark.parametrize(
    ("kind", "seed", "image_size", "error"),
    [
        ("dgo", 0, (48, 48), UnknownNameError),
        ("cat", -1, (48, 48), RangeError),
        ("cat", 2**64, (48, 48), RangeError),
        ("cat", 0, (31, 48), ImageSizeError),
    ],
)
def test_what_cannot_be_painted_is_said_in_one_line(kind, seed, image_size, error):
    with pytest.raises(error, match=r"^[^\n]+$"):
        paint_animal(kind, seed, image_size=image_size)


def test_the_animal_is_all_that_differs_between_kinds(monkeypatch):
    # Given one stream for both kinds, what is left must be the anatomy: without figures the pictures are equal.
    monkeypatch.setattr(synthetic, "paint_figure", lambda *_, **__: None)
    monkeypatch.setattr(synthetic, "Chance", lambda seed, code, *, stream=0: Chance(seed, 0, stream=stream))
    for seed in range(8):
        cat, dog = (paint_animal(kind, seed, image_size=(40, 40)) for kind in KINDS)
        assert (cat == dog).all()


def test_with_one_stream_the_kinds_still_differ(monkeypatch):
    monkeypatch.setattr(synthetic, "Chance", lambda seed, code, *, stream=0: Chance(seed, 0, stream=stream))
    for seed in range(8):
        cat, dog = (paint_animal(kind, seed, image_size=(64, 64)).astype(float) for kind in KINDS)
        assert np.abs(cat - dog).mean() > 1


def test_mean_colour_and_contrast_do_not_give_the_class_away(pictures):
    kinds = np.arange(400) % 2
    facts = np.array([[*picture.mean(axis=(0, 1)), *picture.std(axis=(0, 1))] for picture in pictures])
    facts = (facts - facts.mean(axis=0)) / facts.std(axis=0)
    design = np.column_stack([facts, facts**2, np.ones(400)])
    for learn, judge in ((slice(0, 200), slice(200, 400)), (slice(200, 400), slice(0, 200))):
        weights = np.linalg.lstsq(design[learn], 2.0 * kinds[learn] - 1, rcond=None)[0]
        accuracy = ((design[judge] @ weights > 0) == kinds[judge]).mean()
        # 200 coin tosses stay within three standard deviations of 0.035: 0.39 … 0.61.
        assert 0.39 <= accuracy <= 0.61


def test_a_folder_holds_the_files_it_promises(folder):
    expected = {f"train/{kind}s/{kind}.{index:04d}.jpg" for kind in KINDS for index in range(3)}
    expected |= {f"validation/{kind}s/{kind}.{index:04d}.jpg" for kind in KINDS for index in range(2)}
    planted = {folder.leak[1], folder.duplicate[1], folder.broken}
    assert len(planted) == 3
    assert not planted & expected
    assert set(files_of(folder)) == expected | planted
    assert (folder.num_train, folder.num_validation) == (6, 4)
    assert [path.name for path in folder.root.parent.iterdir()] == [folder.root.name]


def test_good_files_are_jpeg_of_the_size_asked_for(folder):
    for path in set(files_of(folder)) - {folder.broken}:
        with Image.open(folder.root / path) as picture:
            picture.load()
            assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", (64, 48))


def test_only_the_planted_copies_are_the_same(folder):
    files = files_of(folder)
    assert len(set(files.values())) == len(files) - 2
    for copies, part in ((folder.leak, "validation"), (folder.duplicate, "train")):
        original, copy = copies
        assert files[original] == files[copy]
        assert original.startswith("train/")
        assert copy.startswith(f"{part}/")
        assert original.split("/")[1] == copy.split("/")[1]


def test_pillow_refuses_the_broken_file_when_it_loads_it(folder):
    with Image.open(folder.root / folder.broken) as picture, pytest.raises(OSError, match="truncated"):
        picture.load()


def test_the_same_seed_writes_the_same_files_and_another_seed_others(folder, tmp_path):
    again, other = (
        paint_folder(tmp_path / str(seed), num_train=6, num_validation=4, seed=seed, image_size=(48, 64))
        for seed in (3, 4)
    )
    assert files_of(again) == files_of(folder)
    assert not set(files_of(again).values()) & set(files_of(other).values())


def test_a_larger_folder_begins_with_the_smaller(folder, tmp_path):
    larger = paint_folder(tmp_path / "larger", num_train=8, num_validation=6, seed=3, image_size=(48, 64))
    files = files_of(larger)
    for path, content in files_of(folder).items():
        if path not in (folder.leak[1], folder.duplicate[1], folder.broken):
            assert files[path] == content


def test_progress_counts_the_pictures(tmp_path):
    counts: list[int] = []
    paint_folder(tmp_path / "a", num_train=4, num_validation=2, image_size=(32, 32), progress=counts.append)
    assert counts == [1, 2, 3, 4, 5, 6]


def test_an_empty_folder_is_filled_and_parents_are_made(tmp_path):
    (tmp_path / "empty").mkdir()
    for root in (tmp_path / "empty", tmp_path / "new" / "deep"):
        folder = paint_folder(root, num_train=2, num_validation=2, image_size=(32, 32))
        assert len(files_of(folder)) == 7


def test_a_place_that_is_taken_is_refused_and_left_as_it_was(tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    for name in ("full", "file"):
        with pytest.raises(StorageError, match=r"^[^\n]*exists and is not an empty folder[^\n]*$"):
            paint_folder(tmp_path / name, num_train=2, num_validation=2, image_size=(32, 32))
    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")) == [
        "file",
        "full",
        "full/mine.txt",
    ]


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_nothing_is_left_of_a_folder_that_was_not_finished(tmp_path, error):
    def stop(count: int) -> None:
        assert not (tmp_path / "animals").exists()
        if count == 3:
            raise error("no space left")

    with pytest.raises(StorageError if error is OSError else error):
        paint_folder(tmp_path / "animals", num_train=4, num_validation=2, image_size=(32, 32), progress=stop)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "wrong", [{"num_train": 3}, {"num_train": 0}, {"num_validation": 20000}, {"seed": -1}, {"seed": 2**31}]
)
def test_impossible_counts_and_seeds_are_refused(tmp_path: Path, wrong):
    with pytest.raises(RangeError, match=r"expected"):
        paint_folder(tmp_path / "animals", **wrong)
    assert list(tmp_path.iterdir()) == []
