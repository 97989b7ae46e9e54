"""What a report answers, in sentences: how good a run is, whether more would help, whether it can be trusted."""

import shlex
from collections.abc import Iterator

from classeur.delivery.report import RunReport, Shortcut
from classeur.delivery.report_text import Language


def answer(run: RunReport, language: Language) -> str:
    """Return how good a run is, in one sentence."""
    names, accuracy = run.facts.class_names, run.score.accuracy
    if run.facts.one_class:
        return language.say("answer-one", first=names[0], accuracy=accuracy)
    if len(names) == 2:
        return language.say("answer-two", first=names[0], second=names[1], accuracy=accuracy)
    return language.say("answer-many", classes=len(names), accuracy=accuracy)


def would_more_help(run: RunReport, language: Language) -> str:
    """Return whether more photographs would help, as far as it was measured."""
    for finding in run.diagnosis.findings if run.diagnosis else ():
        if finding.code == "more-images":
            return language.evidence(finding)
    return language.say("more-one-class" if run.facts.one_class else "more-unmeasured")


def calibration(run: RunReport, language: Language) -> Iterator[str]:
    """Yield whether its probabilities can be trusted, and when it gives no class."""
    error, found, decided = run.score.calibration_error, run.calibration, run.facts.decided
    if error is None:
        yield language.say("calibration-few")
    else:
        yield language.say("calibration-error", error=error.value, low=error.low, high=error.high)
    if found is not None and found.temperature != 1 and found.low is not None and found.high is not None:
        yield language.say(
            "temperature",
            temperature=found.temperature,
            low=found.low,
            high=found.high,
            on=fitted_on(run, language),
        )
    elif found is not None:
        yield language.say("temperature-one")
    if run.facts.one_class:
        return
    if decided.unsure_up_to is not None and decided.max_error is not None:
        yield language.say(
            "unsure-from", threshold=decided.unsure_up_to, error=decided.max_error, coverage=decided.coverage or 0.0
        )
    if decided.unlike_above is not None and decided.none_of_these is not None:
        yield language.say("unlike-from", share=decided.none_of_these)
    if decided.unsure_up_to is None and decided.unlike_above is None:
        yield language.say("always-answers", run=shlex.quote(run.name))


def fitted_on(run: RunReport, language: Language) -> str:
    """Return which images a temperature was fitted to."""
    found = run.calibration
    key = "on-validation" if found is None or found.fitted_on.startswith("validation") else "on-held-out"
    return language.say(key, images=0 if found is None else found.num_images)


def shortcut(place: Shortcut, language: Language) -> str:
    """Return that a class is told by one place of its pictures."""
    return language.say(
        "shortcut",
        lost=place.num_lost,
        images=place.num_images,
        name=place.class_name,
        where=language.say(_where(place)),
    )


def _where(place: Shortcut) -> str:
    """Return which ninth of the picture the middle of a place lies in, as a sentence's key."""
    down, across = (place.top + place.bottom) / 2, (place.left + place.right) / 2
    row = "upper" if down < 1 / 3 else "lower" if down > 2 / 3 else "middle"
    column = "left" if across < 1 / 3 else "right" if across > 2 / 3 else "middle"
    return f"where-{row}-{column}"
