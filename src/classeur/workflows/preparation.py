"""The data of a training: scanned and split, with warnings about what makes the accuracy misleading."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from classeur.data.bursts import bursts_of, find_bursts
from classeur.data.duplicates import find_duplicates
from classeur.data.findings import Command
from classeur.data.folder import ImageFolder
from classeur.data.grouping import find_groups, grouped, with_group_column
from classeur.data.inspection import find_imbalance, find_notes
from classeur.data.kept_pairs import known_near_duplicates
from classeur.data.kept_split import Kept, check_kept, kept_shares, read_kept, with_kept_groups
from classeur.data.leaks import Leak, find_leaks, leak_findings, without_leaks
from classeur.data.listing import Listing, check_listing
from classeur.data.manifest import fingerprint, group_names, split_rows
from classeur.data.near_duplicates import NearDuplicate
from classeur.data.near_findings import find_near_duplicates
from classeur.data.plan import unreadable
from classeur.data.splitting import Shares, Split, groups_of, parted, split, why_unsplit
from classeur.data.together import alike_of, find_long_chains, kept_together
from classeur.data.trainability import check_trainable
from classeur.delivery.progress import Reporter
from classeur.delivery.split_words import grouping_words, joining_words, since_then
from classeur.delivery.wording import command_line, counted, listed
from classeur.delivery.words import advice, evidence, few_in_words, in_words
from classeur.errors import LayoutError, UsageError
from classeur.images.pixels import Pixels, PixelStore
from classeur.models.assembly import architecture
from classeur.options import OPTIONS
from classeur.storage import cache_folder
from classeur.training.balance import balanced_weights
from classeur.training.facts import UNLIKE
from classeur.training.recipe import Recipe
from classeur.workflows.counting import all_if_none
from classeur.workflows.keeping import say_vain_shares
from classeur.workflows.scan import reading_options, scanned, without_planned

SPLIT_COLUMNS = ("path", "label", "split", "hash", "group", "width", "height")


class Prepared(NamedTuple):
    """Data that are ready for training."""

    folder: ImageFolder
    split: Split
    store: PixelStore
    together: Sequence[Sequence[int]] = ()  # rows that are not to be separated, beside equal files and named groups
    pairs: Sequence[NearDuplicate] = ()
    leaks: Mapping[str, Sequence[Leak]] = MappingProxyType(
        {}
    )  # of a given split: judged images that belong with training

    def hashes(self, name: str) -> list[str]:
        """Return the content hashes of a split."""
        return [self.folder.hashes[row] for row in self.split.rows(name)]

    def pixels(self, name: str) -> Pixels:
        """Return the pixels of a split."""
        return self.store.select(self.hashes(name))

    def labels(self, name: str) -> np.ndarray:
        """Return the class indices of a split, int64 (n,)."""
        labels: np.ndarray = self.folder.labels[self.split.rows(name)]
        return labels

    def groups(self, name: str) -> list[int]:
        """Return the group of each image of a split, by number: what is chosen inside it separates none either."""
        rows = self.split.rows(name).tolist()
        groups = enumerate(groups_of(self.folder, rows, self.together))
        numbers = {row: number for number, group in groups for row in group}
        return [numbers[row] for row in rows]

    @property
    def counts_in_validation(self) -> np.ndarray:
        """Which validation images count in a number, bool (n,): as `counting` has it of the run."""
        return all_if_none(self.new_in_validation)

    @property
    def new_in_validation(self) -> np.ndarray:
        """Which validation images belong with none in training, bool (n,)."""
        leaking = {leak.row for leak in self.leaks.get("validation", ())}
        return np.array([row not in leaking for row in self.split.rows("validation").tolist()], bool)

    def paths(self, name: str) -> list[str]:
        """Return the paths of a split."""
        return [self.folder.paths[row] for row in self.split.rows(name)]

    def split_rows(self) -> list[tuple[str, str, str, str]]:
        """Return path, label, split and hash of every image."""
        return split_rows(self.folder, self.split)

    def split_table(self) -> list[tuple[str, ...]]:
        """Return the rows of split.csv, in the order of `SPLIT_COLUMNS`."""
        used = [row for row, name in enumerate(self.split.splits) if name]
        names = group_names(self.folder, groups_of(self.folder, used, self.together))
        return [
            (*cells, names.get(row, ""), str(self.folder.widths[row]), str(self.folder.heights[row]))
            for row, cells in zip(used, self.split_rows(), strict=True)
        ]

    @property
    def fingerprint(self) -> str:
        """A hash of every image's path, label, split and content."""
        return fingerprint(self.split_rows())

    @property
    def counts(self) -> dict[str, int]:
        """Numbers of files found, used, set aside and left out, and of the images of each split."""
        return {
            "found": self.folder.num_found,
            "used": int(self.folder.usable.sum()) - len(self.split.joining),
            "set_aside": len(self.folder.set_aside()) + len(self.split.joining),
            "left_out": sum(map(len, self.folder.left_out.values())),
            **{name: len(self.split.rows(name)) for name in self.split.names},
        }


