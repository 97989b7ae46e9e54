"""`report`: what is known of a run or several, or of a cross-validation, on one page."""

import shlex
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from classeur.delivery.progress import ConsoleReporter, Reporter
from classeur.delivery.report import Report
from classeur.delivery.report_page import render_page
from classeur.delivery.report_text import LANGUAGES
from classeur.errors import ClasseurError, DifferentImagesError, UnknownNameError, UsageError
from classeur.improvement.comparison import Comparison, Judged, check_same_images, compare
from classeur.options import takes_options
from classeur.run import Run
from classeur.storage import cache_folder, write_json, write_text
from classeur.training.facts import finished_facts
from classeur.workflows.comparison import judged_validation
from classeur.workflows.fold_scores import as_run, cross_validation
from classeur.workflows.report_facts import OnPage, of_run
from classeur.workflows.report_files import check_report_place, sound_facts
from classeur.workflows.report_folds import of_folds
from classeur.workflows.report_pictures import Looked


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
        runs: finished ones; several are compared on the images that all of them were judged on. Or the directory of a
            cross-validation, whose images are each judged by the fold that was not trained on them.
        to: the page; report.html in the run, or in the folder of several, if None; there report.json has its facts.
        language: en or ko.
        photos: whether photographs are shown; without them the page can be mailed.
        overwrite: whether a file that classeur did not write is replaced.
        cache: where pixels and features are kept; the system's cache folder if None.
        reporter: where it is said what cannot be shown; standard error if None.

    Raises:
        ClasseurError: in one line, whatever cannot be done.
    """
    if language not in LANGUAGES:
        raise UnknownNameError("language", language, LANGUAGES)
    given = [runs] if isinstance(runs, Run | Path | str) else list(runs)
    if not given:
        raise UsageError("report needs a run")
    alone = as_run(given[0])
    opened = [alone] if len(given) == 1 and alone.holds_folds else [Run.open(each) for each in given]
    page = Path(to) if to is not None else page_of(opened)
    if page.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"{page} would hold a page; give it a name that ends with .html")
    return write_page(
        opened,
        page,
        facts=None if to is not None else page.with_suffix(".json"),
        language=language,
        photos=photos,
        overwrite=overwrite,
        cache=cache,
        reporter=reporter or ConsoleReporter(),
    )


def page_of(runs: Sequence[Run]) -> Path:
    """Return the default path of a page: in the run, or in the folder of the first of several."""
    return runs[0].report_path if len(runs) == 1 else runs[0].path.resolve().parent / runs[0].report_path.name


def write_page(
    runs: Sequence[Run],
    page: Path,
    *,
    facts: Path | None,
    overwrite: bool = False,
    language: str = "en",
    photos: bool = True,
    is_quick: bool = False,
    cache: Path | None,
    reporter: Reporter,
) -> Report:
    """Write what is known of runs as a page, and its facts; every page of classeur is written here.

    Args:
        runs: finished ones, or the directory of a cross-validation.
        page, facts: the files; no facts if None.
        overwrite: whether a file that classeur did not write is replaced.
        language, photos, cache, reporter: as `report` takes them.
        is_quick: whether what takes more than a second is left out, as at the end of a training.

    Raises:
        ClasseurError: in one line, whatever cannot be done; then nothing is written.
    """
    if not overwrite:
        check_report_place(page, facts)
    found = gather(runs, language=language, photos=photos, is_quick=is_quick, cache=cache, reporter=reporter)
    write_text(page, render_page(found))
    if facts is not None:
        write_json(facts, found.model_dump(mode="json"), indent=1)
    return found


def report_training(run: Run, *, cache: Path | None, reporter: Reporter) -> None:
    """Write the page of what was just trained; whatever keeps it from that is said, and the run stays.

    A training that was stopped has none: whoever stops one does not wait for it.

    Args:
        run: whose files are written, or the directory of a cross-validation.
        cache: where pixels and features are kept.
        reporter: where it is said what went wrong.
    """
    page, facts = run.report_path, run.report_facts_path
    try:
        check_report_place(page, facts)
        # The old ones are of another model.
        page.unlink(missing_ok=True)
        facts.unlink(missing_ok=True)
        if cross_validation(run).is_finished if run.holds_folds else finished_facts(run).status == "finished":
            write_page([run], page, facts=facts, is_quick=True, cache=cache, reporter=reporter)
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
        write_page(
            [run],
            run.report_path,
            facts=run.report_facts_path,
            language=before.language,
            photos=before.with_photographs,
            is_quick="no-neighbours" in before.runs[0].remarks,
            cache=cache,
            reporter=reporter,
        )
    except ClasseurError as error:
        reporter.warn(
            f"report.html is still that of before this evaluation: {error}; try: classeur report"
            f" {shlex.quote(str(run.path))}"
        )


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
        runs, language, photos, is_quick, cache, reporter: as `write_page` takes them.
    """
    names, kept = _short_names(runs), cache_folder(cache)
    places = [OnPage(number, name, len(runs), LANGUAGES[language], photos) for number, name in enumerate(names, 1)]
    if runs[0].holds_folds:
        parts, comparison, why_not = [of_folds(runs[0], places[0], kept, reporter, is_quick=is_quick)], None, ""
    else:
        looked = [Looked(run, sound_facts(run), kept, reporter, is_quick) for run in runs]
        parts = [of_run(each, place) for each, place in zip(looked, places, strict=True)]
        comparison, why_not = _compared(looked, names) if len(runs) > 1 else (None, "")
    return Report(
        runs=tuple(of_one for of_one, _ in parts),
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
    groups = [_comparable(each, found) for each in found]
    same = max(groups, key=len)
    why_not = ""
    if len(same) < len(found):
        other = next(each for each in found if not any(each is other for other in same))
        try:
            for each in same:
                check_same_images([each, other])
        except DifferentImagesError as error:
            why_not = str(error)
    return (compare(same) if len(same) > 1 else None), why_not


def _comparable(first: Judged, runs: Sequence[Judged]) -> list[Judged]:
    """Return a run and those that were judged on the images on which it and all before them were, in their order."""
    together = [first]
    for run in runs:
        if run is first:
            continue
        with suppress(DifferentImagesError):
            check_same_images([*together, run])
            together.append(run)
    return [run for run in runs if any(run is each for each in together)]


def _short_names(runs: Sequence[Run]) -> list[str]:
    """Return a name for each run that says nothing of where it lies."""
    names = [run.path.resolve().name for run in runs]
    told = [name if names.count(name) == 1 else f"{name} ({at})" for at, name in enumerate(names, 1)]
    return told if len(set(told)) == len(told) else [f"{name} ({at})" for at, name in enumerate(names, 1)]
