"""run.json: there and back, of older and newer versions, and damaged."""

import json
from pathlib import Path
from typing import Any

import pytest

from classeur.errors import BrokenRunError, UnfinishedRunError
from classeur.run import Run
from classeur.training.facts import VERSION, RunFacts, finished_facts, read_facts, write_facts
from classeur.training.recipe import Recipe, make_recipe

FACTS = RunFacts(
    status="finished",
    recipe=make_recipe({"model": "tutorial", "augment": "all", "epochs": 3}),
    class_names=("cats", "d\udcf4gs"),
    counts={},
)

# As classeur 0.1 wrote it before it stated a version.
VERSION_1: dict[str, Any] = {
    "status": "stopped", "began": "2026-11-24T10:00:00+00:00",
    "recipe": {
        "model": "tutorial", "image_size": [96, 128], "fit": "crop", "stretch": False,
        "augmentation": {"flip": "horizontal", "rotation": 45.0, "zoom": 0.0},
        "dropout": 0.2, "epochs": 9, "batch_size": 32, "learning_rate": 0.001, "stop_early": None, "keep": "best",
        "precision": "float32", "warp": "host", "validation_share": 0.2, "seed": 4,
    },
    "class_names": ["cats", "dogs"], "counts": {"found": 9, "used": 9, "train": 7, "validation": 2},
    "split_made_here": True, "data_fingerprint": "ab", "from_run": None, "epochs_done": 2, "kept_epoch": 2,
    "seconds": {"wall": 1.5, "cpu": 2.0}, "versions": {"python": "3.11"}, "machine": {"processors": 2},
    "layers": [{"name": "dense", "type": "Dense", "output_shape": [None, 1], "num_parameters": 513}],
}  # fmt: skip


@pytest.fixture
def run(tmp_path: Path) -> Run:
    with Run.creating(tmp_path / "run") as made:
        return made


def test_facts_come_back(run: Run) -> None:
    write_facts(run, FACTS)
    assert read_facts(run) == FACTS
    assert finished_facts(run).recipe.optimisation.epochs == 3
    assert json.loads(run.facts_path.read_bytes().decode("utf-8", "surrogateescape"))["version"] == VERSION


def test_a_run_of_the_first_version_is_read(run: Run) -> None:
    run.facts_path.write_text(json.dumps(VERSION_1))
    facts = read_facts(run)
    recipe = make_recipe(
        {"model": "tutorial", "image_size": "96x128", "fit": "crop", "flip": "horizontal", "rotation": 45.0,
         "dropout": 0.2, "epochs": 9, "batch_size": 32, "keep": "best", "seed": 4}
    )  # fmt: skip
    assert facts.recipe == recipe
    assert facts.training_recipe == recipe.changed({"precision": "float32", "warp": "host"})
    assert (facts.status, facts.epochs_done, facts.class_names) == ("stopped", 2, ("cats", "dogs"))
    assert facts.seconds
    assert facts.seconds.wall == 1.5


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({}, "'status' is missing"),
        ({"version": VERSION + 1}, "it was written by a newer classeur"),
        ({**VERSION_1, "class_names": 3}, "'class_names' has an invalid value"),
        ({**VERSION_1, "recipe": {"epochs": -1}}, "epochs -1 is not possible"),
        ({**VERSION_1, "recipe": {"epoch": 1}}, "no option is called 'epoch'"),
        ({"version": VERSION, "status": "finished", "recipe": 3}, "'recipe' has an invalid value"),
    ],
)
def test_what_cannot_be_read_is_one_line(run: Run, content: dict[str, Any], reason: str) -> None:
    run.facts_path.write_text(json.dumps(content))
    with pytest.raises(BrokenRunError) as caught:
        read_facts(run)
    assert "run.json cannot be used" in str(caught.value)
    assert reason in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("length", range(0, 400, 37))
def test_a_file_cut_short_is_one_line(run: Run, length: int) -> None:
    write_facts(run, FACTS)
    run.facts_path.write_bytes(run.facts_path.read_bytes()[:length])
    with pytest.raises(BrokenRunError, match="is damaged"):
        read_facts(run)


def test_a_run_in_training_is_unfinished(run: Run) -> None:
    write_facts(run, FACTS.model_copy(update={"status": "training"}))
    with pytest.raises(UnfinishedRunError, match="--resume"):
        finished_facts(run)


def test_what_is_left_to_the_machine_is_kept_apart() -> None:
    facts = RunFacts(status="training", recipe=Recipe(), settled={"warp": "device"}, class_names=("a", "b"), counts={})
    assert facts.recipe.optimisation.warp == "auto"
    assert facts.training_recipe.optimisation.warp == "device"