class Scanned(NamedTuple):
    """Data that are ready to be split."""

    folder: ImageFolder
    store: PixelStore
    together: list[list[int]]  # as `Prepared` has them
    pairs: list[NearDuplicate]


def scan_together(
    data: Path | str,
    recipe: Recipe,
    *,
    columns: Mapping[str, str] | None = None,
    exclude: Path | str | None = None,
    verify: bool = False,
    cache: Path | None = None,
    several_for: str | None = None,
    before: Callable[[Listing], None] | None = None,
    reporter: Reporter,
) -> Scanned:
    """Return a data set scanned, and what no split of it separates; arguments and errors as `prepare` has them."""
    if several_for is None and not architecture(recipe.network.model).is_frozen:
        several_for = recipe.network.model

    def check(listing: Listing) -> None:
        check_listing(listing, several_for=several_for)
        _check_known_class(listing.class_names, recipe)
        if before is not None:
            before(listing)

    columns = with_group_column(Path(data), columns, recipe.split.group_by)
    folder, store = scanned(
        data, recipe.preparation, columns=columns, check=check, verify=verify, cache=cache, reporter=reporter
    )
    folder = without_planned(folder, exclude, reporter)
    check_trainable(folder, several_for=several_for)
    folder = grouped(folder, recipe.split.group_by, columns)
    if missed := grouping_words(folder, recipe.split.group_by):
        reporter.warn(missed)
    pairs = known_near_duplicates(folder, cache=cache_folder(cache))
    together = kept_together(folder, pairs, long_bursts=recipe.split.long_bursts)
    return Scanned(folder, store, together, pairs)


