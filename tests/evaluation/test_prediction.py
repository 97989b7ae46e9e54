"""Files and pixels to probabilities, with a model that is no network: order, batches, and what is unusable."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from classeur.evaluation import prediction
from classeur.evaluation.prediction import Prediction, predict_files, predict_pixels
from classeur.images.pixels import Pixels
from classeur.images.resizing import Preparation, resize

NAMES = ("dark", "light")
PREPARATION = Preparation((8, 10), "squash", stretch=False)


class Brightness:
    """Stands in for a model: the mean of the pixels is the probability of `light`."""

    def __init__(self) -> None:
        self.seen: list[np.ndarray] = []

    def predict_on_batch(self, pixels: np.ndarray) -> np.ndarray:
        assert pixels.dtype == np.uint8
        assert pixels.shape[1:] == (8, 10, 3)
        self.seen.append(pixels)
        light = (pixels.mean(axis=(1, 2, 3)) / 255).astype(np.float32)
        return np.stack([1 - light, light], axis=1)


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
    probabilities = predict_pixels(Brightness(), pixels, progress=lambda *numbers: done.append(numbers))  # type: ignore[arg-type]
    assert probabilities[:, 1] == pytest.approx(np.arange(count) / 255, abs=1e-6)
    assert done[-1] == (count, count)
    assert [one for one, _ in done] == sorted({*range(64, count, 64), count})


def test_files_keep_their_order_and_bad_ones_have_a_reason(grey: Callable[[int, str], Path], tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").write_bytes(b"")
    (tmp_path / "text.png").write_text("hello")
    files = [
        grey(250, "a.png"), tmp_path / "empty.jpg", grey(0, "b.png"), tmp_path / "gone.jpg", tmp_path / "text.png",
        grey(100, "c.png"), tmp_path,
    ]  # fmt: skip
    results = list(predict_files(Brightness(), files, class_names=NAMES, preparation=PREPARATION))  # type: ignore[arg-type]
    assert [each.path for each in results] == [path.as_posix() for path in files]
    assert [each.status for each in results] == ["ok", "unusable", "ok", "unusable", "unusable", "ok", "unusable"]
    assert [each.predicted for each in results] == ["light", "", "dark", "", "", "dark", ""]
    assert results[0].probability == pytest.approx(250 / 255)
    assert results[0].probabilities == pytest.approx({"dark": 5 / 255, "light": 250 / 255}, abs=1e-6)
    assert "empty (0 bytes)" in results[1].reason
    assert "cannot be read: No such file" in results[3].reason
    assert "text" in results[4].reason
    assert all(each.probability == 0 and not each.probabilities for each in results if each.status == "unusable")
    assert [Prediction.model_validate_json(each.model_dump_json()) for each in results] == results


def test_no_usable_file_asks_the_model_nothing(tmp_path: Path) -> None:
    model = Brightness()
    gone = [tmp_path / f"{number}.jpg" for number in range(70)]
    results = list(predict_files(model, gone, class_names=NAMES, preparation=PREPARATION))  # type: ignore[arg-type]
    assert len(results) == 70
    assert model.seen == []
    assert list(predict_files(model, [], class_names=NAMES, preparation=PREPARATION)) == []  # type: ignore[arg-type]


@pytest.mark.parametrize("fit", ["squash", "crop", "pad"])
def test_a_model_sees_what_training_saw(tmp_path: Path, fit: Any) -> None:
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (40, 25, 3), np.uint8)
    Image.fromarray(picture).save(tmp_path / "a.png")
    model = Brightness()
    preparation = Preparation((8, 10), fit, stretch=False)
    list(predict_files(model, [tmp_path / "a.png"], class_names=NAMES, preparation=preparation))  # type: ignore[arg-type]
    assert np.array_equal(model.seen[0][0], resize(picture, (8, 10), fit=fit))


def test_stretch_is_handed_on(tmp_path: Path) -> None:
    Image.fromarray(np.linspace(300, 600, 80).reshape(8, 10).astype(np.uint16)).save(tmp_path / "a.png")
    for stretch, greatest in ((False, 2), (True, 255)):
        model = Brightness()
        preparation = Preparation((8, 10), "squash", stretch)
        list(predict_files(model, [tmp_path / "a.png"], class_names=NAMES, preparation=preparation))  # type: ignore[arg-type]
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

    monkeypatch.setattr(prediction, "_BATCH_SIZE", 4)
    results = predict_files(Brightness(), endless(), class_names=NAMES, preparation=PREPARATION)  # type: ignore[arg-type]
    for _ in range(10):
        assert next(results).status == "ok"
    results.close()  # type: ignore[attr-defined]
    assert taken < 1000
