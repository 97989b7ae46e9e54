"""Every finding of a diagnosis in words, with its numbers, its names and what its advice costs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from classeur.delivery.diagnosis import paragraph, read_diagnosis, told, write_diagnosis
from classeur.delivery.korean_words import KOREAN_WORDS
from classeur.delivery.wording import Words
from classeur.delivery.words import WORDS, advice, evidence
from classeur.evaluation.learning_curve import fit_curve
from classeur.evaluation.scoring import Evaluation, Score, score
from classeur.improvement.comparison import Judged
from classeur.improvement.diagnosis import Diagnosis, diagnose
from classeur.improvement.leaks import Leak
from classeur.improvement.remarks import REMARKS, more_images
from classeur.improvement.verdicts import VERDICTS
from classeur.run import Run
from classeur.training.history import Epoch, History
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
    leak: Leak | None = None,
    correct: Judged | None = None,
    transferred: Sequence[Judged] = (),
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
        leak=leak,
        correct=correct,
        transferred=transferred,
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
RARE, ONE = scored(cats=(900, 900), dogs=(0, 100)), scored(cats=(500, 500), dogs=(0, 500))
TRANSFERRED = [Judged("runs/a", halves(94), WORSE), Judged("runs/transfer", halves(95), SAME)]
CATALOGUE = {
    "chance": diagnosed(halves(50), halves(50)),
    "overfitting": diagnosed(halves(98), halves(70), (0.6, 0.5, 0.9)),
    "underfitting, falling": diagnosed(halves(70), halves(69), FALLING),
    "underfitting, flat": diagnosed(halves(70), halves(69), FLAT),
    "underfitting, stopped": diagnosed(halves(70), halves(69), FALLING, epochs=20),
    "underfitting, stopped early": diagnosed(halves(70), halves(69), FLAT, epochs=20, stop_early=4),
    "leak": diagnosed(halves(98), halves(70), leak=Leak(100, 98, 900, 602, num_alike=30)),
    "leak, of everything": diagnosed(halves(98), halves(70), leak=Leak(1000, 700, 0, 0)),
    "diverged": diagnosed(halves(50), halves(50), (1e9, 80.0, 2134.75), learning_rate=10.0),
    "diverged, to no number": diagnosed(halves(50), halves(50), (1e9, float("nan"))),
    "collapsed": diagnosed(RARE, RARE, (0.4, 0.3, 0.3)),
    "collapsed, a head": diagnose(
        make_recipe({"model": "auto"}),
        History(),
        Evaluation(class_names=("cats", "dogs"), splits={"train": RARE, "validation": RARE}),
    ),
    "collapsed, balanced": diagnosed(RARE, RARE, balance=True),
    "collapsed, unjudged": diagnosed(RARE, scored(cats=(90, 90), dogs=(0, 0)), (0.4, 0.3, 0.3)),
    "rate-too-high": diagnosed(halves(50), halves(50), (3.0, 0.7, 0.694), learning_rate=0.03),
    "rate-too-high, with jumps": diagnosed(halves(50), halves(50), (0.7, 0.6, 0.75, 0.6, 0.72), learning_rate=0.01),
    "rate-too-low": diagnosed(halves(55), halves(50), (0.7, 0.6995, 0.699), learning_rate=1e-6),
    "rate-too-low, standing": diagnosed(halves(55), halves(50), (0.7, 0.7, 0.7), learning_rate=1e-6),
    "dead": diagnosed(ONE, ONE, (0.8, 0.693, 0.693, 0.693)),
    "chance, by heart": diagnosed(halves(98), halves(50)),
    "transfer-better": diagnosed(halves(98), halves(70), correct=TRANSFERRED[0], transferred=TRANSFERRED[1:]),
    "transfer-better, on features": diagnosed(
        halves(98), halves(70), correct=TRANSFERRED[0], transferred=[TRANSFERRED[1]._replace(name="")]
    ),
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
JUDGED = [np.arange(40) % 10 < 10 * (1 - error) * np.ones((3, 1)) for error in (0.4, 0.2, 0.1)]
OF_TWO, UNEVEN = (
    fit_curve([4, 8, 16], JUDGED, train_accuracies=[1, 1, 1], groups=groups)
    for groups in (np.arange(40) % 2, np.maximum(np.arange(40) - 20, 0))
)
FEW = fit_curve([4, 8, 16], [each[:, 1:10] for each in JUDGED], train_accuracies=[1, 1, 1])
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
            ("underfitting", "auto", 70, 69, RISING),
            ("chance", "auto", 50, 50, SETTLED),
            ("perfect", "auto", 100, 100, PERFECT),
            ("short", "auto", 100, 90, SHORT),
            ("of two groups", "auto", 100, 90, OF_TWO),
            ("of uneven groups", "auto", 100, 90, UNEVEN),
            ("few", "auto", 100, 90, FEW),
        )
    }
)
FINDINGS = [(name, finding) for name, diagnosis in CATALOGUE.items() for finding in diagnosis.findings]


def test_the_catalogue_holds_every_code() -> None:
    codes = {finding.code for _, finding in FINDINGS}
    remarks = {
        "more-images",
        "unjudged",
        "weak-class",
        "confusions",
        "uncertain",
        "from-scratch",
        "transfer-better",
        "earlier-better",
    }
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
    lines = told_advice.split("\n") if told_advice else []
    for change, line in zip(finding.changes, lines, strict=True):
        assert (change.command is None) == ("classeur " not in line)


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


def leak_words(leak: Leak, language: Mapping[str, Words] = WORDS) -> str:
    return language["leak-suspected"].evidence(diagnosed(halves(98), halves(70), leak=leak).findings[0])


def test_only_images_that_were_trained_on_are_said_to_have_been() -> None:
    identical, alike = Leak(8, 6, 16, 12), Leak(8, 6, 16, 12, num_alike=8)
    assert "8 of the 24 validation images were trained on, and do not count" in leak_words(identical)
    assert (
        "8 of the 24 validation images belong with images in training (in another version, or of the same group), and"
        " do not count; of these 75.0% are right" in leak_words(alike)
    )
    assert "8장으로 학습했습니다. 점수에서 뺐습니다" in leak_words(identical, KOREAN_WORDS)
    said = leak_words(alike, KOREAN_WORDS)
    assert "8장이 학습 이미지와 한 무리입니다(다른 판이거나 같은 묶음). 점수에서 뺐습니다" in said
    some = leak_words(Leak(8, 6, 16, 12, num_alike=2), KOREAN_WORDS)
    assert "8장이 학습 이미지와 한 무리입니다(같은 파일 6장, 다른 판이거나 같은 묶음 2장)" in some


def test_a_leak_of_one_image_is_told_as_one() -> None:
    said = leak_words(Leak(1, 1, 23, 20))
    assert "1 of the 24 validation images was trained on, and does not count; it is right, of the others" in said
    assert "1 of the 24 validation images belongs with images in training" in leak_words(Leak(1, 0, 23, 20, 1))
    assert leak_words(Leak(1, 0, 0, 0)).endswith("was trained on; it is wrong, and there is no other.")


def test_where_all_leak_it_is_the_validation_accuracy_that_cannot_be_trusted() -> None:
    """After a test the page's headline is another accuracy."""
    assert leak_words(Leak(24, 20, 0, 0)).startswith("Its validation accuracy cannot be trusted: 24 of the 24")
    assert leak_words(Leak(24, 20, 0, 0), KOREAN_WORDS).startswith("검증 정확도를 믿을 수 없습니다. ")


