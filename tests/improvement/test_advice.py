"""What is advised repeats the run but for what it changes, costs what it says, and can be typed."""

import shlex
from typing import Any

import pytest
import typer
from constructed_runs import diagnosed, halves

from classeur.cli import app
from classeur.data.findings import Change, Command
from classeur.delivery.wording import command_line
from classeur.improvement.diagnosis import Diagnosis
from classeur.options import OPTIONS
from classeur.training.recipe import make_recipe

CHANCE = halves(505, 1000), halves(500, 1000)
OVERFITTING = halves(980, 1000), halves(700, 1000)
UNDERFITTING = halves(700, 1000), halves(690, 1000)
FALLING, FLAT = (0.7, 0.65, 0.6, 0.55, 0.5), (0.5, 0.6, 0.6, 0.6, 0.6)
VARIED = {"flip": "horizontal", "rotation": 15.0, "zoom": 0.2, "shift": 0.1}
# Nothing that a recipe can hold has its default; floats that %g would shorten.
UNUSUAL = {
    "image_size": (96, 120), "fit": "pad", "stretch": True, "dropout": 0.125, "batch_size": 33, "keep": "best",
    "learning_rate": 0.00012345678, "validation_share": 0.1234567891, "seed": 12, "flip": "both", "rotation": 22.5,
    "zoom": 0.123, "shift": 0.0625, "shear": 5.5, "brightness": 0.25, "contrast": 0.5, "saturation": 0.75, "hue": 12.5,
    "channel_shift": 20.5, "erase": 1 / 3, "precision": "float32", "warp": "host",
}  # fmt: skip


def typed(command: Command) -> dict[str, Any]:
    """Return what the command line makes of a command, by parameter."""
    program, name, *arguments = shlex.split(command_line(command))
    assert (program, name) == ("classeur", command.verb)
    context = typer.main.get_command(app).commands[name].make_context(name, arguments)  # type: ignore[attr-defined]
    return dict(context.params)


def advised(diagnosis: Diagnosis) -> tuple[Change, dict[str, Any]]:
    """Return the verdict's change, and what the command line makes of its command."""
    (change,) = diagnosis.findings[0].changes
    assert change.command is not None
    return change, typed(change.command)


@pytest.mark.parametrize("options", [{}, UNUSUAL])
@pytest.mark.parametrize(("scores", "losses"), [(CHANCE, FLAT), (OVERFITTING, FLAT), (UNDERFITTING, FLAT)])
def test_a_command_repeats_the_run_but_for_what_it_changes(options: dict[str, Any], scores: Any, losses: Any) -> None:
    if scores is OVERFITTING:  # with the best epoch kept there would be no command
        options = {name: value for name, value in options.items() if name != "keep"}
    change, given = advised(diagnosed(*scores, losses=losses, options=options))
    if given["resume"]:
        assert {name for name in OPTIONS if given[name] is not None} == {"epochs"}
        return
    asked = {name: value for name, value in given.items() if name in OPTIONS or name == "augment"}
    assert make_recipe(asked) == make_recipe({"model": "tutorial", "epochs": len(losses), **options, **change.options})


@pytest.mark.parametrize("scores", [CHANCE, OVERFITTING, UNDERFITTING])
def test_what_the_data_were_read_with_is_repeated(scores: Any) -> None:
    files = {"columns": "path=x", "exclude": "my plan.csv", "keep_split": "old.csv"}
    split = {"group_by": "folder", "long_bursts": True, "drop_leaks": True}
    found = diagnosed(*scores, options=split, data_options=files)
    changes = [change for finding in found.findings for change in finding.changes if change.command]
    given = [typed(change.command) for change in changes if change.command]
    anew = [each for each in given if not each["resume"]]
    assert anew or scores is UNDERFITTING
    for each in anew:
        assert {name: each[name] for name in split} == split
        assert {name: str(each[name]) for name in files} == files


def test_the_catalogue_of_advice_against_overfitting() -> None:
    """Each step, from the run that the step before it asks for."""
    options: dict[str, Any] = {"epochs": 15}
    expected = [
        ("vary-pictures", {**VARIED, "dropout": 0.2, "epochs": 40}),
        ("keep-best", {"keep": "best", "stop_early": 5}),
    ]
    for code, changes in expected:
        change, _ = advised(diagnosed(*OVERFITTING, options=options))
        assert (change.code, change.options) == (code, changes)
        options.update(change.options)
    assert diagnosed(*OVERFITTING, options=options).findings[0].changes[0].code == "more-photographs"
    change, given = advised(diagnosed(*OVERFITTING, options={"epochs": 15, "rotation": 45}))
    assert (change.code, given["dropout"], given["rotation"], given["epochs"]) == ("add-dropout", 0.2, 45, 22)
    assert advised(diagnosed(*OVERFITTING, options={"dropout": 0.5}))[1]["dropout"] == 0.5


def test_training_longer_goes_on_with_the_run() -> None:
    change, given = advised(diagnosed(*UNDERFITTING, losses=FALLING, run="runs/a"))
    assert change.code == "train-longer"
    assert (str(given["out"]), given["resume"], given["epochs"], given["data"]) == ("runs/a", True, 10, None)
    assert change.values == {"num_epochs": 5, "seconds": 10.0}, "of what is still to come"


def test_a_run_that_was_stopped_goes_on_to_its_end() -> None:
    change, given = advised(diagnosed(*UNDERFITTING, losses=FALLING, options={"epochs": 20}))
    assert (change.code, given["resume"], given["epochs"]) == ("go-on", True, None)
    assert change.values["num_epochs"] == 15


def test_a_run_that_stopped_early_cannot_go_on_and_is_trained_anew() -> None:
    options = {"epochs": 20, "stop_early": 4}
    change, given = advised(diagnosed(*UNDERFITTING, losses=FLAT, options=options))
    assert (change.code, given["resume"], given["stop_early"], given["epochs"]) == ("more-patience", False, 8, 20)


def test_a_run_that_began_with_weights_is_repeated_from_them() -> None:
    _, given = advised(diagnosed(*OVERFITTING, from_run="runs/my first"))
    assert str(given["from_run"]) == "runs/my first"
    assert advised(diagnosed(*OVERFITTING))[1]["from_run"] is None


@pytest.mark.skipif("schedule" not in OPTIONS, reason="there is no schedule yet")
def test_under_a_schedule_training_longer_begins_anew() -> None:
    options = {"epochs": 5, "schedule": "cosine"}
    change, given = advised(diagnosed(*UNDERFITTING, losses=FALLING, options=options))
    assert (change.code, given["resume"], given["epochs"], given["schedule"]) == ("train-longer", False, 10, "cosine")


def test_a_loss_that_has_stopped_falling_asks_for_another_learning_rate() -> None:
    change, given = advised(diagnosed(*UNDERFITTING, losses=FLAT))
    assert (change.code, given["learning_rate"], given["epochs"]) == ("smaller-learning-rate", 0.00033, 5)


def test_a_command_costs_its_epochs_at_the_pace_of_the_run() -> None:
    change, given = advised(diagnosed(*OVERFITTING, options={"epochs": 15}))
    assert change.values == {"num_epochs": 40, "seconds": 80.0}
    assert given["epochs"] == 40


@pytest.mark.parametrize("name", ["my photos", "it's", "a;b", "$HOME", "é"])
def test_paths_are_quoted_for_the_shell(name: str) -> None:
    _, given = advised(diagnosed(*OVERFITTING, data=name, run=f"runs/{name}", taken=[f"{name}-2"]))
    assert (str(given["data"]), str(given["out"])) == (name, f"runs/{name}-3")
