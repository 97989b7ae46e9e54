"""`report`: what is known of a run or several, on one page."""

import json
import shlex
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np

from classeur.data.findings import Finding
from classeur.data.grouping import grouped, with_group_column
from classeur.data.inspection import inspect as inspect_folder
from classeur.data.kept_pairs import known_near_duplicates
from classeur.data.quality import quality_of
from classeur.delivery.diagnosis import without_places
from classeur.delivery.progress import ConsoleReporter, Reporter
from classeur.delivery.report import Bin, DataFacts, Pictures, Report, RunReport
from classeur.delivery.report_page import render_page
from classeur.delivery.report_text import LANGUAGES, Language
from classeur.delivery.wording import counted
from classeur.errors import BrokenRunError, ClasseurError, DifferentImagesError, UnknownNameError, UsageError
from classeur.evaluation.calibration import Calibration
from classeur.evaluation.logits import SplitLogits
from classeur.evaluation.risk import least_promise
from classeur.evaluation.sampling import Sampling
from classeur.evaluation.scoring import Evaluation
from classeur.evaluation.shown import Answers
from classeur.images.pixels import PixelStore
from classeur.improvement.comparison import Comparison, compare
from classeur.models.assembly import LayerTable
from classeur.options import takes_options
from classeur.run import Run
from classeur.storage import cache_folder, write_text
from classeur.training.facts import RunFacts, finished_facts
from classeur.training.history import History
from classeur.training.logits import softmax
from classeur.workflows.comparison import judged_validation
from classeur.workflows.cross_fitting import cross_fitted_logits, scored_again
from classeur.workflows.kept_logits import groups_of, kept_logits, kept_split
from classeur.workflows.leaks import num_judged_leaks
from classeur.workflows.report_files import (
    check_report_place,
    curve_points,
    risk_points,
    sound_evaluation,
    sound_facts,
    told_diagnosis,
)
from classeur.workflows.report_pictures import Gallery, Judged, Looked, Row, chosen, explained, thumbnails
from classeur.workflows.scan import scanned

# Bins of equally many images in the picture of calibration.
_NUM_BINS = 10
# Findings about the data that are named, and those of one kind; images of all of them that are shown.
_MOST_FINDINGS, _MOST_OF_A_KIND, _MOST_SHOWN = 60, 8, 60


@takes_options()
def report(
    runs: Sequence[Run | Path | str] | Run | Path | str,
    *,
    to: Path | str | None = None,
    language: str = "en",
    photos: bool = True,
    overwrite: bool = False,
    cache: Path | None = None,
    reporter: Reporter | None = None,
) -> Report:
    """Return what is known of a run or several, and write it as one page, which a notebook shows too.

    Args:
        runs: finished ones; several are compared on the images that all of them were judged on.
        to: the page; report.html in the run, or in the folder of several, if None; there report.json has its facts.
        language: en or ko.
        photos: whether photographs are shown; without them the page can be mailed.
        overwrite: whether a file that classeur did not write is replaced.
        cache: where pixels and features are kept; the system's cache folder if None.
        reporter: where it is said what cannot be shown; standard error if None.

    Raises:
        ClasseurError: in one line, whatever cannot be done.
    """
    reporter = reporter or ConsoleReporter()
    if language not in LANGUAGES:
        raise UnknownNameError("language", language, LANGUAGES)
    opened = [Run.open(run) for run in ([runs] if isinstance(runs, Run | Path | str) else runs)]
    if not opened:
        raise UsageError("report needs a run")
    page = Path(to) if to is not None else page_of(opened)
    if page.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"{page} would hold a page; give it a name that ends with .html")
    facts = None if to is not None else page.with_suffix(".json")
    if not overwrite:
        check_report_place(page, facts)
    found = gather(opened, language=language, photos=photos, cache=cache, reporter=reporter)
    write_text(page, render_page(found))
    if facts is not None:
        write_facts(found, page)
    return found


def page_of(runs: Sequence[Run]) -> Path:
    """Return the default path of a page: in the run, or in the folder of the first of several."""
    return runs[0].report_path if len(runs) == 1 else runs[0].path.resolve().parent / runs[0].report_path.name


