"""Files and pixels to probabilities, with a model that is no network: order, batches, and what is unusable."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from classeur.errors import PictureError
from classeur.evaluation import classifier as classifier_module
from classeur.evaluation.classifier import Classifier
from classeur.evaluation.prediction import Prediction
from classeur.images.pixels import Pixels
from classeur.images.preparation import Preparation
from classeur.images.resizing import resize

NAMES = ("dark", "light")
PREPARATION = Preparation(image_size=(8, 10))


class Brightness:
    """An engine: the mean of the pixels is the probability of `light`, given as logits."""

    def __init__(self) -> None:
        self.seen: list[np.ndarray] = []

    def __call__(self, pixels: np.ndarray) -> np.ndarray:
        assert pixels.dtype == np.uint8
        assert pixels.shape[1:] == (8, 10, 3)
        self.seen.append(pixels)
        light = np.clip(pixels.mean(axis=(1, 2, 3)) / 255, 1e-9, 1 - 1e-9)
        return np.log(np.stack([1 - light, light], axis=1))


def classifier_of(engine: Brightness, preparation: Preparation = PREPARATION) -> Classifier:
    return Classifier(engine, class_names=NAMES, preparation=preparation)


@pytest.fixture
def grey(tmp_path: Path) -> Callable[[int, str], Path]:
    def make(level: int, name: str) -> Path:
        Image.new("RGB", (20, 16), (level,) * 3).save(tmp_path / name)
        return tmp_path / name

    return make


@pytest.mark.parametrize("count", [1, 63, 64, 65, 130])
def test_pixels_are_all_judged_in_order(count: int) -> None:
    array = (np.arange(count, dtype=np.uint8)[:, None, None, None] + np.zeros((1, 8, 10, 3), np.uint8)).copy()
    pixels = Pixels([array], np.stack([np.zeros(count, np.int64), np.arange(count)], axis=1), (8, 10))
    done: list[tuple[int, int]] = []
    logits = classifier_of(Brightness()).judge(pixels, progress=lambda *numbers: done.append(numbers))
    assert np.exp(logits[:, 1]) == pytest.approx(np.arange(count) / 255, abs=1e-6)
    assert done[-1] == (count, count)
    assert [one for one, _ in done] == sorted({*range(64, count, 64), count})


def test_files_keep_their_order_and_bad_ones_have_a_reason(grey: Callable[[int, str], Path], tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").write_bytes(b"")
    (tmp_path / "text.png").write_text("hello")
    files = [
        grey(250, "a.png"), tmp_path / "empty.jpg", grey(0, "b.png"), tmp_path / "gone.jpg", tmp_path / "text.png",
        grey(100, "c.png"), tmp_path,
    ]  # fmt: skip
    results = list(classifier_of(Brightness()).predict(files))
    assert [each.path for each in results] == [path.as_posix() for path in files]
    assert [each.status for each in results] == ["ok", "unusable", "ok", "unusable", "unusable", "ok", "unusable"]
    assert [each.predicted for each in results] == ["light", "", "dark", "", "", "dark", ""]
    assert results[0].probability == pytest.approx(250 / 255)
    assert results[0].probabilities == pytest.approx({"dark": 5 / 255, "light": 250 / 255}, abs=1e-6)
    assert "empty (0 bytes)" in results[1].reason
    assert "cannot be read: No such file" in results[3].reason
    assert "text" in results[4].reason
    assert all(each.probability is None and not each.probabilities for each in results if each.status == "unusable")
    assert [Prediction(**json.loads(json.dumps(asdict(each)))) for each in results] == results


def test_no_usable_file_asks_the_model_nothing(tmp_path: Path) -> None:
    model = Brightness()
    gone = [tmp_path / f"{number}.jpg" for number in range(70)]
    results = list(classifier_of(model).predict(gone))
    assert len(results) == 70
    assert model.seen == []
    assert list(classifier_of(model).predict([])) == []


@pytest.mark.parametrize("fit", ["squash", "crop", "pad"])
def test_a_model_sees_what_training_saw(tmp_path: Path, fit: Any) -> None:
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (40, 25, 3), np.uint8)
    Image.fromarray(picture).save(tmp_path / "a.png")
    model = Brightness()
    classifier_of(model, Preparation(image_size=(8, 10), fit=fit))(tmp_path / "a.png")
    assert np.array_equal(model.seen[0][0], resize(picture, (8, 10), fit=fit))


def test_stretch_is_handed_on(tmp_path: Path) -> None:
    Image.fromarray(np.linspace(300, 600, 80).reshape(8, 10).astype(np.uint16)).save(tmp_path / "a.png")
    for stretch, greatest in ((False, 2), (True, 255)):
        model = Brightness()
        classifier_of(model, Preparation(image_size=(8, 10), stretch=stretch))(tmp_path / "a.png")
        assert model.seen[0].max() == greatest


def test_files_are_read_a_bounded_number_ahead(
    grey: Callable[[int, str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = grey(9, "a.png")
    taken = 0

    def endless() -> Iterator[Path]:
        nonlocal taken
        while True:
            taken += 1
            yield path

    monkeypatch.setattr(classifier_module, "_BATCH_SIZE", 4)
    results = classifier_of(Brightness()).predict(endless())
    for _ in range(10):
        assert next(results).status == "ok"
    results.close()  # type: ignore[attr-defined]
    assert taken < 1000


def test_a_path_bytes_pixels_and_pil_images_are_one_picture(tmp_path: Path) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (16, 20, 3), np.uint8)
    path = tmp_path / "a.png"
    Image.fromarray(picture).save(path)
    with Image.open(path) as opened:
        same = [str(path), path, path.read_bytes(), picture, Image.fromarray(picture), opened]
        answers = [classifier_of(Brightness())(each) for each in same]
        many = list(classifier_of(Brightness())(same))
    assert len({each.probability for each in (*answers, *many)}) == 1
    assert [each.path for each in many] == [path.as_posix()] * 2 + [""] * 4
    grey = np.full((5, 6), 200, np.uint8)
    assert classifier_of(Brightness())(grey).predicted == "light"
    assert [each.predicted for each in classifier_of(Brightness())(np.stack([picture * 0, picture * 0 + 255]))] == [
        "dark", "light",
    ]  # fmt: skip


@pytest.mark.parametrize("mode", ["HSV", "RGBX", "RGBa", "RGBA", "La", "LA", "PA", "YCbCr", "CMYK"])
def test_a_pil_image_may_have_any_mode(mode: str) -> None:
    picture = Image.new("RGB", (8, 8), (200, 200, 200))
    for step in (*{"RGBa": ["RGBA"], "La": ["LA"], "PA": ["P"]}.get(mode, []), mode):
        picture = picture.convert(step)
    found = classifier_of(Brightness())(picture)
    assert found.reason == ""
    assert found.probabilities["light"] == pytest.approx(200 / 255, abs=0.01)


@pytest.mark.parametrize(
    "wrong", [3, None, 1.5, np.zeros((2, 2, 3)), np.zeros((2, 2, 4), np.uint8), {"a": 1}, [3], [["a.png"]]]
)
def test_what_is_no_picture_is_said_in_one_line(wrong: Any) -> None:
    with pytest.raises(PictureError, match="is not an image; expected a path"):
        list(classifier_of(Brightness())(wrong))


def test_many_images_go_to_the_engine_for_threads_a_few_at_a_time_and_one_to_the_other() -> None:
    alone, in_threads = Brightness(), Brightness()
    classifier = Classifier(alone, engine_in_threads=in_threads, class_names=NAMES, preparation=PREPARATION)
    pictures = [np.full((9, 9, 3), level, np.uint8) for level in range(101)]
    found = list(classifier(pictures))
    assert [each.probabilities["light"] for each in found] == pytest.approx(np.arange(101) / 255, abs=1e-6)
    assert alone.seen == []
    assert max(map(len, in_threads.seen)) == 2
    assert sum(map(len, in_threads.seen)) == 101
    assert classifier(pictures[51]) == found[51]
    assert (len(alone.seen), len(in_threads.seen)) == (1, 51)
