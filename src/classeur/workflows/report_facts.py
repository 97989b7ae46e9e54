"""The facts of one run on a page, and its pictures."""

import itertools
import shlex
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NamedTuple

import numpy as np

from classeur.delivery.report import Bin, Pictures, RunReport
from classeur.delivery.report_text import Language
from classeur.delivery.score_words import most_telling
from classeur.delivery.wording import counted
from classeur.errors import BrokenRunError, ClasseurError
from classeur.evaluation.calibration import Calibration
from classeur.evaluation.logits import SplitLogits
from classeur.evaluation.risk import least_promise
from classeur.evaluation.sampling import Sampling
from classeur.evaluation.scoring import Evaluation
from classeur.evaluation.shown import Answers
from classeur.images.pixels import Pixels, PixelStore
from classeur.models.assembly import LayerTable
from classeur.run import Run
from classeur.training.facts import RunFacts
from classeur.training.history import History
from classeur.training.logits import softmax
from classeur.workflows.aside import left_out
from classeur.workflows.counting import counting
from classeur.workflows.cross_fitting import cross_fitted_logits, scored_again
from classeur.workflows.kept_logits import groups_of, kept_logits, kept_split, whole_split
from classeur.workflows.leaks import with_leaks
from classeur.workflows.report_data import count_left_out, data_facts, reading_of
from classeur.workflows.report_files import curve_points, risk_points, sound_evaluation, told_diagnosis
from classeur.workflows.report_pictures import Gallery, Judged, Looked, Row, chosen, explained, thumbnails
from classeur.workflows.scan import scanned

# Bins of equally many images in the picture of calibration.
_NUM_BINS = 10


class OnPage(NamedTuple):
    """What a run is on its page."""

    number: int
    name: str
    parts: int  # runs of the page
    language: Language
    photos: bool


def of_run(looked: Looked, place: OnPage) -> tuple[RunReport, Pictures]:
    """Return the facts of one run, and its pictures."""
    run, facts = looked.run, looked.facts
    evaluation = _evaluation(run, facts)
    name = most_telling(evaluation) or "validation"
    rows = run.read_table(run.split_path)
    judged = judged_images(run, facts, [row for row in rows if row["split"] == name], name)
    groups = [row.get("group", "") for row in judged.rows]
    gallery = chosen(judged, evaluation.splits[name], parts=place.parts)
    training = [row for row in rows if row["split"] == "train"]
    gallery, small, lost = pictured(
        looked,
        gallery,
        judged,
        lambda chosen_, here, store: explained(looked, chosen_, here, pixels_of(here, store), training),
        photos=place.photos,
    )
    aside = left_out(run)
    data, of_data = data_facts(looked, place.parts, rows, aside, photos=place.photos)
    return (
        RunReport(
            number=place.number,
            name=place.name,
            folder=run.path.resolve().name,
            facts=facts,
            evaluation=evaluation,
            judged=name,
            num_groups=num_groups(groups),
            least_limit=_least_limit(run, facts),
            counts=_counts(rows),
            num_parameters=run.read(run.layers_path, LayerTable).num_parameters,
            diagnosis=told_diagnosis(run, place.language, looked.reporter) if run.diagnosis_path.exists() else None,
            history=_history(run),
            curve=curve_points(run, evaluation),
            calibration=run.read(run.calibration_path, Calibration) if run.calibration_path.exists() else None,
            bins=bins_of(calibrated(run, name, judged), groups),
            risk=risk_points(run),
            cells=gallery.cells,
            mistakes=gallery.mistakes,
            extremes=gallery.extremes,
            shortcuts=gallery.shortcuts,
            num_searched=gallery.num_searched,
            data=data,
            left_out=count_left_out(aside),
            reading=reading_of(run, aside),
            num_lost=lost,
            remarks=gallery.remarks,
        ),
        Pictures(thumbnails={**of_data, **small}, maps=gallery.maps, places=gallery.places),
    )


def _evaluation(run: Run, facts: RunFacts) -> Evaluation:
    """Return the scores of a run, each number as its logits give it, so that a page shows what `evaluate` does."""
    evaluation = sound_evaluation(run, facts)
    for name, said in kept_logits(run, len(facts.class_names)).items():
        again = scored_again(run, name, evaluation.splits[name], said)
        evaluation = evaluation.with_score(name, with_leaks(run, facts, name, again))
    return evaluation


def num_groups(groups: Sequence[str]) -> int:
    """Return of how many groups images are, where one that stands alone is one; 0 if all do.

    >>> num_groups(["a", "a", ""]), num_groups(["", ""])
    (2, 0)
    """
    clusters = Sampling.of(groups).clusters
    return 0 if clusters is None else int(clusters.max()) + 1


def judged_images(
    run: Run, facts: RunFacts, rows: Sequence[Row], name: str, counts: np.ndarray | None = None
) -> Judged:
    """Return what the model said of the images of a split that count.

    Args:
        run, facts: of the model.
        rows: of all images of the split.
        name: of the split.
        counts: bool (n,), which of them do; by the run's own leaks if None.

    Raises:
        BrokenRunError: if this is of other images than the split has.
    """
    logits = whole_split(run, name, len(facts.class_names))
    if logits.hashes != tuple(row["hash"] for row in rows):
        raise BrokenRunError(
            f"{run.logits_path} is not of the {name} images of {run.split_path}; train again with --overwrite, or copy"
            " the whole run again"
        )
    counts = counting(run, name, logits.hashes) if counts is None else counts
    rows, logits = list(itertools.compress(rows, counts)), logits.only(counts)
    probabilities = softmax(logits.logits)
    predicted = probabilities.argmax(axis=1)
    answers = Answers(logits.labels, predicted, probabilities.max(axis=1))
    return Judged(rows, answers, logits.logits, facts.class_names)


