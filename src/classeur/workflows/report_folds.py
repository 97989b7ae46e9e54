"""The facts of a cross-validation on a page: all its images, each judged by the fold that was not trained on it."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from classeur.delivery.progress import Reporter
from classeur.delivery.report import Pictures, RunReport
from classeur.evaluation.scoring import Evaluation
from classeur.evaluation.shown import Answers
from classeur.images.pixels import PixelStore
from classeur.models.assembly import LayerTable
from classeur.models.onnx_file import Decided
from classeur.run import Run
from classeur.training.facts import FoldsFacts, RunFacts, Seconds
from classeur.training.history import History
from classeur.workflows.aside import left_out
from classeur.workflows.fold_scores import counting_in_folds, cross_validation, folds_of, pooled_score
from classeur.workflows.judged import rows_of
from classeur.workflows.report_data import count_left_out, data_facts, reading_of
from classeur.workflows.report_facts import (
    OnPage,
    bins_of,
    calibrated,
    judged_images,
    num_groups,
    pictured,
    pixels_of,
)
from classeur.workflows.report_files import sound_evaluation, sound_facts, told_diagnosis
from classeur.workflows.report_pictures import Gallery, Judged, Looked, chosen, own_model, with_maps

# Each fold judges its validation images; a test of the data's own is judged by none.
_JUDGED = "validation"
# The verdict of a fold whose training succeeded: too well to be true.
_LEAKING = "leak-suspected"


def of_folds(run: Run, place: OnPage, cache: Path, reporter: Reporter, *, is_quick: bool) -> tuple[RunReport, Pictures]:
    """Return the facts of a cross-validation, and its pictures.

    What no single model says has no place there: the learning curve, the epochs, the advice of a diagnosis.

    Args:
        run: the directory of the folds.
        place: on the page.
        cache, reporter, is_quick: as `Looked` has them, of each fold.

    Raises:
        UnfinishedRunError: if a fold is not finished.
        RunError: as of a run, if files of a fold are missing or damaged.
    """
    pooled, found = pooled_score(run), cross_validation(run)
    folds = [Looked(each, sound_facts(each), cache, reporter, is_quick) for each in folds_of(run)]
    for each in folds:
        sound_evaluation(each.run, each.facts)
    facts = _facts_of_all(run, [each.facts for each in folds])
    # Without a fold of which no image counts.
    judging = [(each, counts) for each, counts in zip(folds, counting_in_folds(run), strict=True) if counts.any()]
    parts = [
        judged_images(each.run, each.facts, rows_of(each.run, _JUDGED), _JUDGED, counts) for each, counts in judging
    ]
    judges = [each for each, _ in judging]
    judged = Judged.joined(parts)
    groups = [row.get("group", "") for row in judged.rows]
    fair = [calibrated(each.run, _JUDGED, part) for each, part in zip(judges, parts, strict=True)]
    looked = Looked(run, facts, cache, reporter, is_quick)
    gallery = chosen(judged, pooled, parts=place.parts)
    gallery, small, lost = pictured(
        looked,
        gallery,
        judged,
        lambda chosen_, here, store: _explained(judges, parts, chosen_, here, store),
        photos=place.photos,
    )
    aside = left_out(*(each.run for each in folds))
    table = run.read_table(run.fold_table_path)
    data, of_data = data_facts(looked, place.parts, table, aside, photos=place.photos)
    return (
        RunReport(
            number=place.number,
            name=place.name,
            folder=run.path.resolve().name,
            facts=facts,
            evaluation=Evaluation(class_names=facts.class_names, splits={_JUDGED: pooled}),
            judged=_JUDGED,
            folds=found,
            failed_folds=tuple(each.run.path.name for each in folds if _has_failed(each, place)),
            num_groups=num_groups(groups),
            counts={},
            num_parameters=folds[0].run.read(folds[0].run.layers_path, LayerTable).num_parameters,
            diagnosis=None,
            history=History(),
            curve=(),
            calibration=None,
            bins=bins_of(Answers(*map(np.concatenate, zip(*fair, strict=True))), groups),
            risk=(),
            cells=gallery.cells,
            mistakes=gallery.mistakes,
            extremes=gallery.extremes,
            shortcuts=(),
            num_searched=0,
            data=data,
            left_out=count_left_out(aside),
            reading=reading_of(run, aside),
            num_lost=lost,
            remarks=gallery.remarks,
        ),
        Pictures(thumbnails={**of_data, **small}, maps=gallery.maps),
    )


def _facts_of_all(run: Run, facts: Sequence[RunFacts]) -> RunFacts:
    """Return what folds have in common, and their times together; no images are of one split, and none is a model's."""
    recorded, seconds = run.read(run.folds_path, FoldsFacts), [each.seconds for each in facts if each.seconds]
    counts = {name: count for name, count in facts[0].counts.items() if name not in ("train", _JUDGED)}
    wall, cpu = (round(sum(getattr(each, name) for each in seconds), 2) for name in ("wall", "cpu"))
    return facts[0].model_copy(
        update={
            "began": min(each.began for each in facts),
            "recipe": recorded.recipe,
            "counts": counts,
            "split_made_here": recorded.made_here,
            "data_fingerprint": recorded.data_fingerprint,
            "model": "",
            "epochs_done": max(each.epochs_done for each in facts),
            "kept_epoch": None,
            "seconds": Seconds(wall=wall, cpu=cpu) if seconds else None,
            "decided": Decided(),
            "validation": None,
            "random_split": None,
        }
    )


def _has_failed(looked: Looked, place: OnPage) -> bool:
    """Return whether the diagnosis of a fold, if it has one, is that its training failed or learned nothing."""
    if not looked.run.diagnosis_path.exists():
        return False
    found = told_diagnosis(looked.run, place.language, looked.reporter)
    return found.verdict != _LEAKING and found.findings[0].severity == "error"


def _explained(
    folds: Sequence[Looked], parts: Sequence[Judged], gallery: Gallery, here: Judged, store: PixelStore
) -> Gallery:
    """Return the gallery with what spoke for each mistake, by the model that made it, and what that was trained on."""
    hashes = {row["hash"] for row in here.rows}
    for each, part in zip(folds, parts, strict=True):
        judged = part.among(hashes)
        training = rows_of(each.run, "train")
        gallery = with_maps(own_model(each.run), each, gallery, judged, pixels_of(judged, store), training)
    return gallery
