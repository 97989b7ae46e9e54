"""Limits of one call: from where on a run gives no class, found again on what it was judged on."""

import math
from typing import Any

from classeur.errors import BrokenRunError, RunError
from classeur.evaluation.prediction import Limits
from classeur.options import OPTIONS
from classeur.run import Run


def asked_limits(
    run: Run,
    content: dict[str, Any],
    stored: Limits,
    *,
    max_error: float | str | None,
    none_of_these: float | str | None,
) -> Limits:
    """Return the limits that are asked for, and those that the run was trained with where nothing is.

    Args:
        run: finished.
        content: of its run.json.
        stored: the limits that it was trained with.
        max_error, none_of_these: as `load` takes them.

    Raises:
        RangeError: if one is no share.
        RunError: if the run's validation images cannot promise it.
        BrokenRunError: if they were not kept, or are not told to be of the run.
    """
    error: float | None = OPTIONS["max_error"].checked(max_error)
    refused: float | None = OPTIONS["none_of_these"].checked(none_of_these)
    if error is None and refused is None:
        return stored
    if content.get("one_class"):
        raise RunError(f"{run.path} was trained on one class and says what is unlike it; it has no other limits")
    # Imported here: an answer without limits needs none of it.
    from classeur.evaluation.decision import Said, decide, read_unlike
    from classeur.workflows.counting import counting
    from classeur.workflows.kept_logits import groups_of, whole_split
    from classeur.workflows.promising import check_promises

    whole = whole_split(run, "validation")
    if error not in (None, 1) or refused:
        check_promises(run, whole.hashes)
    counts = counting(run, "validation", whole.hashes)
    unlike = read_unlike(run.unlike_path)
    scores = None if unlike is None else unlike[1].get("validation")
    if scores is not None and len(scores) != len(whole.labels):
        raise RunError(f"{run.unlike_path} is not of the images of {run.logits_path.name}; copy the whole run again")
    if refused and scores is None:
        raise RunError(
            f"{run.path} does not tell what is unlike its training images; train it by --model auto or a network of"
            " keras.applications"
        )
    kept = whole.only(counts)
    scores = None if scores is None else scores[counts]
    judged = Said(kept.logits, kept.labels, scores, groups_of(run, "validation", kept.hashes))
    unlike_above = stored.unlike_above
    if refused is not None:
        unlike_above = decide(judged, max_error=None, none_of_these=refused).limits.unlike_above
    if error is None:
        return Limits(stored.unsure_up_to, unlike_above)
    known = judged.known(unlike_above)
    return Limits(decide(known, max_error=error, none_of_these=None).limits.unsure_up_to, unlike_above)


def stated_limits(said: Any) -> Limits:
    """Return the limits that a run.json or the metadata of a model.onnx state; none where it states none.

    Raises:
        BrokenRunError: if one is no number.
    """
    return Limits(*(stated_number(said, name) for name in Limits._fields))


def stated_number(said: Any, name: str) -> float | None:
    """Return a number that a run.json or the metadata of a model.onnx state of limits; None where they do not.

    Raises:
        BrokenRunError: if it is none.
    """
    number = said.get(name) if isinstance(said, dict) else None
    if number is not None and (type(number) not in (int, float) or not math.isfinite(number)):
        raise BrokenRunError(f"the limits of the run are no numbers ({name}); train again with --overwrite")
    return number
