"""`evaluate`, `predict` and `compare`: a run's model before pictures, and runs beside each other."""

import glob
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from classeur.data.listing import SPLIT_NAMES
from classeur.delivery.plots import plot_comparison, plot_errors
from classeur.delivery.progress import ConsoleReporter, Reporter
from classeur.errors import DataNotFoundError, RunError, UnknownNameError, UsageError
from classeur.evaluation.prediction import Prediction, predict_files, predict_pixels
from classeur.evaluation.scoring import Evaluation, Score, score
from classeur.images.decoding import IMAGE_ENDINGS
from classeur.images.pixels import Pixels, PixelStore
from classeur.improvement.comparison import Comparison, Judged
from classeur.improvement.comparison import compare as compare_judged
from classeur.improvement.diagnosis import Diagnosis, diagnose
from classeur.models.assembly import load_model
from classeur.run import Run
from classeur.storage import default_cache, writing_to
from classeur.training.history import History
from classeur.training.recipe import Recipe
from classeur.workflows.scanning import scanned

if TYPE_CHECKING:
    import keras

# Misjudged pictures in errors.png: two rows of five.
_NUM_ERRORS = 10


def judge_run(
    run: Run, model: "keras.Model", pixels: Mapping[str, Pixels], *, data: Path | str, reporter: Reporter
) -> Diagnosis | None:
    """Score a run's model on its splits, write the results, and return the diagnosis (None before the first epoch)."""
    evaluation = Evaluation(class_names=tuple(run.facts["class_names"]), splits={})
    # Of the model that this one takes the place of.
    run.predictions_path.unlink(missing_ok=True)
    for name, of_split in pixels.items():
        rows = _split_rows(run, name)
        evaluation = _score_split(run, model, evaluation, name, rows, of_split, reporter)
    history = History.from_rows(run.read_table(run.history_path))
    if not history.epochs:
        return None
    recipe = Recipe.model_validate(run.facts["recipe"])
    diagnosis = diagnose(recipe, history, evaluation, run=str(run.path), data=str(data))
    run.write(run.diagnosis_path, diagnosis)
    return diagnosis


def evaluate(
    run: Run | Path | str,
    *,
    split: str = "validation",
    data: Path | str | None = None,
    cache: Path | None = None,
    reporter: Reporter | None = None,
) -> Score:
    """Return how well a run's model does on a split of its data, or on other data.

    The score of a split goes to the run's evaluation.json and predictions.csv; that of other data is only returned.

    Args:
        run: a finished run.
        split: train, validation or test.
        data: other data with the same classes; all of them, or their split where they are split.
        cache: where pixels are kept; the system's cache folder if None.
        reporter: where progress is shown; standard error if None.

    Raises:
        ClasseurError: in one line, whatever cannot be done.
    """
    run = Run.open(run)
    reporter = reporter or ConsoleReporter()
    run.check_finished()
    if split not in SPLIT_NAMES.values():
        raise UnknownNameError("split", split, SPLIT_NAMES.values())
    if data is not None:
        return _evaluate_elsewhere(run, data, split, cache, reporter)
    rows = _split_rows(run, split)
    if not rows:
        raise RunError(f"{run.path} has no {split} images (see split.csv); name others with --data")
    pixels = _split_pixels(run, rows, cache, reporter)
    evaluation = run.read(run.evaluation_path, Evaluation)
    evaluation = _score_split(run, load_model(run.model_path), evaluation, split, rows, pixels, reporter)
    result = evaluation.splits[split]
    if split == "test" and result.num_opened > 1:
        reporter.warn(
            f"the test images have been judged {result.num_opened} times; each look makes them less of a test"
        )
    return result


def predict(
    run: Run | Path | str,
    paths: Iterable[Path | str],
    *,
    sort_into: Path | str | None = None,
) -> Iterator[Prediction]:
    """Yield what a run's model says of files; one that cannot be used has its reason.

    Args:
        run: a finished run.
        paths: files, folders (every image below them) or patterns such as `photos/*.jpg`.
        sort_into: a folder that each file is copied into, below a folder of its class, or `unusable`.

    Raises:
        ClasseurError: in one line, whatever cannot be done; before anything is predicted.
    """
    run = Run.open(run)
    run.check_finished()
    files = list(expand_paths(paths))
    if not files:
        raise UsageError("no image to classify: the paths name no file; give files, folders or patterns")
    recipe = Recipe.model_validate(run.facts["recipe"])
    predictions = predict_files(
        load_model(run.model_path),
        files,
        class_names=run.facts["class_names"],
        preparation=recipe.preparation,
    )
    return _sorted_into(Path(sort_into), predictions) if sort_into is not None else predictions


