"""`train --folds`: a cross-validation, one run for each fold, by the same training as any other run."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from classeur.data.folder import ImageFolder
from classeur.data.manifest import fingerprint
from classeur.data.splitting import Split
from classeur.delivery.progress import Reporter
from classeur.delivery.wording import listed
from classeur.delivery.words import advice, evidence
from classeur.errors import RunError, UsageError
from classeur.models.assembly import architecture
from classeur.options import OPTIONS
from classeur.run import Run
from classeur.training.cross_folds import check_groups_whole, cross_folds, find_fold_leaks, split_of_fold
from classeur.training.facts import FoldsFacts, read_facts
from classeur.training.recipe import Recipe
from classeur.workflows.forecast import check_network, forecast_of
from classeur.workflows.preparation import scan_together
from classeur.workflows.scan import reading_options
from classeur.workflows.training import train

FOLD_COLUMNS = ("path", "label", "split", "fold", "hash")


class _OnceReporter(Reporter):
    """Passes on what another shows, each line once: every fold says the same of the data."""

    def __init__(self, shown: Reporter) -> None:
        self._shown = shown
        self._said: set[str] = set()
        self.progress = shown.progress  # type: ignore[method-assign]
        self.training = shown.training  # type: ignore[method-assign]
        self.epoch = shown.epoch  # type: ignore[method-assign]

    def say(self, text: str) -> None:
        """Show a line, unless it was shown."""
        if text not in self._said:
            self._said.add(text)
            self._shown.say(text)

    def warn(self, text: str) -> None:
        """Show a warning, unless it was shown."""
        if text not in self._said:
            self._said.add(text)
            self._shown.warn(text)


def train_folds(
    data: Path | str | None,
    recipe: Recipe,
    *,
    folds: int | None,
    out: Path,
    resume: bool,
    overwrite: bool,
    given: Mapping[str, Any],
    columns: dict[str, str] | None,
    exclude: Path | str | None,
    verify: bool,
    cache: Path | None,
    reporter: Reporter,
) -> Run:
    """Train one run for each fold, OUT/fold1 …, and return their directory.

    Every image is judged once, by the run that was not trained on it; images of a test of the data's own never are.

    Args:
        data: as `train` takes it; with `resume`, that of the folds if None.
        recipe: of every fold.
        folds: their number; with `resume`, that of the directory if None.
        out: their directory.
        resume: go on with the first fold that is not finished.
        overwrite: replace what is in `out`.
        given: the options of the recipe that were given, for `resume`, which changes none.
        columns, exclude, verify, cache, reporter: as `train` takes them.

    Raises:
        ClasseurError: a one-line error if something cannot be done.
    """
    run, reporter = Run(out), _OnceReporter(reporter)
    if resume:
        data, facts = _resumed(run, data, folds, given)
        recipe, columns = facts.recipe, columns or run.columns
        exclude = run.files.get("exclude")
    if data is None:
        raise UsageError("train needs DATA: a folder of class folders, a zip of one, or a CSV")
    if recipe.split.drop_leaks:
        raise UsageError(
            "--drop-leaks cannot be combined with --folds, in which each image validates once; leave it out, and where"
            " DATA names folds that leak, give it without them, so that what belongs together is in one"
        )
    if not resume and recipe.split.validation_share != OPTIONS["validation_share"].default:
        raise UsageError(
            "--validation-share cannot be combined with --folds, of which each validates in turn; leave one of them out"
        )
    if not resume:
        Run.check_free(out, overwrite=overwrite)
    check_network(recipe.network.model, reporter)
    scanned = scan_together(
        data,
        recipe,
        columns=columns,
        exclude=exclude,
        verify=verify,
        cache=cache,
        before=forecast_of(recipe, cache, reporter) if architecture(recipe.network.model).is_frozen else None,
        reporter=reporter,
    )
    if resume:
        numbers = _recorded(run, scanned.folder, data)
    else:
        assert folds is not None
        numbers = cross_folds(scanned.folder, scanned.together, folds, seed=recipe.seed)
        check_groups_whole(scanned.folder, numbers, recipe.split.group_by)
    reading = reading_options(columns, recipe.split.group_by, exclude)
    for leak in find_fold_leaks(scanned.folder, numbers, scanned.pairs, scanned.together, reading=reading):
        reporter.warn(f"{evidence(leak)}; {advice(leak)}")
    with run.held() if resume else Run.creating(out, overwrite=overwrite):
        if not resume:
            facts = _write_beginning(run, Path(data), recipe, numbers, scanned.folder, columns, exclude)
        for number in range(1, facts.num_folds + 1):
            reporter.say(f"fold {number} of {facts.num_folds}")
            is_stopped = _train_fold(
                run.fold(number),
                split_of_fold(scanned.folder, numbers, number, seed=recipe.seed),
                data,
                recipe=recipe,
                columns=columns,
                exclude=exclude,
                cache=cache,
                reporter=reporter,
            )
            if is_stopped:
                break
    return run


def _write_beginning(
    run: Run,
    data: Path,
    recipe: Recipe,
    numbers: Sequence[int],
    folder: ImageFolder,
    columns: dict[str, str] | None,
    exclude: Path | str | None,
) -> FoldsFacts:
    rows = _fold_rows(folder, numbers)
    run.write_data(data, root=folder.root, columns=columns, files={"exclude": exclude})
    run.write_table(run.fold_table_path, FOLD_COLUMNS, rows)
    facts = FoldsFacts(
        num_folds=max(numbers),
        recipe=recipe,
        class_names=folder.class_names,
        data_fingerprint=folds_fingerprint(rows),
        made_here=not folder.folds,
    )
    run.write(run.folds_path, facts)
    return facts


def _fold_rows(folder: ImageFolder, numbers: Sequence[int]) -> list[tuple[str, str, str, str, str]]:
    return [
        (
            folder.paths[row],
            folder.class_names[folder.labels[row]],
            folder.splits[row],
            str(number) if number else "",
            folder.hashes[row],
        )
        for row, number in enumerate(numbers)
        if not folder.reasons[row]
    ]


def folds_fingerprint(rows: Sequence[tuple[str, str, str, str, str]]) -> str:
    """Return a hash of every image's path, label, fold and content, in whatever order they are."""
    return fingerprint((path, label, f"{split}{fold}", hash_) for path, label, split, fold, hash_ in rows)


