"""Leaks of a given split: recorded by a training, and weighed by `evaluate`."""

from collections.abc import Callable, Sequence

import numpy as np

from classeur.evaluation.leaked import leaked
from classeur.evaluation.scoring import Score
from classeur.run import Run
from classeur.training.facts import RunFacts
from classeur.training.logits import softmax
from classeur.workflows.judged import rows_of
from classeur.workflows.kept_logits import kept_logits
from classeur.workflows.preparation import Prepared

LEAK_COLUMNS = ("path", "label", "split", "hash", "kind", "other")

Row = dict[str, str]


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


def leaks_of(run: Run, split: str) -> list[Row]:
    """Return the rows of leaks.csv of a split; none if nothing leaks."""
    return [row for row in run.read_table(run.leaks_path) if row["split"] == split] if run.leaks_path.exists() else []


def num_judged_leaks(run: Run, facts: RunFacts, split: str = "validation") -> int:
    """Return how many images of a split a run was judged on that belong with images in training."""
    return 0 if facts.recipe.split.drop_leaks else len(leaks_of(run, split))


def with_leaks(
    run: Run,
    facts: RunFacts,
    split: str,
    score: Score,
    judge: Callable[[list[Row]], np.ndarray] | None = None,
) -> Score:
    """Return a score with the accuracy with and without the images that belong with training, if there are any.

    Args:
        run: whose logits.npz has this split.
        facts: of the run.
        split: of the score.
        score: of the images that count.
        judge: returns the logits of images that are in no split, float (n, classes); those that `--drop-leaks` left out
            are not weighed if None.
    """
    leaks = leaks_of(run, split)
    judged = kept_logits(run, len(facts.class_names)).get(split) if leaks else None
    if judged is None:
        return score
    correct = (softmax(judged.logits).argmax(axis=1) == judged.labels).tolist()
    paths, rows = {row["path"] for row in leaks}, rows_of(run, split)
    is_leak, groups = [row["path"] in paths for row in rows], [row.get("group", "") for row in rows]
    dropped = not any(is_leak)
    if dropped:
        if judge is None:
            return score
        predicted = softmax(judge(leaks)).argmax(axis=1).tolist()
        correct += [facts.class_names[number] == row["label"] for number, row in zip(predicted, leaks, strict=True)]
        is_leak += [True] * len(leaks)
        groups += _groups_of_dropped(run, leaks)
    return score.model_copy(update={"leaked": leaked(correct, is_leak, dropped=dropped, groups=groups)})


def _groups_of_dropped(run: Run, leaks: Sequence[Row]) -> list[str]:
    """Return the group of each image that was left out: that of the image in training that it belongs with.

    No image that is left has it, as leaks are dropped by whole groups.
    """
    trained = {row["path"]: row.get("group", "") for row in rows_of(run, "train")}
    return [trained.get(row["other"], "") or row["other"] for row in leaks]
