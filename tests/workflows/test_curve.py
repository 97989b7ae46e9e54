"""`curve` prints what a training would show, saves nothing but features, and loads no Keras; the forecast before it."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.stats import beta

import classeur
from classeur.cli import _status
from classeur.data.listing import list_images
from classeur.data.synthetic import paint_folder
from classeur.delivery.progress import Reporter
from classeur.errors import UsageError
from classeur.images.preparation import Preparation
from classeur.models.features import FeatureExtractor
from classeur.workflows import forecast
from classeur.workflows.forecast import say_forecast

LITE0 = "efficientnet_lite0"


class Listener(Reporter):
    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)


@pytest.fixture(scope="module")
def animals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = paint_folder(
        tmp_path_factory.mktemp("painted") / "animals", num_train=48, num_validation=20, seed=1, image_size=(48, 48)
    )
    (folder.root / folder.broken).unlink()
    return folder.root


def test_it_is_the_curve_of_a_training_and_costs_it_no_feature(
    animals: Path, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = classeur.curve(animals, image_size=48, picture=tmp_path / "c.png", reporter=Reporter())
    assert (tmp_path / "c.png").read_bytes()[:4] == b"\x89PNG"
    sizes = [point.num_images for point in found.points.points]
    assert sizes == sorted(sizes)
    assert found.finding.values["num_train"] == sizes[-1]
    said = "No validation image is wrong" if found.finding.values["accuracy"] == 1 else str(2 * sizes[-1])
    assert said in found.sentence
    monkeypatch.setattr("classeur.workflows.features.FeatureExtractor", None)
    again = classeur.curve(animals, image_size=48, reporter=Reporter())
    assert again.points.points == found.points.points


def test_on_the_command_line(animals: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _status(["curve", str(animals), "--image-size", "48"], debug=True) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == [
        "training", "images", "draws", "training", "accuracy", "validation", "accuracy", "95", "%", "interval",
    ]  # fmt: skip
    assert _status(["curve", str(animals), "--image-size", "48", "--json"], debug=True) == 0
    values = json.loads(capsys.readouterr().out)
    assert len(values["points"]) == len(lines) - 2
    assert values["finding"]["code"] == "more-images"
    assert " ".join(values["finding"]["text"].split()) == " ".join(lines[-1].split())


def test_a_network_that_is_trained_whole_has_none(animals: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError, match="tutorial would have to be trained anew for each point"):
        classeur.curve(animals, model="tutorial", reporter=Reporter())
    assert _status(["curve", str(animals), "--epochs", "3"], debug=False) == 2


def test_what_is_long_is_said_before_it(animals: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The forecast counts what is not kept, and is what a few files and pictures take here."""
    monkeypatch.setattr(forecast, "_WORTH_IT", 10)
    listener, preparation = Listener(), Preparation(image_size=48)
    listing = list_images(animals, cache=cache)
    say_forecast(listing, LITE0, preparation, cache=cache, reporter=listener)
    num = len(listing.paths)
    (said,) = listener.said
    assert f"here for {num} files to read, features of {num} images, which are kept" in said
    monkeypatch.setattr(forecast, "_seconds_a_file", lambda *_: 3.0)
    monkeypatch.setattr(forecast, "_seconds_a_picture", lambda *_: 6.0)
    say_forecast(listing, LITE0, preparation, cache=cache, reporter=listener)
    assert listener.said[-1].startswith(f"about {round(num * 9 / 60)} min here for ")
    classeur.inspect(animals, image_size=48, reporter=Reporter())
    say_forecast(listing, LITE0, preparation, cache=cache, reporter=listener)
    assert listener.said[-1].startswith(f"about {round(num * 6 / 60)} min here for features of {num} images")
    classeur.curve(animals, image_size=48, reporter=listener)
    said_before = len(listener.said)
    say_forecast(listing, LITE0, preparation, cache=cache, reporter=listener)
    assert len(listener.said) == said_before, "nothing is left to do"


def test_a_few_images_are_not_worth_a_forecast(animals: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FeatureExtractor, "extract", None)
    say_forecast(list_images(animals, cache=cache), LITE0, Preparation(image_size=48), cache=cache, reporter=Listener())


def test_broken_files_among_those_timed_end_nothing(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forecast, "_WORTH_IT", 1)
    for name in ("a", "b"):
        (tmp_path / "data" / name).mkdir(parents=True)
        (tmp_path / "data" / name / "1.jpg").write_bytes(np.random.default_rng(0).bytes(100))
    listener = Listener()
    listing = list_images(tmp_path / "data", cache=cache)
    say_forecast(listing, LITE0, Preparation(image_size=48), cache=cache, reporter=listener)
    assert "2 files to read" in listener.said[0]


def test_it_knows_groups_on_both_sides(tmp_path: Path) -> None:
    """Photographs of a patient are drawn together, and judged as one unit; that is said."""
    random = np.random.default_rng(0)
    for number in range(96):
        label, split = ("cats", "dogs")[number % 2], "validation" if number < 32 else "train"
        colour = ((200, 80, 60), (150, 90, 90))[(number + (number % 5 == 0)) % 2]
        picture = np.clip(random.normal(0, 40, (40, 40, 3)) + colour, 0, 255).astype(np.uint8)
        (tmp_path / "data" / split / label).mkdir(parents=True, exist_ok=True)
        for copy in range(3):  # each a little different, so that only its name says where it belongs
            Image.fromarray(picture ^ np.uint8(copy)).save(
                tmp_path / "data" / split / label / f"p{number:02}_{copy}.png"
            )
    found = classeur.curve(tmp_path / "data", image_size=32, group_by=r"(p\d\d)_", reporter=Reporter())
    points = found.points.points
    assert points[-1].num_images == 192
    assert all(point.num_images % 3 == 0 for point in points if point.num_draws == 1)
    assert found.points.num_groups == found.finding.values["num_groups"] == 64
    assert "384 training images of 128 groups in place of 192 of 64" in found.sentence
    accuracy = points[-1].validation
    low, high = proportion_interval(accuracy.value, 32)  # of one image for each patient
    assert accuracy.high - accuracy.low > high - low


def proportion_interval(share: float, num_images: int) -> tuple[float, float]:
    low, high = beta.ppf((0.025, 0.975), share * num_images + 0.5, (1 - share) * num_images + 0.5)
    return float(low), float(high)