def test_a_learning_curve_of_a_validation_without_a_new_image_promises_nothing() -> None:
    right = [np.arange(1000) < 1000 * (1 - error) * np.ones((3, 1)) for error in (0.4, 0.2, 0.1)]
    curve = fit_curve([50, 100, 200], right, train_accuracies=[1, 1, 1])
    found = more_images(curve, "animals", is_any_new=False)
    assert evidence(found) == (
        "Whether more photographs would help, this validation cannot tell: all of its images belong with images in"
        " training."
    )
    assert "모두 학습 이미지와 한 무리" in KOREAN_WORDS[found.code].evidence(found)
    scores = {"train": halves(98), "validation": halves(90)}
    for leak, is_promised in ((Leak(1000, 900, 0, 0), False), (Leak(10, 9, 990, 900), True)):
        given = diagnose(
            make_recipe({"model": "auto"}),
            History(epochs=()),
            Evaluation(class_names=("cats", "dogs"), splits=scores),
            curve=curve,
            leak=leak,
        )
        (told_,) = [each for each in given.findings if each.code == "more-images"]
        assert ("gain" in told_.values) == is_promised


def test_the_advice_says_itself_which_images_are_left_out() -> None:
    (leak,) = (each for each in diagnosed(halves(98), halves(70), leak=Leak(8, 6, 16, 12)).findings if each.changes[1:])
    assert "Or leave the images that belong with images in training out of its validation altogether (" in advice(leak)
    assert "또는 학습 이미지와 한 무리인 이미지를 검증에서 아예 빼세요" in KOREAN_WORDS[leak.code].advice(leak)


