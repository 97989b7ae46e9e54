"""The results of a cross-validation, read from the runs of its folds."""

import shlex
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from classeur.errors import BrokenRunError, NotARunError, UnfinishedRunError
from classeur.evaluation.cross_validation import CrossValidation, Fold
from classeur.evaluation.leaked import leaked
from classeur.evaluation.logits import SplitLogits
from classeur.evaluation.scoring import Evaluation, Score, score
from classeur.options import takes_options
from classeur.run import Run
from classeur.training.facts import FoldsFacts, RunFacts, read_facts
from classeur.training.logits import softmax
from classeur.workflows.counting import are_new
from classeur.workflows.cross_fitting import cross_fitted_logits, scored_again
from classeur.workflows.judged import Row, image_facts, rows_of, with_slices
from classeur.workflows.kept_logits import whole_split


@takes_options()
def cross_validation(run: Run | Path | str) -> CrossValidation:
    """Return the scores of the folds in the directory of a cross-validation, as far as they are trained.

    Args:
        run: what `train` with `folds` has made.

    Raises:
        NotARunError: if it is no such directory.
        BrokenRunError: if a file of a fold is missing or damaged.
    """
    run = as_run(run)
    if not run.holds_folds:
        raise NotARunError(run.path)
    facts = run.read(run.folds_path, FoldsFacts)
    finished = [
        (fold, found)
        for fold in (run.fold(number) for number in range(1, facts.num_folds + 1))
        if fold.facts_path.is_file() and (found := read_facts(fold)).status == "finished"
    ]
    folds = [
        _fold(fold, found, counts)
        for (fold, found), counts in zip(finished, _counting([fold for fold, _ in finished]), strict=True)
    ]
    is_whole = len(folds) == facts.num_folds
    return CrossValidation(num_folds=facts.num_folds, folds=tuple(folds), pooled=_pooled(run) if is_whole else None)


def _fold(fold: Run, facts: RunFacts, counts: np.ndarray) -> Fold:
    """Return what a fold says of those of its images that count, bool (n,)."""
    judged: Score | None = None
    if counts.any():
        recorded = fold.read(fold.evaluation_path, Evaluation).splits["validation"]
        judged = scored_again(fold, "validation", recorded, whole_split(fold, "validation").only(counts))
    return Fold(
        run=fold.path.name,
        num_train=facts.counts["train"],
        num_images=int(counts.sum()),
        accuracy=None if judged is None else judged.accuracy,
        loss=None if judged is None else judged.loss,
    )


def as_run(run: Run | Path | str) -> Run:
    """Return a run, or the directory of a cross-validation, without a look at it."""
    return run if isinstance(run, Run) else Run(Path(run))


def pooled_score(run: Run) -> Score:
    """Return the score of all images of a cross-validation, each by the fold that was not trained on it.

    Raises:
        UnfinishedRunError: if a fold is not finished.
    """
    found = cross_validation(run)
    if found.pooled is None:
        raise UnfinishedRunError(
            f"{len(found.folds)} of {found.num_folds} folds of {run.path} are finished; go on with: classeur train"
            f" --out {shlex.quote(str(run.path))} --resume"
        )
    return found.pooled


def folds_of(run: Run) -> list[Run]:
    """Return the run of each fold of a cross-validation."""
    facts = run.read(run.folds_path, FoldsFacts)
    return [run.fold(number) for number in range(1, facts.num_folds + 1)]


def _pooled(run: Run) -> Score:
    folds = folds_of(run)
    class_names = read_facts(folds[0]).class_names
    said = counted_in_folds(run)
    judged = [_fair(fold, each) for fold, each in zip(folds, said, strict=True)]
    logits, labels = (np.concatenate([getattr(each, name) for each in judged]) for name in ("logits", "labels"))
    rows = [row for fold, each in zip(folds, judged, strict=True) for row in _rows_of(fold, each, class_names)]
    facts = image_facts(rows)
    result = score(logits, labels, class_names=class_names, groups=facts.groups)
    right = softmax(logits).argmax(axis=1) == labels
    return _weighed(folds, with_slices(result, right, facts), class_names)


def _weighed(folds: Sequence[Run], result: Score, class_names: tuple[str, ...]) -> Score:
    """Return the score of all folds with what the images do to it that belong with images in other folds, if any do."""
    whole = [whole_split(fold, "validation", len(class_names)) for fold in folds]
    is_leak = np.concatenate(
        [~are_new(fold, "validation", each.hashes) for fold, each in zip(folds, whole, strict=True)]
    )
    if not is_leak.any():
        return result
    right = np.concatenate([softmax(each.logits).argmax(axis=1) == each.labels for each in whole])
    rows = [row for fold, each in zip(folds, whole, strict=True) for row in _rows_of(fold, each, class_names)]
    groups = [row.get("group", "") for row in rows]
    return result.model_copy(update={"leaked": leaked(right, is_leak, dropped=not is_leak.all(), groups=groups)})


def _rows_of(fold: Run, judged: SplitLogits, class_names: tuple[str, ...]) -> list[Row]:
    """Return what split.csv says of the images that a fold was judged on, in the order of its logits.

    Raises:
        BrokenRunError: if it has other labels.
    """
    rows = {(row["hash"], row["label"]): row for row in rows_of(fold, "validation")}
    keys = [(each, class_names[label]) for each, label in zip(judged.hashes, judged.labels.tolist(), strict=True)]
    if any(key not in rows for key in keys):
        raise BrokenRunError(f"{fold.logits_path} has other labels than {fold.split_path}; copy the whole run again")
    return [rows[key] for key in keys]


def counting_in_folds(run: Run) -> list[np.ndarray]:
    """Return which images of each fold count, bool (n,): those that belong with none in another fold.

    Where no image of any fold is such, all of them count.
    """
    return _counting(folds_of(run))


def _counting(folds: Sequence[Run]) -> list[np.ndarray]:
    new = [are_new(fold, "validation", whole_split(fold, "validation").hashes) for fold in folds]
    return new if any(each.any() for each in new) else [np.ones_like(each) for each in new]


def counted_in_folds(run: Run) -> list[SplitLogits]:
    """Return what the model of each fold says of its images that count."""
    folds = folds_of(run)
    whole = [whole_split(fold, "validation", len(read_facts(folds[0]).class_names)) for fold in folds]
    return [each.only(counts) for each, counts in zip(whole, counting_in_folds(run), strict=True)]


def _fair(fold: Run, said: SplitLogits) -> SplitLogits:
    """Return what the model of a fold says, by temperatures that the images were not used for."""
    fair = cross_fitted_logits(fold, "validation", said) if said.hashes else None
    return said if fair is None else said._replace(logits=fair)
