"""evaluate, predict and compare, on one small run."""

import io
import json
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from listening import Listener
from other_images import exchange_image
from PIL import Image

import classeur
from classeur.delivery.progress import ConsoleReporter, Reporter
from classeur.errors import (
    BrokenRunError,
    DifferentImagesError,
    NoPictureError,
    RunError,
    StorageError,
    UnfinishedRunError,
    UsageError,
)
from classeur.evaluation.classifier import Classifier
from classeur.evaluation.ledger import count_look, default_ledger
from classeur.evaluation.logits import SplitLogits, read_logits, write_logits
from classeur.evaluation.prediction import Prediction
from classeur.evaluation.scoring import Evaluation, score
from classeur.models.onnx_session import Answers
from classeur.models.saved import load_model
from classeur.run import Run
from classeur.training.facts import read_facts, write_facts
from classeur.workflows.judged import rows_of
from classeur.workflows.prediction import expand
from classeur.workflows.sorting import sorted_into

QUIET = Reporter()


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode())


def test_folders_patterns_and_files_keep_their_order(tmp_path: Path) -> None:
    touch(
        tmp_path,
        "a/2.jpg",
        "a/1.PNG",
        "a/b/3.webp",
        "a/notes.txt",
        "a/.hidden.jpg",
        "a/.git/4.jpg",
        "x[1].jpg",
        "y.jpg",
    )

    def expanded(*paths: str) -> list[str]:
        return [path.relative_to(tmp_path).as_posix() for path in expand([tmp_path / path for path in paths])]

    assert expanded("y.jpg", "a", "gone.jpg") == ["y.jpg", "a/1.PNG", "a/2.jpg", "a/b/3.webp", "gone.jpg"]
    assert expanded("*.jpg") == ["x[1].jpg", "y.jpg"]
    assert expanded("a/*.jpg") == ["a/2.jpg"]
    assert expanded("**/*.webp") == ["a/b/3.webp"]
    assert expanded("a*") == ["a/1.PNG", "a/2.jpg", "a/b/3.webp"]
    assert expanded("x[1].jpg") == ["x[1].jpg"], "a file whose name has brackets is a file"
    assert expanded("a/notes.txt") == ["a/notes.txt"], "named, so judged"
    assert expanded("y.jpg", "y.jpg") == ["y.jpg"] * 2
    with pytest.raises(NoPictureError, match=r"\*\.tif"):
        expanded("*.tif")


@pytest.fixture
def sort_files(tmp_path: Path):  # type: ignore[no-untyped-def]
    """A function that sorts files by made-up predictions, and returns what lies in the folder."""

    def sort(
        answers: dict[str, str], folder: Path = tmp_path / "sorted", *, class_names: Sequence[str] = ()
    ) -> dict[str, bytes]:
        predictions = [
            Prediction(path=(tmp_path / path).as_posix(), status="ok" if name else "unusable", predicted=name)
            for path, name in answers.items()
        ]
        names = class_names or sorted({name for name in answers.values() if name})
        assert list(sorted_into(folder, iter(predictions), QUIET, class_names=names)) == predictions
        return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("[!.]*") if p.is_file()}

    return sort


def test_classes_that_share_a_name_with_a_status_are_told_with_their_folders(tmp_path: Path) -> None:
    touch(tmp_path, "1.jpg", "2.jpg", "3.jpg")
    listener = Listener()
    given = [("1.jpg", "ok", "unsure"), ("2.jpg", "unsure", ""), ("3.jpg", "ok", "dogs")]
    predictions = [
        Prediction(path=(tmp_path / path).as_posix(), status=status, predicted=predicted)
        for path, status, predicted in given
    ]
    names = ("dogs", "none of these", "unsure")
    list(sorted_into(tmp_path / "sorted", iter(predictions), listener, class_names=names))
    assert listener.said == [
        f"sorted into {tmp_path / 'sorted'}: 1 in dogs, 1 in unsure, 1 in unsure-2; class unsure is in unsure-2"
    ]


