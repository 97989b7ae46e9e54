"""When a run gives no class: decided by its validation images at the end of a training, and again for each call."""

import itertools
from collections.abc import Sequence

import numpy as np

from classeur.delivery.decision_words import decided_sentences
from classeur.delivery.plots import plot_risk_coverage
from classeur.delivery.progress import Reporter
from classeur.errors import ClasseurError
from classeur.evaluation.decision import Decision, Said, decide, write_unlike
from classeur.evaluation.outliers import CompactUnlikeness, threshold_for
from classeur.evaluation.prediction import USUALLY_STRANGE
from classeur.evaluation.risk import risk_coverage, thinned
from classeur.evaluation.sampling import Sampling
from classeur.models.onnx_file import Decided
from classeur.run import Run
from classeur.training.facts import RunFacts
from classeur.workflows.counting import are_new, counting
from classeur.workflows.judged import rows_of
from classeur.workflows.promising import check_promises

CURVE_COLUMNS = ("threshold", "num_answered", "num_wrong", "coverage", "error")


def decide_for_run(
    run: Run,
    facts: RunFacts,
    logits: np.ndarray,
    labels: np.ndarray,
    *,
    unlike: tuple[CompactUnlikeness, np.ndarray] | None = None,
    reporter: Reporter,
) -> Decided:
    """Write a run's curve of errors by answers, and return from where on it gives no class.

    It is of the images that count. What cannot be promised is warned of, and the run stays without: a training is not
    lost for it.

    Args:
        run: whose files are written.
        facts: its recipe says what is asked for.
        logits: of the validation images, float (n, columns), in the order of split.csv, which says their groups.
        labels: of these, int (n,).
        unlike: a score of what is unlike the training images, and that of each validation image, float (n,); None if
            the run does not tell.
        reporter: where it is said.
    """
    rows = rows_of(run, "validation")
    hashes = [row["hash"] for row in rows]
    counts = counting(run, "validation", hashes)
    groups = Sampling.of([row.get("group", "") for row in itertools.compress(rows, counts)]).clusters
    judged = Said(logits, labels, None if unlike is None else unlike[1]).only(counts)._replace(groups=groups)
    run.unlike_path.unlink(missing_ok=True)
    if unlike is not None:
        write_unlike(run.unlike_path, unlike[0], {"validation": unlike[1]})
    curve = thinned(risk_coverage(judged.sureness, judged.is_wrong))
    lines = [
        # In full: rounded, it would lie on the other side of the image that sets it.
        (repr(each.threshold), each.num_answered, each.num_wrong, round(each.coverage, 6), round(each.error, 6))
        for each in curve
    ]
    run.write_table(run.risk_coverage_path, CURVE_COLUMNS, lines)
    decision = _as_asked(run, hashes, judged, facts, reporter)
    plot_risk_coverage(curve, run.risk_picture_path, promise=decision.promise)
    for sentence in decided_sentences(decision, judged):
        reporter.say(sentence)
    promise = decision.promise
    return Decided(
        known_up_to=None
        if judged.unlike is None or not are_new(run, "validation", hashes).any()
        else threshold_for(judged.unlike, USUALLY_STRANGE),
        **decision.limits._asdict(),
        none_of_these=decision.none_of_these,
        **({} if promise is None else {"max_error": promise.limit, "coverage": promise.coverage}),
    )


def _as_asked(run: Run, hashes: Sequence[str], judged: Said, facts: RunFacts, reporter: Reporter) -> Decision:
    """Return what the recipe asks for, as far as these images can promise it."""
    asked, decision = facts.recipe.decision, Decision()
    if asked.none_of_these or asked.max_error not in (None, 1):
        try:
            check_promises(run, hashes)
        except ClasseurError as error:
            reporter.warn(f"{error}; the run answers every image")
            return decision
    try:
        decision = decide(judged, max_error=None, none_of_these=asked.none_of_these)
    except ClasseurError as error:
        reporter.warn(f"{error}; the run never answers none of these")
    try:
        return decide(judged, max_error=asked.max_error, none_of_these=decision.none_of_these)
    except ClasseurError as error:
        reporter.warn(f"{error}; the run never answers unsure")
    return decision
