"""`evaluate`: a run's model on images with known labels; the results are saved in the run."""

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

import numpy as np

from classeur.data.folder import ImageFolder
from classeur.data.kept_pairs import known_near_duplicates
from classeur.data.split_names import SPLITS
from classeur.data.together import kept_together
from classeur.delivery.progress import ConsoleReporter, Reporter
from classeur.delivery.wording import counted
from classeur.errors import BrokenRunError, RunError, StorageError, UnknownNameError, UsageError
from classeur.evaluation.decision import Said
from classeur.evaluation.scoring import Evaluation, Score
from classeur.models.saved import check_model_file
from classeur.options import takes_options
from classeur.run import Run
from classeur.storage import cache_folder
from classeur.training.facts import RunFacts, finished_facts
from classeur.workflows.answering import MinRecall, keep_unlike, kept_answers, with_answering
from classeur.workflows.card import renew_card
from classeur.workflows.counting import are_new, counting
from classeur.workflows.cross_fitting import renew_calibration, scored_again
from classeur.workflows.data_options import dividing_anew
from classeur.workflows.elsewhere import check_classes, columns_of_groups, evaluate_elsewhere, grouped_as_trained
from classeur.workflows.fold_scores import as_run, pooled_score
from classeur.workflows.judged import Judged, Row, fingerprint, judged_by, labels_of, rows_of, split_pixels
from classeur.workflows.kept_logits import kept_logits
from classeur.workflows.leaks import with_leaks
from classeur.workflows.loading import load
from classeur.workflows.looks import with_look
from classeur.workflows.recording import record
from classeur.workflows.report import renew_report
from classeur.workflows.scan import Columns, named_columns, scanned


@takes_options()
def evaluate(
    run: Run | Path | str,
    *,
    split: str = "validation",
    data: Path | str | None = None,
    columns: Columns = None,
    max_error: float | str | None = None,
    min_recall: MinRecall | None = None,
    cache: Path | None = None,
    reporter: Reporter | None = None,
) -> Score:
    """Return the score of a run's model on a split of its data, or on other data.

    The run's model.onnx is judged, which says what model.keras says, without Keras; where there is none, Keras judges,
    which is said.

    Images that belong with images in training (of the same bytes or pixels, near-duplicates, of one burst or group) do
    not count: `leaked` says how many they are, and the accuracy with them.

    The score of a split goes to the run's evaluation.json, predictions.csv and logits.npz; that of other data is only
    returned. A split that this model was already evaluated on is not evaluated again.

    Args:
        run: a finished run, or the directory of a cross-validation, whose images are each judged by the fold that was
            not trained on them.
        split: train, validation or test.
        data: where the run's data are now, which is then recorded; or other data with the same classes: all of them,
            or `split` if they are split.
        columns: names of the columns of a CSV, as for `train`.
        max_error: how it answers where it may say that it is unsure, as `classeur.load` takes it; as it was trained if
            None.
        min_recall: of two classes, one and the share of its images to find at least, {"dogs": 0.99} or "dogs=99%": from
            which probability on that is kept, with a confidence of 95 % by the validation images.
        cache: where pixels are kept; the system's cache folder if None.
        reporter: where progress is shown; standard error if None.

    Raises:
        ClasseurError: in one line, whatever cannot be done.
    """
    if as_run(run).holds_folds:
        if split != "validation" or any(each is not None for each in (data, max_error, min_recall)):
            raise UsageError(
                f"{as_run(run).path} holds folds, of which only validation is judged; give one, such as"
                f" {as_run(run).path / 'fold1'}"
            )
        return pooled_score(as_run(run))
    run = Run.open(run)
    reporter = reporter or ConsoleReporter()
    facts = finished_facts(run)
    answered = partial(with_answering, run, facts, max_error=max_error, min_recall=min_recall)
    if split not in SPLITS:
        raise UnknownNameError("split", split, SPLITS)
    if data is not None:
        named = columns_of_groups(Path(data), named_columns(columns), facts)
        folder, store = scanned(
            data,
            facts.recipe.preparation,
            columns=named,
            check=lambda listing: check_classes(facts, listing),
            cache=cache,
            reporter=reporter,
        )
        if not _holds_the_runs_images(run, folder):
            classifier = load(run, reporter=reporter)
            folder = grouped_as_trained(folder, facts, named, reporter=reporter)
            pairs = known_near_duplicates(folder, cache=cache_folder(cache), pixels=store)
            together = kept_together(folder, pairs, long_bursts=facts.recipe.split.long_bursts)
            there = evaluate_elsewhere(
                run,
                facts,
                classifier,
                data,
                folder,
                store,
                split=split,
                together=together,
                cache=cache,
                reporter=reporter,
            )
            return answered(*there)
        _remember(run, Path(data), folder.root, named_columns(columns), reporter)
    rows = rows_of(run, split)
    if not rows:
        raise RunError(f"{run.path} has no {split} images (see split.csv); give other data with --data")
    if split == "test":  # before anything is judged or counted
        _check_any_is_new(run, rows)
    evaluation = run.read(run.evaluation_path, Evaluation)
    # Before anything is judged, counted or written.
    kept = kept_logits(run, len(facts.class_names)) if run.logits_path.exists() else {}

    def judge(rows: list[Row]) -> np.ndarray:
        pixels = {split: split_pixels(run, facts, rows, cache, reporter)}
        return judged_by(load(run, reporter=reporter), pixels, reporter)[split]

    known = _known_score(run, evaluation, split, rows) if split in kept else None
    if known is not None:
        again = with_leaks(run, facts, split, scored_again(run, split, known, kept[split]), judge)
        if again != known:  # recorded by a version that computed otherwise, or without what was left out
            evaluation, known = evaluation.with_score(split, again), again
            with suppress(StorageError):  # it is shown all the same
                run.write(run.evaluation_path, evaluation)
                if run.card_path.exists():
                    renew_card(run, facts)
        with suppress(StorageError):
            renew_calibration(run, split, again, kept[split])
        if split == "test":
            known = _with_looks_of_now(run, facts, evaluation, known, rows, cache=cache, reporter=reporter)
        return answered(known, kept_answers(run, split))
    before = evaluation.splits.get(split)
    if before is not None and not before.logits:
        reporter.say(
            f"{run.evaluation_path} does not tell which logits its score of {split} is of, as a version before wrote"
            " it; the images are judged again"
        )
    pixels = split_pixels(run, facts, rows, cache, reporter)
    with reporter.progress(f"evaluating on {split} images") as progress:
        answers = load(run, reporter=reporter).judge_answers(pixels, progress=progress)
    counts = counting(run, split, [row["hash"] for row in rows])
    judged = Judged(split, rows, labels_of(rows, facts.class_names), answers.logits, pixels, counts)
    said = Said(judged.logits, judged.labels, answers.unlike, judged.clusters)
    counted_said = said.only(counts)
    result = judged.score(facts.class_names)
    if split == "test":
        result = with_look(run, result, rows, reporter)
    try:
        evaluation = record(run, judged, result, evaluation)
        result = with_leaks(run, facts, split, evaluation.splits[split], judge)
        if result != evaluation.splits[split]:
            run.write(run.evaluation_path, evaluation.with_score(split, result))
        keep_unlike(run, split, said)
        if run.card_path.exists():
            renew_card(run, facts)
        if split == "test":
            renew_report(run, cache=cache, reporter=reporter)
    except StorageError as error:
        reporter.warn(f"the score is not saved: {error}")
    return answered(result, counted_said)


