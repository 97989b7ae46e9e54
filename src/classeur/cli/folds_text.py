"""A cross-validation on a console: one table."""

from classeur.cli.console import console, print_table, print_values
from classeur.cli.kinds_text import print_groups, print_worst_slice
from classeur.data.findings import Command
from classeur.delivery.leaked_words import leaked_words
from classeur.delivery.score_words import share
from classeur.delivery.wording import command_line, counted
from classeur.estimate import Estimate
from classeur.evaluation.cross_validation import CrossValidation
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
        out.print(
            f"mean of {counted(len(found.folds), 'fold')}: {found.mean:.1%}, standard deviation"
            f" {100 * found.spread:.1f} points; all: each image once, by the fold that was not trained on it",
            markup=False,
        )
    if found.pooled is not None:
        out.print()
        print_groups(found.pooled)
        print_worst_slice(found.pooled)
        _print_leaks(run, found)
    resume = Command(verb="train", options={"out": str(run.path), "resume": True})
    if not found.is_finished:
        left = found.num_folds - len(found.folds)
        out.print(f"{counted(left, 'fold')} left; go on with: {command_line(resume)}", markup=False)
    elif found.pooled is not None:
        page = f"; look at {run.report_path}" if run.report_path.exists() else ""
        images = counted(found.pooled.num_images, "image")
        for line in (
            f"{run.path} says how good this recipe is on these data{page}",
            f"{share(found.pooled.accuracy)} of {images} are right, each judged by a fold that was not trained on it.",
            "Next: train the classifier to use on all of them, by the same recipe without --folds",
        ):
            out.print(line, markup=False)
    return found.is_finished


def _print_leaks(run: Run, found: CrossValidation) -> None:
    """Print what images that belong with images in other folds do to the accuracy, and what to do about them."""
    if found.pooled is None or found.pooled.leaked is None:
        return
    out = console()
    out.print(leaked_words(found.pooled.leaked), markup=False)
    out.print(
        "divide the images anew, with what belongs together in one fold, and train again:"
        f" {command_line(dividing_anew(run, found.num_folds))}",
        markup=False,
    )


def _accuracy(accuracy: Estimate) -> tuple[str, str]:
    return f"{accuracy.value:.1%}", f"{accuracy.low:.1%} … {accuracy.high:.1%}"
