"""Every finding of a diagnosis in words, with its numbers, its names and what its advice costs."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from classeur.delivery.diagnosis import paragraph, read_diagnosis, told, write_diagnosis
from classeur.delivery.words import WORDS, advice, evidence
from classeur.evaluation.scoring import Evaluation, Score, score
from classeur.improvement.comparison import Judged
from classeur.improvement.diagnosis import REMARKS, VERDICTS, Diagnosis, diagnose
from classeur.run import Run
from classeur.training.history import Epoch, History
from classeur.training.learning_curve import fit_curve
from classeur.training.recipe import make_recipe
from classeur.workflows.data_options import data_options


def scored(**classes: tuple[int, int]) -> Score:
    """Return the score of (right, images) of each class; what is wrong is taken for the next class."""
    labels = np.repeat(np.arange(len(classes)), [images for _, images in classes.values()])
    right = np.concatenate([np.arange(images) < num_right for num_right, images in classes.values()])
    predicted = np.where(right, labels, (labels + 1) % len(classes))
    return score(np.eye(len(classes))[predicted], labels, class_names=tuple(classes))


def halves(percent: int, num_images: int = 1000) -> Score:
    half = num_images // 2
    return scored(cats=(round(half * percent / 100), half), dogs=(round(half * percent / 100), half))


def diagnosed(
    train: Score,
    validation: Score,
    losses: tuple[float, ...] = (0.6, 0.5, 0.6),
    *,
    run: str = "runs/a",
    data: str = "animals",
    data_options: dict[str, str] | None = None,
    **options: Any,
) -> Diagnosis:
    epochs = tuple(
        Epoch(epoch=number, loss=loss, accuracy=0.5, val_loss=loss, val_accuracy=0.5, learning_rate=1, seconds=21)
        for number, loss in enumerate(losses, 1)
    )
    splits = {"train": train, "validation": validation}
    return diagnose(
        make_recipe({"model": "tutorial", "epochs": len(losses), **options}),
        History(epochs=epochs),
        Evaluation(class_names=tuple(train.per_class), splits=splits),
        run=run,
        data=data,
        data_options=data_options or {},
    )


THREE = scored(glass=(99, 100), paper=(99, 100), plastic=(95, 100))
FEW = scored(glass=(99, 100), paper=(99, 100), plastic=(20, 20))
FALLING, FLAT = (0.7, 0.65, 0.6, 0.55, 0.5), (0.5, 0.6, 0.6, 0.6, 0.6)
MILD = {"flip": "horizontal", "dropout": 0.2}
WEAK = scored(glass=(95, 100), paper=(96, 100), plastic=(60, 100))
EVEN = scored(glass=(91, 100), paper=(92, 100), plastic=(90, 100))
SAME: dict[tuple[str, str], bool] = {(str(number), "cats"): number >= 30 for number in range(400)}
WORSE = {key: value and int(key[0]) >= 60 for key, value in SAME.items()}
CATALOGUE = {
    "chance": diagnosed(halves(50), halves(50)),
    "overfitting": diagnosed(halves(98), halves(70), (0.6, 0.5, 0.9)),
    "overfitting, augmented": diagnosed(halves(98), halves(70), flip="horizontal"),
    "overfitting, with dropout": diagnosed(halves(98), halves(70), **MILD),
    "overfitting, with everything": diagnosed(halves(98), halves(70), **MILD, keep="best"),
    "underfitting, falling": diagnosed(halves(70), halves(69), FALLING),
    "underfitting, flat": diagnosed(halves(70), halves(69), FLAT),
    "underfitting, stopped": diagnosed(halves(70), halves(69), FALLING, epochs=20),
    "underfitting, stopped early": diagnosed(halves(70), halves(69), FLAT, epochs=20, stop_early=4),
    "too-few": diagnosed(halves(80, 20), halves(60, 10)),
    "too-few, at chance": diagnosed(halves(75, 8), halves(50, 2)),
    "fine": diagnosed(halves(95), halves(94)),
    "unjudged": diagnosed(halves(95), scored(cats=(0, 0), dogs=(94, 100))),
    "weak-class": diagnosed(THREE, WEAK),
    "weak-class, few images": diagnosed(FEW, scored(glass=(95, 100), paper=(96, 100), plastic=(10, 20))),
    "confusions": diagnosed(THREE, EVEN),
    "earlier-better": diagnose(
        make_recipe({"model": "tutorial"}),
        History(epochs=(Epoch(epoch=1, loss=1, accuracy=1, val_loss=1, val_accuracy=1, learning_rate=1, seconds=1),)),
        Evaluation(class_names=("cats", "dogs"), splits={"train": halves(95), "validation": halves(94)}),
        correct=Judged("runs/a-2", halves(94), WORSE),
        earlier=[Judged("runs/a", halves(95), SAME)],
    ),
}  # fmt: skip
RISING = fit_curve(
    [50, 100, 200],
    [np.arange(200) < 200 * (1 - error) * np.ones((3, 1)) for error in (0.4, 0.2, 0.1)],
    train_accuracies=[1, 1, 1],
)
SETTLED = fit_curve(
    [500, 1000, 2000],
    [np.arange(5000) < 5000 * (1 - error) * np.ones((3, 1)) for error in (0.0101, 0.01, 0.01)],
    train_accuracies=[1, 1, 1],
)
PERFECT = fit_curve([4, 8, 16], [np.ones((3, 6), bool)] * 3, train_accuracies=[1, 1, 1])
SHORT = fit_curve([2, 4], [np.arange(6) < 5 * np.ones((3, 1))] * 2, train_accuracies=[1, 1])
CATALOGUE.update(
    {
        f"frozen, {name}": diagnose(
            make_recipe({"model": model}),
            History(),
            Evaluation(class_names=("cats", "dogs"), splits={"train": halves(train), "validation": halves(validation)}),
            run="runs/a",
            data="animals",
            curve=curve,
        )
        for name, model, train, validation, curve in (
            ("fine", "auto", 100, 99, SETTLED),
            ("overfitting", "auto", 100, 90, RISING),
            ("overfitting, larger", "efficientnet_lite2", 100, 90, RISING),
            ("underfitting", "auto", 70, 69, RISING),
            ("chance", "auto", 50, 50, SETTLED),
            ("perfect", "auto", 100, 100, PERFECT),
            ("short", "auto", 100, 90, SHORT),
        )
    }
)
FINDINGS = [(name, finding) for name, diagnosis in CATALOGUE.items() for finding in diagnosis.findings]


def test_the_catalogue_holds_every_code() -> None:
    codes = {finding.code for _, finding in FINDINGS}
    remarks = {"more-images", "unjudged", "weak-class", "confusions", "uncertain", "from-scratch", "earlier-better"}
    assert codes == {*VERDICTS, *remarks}
    assert codes <= set(WORDS)
    assert len(codes) == len(VERDICTS) + len(REMARKS) + 1


@pytest.mark.parametrize(("name", "finding"), FINDINGS)
def test_a_finding_is_told_in_whole_sentences(name: str, finding: Any) -> None:
    text, told_advice = evidence(finding), advice(finding)
    assert text.endswith(".")
    assert text[0].isupper() or text[0].isdigit()
    assert "this class" not in text + told_advice
    for nonsense in ("nan", "None", "{", "1 images", "1 epochs", "-0.0", " ,", "  "):
        assert nonsense not in text + told_advice
    for change in finding.changes:
        assert (change.command is None) == ("classeur " not in told_advice)


@pytest.mark.parametrize("diagnosis", CATALOGUE.values(), ids=CATALOGUE)
def test_json_holds_the_values_and_the_words(diagnosis: Diagnosis) -> None:
    found = told(diagnosis)
    assert found.paragraph == paragraph(diagnosis)
    assert [each["text"] for each in found.findings] == [evidence(finding) for finding in diagnosis.findings]
    assert [each["values"] for each in found.findings] == [finding.values for finding in diagnosis.findings]
    again = Diagnosis.model_validate_json(found.model_dump_json())
    assert paragraph(again) == found.paragraph


def words(name: str) -> str:
    return paragraph(CATALOGUE[name])


def test_numbers_are_where_they_belong() -> None:
    assert "98.0% of the training images right but 70.0%" in words("overfitting")
    assert "lowest in epoch 2 (0.500) and has risen to 0.900 since" in words("overfitting")
    assert "still falling (0.650 → 0.500 over the last 3 epochs)" in words("underfitting, falling")
    assert "most frequent class gives 50.0%" in words("chance")
    assert "so it is not certain whether it overfits" in words("too-few")
    assert "so it is not certain that it has learned anything" in words("too-few, at chance")
    assert "No validation image is of cats: the accuracy of 94.0% is of dogs alone" in words("unjudged")


def test_confusions_are_named() -> None:
    assert "plastic is taken for glass (40)" in words("weak-class")
    assert "60.0% are recognised (recall)" in words("weak-class")
    assert "photographs" not in advice(CATALOGUE["weak-class"].findings[1])
    assert "more photographs of plastic help most" in words("weak-class, few images")
    assert "plastic → glass (10), glass → paper (9), paper → plastic (8)" in words("confusions")


def test_a_head_on_frozen_features_is_never_advised_what_means_nothing_for_it() -> None:
    frozen = {name: paragraph(diagnosis) for name, diagnosis in CATALOGUE.items() if name.startswith("frozen")}
    for name, text in frozen.items():
        assert "dropout" not in text + name
        assert "epoch" not in text
        assert "--flip" not in text
    assert "classeur train animals --out runs/a-2 --model efficientnet_lite2" in frozen["frozen, overfitting"]
    assert "classeur train" not in frozen["frozen, overfitting, larger"]
    assert "400 training images in place of 200 would be expected to bring +" in frozen["frozen, overfitting"]
    assert "would hardly help" in frozen["frozen, fine"]
    assert "No validation image is wrong, so these cannot say" in frozen["frozen, perfect"]
    assert "4 training images make too short a learning curve" in frozen["frozen, short"]


def test_advice_says_what_it_costs() -> None:
    assert (
        "(8 epochs, about 3 min): classeur train animals --out runs/a-2 --model tutorial --dropout 0.2 --epochs 8 "
        in words("overfitting")
    )
    assert "(5 epochs, about 2 min): classeur train --out runs/a --resume --epochs 10" in words("underfitting, falling")
    assert words("overfitting, with everything").endswith("more photographs would help most.")


def test_an_earlier_run_that_was_better_is_the_one_to_keep() -> None:
    text = words("earlier-better")
    assert "An earlier run of the same data, runs/a, was better by 7.5 points on the same 400 images" in text
    assert "which chance does not explain" in text
    assert "Keep runs/a (what differs: classeur compare runs/a runs/a-2)." in text


def test_a_file_that_is_handed_on_names_no_place_of_this_machine(tmp_path: Path) -> None:
    """Here the commands are whole all the same; elsewhere they are those of the place that the run is in then."""
    data, run = tmp_path / "josephine" / "pets", Run(tmp_path / "josephine" / "run")
    found = diagnosed(halves(99), halves(70), run=str(run.path), data=str(data))
    assert str(data) in paragraph(found)
    run.path.mkdir(parents=True)
    run.write_data(data)
    write_diagnosis(run, found, data=str(data))
    written = run.diagnosis_path.read_text(encoding="utf-8")
    assert "josephine" not in written
    assert "classeur train DATA --out RUNS/run-2" in written
    assert read_diagnosis(run) == found
    moved = Run(run.path.rename(tmp_path / "elsewhere"))
    assert f"classeur train {data} --out {tmp_path}/run-2" in paragraph(read_diagnosis(moved))
    moved.local_path.unlink()
    assert f"classeur train DATA --out {tmp_path}/run-2" in paragraph(read_diagnosis(moved))


def test_a_plan_elsewhere_is_not_named_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run, plan = Run(tmp_path / "josephine" / "run"), tmp_path.parent / "plan.csv"
    run.path.mkdir(parents=True)
    run.write_data(tmp_path / "pets", files={"exclude": plan, "keep_split": "old.csv"})
    assert data_options(run) == {"exclude": str(plan), "keep_split": "old.csv"}
    found = diagnosed(halves(99), halves(70), run=str(run.path), data="pets", data_options=data_options(run))
    write_diagnosis(run, found, data="pets")
    written = run.diagnosis_path.read_text(encoding="utf-8")
    assert str(tmp_path.parent) not in written
    assert "--exclude EXCLUDE --keep-split old.csv" in written
    assert read_diagnosis(run) == found
    run.write_data(tmp_path / "moved")
    assert data_options(run)["exclude"] == str(plan), "where the data are now does not change what is left out"


def test_paths_that_were_typed_relative_stay_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = Run(Path("runs/first"))
    found = diagnosed(halves(99), halves(70), run=str(run.path), data="pets")
    write_diagnosis(run, found, data="pets")
    assert read_diagnosis(run) == found
    assert "classeur train pets --out runs/first-2" in run.diagnosis_path.read_text(encoding="utf-8")
