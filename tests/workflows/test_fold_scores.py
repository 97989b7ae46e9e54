"""All images of a cross-validation together, with what is known of their groups; no network is trained for that."""

from pathlib import Path

import numpy as np
import pytest

import classeur
from classeur.cli.folds_text import print_folds
from classeur.delivery.report_answers import folds_mean
from classeur.delivery.report_charts import folds_chart
from classeur.delivery.report_text import LANGUAGES
from classeur.errors import BrokenRunError
from classeur.evaluation.logits import SplitLogits, read_logits, write_logits
from classeur.evaluation.scoring import Evaluation, score
from classeur.images.preparation import Preparation
from classeur.run import Run
from classeur.training.facts import RunFacts, write_facts
from classeur.training.recipe import Network, Recipe
from classeur.workflows.comparison import judged_folds
from classeur.workflows.fold_scores import FoldsFacts, pooled_score
from classeur.workflows.leaks import LEAK_COLUMNS

NAMES = ("cats", "dogs")
COLUMNS = ("path", "label", "split", "hash", "group", "width", "height")


def folds_of(path: Path, *, of_one_person: str) -> Run:
    """Return two folds of 200 images each, 20 of each of ten persons, all right but those of one."""
    run = Run(path)
    recipe = Recipe(preparation=Preparation(image_size=8), network=Network(model="tutorial"))
    run.write(run.folds_path, FoldsFacts(num_folds=2, recipe=recipe, class_names=NAMES, data_fingerprint="f"))
    for number in (1, 2):
        fold = run.fold(number)
        fold.path.mkdir()
        labels = np.arange(200) % 2
        persons = [f"person {10 * number + at // 20}" for at in range(200)]
        wrong = np.array(persons) == of_one_person
        kept = SplitLogits(4.0 * np.eye(2)[labels ^ wrong], labels, tuple(f"{number}{at:031x}" for at in range(200)))
        rows = [
            (f"{NAMES[label]}/{each}.png", NAMES[label], "validation", each, person, 640, 480)
            for each, label, person in zip(kept.hashes, labels.tolist(), persons, strict=True)
        ]
        # Another order than that of the logits: images go by their content.
        fold.write_table(fold.split_path, COLUMNS, rows[::-1])
        facts = RunFacts(status="finished", recipe=recipe, class_names=NAMES, counts={"train": 200})
        write_facts(fold, facts)
        found = score(kept.logits, kept.labels, class_names=NAMES, groups=persons)
        splits = {"validation": found.model_copy(update={"logits": kept.digest})}
        fold.write(fold.evaluation_path, Evaluation(class_names=NAMES, splits=splits))
        write_logits(fold.logits_path, {"validation": kept})
    return run


def test_groups_of_all_folds_are_told_the_worst_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = folds_of(tmp_path, of_one_person="person 23")
    found = classeur.evaluate(run)
    assert found == pooled_score(run) == classeur.cross_validation(run).pooled
    assert len(found.by_group) == 20
    assert next(iter(found.by_group)) == "person 23"
    assert [each.value for each in found.by_group.values()] == [0] + [1] * 19
    assert found.slices
    assert found.slices.worst
    assert (found.slices.worst.kind, found.slices.worst.name) == ("group", "person 23")
    assert found.accuracy.method == "Wilson, of 20 groups"
    assert print_folds(run, as_json=False)
    told = capsys.readouterr().out
    assert "group, worst first  images  accuracy  95 % interval" in told
    assert "… and 10 more; see all with --json" in told
    assert "20 images of person 23 are right, and 100.0% of the others of these classes" in told