def test_equal_names_are_numbered_and_equal_files_kept_once(tmp_path: Path, sort_files) -> None:  # type: ignore[no-untyped-def]
    touch(tmp_path, "a/1.jpg", "b/1.jpg", "c/1.jpg", "bad.jpg")
    (tmp_path / "c" / "1.jpg").write_bytes(b"a/1.jpg")
    answers = {"a/1.jpg": "cats", "b/1.jpg": "cats", "c/1.jpg": "cats", "bad.jpg": "", "gone.jpg": ""}
    expected = {"cats/1.jpg": b"a/1.jpg", "cats/1-2.jpg": b"b/1.jpg", "unusable/bad.jpg": b"bad.jpg"}
    assert sort_files(answers) == expected
    assert sort_files(answers) == expected, "sorting again adds nothing"
    assert all((tmp_path / path).exists() for path in ("a/1.jpg", "b/1.jpg")), "copied, not moved"


def test_what_lies_in_the_folder_stays(tmp_path: Path, sort_files) -> None:  # type: ignore[no-untyped-def]
    touch(tmp_path, "1.jpg", "sorted/cats/mine.txt")
    (tmp_path / "sorted" / "cats" / "1.jpg").write_bytes(b"another")
    assert sort_files({"1.jpg": "cats"}) == {
        "cats/mine.txt": b"sorted/cats/mine.txt", "cats/1.jpg": b"another", "cats/1-2.jpg": b"1.jpg",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("label", "folder"), [("a/b", "a_b"), ("..", "_"), ("a\\b", "a_b"), (" .x. ", "x"), ("猫", "猫")]
)
def test_a_label_never_leaves_the_folder(tmp_path: Path, sort_files, label: str, folder: str) -> None:  # type: ignore[no-untyped-def]
    touch(tmp_path, "1.jpg")
    assert sort_files({"1.jpg": label}) == {f"{folder}/1.jpg": b"1.jpg"}


def test_each_class_has_a_folder_of_its_own(tmp_path: Path, sort_files) -> None:  # type: ignore[no-untyped-def]
    names = ["unusable", "a/b", "a_b", "Cats", "cats", "x" * 300, "x" * 301, "猫" * 100, "nul\0", "\ud800", "d\udcf4g"]
    touch(tmp_path, *(f"{number}.jpg" for number in range(len(names))), "bad.jpg")
    answers = {f"{number}.jpg": name for number, name in enumerate(names)}
    found = sort_files({**answers, "bad.jpg": ""}, class_names=names)
    folders = {Path(path).name: Path(path).parent.name for path in found}
    assert folders["bad.jpg"] == "unusable"
    assert len({name.casefold() for name in folders.values()}) == len(names) + 1
    assert (folders["1.jpg"], folders["2.jpg"]) == ("a_b-2", "a_b")
    assert (folders["5.jpg"], folders["6.jpg"], folders["7.jpg"]) == ("x" * 255, "x" * 253 + "-2", "猫" * 85)
    (one,) = {sort_files({"2.jpg": "a_b"}, tmp_path / "again", class_names=names).popitem()[0]}
    assert one == "a_b/2.jpg", "whichever comes first"


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path, sort_files) -> None:  # type: ignore[no-untyped-def]
    touch(tmp_path, "1.jpg", "sorted")
    with pytest.raises(StorageError, match="cannot be written"):
        sort_files({"1.jpg": "cats"})


