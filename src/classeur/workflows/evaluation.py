"""`evaluate`: a run's model on images with known labels; the results are saved in the run."""

import shlex
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from classeur.data.facts import content_hash
from classeur.data.folder import ImageFolder
from classeur.data.listing import Listing
from classeur.data.split_names import SPLITS
from classeur.data.tables import columns_text
from classeur.delivery.captions import error_caption
from classeur.delivery.diagnosis import write_diagnosis
from classeur.delivery.plots import plot_errors
from classeur.delivery.progress import ConsoleReporter, Reporter
from classeur.delivery.wording import listed
from classeur.errors import BrokenRunError, RunError, StorageError, UnknownNameError
from classeur.estimate import Estimate
from classeur.evaluation.classifier import Classifier
from classeur.evaluation.decision import Judged
from classeur.evaluation.logits import SplitLogits, read_logits, write_logits
from classeur.evaluation.prediction import Prediction, prediction_columns
from classeur.evaluation.scoring import Evaluation, Score, score
from classeur.images.pixels import Pixels, PixelStore
from classeur.improvement.diagnosis import diagnose
from classeur.improvement.one_class import diagnose_one_class
from classeur.models.checksum import model_checksum
from classeur.models.saved import check_model_file
from classeur.options import takes_options
from classeur.run import Run
from classeur.storage import cache_folder
from classeur.training.facts import UNLIKE, RunFacts, finished_facts
from classeur.training.head import of_each_class, softmax
from classeur.training.history import History
from classeur.training.learning_curve import LearningCurve
from classeur.workflows.answering import MinRecall, keep_unlike, kept_answers, with_answering
from classeur.workflows.card import renew_card
from classeur.workflows.comparison import earlier_runs, judged_validation, names_beside
from classeur.workflows.loading import load
from classeur.workflows.scan import Columns, named_columns, scanned

# Wrongly classified images in errors.png: two rows of five.
_NUM_ERRORS = 10

Row = dict[str, str]  # of split.csv


class _Judged(NamedTuple):
    """A split with the model's logits."""

    name: str
    rows: list[Row]
    labels: np.ndarray  # int64 (n,)
    logits: np.ndarray  # float (n, classes)
    pixels: Pixels


def judged_by(classifier: Classifier, pixels: Mapping[str, Pixels], reporter: Reporter) -> dict[str, np.ndarray]:
    """Return a model's logits on each split, float (n, classes)."""
    answers = {}
    for name, of_split in pixels.items():
        with reporter.progress(f"evaluating on {name} images") as progress:
            answers[name] = classifier.judge(of_split, progress=progress)
    return answers


