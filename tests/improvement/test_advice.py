"""What is advised repeats the run but for what it changes, costs what it says, and can be typed."""

import shlex
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import typer
from constructed_runs import diagnosed, halves, scored

from classeur.cli import app
from classeur.data.findings import Change, Command
from classeur.delivery.wording import command_line
from classeur.delivery.words import advice
from classeur.improvement.diagnosis import Diagnosis
from classeur.improvement.leaks import Leak
from classeur.options import OPTIONS
from classeur.training.recipe import make_recipe

CHANCE = halves(505, 1000), halves(500, 1000)
OVERFITTING = halves(980, 1000), halves(700, 1000)
UNDERFITTING = halves(700, 1000), halves(690, 1000)
FALLING, FLAT, HIGH = (0.7, 0.65, 0.6, 0.55, 0.5), (0.5, 0.6, 0.6, 0.6, 0.6), (9.0,) * 5
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
@pytest.mark.parametrize(("scores", "losses"), [(CHANCE, FLAT), (CHANCE, HIGH), (UNDERFITTING, FLAT)])
def test_a_command_repeats_the_run_but_for_what_it_changes(options: dict[str, Any], scores: Any, losses: Any) -> None:
    if losses is FLAT:  # of images as they are there would be nothing to change
        options = {"flip": "both", **options}
    change, given = advised(diagnosed(*scores, losses=losses, options=options))
    if given["resume"]:
        assert {name for name in OPTIONS if given[name] is not None} == {"epochs"}
        return
    asked = {name: value for name, value in given.items() if name in OPTIONS or name == "augment"}
    assert make_recipe(asked) == make_recipe({"model": "tutorial", "epochs": len(losses), **options, **change.options})


@pytest.mark.parametrize(("scores", "losses"), [(CHANCE, HIGH), (UNDERFITTING, FALLING)])
def test_what_the_data_were_read_with_is_repeated(scores: Any, losses: Any) -> None:
    files = {"columns": "path=x", "exclude": "my plan.csv", "keep_split": "old.csv"}
    split = {"group_by": "folder", "long_bursts": True, "drop_leaks": True}
    found = diagnosed(*scores, losses=losses, options=split, data_options=files)
    changes = [change for finding in found.findings for change in finding.changes if change.command]
    given = [typed(change.command) for change in changes if change.command]
    anew = [each for each in given if not each["resume"]]
    assert anew or scores is UNDERFITTING
    for each in anew:
        assert {name: each[name] for name in split} == split
        assert {name: str(each[name]) for name in files} == files


def test_against_overfitting_there_is_what_was_measured_to_help() -> None:
    """A transfer; of augmentation, dropout and the best epoch nothing showed that they do (docs/results.md)."""
    found = diagnosed(*OVERFITTING, data_options={"columns": "path=file"})
    assert [finding.code for finding in found.findings] == ["overfitting", "uncertain", "from-scratch"]
    change, given = advised(found)
    assert (change.code, given["data"], given["columns"]) == ("more-photographs", Path("DATA"), "path=file")
    transfer = found.findings[-1].changes[0]
    assert transfer.command is not None
    assert typed(transfer.command)["out"] == Path("transfer")


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
    _, given = advised(diagnosed(*CHANCE, losses=HIGH, from_run="runs/my first"))
    assert str(given["from_run"]) == "runs/my first"
    assert advised(diagnosed(*CHANCE, losses=HIGH))[1]["from_run"] is None


@pytest.mark.skipif("schedule" not in OPTIONS, reason="there is no schedule yet")
def test_under_a_schedule_training_longer_begins_anew() -> None:
    options = {"epochs": 5, "schedule": "cosine"}
    change, given = advised(diagnosed(*UNDERFITTING, losses=FALLING, options=options))
    assert (change.code, given["resume"], given["epochs"], given["schedule"]) == ("train-longer", False, 10, "cosine")


def test_a_network_that_learns_nothing_is_shown_the_images_as_they_are() -> None:
    change, given = advised(diagnosed(*CHANCE, losses=FLAT, options={**VARIED, "hue": 9.0, "dropout": 0.5, "seed": 3}))
    assert change.code == "as-they-are"
    recipe = make_recipe({name: value for name, value in given.items() if name in OPTIONS})
    assert recipe.augmentation.is_identity
    assert (recipe.network.dropout, recipe.seed, recipe.optimisation.epochs) == (0, 3, 5)
    change, given = advised(diagnosed(*CHANCE, losses=FLAT))
    assert (change.code, given["data"]) == ("look-at-data", Path("DATA"))