def expand_paths(paths: Iterable[Path | str]) -> Iterator[Path]:
    """Yield files in order: a folder stands for every image below it, a pattern for what it matches.

    Raises:
        DataNotFoundError: if a pattern matches nothing. A plain file that is missing is yielded, and judged unusable.
    """
    for path in map(Path, paths):
        if path.is_dir():
            for where, folders, names in os.walk(path):
                folders[:] = sorted(name for name in folders if not name.startswith("."))
                yield from (
                    Path(where, name)
                    for name in sorted(names)
                    if Path(name).suffix.lower() in IMAGE_ENDINGS and not name.startswith(".")
                )
        elif not path.exists() and glob.has_magic(str(path)):
            matches = sorted(glob.glob(str(path), recursive=True))
            if not matches:
                raise DataNotFoundError(path)
            yield from expand_paths(matches)
        else:
            yield path


def compare(
    runs: Sequence[Run | Path | str], *, picture: Path | str | None = None, reporter: Reporter | None = None
) -> Comparison:
    """Return runs side by side, judged on the validation images that they share.

    Args:
        runs: two or more finished runs.
        picture: where the curves of all of them are drawn; not drawn if None.
        reporter: where warnings are shown; standard error if None.

    Raises:
        ClasseurError: in one line, whatever cannot be done.
    """
    reporter = reporter or ConsoleReporter()
    opened = [Run.open(run) for run in runs]
    if len(opened) < 2:
        raise UsageError(f"compare needs two runs or more, not {len(opened)}")
    for run in opened:
        run.check_finished()
    comparison = compare_judged([_judged(run) for run in opened])
    if len(comparison.pairs) < len(opened) - 1:
        reporter.warn("some runs share no validation image with the first: their accuracies are of different images")
    if picture is not None:
        histories = [(str(run.path), History.from_rows(run.read_table(run.history_path))) for run in opened]
        plot_comparison(histories, Path(picture))
    return comparison


def _judged(run: Run) -> Judged:
    result = run.read(run.evaluation_path, Evaluation).splits["validation"]
    rows = [row for row in run.read_table(run.predictions_path) if row["split"] == "validation"]
    correct = {(row["hash"], row["label"]): row["label"] == row["predicted"] for row in rows}
    return Judged(str(run.path), result, correct)


def _score_split(
    run: Run,
    model: "keras.Model",
    evaluation: Evaluation,
    name: str,
    rows: list[dict[str, str]],
    pixels: Pixels,
    reporter: Reporter,
) -> Evaluation:
    """Judge a split and write evaluation.json, predictions.csv and, unless it is the training's, errors.png."""
    class_names = evaluation.class_names
    number = {class_name: label for label, class_name in enumerate(class_names)}
    labels = np.array([number[row["label"]] for row in rows], np.int64)
    with reporter.progress(f"judging {name} images") as progress:
        probabilities = predict_pixels(model, pixels, progress=progress)
    evaluation = evaluation.with_score(name, score(probabilities, labels, class_names=class_names))
    run.write(run.evaluation_path, evaluation)
    _write_predictions(run, name, rows, probabilities, class_names)
    if name != "train":
        _draw_errors(run.errors_path, rows, labels, probabilities, pixels, class_names)
    return evaluation


def _write_predictions(
    run: Run, name: str, rows: list[dict[str, str]], probabilities: np.ndarray, class_names: Sequence[str]
) -> None:
    """Put a split's predictions into predictions.csv, in place of its older ones."""
    columns = ("path", "label", "split", "predicted", "probability", "hash", *(f"p({name})" for name in class_names))
    kept = [] if not run.predictions_path.exists() else run.read_table(run.predictions_path)
    table: list[Sequence[object]] = [[row[column] for column in columns] for row in kept if row["split"] != name]
    for row, values in zip(rows, probabilities, strict=True):
        best = int(values.argmax())
        shares = [f"{value:.6f}" for value in values]
        table.append((row["path"], row["label"], name, class_names[best], shares[best], row["hash"], *shares))
    run.write_table(run.predictions_path, columns, table)


