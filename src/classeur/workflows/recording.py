"""What a run keeps of judged images: evaluation.json, predictions.csv, logits.npz and pictures of errors."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from classeur.delivery.captions import error_caption
from classeur.delivery.plots import plot_errors
from classeur.evaluation.logits import SplitLogits, write_logits
from classeur.evaluation.prediction import Prediction, prediction_columns
from classeur.evaluation.scoring import Evaluation, Score
from classeur.run import Run
from classeur.training.logits import softmax
from classeur.workflows.cross_fitting import renew_calibration, with_cross_fitted
from classeur.workflows.judged import Judged, fingerprint
from classeur.workflows.kept_logits import whole_logits
from classeur.workflows.leaks import weighed

# Wrongly classified images in errors.png: two rows of five.
_NUM_ERRORS = 10


def record(run: Run, judged: Judged, result: Score, evaluation: Evaluation) -> Evaluation:
    """Write evaluation.json, predictions.csv, logits.npz and, unless the split is the training's, its errors.

    Args:
        run: whose files are written.
        judged: a split of it.
        result: its score.
        evaluation: of the other splits.

    Raises:
        BrokenRunError: if what it keeps of the other splits is damaged or of another run; nothing is written then.
    """
    kept = whole_logits(run, len(evaluation.class_names)) if run.logits_path.exists() else {}
    hashes = tuple(row["hash"] for row in judged.rows)
    said = SplitLogits(judged.logits, judged.labels, hashes)
    counted = said.only(judged.counts)
    result = weighed(run, judged.name, with_cross_fitted(run, judged.name, result, counted), judged.rows, said)
    result = result.model_copy(update={"judged": fingerprint(run, judged.rows), "logits": said.digest})
    evaluation = evaluation.with_score(judged.name, result)
    write_logits(run.logits_path, {**kept, judged.name: said})
    _write_predictions(run, judged, evaluation.class_names)
    renew_calibration(run, judged.name, result, counted)
    # The score comes last: where it stands, what it was computed from is there.
    run.write(run.evaluation_path, evaluation)
    if judged.name != "train":
        _plot_errors(run.errors_of(judged.name), judged, evaluation.class_names)
    return evaluation


def forget(run: Run) -> None:
    """Remove what belongs to the model before."""
    run.predictions_path.unlink(missing_ok=True)
    run.logits_path.unlink(missing_ok=True)
    run.errors_of("test").unlink(missing_ok=True)


def _write_predictions(run: Run, judged: Judged, class_names: Sequence[str]) -> None:
    """Write a split's predictions to predictions.csv, replacing its older ones."""
    columns = prediction_columns(class_names, besides=("label", "split", "hash"))
    kept = [] if not run.predictions_path.exists() else run.read_table(run.predictions_path)
    table = [[row[column] for column in columns] for row in kept if row["split"] != judged.name]
    for row, values in zip(judged.rows, softmax(judged.logits), strict=True):
        prediction = Prediction.of(row["path"], values, class_names)
        table.append(prediction.row(columns, label=row["label"], split=judged.name, hash=row["hash"]))
    run.write_table(run.predictions_path, columns, table)


def _plot_errors(path: Path, judged: Judged, class_names: Sequence[str]) -> None:
    """Plot the wrong predictions that count and that the model is most confident of; no picture if there are none."""
    predicted, sureness = judged.logits.argmax(axis=1), softmax(judged.logits).max(axis=1)
    wrong = np.flatnonzero((predicted != judged.labels) & judged.counts)
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
    title = (
        f"The {len(shown)} most confident of {len(wrong):,} errors on {int(judged.counts.sum()):,} {judged.name} images"
    )
    plot_errors([judged.pixels[int(row)] for row in shown], captions, path, title=title)
