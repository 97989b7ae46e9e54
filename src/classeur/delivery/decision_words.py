"""Sentences about when a run gives no class."""

from collections.abc import Iterator

from classeur.delivery.wording import counted, limit, percent, rounded_down
from classeur.estimate import Estimate
from classeur.evaluation.decision import Decision, Said
from classeur.evaluation.risk import CONFIDENCE, Promise, area_under_risk
from classeur.evaluation.scoring import Answering
from classeur.models.onnx_file import Decided

# Of a probability that is next to nothing.
_MOST_DIGITS = 12


def decided_sentences(decision: Decision, judged: Said) -> Iterator[str]:
    """Yield what was decided by the validation images; nothing where nothing was asked for."""
    if decision.none_of_these:
        yield (
            f"none of these: where an image is further from the training images than"
            f" {limit(1 - decision.none_of_these)} of {counted(len(judged.labels), 'validation image')}"
        )
    if decision.promise is not None:
        area = area_under_risk(judged.sureness, judged.is_wrong)
        yield f"{promise_sentence(decision.promise)} (area under error by answers: {area:.4f})"


def promise_sentence(promise: Promise) -> str:
    """Return from where on a model answers, and what that promises.

    >>> promise_sentence(Promise(0.01, 0.93, 950, 3, 1000))
    'unsure: where no class has more than 0.9300; of 1,000 validation images 95.0% are answered, 3 of them wrong; with
    95% confidence at most 1% of such answers are wrong'
    """
    groups, of = "", "such answers"
    if promise.num_groups is not None:
        groups, of = f" in {counted(promise.num_groups, 'group')}", "such answers to images of other groups"
    where = f"where no class has more than {promise.threshold:.4f}" if promise.threshold else "never"
    return (
        f"unsure: {where}; of {counted(promise.num_images, 'validation image')}{groups} {percent(promise.coverage)} are"
        f" answered, {promise.num_wrong:,} of them wrong; with {limit(promise.confidence)} confidence at most"
        f" {limit(promise.limit)} of {of} are wrong"
    )


def answering_sentences(answering: Answering) -> Iterator[str]:
    """Yield how a run that may give no class answers judged images."""
    images = counted(answering.num_images, "image")
    if answering.refused is not None:
        yield f"none of these: {_share(answering.refused)} of these {images} of known classes are refused"
    if answering.max_error is not None or answering.unsure_up_to is not None:
        where = (
            "never" if answering.unsure_up_to is None else f"where no class has more than {answering.unsure_up_to:.4f}"
        )
        promised = (
            "" if answering.max_error in (None, 1) else f" (promised: at most {limit(answering.max_error or 0)} wrong)"
        )
        wrong = "" if answering.error is None else f", of which {_share(answering.error)} are wrong"
        yield f"unsure: {where}{promised}; {_share(answering.answered)} of {images} get a class{wrong}"
    if answering.recall is not None:
        kept, name = answering.recall, answering.recall.class_name
        found = "" if kept.recall is None else f"; that finds {_share(kept.recall)} of them here"
        right = "" if kept.precision is None else f", and {_share(kept.precision)} of what it finds are {name}"
        yield (
            f"call an image {name} from p({name}) = {_from(kept.threshold)} on: with {limit(CONFIDENCE)} confidence"
            f" {limit(kept.limit)} of {name} or more are found{found}{right}"
        )


def _from(threshold: float) -> str:
    """Return a probability from which on something holds, rounded down, so that it holds from what is written on, too.

    >>> _from(0.65318), _from(0.99997), _from(0.00000123), _from(0.0)
    ('0.6531', '0.9999', '0.000001', '0.0000')
    """
    num_digits = 4
    while 0 < threshold * 10**num_digits < 1 and num_digits < _MOST_DIGITS:
        num_digits += 1
    return rounded_down(threshold, num_digits)


def _share(share: Estimate | None) -> str:
    if share is None:
        return "–"
    return f"{percent(share.value)} (95 %: {percent(share.low)} … {percent(share.high)})"


def limits_text(decided: Decided) -> list[str]:
    """Return what a run answers beside its classes, for its card; nothing if it always gives a class."""
    lines = []
    if decided.unsure_up_to is not None and decided.max_error is not None:
        lines.append(
            f"It answers unsure where no class has more than {decided.unsure_up_to:.4f}: with {limit(CONFIDENCE)}"
            f" confidence at most {limit(decided.max_error)} of its answers to images like the validation images are"
            f" wrong, and {percent(decided.coverage or 0)} of those are answered."
        )
    elif decided.max_error is not None:
        lines.append(
            f"It need not answer unsure: with {limit(CONFIDENCE)} confidence at most {limit(decided.max_error)} of"
            " its answers to images like the validation images are wrong, and all of those are answered."
        )
    if decided.unlike_above is not None and decided.none_of_these is not None:
        lines.append(
            f"It answers none of these where its score of what is unlike the training images is above"
            f" {decided.unlike_above:.3f}: about {limit(decided.none_of_these)} of known images are refused, too."
            " What looks like a class, such as another flower among flowers, is hardly told."
        )
    return lines
