"""A training on one class: a run of two classes, of which one had no image, from the folder to its evaluation."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from listening import Listener
from PIL import Image

import classeur
from classeur.cli import _status
from classeur.data.splitting import Split
from classeur.delivery.diagnosis import paragraph, read_diagnosis
from classeur.delivery.progress import Reporter
from classeur.errors import LayoutError, RunError
from classeur.evaluation.outliers import OutlierTest, fit_outlier_test
from classeur.models.features import FeatureExtractor
from classeur.models.saved import load_model
from classeur.run import Run
from classeur.training.facts import read_facts

OPTIONS: dict[str, Any] = {"model": "efficientnet_lite0", "image_size": 32}


def write_parts(folder: Path, count: int, *, striped: bool = False, seed: int) -> Path:
    """Write images of red noise, 00.png …, some striped, and return the folder."""
    folder.mkdir(parents=True)
    for number in range(count):
        noise = np.random.default_rng([seed, number]).normal(0, 30, (32, 32, 3)) + (200, 80, 60)
        if striped:
            noise[:, np.arange(32) // 4 % 2 == 0] = 5 * number
        Image.fromarray(np.clip(noise, 0, 255).astype(np.uint8)).save(folder / f"{number:02}.png")
    return folder


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("parts") / "data"
    write_parts(folder / "good", 40, seed=0)
    return folder


@pytest.fixture(scope="module")
def heard() -> Listener:
    return Listener()


@pytest.fixture(scope="module")
def trained(parts: Path, heard: Listener, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("trained")
    return classeur.train(parts, out=folder / "run", cache=folder / ".cache", reporter=heard, **OPTIONS)


@pytest.fixture
def others(tmp_path: Path) -> Path:
    """Good parts that the run has not seen, and some that are unlike them."""
    write_parts(tmp_path / "others" / "good", 10, seed=1)
    write_parts(tmp_path / "others" / "unlike", 6, striped=True, seed=2)
    return tmp_path / "others"


@pytest.mark.keras
class TestATrainingOnOneClass:
    def test_it_is_a_run_of_two_classes(self, trained: Run, heard: Listener) -> None:
        facts = read_facts(trained)
        assert (facts.status, facts.one_class, facts.class_names) == ("finished", True, ("good", "unlike"))
        assert trained.labels_path.read_text() == "good\nunlike\n"
        assert {row["label"] for row in trained.read_table(trained.split_path)} == {"good"}
        assert facts.validation
        assert (facts.counts["train"], facts.counts["validation"], facts.validation.n) == (32, 8, 8)
        assert facts.validation.value >= 6 / 8
        assert not trained.learning_curve_path.exists()
        assert load_model(trained.model_path).output_shape == (None, 2)
        assert classeur.summary(trained)[-1].output_shape == (None, 1)
        assert any(line.startswith("1 class (good): 32 images for train") for line in heard.said)
        assert any("for 5% of false alarms" in line for line in heard.said)
        assert heard.warned == []

    def test_what_it_says_does_not_speak_of_two_classes(self, trained: Run, capsys: pytest.CaptureFixture[str]) -> None:
        diagnosis = read_diagnosis(trained)
        told = paragraph(diagnosis)
        assert diagnosis.verdict == "one-class-known"
        assert "Of 8 validation images of good, " in told
        assert "says nothing yet about what is unlike good" in told
        assert told.endswith(f"classeur evaluate {trained.path} --data DIR")
        assert not {"overfit", "chance", "confus", "pretrained"} & set(told.split())
        assert _status(["evaluate", str(trained.path)], debug=True) == 0
        assert "no image of unlike is among them" in capsys.readouterr().out

    def test_it_answers_good_or_unlike(self, trained: Run, others: Path, tmp_path: Path) -> None:
        found = list(classeur.predict(trained, others, sort_into=tmp_path / "sorted", reporter=Reporter()))
        called = {Path(each.path).relative_to(others).as_posix(): each.predicted for each in found}
        assert [called[f"unlike/{number:02}.png"] for number in range(6)] == ["unlike"] * 6
        assert sum(called[f"good/{number:02}.png"] == "good" for number in range(10)) >= 7
        folders = {path.name for path in (tmp_path / "sorted").iterdir() if path.is_dir()}
        assert folders == {"good", "unlike"}
        assert len(list((tmp_path / "sorted").rglob("*.png"))) == 16

    def test_images_that_it_has_seen_get_what_was_recorded(self, trained: Run, parts: Path) -> None:
        recorded = {row["path"]: float(row["p(unlike)"]) for row in trained.read_table(trained.predictions_path)}
        for each in classeur.predict(trained, parts, reporter=Reporter()):
            path = Path(each.path).relative_to(parts).as_posix()
            assert each.probabilities["unlike"] == pytest.approx(recorded[path], abs=1e-4)

    def test_it_is_measured_on_other_data(
        self, trained: Run, others: Path, parts: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        result = classeur.evaluate(trained, data=others, reporter=Reporter())
        assert result.num_images == 16
        assert result.auroc
        assert 0.5 < result.auroc.low < 1.0 == result.auroc.value == result.auroc.high
        assert result.per_class["unlike"].recall.value == 1.0
        assert _status(["evaluate", str(trained.path), "--data", str(others)], debug=True) == 0
        assert "good and unlike are told apart with an AUROC of 1.000 (95 %: " in capsys.readouterr().out
        seen = next(row["path"] for row in trained.read_table(trained.split_path) if row["split"] == "train")
        shutil.copy(parts / seen, others / "good" / "seen.png")
        again = classeur.evaluate(trained, data=others, reporter=Reporter())
        assert (again.num_images, again.auroc) == (16, result.auroc), "it does not count"
        shutil.rmtree(others / "unlike")
        assert classeur.evaluate(trained, data=others, reporter=Reporter()).auroc is None

    def test_data_with_classes_that_it_does_not_know(self, trained: Run, others: Path) -> None:
        (others / "unlike").rename(others / "scratched")
        with pytest.raises(RunError, match="not have: scratched; .* put what is unlike good into a folder unlike$"):
            classeur.evaluate(trained, data=others, reporter=Reporter())

    def test_more_false_alarms_raise_every_probability(self, trained: Run, parts: Path, tmp_path: Path) -> None:
        """In a network that the first training left in the cache."""
        reporter, cache = Listener(), trained.path.parent / ".cache"
        assert list((cache / "networks").glob("*.keras"))
        run = classeur.train(parts, out=tmp_path / "run", false_alarms=0.4, cache=cache, reporter=reporter, **OPTIONS)
        assert any("for 40% of false alarms" in line for line in reporter.said)
        usual, more = (
            np.array([float(row["p(unlike)"]) for row in each.read_table(each.predictions_path)])
            for each in (trained, run)
        )
        assert (more > usual).all()
        comparison = classeur.compare([trained, run], picture=tmp_path / "curves.png", reporter=reporter)
        assert comparison.settings == {"false_alarms": (0.05, 0.4)}
        assert "no curves: these runs were trained without epochs" in reporter.said
        saved = {Path(each.path).name: each for each in classeur.predict(run, parts, reporter=Reporter())}
        for row in run.read_table(run.predictions_path):
            said = saved[Path(row["path"]).name].probabilities["unlike"]
            assert said == pytest.approx(float(row["p(unlike)"]), abs=1e-4)

    def test_there_is_no_learning_curve_of_one_class(self, parts: Path) -> None:
        with pytest.raises(LayoutError, match="only one class, 'good'; a learning curve needs at least two"):
            classeur.curve(parts, reporter=Reporter(), **OPTIONS)

    def test_copies_are_held_out_together(self, tmp_path: Path) -> None:
        """Eight images, four times each: the probabilities are those of a score that knows which files are equal."""
        data = tmp_path / "data"
        for path in sorted(write_parts(data / "good", 8, seed=0).iterdir()):
            for copy in range(3):
                shutil.copy(path, path.with_stem(f"{path.stem}-{copy}"))
        run = classeur.train(data, out=tmp_path / "run", seed=4, reporter=Reporter(), **OPTIONS)
        rows = run.read_table(run.split_path)
        pixels = np.stack([np.asarray(Image.open(data / row["path"])) for row in rows])
        (features,) = FeatureExtractor("efficientnet_lite0", image_size=(32, 32)).extract([pixels])
        known = np.array([row["split"] == "train" for row in rows])
        hashes = np.array([row["hash"] for row in rows])
        together = fit_outlier_test(features[known], groups=hashes[known], seed=4)
        found = {row["path"]: float(row["p(unlike)"]) for row in run.read_table(run.predictions_path)}
        expected = together.probabilities(features)[:, 1]
        assert [found[row["path"]] for row in rows] == pytest.approx(expected, abs=1e-4)
        apart = fit_outlier_test(features[known], seed=4).probabilities(features)[:, 1]
        assert np.abs(apart - expected).max() > 0.01

    def test_few_images_cannot_promise_rare_false_alarms(self, tmp_path: Path) -> None:
        write_parts(tmp_path / "few" / "good", 8, seed=0)
        reporter = Listener()
        classeur.train(tmp_path / "few", out=tmp_path / "run", reporter=reporter, **OPTIONS)
        assert reporter.warned == [
            "6 training images cannot promise false alarms as rare as 5%: expect 14.3% or more, or add images until"
            " there are 19 to train on"
        ]

    def test_a_network_that_answers_otherwise_is_not_saved(
        self, parts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = OutlierTest.fold

        def turned(self: OutlierTest) -> Any:
            whitening, (last, bias) = real(self)
            return whitening, (-last, -bias)

        monkeypatch.setattr(OutlierTest, "fold", turned)
        with pytest.raises(RunError, match="differs from its features and head"):
            classeur.train(parts, out=tmp_path / "run", reporter=Reporter(), **OPTIONS)
        assert not (tmp_path / "run" / "model.keras").exists()


@pytest.mark.keras
def test_a_split_of_ones_own_with_one_training_image_is_refused(tmp_path: Path) -> None:
    data = write_parts(tmp_path / "data" / "good", 4, seed=0).parent
    made = Split(splits=("train", "validation", "validation", "validation"), made_here=False, seed=0)
    with pytest.raises(LayoutError, match="'good', the only one, has 1 usable image to train on, .* from 2 at least"):
        classeur.train(data, out=tmp_path / "run", split=made, reporter=Reporter(), **OPTIONS)
