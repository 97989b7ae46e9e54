"""Leaks of a given split: recorded by a training, and weighed by `evaluate`."""

from collections.abc import Callable, Sequence

import numpy as np

from classeur.evaluation.leaked import leaked
from classeur.evaluation.logits import SplitLogits
from classeur.evaluation.scoring import Score
from classeur.run import Run
from classeur.training.facts import RunFacts
from classeur.training.logits import softmax
from classeur.workflows.counting import Row, are_new, leaks_of
from classeur.workflows.judged import rows_of
from classeur.workflows.kept_logits import whole_logits
from classeur.workflows.preparation import Prepared

LEAK_COLUMNS = ("path", "label", "split", "hash", "kind", "other")


def leak_rows(prepared: Prepared) -> list[tuple[str, ...]]:
    """Return the rows of leaks.csv: judged images that belong with an image in training, and why; also dropped ones."""
    folder = prepared.folder
    return [
        (
            folder.paths[leak.row],
            folder.class_names[folder.labels[leak.row]],
            split,
            folder.hashes[leak.row],
            leak.kind,
            folder.paths[leak.other],
        )
        for split, leaks in prepared.leaks.items()
        for leak in leaks
    ]


def weighed(run: Run, split: str, score: Score, rows: Sequence[Row], said: SplitLogits) -> Score:
    """Return a score with what the images of its split do to it that belong with images in training, if any do.

    Args:
        run: whose leaks.csv is read.
        split: of the images.
        score: of those that count.
        rows: of split.csv, of all images of the split.
        said: of these.
    """
    is_leak = ~are_new(run, split, said.hashes)
    if not is_leak.any():
        return score
    right = softmax(said.logits).argmax(axis=1) == said.labels
    group = {row["hash"]: row.get("group", "") for row in rows}
    groups = [group.get(each, "") for each in said.hashes]
    return score.model_copy(update={"leaked": leaked(right, is_leak, dropped=not is_leak.all(), groups=groups)})


def with_leaks(
    run: Run,
    facts: RunFacts,
    split: str,
    score: Score,
    judge: Callable[[list[Row]], np.ndarray] | None = None,
) -> Score:
    """Return a score with the accuracy with and without the images that belong with training, if there are any.

    Also with those that `--drop-leaks` left out of the split.

    Args:
        run: whose logits.npz has this split.
        facts: of the run.
        split: of the score.
        score: of the images that count.
        judge: returns the logits of images that are in no split, float (n, classes); those that `--drop-leaks` left out
            are not weighed if None.
    """
    leaks = leaks_of(run, split)
    judged = whole_logits(run, len(facts.class_names)).get(split) if leaks else None
    if judged is None:
        return score
    rows = rows_of(run, split)
    if not are_new(run, split, judged.hashes).all():
        return weighed(run, split, score, rows, judged)
    if judge is None:
        return score
    right = softmax(judged.logits).argmax(axis=1) == judged.labels
    predicted = softmax(judge(leaks)).argmax(axis=1).tolist()
    of_leaks = [facts.class_names[number] == row["label"] for number, row in zip(predicted, leaks, strict=True)]
    is_leak = [False] * len(rows) + [True] * len(leaks)
    groups = [*(row.get("group", "") for row in rows), *_groups_of_dropped(run, leaks)]
    found = leaked([*right.tolist(), *of_leaks], is_leak, dropped=True, groups=groups)
    return score.model_copy(update={"leaked": found})


def _groups_of_dropped(run: Run, leaks: Sequence[Row]) -> list[str]:
    """Return the group of each image that was left out: that of the image in training that it belongs with.

    No image that is left has it, as leaks are dropped by whole groups.
    """
    trained = {row["path"]: row.get("group", "") for row in rows_of(run, "train")}
    return [trained.get(row["other"], "") or row["other"] for row in leaks]