def test_a_command_costs_its_epochs_at_the_pace_of_the_run() -> None:
    change, given = advised(diagnosed(*CHANCE, losses=HIGH, options={"epochs": 20}))
    assert change.values == {"num_epochs": 20, "seconds": 40.0}
    assert given["epochs"] == 20


@pytest.mark.parametrize("name", ["my photos", "it's", "a;b", "$HOME", "é"])
def test_paths_are_quoted_for_the_shell(name: str) -> None:
    _, given = advised(diagnosed(*CHANCE, losses=HIGH, data=name, run=f"runs/{name}", taken=[f"{name}-2"]))
    assert (str(given["data"]), str(given["out"])) == (name, f"runs/{name}-3")


def test_of_folds_and_of_a_validation_that_leaks_throughout_nothing_is_left_out(tmp_path: Path) -> None:
    leak, everything = Leak(100, 98, 900, 602), Leak(1000, 700, 0, 0)
    files = {"columns": "path=file", "exclude": "plan.csv"}

    def divided(**given: Any) -> Change:
        return diagnosed(*OVERFITTING, data="pets", **given).findings[0].changes[1]

    of_folds = divided(leak=leak, num_folds=3, data_options=files)
    assert of_folds.command is not None
    assert command_line(of_folds.command) == (
        "classeur split pets --anew --folds 3 --columns path=file --exclude plan.csv --to anew.csv"
    )
    throughout = divided(leak=everything, options={"group_by": "folder"})
    assert throughout.command is not None
    assert command_line(throughout.command) == "classeur split pets --anew --group-by folder --to anew.csv"
    kept = divided(leak=everything, data_options={**files, "keep_split": "old.csv"})
    assert kept.command is not None
    assert (kept.command.verb, kept.command.options["exclude"]) == ("train", "plan.csv")
    assert not {"keep_split", "drop_leaks"} & kept.command.options.keys()
    with ZipFile(tmp_path / "pets.zip", "w"):
        pass
    zipped = diagnosed(*OVERFITTING, data=str(tmp_path / "pets.zip"), leak=everything).findings[0]
    assert advice(zipped).endswith(": unpack the zip, then classeur split FOLDER --anew --to anew.csv")


def test_a_look_at_the_data_reads_them_as_the_run_did_and_shows_the_leak() -> None:
    files = {"columns": "path=file", "exclude": "-p.csv"}

    def looked(**given: Any) -> Change:
        options = {"group_by": "folder"}
        return (
            diagnosed(*OVERFITTING, data="-d", leak=Leak(8, 6, 16, 12), options=options, **given).findings[0].changes[0]
        )

    look = looked(data_options=files)
    assert look.command is not None
    assert command_line(look.command) == (
        "classeur inspect ./-d --columns path=file --group-by folder --exclude ./-p.csv"
    )
    assert str(typed(look.command)["data"]) == "-d"
    # The data do not name those splits or folds: `inspect` would show nothing of the leak.
    for given in ({"data_options": {**files, "keep_split": "old.csv"}}, {"num_folds": 3}):
        look = looked(**given)
        assert (look.code, look.command) == ("look-at-leaks", None)


def test_a_head_is_told_to_leave_out_what_leaks_and_to_balance_without_epochs() -> None:
    head: dict[str, Any] = {"losses": (), "options": {"model": "auto", "epochs": None}}
    look, without = diagnosed(*OVERFITTING, leak=Leak(100, 98, 900, 602), run="runs/a", **head).findings[0].changes
    assert look.command is not None
    assert without.command is not None
    assert look.command.verb == "inspect"
    assert typed(without.command)["drop_leaks"] is True
    assert (without.values, typed(without.command)["epochs"]) == ({}, None)
    rare = scored(cats=(900, 900), dogs=(0, 100))
    change = diagnosed(rare, rare, **head).findings[0].changes[0]
    assert change.command is not None
    assert (change.code, typed(change.command)["balance"], change.values) == ("balance", True, {})


@pytest.mark.parametrize(
    ("rate", "loss", "code", "expected"),
    [
        (3.0, 9.0, "smaller-learning-rate", 0.001),
        (0.001, 9.0, "smaller-learning-rate", 0.00033),
        (1e-6, 0.7, "larger-learning-rate", 0.001),
    ],
)
def test_another_learning_rate_is_the_usual_one_or_a_third(
    rate: float, loss: float, code: str, expected: float
) -> None:
    change, given = advised(diagnosed(*CHANCE, losses=(loss,) * 4, options={"learning_rate": rate}))
    assert (change.code, make_recipe({"model": "tutorial", **change.options}).optimisation.learning_rate) == (
        code,
        expected,
    )
    assert given["epochs"] == 4