@pytest.mark.keras
class TestOnARun:
    def test_logits_give_every_recorded_number_again(self, run: Run) -> None:
        """The examples of docs/evaluate.md run, too."""
        for split in ("train", "validation", "test"):
            classeur.evaluate(run, split=split, reporter=QUIET)
        recorded, kept = run.read(run.evaluation_path, Evaluation), read_logits(run.logits_path)
        assert list(kept) == ["train", "validation", "test"]
        for split, judged in kept.items():
            rows = [row for row in run.read_table(run.split_path) if row["split"] == split]
            assert list(judged.hashes) == [row["hash"] for row in rows]
            again = score(judged.logits, judged.labels, class_names=recorded.class_names)
            more = {"by_group", "slices", "num_looks", "judged", "logits"}
            assert recorded.splits[split].model_dump(exclude=more) == again.model_dump(exclude=more)
            assert again.loss.value > 0
        page = (Path(__file__).parents[2] / "docs" / "evaluate.md").read_text(encoding="utf-8")
        for example in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
            exec(example.replace("runs/first", str(run.path)), {})

    def test_each_split_is_scored_with_all_of_its_images(self, run: Run) -> None:
        before = run.read(run.evaluation_path, Evaluation)
        for split, count in (("train", 24), ("validation", 14), ("test", 10)):
            result = classeur.evaluate(run, split=split, reporter=QUIET)
            assert result.num_images == sum(map(sum, result.confusion)) == count
            rows = [row for row in run.read_table(run.predictions_path) if row["split"] == split]
            assert len(rows) == count
            assert sum(row["label"] == row["predicted"] for row in rows) == result.num_correct
            shares = np.array([[float(row["p(cats)"]), float(row["p(dogs)"])] for row in rows])
            labels = np.array([("cats", "dogs").index(row["label"]) for row in rows])
            found = score(np.log(shares), labels, class_names=("cats", "dogs"))
            assert found.loss.value == pytest.approx(result.loss.value, abs=1e-5)
        after = run.read(run.evaluation_path, Evaluation)
        assert after.splits["validation"] == before.splits["validation"]
        assert len(run.read_table(run.predictions_path)) == 48

    def test_what_this_model_has_judged_is_not_judged_again(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        first = classeur.evaluate(run, split="test", reporter=QUIET)
        asked: list[str] = []
        real = Classifier.judge_answers

        def judge(self: Classifier, *arguments: Any, **options: Any) -> Answers:
            asked.append("judged")
            return real(self, *arguments, **options)

        monkeypatch.setattr(Classifier, "judge_answers", judge)
        assert classeur.evaluate(run, split="test", reporter=QUIET) == first
        assert asked == []
        rows = run.read_table(run.split_path)
        swap = {"cats": "dogs", "dogs": "cats"}
        run.write_table(
            run.split_path, tuple(rows[0]), [[*{**row, "label": swap[row["label"]]}.values()] for row in rows]
        )
        assert classeur.evaluate(run, split="test", reporter=QUIET).num_correct == 10 - first.num_correct
        assert asked == ["judged"], "other labels are another question"
        run.model_path.write_bytes(run.model_path.read_bytes())  # the same bytes are the same model
        classeur.evaluate(run, split="test", reporter=QUIET)
        assert asked == ["judged"]
        model = load_model(run.model_path)
        model.set_weights([0.5 * each for each in model.get_weights()])
        model.save(run.model_path)
        classeur.evaluate(run, split="test", reporter=QUIET)
        assert asked == ["judged", "judged"], "another model judges anew"

    def test_a_score_that_does_not_tell_its_logits_is_judged_again(
        self, run: Run, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Logits that were exchanged within a class would give the same score, and another comparison."""
        first = run.read(run.evaluation_path, Evaluation)
        of_before = {name: each.model_copy(update={"logits": ""}) for name, each in first.splits.items()}
        run.write(run.evaluation_path, first.model_copy(update={"splits": of_before}))
        kept = read_logits(run.logits_path)
        (row, other) = np.flatnonzero(kept["validation"].labels == 0)[:2]
        exchanged = kept["validation"].logits.copy()
        exchanged[[row, other]] = exchanged[[other, row]]
        write_logits(run.logits_path, {**kept, "validation": kept["validation"]._replace(logits=exchanged)})
        for call in (
            lambda: classeur.compare([run, run], reporter=QUIET),
            lambda: classeur.report(run, reporter=QUIET, overwrite=True),
            lambda: list(classeur.predict(run, [run.data / "validation"], max_error=0.4, reporter=QUIET)),
        ):
            with pytest.raises(BrokenRunError, match="not which logits it is of, .* run: classeur evaluate"):
                call()
        again = classeur.evaluate(run, reporter=ConsoleReporter())
        assert again.confusion == first.splits["validation"].confusion
        assert "as a version before wrote it; the images are judged again" in capsys.readouterr().err
        assert read_logits(run.logits_path)["validation"].logits == pytest.approx(kept["validation"].logits, abs=1e-4)
        assert run.read(run.evaluation_path, Evaluation).splits["validation"] == again
        assert classeur.compare([run, run], reporter=QUIET)

    def test_whatever_shows_a_score_shows_what_its_logits_say(self, run: Run) -> None:
        """A version before may have recorded other intervals, or losses that were not cross-fitted."""
        first = classeur.evaluate(run, reporter=QUIET)
        evaluation = run.read(run.evaluation_path, Evaluation)
        otherwise = first.model_copy(update={"loss": first.loss.model_copy(update={"value": 9.0, "low": 8.0})})
        run.write(run.evaluation_path, evaluation.with_score("validation", otherwise))
        assert classeur.compare([run, run], reporter=QUIET).scores[0] == first
        page = classeur.report(run, reporter=QUIET, overwrite=True).runs[0]
        assert page.evaluation.splits["validation"] == first
        assert page.evaluation.splits["train"] == evaluation.splits["train"]
        assert classeur.evaluate(run, reporter=QUIET) == first
        assert run.read(run.evaluation_path, Evaluation) == evaluation

    def test_a_known_score_tells_of_the_looks_since(self, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
        assert classeur.evaluate(run, split="test", reporter=QUIET).num_looks == 1
        count_look([row["hash"] for row in rows_of(run, "test")], model="another", ledger=default_ledger())
        assert classeur.evaluate(run, split="test", reporter=ConsoleReporter()).num_looks == 2
        assert "2 models have been evaluated on these test images" in capsys.readouterr().err
        assert run.read(run.evaluation_path, Evaluation).splits["test"].num_looks == 2

    @pytest.mark.parametrize("is_damaged", [True, False])
    def test_kept_logits_that_are_not_of_the_run_stop_before_anything_is_done(
        self, run: Run, *, is_damaged: bool
    ) -> None:
        kept = read_logits(run.logits_path)
        kept["train"] = SplitLogits(np.zeros((1, 5)), np.zeros(1, np.int64), ("a" * 32,))
        write_logits(run.logits_path, kept)
        if is_damaged:
            run.logits_path.write_bytes(b"damaged")
        before = {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()}
        for _ in range(2):
            with pytest.raises(BrokenRunError, match=r"remove that file and evaluate each split again"):
                classeur.evaluate(run, split="test", reporter=QUIET)
        assert {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()} == before
        hashes = [row["hash"] for row in rows_of(run, "test")]
        assert count_look(hashes, model="another", ledger=default_ledger()) == 1, "no look is spent"
        run.logits_path.unlink()
        for split in ("test", "validation", "train"):
            classeur.evaluate(run, split=split, reporter=QUIET)
        assert set(read_logits(run.logits_path)) == {"train", "validation", "test"}

    def test_a_run_goes_on_with_other_predictions_of_no_older_model(self, run: Run) -> None:
        classeur.evaluate(run, split="test", reporter=QUIET)
        classeur.train(out=run.path, resume=True, epochs=3, reporter=QUIET)
        assert {row["split"] for row in run.read_table(run.predictions_path)} == {"train", "validation"}
        assert set(run.read(run.evaluation_path, Evaluation).splits) == {"train", "validation"}

    def test_other_data_are_judged_by_name_and_change_nothing(self, run: Run, data: Path) -> None:
        own = classeur.evaluate(run, split="test", reporter=QUIET)
        files = {path: path.read_bytes() for path in run.path.iterdir() if path.is_file()}
        flat = classeur.evaluate(run, data=data / "test", reporter=QUIET)
        assert own.confusion == flat.confusion
        assert own.num_images == 10
        (data / "test" / "cats").rename(data / "test" / "x")
        (data / "test" / "dogs").rename(data / "test" / "cats")
        (data / "test" / "x").rename(data / "test" / "dogs")
        swapped = classeur.evaluate(run, data=data / "test", reporter=QUIET)
        assert swapped.confusion == own.confusion[::-1]
        assert {path: path.read_bytes() for path in run.path.iterdir() if path.is_file()} == files

    def test_other_data_are_grouped_as_the_run_was(self, run: Run, data: Path) -> None:
        alone = classeur.evaluate(run, data=data / "test", reporter=QUIET)
        facts = read_facts(run)
        split = facts.recipe.split.model_copy(update={"group_by": r"(\d\d)\.png"})
        write_facts(run, facts.model_copy(update={"recipe": facts.recipe.model_copy(update={"split": split})}))
        found = classeur.evaluate(run, data=data / "test", reporter=QUIET)
        assert (alone.accuracy.method, alone.by_group) == ("Wilson", {})
        assert found.accuracy.method == "Wilson, of 5 groups"
        assert sorted(found.by_group) == ["00", "01", "02", "03", "04"]

    def test_other_classes_are_refused(self, run: Run, data: Path) -> None:
        (data / "test" / "dogs").rename(data / "test" / "wolves")
        with pytest.raises(RunError, match=r"does not have: wolves; its classes are cats, dogs; not in .*: dogs"):
            classeur.evaluate(run, data=data / "test", reporter=QUIET)

    def test_splits_that_are_not_there(self, run: Run, image_folder) -> None:  # type: ignore[no-untyped-def]
        with pytest.raises(UsageError, match="did you mean 'validation'"):
            classeur.evaluate(run, split="validaton", reporter=QUIET)
        rows = [row for row in run.read_table(run.split_path) if row["split"] != "test"]
        run.write_table(run.split_path, tuple(rows[0]), [[*row.values()] for row in rows])
        with pytest.raises(RunError, match="has no test images"):
            classeur.evaluate(run, split="test", reporter=QUIET)

    def test_images_that_are_gone_are_named(self, run: Run, data: Path) -> None:
        run.write_data(data)
        run.predictions_path.unlink()
        (data / "validation" / "cats" / "03.png").unlink()
        with pytest.raises(RunError, match=r"1 of 14 images .* such as validation/cats/03\.png"):
            classeur.evaluate(run, reporter=QUIET)

    def test_pixels_that_are_kept_need_no_data(self, run: Run, data: Path) -> None:
        run.write_data(data)
        first = classeur.evaluate(run, reporter=QUIET)
        for path in (data / "validation").rglob("*.png"):
            path.unlink()
        assert classeur.evaluate(run, reporter=QUIET).confusion == first.confusion

    def test_a_training_that_has_not_ended_is_not_judged(self, run: Run, data: Path) -> None:
        write_facts(run, read_facts(run).model_copy(update={"status": "training"}))
        for call in (
            lambda: classeur.evaluate(run, reporter=QUIET),
            lambda: list(classeur.predict(run, [data])),
            lambda: classeur.compare([run, run], reporter=QUIET),
        ):
            with pytest.raises(UnfinishedRunError, match="--resume"):
                call()

    def test_predictions_of_files_are_those_of_the_evaluation(self, run: Run) -> None:
        stored = {row["path"]: row for row in run.read_table(run.predictions_path)}
        predictions = list(classeur.predict(run, [run.data / "validation"]))
        assert len(predictions) == 14
        for each in predictions:
            row = stored[Path(each.path).relative_to(run.data).as_posix()]
            assert row["predicted"] == each.predicted
            assert float(row["p(dogs)"]) == pytest.approx(each.probabilities["dogs"], abs=2e-6)

    def test_predicting_opens_a_broken_model_before_it_sorts(self, run: Run, data: Path, tmp_path: Path) -> None:
        run.model_path.write_bytes(run.model_path.read_bytes()[:-100])
        with pytest.raises(BrokenRunError):
            list(classeur.predict(run, [data], sort_into=tmp_path / "sorted"))
        assert not (tmp_path / "sorted").exists()

    def test_no_picture_to_classify_is_said(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "empty").mkdir()
        (tmp_path / "empty" / "notes.txt").touch()
        for paths in ([], [tmp_path / "empty"]):
            with pytest.raises(NoPictureError, match="no image to classify"):
                classeur.predict(run, paths)

    def test_one_picture_is_not_a_list_of_letters(self, run: Run, data: Path) -> None:
        path = data / "test" / "cats" / "00.png"
        for picture in (str(path), path, path.read_bytes(), Image.open(path), np.asarray(Image.open(path))):
            (prediction,) = classeur.predict(run, picture)
            assert prediction == classeur.load(run)(picture)
            assert prediction.probabilities == next(classeur.predict(run, [path])).probabilities
        with pytest.raises(UsageError, match="not 1"):
            classeur.compare(str(run.path), reporter=QUIET)  # type: ignore[arg-type]
        for nothing in (3, None, {"a": path}, [3], np.zeros((4, 4, 3))):
            with pytest.raises(UsageError, match="is not an image"):
                list(classeur.predict(run, nothing))  # type: ignore[arg-type]

    def test_a_generator_is_not_consumed_before_the_first_answer(self, run: Run, data: Path) -> None:
        path, taken = data / "test" / "cats" / "00.png", 0

        def endless() -> Iterator[Path]:
            nonlocal taken
            while True:
                taken += 1
                yield path

        answers = classeur.predict(run, endless())
        assert next(answers).status == "ok"
        assert taken < 1000
        answers.close()  # type: ignore[attr-defined]

    def test_a_model_is_loaded_once(self, run: Run, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        run.onnx_path.unlink()
        loaded: list[Path] = []
        real = load_model

        def load(path: Path) -> Any:
            loaded.append(path)
            return real(path)

        monkeypatch.setattr("classeur.workflows.classifiers.load_model", load)
        for _ in range(2):
            list(classeur.predict(run, data / "test" / "cats" / "00.png"))
        assert len(loaded) == 1

    def test_what_a_folder_leaves_out_is_said(self, run: Run, data: Path) -> None:
        folder = data / "test" / "cats"
        (folder / "notes.txt").touch()
        (folder / ".hidden.png").touch()
        said = io.StringIO()
        assert len(list(classeur.predict(run, folder, reporter=ConsoleReporter(said)))) == 5
        assert said.getvalue().endswith("left out 2 files: 1 hidden, 1 no image file's ending\n")

    def test_data_that_moved_are_known_by_their_images(self, run: Run, data: Path) -> None:
        """Every image of the run is there, whatever the folders: only the split that is asked for is judged."""
        expected = classeur.evaluate(run, split="validation", reporter=QUIET)
        moved = data.parent / "moved"
        for index, path in enumerate(sorted(data.rglob("*.png"))):
            (moved / path.parent.name).mkdir(parents=True, exist_ok=True)
            path.rename(moved / path.parent.name / f"{index}.png")
        said = io.StringIO()
        assert classeur.evaluate(run, data=moved, reporter=ConsoleReporter(said)) == expected
        assert run.data == moved.resolve()
        assert f"it now records {moved} as their place" in said.getvalue().replace("\n", " ")

    def test_data_with_other_labels_or_more_images_are_not_the_runs_own(self, run: Run, data: Path) -> None:
        """By its content alone a folder whose labels are swapped would be judged by the old labels."""
        own = classeur.evaluate(run, split="test", reporter=QUIET)
        before = run.local_path.read_bytes()
        for split in ("train", "validation", "test"):
            (data / split / "cats").rename(data / split / "x")
            (data / split / "dogs").rename(data / split / "cats")
            (data / split / "x").rename(data / split / "dogs")
        swapped = classeur.evaluate(run, split="test", data=data, reporter=QUIET)
        assert swapped.confusion == own.confusion[::-1]
        assert run.local_path.read_bytes() == before
        Image.new("RGB", (9, 9)).save(data / "test" / "cats" / "new.png")
        assert classeur.evaluate(run, split="test", data=data, reporter=QUIET).num_images == 11

    def test_an_empty_path_and_an_open_file_are_refused(self, run: Run, data: Path) -> None:
        with pytest.raises(NoPictureError, match="an empty path"):
            list(classeur.predict(run, ""))
        with (data / "test" / "cats" / "00.png").open("rb") as file:
            for ask in (lambda: list(classeur.predict(run, file)), lambda: list(classeur.load(run)(file))):
                with pytest.raises(UsageError, match="is no picture|is not an image"):
                    ask()

    def test_a_folder_is_read_as_inspect_reads_it(self, run: Run, data: Path, tmp_path: Path) -> None:
        """What classeur made is no picture to classify, and links to folders are followed."""
        photos = tmp_path / "photos"
        shutil.copytree(data / "test" / "cats", photos / "cats")
        shutil.copytree(run.path, photos / "run")
        (photos / "linked").symlink_to(data / "test" / "dogs")
        for _ in range(2):
            names = [each.path for each in classeur.predict(run, photos, sort_into=photos / "sorted", reporter=QUIET)]
            assert len(names) == 10
            assert not any("curves" in name or "sorted" in name for name in names)

    def test_what_was_trained_on_does_not_count_elsewhere(self, run: Run, data: Path) -> None:
        shutil.rmtree(data / "validation")
        for path in (data / "train").rglob("*.png"):
            target = data / "test" / path.parent.name / f"t{path.name}"
            path.rename(target)
        said = io.StringIO()
        mixed = classeur.evaluate(run, data=data / "test", reporter=ConsoleReporter(said))
        assert mixed.confusion == classeur.evaluate(run, split="test", reporter=QUIET).confusion
        assert mixed.leaked is not None
        assert (mixed.leaked.num_leaks, mixed.leaked.with_them.n, mixed.num_images) == (24, 34, 10)
        for path in (data / "test").rglob("t*.png"):
            path.write_bytes(path.read_bytes() + b"0")
        assert classeur.evaluate(run, data=data / "test", reporter=QUIET).confusion == mixed.confusion, "in other bytes"
        for path in (data / "test").rglob("[0-9]*.png"):
            path.unlink()
        with pytest.raises(RunError, match="trained on all of 24 images"):
            classeur.evaluate(run, data=data / "test", reporter=QUIET)

    @pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root writes everywhere")
    def test_a_run_that_cannot_be_written_is_judged_all_the_same(self, run: Run) -> None:
        run.path.chmod(0o500)
        try:
            assert classeur.evaluate(run, split="test", reporter=QUIET).num_images == 10
        finally:
            run.path.chmod(0o700)

    def test_a_score_that_cannot_be_kept_is_returned(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object) -> None:
            raise StorageError("the disk is full")

        monkeypatch.setattr(Run, "write", refuse)
        said = io.StringIO()
        assert classeur.evaluate(run, split="test", reporter=ConsoleReporter(said)).num_images == 10
        assert "the score is not saved: the disk is full" in said.getvalue()

    def test_a_run_beside_itself_does_not_differ(self, run: Run, tmp_path: Path) -> None:
        result = classeur.compare([run, run.path, str(run.path)], reporter=QUIET)
        assert [pair.difference.value for pair in result.pairs] == [0, 0]
        assert [pair.p_value for pair in result.pairs] == [1, 1]
        assert not list(tmp_path.glob("*.png")), "no picture is drawn where none is asked for"
        with pytest.raises(UsageError, match="not 1"):
            classeur.compare([run], reporter=QUIET)

    def test_runs_of_other_images_are_refused(self, run: Run, tmp_path: Path) -> None:
        other = Run.open(shutil.copytree(run.path, tmp_path / "other"))
        path = exchange_image(other)
        with pytest.raises(DifferentImagesError, match=re.escape(f"({path}) only in {run.path}, 1 of ")):
            classeur.compare([run, other], reporter=QUIET)

    def test_the_most_confident_errors_are_drawn_or_no_picture_is(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shown: list[tuple[list[str], str]] = []
        monkeypatch.setattr(
            "classeur.workflows.recording.plot_errors",
            lambda _, captions, path, title: shown.append((list(captions), title)),
        )
        run.predictions_path.unlink()
        classeur.evaluate(run, reporter=QUIET)
        rows = [row for row in run.read_table(run.predictions_path) if row["split"] == "validation"]
        wrong = [row for row in rows if row["label"] != row["predicted"]]
        assert wrong, "the test needs a model that errs"
        wrong.sort(key=lambda row: -float(row["probability"]))
        captions, title = shown[0]
        assert f"of {len(wrong)} errors on 14 validation images" in title
        expected = [(row["label"], Path(row["path"]).name) for row in wrong]
        assert [tuple(caption.split(", is ")[1].split("\n")) for caption in captions] == expected[:10]
        names = tuple(read_facts(run).class_names)
        certain = np.eye(2)[[names.index(row["label"]) for row in rows]]
        monkeypatch.setattr(Classifier, "judge_answers", lambda *_, **__: Answers(certain))
        run.predictions_path.unlink()
        run.errors_path.write_bytes(b"of the model before")
        classeur.evaluate(run, reporter=QUIET)
        assert not run.errors_path.exists()

    def test_the_file_of_a_run_loads_as_saved(self, run: Run) -> None:
        assert load_model(run.model_path).count_params() == sum(layer.num_parameters for layer in classeur.summary(run))
        assert json.loads(run.facts_path.read_text())["status"] == "finished"
