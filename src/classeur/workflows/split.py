"""`split`: which images train, validate and test, as a file that every command takes as DATA."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from classeur.data.archive import is_archive
from classeur.data.bursts import find_bursts
from classeur.data.findings import Command
from classeur.data.folder import ImageFolder
from classeur.data.grouping import find_groups, grouped, with_group_column
from classeur.data.kept_pairs import known_near_duplicates
from classeur.data.kept_split import Kept, check_kept, kept_shares, read_kept, with_kept_groups
from classeur.data.leaks import find_leaks, leak_findings
from classeur.data.listing import check_listing
from classeur.data.manifest import write_folds, write_manifest
from classeur.data.near_duplicates import NearDuplicate
from classeur.data.plan import unreadable
from classeur.data.split_names import SPLITS
from classeur.data.splitting import FEWEST_FOR_TEST, Shares, Split, count_whole, groups_of, parted, why_unsplit
from classeur.data.splitting import split as split_folder
from classeur.data.tables import TABLE_ENDINGS
from classeur.data.together import find_long_chains, kept_together
from classeur.data.trainability import check_trainable
from classeur.delivery.progress import ConsoleReporter, Reporter
from classeur.delivery.split_words import grouping_words, joining_words, since_then
from classeur.delivery.wording import command_line, counted, listed
from classeur.delivery.words import advice, evidence, few_in_words
from classeur.errors import LayoutError, UsageError
from classeur.images.preparation import Preparation
from classeur.options import takes_options
from classeur.storage import cache_folder
from classeur.training.cross_folds import ASIDE, NONE, check_groups_whole, cross_folds, find_fold_leaks
from classeur.workflows.aside import aside_rows, check_aside, write_aside
from classeur.workflows.keeping import grouping_to_keep, kept_file, say_vain_shares
from classeur.workflows.places import check_csv_place
from classeur.workflows.scan import Columns, named_columns, reading_options, scanned, without_planned

_USUAL_SHARES = "70/15/15"
# Images of a fold below which its accuracy is one of a few fractions.
_FEW_IN_A_FOLD = 5


class Manifest(BaseModel):
    """A split that has been written: its file, its numbers, and what an older one said otherwise."""

    model_config = ConfigDict(frozen=True)

    path: str
    fingerprint: str  # a training on this file has the same in run.json
    made_here: bool  # False if it is the data's own split
    seed: int
    class_names: tuple[str, ...]
    counts: dict[str, dict[str, int]]  # split → class → images
    num_folds: int | None = None  # if it is of a cross-validation
    num_groups: int  # of two images or more that are not separated
    num_separated: int = 0  # groups that a given or older split separates
    set_aside: dict[str, tuple[str, ...]] = {}  # path of a new image → the splits that it would have joined
    changed: tuple[str, ...] = ()  # since the older manifest, which these are about
    relabelled: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


@takes_options()
def split(
    data: Path | str,
    *,
    to: Path | str = "split.csv",
    shares: str | Sequence[float] | None = None,
    folds: int | None = None,
    seed: int = 0,
    group_by: str | None = None,
    long_bursts: bool = False,
    keep: Path | str | None = None,
    exclude: Path | str | None = None,
    anew: bool = False,
    overwrite: bool = False,
    columns: Columns = None,
    verify: bool = False,
    cache: Path | None = None,
    reporter: Reporter | None = None,
) -> Manifest:
    """Split data into training, validation and test, stratified by class, and write which image is where.

    Equal files, near-duplicates, bursts and groups are never separated. Data with a validation of their own keep
    their split, unless it is to be made anew.

    Args:
        data: a folder of class folders, or a CSV.
        to: the CSV to write: path, label, split, group and hash of each image. Files that it leaves out are listed
            beside it with their reasons, in `split.set_aside.csv` for `split.csv`.
        shares: of training, validation and test, in percent or as shares; without the third there is no test. If None,
            those of `keep`, else 70/15/15.
        folds: divide into so many parts of a cross-validation in place of a split; `train` with `folds` carries it out.
        seed: of the random choice.
        group_by: what is not separated: a column of the CSV, `folder`, or a regular expression on the path.
        long_bursts: whether bursts and chains of near-duplicates stay together even if they are more than a fifth of a
            class.
        keep: an older manifest, or a run: its images stay where they were, its groups whole. A new one that belongs to
            images in two splits is set aside. Where the manifest has named groups, `group_by` says which of them new
            images belong to; a run records it.
        exclude: a CSV of images to leave out, such as `inspect` writes with `plan`.
        anew: whether all images are divided, though the data name a split or folds.
        overwrite: replace the file.
        columns: names of the columns of a CSV, as for `train`.
        verify: read and hash every file again, even if its size and time are unchanged.
        cache: where pixels are kept; the system's cache folder if None.
        reporter: where progress is shown; standard error if None.

    Raises:
        ClasseurError: a one-line error if the data cannot be split.
    """
    reporter = reporter or ConsoleReporter()
    data, to, keep = Path(data), Path(to), kept_file(keep)
    wanted = parse_shares(_USUAL_SHARES if shares is None else shares)
    if folds is not None and shares is not None:
        raise UsageError(
            "--folds cannot be combined with --shares: each image validates in one fold, and trains in the others;"
            " leave one of them out"
        )
    _check_place(data, to, keep, exclude, overwrite=overwrite)
    group_by = grouping_to_keep(group_by, keep, reporter)
    named = with_group_column(data, named_columns(columns), group_by)
    folder, _ = scanned(
        data, Preparation(), columns=named, check=check_listing, verify=verify, cache=cache, reporter=reporter
    )
    folder = without_planned(folder, exclude, reporter)
    if anew:
        folder = _unsplit(folder)
    check_trainable(folder)
    folder = grouped(folder, group_by, named)
    if missed := grouping_words(folder, group_by):
        reporter.warn(missed)
    kept = None if keep is None else read_kept(keep, folder, column="split" if folds is None else "fold")
    if kept is not None and "validation" in folder.splits:
        raise UsageError(f"{data} has a validation of its own, so there is nothing to keep; leave out --keep")
    if kept is not None and keep is not None:
        if shares is None:
            wanted = kept_shares(kept, folder, wanted)
        else:
            say_vain_shares(f"--shares {shares}", folder, kept, keep, reporter)
    pairs = known_near_duplicates(folder, cache=cache_folder(cache))
    together = kept_together(folder, pairs, long_bursts=long_bursts)
    if kept is not None and keep is not None:
        folder, together = with_kept_groups(folder, kept, keep), [*together, *kept.together]
    reading = reading_options(columns, group_by, exclude)
    if folds is not None:
        return _divided(
            to,
            folder,
            together,
            folds,
            pairs=pairs,
            group_by=group_by,
            reading=reading,
            kept=kept,
            seed=seed,
            reporter=reporter,
        )
    made = split_folder(
        folder,
        validation_share=wanted.validation,
        test_share=wanted.test,
        together=together,
        kept=None if kept is None else kept.splits,
        seed=seed,
    )
    if kept is not None and keep is not None:
        check_kept(folder, made, kept, keep)
    elif not len(made.rows("validation")):
        raise LayoutError(f"{data} {why_unsplit(folder)}; add images, or group them otherwise")
    used = [row for row, name in enumerate(made.splits) if name]
    groups = groups_of(folder, used, together := parted(together, made.splits, made.joining))
    if made.made_here and not long_bursts:
        for line in few_in_words((*find_bursts(folder), *find_long_chains(folder, pairs))):
            reporter.warn(line)
    _report(folder, made, groups, wanted, kept, reporter)
    _say_unreadable(folder, reading, reporter)
    written = write_manifest(to, folder, made, groups)
    _list_aside(to, folder, made.joining, reporter)
    num_groups, num_separated = count_whole(groups, made.splits)
    if num_separated:
        leaks = find_leaks(folder.split_as(made.splits), pairs, together)
        for finding in leak_findings(folder, made.splits, leaks, reading=reading):
            reporter.warn(f"{evidence(finding)}; {advice(finding)}")
    return Manifest(
        path=str(to),
        fingerprint=written,
        made_here=made.made_here,
        seed=seed,
        class_names=folder.class_names,
        counts={name: _counts(folder, made.rows(name)) for name in made.names},
        num_groups=num_groups,
        num_separated=num_separated,
        **_kept_words(folder, made.joining, kept),
    )


def _divided(
    to: Path,
    folder: ImageFolder,
    together: Sequence[Sequence[int]],
    num_folds: int,
    *,
    pairs: Sequence[NearDuplicate],
    group_by: str | None,
    reading: Mapping[str, Any],
    kept: Kept | None,
    seed: int,
    reporter: Reporter,
) -> Manifest:
    """Write the folds of a cross-validation."""
    numbers = cross_folds(
        folder, together, num_folds, seed=seed, kept=None if kept is None else _fold_numbers(kept, num_folds)
    )
    if kept is None:
        check_groups_whole(folder, numbers, group_by)
    usable = np.flatnonzero(folder.usable).tolist()
    groups = groups_of(folder, usable, together)
    joining = _joined_folds(groups, numbers)
    sides = ["" if each == ASIDE or why else str(each) for each, why in zip(numbers, folder.reasons, strict=True)]
    together = parted(together, sides, joining)
    groups = groups_of(folder, [row for row in usable if row not in joining], together)
    parts = {f"fold {number}": [row for row in usable if numbers[row] == number] for number in range(1, num_folds + 1)}
    never = [row for row in usable if numbers[row] == NONE and folder.splits[row] != "test"]
    test = [row for row in usable if folder.splits[row] == "test"]
    if never:
        are = "is" if len(never) == 1 else "are"
        reporter.warn(
            f"{counted(len(never), 'image')} {are} in no fold, and trained on in each, such as"
            f" {folder.paths[never[0]]}: without them a class would have none to train on"
        )
    if min(map(len, parts.values())) < _FEW_IN_A_FOLD:
        sizes = sorted(map(len, parts.values()))
        reporter.warn(
            f"each of the {num_folds:,} folds has {sizes[0]:,} … {sizes[-1]:,} images, so the spread between them says"
            " little; with fewer folds it says more"
        )
    if joining:
        reporter.warn(joining_words(folder, joining))
    for change in () if kept is None else since_then(kept):
        reporter.warn(change)
    for leak in find_fold_leaks(folder, numbers, pairs, together, reading=reading):
        reporter.warn(f"{evidence(leak)}; {advice(leak)}")
    _say_unreadable(folder, reading, reporter)
    written = write_folds(to, folder, numbers, groups)
    _list_aside(to, folder, joining, reporter)
    num_groups, num_separated = count_whole(groups, sides)
    return Manifest(
        path=str(to),
        fingerprint=written,
        made_here=True,
        seed=seed,
        num_folds=num_folds,
        class_names=folder.class_names,
        counts={name: _counts(folder, rows) for name, rows in {**parts, "train": never, "test": test}.items() if rows},
        num_groups=num_groups,
        num_separated=num_separated,
        **_kept_words(folder, joining, kept),
    )


def _joined_folds(groups: Sequence[Sequence[int]], numbers: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Return the folds that each row that is set aside would have joined."""
    return {
        row: tuple(f"fold {number}" for number in sorted({numbers[each] for each in group} - {NONE, ASIDE}))
        for group in groups
        for row in group
        if numbers[row] == ASIDE
    }


