"""What `evaluate` says of a run that may give no class: how many images it answers, how many it refuses."""

from collections.abc import Mapping

import numpy as np

from classeur.delivery.wording import counted, limit
from classeur.errors import RunError, UnknownNameError, UsageError
from classeur.evaluation.decision import Said, read_unlike, write_unlike
from classeur.evaluation.prediction import Limits
from classeur.evaluation.risk import keep_recall, least_images, most_recall
from classeur.evaluation.sampling import Sampling
from classeur.evaluation.scoring import Answering, KeptRecall, Score
from classeur.options import OPTIONS, Option, Share
from classeur.run import Run
from classeur.training.facts import RunFacts
from classeur.training.logits import softmax
from classeur.workflows.counting import counting
from classeur.workflows.kept_logits import groups_of, whole_split
from classeur.workflows.limits import asked_limits, stated_limits
from classeur.workflows.promising import check_promises

MinRecall = Mapping[str, float | str] | str
"""A class of two with its least recall: {"dogs": 0.99}, or "dogs=99%"."""

# The option's name and bounds, for its errors.
_SHARE = Option("min_recall", "", Share, None, "", above=0, below=1)


def kept_answers(run: Run, split: str) -> Said:
    """Return what a run's model said of the images that count of a split that it was judged on.

    Raises:
        BrokenRunError: if its files are damaged, or do not tell.
    """
    whole = whole_split(run, split)
    counts = counting(run, split, whole.hashes)
    kept, unlike = whole.only(counts), read_unlike(run.unlike_path)
    scores = None if unlike is None else unlike[1].get(split)
    scores = None if scores is None or len(scores) != len(counts) else scores[counts]
    return Said(kept.logits, kept.labels, scores, groups_of(run, split, kept.hashes))


def keep_unlike(run: Run, split: str, said: Said) -> None:
    """Keep how unlike the training images those of a split are, if the run tells."""
    kept = read_unlike(run.unlike_path)
    if kept is not None and said.unlike is not None:
        write_unlike(run.unlike_path, kept[0], {**kept[1], split: said.unlike})


def with_answering(
    run: Run,
    facts: RunFacts,
    score: Score,
    said: Said,
    *,
    max_error: float | str | None,
    min_recall: MinRecall | None,
) -> Score:
    """Return a score with how the run answers these images, where it may give no class or that is asked for.

    Thresholds are found on the run's validation images.

    Args:
        run: finished.
        facts: of the run.
        score: of these images.
        said: what its model said of them.
        max_error: as `classeur.load` takes it.
        min_recall: one of two classes, and the share of its images to find at least.

    Raises:
        UsageError: if it is no class and share, or the run has more than two classes.
        RunError: if the validation images cannot promise it.
    """
    recall = None if min_recall is None else _kept_recall(run, facts, said, min_recall)
    content, stored = {"one_class": facts.one_class}, stated_limits(facts.decided.model_dump())
    limits = asked_limits(run, content, stored, max_error=max_error, none_of_these=None)
    if said.unlike is None:
        limits = Limits(limits.unsure_up_to, None)
    asked = OPTIONS["max_error"].checked(max_error)
    max_error = facts.decided.max_error if asked is None else asked
    if recall is None and max_error is None and limits == Limits():
        return score
    is_known = np.ones(len(said.labels), bool)
    if said.unlike is not None and limits.unlike_above is not None:
        is_known = said.unlike <= limits.unlike_above
    is_answered = is_known & (said.sureness > (limits.unsure_up_to or 0.0))
    sampling = Sampling(said.groups)
    answering = Answering(
        num_images=len(said.labels),
        max_error=max_error,
        unsure_up_to=limits.unsure_up_to,
        unlike_above=limits.unlike_above,
        answered=sampling.proportion(is_answered),
        error=sampling.proportion(said.is_wrong, is_answered),
        refused=None if limits.unlike_above is None else sampling.proportion(~is_known),
        recall=recall,
    )
    return score.model_copy(update={"answering": answering})


def _kept_recall(run: Run, facts: RunFacts, judged: Said, min_recall: MinRecall) -> KeptRecall:
    name, share = _class_and_share(min_recall)
    if facts.one_class:
        raise UsageError(
            f"--min-recall is for runs of two classes; {run.path} was trained on one, {facts.class_names[0]}"
        )
    if len(facts.class_names) != 2:
        raise UsageError(f"--min-recall is for runs of two classes; {run.path} has {len(facts.class_names):,}")
    if name not in facts.class_names:
        raise UnknownNameError("class", name, facts.class_names)
    column = facts.class_names.index(name)
    check_promises(run, whole_split(run, "validation").hashes)
    validation = kept_answers(run, "validation")
    is_of_class = validation.labels == column
    promise = keep_recall(softmax(validation.logits)[:, column], is_of_class, share, groups=validation.groups)
    if promise is None:
        raise RunError(_no_recall(run, name, share, validation, is_of_class))
    is_found, is_of_class = softmax(judged.logits)[:, column] >= promise.threshold, judged.labels == column
    sampling = Sampling(judged.groups)
    return KeptRecall(
        class_name=name,
        limit=share,
        threshold=promise.threshold,
        recall=sampling.proportion(is_found, is_of_class),
        # Where no image is of the class, that none of those found is says nothing.
        precision=sampling.proportion(is_of_class, is_found) if is_of_class.any() else None,
    )


def _no_recall(run: Run, name: str, share: float, validation: Said, is_of_class: np.ndarray) -> str:
    """Return why no threshold promises to find a share of a class, and what can be promised."""
    if not is_of_class.any():
        return f"{run.path} has no validation image of {name}, so nothing can be promised of it; train with some"
    images, needed = counted(int(is_of_class.sum()), "validation image"), counted(least_images(1 - share), "image")
    groups, grouped = None, ""
    if validation.groups is not None:
        groups = Sampling.of(validation.groups[is_of_class].astype(str).tolist()).clusters
    if groups is not None:
        grouped = f" in {counted(int(groups.max()) + 1, 'group')}, each of which tells as much as one"
        needed = f"about {counted(least_images(1 - share), 'group')} as large as each other"
    most = limit(most_recall(int(is_of_class.sum()), groups=groups))
    return (
        f"no threshold promises to find {limit(share)} of {name} by {images} of it{grouped}: {most} can be promised; it"
        f" takes {needed}"
    )


def _class_and_share(min_recall: MinRecall) -> tuple[str, float]:
    """Return the class and its least recall.

    Raises:
        UsageError: if it is something else.
    """
    if isinstance(min_recall, str):
        name, sign, share = min_recall.rpartition("=")
        given: Mapping[str, float | str] = {name: share} if sign else {}
    else:
        given = min_recall
    if len(given) != 1:
        raise UsageError(f"min recall {min_recall!r} is not possible; expected one class and a share, such as dogs=99%")
    ((name, value),) = given.items()
    return name, float(_SHARE.checked(value))
