"""`report`: what is known of a run or several, on one page."""

import json
import shlex
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from classeur.data.findings import Finding
from classeur.data.inspection import inspect as inspect_folder
from classeur.data.near_duplicates import near_duplicates
from classeur.data.quality import quality_of
from classeur.delivery.diagnosis import without_places
from classeur.delivery.progress import ConsoleReporter, Reporter
from classeur.delivery.report import LANGUAGES, Answered, Bin, CurvePoint, DataFacts, Report, RunReport
from classeur.delivery.report_page import render_page
from classeur.errors import BrokenRunError, ClasseurError, DifferentImagesError, UnknownNameError, UsageError
from classeur.estimate import Estimate
from classeur.evaluation.calibration import Calibration
from classeur.evaluation.sampling import Sampling
from classeur.evaluation.scoring import Evaluation
from classeur.evaluation.shown import Answers
from classeur.improvement.comparison import Comparison, compare
from classeur.improvement.diagnosis import Diagnosis
from classeur.models.assembly import LayerTable
from classeur.options import takes_options
from classeur.run import Run
from classeur.storage import cache_folder, write_text
from classeur.training.facts import RunFacts, finished_facts
from classeur.training.history import History
from classeur.training.logits import softmax
from classeur.workflows.comparison import judged_validation
from classeur.workflows.judged import split_pixels
from classeur.workflows.kept_logits import kept_logits
from classeur.workflows.report_pictures import Gallery, Judged, Looked, Row, chosen, explained, thumbnail, thumbnails
from classeur.workflows.scan import scanned

# Bins of equally many images in the picture of calibration, and points of the curve of errors by answers.
_NUM_BINS, _NUM_POINTS = 10, 200
# Findings about the data that are named, and those of one kind; images of all of them that are shown.
_MOST_FINDINGS, _MOST_OF_A_KIND, _MOST_SHOWN = 60, 8, 60


