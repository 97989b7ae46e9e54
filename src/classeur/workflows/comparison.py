"""`compare`: runs side by side, on the validation images that all of them were evaluated on."""

import shlex
from collections import ChainMap
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from classeur.delivery.plots import is_own_picture, plot_comparison
from classeur.delivery.progress import ConsoleReporter, Reporter
from classeur.delivery.wording import listed
from classeur.errors import BrokenRunError, ClasseurError, StorageError, UsageError
from classeur.evaluation.logits import SplitLogits
from classeur.evaluation.scoring import Evaluation
from classeur.improvement.comparison import Comparison, Judged
from classeur.improvement.comparison import compare as compare_judged
from classeur.improvement.paired import Key, keys_of
from classeur.models.assembly import architecture
from classeur.options import OPTIONS, takes_options
from classeur.run import Run
from classeur.training.facts import RunFacts, finished_facts, read_facts
from classeur.training.history import History
from classeur.training.logits import softmax
from classeur.workflows.counting import are_new, leaks_of
from classeur.workflows.cross_fitting import scored_again
from classeur.workflows.fold_scores import as_run, counted_in_folds, folds_of, pooled_score
from classeur.workflows.judged import rows_of
from classeur.workflows.kept_logits import kept_split, whole_split
from classeur.workflows.leaks import with_leaks


@takes_options()
def compare(
    runs: Sequence[Run | Path | str], *, picture: Path | str | None = None, reporter: Reporter | None = None
) -> Comparison:
    """Return runs side by side, each compared with the first on the same validation images.

    Runs of one recipe that differ in their seed are summarised as one, too.

    Args:
        runs: two or more finished runs, evaluated on the same images.
        picture: where the curves of all of them are plotted; not plotted if None.
        reporter: where warnings are shown; standard error if None.

    Raises:
        DifferentImagesError: if they were evaluated on different images; says which.
        ClasseurError: a one-line error if something else cannot be done.
    """
    reporter = reporter or ConsoleReporter()
    if isinstance(runs, Run | Path | str):
        runs = [runs]
    opened = [run if (run := as_run(each)).holds_folds else Run.open(run.path) for each in runs]
    if len(opened) < 2:
        raise UsageError(f"compare needs two runs or more, not {len(opened)}; give them as a list")
    comparison = compare_judged(
        [judged_folds(run) if run.holds_folds else judged_validation(run, finished_facts(run)) for run in opened]
    )
    said = [_logits_of(run) for run in opened]
    for twice in dict.fromkeys(each for each in said if said.count(each) > 1):
        same = [run.path for run, each in zip(opened, said, strict=True) if each == twice]
        is_one = len({path.resolve() for path in same}) == 1
        what = f"{same[0]} is given more than once" if is_one else f"{listed(list(map(str, same)))} are the same model"
        reporter.warn(f"{what}: beside itself it tells nothing")
    if picture is not None:
        # A training without epochs has no history.
        with_epochs = [run for run in opened if run.history_path.exists()]
        histories = [(str(run.path), History.from_rows(run.read_table(run.history_path))) for run in with_epochs]
        histories = [(name, history) for name, history in histories if history.epochs]
        if histories and Path(picture).exists() and not is_own_picture(Path(picture)):
            reporter.warn(
                f"the curves are not plotted: {picture} is not a picture that classeur has made; give another with"
                " --picture"
            )
        elif histories:
            try:
                plot_comparison(histories, Path(picture))
            except StorageError as error:
                reporter.warn(f"the curves are not plotted: {error}")
        else:
            reporter.say("no curves: these runs were trained without epochs")
    return comparison


def _logits_of(run: Run) -> tuple[str, ...]:
    """Return hashes of what a run says, or each of its folds: a copy of a run says the same."""
    return tuple(kept_split(each, "validation").digest for each in (folds_of(run) if run.holds_folds else [run]))


def picture_beside(runs: Sequence[Path]) -> Path:
    """Return the default path of the picture of several runs: in the folder that contains all of them.

    >>> picture_beside([Path("runs/first"), Path("runs/second")]).as_posix()
    'runs/comparison.png'
    """
    holder, here = runs[0].resolve().parent, Path.cwd()
    return (holder.relative_to(here) if holder.is_relative_to(here) else holder) / "comparison.png"


def names_beside(run: Run) -> list[str]:
    """Return the names in the folder of a run, its own included; none if the folder cannot be listed."""
    try:
        return sorted(path.name for path in run.path.resolve().parent.iterdir())
    except OSError:
        return []


def earlier_runs(run: Run, facts: RunFacts) -> list[Judged]:
    """Return the validations of earlier runs in the same folder, trained on the same data with the same split."""
    found = []
    for name in names_beside(run):
        other = Run(run.path.parent / name)
        if name == run.path.resolve().name or not other.facts_path.is_file():
            continue
        try:
            theirs = finished_facts(other)
            if theirs.data_fingerprint == facts.data_fingerprint != "" and theirs.began <= facts.began:
                found.append(_recorded_validation(other, theirs, _kept(other, theirs)))
        except ClasseurError:  # an unfinished or damaged run is skipped
            continue
    return found