def prepare(
    data: Path | str,
    recipe: Recipe,
    *,
    made_split: Split | Callable[[ImageFolder], Split] | None = None,
    columns: Mapping[str, str] | None = None,
    exclude: Path | str | None = None,
    keep_split: Path | str | None = None,
    verify: bool = False,
    cache: Path | None = None,
    several_for: str | None = None,
    before: Callable[[Listing], None] | None = None,
    reporter: Reporter,
) -> Prepared:
    """Return a data set scanned and split; report what was set aside, and what makes the accuracy misleading.

    Args:
        data: as `train` takes it.
        recipe: sets how pixels are made and, if the data are not split, the split.
        made_split: a split of exactly these data, or a function that makes it from the scanned folder; the folder's
            own, or one by seed, if None.
        columns: names of a CSV's columns by their meaning.
        exclude: a CSV of images to leave out.
        keep_split: an older split, whose images stay where they are.
        verify: read and hash every file again.
        cache: where pixels are kept.
        several_for: what needs several classes, by name; the recipe's model, where it does, if None.
        before: called with the listing before any file is opened.
        reporter: where this is shown.

    Raises:
        DataError: if the data cannot be trained on.
        UsageError: if the split is of other data.
    """
    folder, store, together, pairs = scan_together(
        data,
        recipe,
        columns=columns,
        exclude=exclude,
        verify=verify,
        cache=cache,
        several_for=several_for,
        before=before,
        reporter=reporter,
    )
    kept = None
    is_given, is_recorded = made_split is not None, callable(made_split)
    if made_split is None:
        kept = _kept(keep_split, folder, reporter)
        if kept is not None and keep_split is not None:
            folder, together = with_kept_groups(folder, kept, Path(keep_split)), [*together, *kept.together]
            if _asks_for_share(recipe):
                share = recipe.split.validation_share
                say_vain_shares(f"--validation-share {share}", folder, kept, keep_split, reporter)
        shares = _shares(recipe, folder, kept)
        made_split = split(
            folder,
            validation_share=shares.validation,
            test_share=shares.test,
            together=together,
            kept=None if kept is None else kept.splits,
            seed=recipe.seed,
        )
    else:
        made_split = made_split(folder) if callable(made_split) else made_split
        _check_split(made_split, folder)
    if kept is not None and keep_split is not None:
        check_kept(folder, made_split, kept, Path(keep_split))
    together = parted(together, made_split.splits, made_split.joining)
    leaks = find_leaks(folder.split_as(made_split.splits), pairs, together)
    reading = reading_options(dict(columns or {}), recipe.split.group_by, exclude)
    if recipe.split.drop_leaks and not is_recorded:
        if made_split.made_here and kept is None and not is_given:
            raise UsageError(
                f"--drop-leaks means nothing for {folder.data}, which has no validation of its own: a split that is"
                " made here has no leak; leave it out"
            )
        folder, made_split = _without_leaks(
            folder, made_split, leaks["validation"], keep_split, reading=reading, reporter=reporter
        )
    prepared = Prepared(folder, made_split, store, together, pairs, leaks)
    if not len(made_split.rows("validation")):
        raise LayoutError(f"{data} {why_unsplit(folder)}; add images, or give a validation folder")
    if recipe.optimisation.balance:  # refused here where it is not possible, before anything is written
        balanced_weights(prepared.labels("train"), class_names=folder.class_names)
    _say_split(prepared, reporter)
    if made_split.made_here and not is_given:
        reporter.say(f"{_how(prepared, recipe, kept, keep_split)} (split.csv)")
    _warn_of_data(prepared, recipe, reporter, is_given=is_given, reading=reading)
    return prepared


def _without_leaks(
    folder: ImageFolder,
    made: Split,
    dropped: Sequence[Leak],
    keep_split: Path | str | None,
    *,
    reading: Mapping[str, Any],
    reporter: Reporter,
) -> tuple[ImageFolder, Split]:
    """Return the folder and its split without the validation images that belong with training.

    Raises:
        UsageError: if none would be left.
    """
    num_images = len(made.rows("validation"))
    if dropped and len(dropped) == num_images:
        (leak,) = leak_findings(folder, made.splits, {"validation": dropped}, reading=reading)
        way = f"leave out --keep-split {keep_split}, so that another is chosen" if keep_split else advice(leak)
        raise UsageError(
            f"--drop-leaks would leave no image of the validation of {folder.data}: all {num_images:,} belong with"
            f" images in training; {way}"
        )
    are = "is" if len(dropped) == 1 else "are"
    reporter.say(
        f"{len(dropped):,} of {counted(num_images, 'validation image')} {are} left out by --drop-leaks (leaks.csv)"
    )
    rows = {leak.row for leak in dropped}
    splits = tuple("" if row in rows else name for row, name in enumerate(made.splits))
    return without_leaks(folder, dropped), made.model_copy(update={"splits": splits})


def _kept(keep_split: Path | str | None, folder: ImageFolder, reporter: Reporter) -> Kept | None:
    """Return what an older file says of each image; say what has changed since.

    Raises:
        UsageError: if the data have a validation of their own.
        TableError: if the file has no split.
    """
    if keep_split is None:
        return None
    if "validation" in folder.splits:
        raise UsageError(
            f"{folder.data} has a validation of its own, so there is nothing to keep; leave out --keep-split"
        )
    kept = read_kept(Path(keep_split), folder)
    for change in since_then(kept):
        reporter.warn(change)
    return kept


