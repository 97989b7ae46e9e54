"""What a report answers, in sentences: how good a run is, whether more would help, whether it can be trusted."""

from collections.abc import Iterator

from classeur.data.findings import Command
from classeur.delivery.captions import elide
from classeur.delivery.report import RunReport, Shortcut
from classeur.delivery.report_text import Language
from classeur.evaluation.chance import chance_accuracy
from classeur.evaluation.cross_validation import CrossValidation

# Columns of a class name in the headline; tables have the whole name.
_NAME_WIDTH = 40
# Classes that the headline names as not tested.
_MOST_UNTESTED = 4
# Share of the images below which the number of groups is told beside theirs: a few copies change no interval.
_FEWER = 0.9


def answer(run: RunReport, language: Language) -> str:
    """Return how good a run is, in one sentence."""
    accuracy = run.score.accuracy
    names = [elide(each, width=_NAME_WIDTH) for each in run.facts.class_names]
    if run.facts.one_class:
        return language.say("answer-one", first=names[0], accuracy=accuracy)
    if run.score.unjudged:
        untested = [elide(each, width=_NAME_WIDTH) for each in run.score.unjudged[:_MOST_UNTESTED]]
        return language.say("answer-untested", names=untested, accuracy=accuracy)
    how = "-chance" if may_be_chance(run) else ""
    if len(names) == 2:
        return language.say(f"answer-two{how}", first=names[0], second=names[1], accuracy=accuracy)
    return language.say(f"answer-many{how}", classes=len(names), accuracy=accuracy)


def may_be_chance(run: RunReport) -> bool:
    """Return whether no number tells the run from one that looks at no image: neither over images nor over classes."""
    score = run.score
    counts = [each.num_images for each in score.per_class.values() if each.num_images]
    return (
        len(counts) > 1
        and score.accuracy.low <= chance_accuracy(counts)
        and score.balanced_accuracy.low <= 1 / len(counts)
    )


def answer_interval(run: RunReport, language: Language) -> str:
    """Return how sure the answer is, and by which images."""
    given = {"accuracy": run.score.accuracy, "judged": judged(run, language)}
    found = run.score.leaked
    if found is None:
        return language.say("answer-interval" if run.folds is None else "answer-interval-folds", **given)
    if not found.dropped:
        return language.say("answer-interval-none-new", leaks=found.num_leaks, **given)
    key = "answer-interval-leaks" if run.folds is None else "answer-interval-leaking-folds"
    told = [
        language.say(key, leaks=found.num_leaks, **given),
        language.say("answer-with-leaks", accuracy=found.with_them, images=found.with_them.n),
    ]
    return type(told[0])("; ").join(told)


def judged(run: RunReport, language: Language) -> str:
    """Return by how many images a run was judged, and of how many groups where these are far fewer."""
    images = run.score.num_images
    key, given = f"judged-{run.judged}", {"images": images}
    if run.folds is not None:
        key, given = "judged-folds", {"images": images, "folds": len(run.folds.judging)}
    if 0 < run.num_groups < _FEWER * images:
        return language.say(f"{key}-groups", groups=run.num_groups, **given)
    return language.say(key, **given)


def remarks(run: RunReport, language: Language) -> Iterator[str]:
    """Yield what could not be shown, and why."""
    path = f"RUNS/{run.folder}"
    model = path if run.folds is None else f"{path}/{run.folds.folds[0].run}"  # folds together are no model
    commands = {
        "no-maps": Command(verb="explain", arguments=(model, "PATH")),
        "no-neighbours": Command(verb="report", arguments=(path,)),
    }
    for each in run.remarks:
        yield language.say(f"remark-{each}", command=commands.get(each), lost=run.num_lost, images=run.score.num_images)


def mistakes(run: RunReport, language: Language) -> str:
    """Return how many images are called another class, and which of these are shown."""
    images = run.score.num_images
    errors, shown = images - run.score.num_correct, len(run.mistakes)
    what = "unlike" if run.facts.one_class else "mistakes"
    which = "all" if shown == errors else "some"
    key = f"{what}-{which if errors else 'none'}"
    return language.say(key, errors=errors, images=images, shown=shown, name=run.facts.class_names[0])


def would_more_help(run: RunReport, language: Language) -> str:
    """Return whether more photographs would help, as far as it was measured."""
    for finding in run.diagnosis.findings if run.diagnosis else ():
        if finding.code == "more-images":
            return language.evidence(finding)
    if run.facts.one_class:
        return language.say("more-one-class")
    return language.say("more-unmeasured", command=Command(verb="curve", arguments=("DATA",)))


def folds_mean(folds: CrossValidation, language: Language) -> str:
    """Return the mean and the spread of the folds of a cross-validation."""
    said = language.say("folds-mean", folds=len(folds.judging), mean=folds.mean, spread=100 * folds.spread)
    none_new = [each.run for each in folds.folds if each.accuracy is None]
    return f"{said} {language.say('folds-none-new', names=none_new)}" if none_new else said


def calibration(run: RunReport, language: Language) -> Iterator[str]:
    """Yield whether its probabilities can be trusted, and when it gives no class."""
    error, found = run.score.calibration_error, run.calibration
    if error is None:
        yield language.say("calibration-few")
    else:
        key = "calibration-error" if error.low > 0 else "calibration-right"
        yield language.say(key, error=error.value, low=error.low, high=error.high)
    if found is not None and found.temperature != 1 and found.low is not None and found.high is not None:
        yield language.say(
            "temperature",
            temperature=found.temperature,
            low=found.low,
            high=found.high,
            on=fitted_on(run, language),
        )
    elif found is not None:
        yield language.say("temperature-one" if found.fitted is not None else "temperature-unfitted")
    if not run.facts.one_class and run.folds is None:
        yield from _without_class(run, language)


def _without_class(run: RunReport, language: Language) -> Iterator[str]:
    """Yield when a run gives no class, or why it always does."""
    decided, asked = run.facts.decided, run.facts.recipe.decision.max_error
    if decided.unsure_up_to is not None and decided.max_error is not None:
        yield language.say(
            "unsure-from", threshold=decided.unsure_up_to, error=decided.max_error, coverage=decided.coverage or 0.0
        )
    elif decided.max_error is not None:
        yield language.say("promised-all", error=decided.max_error)
    elif asked is not None and asked < 1:
        yield language.say("unpromised", error=asked)
    if decided.unlike_above is not None and decided.none_of_these is not None:
        yield language.say("unlike-from", share=decided.none_of_these)
    if asked is None and decided.unsure_up_to is None and decided.unlike_above is None:
        if run.least_limit is None:
            yield language.say("always-answers-still")
            return
        options = {"max_error": f"{100 * run.least_limit:g}%"}
        command = Command(verb="predict", arguments=(f"RUNS/{run.folder}", "PATH"), options=options)
        yield language.say("always-answers", command=command)


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
