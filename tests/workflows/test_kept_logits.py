"""Kept logits: those of another run are told by their classes, images or hash."""

import json
from pathlib import Path

import numpy as np
import pytest

from classeur.errors import BrokenRunError
from classeur.evaluation.logits import SplitLogits, write_logits
from classeur.run import Run
from classeur.workflows.kept_logits import groups_of, kept_logits, kept_split

KEPT = SplitLogits(np.array([[2.0, -1.0], [0.5, 0.0]]), np.array([0, 1]), ("a" * 32, "b" * 32))


def run_with(path: Path, kept: SplitLogits, *, digest: str = KEPT.digest) -> Run:
    """Return a run that was judged with `KEPT`, and now has other logits."""
    run = Run(path)
    columns = ("path", "label", "split", "hash", "group")
    rows = [(f"{name}.png", "x", "validation", name, "") for name in KEPT.hashes]
    run.write_table(run.split_path, columns, [*rows, ("c.png", "x", "train", "c" * 32, "")])
    run.evaluation_path.write_text(json.dumps({"splits": {"validation": {"logits": digest}}}))
    write_logits(run.logits_path, {"validation": kept})
    return run


def test_those_of_the_run_are_returned_whatever_labels_split_csv_has_now(tmp_path: Path) -> None:
    assert kept_logits(run_with(tmp_path, KEPT), 2)["validation"].labels.tolist() == [0, 1]
    assert kept_split(Run(tmp_path), "validation").digest == KEPT.digest


OTHER = "its validation logits are others than those of evaluation.json"


@pytest.mark.parametrize(
    ("kept", "reason"),
    [
        (KEPT._replace(logits=np.zeros((2, 5))), "validation has 5 classes; expected 2"),
        (KEPT._replace(hashes=("a" * 32, "c" * 32)), "its validation images are others than those of split.csv"),
        (KEPT._replace(logits=KEPT.logits + [[0.01, 0]]), OTHER),
        (KEPT._replace(logits=KEPT.logits[::-1]), OTHER),
        (KEPT._replace(hashes=KEPT.hashes[::-1]), OTHER),
        (KEPT._replace(logits=KEPT.logits[:, ::-1], labels=1 - KEPT.labels), OTHER),
    ],
)
def test_those_of_another_are_refused(tmp_path: Path, kept: SplitLogits, reason: str) -> None:
    with pytest.raises(BrokenRunError, match=rf"logits.npz is not of this run \({reason}\); copy the whole run again"):
        kept_logits(run_with(tmp_path, kept), 2)


@pytest.mark.parametrize("content", ["{}", '{"splits": {"validation": {"loss": {"value": 0.5}}}}'])
def test_without_a_hash_nothing_is_known_and_what_to_do_is_said(tmp_path: Path, content: str) -> None:
    """Logits that were exchanged within a class have the same loss, labels and images."""
    run = run_with(tmp_path, KEPT)
    run.evaluation_path.write_text(content)
    assert kept_logits(run, 2) == {}
    with pytest.raises(BrokenRunError, match=r"not which logits it is of, .*; run: classeur evaluate \S+$"):
        kept_split(run, "validation")
    with pytest.raises(BrokenRunError, match="run: classeur evaluate .* --split test$"):
        kept_split(run, "test")


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
