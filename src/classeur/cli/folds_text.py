"""A cross-validation on a console: one table."""

from classeur.cli.console import console, print_table, print_values
from classeur.cli.kinds_text import print_groups, print_worst_slice
from classeur.data.findings import Command
from classeur.delivery.leaked_words import leaked_words
from classeur.delivery.score_words import share
from classeur.delivery.wording import are, command_line, counted
from classeur.estimate import Estimate
from classeur.evaluation.scoring import Score
from classeur.run import Run
from classeur.workflows.data_options import dividing_anew
from classeur.workflows.fold_scores import cross_validation


def print_folds(run: Run, *, as_json: bool) -> bool:
    """Print the scores of each fold, their mean and spread, and those of all images; return whether all are there."""
    found = cross_validation(run)
    if as_json:
        means = {"mean": found.mean, "spread": found.spread} if found.folds else {}
        print_values({**found.model_dump(mode="json"), "is_finished": found.is_finished, **means})
        return found.is_finished
    rows: list[tuple[object, ...]] = [
        (fold.run, f"{fold.num_train:,}", f"{fold.num_images:,}", *_accuracy(fold.accuracy)) for fold in found.folds
    ]
    if found.pooled is not None:
        pooled = found.pooled
        rows.append(("all", "", f"{pooled.num_images:,}", *_accuracy(pooled.accuracy)))
    print_table(("fold", "training images", "validation images", "accuracy", "95 % interval"), rows)
    out = console()
    if found.folds:
        is_new = found.pooled is not None and found.pooled.leaked is not None and found.pooled.leaked.dropped
        images = "each image that belongs with none in another fold" if is_new else "each image"
        out.print(
            f"mean of {counted(len(found.judging), 'fold')}: {found.mean:.1%}, standard deviation"
            f" {100 * found.spread:.1f} points; all: {images} once, by the fold that was not trained on it",
            markup=False,
        )
    if found.pooled is not None:
        out.print()
        print_groups(found.pooled)
        print_worst_slice(found.pooled)
    resume = Command(verb="train", options={"out": str(run.path), "resume": True})
    if not found.is_finished:
        left = found.num_folds - len(found.folds)
        out.print(f"{counted(left, 'fold')} left; go on with: {command_line(resume)}", markup=False)
    elif found.pooled is not None:
        page = f"; look at {run.report_path}" if run.report_path.exists() else ""
        first = f"{run.path} says how good this recipe is on these data{page}"
        for line in (first, *_last_lines(run, found.pooled, found.num_folds)):
            out.print(line, markup=False)
    return found.is_finished


def _last_lines(run: Run, pooled: Score, num_folds: int) -> list[str]:
    """Return the number that matters, and what to do next, first about what leaks between folds."""
    right = f"{share(pooled.accuracy)} of {counted(pooled.num_images, 'image')} {are(pooled.num_images)} right"
    if pooled.leaked is None:
        return [
            f"{right}, each judged by a fold that was not trained on it.",
            "Next: train the classifier to use on all of them, by the same recipe without --folds",
        ]
    told = f"each judged by a fold that was not trained on it, {leaked_words(pooled.leaked, 'images in other folds')}"
    if not pooled.leaked.dropped:
        told = f"but {leaked_words(pooled.leaked, 'images in other folds')}"
    return [
        f"{right}, {told}.",
        "Next: divide them anew, with what belongs together in one fold, and train again:"
        f" {dividing_anew(run, num_folds)}",
    ]


def _accuracy(accuracy: Estimate | None) -> tuple[str, str]:
    if accuracy is None:
        return "–", "no new image"
    return f"{accuracy.value:.1%}", f"{accuracy.low:.1%} … {accuracy.high:.1%}"
