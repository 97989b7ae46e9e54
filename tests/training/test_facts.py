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

TODAY = FACTS.model_dump(mode="json")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    with Run.creating(tmp_path / "run") as made:
        return made


def test_facts_come_back(run: Run) -> None:
    write_facts(run, FACTS)
    assert read_facts(run) == FACTS
    assert finished_facts(run).recipe.optimisation.epochs == 3
    assert json.loads(run.facts_path.read_bytes().decode("utf-8", "surrogateescape"))["version"] == VERSION


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({}, "'status' is missing"),
        ({"version": VERSION + 1}, "it was written by a newer classeur"),
        ({"version": VERSION - 1}, "it was written by an older classeur"),
        ({"status": "stopped", "recipe": {"model": "tutorial"}}, "it was written by an older classeur (version 1"),
        ({**TODAY, "class_names": 3}, "'class_names' has an invalid value"),
        ({**TODAY, "recipe": {"optimisation": {"epochs": -1}}}, "epochs -1 is not possible"),
        ({**TODAY, "recipe": {"optimisation": {"epoch": 1}}}, "no option is called 'epoch'"),
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