def transfers(runs: Sequence[Judged]) -> list[Judged]:
    """Return those of several runs that learned a head on a pretrained network."""
    return [run for run in runs if architecture(str(run.options["model"])).is_frozen]


def _options(facts: RunFacts) -> dict[str, object]:
    """Return the options of a run's recipe; None for those that mean nothing for its network."""
    is_frozen = architecture(facts.recipe.network.model).is_frozen
    options = {
        name: None if is_frozen and not OPTIONS[name].is_for_frozen else value
        for name, value in facts.recipe.flat().items()
    }
    return {**options, "from": facts.from_run}


def judged_folds(run: Run) -> Judged:
    """Return the validation of a cross-validation: each image as the fold that was not trained on it judges it.

    Raises:
        UnfinishedRunError: if a fold is not finished.
    """
    result = pooled_score(run)
    facts = read_facts(run.fold(1))
    of_folds = [_answers(fold, facts, said) for fold, said in zip(folds_of(run), counted_in_folds(run), strict=True)]
    return Judged(
        str(run.path),
        result,
        ChainMap(*(each.correct for each in of_folds)),
        options=_options(facts),
        paths=ChainMap(*(each.paths for each in of_folds)),
        groups=ChainMap(*(each.groups for each in of_folds)),
        not_counted=frozenset().union(*map(_not_counted, folds_of(run))),
        is_new=result.leaked is None or result.leaked.dropped,
    )


def judged_validation(run: Run, facts: RunFacts) -> Judged:
    """Return a run's validation, image by image: its score and which images are right, both from its logits.

    Raises:
        BrokenRunError: if its files are missing or damaged, or not of this run.
    """
    judged = _kept(run, facts)
    found = _recorded_validation(run, facts, judged)
    again = scored_again(run, "validation", found.score, judged)
    return found._replace(score=with_leaks(run, facts, "validation", again), not_counted=_not_counted(run))


def whole_validation(run: Run, facts: RunFacts) -> Judged:
    """Return a run's validation with the images that do not count, and its score as it was recorded without them.

    Raises:
        BrokenRunError: as `judged_validation`.
    """
    return _recorded_validation(run, facts, whole_split(run, "validation", len(facts.class_names)))


def _recorded_validation(run: Run, facts: RunFacts, judged: SplitLogits) -> Judged:
    """Return a run's validation with its score as it was recorded, which takes no time.

    Raises:
        BrokenRunError: if its files are missing or damaged, or not of this run.
    """
    result = run.read(run.evaluation_path, Evaluation).splits.get("validation")
    if result is None:
        raise BrokenRunError(
            f"{run.evaluation_path} has no score of validation; run: classeur evaluate {shlex.quote(str(run.path))}"
        )
    correct, paths, groups = _answers(run, facts, judged)
    return Judged(
        str(run.path),
        result,
        correct,
        options=_options(facts),
        paths=paths,
        data=facts.data_fingerprint,
        groups=groups,
        is_new=bool(are_new(run, "validation", judged.hashes).any()),
    )


class _Answers(NamedTuple):
    """What a run says of its validation images."""

    correct: dict[Key, bool]
    paths: dict[Key, str]
    groups: dict[Key, str]  # "" for an image that stands alone


def _answers(run: Run, facts: RunFacts, judged: SplitLogits) -> _Answers:
    """Return which validation images a run gets right, by its logits, and what split.csv knows of them."""
    # Of probabilities, as `score` has it: logits that differ by rounding may have the same.
    right = (softmax(judged.logits).argmax(axis=1) == judged.labels).tolist()
    of_split = rows_of(run, "validation")
    rows = dict(zip(keys_of((row["hash"], row["label"]) for row in of_split), of_split, strict=True))
    keys = _keys(judged, facts)
    if any(key not in rows for key in keys):
        raise BrokenRunError(f"{run.logits_path} has other labels than {run.split_path}; copy the whole run again")
    return _Answers(
        dict(zip(keys, right, strict=True)),
        {key: rows[key]["path"] for key in keys},
        {key: rows[key].get("group", "") for key in keys},
    )


def _not_counted(run: Run) -> frozenset[Key]:
    """Return the validation images that belong with images in training, also those that `--drop-leaks` left out."""
    rows, leaks = rows_of(run, "validation"), leaks_of(run, "validation")
    leaking, paths = {row["hash"] for row in leaks}, {row["path"] for row in rows}
    images = [row for row in rows if row["hash"] in leaking] + [row for row in leaks if row["path"] not in paths]
    return frozenset(keys_of((row["hash"], row["label"]) for row in images))


def _kept(run: Run, facts: RunFacts) -> SplitLogits:
    return kept_split(run, "validation", len(facts.class_names))


def _keys(judged: SplitLogits, facts: RunFacts) -> list[Key]:
    labels = [facts.class_names[label] for label in judged.labels.tolist()]
    return keys_of(zip(judged.hashes, labels, strict=True))
