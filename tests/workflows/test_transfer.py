"""A head on frozen features: the network is saved whole, judged from the same features, refused where they differ."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import classeur
from classeur.data.synthetic import paint_folder
from classeur.delivery.progress import Reporter
from classeur.errors import RunError, StorageError, UnfinishedRunError, UsageError
from classeur.models.checksum import model_checksum
from classeur.models.features import FeatureExtractor
from classeur.models.kept_features import FeatureStore
from classeur.models.saved import load_model
from classeur.run import Run
from classeur.training.facts import read_facts, write_facts
from classeur.training.head import Head

QUIET = Reporter()
OPTIONS: dict[str, Any] = {"model": "efficientnet_lite0", "image_size": 64}


@pytest.fixture(scope="module")
def animals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = paint_folder(
        tmp_path_factory.mktemp("painted") / "animals", num_train=40, num_validation=30, seed=1, image_size=(64, 64)
    )
    (folder.root / folder.broken).unlink()
    return folder.root


@pytest.fixture(scope="module")
def trained(animals: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("trained")
    return classeur.train(animals, out=folder / "run", cache=folder / ".cache", reporter=QUIET, **OPTIONS)


@pytest.mark.keras
class TestATransfer:
    def test_it_is_a_run_like_others(self, trained: Run) -> None:
        facts = read_facts(trained)
        assert facts.status == "finished"
        assert facts.model == model_checksum(trained.model_path)
        assert facts.validation
        assert facts.validation.low > 0.5, "better than chance"
        assert not trained.history_path.exists()
        assert not trained.checkpoints_path.exists()
        curve = trained.read_table(trained.learning_curve_path)
        sizes = [int(row["num_images"]) for row in curve]
        assert sizes == sorted(set(sizes))
        assert sizes[-1] == facts.counts["train"]
        assert float(curve[-1]["val_accuracy"]) == pytest.approx(facts.validation.value, abs=1e-6)
        assert trained.curves_path.read_bytes()[:4] == b"\x89PNG"
        assert {row["split"] for row in trained.read_table(trained.predictions_path)} == {"train", "validation"}
        assert classeur.summary(trained)[-1].output_shape == (None, 1)

    def test_the_saved_network_answers_as_the_features_did(self, trained: Run, animals: Path) -> None:
        stored = {row["path"]: row for row in trained.read_table(trained.predictions_path)}
        predictions = list(classeur.predict(trained, animals / "validation", reporter=QUIET))
        assert len(predictions) == 31
        for each in predictions:
            row = stored[Path(each.path).relative_to(animals).as_posix()]
            assert row["predicted"] == each.predicted
            assert float(row["p(dogs)"]) == pytest.approx(each.probabilities["dogs"], abs=1e-4)

    def test_the_model_takes_raw_pixels_and_gives_probabilities(self, trained: Run) -> None:
        model = load_model(trained.model_path)
        answers = np.asarray(model.predict_on_batch(np.full((2, 64, 64, 3), 90, np.uint8)))
        assert answers.shape == (2, 2)
        assert answers.sum(axis=1) == pytest.approx([1, 1], abs=1e-6)

    def test_the_same_seed_gives_the_same_predictions(self, trained: Run, animals: Path, tmp_path: Path) -> None:
        again = classeur.train(animals, out=tmp_path / "again", reporter=QUIET, **OPTIONS)
        assert again.predictions_path.read_bytes() == trained.predictions_path.read_bytes()

    def test_a_head_that_the_network_does_not_have_is_refused(
        self, animals: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = Head.fold
        monkeypatch.setattr(Head, "fold", lambda self: tuple(-each for each in real(self)))
        with pytest.raises(RunError, match="differs from its features and head"):
            classeur.train(animals, out=tmp_path / "run", reporter=QUIET, **OPTIONS)
        assert not (tmp_path / "run" / "model.keras").exists()

    def test_another_split_seed_and_labels_compute_no_feature_and_load_no_keras(
        self, trained: Run, animals: Path, tmp_path: Path
    ) -> None:
        renamed = shutil.copytree(animals, tmp_path / "data")
        for split in ("train", "validation"):
            (renamed / split / "dogs").rename(renamed / split / "wolves")
        pool = tmp_path / "unsplit"
        for label in ("cats", "dogs"):
            shutil.copytree(animals / "train" / label, pool / label)
        cache = trained.path.parent / ".cache"
        code = f"""