def report_training(run: Run, *, cache: Path | None, reporter: Reporter) -> None:
    """Write the page of a run that was just trained; whatever keeps it from that is said, and the run stays.

    A training that was stopped has none: whoever stops one does not wait for it.

    Args:
        run: whose files are written.
        cache: where pixels and features are kept.
        reporter: where it is said what went wrong.
    """
    try:
        # The old ones are of another model.
        run.report_path.unlink(missing_ok=True)
        run.report_facts_path.unlink(missing_ok=True)
        if finished_facts(run).status == "finished":
            found = gather([run], is_quick=True, cache=cache, reporter=reporter)
            write_text(run.report_path, render_page(found))
            write_facts(found, run.report_path)
    except Exception as error:  # the training is finished, and a page of it can be made again
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        reporter.warn(
            f"report.html is not written: {reason}; the run is whole, try: classeur report {shlex.quote(str(run.path))}"
        )


def renew_report(run: Run, *, cache: Path | None, reporter: Reporter) -> None:
    """Write the page of a run again, if it has one, after an evaluation; as it was, in language and photographs.

    Args:
        run: whose files are written.
        cache: where pixels and features are kept.
        reporter: where it is said what went wrong.
    """
    if not run.report_path.exists():
        return
    try:
        before = run.read(run.report_facts_path, Report)
        found = gather(
            [run],
            language=before.language,
            photos=before.with_photographs,
            is_quick="no-neighbours" in before.runs[0].remarks,
            cache=cache,
            reporter=reporter,
        )
        write_text(run.report_path, render_page(found))
        write_facts(found, run.report_path)
    except ClasseurError as error:
        reporter.warn(
            f"report.html is still that of before this evaluation: {error}; try: classeur report"
            f" {shlex.quote(str(run.path))}"
        )


def write_facts(found: Report, page: Path) -> None:
    """Write the facts of a page beside it.

    Raises:
        StorageError: if they cannot be written.
    """
    # As `Run.write` does: file names need not be UTF-8.
    text = json.dumps(found.model_dump(mode="json"), indent=1, ensure_ascii=False)
    write_text(page.with_suffix(".json"), text + "\n")


def gather(
    runs: Sequence[Run],
    *,
    language: str = "en",
    photos: bool = True,
    is_quick: bool = False,
    cache: Path | None = None,
    reporter: Reporter,
) -> Report:
    """Return the facts of runs, and thumbnails of the images that are shown.

    Args:
        runs: finished ones.
        language, photos, cache, reporter: as `report` takes them.
        is_quick: whether what takes more than a second is left out, as at the end of a training.
    """
    looked = [Looked(run, sound_facts(run), cache_folder(cache), reporter, is_quick) for run in runs]
    names = _short_names(runs)
    parts = [
        _of_run(each, OnPage(number, name, len(runs), LANGUAGES[language], photos))
        for number, (each, name) in enumerate(zip(looked, names, strict=True), 1)
    ]
    comparison, why_not = _compared(looked, names) if len(runs) > 1 else (None, "")
    return Report(
        runs=tuple(of_run for of_run, _ in parts),
        comparison=comparison,
        not_compared=why_not,
        language=language,
        with_photographs=photos,
        pictures=tuple(pictures for _, pictures in parts),
    )


def _compared(looked: Sequence[Looked], names: Sequence[str]) -> tuple[Comparison | None, str]:
    """Return those runs side by side that were judged on the same images, the most of them; and why others are not."""
    found = [
        judged_validation(each.run, each.facts)._replace(name=name) for each, name in zip(looked, names, strict=True)
    ]
    images = [frozenset(each.correct) for each in found]
    most = max(images, key=images.count)
    same = [each for each, its in zip(found, images, strict=True) if its == most]
    why_not = ""
    if len(same) < len(found):
        other = next(each for each, its in zip(found, images, strict=True) if its != most)
        try:
            compare([same[0], other])
        except DifferentImagesError as error:
            why_not = str(error)
    return (compare(same) if len(same) > 1 else None), why_not