def judge_run(
    run: Run,
    facts: RunFacts,
    pixels: Mapping[str, Pixels],
    logits: Mapping[str, np.ndarray],
    *,
    data: Path | str,
    curve: LearningCurve | None = None,
) -> Estimate:
    """Score a new model on its splits, write the results and the diagnosis, and return its validation accuracy.

    Args:
        run: whose files are written; its model is saved.
        facts: of the run, after this training.
        pixels: of `train` and `validation`.
        logits: of the model on each of them, float (n, classes), or (n, 1) of two classes.
        data: its path as the user typed it, for the advised commands.
        curve: accuracy by number of training images, where there are no epochs.
    """
    evaluation = Evaluation(class_names=facts.class_names, splits={})
    # The old files belong to the model that this one replaces.
    run.predictions_path.unlink(missing_ok=True)
    run.logits_path.unlink(missing_ok=True)
    for name, of_split in pixels.items():
        rows = _split_rows(run, name)
        labels = _labels(rows, facts.class_names)
        evaluation = _record(run, _Judged(name, rows, labels, _of_classes(logits[name]), of_split), evaluation)
    validation = evaluation.splits["validation"]
    history = History.from_rows(run.read_table(run.history_path)) if run.history_path.exists() else History()
    if facts.one_class:
        write_diagnosis(run, diagnose_one_class(validation, run=_as_typed(run)), data=str(data))
    elif history.epochs or facts.backbone is not None:
        diagnosis = diagnose(
            facts.recipe,
            history,
            evaluation,
            run=_as_typed(run),
            data=str(data),
            columns=columns_text(run.columns),
            taken=names_beside(run),
            from_run=None if facts.from_run is None else str(run.path.parent / facts.from_run),
            correct=judged_validation(run, facts),
            earlier=earlier_runs(run, facts),
            curve=curve,
        )
        write_diagnosis(run, diagnosis, data=str(data))
    return validation.accuracy


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

    The score of a split goes to the run's evaluation.json and predictions.csv; that of other data is only returned. A
    split that this model was already evaluated on is not evaluated again.

    Args:
        run: a finished run.
        split: train, validation or test.
        data: where the run's data are now, which is then recorded; or other data with the same classes: all of them,
            or `split` if they are split. Images that the run was trained on do not count there.
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
    run = Run.open(run)
    reporter = reporter or ConsoleReporter()
    facts = finished_facts(run)
    answered = partial(with_answering, run, facts, max_error=max_error, min_recall=min_recall)
    if split not in SPLITS:
        raise UnknownNameError("split", split, SPLITS)
    if data is not None:
        folder, store = scanned(
            data,
            facts.recipe.preparation,
            columns=named_columns(columns),
            check=lambda listing: _check_classes(facts, listing),
            cache=cache,
            reporter=reporter,
        )
        if not _holds_the_runs_images(run, folder):
            return answered(*_evaluate_elsewhere(run, facts, data, folder, store, split, reporter))
        _remember(run, Path(data), named_columns(columns), reporter)
    rows = _split_rows(run, split)
    if not rows:
        raise RunError(f"{run.path} has no {split} images (see split.csv); give other data with --data")
    evaluation = run.read(run.evaluation_path, Evaluation)
    known = _known_score(run, evaluation, split, rows)
    if known is not None:
        return answered(known, kept_answers(run, split))
    pixels = split_pixels(run, facts, rows, cache, reporter)
    with reporter.progress(f"evaluating on {split} images") as progress:
        answers = load(run, reporter=reporter).judge_answers(pixels, progress=progress)
    judged = _Judged(split, rows, _labels(rows, facts.class_names), answers.logits, pixels)
    said = Judged(judged.logits, judged.labels, answers.unlike)
    try:
        evaluation = _record(run, judged, evaluation)
        keep_unlike(run, split, said)
        if run.card_path.exists():
            renew_card(run, facts)
    except StorageError as error:
        reporter.warn(f"the score is not saved: {error}")
        return answered(_score(judged, facts.class_names), said)
    result = evaluation.splits[split]
    if split == "test" and result.num_opened > 1:
        reporter.warn(
            f"the test images have been used {result.num_opened} times; choosing a model by them makes its result too"
            " good"
        )
    return answered(result, said)


def labels_of(run: Run, split: str, class_names: Sequence[str]) -> np.ndarray:
    """Return the class indices of a split's images, int64 (n,), in the order of split.csv."""
    return _labels(_split_rows(run, split), class_names)


def _as_typed(run: Run) -> str:
    """Return a run's path for a command; `.` and `..` say nothing in another place."""
    return str(run.path if run.path.name not in ("", "..") else run.path.resolve())


def _of_classes(logits: np.ndarray) -> np.ndarray:
    """Return logits with a column for each class, in the precision in which they were computed."""
    return of_each_class(logits) if logits.shape[1] == 1 else logits


def _labels(rows: list[Row], class_names: Sequence[str]) -> np.ndarray:
    """Return the class indices of a split's rows, int64 (n,)."""
    number = {class_name: label for label, class_name in enumerate(class_names)}
    return np.array([number[row["label"]] for row in rows], np.int64)


def _record(run: Run, judged: _Judged, evaluation: Evaluation) -> Evaluation:
    """Write evaluation.json, predictions.csv, logits.npz and, unless the split is the training's, errors.png."""
    result = _score(judged, evaluation.class_names)
    result = result.model_copy(update={"judged": _fingerprint(run, judged.rows)})
    evaluation = evaluation.with_score(judged.name, result)
    run.write(run.evaluation_path, evaluation)
    _write_predictions(run, judged, evaluation.class_names)
    _write_logits(run, judged)
    if judged.name != "train":
        _plot_errors(run.errors_path, judged, evaluation.class_names)
    return evaluation