def test_leaks_between_folds_are_weighed_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The twenty images of person 23 are wrong, and ten of another belong with images of the other fold."""
    run = folds_of(tmp_path, of_one_person="person 23")
    fold = run.fold(1)
    rows = [row for row in fold.read_table(fold.split_path) if row["group"] == "person 12"][:10]
    leaks = [(row["path"], row["label"], "validation", row["hash"], "group", "cats/other.png") for row in rows]
    fold.write_table(fold.leaks_path, LEAK_COLUMNS, leaks)
    found = pooled_score(run)
    assert found.leaked is not None
    assert (found.leaked.num_leaks, found.leaked.dropped) == (10, True)
    assert found.leaked.without_them == found.accuracy
    assert (found.num_images, found.accuracy.value) == (390, 370 / 390)
    assert (found.leaked.with_them.n, found.leaked.with_them.value) == (400, 380 / 400)
    assert found.accuracy.method == found.leaked.with_them.method == "Wilson, of 20 groups"
    assert [each.num_images for each in classeur.cross_validation(run).folds] == [190, 200]
    assert print_folds(run, as_json=False)
    said = " ".join(capsys.readouterr().out.split())
    assert (
        "390 images are right, each judged by a fold that was not trained on it, without 10 images that belong" in said
    )
    assert "with images in other folds; with them: 95.0% (95 %: " in said


def test_where_every_image_belongs_with_another_fold_all_count_and_it_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = folds_of(tmp_path, of_one_person="person 23")
    for number in (1, 2):
        fold = run.fold(number)
        rows = fold.read_table(fold.split_path)
        leaks = [(row["path"], row["label"], "validation", row["hash"], "group", "cats/other.png") for row in rows]
        fold.write_table(fold.leaks_path, LEAK_COLUMNS, leaks)
        if number == 1:  # no image of it counts, and the others of the other fold do
            assert (found := pooled_score(run)).num_images == 200
            assert found.leaked is not None
            assert found.leaked.with_them.n == 400
            whole = classeur.cross_validation(run)
            assert [(each.num_images, each.accuracy is None, each.loss is None) for each in whole.folds] == [
                (0, True, True),
                (200, False, False),
            ]
            assert (whole.mean, whole.spread) == (found.accuracy.value, 0)
            assert print_folds(run, as_json=False)
            told = " ".join(capsys.readouterr().out.split())
            assert "fold1 200 0 – no new image" in told
            assert "mean of 1 fold: 90.0%" in told
            assert "all: each image that belongs with none in another fold once, by the fold" in told
            for language, said in (("en", "No image of fold1 counts: "), ("ko", "fold1의 이미지는 모두 다른 폴드")):
                assert said in folds_mean(whole, LANGUAGES[language])
            assert folds_chart(whole, LANGUAGES["en"]).description.startswith("2: ")
    found = pooled_score(run)
    assert found.leaked is not None
    assert (found.num_images, found.leaked.dropped, found.leaked.without_them) == (400, False, None)
    assert print_folds(run, as_json=False)
    assert "are right, but all of them belong with images in other folds" in " ".join(capsys.readouterr().out.split())


def test_a_fold_of_other_labels_or_without_a_hash_is_named(tmp_path: Path) -> None:
    run = folds_of(tmp_path, of_one_person="person 23")
    fold = run.fold(2)
    evaluation = fold.read(fold.evaluation_path, Evaluation)
    of_before = evaluation.splits["validation"].model_copy(update={"logits": ""})
    fold.write(fold.evaluation_path, evaluation.with_score("validation", of_before))
    with pytest.raises(BrokenRunError, match=r"fold2/evaluation.json .* run: classeur evaluate \S*fold2$"):
        pooled_score(run)
    fold.write(fold.evaluation_path, evaluation)
    rows = fold.read_table(fold.split_path)
    fold.write_table(fold.split_path, COLUMNS, [list({**row, "label": "cats"}.values()) for row in rows])
    with pytest.raises(BrokenRunError, match=r"fold2/logits.npz has other labels than .*split.csv; copy the whole run"):
        pooled_score(run)


def test_images_that_belong_with_other_folds_are_told_with_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = folds_of(tmp_path / "hand", of_one_person="person 23")
    run.write_data(tmp_path / "hand.csv", columns={"path": "file"}, files={"exclude": tmp_path / "plan.csv"})
    assert pooled_score(run).leaked is None
    fold = run.fold(2)
    rows = fold.read_table(fold.split_path)
    right = [row for row in rows if row["group"] != "person 23"][:40]
    fold.write_table(
        fold.leaks_path, ("path", "label", "split", "hash"),
        [(row["path"], row["label"], "validation", row["hash"]) for row in right],
    )  # fmt: skip
    found = classeur.evaluate(run)
    assert found.leaked is not None
    assert found.leaked.num_leaks == 40
    assert found.leaked.with_them.value == 380 / 400
    assert (found.num_images, found.accuracy.value) == (360, 340 / 360)
    assert print_folds(run, as_json=False)
    told = " ".join(capsys.readouterr().out.split())
    assert "94.4% (95 %: " in told
    assert "of 360 images are right, each judged by a fold that was not trained on it, without 40 images that" in told
    assert "by the same recipe without --folds" not in told
    assert "classeur split hand.csv --anew --folds 2 --columns path=file --exclude plan.csv --to anew.csv" in told


def test_each_file_of_a_fold_is_compared_that_has_the_bytes_of_another(tmp_path: Path) -> None:
    run = folds_of(tmp_path, of_one_person="person 23")
    fold = run.fold(1)
    kept = read_logits(fold.logits_path)["validation"]
    first, third = kept.hashes[0], kept.hashes[2]
    kept = kept._replace(hashes=tuple(first if each == third else each for each in kept.hashes))
    write_logits(fold.logits_path, {"validation": kept})
    rows = [{**row, "hash": first if row["hash"] == third else row["hash"]} for row in fold.read_table(fold.split_path)]
    fold.write_table(fold.split_path, COLUMNS, [list(row.values()) for row in rows])
    evaluation = fold.read(fold.evaluation_path, Evaluation)
    now = evaluation.splits["validation"].model_copy(update={"logits": kept.digest})
    fold.write(fold.evaluation_path, evaluation.with_score("validation", now))
    judged = judged_folds(run)
    assert judged.score.num_images == len(judged.correct) == 400
    assert len(set(judged.paths.values())) == 400