def _known_score(run: Run, evaluation: Evaluation, split: str, rows: Sequence[Row]) -> Score | None:
    """Return the recorded score of a split if it is of this model and these images, image by image; else None."""
    known = evaluation.splits.get(split)
    if known is None or not known.judged or not run.predictions_path.exists():
        return None
    try:
        check_model_file(run.model_path)
        return known if known.judged == fingerprint(run, rows) else None
    except BrokenRunError:  # loading the model reports what is wrong
        return None


def _with_looks_of_now(
    run: Run,
    facts: RunFacts,
    evaluation: Evaluation,
    known: Score,
    rows: Sequence[Row],
    *,
    cache: Path | None,
    reporter: Reporter,
) -> Score:
    """Return the recorded score on test images with the models that were evaluated on them since, and record these."""
    result = with_look(run, known, rows, reporter)
    if result != known:
        try:
            run.write(run.evaluation_path, evaluation.with_score("test", result))
            if run.card_path.exists():
                renew_card(run, facts)
            renew_report(run, cache=cache, reporter=reporter)
        except StorageError as error:
            reporter.warn(f"the number of looks is not saved: {error}")
    return result


def _check_any_is_new(run: Run, rows: Sequence[Row]) -> None:
    """Check that a test has an image that belongs with none in training: without one it tests nothing.

    Raises:
        RunError: otherwise.
    """
    if are_new(run, "test", [row["hash"] for row in rows]).any():
        return
    raise RunError(
        f"each of {counted(len(rows), 'test image')} of {run.path} belongs with images that it was trained on"
        f" (leaks.csv), so they cannot test it; divide all images anew: {dividing_anew(run)}"
    )


def _holds_the_runs_images(run: Run, folder: ImageFolder) -> bool:
    """Return whether these are the run's own data, in any place: exactly its images and labels."""
    there = {
        (folder.hashes[row], folder.class_names[folder.labels[row]])
        for row in np.flatnonzero(folder.usable & (folder.labels >= 0)).tolist()
    }
    return there == {(row["hash"], row["label"]) for row in run.read_table(run.split_path)}


def _remember(run: Run, data: Path, root: str, columns: dict[str, str] | None, reporter: Reporter) -> None:
    """Record where the run's data are now."""
    if run.local_path.exists() and run.data == data.resolve():
        return
    try:
        run.write_data(data, root=root, columns=columns)
        reporter.say(f"these are the images of {run.path}; it now records {data} as their place")
    except StorageError as error:
        reporter.warn(f"the place of the data is not recorded: {error}")