def test_what_went_wrong_is_told_with_its_numbers() -> None:
    assert (
        "100 of the 1,000 validation images belong with images in training (70 identical, 30 in another version, or of"
        " the same group), and do not count" in words("leak")
    )
    assert "98.0% are right, of the others 66.9% (+31.1 points, 95 %: +" in words("leak")
    assert "its loss ends at 2,135, and a network that never looks at an image has 0.693" in words("diverged")
    assert "its loss is no number" in words("diverged, to no number")
    assert "The class dogs is lost: 0.0% of its 100 training images and 0.0% of its validation" in words("collapsed")
    assert "validation" not in words("collapsed, unjudged").split("recognised")[0]
    assert "--balance" in words("collapsed, a head")
    assert "--balance" not in words("collapsed")
    assert "--balance" not in words("collapsed, balanced").split("\n")[-1]
    assert "at 0.03 the loss reached 3 and ends at 0.694" in words("rate-too-high")
    assert "the loss reached 0.75, rose in 2 epochs and ends at 0.72" in words("rate-too-high, with jumps")
    assert "at 1e-06 the loss is still 0.699 after 3 epochs, and at this pace, about 700 more" in words("rate-too-low")
    assert "and it does not fall; 55.0%" in words("rate-too-low, standing")
    assert "one answer, and for the last 3 epochs its loss has stood at 0.693" in words("dead")
    assert "98.0% of the training images right but 50.0% of the validation images" in words("chance, by heart")
    assert "runs/transfer gets" in words("transfer-better")
    assert "which are kept and were just tried, gets" in words("transfer-better, on features")
    assert "Keep runs/transfer (what differs: classeur compare runs/transfer runs/a)." in words("transfer-better")


def test_each_thing_to_do_stands_on_a_line_of_its_own() -> None:
    found, *lines = words("leak").split("\n")
    assert "classeur " not in found
    assert [line.split(" classeur ")[1].split()[0] for line in lines] == ["inspect", "train"]


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
    assert "See whether more photographs would help: classeur curve animals" in frozen["frozen, overfitting"]
    assert not [name for name, text in frozen.items() if "classeur train" in text], "a larger network did not help"
    assert "400 training images in place of 200 would be expected to bring +" in frozen["frozen, overfitting"]
    assert "would hardly help" in frozen["frozen, fine"]
    assert "No validation image is wrong, so these cannot say" in frozen["frozen, perfect"]
    assert "4 training images make too short a learning curve" in frozen["frozen, short"]
    whether = "Whether more photographs would help, "
    assert (
        f"{whether}validation images of 2 groups cannot tell; it takes 10 or more." in frozen["frozen, of two groups"]
    )
    assert f"{whether}validation images of 20 groups cannot tell, which differ" in frozen["frozen, of uneven groups"]
    assert f"{whether}9 validation images cannot tell; it takes 10 or more." in frozen["frozen, few"]


def test_advice_says_what_it_costs() -> None:
    assert "(3 epochs, about 63 s): classeur train animals --out runs/a-2 --model tutorial --epochs 3" in words(
        "rate-too-high"
    )
    assert "(5 epochs, about 2 min): classeur train --out runs/a --resume --epochs 10" in words("underfitting, falling")
    assert words("overfitting").endswith("See whether more photographs would help: classeur curve animals")


def test_an_earlier_run_that_was_better_is_the_one_to_keep() -> None:
    text = words("earlier-better")
    assert "An earlier run of the same data, runs/a, was better by 7.5 points on the same 400 images" in text
    assert "which chance does not explain" in text
    assert "Keep runs/a (what differs: classeur compare runs/a runs/a-2)." in text


def test_a_file_that_is_handed_on_names_no_place_of_this_machine(tmp_path: Path) -> None:
    """Here the commands are whole all the same; elsewhere they are those of the place that the run is in then."""
    data, run = tmp_path / "josephine" / "pets", Run(tmp_path / "josephine" / "run")
    found = diagnosed(halves(50), halves(50), (9.0,), run=str(run.path), data=str(data))
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
    found = diagnosed(halves(50), halves(50), (9.0,), run=str(run.path), data="pets")
    write_diagnosis(run, found, data="pets")
    assert read_diagnosis(run) == found
    assert "classeur train pets --out runs/first-2" in run.diagnosis_path.read_text(encoding="utf-8")