def _shares(recipe: Recipe, folder: ImageFolder, kept: Kept | None) -> Shares:
    """Return the shares of a split that is made here: as asked for, or those of the older one that is kept."""
    asked = Shares(recipe.split.validation_share)
    return asked if kept is None or _asks_for_share(recipe) else kept_shares(kept, folder, asked)


def _asks_for_share(recipe: Recipe) -> bool:
    usual: float = OPTIONS["validation_share"].default
    return recipe.split.validation_share != usual


def _check_known_class(class_names: Sequence[str], recipe: Recipe) -> None:
    """Check that one class can be told from what is unlike it, and that several are not trained on as one.

    Raises:
        LayoutError: if the only class has the name of what is unlike it.
        UsageError: if something is asked for that means nothing for so many.
    """
    option = OPTIONS["false_alarms"]
    if len(class_names) > 1 and recipe.network.false_alarms != option.default:
        raise UsageError(
            f"{option.flag} means nothing for data with {len(class_names):,} classes; leave it out, or give one"
        )
    for asked, value in recipe.decision:
        if len(class_names) == 1 and value is not None:
            raise UsageError(
                f"{OPTIONS[asked].flag} means nothing for data with one class, which answers {UNLIKE} by"
                f" {option.flag}; leave it out, or add another class"
            )
    if len(class_names) == 1 and recipe.optimisation.balance:
        raise UsageError("--balance means nothing for data with one class; leave it out, or add another class")
    if len(class_names) == 1 and class_names[0].casefold() == UNLIKE:
        raise LayoutError(
            f"the only class is called '{class_names[0]}', which is what images that are unlike it would be called;"
            " rename it"
        )


def _check_split(made: Split, folder: ImageFolder) -> None:
    """Check that the split is one of these data.

    Raises:
        UsageError: if it has other rows, uses a file that is set aside, or has no training image.
    """
    if len(made.splits) != len(folder.paths):
        raise UsageError(
            f"the split has {len(made.splits):,} rows, {folder.data} has {len(folder.paths):,} images; make the split"
            " from these data"
        )
    unknown = sorted(set(made.splits) - {"train", "validation", "test", ""})
    if unknown:
        raise UsageError(f"the split names '{unknown[0]}'; expected train, validation, test, or '' for an unused image")
    unusable = next((row for row, name in enumerate(made.splits) if name and folder.reasons[row]), None)
    if unusable is not None:
        raise UsageError(f"the split uses {folder.paths[unusable]}, which is set aside: {folder.reasons[unusable]}")
    if "train" not in made.splits:
        raise UsageError("the split has no image to train on; expected some rows of 'train'")


def _say_split(prepared: Prepared, reporter: Reporter) -> None:
    names = prepared.folder.class_names
    counts = ", ".join(
        f"{counted(len(prepared.split.rows(name)), 'image')} for {name}" for name in prepared.split.names
    )
    reporter.say(f"{counted(len(names), 'class', 'classes')} ({listed(names, most=6)}): {counts}")
    if prepared.split.joining:
        reporter.warn(joining_words(prepared.folder, prepared.split.joining))


def _how(prepared: Prepared, recipe: Recipe, kept: Kept | None, keep_split: Path | str | None) -> str:
    """Return in words how the split was made, and what it has kept together."""
    together = _together(prepared)
    if kept is None:
        how = f"the data have no validation: {recipe.split.validation_share:.0%} of each class is used for it"
        return f"{how}, by seed {recipe.seed}, with {together} on one side"
    is_new = [not name for name, used in zip(kept.splits, prepared.split.splits, strict=True) if used]
    num_new = sum(is_new)
    how = f"{counted(len(is_new) - num_new, 'image')} as in {keep_split}"
    if num_new:
        shares = f"a share of {recipe.split.validation_share:.0%}" if _asks_for_share(recipe) else "its shares"
        how += f"; {counted(num_new, 'new image')} divided by {shares}, by seed {recipe.seed}"
    return f"{how}; {together} on one side" if together else how