import sys, classeur
from classeur.models import features
from classeur.workflows import features as workflow
class Counted(features.FeatureExtractor):
    def extract(self, batches):
        raise AssertionError("a feature is computed")
workflow.FeatureExtractor = Counted
for data, out, seed in (({str(animals)!r}, "seed", 5), ({str(renamed)!r}, "renamed", 0), ({str(pool)!r}, "pool", 1)):
    classeur.train(
        data, out={str(tmp_path)!r} + "/" + out, cache={str(cache)!r}, model="efficientnet_lite0", image_size=64,
        seed=seed, reporter=classeur.Reporter(),
    )
print(sorted({{"keras", "tensorflow"}} & set(sys.modules)))
"""
        environment = {**os.environ, "CLASSEUR_WEIGHTS": ""}
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False
        )
        assert done.stdout.strip() == "[]", done.stderr
        for name, classes in (("seed", "cats dogs"), ("renamed", "cats wolves"), ("pool", "cats dogs")):
            run = Run.open(tmp_path / name)
            assert read_facts(run).class_names == tuple(classes.split())
            pixels = np.full((2, 64, 64, 3), 90, np.uint8)
            assert np.asarray(load_model(run.model_path).predict_on_batch(pixels)).shape == (2, 2)
            stored = {row["path"]: row for row in run.read_table(run.predictions_path)}
            for each in classeur.predict(run, [run.data / path for path in list(stored)[:3]], reporter=QUIET):
                row = stored[Path(each.path).relative_to(run.data).as_posix()]
                assert float(row["p(cats)"]) == pytest.approx(each.probabilities["cats"], abs=1e-4)

    def test_a_kept_feature_that_is_another_is_noticed(
        self, trained: Run, animals: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cache = shutil.copytree(trained.path.parent / ".cache", tmp_path / "cache")
        real = FeatureStore.rows
        monkeypatch.setattr(FeatureStore, "rows", lambda self, hashes: real(self, hashes)[:, ::-1].copy())
        with pytest.raises(RunError, match="differs from its features and head"):
            classeur.train(animals, out=tmp_path / "run", cache=cache, reporter=QUIET, **OPTIONS)

    def test_what_is_interrupted_keeps_its_features(
        self, trained: Run, animals: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("classeur.models.kept_features._SEGMENT_NUM_BYTES", 16 * 1280 * 4)
        extract, computed = FeatureExtractor.extract, []

        def dies(self: FeatureExtractor, batches: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
            for features in extract(self, batches):
                if len(computed) == 1:
                    raise KeyboardInterrupt
                computed.append(len(features))
                yield features

        monkeypatch.setattr(FeatureExtractor, "extract", dies)
        with pytest.raises(KeyboardInterrupt):
            classeur.train(animals, out=tmp_path / "run", reporter=QUIET, **OPTIONS)
        assert not (tmp_path / "run").exists(), "nothing is there yet that could be resumed"

        def counts(self: FeatureExtractor, batches: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
            for features in extract(self, batches):
                computed.append(len(features))
                yield features

        monkeypatch.setattr(FeatureExtractor, "extract", counts)
        run = classeur.train(animals, out=tmp_path / "run", reporter=QUIET, **OPTIONS)
        kept = trained.read_table(trained.split_path)
        assert sum(computed) < len({row["hash"] for row in kept}) + 32, "the first 32 are not computed again"
        assert run.predictions_path.read_bytes() == trained.predictions_path.read_bytes()

    def test_a_run_that_was_killed_after_its_features_is_resumed(
        self, trained: Run, animals: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("classeur.workflows.transfer.learn_head", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            classeur.train(animals, out=tmp_path / "run", reporter=QUIET, **OPTIONS)
        monkeypatch.undo()
        with pytest.raises(UnfinishedRunError, match="is not finished; resume it with: classeur train --out"):
            classeur.evaluate(tmp_path / "run", reporter=QUIET)
        monkeypatch.setenv("CLASSEUR_CACHE", str(trained.path.parent / ".cache"))
        run = classeur.train(out=tmp_path / "run", resume=True, reporter=QUIET)
        assert run.predictions_path.read_bytes() == trained.predictions_path.read_bytes()

    def test_an_older_run_stays_where_its_successor_cannot_be_trained(
        self, trained: Run, animals: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run = Path(shutil.copytree(trained.path, tmp_path / "run"))
        before = sorted(path.name for path in run.iterdir())
        (tmp_path / "w.pth").write_bytes(bytes(18_826_032))
        monkeypatch.setenv("CLASSEUR_WEIGHTS", str(tmp_path / "w.pth"))
        with pytest.raises(classeur.ClasseurError):
            classeur.train(animals, out=run, overwrite=True, reporter=QUIET, **OPTIONS)
        monkeypatch.delenv("CLASSEUR_WEIGHTS")
        monkeypatch.setattr("classeur.workflows.features.memory_num_bytes", lambda: 10**5)
        with pytest.raises(StorageError):
            classeur.train(animals, out=run, overwrite=True, reporter=QUIET, **OPTIONS)
        assert sorted(path.name for path in run.iterdir()) == before

    def test_another_weight_file_does_not_resume(
        self, trained: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with Run.creating(tmp_path / "dead") as dead:
            facts = read_facts(trained).model_copy(
                update={"status": "training", "backbone": "efficientnet_lite0-00-v1"}
            )
            write_facts(dead, facts)
        with pytest.raises(RunError, match="begun with the features efficientnet_lite0-00-v1, and those .* are eff"):
            classeur.train(trained.data, out=dead.path, resume=True, reporter=QUIET)

    def test_features_that_do_not_fit_into_memory_are_refused(
        self, animals: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("classeur.workflows.features.memory_num_bytes", lambda: 10**5)
        with pytest.raises(
            StorageError, match=r"features of \d+ images takes about \d\.\d MB .* there is 100\.0 kB here; give"
        ):
            classeur.train(animals, out=tmp_path / "run", reporter=QUIET, **OPTIONS)

    def test_three_classes(self, animals: Path, tmp_path: Path) -> None:
        for source in sorted((animals / "train" / "cats").iterdir())[:8]:
            target = tmp_path / "data" / "others" / source.name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
        for name in ("cats", "dogs"):
            for source in sorted((animals / "train" / name).iterdir())[8:18]:
                target = tmp_path / "data" / name / source.name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(source.read_bytes())
        run = classeur.train(tmp_path / "data", out=tmp_path / "run", reporter=QUIET, **OPTIONS)
        assert load_model(run.model_path).output_shape == (None, 3)

    def test_there_are_no_epochs_to_go_on_with(self, trained: Run) -> None:
        with pytest.raises(RunError, match="has no epochs to go on with; train again with --overwrite"):
            classeur.train(out=trained.path, resume=True, reporter=QUIET)


@pytest.mark.parametrize(
    ("options", "flag"),
    [
        ({"epochs": 3}, "--epochs"), ({"dropout": 0.2}, "--dropout"), ({"augment": "flip"}, "--augment"),
        ({"epochs": 15}, "--epochs"), ({"flip": "none"}, "--flip"),
        ({"learning_rate": 0.1}, "--learning-rate"), ({"keep": "best"}, "--keep"),
    ],
)  # fmt: skip
def test_what_means_nothing_for_frozen_features_is_refused(options: dict[str, Any], flag: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"{flag} means nothing for efficientnet_lite0"):
        classeur.train(tmp_path, out=tmp_path / "run", reporter=QUIET, **{**OPTIONS, **options})


def test_weights_that_are_missing_are_said_before_anything_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLASSEUR_WEIGHTS", str(tmp_path / "gone"))
    monkeypatch.setattr("classeur.workflows.training.prepare", None)
    with pytest.raises(classeur.ClasseurError, match="CLASSEUR_WEIGHTS"):
        classeur.train(tmp_path, out=tmp_path / "run", reporter=QUIET, **OPTIONS)
    assert not (tmp_path / "run").exists()