def _score(judged: _Judged, class_names: Sequence[str]) -> Score:
    return score(judged.logits, judged.labels, class_names=class_names)


def _fingerprint(run: Run, rows: list[Row]) -> str:
    """Return a hash of a model and the images it is evaluated on: with the same hash, the score is the same."""
    lines = sorted(f"{row['hash']}\t{row['label']}" for row in rows)
    return content_hash("\n".join([model_checksum(run.model_path), *lines]).encode("utf-8", "surrogateescape"))


def _known_score(run: Run, evaluation: Evaluation, split: str, rows: list[Row]) -> Score | None:
    """Return the recorded score of a split if it is of this model and these images, image by image; else None."""
    known = evaluation.splits.get(split)
    if known is None or not known.judged or not run.predictions_path.exists() or not run.logits_path.exists():
        return None
    try:
        check_model_file(run.model_path)
        return known if known.judged == _fingerprint(run, rows) else None
    except BrokenRunError:  # loading the model reports what is wrong
        return None


def _write_predictions(run: Run, judged: _Judged, class_names: Sequence[str]) -> None:
    """Write a split's predictions to predictions.csv, replacing its older ones."""
    columns = prediction_columns(class_names, besides=("label", "split", "hash"))
    kept = [] if not run.predictions_path.exists() else run.read_table(run.predictions_path)
    table = [[row[column] for column in columns] for row in kept if row["split"] != judged.name]
    for row, values in zip(judged.rows, softmax(judged.logits), strict=True):
        prediction = Prediction.of(row["path"], values, class_names)
        table.append(prediction.row(columns, label=row["label"], split=judged.name, hash=row["hash"]))
    run.write_table(run.predictions_path, columns, table)


def _write_logits(run: Run, judged: _Judged) -> None:
    """Write a split's logits to logits.npz, replacing its older ones."""
    kept = read_logits(run.logits_path) if run.logits_path.exists() else {}
    hashes = tuple(row["hash"] for row in judged.rows)
    write_logits(run.logits_path, {**kept, judged.name: SplitLogits(judged.logits, judged.labels, hashes)})


def _plot_errors(path: Path, judged: _Judged, class_names: Sequence[str]) -> None:
    """Plot the wrong predictions that the model is most confident of; no picture if there are none."""
    predicted, sureness = judged.logits.argmax(axis=1), softmax(judged.logits).max(axis=1)
    wrong = np.flatnonzero(predicted != judged.labels)
    wrong = wrong[np.argsort(-sureness[wrong], kind="stable")]
    shown = wrong[:_NUM_ERRORS]
    if not len(shown):
        path.unlink(missing_ok=True)
        return
    captions = [
        error_caption(
            predicted=class_names[predicted[row]],
            probability=float(sureness[row]),
            true=class_names[judged.labels[row]],
            file_name=Path(judged.rows[row]["path"]).name,
        )
        for row in shown
    ]
    title = f"The {len(shown)} most confident of {len(wrong):,} errors on {len(judged.labels):,} {judged.name} images"
    plot_errors([judged.pixels[int(row)] for row in shown], captions, path, title=title)


def _split_rows(run: Run, name: str) -> list[Row]:
    return [row for row in run.read_table(run.split_path) if row["split"] == name]


def split_pixels(run: Run, facts: RunFacts, rows: list[Row], cache: Path | None, reporter: Reporter) -> Pixels:
    """Return the pixels of a run's images, from the store or read again from its data.

    Raises:
        RunError: if some are neither cached nor in the data any more.
    """
    hashes = [row["hash"] for row in rows]
    store = PixelStore(cache_folder(cache), **dict(facts.recipe.preparation))
    if store.missing(hashes):
        if not run.data.exists():
            raise RunError(
                f"the data of {run.path} are no longer in {run.data}; give their new place: classeur"
                f" evaluate {shlex.quote(str(run.path))} --data DIR"
            )
        _, store = scanned(run.data, facts.recipe.preparation, columns=run.columns, cache=cache, reporter=reporter)
        missing = store.missing(hashes)
        if missing:
            path = next(row["path"] for row in rows if row["hash"] == missing[0])
            raise RunError(
                f"{len(missing):,} of {len(rows):,} images of {run.path} are missing from {run.data} or have changed,"
                f" such as {path}; restore them, or give their new place with --data"
            )
    return store.select(hashes)