def _fold_numbers(kept: Kept, num_folds: int) -> list[int]:
    """Return the fold that each row keeps.

    Raises:
        UsageError: if the older file has others.
    """
    strange = sorted({name for name in kept.splits if name} - set(map(str, range(1, num_folds + 1))))
    if strange:
        raise UsageError(
            f"the older file has a fold {strange[0]}, and {num_folds} are asked for; give --folds as it was"
        )
    return [int(name or NONE) for name in kept.splits]


def _kept_words(folder: ImageFolder, joining: Mapping[int, tuple[str, ...]], kept: Kept | None) -> dict[str, Any]:
    """Return what a manifest says of an older one."""
    said = {} if kept is None else {"changed": kept.changed, "relabelled": kept.relabelled, "lost": kept.lost}
    return {"set_aside": {folder.paths[row]: names for row, names in joining.items()}, **said}


def parse_shares(shares: str | Sequence[float]) -> Shares:
    """Return the shares of validation and test; the first is that of training.

    Raises:
        UsageError: if they are not two or three numbers that make up 100 or 1.

    >>> parse_shares("70/15/15"), parse_shares((0.8, 0.2))
    (Shares(validation=0.15, test=0.15), Shares(validation=0.2, test=0.0))
    """
    try:
        numbers = [float(part) for part in (shares.split("/") if isinstance(shares, str) else shares)]
    except (TypeError, ValueError):
        numbers = []
    whole = sum(numbers)
    is_whole = any(abs(whole - each) < 1e-6 * each for each in (1, 100))
    if len(numbers) not in (2, 3) or not is_whole or min(numbers) < 0 or not numbers[0] or not numbers[1]:
        raise UsageError(
            f"shares {shares!r} are not possible; expected training/validation/test that make up 100, such as 70/15/15"
            " or 80/20"
        )
    scale = 100 if whole > 2 else 1
    return Shares(numbers[1] / scale, numbers[2] / scale if len(numbers) == 3 else 0.0)


