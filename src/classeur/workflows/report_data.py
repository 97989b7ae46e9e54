"""What a page says of the data of a run: findings among the images that it used, and what was left out on request."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress

from classeur.data.findings import Finding, Values, worst_first
from classeur.data.folder import LEFT_OUT, ImageFolder
from classeur.data.grouping import grouped, with_group_column
from classeur.data.inspection import inspect as inspect_folder
from classeur.data.kept_pairs import known_near_duplicates
from classeur.data.leaks import DROPPED
from classeur.data.near_duplicates import NearDuplicate
from classeur.data.quality import quality_of
from classeur.data.table_lines import columns_text
from classeur.data.together import kept_together
from classeur.delivery.diagnosis import without_places
from classeur.delivery.progress import Reporter
from classeur.delivery.report import DataFacts
from classeur.errors import ClasseurError
from classeur.run import Run
from classeur.training.cross_folds import ASIDE, find_fold_leaks
from classeur.workflows.inspection import with_options
from classeur.workflows.report_pictures import Looked, Row, thumbnails
from classeur.workflows.scan import scanned

# Findings that are named, and those of one kind; images of all of them that are shown.
_MOST_FINDINGS, _MOST_OF_A_KIND, _MOST_SHOWN = 60, 8, 60
_DROP_LEAKS = "--drop-leaks"


def count_left_out(aside: Mapping[str, str]) -> dict[str, int]:
    """Return how many images each plan, or `--drop-leaks`, left out.

    >>> count_left_out({"a.jpg": "left out by plan.csv", "b.jpg": "left out by --drop-leaks: group of c.jpg"})
    {'plan.csv': 1, '--drop-leaks': 1}
    """
    by = (_DROP_LEAKS if reason.startswith(DROPPED) else reason.removeprefix(LEFT_OUT) for reason in aside.values())
    return dict(Counter(by))


def reading_of(run: Run, aside: Mapping[str, str]) -> Values:
    """Return the options by which a run reads its data, with placeholders for files elsewhere.

    Args:
        run: or the directory of folds.
        aside: what it left out: where it does not know any more by which file, there was one.
    """
    files = {name: name.upper() for name in run.files}
    if any(not reason.startswith(DROPPED) for reason in aside.values()):
        files["exclude"] = "EXCLUDE"
    columns = columns_text(run.columns)
    return {**({"columns": columns} if columns else {}), **files}


def data_facts(
    looked: Looked,
    parts: int,
    rows: Sequence[Row],
    aside: Mapping[str, str],
    *,
    photos: bool,
) -> tuple[DataFacts | None, dict[str, str]]:
    """Return what is found in the data of a run, as far as they are here, and thumbnails.

    Args:
        looked: at what.
        parts: runs of the page.
        rows: the images of the run; of the table of folds, each with its fold.
        aside: path and reason of what the run left out on request: whoever did so has mended that.
        photos: whether photographs are shown.
    """
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
    folder = _without(folder, aside)
    pairs = known_near_duplicates(folder, cache=looked.cache, pixels=store)
    inspection = with_options(
        inspect_folder(folder, pairs, quality_of(folder, store)),
        {**reading_of(run, aside), "group_by": recipe.split.group_by, "keep_split": None},
    )
    found = list(inspection.findings)
    if run.holds_folds:
        found += _fold_leaks(looked, folder, pairs, rows, aside)
    findings = worst_first(without_places(found, data=inspection.data))
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
    shown = {path: hashes[path] for path in dict.fromkeys(named_paths) if path in usable} if photos else {}
    shown = dict(list(shown.items())[: max(1, _MOST_SHOWN // parts)])
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


def _without(folder: ImageFolder, aside: Mapping[str, str]) -> ImageFolder:
    """Return the folder with what a run left out set aside."""
    reasons = [reason or aside.get(path, "") for path, reason in zip(folder.paths, folder.reasons, strict=True)]
    columns = {name: getattr(folder, name) for name in ImageFolder.model_fields}
    return ImageFolder(**{**columns, "reasons": tuple(reasons)})


def _fold_leaks(
    looked: Looked,
    folder: ImageFolder,
    pairs: Sequence[NearDuplicate],
    rows: Sequence[Row],
    aside: Mapping[str, str],
) -> list[Finding]:
    """Return which share of the images belongs with images in other folds, if any does."""
    split = looked.facts.recipe.split
    numbers = {row["path"]: int(row["fold"] or 0) for row in rows}
    return find_fold_leaks(
        folder,
        [numbers.get(path, ASIDE) for path in folder.paths],
        pairs,
        kept_together(folder, pairs, long_bursts=split.long_bursts),
        reading={**reading_of(looked.run, aside), "group_by": split.group_by},
    )


def _paths(finding: Finding) -> list[str]:
    """Return the images that a finding is about, the first few."""
    named = finding.values.get("paths", [])
    paths = [finding.subject, *(named if isinstance(named, list) else [])]
    return list(dict.fromkeys(path for path in paths if isinstance(path, str)))[:6]