def _together(prepared: Prepared) -> str:
    """Return in words what the split has kept together."""
    folder, sides = prepared.folder, prepared.split.splits
    named: defaultdict[str, list[int]] = defaultdict(list)
    for row, group in enumerate(folder.groups):
        if group and sides[row]:
            named[group].append(row)
    groups = (
        (alike_of(folder, prepared.pairs).joined, "group of near-duplicates", "groups of near-duplicates"),
        (bursts_of(folder).joined, "burst", None),
        (named.values(), "group", None),
    )
    whole = [(sum(len({sides[row] for row in rows} - {""}) == 1 for rows in each), noun) for each, *noun in groups]
    is_apart = any(leak.kind == "identical" for leaks in prepared.leaks.values() for leak in leaks)
    kinds = [f"each of {counted(number, *noun)}" for number, noun in whole if number]
    return " and ".join([*(() if is_apart else ("identical files",)), *kinds])


def _warn_of_data(
    prepared: Prepared, recipe: Recipe, reporter: Reporter, *, is_given: bool, reading: Mapping[str, Any]
) -> None:
    folder = prepared.folder
    look = f"see: {command_line(Command(verb='inspect', arguments=(folder.data,), options=dict(reading)))}"
    for note in find_notes(folder):
        if note.severity != "note":
            reporter.warn(f"{note.subject}: {evidence(note)}; {advice(note)}")
    if not recipe.optimisation.balance:
        for uneven in find_imbalance(folder):
            reporter.say(f"{uneven.subject}: {in_words(uneven)}")
    num_set_aside = len(unreadable(folder))
    if num_set_aside:
        verbs = "cannot be used and is" if num_set_aside == 1 else "cannot be used and are"
        reporter.warn(f"{counted(num_set_aside, 'file')} {verbs} set aside (set_aside.csv); {look}")
    left = {name: leaks for name, leaks in prepared.leaks.items() if name == "test" or not recipe.split.drop_leaks}
    for leak in leak_findings(folder, prepared.split.splits, left, can_drop=not is_given, reading=reading):
        # `inspect` knows the splits that the data name, and no other.
        all_of_them = look if leak.values["split"] in folder.splits else "leaks.csv lists them all"
        is_all = leak.values["num_leaks"] == leak.values["num_images"]
        not_counted = "" if is_all else f"{'it does' if leak.values['num_leaks'] == 1 else 'they do'} not count"
        reporter.warn("; ".join(filter(None, (evidence(leak), not_counted, advice(leak), all_of_them))))
    near = find_near_duplicates(folder, prepared.pairs)
    if prepared.split.made_here and not recipe.split.long_bursts:
        for line in few_in_words((*find_bursts(folder), *find_long_chains(folder, prepared.pairs))):
            reporter.warn(line)
    if prepared.split.made_here:
        for line in few_in_words(find_groups(folder)):
            reporter.warn(line)
    num_contradictions = sum(finding.code == "contradiction" for finding in find_duplicates(folder))
    if num_contradictions:
        verb = "is" if num_contradictions == 1 else "are"
        reporter.warn(
            f"{counted(num_contradictions, 'group')} of identical files {verb} in two classes, so at most one label of"
            f" each is right; {look}"
        )
    num_contrary = sum(finding.code == "near-contradiction" and finding.severity == "error" for finding in near)
    if num_contrary:
        are = "is" if num_contrary == 1 else "are"
        groups = counted(num_contrary, "group of near-duplicates", "groups of near-duplicates")
        reporter.warn(f"{groups} {are} in two classes, so at most one label of each is right; {look}")
    judged = np.bincount(prepared.labels("validation"), minlength=len(folder.class_names))
    missing = [name for name, count in zip(folder.class_names, judged, strict=True) if not count]
    if missing:
        reporter.warn(
            f"no validation image of {listed(missing, most=6)}: the accuracy does not cover "
            + ("this class" if len(missing) == 1 else "these classes")
        )