def _unsplit(folder: ImageFolder) -> ImageFolder:
    """Return the folder without the split or folds that it names.

    Raises:
        UsageError: if it names none.
    """
    if not any(folder.splits) and not folder.folds:
        raise UsageError(f"--anew means nothing for {folder.data}, which names no split and no folds; leave it out")
    return folder.unsplit()


def _check_place(data: Path, to: Path, keep: Path | None, exclude: Path | str | None, *, overwrite: bool) -> None:
    """Check that the manifest may be written there, and that its images will be where it says.

    Raises:
        UsageError: otherwise.
    """
    if data.is_file() and data.suffix.lower() not in TABLE_ENDINGS and is_archive(data):
        raise UsageError(f"{data} is a zip, whose files a CSV cannot name; unpack it, and give the folder")
    is_kept = keep is not None and keep.exists() and to.exists() and to.samefile(keep)
    check_csv_place(
        to,
        data,
        option="--to",
        use=f"keep its images where they are with --keep {to}",
        overwrite=overwrite or is_kept,
        exclude=exclude,
    )
    check_aside(to)


def _counts(folder: ImageFolder, rows: Sequence[int] | np.ndarray) -> dict[str, int]:
    counts = np.bincount(folder.labels[rows], minlength=len(folder.class_names))
    return dict(zip(folder.class_names, counts.tolist(), strict=True))


