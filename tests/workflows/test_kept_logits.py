"""Kept logits: those of another run are told by their classes, images or loss."""

import json
from pathlib import Path

import numpy as np
import pytest

from classeur.errors import BrokenRunError
from classeur.evaluation.logits import SplitLogits, write_logits
from classeur.run import Run
from classeur.training.logits import log_losses
from classeur.workflows.kept_logits import groups_of, kept_logits

KEPT = SplitLogits(np.array([[2.0, -1.0], [0.5, 0.0]]), np.array([0, 1]), ("a" * 32, "b" * 32))


def run_with(path: Path, kept: SplitLogits) -> Run:
    """Return a run that was judged with `KEPT`, and now has other logits."""
    run = Run(path)
    columns = ("path", "label", "split", "hash", "group")
    rows = [(f"{name}.png", "x", "validation", name, "") for name in KEPT.hashes]
    run.write_table(run.split_path, columns, [*rows, ("c.png", "x", "train", "c" * 32, "")])
    loss = float(log_losses(KEPT.logits, KEPT.labels).mean())
    run.evaluation_path.write_text(json.dumps({"splits": {"validation": {"loss": {"value": loss}}}}))
    write_logits(run.logits_path, {"validation": kept})
    return run


def test_those_of_the_run_are_returned(tmp_path: Path) -> None:
    single = KEPT._replace(logits=KEPT.logits.astype(np.float32))
    assert kept_logits(run_with(tmp_path, single), 2)["validation"].labels.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("kept", "reason"),
    [
        (KEPT._replace(logits=np.zeros((2, 5))), "validation has 5 classes; expected 2"),
        (KEPT._replace(hashes=("a" * 32, "c" * 32)), "its validation images are others than those of split.csv"),
        (
            KEPT._replace(logits=KEPT.logits + [[0.01, 0]]),
            "its validation loss is another than that of evaluation.json",
        ),
    ],
)
def test_those_of_another_are_refused(tmp_path: Path, kept: SplitLogits, reason: str) -> None:
    with pytest.raises(BrokenRunError, match=rf"logits.npz is not of this run \({reason}\); copy the whole run again"):
        kept_logits(run_with(tmp_path, kept), 2)


@pytest.mark.parametrize(
    ("kept", "reason"),
    [
        (KEPT._replace(logits=KEPT.logits[::-1]), "its validation logits are others than those of evaluation.json"),
        (KEPT._replace(hashes=KEPT.hashes[::-1]), "its validation labels are others than those of split.csv"),
        (
            KEPT._replace(logits=KEPT.logits[:, ::-1], labels=1 - KEPT.labels),
            "its validation labels are others than those of split.csv",
        ),
    ],
)
def test_what_was_exchanged_is_told(tmp_path: Path, kept: SplitLogits, reason: str) -> None:
    run = run_with(tmp_path, KEPT)
    rows = [(f"{number}.png", name, "validation", KEPT.hashes[number], "") for number, name in enumerate("ab")]
    run.write_table(run.split_path, ("path", "label", "split", "hash", "group"), rows)
    of_split = {"logits": KEPT.digest, "loss": {"value": 9.0}}  # the loss may be cross-fitted
    run.evaluation_path.write_text(json.dumps({"class_names": ["a", "b"], "splits": {"validation": of_split}}))
    assert kept_logits(run, 2)["validation"].digest == KEPT.digest
    write_logits(run.logits_path, {"validation": kept})
    with pytest.raises(BrokenRunError, match=r"\(its validation logits are others than those of evaluation.json\)"):
        kept_logits(run, 2)
    if "labels" in reason:  # of an older run, too
        run.evaluation_path.write_text(json.dumps({"class_names": ["a", "b"], "splits": {"validation": {}}}))
        with pytest.raises(BrokenRunError, match=rf"logits.npz is not of this run \({reason}\); copy the whole run"):
            kept_logits(run, 2)


def test_labels_that_were_changed_in_split_csv_are_another_question_and_no_damage(tmp_path: Path) -> None:
    run = run_with(tmp_path, KEPT)
    of_split = {"logits": KEPT.digest}
    run.evaluation_path.write_text(json.dumps({"class_names": ["a", "b"], "splits": {"validation": of_split}}))
    assert kept_logits(run, 2)["validation"].labels.tolist() == [0, 1]


def test_groups_are_those_of_split_csv_in_the_order_of_the_logits(tmp_path: Path) -> None:
    run = Run(tmp_path)
    groups = {"a": "x", "b": "y", "c": "x", "d": ""}
    rows = [(f"{name}.png", "cats", "validation", name, group) for name, group in groups.items()]
    run.write_table(run.split_path, ("path", "label", "split", "hash", "group"), rows)
    found = groups_of(run, "validation", ["d", "c", "b", "a"])
    assert found is not None
    assert found.tolist() == [0, 1, 2, 1]
    assert groups_of(run, "validation", ["a", "b", "d"]) is None, "each alone"
    assert groups_of(run, "test", ["a", "c"]) is None


def test_a_run_without_the_rest_is_not_compared(tmp_path: Path) -> None:
    write_logits(tmp_path / "logits.npz", {"validation": KEPT})
    assert list(kept_logits(Run(tmp_path))) == ["validation"]
