"""A given split that leaks: named before training, dropped where asked for, weighed by evaluate."""

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from listening import Listener
from photographs import draw_photograph

import classeur
from classeur.cli import _status
from classeur.data.splitting import Split
from classeur.delivery.progress import Reporter
from classeur.errors import TableError, UsageError
from classeur.evaluation.scoring import Evaluation
from classeur.run import Run
from classeur.training.facts import read_facts
from classeur.training.recipe import make_recipe
from classeur.workflows.card import renew_card
from classeur.workflows.preparation import prepare

MakeFolder = Callable[..., Path]
QUIET = Reporter()
OPTIONS: dict[str, Any] = {"model": "tutorial", "image_size": 8, "epochs": 1, "batch_size": 8}


@pytest.fixture
def leaky(image_folder: MakeFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of twelve validation images one has the bytes of a training image, and one is a near-duplicate of another."""
    monkeypatch.chdir(tmp_path)
    data = image_folder({"train": {"a": 6, "b": 6}, "validation": {"a": 6, "b": 6}}, name="pets", size=(9, 8))
    (data / "validation" / "a" / "00.jpg").write_bytes((data / "train" / "a" / "02.jpg").read_bytes())
    draw_photograph(1, size=(60, 48)).save(data / "train" / "b" / "00.jpg", quality=95)
    draw_photograph(1, size=(50, 40)).save(data / "train" / "b" / "02.jpg")
    draw_photograph(1, size=(60, 48)).resize((50, 40)).save(data / "validation" / "b" / "00.jpg")
    return data


@pytest.mark.keras
class TestLeaks:
    def test_they_are_named_and_weighed(self, leaky: Path, capsys: pytest.CaptureFixture[str]) -> None:
        listener = Listener()
        run = classeur.train(leaky, out="run", reporter=listener, **OPTIONS)
        line = next(text for text in listener.told if text.startswith("in all"))
        assert line.startswith(
            "in all 2 of 12 validation images (16.7%) belong with images in training (1 identical, 1 near-duplicate),"
            " such as validation/a/00.jpg with train/a/02.jpg, validation/b/00.jpg with train/b/00.jpg;"
        )
        assert line.endswith(
            f"; they do not count; leave them out of validation with train --drop-leaks; see: classeur inspect {leaky}"
        )
        assert sum("in training" in text for text in listener.told) == 1, "told once"
        assert [(row["path"], row["kind"], row["other"]) for row in run.read_table(run.leaks_path)] == [
            ("validation/a/00.jpg", "identical", "train/a/02.jpg"),
            ("validation/b/00.jpg", "near-duplicate", "train/b/00.jpg"),
        ]
        score = classeur.evaluate(run, reporter=QUIET)
        rows = [row for row in run.read_table(run.predictions_path) if row["split"] == "validation"]
        others = [row for row in rows if "/00.jpg" not in row["path"]]
        assert score.leaked is not None
        assert (score.num_images, score.leaked.num_leaks, score.leaked.dropped) == (10, 2, True)
        assert score.accuracy.value == sum(row["label"] == row["predicted"] for row in others) / 10
        assert score.accuracy == score.leaked.without_them == read_facts(run).validation
        assert score.leaked.with_them.n == 12
        assert score.leaked.with_them.value == sum(row["label"] == row["predicted"] for row in rows) / 12
        assert run.read_json(run.evaluation_path)["splits"]["validation"]["leaked"] == score.leaked.model_dump()
        assert classeur.evaluate(run, split="train", reporter=QUIET).leaked is None
        assert _status(["evaluate", "run"], debug=True) == 0
        told = " ".join(capsys.readouterr().out.split())
        assert "10 images of validation: accuracy" in told
        assert "without 2 images that belong with images in training; with them: " in told
        assert "of 10 images of validation are right, without 2 images that belong with images in training." in told
        assert _status(["evaluate", "run", "--json"], debug=True) == 0
        assert json.loads(capsys.readouterr().out)["leaked"]["num_leaks"] == 2
        # Evaluated as a version before recorded it.
        renew_card(run, read_facts(run))
        card = run.card_path.read_text(encoding="utf-8")
        assert "without 2 images that belong with images in training" in card
        before = run.read(run.evaluation_path, Evaluation)
        run.write(run.evaluation_path, before.with_score("validation", score.model_copy(update={"leaked": None})))
        renew_card(run, read_facts(run))
        assert run.card_path.read_text(encoding="utf-8") != card
        classeur.evaluate(run, reporter=QUIET)
        assert run.read(run.evaluation_path, Evaluation) == before
        assert run.card_path.read_text(encoding="utf-8") == card

    def test_dropped_they_do_not_count_and_evaluate_shows_both(
        self, leaky: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert _status(["train", str(leaky), "--drop-leaks", "--out", "run", *_typed(OPTIONS)], debug=True) == 0
        told = capsys.readouterr().err
        assert "2 of 12 validation images are left out by --drop-leaks (leaks.csv)" in told
        run = Run.open("run")
        facts = read_facts(run)
        assert (facts.counts["validation"], facts.counts["set_aside"]) == (10, 2)
        reasons = {row["path"]: row["reason"] for row in run.read_table(run.set_aside_path)}
        assert reasons["validation/a/00.jpg"].endswith("identical of train/a/02.jpg, which is in training")
        score = classeur.evaluate(run, reporter=QUIET)
        assert score.leaked is not None
        assert score.leaked.dropped
        assert score.leaked.without_them is not None
        assert score.leaked.without_them.value == score.accuracy.value
        recorded = run.read(run.evaluation_path, Evaluation).splits["validation"]
        assert recorded.leaked == score.leaked
        assert f"{recorded.num_images} images, without 2 images that belong" in run.card_path.read_text(
            encoding="utf-8"
        )
        predicted = [each.predicted for each in classeur.predict(run, list(reasons_paths(leaky)), reporter=QUIET)]
        num_right = score.num_correct + sum(one == other for one, other in zip(predicted, "ab", strict=True))
        assert score.leaked.with_them.n == 12
        assert score.leaked.with_them.value == num_right / 12
        again = classeur.train(out="run", resume=True, epochs=2, reporter=QUIET)
        assert read_facts(again).counts == facts.counts
        assert "drop_leaks" in read_facts(again).recipe.options()

    def test_the_same_images_have_one_interval_in_groups_too_dropped_or_not(
        self, image_folder: MakeFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What a run without `--drop-leaks` says without leaks, one with it says of its accuracy; and the reverse."""
        monkeypatch.chdir(tmp_path)
        data = image_folder({"a": 12, "b": 12}, name="pets", size=(9, 8))
        lines = ["path,label,split,group"]
        for label in "ab":
            for number, path in enumerate(sorted((data / label).iterdir())):
                # Two images of the training's group p0 leak; the others of validation are two patients.
                leaks = label == "a" and number in (0, 11)
                split = "train" if number < 6 and not leaks else "validation"
                group = "p0" if split == "train" or leaks else f"p{number % 2 + 1}"
                lines.append(f"{path.relative_to(tmp_path)},{label},{split},{group}")
        Path("pets.csv").write_text("\n".join(lines) + "\n")
        scores = []
        for out, drop_leaks in (("with", False), ("without", True)):
            run = classeur.train("pets.csv", out=out, drop_leaks=drop_leaks, reporter=QUIET, **OPTIONS)
            scores.append(classeur.evaluate(run, reporter=QUIET))
        kept, dropped = scores
        assert kept.leaked is not None
        assert dropped.leaked is not None
        assert (kept.num_images, dropped.num_images, kept.leaked.num_leaks) == (11, 11, 2)
        assert kept.leaked == dropped.leaked
        assert kept.accuracy == dropped.accuracy == kept.leaked.without_them
        assert "of 2 groups" in kept.accuracy.method
        assert "of 3 groups" in kept.leaked.with_them.method


def reasons_paths(data: Path) -> list[Path]:
    return [data / "validation" / "a" / "00.jpg", data / "validation" / "b" / "00.jpg"]


def _typed(options: dict[str, Any]) -> list[str]:
    return shlex.split(" ".join(f"--{name.replace('_', '-')} {value}" for name, value in options.items()))


def test_without_a_validation_there_is_nothing_to_drop(image_folder: MakeFolder) -> None:
    with pytest.raises(UsageError, match="--drop-leaks means nothing for .*, which has no validation of its own"):
        classeur.train(image_folder(), out="run", drop_leaks=True, reporter=QUIET, **OPTIONS)


def test_a_validation_that_leaks_throughout_is_refused(image_folder: MakeFolder, tmp_path: Path) -> None:
    data = image_folder({"train": {"a": 2, "b": 2}, "validation": {"a": 1, "b": 1}})
    for name in "ab":
        (data / "validation" / name / "00.jpg").write_bytes((data / "train" / name / "00.jpg").read_bytes())
    with pytest.raises(UsageError, match="would leave no image of the validation of .*: all 2 belong with images in"):
        classeur.train(data, out=tmp_path / "run", drop_leaks=True, reporter=QUIET, **OPTIONS)
    assert not (tmp_path / "run").exists()


def test_what_leaks_throughout_is_divided_anew_as_advised(
    image_folder: MakeFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    data = image_folder({"train": {"a": 6, "b": 6}, "validation": {"a": 2, "b": 2}, "test": {"a": 1, "b": 1}})
    for split, numbers in (("validation", (0, 1)), ("test", (0,))):
        for label in "ab":
            for number in numbers:
                (copy,) = (data / split / label).glob(f"{number:02}.*")
                (source,) = (data / "train" / label).glob(f"{number:02}.*")
                copy.write_bytes(source.read_bytes())
    listener = Listener()
    prepare(data, make_recipe({"model": "tutorial", "image_size": 8}), reporter=listener)
    told = [text for text in listener.told if "belong with images in training" in text]
    assert len(told) == 2
    for text in told:
        assert "; divide all images anew, with what belongs together on one side: classeur split" in text
    advised = next(part for part in told[0].split("; ") if part.startswith("divide all")).partition(": classeur ")[2]
    assert _status(shlex.split(advised), debug=True) == 0
    listener = Listener()
    prepared = prepare("anew.csv", make_recipe({"model": "tutorial", "image_size": 8}), reporter=listener)
    assert prepared.counts["used"] == 18
    assert not any(prepared.leaks.values())
    assert not [text for text in listener.told if "belong" in text]


def test_of_a_fold_nothing_is_advised_that_folds_refuse(image_folder: MakeFolder, tmp_path: Path) -> None:
    data = image_folder({"a": 4, "b": 4})
    first, second, *_ = sorted((data / "a").iterdir())
    second.write_bytes(first.read_bytes())
    fold = Split(splits=("validation", "train", "train", "train") * 2, made_here=False, seed=0)
    listener = Listener()
    prepare(data, make_recipe({"model": "tutorial", "image_size": 8}), made_split=fold, reporter=listener)
    (told,) = [text for text in listener.told if "belong" in text]
    assert told.endswith(f"such as a/{first.name} with a/{second.name}; it does not count; leaks.csv lists them all")
    # Of a fold that leaks throughout too: the split that would be advised makes no folds.
    alone = Split(splits=("validation", "train", "train", "train") + ("train",) * 4, made_here=False, seed=0)
    listener = Listener()
    prepare(data, make_recipe({"model": "tutorial", "image_size": 8}), made_split=alone, reporter=listener)
    (told,) = [text for text in listener.told if "belong" in text]
    assert told.endswith(f"such as a/{first.name} with a/{second.name}; leaks.csv lists them all")


def test_what_is_not_split_is_not_divided_anew(image_folder: MakeFolder, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--anew means nothing for .*, which names no split and no folds; leave it"):
        classeur.split(image_folder(), to=tmp_path / "s.csv", anew=True, reporter=QUIET)


@pytest.mark.keras
class TestAnOlderSplit:
    @pytest.fixture
    def pets(self, image_folder: MakeFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.chdir(tmp_path)
        return image_folder({"cats": 10, "dogs": 10}, name="pets", size=(9, 8))

    def test_a_runs_split_is_data_and_is_kept_as_data_grow(
        self, pets: Path, image_folder: MakeFolder, tmp_path: Path
    ) -> None:
        run = classeur.train(pets, out="runs/first", validation_share=0.3, reporter=QUIET, **OPTIONS)
        before = {row["path"]: row["split"] for row in run.read_table(run.split_path)}
        again = classeur.train("runs/first/split.csv", out="again", seed=3, reporter=QUIET, **OPTIONS)
        assert {row["path"]: row["split"] for row in again.read_table(again.split_path)} == before
        assert read_facts(again).data_fingerprint == read_facts(run).data_fingerprint
        assert classeur.inspect("runs/first/split.csv", reporter=QUIET).totals == {"train": 14, "validation": 6}

        for path in image_folder({"cats": 6, "dogs": 6}, name="more", size=(9, 8), seed=5).rglob("*.*g"):
            path.rename(pets / path.parent.name / f"new{path.name}")
        lost = next(path for path, name in before.items() if name == "train")
        (pets / lost).unlink()
        listener = Listener()
        kept = classeur.train(
            pets,
            out="runs/second",
            keep_split="runs/first/split.csv",
            validation_share=0.3,
            reporter=listener,
            **OPTIONS,
        )
        after = {row["path"]: row["split"] for row in kept.read_table(kept.split_path)}
        assert {path: name for path, name in after.items() if path in before} == {
            path: name for path, name in before.items() if path != lost
        }
        assert len(after) == 31
        assert f"1 image of the older split is lost: {lost}" in listener.told
        assert kept.files == {"keep_split": str(tmp_path / "runs" / "first" / "split.csv")}
        pets.rename(tmp_path / "gone")
        with pytest.raises(TableError, match="names the images of a run, and .*pets is not there any more; give their"):
            classeur.inspect("runs/first/split.csv", reporter=QUIET)

    def test_it_is_refused_where_it_means_nothing(self, pets: Path, image_folder: MakeFolder) -> None:
        given = image_folder({"train": {"a": 2, "b": 2}, "validation": {"a": 1, "b": 1}}, name="given")
        (pets / "x.csv").write_text("path,label,split,hash\ncats/00.jpg,cats,train,1\n")
        with pytest.raises(
            UsageError, match="validation of its own, so there is nothing to keep; leave out --keep-split"
        ):
            classeur.train(given, out="run", keep_split=pets / "x.csv", reporter=QUIET, **OPTIONS)
        with pytest.raises(UsageError, match="--resume cannot be combined with"):
            classeur.train(pets, out="run", keep_split=pets / "x.csv", resume=True, reporter=QUIET)
