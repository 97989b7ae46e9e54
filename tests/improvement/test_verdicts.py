"""Verdicts on constructed runs; what they advise is a command that can be typed."""

import shlex

import numpy as np
import pytest
import typer

from classeur.cli import app
from classeur.evaluation.scoring import Evaluation, Score, score
from classeur.improvement.comparison import Judged, compare
from classeur.improvement.diagnosis import Diagnosis, diagnose
from classeur.pipeline.augmentation import PRESETS
from classeur.training.history import Epoch, History
from classeur.training.recipe import Recipe


def scored(num_right: int, num_images: int) -> Score:
    """Return a score of two equal classes, right in equal shares."""
    labels = np.arange(num_images) % 2
    right = np.arange(num_images) < num_right
    predicted = np.where(right, labels, 1 - labels)
    return score(np.eye(2)[predicted] * 0.8 + 0.1, labels, class_names=("cats", "dogs"))


def verdict(
    train: int, validation: int, val_losses: tuple[float, ...] = (0.6, 0.5, 0.5), **recipe: object
) -> Diagnosis:
    epochs = tuple(
        Epoch(
            epoch=number, loss=1 / number, accuracy=train / 1000, val_loss=loss, val_accuracy=validation / 1000,
            learning_rate=1e-3, seconds=1,
        )
        for number, loss in enumerate(val_losses, 1)
    )  # fmt: skip
    splits = {"train": scored(train, 1000), "validation": scored(validation, 1000)}
    evaluation = Evaluation(class_names=("cats", "dogs"), splits=splits)
    return diagnose(Recipe(**recipe), History(epochs=epochs), evaluation, run="runs/a", data="my photos")


@pytest.mark.parametrize(
    ("train", "validation", "expected"),
    [(505, 500, "chance"), (980, 700, "overfitting"), (700, 690, "underfitting"), (950, 940, "fine")],
)
def test_verdicts(train: int, validation: int, expected: str) -> None:
    found = verdict(train, validation)
    assert found.verdict == found.findings[0].code == expected
    assert f"{train / 1000:.1%}" in found.paragraph()
    assert Diagnosis.model_validate_json(found.model_dump_json()) == found


def test_a_small_gap_is_no_overfitting() -> None:
    assert verdict(950, 910).verdict == "fine"


def test_a_rising_loss_is_told_with_its_numbers() -> None:
    assert "least in epoch 2 (0.500) and has risen to 0.900" in verdict(980, 700, (0.6, 0.5, 0.9)).paragraph()


def test_advice_against_overfitting_goes_on_from_what_was_tried() -> None:
    assert "--augment all --dropout 0.2" in verdict(980, 700).paragraph()
    augmented = verdict(980, 700, augmentation=PRESETS["all"]).paragraph()
    assert "--dropout 0.2" in augmented
    assert "--rotation 45" in augmented
    assert "--keep best" in verdict(980, 700, augmentation=PRESETS["all"], dropout=0.2).paragraph()
    assert "more photographs" in verdict(980, 700, augmentation=PRESETS["all"], dropout=0.2, keep="best").paragraph()


@pytest.mark.parametrize("scores", [(505, 500), (980, 700), (700, 690), (950, 940)])
@pytest.mark.parametrize("recipe", [{}, {"augmentation": PRESETS["all"], "dropout": 0.2, "seed": 3}])
def test_advised_commands_can_be_typed(scores: tuple[int, int], recipe: dict[str, object]) -> None:
    root = typer.main.get_command(app)
    for finding in verdict(*scores, **recipe).findings:
        if "classeur " in finding.advice:
            _, name, *arguments = shlex.split(finding.advice[finding.advice.index("classeur ") :])
            root.commands[name].make_context(name, arguments)  # type: ignore[attr-defined]


def test_a_comparison_is_paired() -> None:
    right = {(str(number), "cats"): number < 80 for number in range(100)}
    better = {key: value or int(key[0]) < 95 for key, value in right.items()}
    result = compare([Judged("a", scored(80, 100), right), Judged("b", scored(95, 100), better)])
    (pair,) = result.pairs
    assert (pair.only_first, pair.only_second, pair.num_shared) == (0, 15, 100)
    assert pair.difference == pytest.approx(0.15)
    assert 0 < pair.low < 0.15 < pair.high
    assert "b is better than a by 15.0 points" in pair.sentence()
    assert "no more than chance" in compare([Judged("a", scored(80, 100), right)] * 2).pairs[0].sentence()
    assert compare([Judged("a", scored(80, 100), right), Judged("c", scored(5, 10), {("x", "cats"): True})]).pairs == ()
