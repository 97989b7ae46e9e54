"""Run facts: run.json as a typed model with a version, so that a run of another version is refused in one line."""

import shlex
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from classeur.errors import BrokenRunError, ClasseurError, UnfinishedRunError
from classeur.estimate import Estimate
from classeur.models.onnx_file import Decided
from classeur.run import Run
from classeur.training.recipe import Recipe

# Of all files of a run; raised whenever one of them can no longer be read as it was.
VERSION = 4

# Of folds.json; raised whenever an older classeur could not read the new file.
FOLDS_VERSION = 1

# The second class of a run that was trained on one.
UNLIKE = "unlike"

# How pixels were made, for a reader of the run alone: see images.resizing.
RESIZE = "antialiased bilinear (Pillow), horizontal then vertical"

Status = Literal["training", "stopped", "finished"]


class Seconds(BaseModel):
    """The time of a training, over all sessions."""

    model_config = ConfigDict(frozen=True)

    wall: float
    cpu: float  # processor time of the process, all threads


class RunFacts(BaseModel):
    """The facts about a run; run.json.

    >>> facts = RunFacts(status="training", recipe=Recipe(), class_names=("cats", "dogs"), counts={"train": 20})
    >>> RunFacts.model_validate(facts.model_dump(mode="json")) == facts
    True
    """

    model_config = ConfigDict(frozen=True)

    version: int = VERSION
    status: Status
    began: str = ""  # ISO 8601, UTC
    recipe: Recipe  # as given by the user
    settled: dict[str, str] = {}  # option → the value that this machine chose for `auto`
    class_names: tuple[str, ...]  # in the order of the probabilities
    one_class: bool = False  # whether it was trained on the first of its classes alone
    counts: dict[str, int]  # found, used, set_aside, left_out, and the images of each split
    split_made_here: bool = False
    data_fingerprint: str = ""
    num_leaks: int | None = None  # rows of leaks.csv; None where a version before trained it
    from_run: str | None = None  # the name of the run whose weights it started with
    model: str = ""  # the checksum of model.keras; empty while it trains
    backbone: str | None = None  # what tells the frozen features from others: network, weights, version
    epochs_done: int = 0
    kept_epoch: int | None = None  # the epoch whose weights the model has; 0 for a part of the first
    seconds: Seconds | None = None
    decided: Decided = Decided()  # from where on it gives no class
    validation: Estimate | None = None  # the accuracy of the model on the validation images
    random_split: Estimate | None = None  # of a head that was judged by a split which separates what belongs together
    resize: str = RESIZE
    versions: dict[str, str] = {}
    machine: dict[str, str | int | float] = {}

    @property
    def training_recipe(self) -> Recipe:
        """The recipe with the machine's value of each `auto`: what a resumed training uses."""
        return self.recipe.changed(self.settled)


class FoldsFacts(BaseModel):
    """What all folds of a cross-validation have in common; folds.json."""

    model_config = ConfigDict(frozen=True)

    version: int = FOLDS_VERSION
    num_folds: int
    recipe: Recipe  # as given by the user
    class_names: tuple[str, ...]
    data_fingerprint: str  # of every image's path, label, fold and content
    made_here: bool = True  # whether the folds were drawn, not named by the data


def read_facts(run: Run) -> RunFacts:
    """Return run.json.

    Raises:
        BrokenRunError: if it is damaged, not of a run, or written by an older or newer classeur.
    """
    content = run.read_json(run.facts_path)
    try:
        _check_version(content)
        return RunFacts.model_validate(content)
    except (ValueError, ClasseurError) as error:
        raise BrokenRunError(
            f"{run.facts_path} cannot be used: {_reason(error)}; train again with --overwrite"
        ) from error


def write_facts(run: Run, facts: RunFacts) -> None:
    """Write run.json."""
    run.write(run.facts_path, facts)


def finished_facts(run: Run) -> RunFacts:
    """Return run.json of a run that has a model.

    Raises:
        UnfinishedRunError: if its training is running, or was interrupted before it saved a model.
        BrokenRunError: as `read_facts` does.
    """
    facts = read_facts(run)
    if facts.status == "training":
        raise UnfinishedRunError(
            f"the training of {run.path} is not finished; resume it with: classeur train --out"
            f" {shlex.quote(str(run.path))} --resume"
        )
    return facts


def _check_version(content: dict[str, Any]) -> None:
    """Check that it is of this version; the first did not state its own.

    Raises:
        ValueError: if it is of another.
    """
    version = content.get("version", 1 if "recipe" in content else VERSION)
    if isinstance(version, int) and version != VERSION:
        which = "a newer" if version > VERSION else "an older"
        raise ValueError(f"it was written by {which} classeur (version {version}; this one reads {VERSION})")


def _reason(error: ValueError | ClasseurError) -> str:
    """Return the first error in words."""
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors()[0]
    if first["type"] == "value_error":
        return str(first["ctx"]["error"])
    where = ".".join(map(str, first["loc"]))
    return f"'{where}' is missing" if first["type"] == "missing" else f"'{where}' has an invalid value"