def _short_names(runs: Sequence[Run]) -> list[str]:
    """Return a name for each run that says nothing of where it lies."""
    names = [run.path.resolve().name for run in runs]
    told = [name if names.count(name) == 1 else f"{name} ({at})" for at, name in enumerate(names, 1)]
    return told if len(set(told)) == len(told) else [f"{name} ({at})" for at, name in enumerate(names, 1)]


class OnPage(NamedTuple):
    """What a run is on its page."""

    number: int
    name: str
    parts: int  # runs of the page
    language: Language
    photos: bool


def _of_run(looked: Looked, place: OnPage) -> tuple[RunReport, Pictures]:
    """Return the facts of one run, and its pictures."""
    run, facts = looked.run, looked.facts
    evaluation = _evaluation(run, facts)
    name = "test" if "test" in evaluation.splits else "validation"
    rows = run.read_table(run.split_path)
    judged = _judged(run, facts, [row for row in rows if row["split"] == name], name)
    groups = [row.get("group", "") for row in judged.rows]
    gallery = chosen(judged, evaluation.splits[name], parts=place.parts)
    small: dict[str, str] = {}
    lost = 0
    if place.photos:
        gallery, small, lost = _pictured(looked, gallery, judged, rows)
    data, of_data = _data_facts(looked, place, rows)
    return (
        RunReport(
            number=place.number,
            name=place.name,
            folder=run.path.resolve().name,
            facts=facts,
            evaluation=evaluation,
            judged=name,
            num_groups=num_groups(groups),
            num_leaks=num_judged_leaks(run, facts, name),
            least_limit=_least_limit(run, facts),
            counts=_counts(rows),
            num_parameters=sum(each.num_parameters for each in run.read(run.layers_path, LayerTable).layers),
            diagnosis=told_diagnosis(run, place.language, looked.reporter) if run.diagnosis_path.exists() else None,
            history=_history(run),
            curve=curve_points(run, evaluation),
            calibration=run.read(run.calibration_path, Calibration) if run.calibration_path.exists() else None,
            bins=bins_of(_calibrated(run, name, judged), groups),
            risk=risk_points(run),
            cells=gallery.cells,
            mistakes=gallery.mistakes,
            extremes=gallery.extremes,
            shortcuts=gallery.shortcuts,
            num_searched=gallery.num_searched,
            data=data,
            num_lost=lost,
            remarks=gallery.remarks,
        ),
        Pictures(thumbnails={**of_data, **small}, maps=gallery.maps, places=gallery.places),
    )


def _evaluation(run: Run, facts: RunFacts) -> Evaluation:
    """Return the scores of a run, each number as its logits give it, so that a page shows what `evaluate` does."""
    evaluation = sound_evaluation(run, facts)
    for name, said in kept_logits(run, len(facts.class_names)).items():
        evaluation = evaluation.with_score(name, scored_again(run, name, evaluation.splits[name], said))
    return evaluation


def num_groups(groups: Sequence[str]) -> int:
    """Return of how many groups images are, where one that stands alone is one; 0 if all do.

    >>> num_groups(["a", "a", ""]), num_groups(["", ""])
    (2, 0)
    """
    clusters = Sampling.of(groups).clusters
    return 0 if clusters is None else int(clusters.max()) + 1


def _judged(run: Run, facts: RunFacts, rows: Sequence[Row], name: str) -> Judged:
    """Return what the model said of the images of a split.

    Raises:
        BrokenRunError: if this is of other images than the split has.
    """
    logits = kept_split(run, name, len(facts.class_names))
    if logits.hashes != tuple(row["hash"] for row in rows):
        raise BrokenRunError(
            f"{run.logits_path} is not of the {name} images of {run.split_path}; train again with --overwrite, or copy"
            " the whole run again"
        )
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


def _calibrated(run: Run, name: str, judged: Judged) -> Answers:
    """Return the answers with probabilities of a temperature that the images themselves did not choose."""
    said = SplitLogits(judged.logits, judged.answers.labels, tuple(row["hash"] for row in judged.rows))
    fair = cross_fitted_logits(run, name, said)
    return judged.answers if fair is None else judged.answers._replace(probability=softmax(fair).max(axis=1))


