"""What is advised repeats the run but for what it changes, and can be typed."""

import shlex
from typing import Any

import numpy as np
import pytest
import typer
from classeur.workflows.options import TrainOptions, make_recipe

from classeur.cli import app
from classeur.evaluation.scoring import Evaluation, Score, score
from classeur.improvement.diagnosis import Diagnosis, diagnose
from classeur.pipeline.augmentation import Augmentation
from classeur.training.history import Epoch, History
from classeur.training.recipe import Recipe

NAMES = ("cats", "dogs")


def scored(cats: tuple[int, int], dogs: tuple[int, int]) -> Score:
    """Return the score of (right, images) of cats and of dogs."""
    labels = np.repeat([0, 1], [cats[1], dogs[1]])
    right = np.concatenate([np.arange(images) < num_right for num_right, images in (cats, dogs)])
    predicted = np.where(right, labels, 1 - labels)
    return score(np.eye(2)[predicted] * 0.8 + 0.1, labels, class_names=NAMES)


def diagnosed(
    train: Score,
    validation: Score,
    *,
    losses: tuple[float, ...] = (0.6, 0.5, 0.4),
    data: str = "DATA",
    run: str = "RUN",
    **recipe: Any,
) -> Diagnosis:
    history = History(
        epochs=tuple(
            Epoch(epoch=number, loss=loss, accuracy=0.5, val_loss=loss, val_accuracy=0.5, learning_rate=1, seconds=1)
            for number, loss in enumerate(losses, 1)
        )
    )
    evaluation = Evaluation(class_names=NAMES, splits={"train": train, "validation": validation})
    return diagnose(Recipe(**recipe), history, evaluation, run=run, data=data)


def typed(diagnosis: Diagnosis) -> dict[str, Any]:
    """Return what the command line makes of the command that the verdict advises."""
    advice = diagnosis.findings[0].advice
    program, name, *arguments = shlex.split(advice[advice.index("classeur ") :])
    assert (program, name) == ("classeur", "train")
    context = typer.main.get_command(app).commands[name].make_context(name, arguments)  # type: ignore[attr-defined]
    return dict(context.params)


CHANCE = scored((50, 100), (52, 100)), scored((50, 100), (52, 100))
OVERFITTING = scored((99, 100), (99, 100)), scored((70, 100), (72, 100))
UNDERFITTING = scored((70, 100), (72, 100)), scored((69, 100), (71, 100))
# Nothing that a recipe can hold has its default.
UNUSUAL = {
    "image_size": (96, 120), "fit": "pad", "stretch": True, "dropout": 0.125, "epochs": 7, "batch_size": 33,
    "learning_rate": 0.000123, "stop_early": 4, "keep": "best", "validation_share": 0.125, "seed": 12,
    "augmentation": Augmentation(
        flip="both", rotation=22.5, zoom=0.123, shift=0.0625, shear=5.5, brightness=0.25, contrast=0.5, saturation=0.75,
        hue=12.5, channel_shift=20.5, erase=0.375,
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("scores", "changed"),
    [(CHANCE, {"learning_rate": 0.000041, "epochs": 14}), (UNDERFITTING, {"epochs": 14})],
)
def test_an_advised_command_repeats_the_run_but_for_what_it_changes(
    scores: tuple[Score, Score], changed: dict[str, Any]
) -> None:
    options = typed(diagnosed(*scores, **UNUSUAL))
    known = {name: value for name, value in options.items() if name in TrainOptions.__annotations__}
    assert make_recipe(known) == Recipe(**{**UNUSUAL, **changed})  # type: ignore[arg-type]


def test_advice_against_overfitting_keeps_what_is_not_changed() -> None:
    recipe = {**UNUSUAL, "augmentation": Augmentation(), "dropout": 0.0}
    options = typed(diagnosed(*OVERFITTING, **recipe))
    assert (options["augment"], options["dropout"], options["seed"], options["epochs"]) == ("all", 0.2, 12, 7)
    options = typed(diagnosed(*OVERFITTING, **{**recipe, "dropout": 0.5}))
    assert (options["augment"], options["dropout"]) == ("all", 0.5)


@pytest.mark.parametrize("data", ["my photos", "it's", "a;b", "$HOME", "é"])
def test_paths_are_quoted_for_the_shell(data: str) -> None:
    options = typed(diagnosed(*UNDERFITTING, data=data, run=f"runs/{data}"))
    assert (str(options["data"]), str(options["out"])) == (data, f"runs/{data}-2")
    advice = diagnosed(scored((95, 100), (95, 100)), scored((95, 100), (94, 100)), run=data).findings[0].advice
    assert shlex.split(advice[advice.index("classeur ") :]) == ["classeur", "evaluate", data]


def test_chance_is_the_most_frequent_class() -> None:
    always = scored((900, 900), (0, 100)), scored((90, 90), (0, 10))
    assert diagnosed(*always).verdict == "chance", "90 % by always saying cats is nothing learned"
    assert "90.0%" in diagnosed(*always).findings[0].evidence
    assert diagnosed(scored((890, 900), (60, 100)), scored((89, 90), (6, 10))).verdict == "fine"


def test_underfitting_says_whether_the_loss_still_falls() -> None:
    falling = diagnosed(*UNDERFITTING, losses=(0.7, 0.65, 0.6, 0.55, 0.5))
    assert "still falling (0.650 → 0.500 over the last 3 epochs)" in falling.findings[0].evidence
    assert typed(falling)["epochs"] == 30
    flat = diagnosed(*UNDERFITTING, losses=(0.5, 0.6, 0.6, 0.6, 0.6))
    assert "still falling" not in flat.findings[0].evidence
    assert typed(flat)["learning_rate"] == pytest.approx(0.00033)
    assert typed(flat)["epochs"] is None


def test_a_weak_class_is_named() -> None:
    weak = diagnosed(scored((990, 1000), (900, 1000)), scored((480, 500), (300, 500)))
    codes = {finding.code: finding for finding in weak.findings}
    assert codes["weak-class"].subject == "dogs"
    assert "60.0% of 500" in codes["weak-class"].evidence
    even = diagnosed(scored((990, 1000), (900, 1000)), scored((480, 500), (470, 500)))
    assert "weak-class" not in {finding.code for finding in even.findings}


def test_few_images_leave_it_uncertain() -> None:
    few = diagnosed(scored((95, 100), (95, 100)), scored((19, 20), (19, 20)))
    assert few.verdict == "fine"
    assert [finding.code for finding in few.findings] == ["fine", "uncertain"]
    many = diagnosed(scored((950, 1000), (950, 1000)), scored((1900, 2000), (1900, 2000)))
    assert [finding.code for finding in many.findings] == ["fine"]
