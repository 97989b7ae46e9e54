"""The numbers of findings are those of the split, the epoch and the class that they are said to be of."""

import pytest
from constructed_runs import diagnosed, halves, scored

from classeur.data.findings import Finding
from classeur.evaluation.scoring import Evaluation, Score
from classeur.improvement.comparison import Judged, compare
from classeur.improvement.diagnosis import Diagnosis, diagnose
from classeur.training.history import Epoch, History
from classeur.training.recipe import make_recipe


def diagnosed_of(
    train: Score, validation: Score, losses: list[float], val_losses: list[float], seconds: list[float]
) -> Diagnosis:
    """Return the diagnosis of a run whose training and validation went different ways."""
    epochs = tuple(
        Epoch(epoch=n, loss=a, accuracy=0.5, val_loss=b, val_accuracy=0.5, learning_rate=1, seconds=c)
        for n, (a, b, c) in enumerate(zip(losses, val_losses, seconds, strict=True), 1)
    )
    evaluation = Evaluation(class_names=tuple(train.per_class), splits={"train": train, "validation": validation})
    return diagnose(
        make_recipe({"model": "tutorial", "epochs": len(losses), "flip": "both"}), History(epochs=epochs), evaluation
    )


def found(diagnosis: Diagnosis, code: str) -> Finding:
    (finding,) = [each for each in diagnosis.findings if each.code == code]
    return finding


@pytest.mark.parametrize(("train", "validation"), [((980, 1000), (700, 1000)), ((700, 1000), (690, 1000))])
def test_the_gap_lies_in_its_interval(train: tuple[int, int], validation: tuple[int, int]) -> None:
    values = diagnosed(halves(*train), halves(*validation)).findings[0].values
    assert values["gap"] == pytest.approx((train[0] - validation[0]) / 1000)
    assert values["gap_low"] < values["gap"] < values["gap_high"]


def test_chance_is_that_of_the_images_that_were_learned_from() -> None:
    stuck = diagnosed(scored(cats=(900, 900), dogs=(0, 100)), scored(cats=(50, 50), dogs=(0, 50))).findings[0]
    assert (stuck.code, stuck.values["chance"]) == ("collapsed", 0.9)


def test_a_loss_has_risen_over_its_least() -> None:
    values = diagnosed(halves(980, 1000), halves(700, 1000), losses=(0.6, 0.5, 0.58)).findings[0].values
    assert (values["least_loss_epoch"], values["last_loss"]) == (2, 0.58)


def test_the_loss_that_still_falls_is_training_s() -> None:
    losses, others, seconds = [0.7, 0.65, 0.6, 0.55, 0.5], [0.5, 0.6, 0.6, 0.6, 0.6], [2.0] * 5
    scores = halves(700, 1000), halves(690, 1000)
    assert diagnosed_of(*scores, losses, others, seconds).findings[0].values["loss_before"] == 0.65
    assert "loss_before" not in diagnosed_of(*scores, others, losses, seconds).findings[0].values


def test_an_epoch_costs_what_most_took() -> None:
    """The first one compiles."""
    finding = diagnosed_of(halves(505, 1000), halves(500, 1000), [0.9] * 3, [0.7] * 3, [30.0, 2.0, 2.0]).findings[0]
    assert (finding.code, finding.changes[0].values) == ("chance", {"num_epochs": 3, "seconds": 6.0})


@pytest.mark.parametrize(
    ("num_train", "code"), [(20, "more-of-class"), (49, "more-of-class"), (51, "look-at-confusions")]
)
def test_a_class_has_few_training_images_below_half_of_the_usual(num_train: int, code: str) -> None:
    train = scored(glass=(99, 100), paper=(99, 100), plastic=(num_train, num_train))
    weak = found(diagnosed(train, scored(glass=(95, 100), paper=(95, 100), plastic=(10, 20))), "weak-class")
    assert (weak.values["num_train"], weak.values["num_images"]) == (num_train, 20)
    assert weak.changes[0].code == code


def test_half_of_the_interval_lies_to_either_side() -> None:
    validation = halves(38, 40)
    values = found(diagnosed(halves(190, 200), validation), "uncertain").values
    assert values["half_width"] == pytest.approx((validation.accuracy.high - validation.accuracy.low) / 2)


def test_every_later_run_is_paired_with_the_first() -> None:
    judged = [
        Judged(name, halves(80, 100), {(str(number), "cats"): number < 80 for number in range(100)}) for name in "abc"
    ]
    assert [(pair.first, pair.second) for pair in compare(judged).pairs] == [("a", "b"), ("a", "c")]