def _holds_the_runs_images(run: Run, folder: ImageFolder) -> bool:
    """Return whether these are the run's own data, in any place: exactly its images and labels."""
    there = {
        (folder.hashes[row], folder.class_names[folder.labels[row]])
        for row in np.flatnonzero(folder.usable & (folder.labels >= 0)).tolist()
    }
    return there == {(row["hash"], row["label"]) for row in run.read_table(run.split_path)}


def _remember(run: Run, data: Path, columns: dict[str, str] | None, reporter: Reporter) -> None:
    """Record where the run's data are now."""
    if run.local_path.exists() and run.data == data.resolve():
        return
    try:
        run.write_data(data, columns=columns)
        reporter.say(f"these are the images of {run.path}; it now records {data} as their place")
    except StorageError as error:
        reporter.warn(f"the place of the data is not recorded: {error}")


def _evaluate_elsewhere(
    run: Run, facts: RunFacts, data: Path | str, folder: ImageFolder, store: PixelStore, split: str, reporter: Reporter
) -> tuple[Score, Judged]:
    """Return the score on other data, without the images that the run was trained on, and what was said of these."""
    is_split = any(folder.splits)
    rows = [row for row in np.flatnonzero(folder.usable).tolist() if not is_split or folder.splits[row] == split]
    if not rows:
        raise RunError(f"{data} has no usable {split if is_split else ''} image".replace("  ", " "))
    num_set_aside = len(folder.set_aside())
    if num_set_aside:
        files = "1 file" if num_set_aside == 1 else f"{num_set_aside:,} files"
        reporter.warn(f"{files} cannot be used; see: classeur inspect {shlex.quote(str(data))}")
    trained_on = {row["hash"] for row in run.read_table(run.split_path) if row["split"] == "train"}
    unseen = np.array([folder.hashes[row] not in trained_on for row in rows])
    if not unseen.any():
        raise RunError(
            f"{run.path} was trained on all {len(rows):,} images of {data}, so they cannot test it; give other data"
        )
    number = {name: label for label, name in enumerate(facts.class_names)}
    labels = np.array([number[folder.class_names[folder.labels[row]]] for row in rows], np.int64)
    classifier = load(run, reporter=reporter)
    with reporter.progress("judging images") as progress:
        answers = classifier.judge_answers(store.select([folder.hashes[row] for row in rows]), progress=progress)
    logits = answers.logits
    result = score(logits[unseen], labels[unseen], class_names=facts.class_names)
    if not unseen.all():
        everything = score(logits, labels, class_names=facts.class_names)
        reporter.warn(
            f"{int((~unseen).sum()):,} of {len(rows):,} images were trained on and do not count: accuracy"
            f" {result.accuracy.value:.1%} on the others, {everything.accuracy.value:.1%} with them"
        )
    unlike = None if answers.unlike is None else answers.unlike[unseen]
    return result, Judged(logits[unseen], labels[unseen], unlike)


def _check_classes(facts: RunFacts, listing: Listing) -> None:
    """Check that the run has every class of the data, before any file is opened.

    Raises:
        RunError: naming the unknown classes, and the known classes that may be meant.
    """
    known = facts.class_names
    strange = sorted(set(listing.class_names) - set(known))
    if not listing.class_names:
        raise RunError(f"{listing.data} has no class folders; the classes of the run are {listed(known)}")
    if strange:
        by_case = {name.casefold(): name for name in known}
        meant = [f"'{by_case[name.casefold()]}' for '{name}'" for name in strange if name.casefold() in by_case]
        missing = sorted(set(known) - set(listing.class_names))
        raise RunError(
            f"{listing.data} has classes that the run does not have: {listed(strange)}; its classes are {listed(known)}"
            + (f"; rename the folders: {', '.join(meant)}" if meant else "")
            + (f"; put what is unlike {known[0]} into a folder {UNLIKE}" if facts.one_class and not meant else "")
            + (f"; not in {listing.data}: {listed(missing)}" if missing and not meant and not facts.one_class else "")
        )