def _resumed(
    run: Run, data: Path | str | None, folds: int | None, given: Mapping[str, Any]
) -> tuple[Path | str, FoldsFacts]:
    """Return the data and the facts of a cross-validation that goes on.

    Raises:
        RunError: if nothing is there.
        UsageError: if something else is asked for than it was begun with.
    """
    if not run.holds_folds:
        raise RunError(f"{run.path} holds no cross-validation to go on with; leave --resume out")
    facts = run.read(run.folds_path, FoldsFacts)
    if folds is not None and folds != facts.num_folds:
        raise UsageError(
            f"--resume cannot change the {facts.num_folds} folds of {run.path} to {folds}; leave --folds out"
        )
    if facts.recipe.changed(given) != facts.recipe:
        raise UsageError(f"--resume cannot change the options of {run.path}; leave them out, or give another --out")
    return (run.data if data is None else data), facts


def _recorded(run: Run, folder: ImageFolder, data: Path | str) -> list[int]:
    """Return the recorded fold of each row of the folder.

    Raises:
        RunError: if the images are not those of then.
    """
    rows = run.read_table(run.fold_table_path)
    recorded = {(row["path"], row["label"], row["hash"]): int(row["fold"] or 0) for row in rows}
    keys = [
        (path, folder.class_names[label] if label >= 0 else "", hash_)
        for path, label, hash_ in zip(folder.paths, folder.labels.tolist(), folder.hashes, strict=True)
    ]
    now = {key for key, reason in zip(keys, folder.reasons, strict=True) if not reason}
    changed = sorted(path for path, *_ in now ^ recorded.keys())
    if changed:
        raise RunError(
            f"the images in {data} have changed since {run.path} was begun: {listed(list(dict.fromkeys(changed)))};"
            " restore them, or begin again with --overwrite"
        )
    return [0 if reason else recorded[key] for key, reason in zip(keys, folder.reasons, strict=True)]


def _train_fold(fold: Run, split: Split, data: Path | str, *, recipe: Recipe, reporter: Reporter, **how: Any) -> bool:
    """Train the run of a fold, or what is left of it; return whether it was stopped."""
    if not fold.facts_path.is_file():
        # Killed before its first file was whole: nothing of it is of use.
        shutil.rmtree(fold.path, ignore_errors=True)
        train(data, out=fold.path, split=split, recipe=recipe, reporter=reporter, report=False, **how)
    elif read_facts(fold).status != "finished":
        train(
            data,
            out=fold.path,
            resume=True,
            columns=how["columns"],
            cache=how["cache"],
            reporter=reporter,
            report=False,
        )
    return read_facts(fold).status == "stopped"
