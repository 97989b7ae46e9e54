"""Reports made of numbers, without a training: what a page has to hold can be chosen freely."""

import base64
import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

from classeur.data.findings import Change, Command, Finding
from classeur.delivery.report import (
    Alike,
    Answered,
    CurvePoint,
    DataFacts,
    Mistake,
    Pictures,
    Report,
    RunReport,
    Shortcut,
)
from classeur.evaluation.calibration import Calibration
from classeur.evaluation.cross_validation import CrossValidation, Fold
from classeur.evaluation.scoring import Evaluation, score
from classeur.evaluation.shown import Answers
from classeur.improvement.diagnosis import Diagnosis
from classeur.training.facts import RunFacts, Seconds
from classeur.training.history import Epoch, History
from classeur.training.recipe import make_recipe
from classeur.workflows.report_facts import bins_of
from classeur.workflows.report_pictures import Judged, chosen


def picture(seed: int, *, side: int = 64) -> str:
    """A thumbnail of coloured noise, as a report has them."""
    colour = np.random.default_rng(seed).integers(0, 255, 3)
    buffer = io.BytesIO()
    Image.fromarray(np.full((side, side, 3), colour, np.uint8)).save(buffer, "JPEG")
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def run_report(
    class_names: Sequence[str] = ("cats", "dogs"),
    *,
    name: str = "first",
    path: str = "validation/{label}/{number:05}.jpg",
    num_images: int = 60,
    epochs: int = 0,
    seed: int = 0,
    parts: int = 1,
) -> RunReport:
    """A run whose images, of so many classes, are told with some mistakes."""
    random = np.random.default_rng(seed)
    labels = np.arange(num_images) % len(class_names)
    logits = random.normal(0, 1.2, (num_images, len(class_names)))
    logits[np.arange(num_images), labels] += 2
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    answers = Answers(labels, probabilities.argmax(axis=1), probabilities.max(axis=1))
    rows = [
        {
            "path": path.replace("{label}", class_names[label]).replace("{number:05}", f"{number:05}"),
            "label": class_names[label],
            "split": "validation",
            "hash": f"{name}{number}",
        }
        for number, label in enumerate(labels.tolist())
    ]
    result = score(logits, labels, class_names=class_names)
    gallery = chosen(Judged(rows, answers, logits, class_names), result, parts=parts)
    recipe = make_recipe({"model": "tutorial" if epochs else "efficientnet_lite0"})
    evaluation = Evaluation(class_names=tuple(class_names), splits={"train": result, "validation": result})
    command = Command(verb="train", arguments=("DATA",), options={"out": f"RUNS/{name} 2", "dropout": 0.2})
    values = {
        "train_accuracy": 0.99, "num_train": 100, "validation_accuracy": 0.8, "num_validation": num_images,
        "gap": 0.19, "gap_low": 0.1, "gap_high": 0.3,
    }  # fmt: skip
    verdict = Finding(
        code="overfitting", severity="warning", subject=name, values=values,
        changes=(Change(code="smaller-learning-rate", command=command),),
    )  # fmt: skip
    copies = [rows[0]["path"], rows[2]["path"]]
    estimate = result.accuracy
    return RunReport(
        least_limit=0.01,
        name=name,
        folder=name,
        facts=RunFacts(
            status="finished",
            began="2026-11-27T10:00:00+00:00",
            recipe=recipe,
            class_names=tuple(class_names),
            counts={"found": 200, "used": 199, "set_aside": 1, "left_out": 0, "train": 100, "validation": num_images},
            data_fingerprint="0123",
            backbone=None if epochs else "efficientnet_lite0-v1",
            epochs_done=epochs,
            kept_epoch=epochs or None,
            seconds=Seconds(wall=3.2, cpu=5.1),
            versions={"classeur": "0.1.0", "python": "3.11"},
            machine={"processor": "one", "processors": 2, "memory_gib": 8.0, "system": "Linux"},
        ),
        evaluation=evaluation,
        judged="validation",
        counts={"train": dict.fromkeys(class_names, 50)},
        num_parameters=1234,
        diagnosis=Diagnosis(verdict="overfitting", findings=(verdict,)),
        history=History(
            epochs=tuple(
                Epoch(
                    epoch=number,
                    loss=1 / number,
                    accuracy=0.5 + 0.01 * number,
                    val_loss=0.9 / number,
                    val_accuracy=0.5 + 0.008 * number,
                    learning_rate=0.001,
                    seconds=1.0,
                )
                for number in range(1, epochs + 1)
            )
        ),
        curve=tuple(CurvePoint(num_images=number, accuracy=estimate) for number in (25, 50, 100)),
        calibration=Calibration(),
        bins=bins_of(answers, None),
        risk=tuple(Answered(coverage=at / 20, error=0.01 * at) for at in range(1, 21)),
        cells=gallery.cells,
        mistakes=tuple(
            Mistake(
                photograph=each.photograph,
                mapped=True,
                alike=(Alike(path=rows[1]["path"], hash=rows[1]["hash"], label=class_names[1], similarity=0.5),),
            )
            for each in gallery.mistakes
        ),
        extremes=gallery.extremes,
        shortcuts=(
            Shortcut(
                class_name=class_names[0],
                num_lost=24,
                num_images=40,
                top=0.7,
                left=0.7,
                bottom=1,
                right=1,
                shown=gallery.mistakes[0].photograph and (gallery.mistakes[0].photograph,),
            ),
        ),
        num_searched=80,
        data=DataFacts(
            findings=(
                Finding(
                    code="duplicate",
                    severity="warning",
                    subject=copies[0],
                    values={"paths": copies},
                    changes=(Change(code="keep-one"),),
                ),
                Finding(code="unusable", severity="warning", subject=copies[1], values={"reason": class_names[0]}),
            ),
            num_left_out=3,
            shown=dict.fromkeys(copies, rows[0]["hash"]),
        ),
    )