def _draw_errors(
    path: Path,
    rows: list[dict[str, str]],
    labels: np.ndarray,
    probabilities: np.ndarray,
    pixels: Pixels,
    class_names: Sequence[str],
) -> None:
    """Draw the pictures that the model is most wrongly sure of; no picture where it makes no mistake."""
    predicted, sureness = probabilities.argmax(axis=1), probabilities.max(axis=1)
    wrong = np.flatnonzero(predicted != labels)
    wrong = wrong[np.argsort(-sureness[wrong], kind="stable")]
    shown = wrong[:_NUM_ERRORS]
    if not len(shown):
        path.unlink(missing_ok=True)
        return
    captions = [
        f"{class_names[predicted[row]]} {sureness[row]:.0%}, is {class_names[labels[row]]}\n"
        f"{Path(rows[row]['path']).name}"
        for row in shown
    ]
    title = f"The {len(shown)} most confident of {len(wrong):,} errors on {len(labels):,} {rows[0]['split']} images"
    plot_errors([pixels[int(row)] for row in shown], captions, path, title=title)


def _split_rows(run: Run, name: str) -> list[dict[str, str]]:
    return [row for row in run.read_table(run.split_path) if row["split"] == name]


def _split_pixels(run: Run, rows: list[dict[str, str]], cache: Path | None, reporter: Reporter) -> Pixels:
    """Return the pixels of a run's images: from the store, or read again from where its data lie.

    Raises:
        RunError: if some are neither kept nor there any more.
    """
    recipe = Recipe.model_validate(run.facts["recipe"])
    hashes = [row["hash"] for row in rows]
    store = PixelStore(cache or default_cache(), **recipe.preparation._asdict())
    if store.missing(hashes):
        _, store = scanned(run.data, recipe.preparation, cache=cache, reporter=reporter)
        missing = store.missing(hashes)
        if missing:
            path = next(row["path"] for row in rows if row["hash"] == missing[0])
            raise RunError(
                f"{len(missing)} of {len(rows)} images of {run.path} are missing or changed in {run.data}, such as"
                f" {path}; put them back, or name the data with --data"
            )
    return store.select(hashes)


def _evaluate_elsewhere(run: Run, data: Path | str, split: str, cache: Path | None, reporter: Reporter) -> Score:
    """Return the score on other data."""
    recipe = Recipe.model_validate(run.facts["recipe"])
    folder, store = scanned(data, recipe.preparation, cache=cache, reporter=reporter)
    class_names = tuple(run.facts["class_names"])
    strange = sorted(set(folder.class_names) - set(class_names))
    if strange or not folder.class_names:
        what = f"the classes {', '.join(strange)}" if strange else "no classes"
        raise RunError(f"{data} has {what}; the run knows {', '.join(class_names)}")
    rows = [row for row in np.flatnonzero(folder.usable) if not any(folder.splits) or folder.splits[row] == split]
    if not rows:
        raise RunError(f"{data} has no usable {split} image")
    if folder.set_aside():
        reporter.warn(f"{len(folder.set_aside())} files cannot be used; see: classeur inspect {data}")
    labels = np.array([class_names.index(folder.class_names[folder.labels[row]]) for row in rows], np.int64)
    with reporter.progress("judging images") as progress:
        probabilities = predict_pixels(
            load_model(run.model_path), store.select([folder.hashes[row] for row in rows]), progress=progress
        )
    return score(probabilities, labels, class_names=class_names)


def _sorted_into(folder: Path, predictions: Iterable[Prediction]) -> Iterator[Prediction]:
    """Copy each file into a folder of its class, or `unusable`, and pass its prediction on."""
    for prediction in predictions:
        source = Path(prediction.path)
        if source.is_file():
            place = folder / (_folder_name(prediction.predicted) if prediction.status == "ok" else "unusable")
            with writing_to(place):
                place.mkdir(parents=True, exist_ok=True)
                _copy_beside(source, place)
        yield prediction


def _copy_beside(source: Path, place: Path) -> None:
    """Copy a file into a folder under its name, numbered where another file has it; the same file is copied once."""
    number = 1
    target = place / source.name
    while target.exists():
        if target.stat().st_size == source.stat().st_size and target.read_bytes() == source.read_bytes():
            return
        number += 1
        target = place / f"{source.stem}-{number}{source.suffix}"
    temporary = place / f".tmp-{target.name}"
    try:
        shutil.copy2(source, temporary)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _folder_name(class_name: str) -> str:
    """Return a class name as a folder's: labels of a CSV may hold what a path cannot."""
    name = class_name.replace("/", "_").replace("\\", "_").strip(". ")
    return name or "_"