@takes_options()
def report(
    runs: Sequence[Run | Path | str] | Run | Path | str,
    *,
    to: Path | str | None = None,
    language: str = "en",
    photos: bool = True,
    cache: Path | None = None,
    reporter: Reporter | None = None,
) -> Report:
    """Return what is known of a run or several, and write it as one page, which a notebook shows too.

    Args:
        runs: finished ones; several are compared on the images that all of them were judged on.
        to: the page; report.html in the run, or in the folder of several, if None; there report.json has its facts.
        language: en or ko.
        photos: whether photographs are shown; without them the page can be mailed.
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
    found = gather(opened, language=language, photos=photos, cache=cache, reporter=reporter)
    write_text(page, render_page(found))
    if to is None:
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
    looked = [Looked(run, finished_facts(run), cache_folder(cache), reporter, is_quick) for run in runs]
    parts = [_of_run(each, parts=len(runs), photos=photos, reporter=reporter) for each in looked]
    comparison, why_not = _compared(looked) if len(runs) > 1 else (None, "")
    shown: dict[str, str] = {}
    maps: dict[str, str] = {}
    for _, small, laid in parts:
        shown.update(small)
        maps.update(laid)
    return Report(
        runs=tuple(part for part, _, _ in parts),
        comparison=comparison,
        not_compared=why_not,
        language=language,
        with_photographs=photos,
        thumbnails=shown,
        maps=maps,
    )


def _compared(looked: Sequence[Looked]) -> tuple[Comparison | None, str]:
    try:
        found = [judged_validation(each.run, each.facts) for each in looked]
        names = _short_names([each.run for each in looked])
        return compare([each._replace(name=name) for each, name in zip(found, names, strict=True)]), ""
    except DifferentImagesError as error:
        return None, str(error)


def _short_names(runs: Sequence[Run]) -> list[str]:
    """Return a name for each run that says nothing of where it lies."""
    names = [run.path.resolve().name for run in runs]
    return [name if names.count(name) == 1 else f"{name} ({at})" for at, name in enumerate(names, 1)]


def _of_run(
    looked: Looked, *, parts: int, photos: bool, reporter: Reporter
) -> tuple[RunReport, dict[str, str], dict[str, str]]:
    """Return the facts of one run, its thumbnails and its maps."""
    run, facts = looked.run, looked.facts
    evaluation = run.read(run.evaluation_path, Evaluation)
    name = "test" if "test" in evaluation.splits else "validation"
    rows = run.read_table(run.split_path)
    judged = _judged(run, facts, [row for row in rows if row["split"] == name], name)
    gallery = chosen(judged, evaluation.splits[name], parts=parts)
    small: dict[str, str] = {}
    if photos:
        gallery, small = _pictured(looked, gallery, judged, rows, reporter)
    data, of_data = _data_facts(looked, photos=photos)
    return (
        RunReport(
            name=run.path.resolve().name,
            facts=facts,
            evaluation=evaluation,
            judged=name,
            counts=_counts(rows),
            num_parameters=sum(each.num_parameters for each in run.read(run.layers_path, LayerTable).layers),
            diagnosis=run.read(run.diagnosis_path, Diagnosis) if run.diagnosis_path.exists() else None,
            history=_history(run),
            curve=_curve(run, evaluation),
            calibration=run.read(run.calibration_path, Calibration) if run.calibration_path.exists() else None,
            bins=bins_of(judged.answers),
            risk=_risk(run),
            cells=gallery.cells,
            mistakes=gallery.mistakes,
            extremes=gallery.extremes,
            shortcuts=gallery.shortcuts,
            num_searched=gallery.num_searched,
            data=data,
            remarks=gallery.remarks,
        ),
        {**of_data, **small},
        dict(gallery.maps),
    )


def _judged(run: Run, facts: RunFacts, rows: Sequence[Row], name: str) -> Judged:
    """Return what the model said of the images of a split.

    Raises:
        BrokenRunError: if this is of other images than the split has.
    """
    logits = kept_logits(run, len(facts.class_names)).get(name)
    if logits is None or logits.hashes != tuple(row["hash"] for row in rows):
        raise BrokenRunError(
            f"{run.logits_path} is not of the {name} images of {run.split_path}; train again with --overwrite, or copy"
            " the whole run again"
        )
    probabilities = softmax(logits.logits)
    predicted = probabilities.argmax(axis=1)
    answers = Answers(logits.labels, predicted, probabilities.max(axis=1))
    return Judged(rows, answers, logits.logits, facts.class_names)


def _pictured(
    looked: Looked, gallery: Gallery, judged: Judged, rows: Sequence[Row], reporter: Reporter
) -> tuple[Gallery, dict[str, str]]:
    """Return the gallery with what is seen in its photographs, and their thumbnails; without, where they are gone."""
    run, facts, cache = looked.run, looked.facts, looked.cache
    try:
        pixels = split_pixels(run, facts, list(judged.rows), cache, reporter)
    except ClasseurError as error:
        reporter.warn(f"the report shows no photographs: {error}")
        return gallery._replace(remarks=("no-photographs",)), {}
    training = [row for row in rows if row["split"] == "train"]
    gallery = explained(looked, gallery, judged, pixels, training)
    wanted = {
        *(each.hash for cell in gallery.cells for each in cell.shown),
        *(each.photograph.hash for each in gallery.mistakes),
        *(each.hash for one in gallery.extremes for each in (*one.typical, *one.unsure)),
        *(each.hash for one in gallery.shortcuts for each in one.shown),
    }
    numbers = [number for number, row in enumerate(judged.rows) if row["hash"] in wanted]
    small = {judged.rows[number]["hash"]: thumbnail(pixels[number]) for number in numbers}
    alike = {each.hash for mistake in gallery.mistakes for each in mistake.alike}
    similar = [row for row in training if row["hash"] in alike]
    if similar:
        with suppress(ClasseurError):  # a picture of these is one less
            small |= thumbnails([row["hash"] for row in similar], split_pixels(run, facts, similar, cache, reporter))
    return gallery, small


def _counts(rows: Sequence[Row]) -> dict[str, dict[str, int]]:
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        counts[row["split"]][row["label"]] += 1
    return {name: dict(sorted(of_split.items())) for name, of_split in counts.items()}


def _history(run: Run) -> History:
    return History.from_rows(run.read_table(run.history_path)) if run.history_path.exists() else History()


def _curve(run: Run, evaluation: Evaluation) -> tuple[CurvePoint, ...]:
    if not run.learning_curve_path.exists():
        return ()
    num_images = evaluation.splits["validation"].num_images
    return tuple(
        CurvePoint(
            num_images=int(row["num_images"]),
            accuracy=Estimate(
                value=float(row["val_accuracy"]),
                low=float(row["val_low"]),
                high=float(row["val_high"]),
                method="learning curve",
                n=num_images,
            ),
        )
        for row in run.read_table(run.learning_curve_path)
    )


def bins_of(answers: Answers) -> tuple[Bin, ...]:
    """Return shares of right answers by probability, in bins of equally many images."""
    order = np.argsort(answers.probability, kind="stable")
    right = answers.labels == answers.predicted
    alone = Sampling.of(None)
    bins = []
    for rows in np.array_split(order, max(1, min(_NUM_BINS, len(order) // _NUM_BINS))):
        share = alone.proportion(right[rows])
        if share is not None:
            bins.append(Bin(probability=float(answers.probability[rows].mean()), right=share))
    return tuple(bins)


def _risk(run: Run) -> tuple[Answered, ...]:
    if not run.risk_coverage_path.exists():
        return ()
    rows = run.read_table(run.risk_coverage_path)
    places = np.unique(np.linspace(0, len(rows) - 1, min(_NUM_POINTS, len(rows))).astype(int))
    return tuple(Answered(coverage=float(rows[at]["coverage"]), error=float(rows[at]["error"])) for at in places)


def _data_facts(looked: Looked, *, photos: bool) -> tuple[DataFacts | None, dict[str, str]]:
    """Return what is found in the data of a run, as far as they are here, and thumbnails."""
    run, facts = looked.run, looked.facts
    try:
        if not run.data.exists():
            return None, {}
        folder, store = scanned(
            run.data, facts.recipe.preparation, columns=run.columns, cache=looked.cache, reporter=Reporter()
        )
    except ClasseurError:
        return None, {}
    inspection = inspect_folder(folder, near_duplicates(folder, store), quality_of(folder, store))
    findings = without_places(inspection.findings, data=inspection.data)
    kept: list[Finding] = []
    kinds = Counter[str]()
    for finding in findings:
        kinds[finding.code] += 1
        if kinds[finding.code] <= _MOST_OF_A_KIND and len(kept) < _MOST_FINDINGS:
            kept.append(finding)
    hashes = dict(zip(folder.paths, folder.hashes, strict=True))
    usable = {path for path, is_usable in zip(folder.paths, folder.usable.tolist(), strict=True) if is_usable}
    named = [path for finding in kept for path in _paths(finding)]
    shown = {path: hashes[path] for path in dict.fromkeys(named) if path in usable} if photos else {}
    shown = dict(list(shown.items())[:_MOST_SHOWN])
    unique = list(dict.fromkeys(shown.values()))
    small = thumbnails(unique, store.select(unique)) if unique else {}
    return DataFacts(findings=tuple(kept), num_left_out=len(findings) - len(kept), shown=shown), small


def _paths(finding: Finding) -> list[str]:
    """Return the images that a finding is about, the first few."""
    named = finding.values.get("paths", [])
    paths = [finding.subject, *(named if isinstance(named, list) else [])]
    return list(dict.fromkeys(path for path in paths if isinstance(path, str)))[:6]