def folds_report(class_names: Sequence[str] = ("cats", "dogs"), *, path: str = "{label}/{number:05}.jpg") -> RunReport:
    """A cross-validation of three folds, told as a run is."""
    run = run_report(class_names, name="folds", path=path)
    folds = tuple(
        Fold(run=f"fold{number}", num_train=40, num_images=20, accuracy=run.score.accuracy, loss=run.score.loss)
        for number in (1, 2, 3)
    )
    counts = {name: count for name, count in run.facts.counts.items() if name not in ("train", "validation")}
    return run.model_copy(
        update={
            "folds": CrossValidation(num_folds=3, folds=folds, pooled=run.score),
            "facts": run.facts.model_copy(update={"counts": counts, "split_made_here": True}),
            "counts": {},
            "diagnosis": None,
            "curve": (),
            "calibration": None,
            "risk": (),
            "shortcuts": (),
        }
    )


def report(*runs: RunReport, **fields: object) -> Report:
    """A report of runs, with a thumbnail and a map of each image that it may show."""
    runs = tuple(run.model_copy(update={"number": at}) for at, run in enumerate(runs or (run_report(),), 1))
    values: dict[str, object] = {"pictures": tuple(map(pictures, runs)), **fields}
    return Report(runs=runs, **values)  # type: ignore[arg-type]


def pictures(run: RunReport) -> Pictures:
    """A thumbnail and a map of each image that a run may show; other runs have others."""
    photographs = [
        *(one for cell in run.cells for one in cell.shown),
        *(one.photograph for one in run.mistakes),
        *(one for extremes in run.extremes for one in (*extremes.typical, *extremes.unsure)),
    ]
    hashes = {each.hash for each in photographs} | {each.hash for one in run.mistakes for each in one.alike}
    hashes |= set(run.data.shown.values()) if run.data else set()
    return Pictures(
        thumbnails={hash_: picture(100 * run.number + at) for at, hash_ in enumerate(sorted(hashes))},
        maps={(one.photograph.hash, one.photograph.label): picture(1000 + run.number) for one in run.mistakes},
        places={one.hash: picture(2000 + run.number) for each in run.shortcuts for one in each.shown},
    )