def _report(
    folder: ImageFolder,
    made: Split,
    groups: Sequence[Sequence[int]],
    wanted: Shares,
    kept: Kept | None,
    reporter: Reporter,
) -> None:
    """Say what a person would not expect: what was not done, what was left out, what has changed."""
    if not made.made_here:
        reporter.say(f"{folder.data} has a validation of its own; its split is kept")
    elif not folder.groups:
        for line in few_in_words(find_groups(folder)):
            reporter.warn(line)
    if made.made_here and kept is None and wanted.test and "test" not in made.names:
        counts = Counter(folder.labels[np.concatenate([made.rows(name) for name in made.names])].tolist())
        label, number = min(counts.items(), key=lambda item: item[1])
        if number < FEWEST_FOR_TEST:
            reporter.say(
                f"there is no test: {folder.class_names[label]} has {counted(number, 'image')}, and with fewer than"
                f" {FEWEST_FOR_TEST} a test says nothing of a class; its share is for training"
            )
        else:
            few = _in_few_groups(folder, groups, range(len(folder.class_names)))
            why = "the images are in too few groups" if few else "training and validation take all images of a class"
            reporter.warn(f"there is no test: {why}; its share is for training")
    for name in made.names:
        missing = [label for label, count in _counts(folder, made.rows(name)).items() if not count]
        if not missing:
            continue
        why = f"{folder.data} names none"
        if made.made_here:
            stay = "" if kept is None else "stay where they were, or "
            few = _in_few_groups(folder, groups, map(folder.class_names.index, missing))
            why = f"its images {stay}are {'in too few groups' if few else 'all in the others'}"
        reporter.warn(f"no {name} image of {listed(missing, most=6)}: {why}")
    if made.joining:
        reporter.warn(joining_words(folder, made.joining))
    for change in () if kept is None else since_then(kept):
        reporter.warn(change)


def _in_few_groups(folder: ImageFolder, groups: Sequence[Sequence[int]], labels: Iterable[int]) -> bool:
    """Return whether one of these classes has fewer groups than splits, so that it cannot be in each."""
    numbers = Counter(label for group in groups for label in {int(folder.labels[row]) for row in group})
    return min(numbers[label] for label in labels) < len(SPLITS)


def _list_aside(to: Path, folder: ImageFolder, joining: Mapping[int, tuple[str, ...]], reporter: Reporter) -> None:
    """Write which files are in no split, and why, and say where."""
    rows = aside_rows(folder, joining)
    path = write_aside(to, rows)
    if path is not None:
        reporter.say(f"{path}: {counted(len(rows), 'file')} left out, each with its reason")


def _say_unreadable(folder: ImageFolder, reading: Mapping[str, Any], reporter: Reporter) -> None:
    unusable = unreadable(folder)
    if unusable:
        look = command_line(Command(verb="inspect", arguments=(folder.data,), options=dict(reading)))
        are = "is" if len(unusable) == 1 else "are"
        reporter.warn(f"{counted(len(unusable), 'file')} that cannot be used {are} left out; see: {look}")