def _least_limit(run: Run, facts: RunFacts) -> float | None:
    """Return the smallest round share of wrong answers that the validation images can promise."""
    if facts.one_class:
        return None
    said = kept_split(run, "validation", len(facts.class_names))
    wrong = said.logits.argmax(axis=1) != said.labels
    groups = groups_of(run, "validation", said.hashes)
    promise = least_promise(softmax(said.logits).max(axis=1), wrong, groups=groups)
    return None if promise is None else promise.limit


def calibrated(run: Run, name: str, judged: Judged) -> Answers:
    """Return the answers with probabilities of a temperature that the images themselves did not choose."""
    said = SplitLogits(judged.logits, judged.answers.labels, tuple(row["hash"] for row in judged.rows))
    fair = cross_fitted_logits(run, name, said)
    return judged.answers if fair is None else judged.answers._replace(probability=softmax(fair).max(axis=1))


def pictured(
    looked: Looked,
    gallery: Gallery,
    judged: Judged,
    explain: Callable[[Gallery, Judged, PixelStore], Gallery],
    *,
    photos: bool,
) -> tuple[Gallery, dict[str, str], int]:
    """Return the gallery with what is seen in its photographs, their thumbnails, and how many images are gone.

    Args:
        looked: at what.
        gallery: of chosen photographs.
        judged: all images.
        explain: returns the gallery with what spoke for the answers; of the images that are here.
        photos: whether photographs are shown; otherwise the gallery is returned as it is, and none is looked for.
    """
    if not photos:
        return gallery, {}, 0
    hashes = [row["hash"] for row in judged.rows]
    store = _kept_pixels(looked, hashes)
    missing = set(store.missing(hashes))
    lost = sum(hash_ in missing for hash_ in hashes)
    if lost:
        where = shlex.quote(str(looked.run.path))
        elsewhere = (
            "" if looked.run.holds_folds else f", or name their new place once: classeur evaluate {where} --data DIR"
        )
        looked.reporter.warn(
            f"of {counted(len(hashes), 'judged photograph')} of {looked.run.path}, {lost:,}"
            f" {'is' if lost == 1 else 'are'} gone or changed, and not shown; restore them{elsewhere}"
        )
    if lost == len(hashes):
        return gallery._replace(remarks=("no-photographs",)), {}, lost
    if lost:
        gallery = gallery._replace(remarks=("some-photographs",))
    gallery = explain(gallery, judged.among(set(hashes) - missing), store)
    wanted = {
        *(each.hash for cell in gallery.cells for each in cell.shown),
        *(each.photograph.hash for each in gallery.mistakes),
        *(each.hash for one in gallery.extremes for each in (*one.typical, *one.unsure)),
        *(each.hash for one in gallery.shortcuts for each in one.shown),
        *(each.hash for mistake in gallery.mistakes for each in mistake.alike),
    }
    shown = sorted(wanted - set(store.missing(wanted)))
    return gallery, thumbnails(shown, store.select(shown)) if shown else {}, lost


def pixels_of(judged: Judged, store: PixelStore) -> Pixels:
    """Return the pixels of judged images, in their order."""
    return store.select([row["hash"] for row in judged.rows])


def _kept_pixels(looked: Looked, hashes: Sequence[str]) -> PixelStore:
    """Return the store of a run's pixels, with those of its data that it lacks, as far as they are here."""
    preparation = looked.facts.recipe.preparation
    store = PixelStore(looked.cache, **dict(preparation))
    if store.missing(hashes):
        with suppress(ClasseurError):  # data that are gone: what is kept is shown
            run = looked.run
            if run.data.exists():
                _, store = scanned(
                    run.data, preparation, columns=run.columns, cache=looked.cache, reporter=looked.reporter
                )
    return store


def _counts(rows: Sequence[Row]) -> dict[str, dict[str, int]]:
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        counts[row["split"]][row["label"]] += 1
    return {name: dict(sorted(of_split.items())) for name, of_split in counts.items()}


def _history(run: Run) -> History:
    return History.from_rows(run.read_table(run.history_path)) if run.history_path.exists() else History()


def bins_of(answers: Answers, groups: Sequence[str] | None) -> tuple[Bin, ...]:
    """Return shares of right answers by probability, in bins of equally many images.

    Args:
        answers: to the judged images.
        groups: of each image, "" for one that stands alone; None if all do.
    """
    order = np.argsort(answers.probability, kind="stable")
    right, sampling = answers.labels == answers.predicted, Sampling.of(groups)
    bins = []
    for rows in np.array_split(order, max(1, min(_NUM_BINS, len(order) // _NUM_BINS))):
        among = np.zeros(len(order), bool)
        among[rows] = True
        share = sampling.proportion(right, among)
        if share is not None:
            bins.append(Bin(probability=float(answers.probability[rows].mean()), right=share))
    return tuple(bins)
