"""A cross-validation: one run a fold, every image judged once, one table; it goes on where it was interrupted."""

import json
import shutil
import signal
import statistics
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from photographs import draw_photograph

import classeur
from classeur.cli import _status
from classeur.cli.status import INTERRUPTED
from classeur.data.synthetic import paint_folder
from classeur.data.tables import read_table
from classeur.delivery.progress import Reporter
from classeur.errors import (
    DifferentImagesError,
    FoldsError,
    NotARunError,
    RunError,
    RunExistsError,
    UnfinishedRunError,
    UsageError,
)
from classeur.run import Run
from classeur.training.facts import read_facts, write_facts

MakeFolder = Callable[..., Path]
QUIET = Reporter()
OPTIONS: dict[str, Any] = {"model": "tutorial", "image_size": 8, "epochs": 1, "batch_size": 16}


@pytest.fixture(scope="module")
def folded(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Three folds of a transfer; its data lie beside it."""
    folder = tmp_path_factory.mktemp("folded")
    painted = paint_folder(folder / "painted", num_train=20, num_validation=2, seed=1, image_size=(64, 64))
    (painted.root / painted.broken).unlink(missing_ok=True)
    data = (painted.root / "train").rename(folder / "data")
    options = {"model": "efficientnet_lite0", "image_size": 64}
    return classeur.train(data, out=folder / "out", folds=3, cache=folder / ".cache", reporter=QUIET, **options)


@pytest.mark.keras
class TestFoldsOfATransfer:
    def test_every_image_is_judged_once_by_a_run_that_did_not_train_on_it(self, folded: Run) -> None:
        runs = [folded.fold(number) for number in (1, 2, 3)]
        rows = [run.read_table(run.split_path) for run in runs]
        judged = Counter(row["path"] for table in rows for row in table if row["split"] == "validation")
        recorded = {row["path"]: row["fold"] for row in folded.read_table(folded.fold_table_path)}
        assert set(judged.values()) == {1}
        assert judged.keys() == recorded.keys()
        for number, table in enumerate(rows, 1):
            assert {row["path"] for row in table if row["split"] == "validation"} == {
                path for path, fold in recorded.items() if fold == str(number)
            }
        assert all(read_facts(run).status == "finished" and run.model_path.is_file() for run in runs)

    def test_the_table_is_that_of_its_runs(self, folded: Run, capsys: pytest.CaptureFixture[str]) -> None:
        found = classeur.cross_validation(folded)
        accuracies = [read_facts(folded.fold(number)).validation for number in (1, 2, 3)]
        values = [each.value for each in accuracies if each]
        assert [fold.accuracy.value for fold in found.folds] == values
        assert (found.mean, found.spread) == (statistics.fmean(values), statistics.stdev(values))
        pooled = classeur.evaluate(folded.path, reporter=QUIET)
        assert found.pooled == pooled
        assert pooled.num_images == sum(fold.num_images for fold in found.folds)
        assert pooled.num_correct == round(sum(fold.accuracy.value * fold.num_images for fold in found.folds))
        assert pooled.accuracy.low < pooled.accuracy.value <= pooled.accuracy.high
        assert _status(["evaluate", str(folded.path)], debug=True) == 0
        table = capsys.readouterr().out
        assert f"mean of 3 folds: {found.mean:.1%}, standard deviation {100 * found.spread:.1f} points" in table
        for number, fold in enumerate(found.folds, 1):
            assert f"fold{number}" in table
            assert f"{fold.accuracy.low:.1%} … {fold.accuracy.high:.1%}" in table
        assert _status(["evaluate", str(folded.path), "--json"], debug=True) == 0
        values_of = json.loads(capsys.readouterr().out)
        assert (values_of["mean"], values_of["pooled"]["num_images"]) == (found.mean, pooled.num_images)

    def test_what_needs_one_run_says_so(self, folded: Run, tmp_path: Path) -> None:
        for verb in (lambda: classeur.predict(folded.path, [tmp_path]), lambda: classeur.export(folded.path)):
            with pytest.raises(FoldsError, match=r"give one of them, such as .*fold1, or train one on all"):
                verb()
        with pytest.raises(UsageError, match=r"of which only validation is judged; give one, such as .*fold1$"):
            classeur.evaluate(folded.path, split="test", reporter=QUIET)
        assert classeur.evaluate(folded.fold(2).path, reporter=QUIET).num_images
        with pytest.raises(NotARunError):
            classeur.cross_validation(tmp_path)

    def test_two_are_compared_on_all_images(self, folded: Run, tmp_path: Path) -> None:
        again = classeur.train(
            folded.data, out=tmp_path / "again", folds=2, cache=folded.path.parent / ".cache", reporter=QUIET, seed=4,
            model="efficientnet_lite0", image_size=64,
        )  # fmt: skip
        comparison = classeur.compare([folded.path, again.path], reporter=QUIET)
        num_images = len(folded.read_table(folded.fold_table_path))
        assert [each.num_images for each in comparison.scores] == [num_images] * 2
        assert [pair.difference.n for pair in comparison.pairs] == [num_images], "also a copy of another"
        assert comparison.settings["seed"] == (0, 4)
        with pytest.raises(DifferentImagesError, match="different validation images"):
            classeur.compare([folded.path, again.fold(1).path], reporter=QUIET)

    def test_a_fold_that_is_missing_is_trained_when_it_goes_on(self, folded: Run, tmp_path: Path) -> None:
        out = Path(shutil.copytree(folded.path, tmp_path / "out"))
        run = Run(out)
        kept = {number: run.fold(number).model_path.stat().st_mtime_ns for number in (1, 3)}
        second = run.fold(2)
        for path in sorted(second.path.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        (second.path / "split.csv").write_text("half", encoding="utf-8")  # killed before run.json
        found = classeur.cross_validation(out)
        assert (len(found.folds), found.is_finished, found.pooled) == (2, False, None)
        with pytest.raises(
            UnfinishedRunError, match="2 of 3 folds of .* are finished; go on with: classeur train --out"
        ):
            classeur.evaluate(out, reporter=QUIET)
        facts = read_facts(run.fold(3))
        write_facts(run.fold(3), facts.model_copy(update={"status": "training"}))
        classeur.train(out=out, resume=True, cache=folded.path.parent / ".cache", reporter=QUIET)
        assert classeur.cross_validation(out) == classeur.cross_validation(folded)
        assert run.fold(1).model_path.stat().st_mtime_ns == kept[1]
        assert run.fold(3).model_path.stat().st_mtime_ns != kept[3]
        with pytest.raises(UsageError, match="cannot change the options"):
            classeur.train(out=out, resume=True, seed=3, reporter=QUIET)
        with pytest.raises(UsageError, match="cannot change the 3 folds of .* to 4"):
            classeur.train(out=out, resume=True, folds=4, reporter=QUIET)
        with pytest.raises(RunExistsError, match="--resume, replace it with --overwrite"):
            classeur.train(folded.data, out=out, folds=3, reporter=QUIET)


@pytest.mark.keras
class TestFoldsOfEpochs:
    @pytest.fixture
    def pets(self, image_folder: MakeFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.chdir(tmp_path)
        return image_folder({"cats": 12, "dogs": 10}, name="pets", size=(9, 8))

    def test_a_file_of_folds_is_carried_out_as_it_says(self, pets: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert _status(["split", str(pets), "--folds", "2", "--to", "folds.csv"], debug=True) == 0
        shown = capsys.readouterr().out
        assert "next: classeur train folds.csv --folds 2" in shown
        table = read_table(Path("folds.csv"))
        assert Counter(table.folds) == {"1": 11, "2": 11}
        assert set(table.splits) == {""}
        words = [f"--{name.replace('_', '-')}={value}" for name, value in OPTIONS.items()]
        assert _status(["train", "folds.csv", "--folds", "2", "--out", "out", *words], debug=True) == 0
        assert "mean of 2 folds" in capsys.readouterr().out
        judged = {
            row["path"]: str(number)
            for number in (1, 2)
            for row in Run(Path("out")).fold(number).read_table(Run(Path("out")).fold(number).split_path)
            if row["split"] == "validation"
        }
        assert judged == dict(zip(table.paths, table.folds, strict=True))
        made = classeur.split(pets, to="again.csv", folds=2, reporter=QUIET)
        facts = json.loads(Path("out/folds.json").read_text(encoding="utf-8"))
        assert made.fingerprint == facts["data_fingerprint"]
        assert (made.num_folds, made.counts["fold 1"]) == (2, {"cats": 6, "dogs": 5})
        # Without --folds it is an ordinary folder.
        run = classeur.train("folds.csv", out="one", reporter=QUIET, **OPTIONS)
        assert read_facts(run).counts["validation"] == 4

    def test_folds_stay_as_data_grow(self, pets: Path, image_folder: MakeFolder) -> None:
        classeur.split(pets, to="folds.csv", folds=2, reporter=QUIET)
        table = read_table(Path("folds.csv"))
        before = dict(zip(table.paths, table.folds, strict=True))
        for path in image_folder({"cats": 6, "dogs": 6}, name="more", size=(9, 8), seed=5).rglob("*.*g"):
            path.rename(pets / path.parent.name / f"new{path.name}")
        pairs = [Path(next(path for path, fold in before.items() if fold == number)) for number in "12"]
        for path, number in zip(pairs, "12", strict=True):
            path.rename(path.with_name(f"q7_{number}{path.suffix}"))
        draw_photograph(3).save(pets / "cats" / "q7_new.png")
        Path(table.paths[-1]).unlink()
        made = classeur.split(pets, to="folds.csv", keep="folds.csv", folds=2, group_by=r"(q\d)_", reporter=QUIET)
        table = read_table(Path("folds.csv"))
        after = dict(zip(table.paths, table.folds, strict=True))
        assert made.set_aside == {"cats/q7_new.png": ("fold 1", "fold 2")}
        assert len(made.lost) == 1
        assert "pets/cats/q7_new.png" not in after
        stayed = before.keys() & after.keys()
        assert len(stayed) == 19
        assert all(before[path] == after[path] for path in stayed)
        assert set(after.values()) == {"1", "2"}
        with pytest.raises(UsageError, match="has a fold 2, and 1 are asked for|folds 1 are not possible"):
            classeur.split(pets, to="folds.csv", keep="folds.csv", folds=1, group_by=r"(q\d)_", reporter=QUIET)
        with pytest.raises(UsageError, match="has folds, no split; keep it with --folds K"):
            classeur.split(pets, to="x.csv", keep="folds.csv", reporter=QUIET)

    def test_interrupted_it_goes_on_to_the_same_results(self, pets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        options = {**OPTIONS, "epochs": 3}

        class Impatient(Reporter):
            """Presses Ctrl-C after the fourth epoch, which is the first of the second fold."""

            num_epochs = 0

            def epoch(self, history: Any, num_epochs: int) -> None:
                self.num_epochs += 1
                if self.num_epochs == 4:
                    signal.raise_signal(signal.SIGINT)

        whole = classeur.train(pets, out="whole", folds=3, reporter=QUIET, **options)
        out = classeur.train(pets, out="out", folds=3, reporter=Impatient(), **options)
        assert [read_facts(out.fold(number)).status for number in (1, 2)] == ["finished", "stopped"]
        assert not out.fold(3).path.exists()
        assert len(classeur.cross_validation(out).folds) == 1
        again = ["train", "--out", "out", "--resume"]
        monkeypatch.setattr("classeur.workflows.folds._train_fold", lambda *_, **__: True)
        assert _status(again, debug=True) == INTERRUPTED
        monkeypatch.undo()
        monkeypatch.chdir(pets.parent)
        assert _status(again, debug=True) == 0
        assert classeur.cross_validation(out) == classeur.cross_validation(whole)

    def test_it_goes_on_only_with_the_same_images(self, pets: Path) -> None:
        out = classeur.train(pets, out="out", folds=2, reporter=QUIET, **OPTIONS)
        facts = read_facts(out.fold(2))
        write_facts(out.fold(2), facts.model_copy(update={"status": "training"}))
        (pets / "cats" / "00.jpg").rename(pets / "cats" / "0.jpg")
        with pytest.raises(
            RunError, match="the images in pets have changed since out was begun: cats/0.jpg, cats/00.jpg"
        ):
            classeur.train("pets", out="out", resume=True, reporter=QUIET)

    def test_what_means_nothing_is_refused(self, pets: Path) -> None:
        for options in ({"from_run": "x"}, {"keep_split": "x.csv"}):
            with pytest.raises(UsageError, match="--folds cannot be combined with --from or --keep-split"):
                classeur.train(pets, out="out", folds=2, reporter=QUIET, **OPTIONS, **options)
        with pytest.raises(UsageError, match="--drop-leaks cannot be combined with --folds"):
            classeur.train(pets, out="out", folds=2, drop_leaks=True, reporter=QUIET, **OPTIONS)
        with pytest.raises(UsageError, match="--folds cannot be combined with --shares"):
            classeur.split(pets, folds=2, shares="80/20", reporter=QUIET)
        with pytest.raises(UsageError, match="23 folds are too many"):
            classeur.train(pets, out="out", folds=23, reporter=QUIET, **OPTIONS)
        assert not Path("out").exists()