def _pictured(
    looked: Looked, gallery: Gallery, judged: Judged, rows: Sequence[Row]
) -> tuple[Gallery, dict[str, str], int]:
    """Return the gallery with what is seen in its photographs, their thumbnails, and how many images are gone."""
    hashes = [row["hash"] for row in judged.rows]
    store = _kept_pixels(looked, hashes)
    missing = set(store.missing(hashes))
    lost = sum(hash_ in missing for hash_ in hashes)
    if lost:
        where = shlex.quote(str(looked.run.path))
        looked.reporter.warn(
            f"of {counted(len(hashes), 'judged photograph')} of {looked.run.path}, {lost:,}"
            f" {'is' if lost == 1 else 'are'} gone or changed, and not shown; restore them, or name their new place"
            f" once: classeur evaluate {where} --data DIR"
        )
    if lost == len(hashes):
        return gallery._replace(remarks=("no-photographs",)), {}, lost
    if lost:
        gallery = gallery._replace(remarks=("some-photographs",))
    here = judged.among(set(hashes) - missing)
    pixels = store.select([row["hash"] for row in here.rows])
    training = [row for row in rows if row["split"] == "train"]
    gallery = explained(looked, gallery, here, pixels, training)
    wanted = {
        *(each.hash for cell in gallery.cells for each in cell.shown),
        *(each.photograph.hash for each in gallery.mistakes),
        *(each.hash for one in gallery.extremes for each in (*one.typical, *one.unsure)),
        *(each.hash for one in gallery.shortcuts for each in one.shown),
        *(each.hash for mistake in gallery.mistakes for each in mistake.alike),
    }
    shown = sorted(wanted - set(store.missing(wanted)))
    return gallery, thumbnails(shown, store.select(shown)) if shown else {}, lost


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


def _data_facts(looked: Looked, place: OnPage, rows: Sequence[Row]) -> tuple[DataFacts | None, dict[str, str]]:
    """Return what is found in the data of a run, as far as they are here, and thumbnails."""
    run, recipe = looked.run, looked.facts.recipe
    try:
        if not run.data.exists():
            return None, {}
        named = with_group_column(run.data, run.columns, recipe.split.group_by)
        folder, store = scanned(run.data, recipe.preparation, columns=named, cache=looked.cache, reporter=Reporter())
    except ClasseurError:
        return None, {}
    with suppress(ClasseurError):  # the data have changed, and have no such group any more
        folder = grouped(folder, recipe.split.group_by, named)
    pairs = known_near_duplicates(folder, cache=looked.cache, pixels=store)
    inspection = inspect_folder(folder, pairs, quality_of(folder, store))
    findings = without_places(inspection.findings, data=inspection.data)
    kept: list[Finding] = []
    kinds = Counter[str]()
    for finding in findings:
        kinds[finding.code] += 1
        if kinds[finding.code] <= _MOST_OF_A_KIND and len(kept) < _MOST_FINDINGS:
            kept.append(finding)
    hashes = dict(zip(folder.paths, folder.hashes, strict=True))
    usable = {path for path, is_usable in zip(folder.paths, folder.usable.tolist(), strict=True) if is_usable}
    present = {hashes[path] for path in usable}
    named_paths = [path for finding in kept for path in _paths(finding)]
    shown = {path: hashes[path] for path in dict.fromkeys(named_paths) if path in usable} if place.photos else {}
    shown = dict(list(shown.items())[: max(1, _MOST_SHOWN // place.parts)])
    unique = list(dict.fromkeys(shown.values()))
    return (
        DataFacts(
            findings=tuple(kept),
            num_left_out=len(findings) - len(kept),
            shown=shown,
            num_lost=sum(row["hash"] not in present for row in rows),
        ),
        thumbnails(unique, store.select(unique)) if unique else {},
    )


def _paths(finding: Finding) -> list[str]:
    """Return the images that a finding is about, the first few."""
    named = finding.values.get("paths", [])
    paths = [finding.subject, *(named if isinstance(named, list) else [])]
    return list(dict.fromkeys(path for path in paths if isinstance(path, str)))[:6]
