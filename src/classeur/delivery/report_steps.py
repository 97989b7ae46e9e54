"""What a report advises to do next: the gravest first."""

from collections.abc import Iterator
from typing import NamedTuple

from classeur.data.findings import Command, Finding
from classeur.data.splitting import anew
from classeur.delivery.isolation import isolated_in
from classeur.delivery.report import RunReport
from classeur.delivery.report_answers import may_be_chance
from classeur.delivery.report_markup import sentence
from classeur.delivery.report_text import Language


class Step(NamedTuple):
    """Something to do next: a sentence, or the advice of a finding, and whether that is told for the first time."""

    sentence: str = ""
    finding: Finding | None = None
    is_new: bool = False


def next_steps(run: RunReport, language: Language) -> Iterator[Step]:
    """Yield what to do next, the gravest first; where nothing is left to mend, how to use it.

    What is wrong with the data or the training comes before a place by which a class is told; then come images of
    which fewer are right than of others, beyond chance and as many looks, then all other advice.
    """
    advised = list(_advised(run, language))
    failed = [each for each in advised if each.finding and each.finding.severity == "error"]
    steps = [
        *_wrong_with_data(run, language),
        *failed,
        *_leaking_folds(run, language),
        *_failed_folds(run, language),
        *_shortcuts(run, language),
        *_worse_images(run, language),
        *(each for each in advised if each not in failed),
    ]
    yield from steps
    gravest = (_wrong_with_data, _leaking_folds, _failed_folds)
    if run.folds is not None and not any(list(each(run, language)) for each in gravest):
        options = {"model": run.facts.recipe.network.model, **run.reading, **run.facts.recipe.options()}
        yield Step(language.say("next-folds", command=Command(verb="train", arguments=("DATA",), options=options)))
    elif run.folds is None and not steps:
        command = Command(verb="predict", arguments=(f"RUNS/{run.folder}", "PATH"))
        yield Step(language.say("next-use", command=command))


def _wrong_with_data(run: RunReport, language: Language) -> Iterator[Step]:
    found = run.data.findings if run.data else ()
    # Of folds that leak a step of its own says what to do, also where the data are gone.
    errors = sum(each.severity == "error" and each.code != "fold-leaks" for each in found)
    if errors:
        yield Step(language.say("next-data", errors=errors))


def _leaking_folds(run: RunReport, language: Language) -> Iterator[Step]:
    """Yield that images belong with images in other folds: only folds that the data name can do so."""
    if run.folds is not None and run.score.leaked is not None:
        reading = {"group_by": run.facts.recipe.split.group_by, **run.reading}
        command = anew("divide-anew", "DATA", folds=run.folds.num_folds, **reading).command
        yield Step(language.say("next-leaking-folds", command=command, leaks=run.score.leaked.num_leaks))


def _failed_folds(run: RunReport, language: Language) -> Iterator[Step]:
    """Yield that folds learned nothing, one by one or together: what they say of a recipe is then that it is none."""
    if run.folds is not None and run.failed_folds:
        command = Command(verb="report", arguments=(f"RUNS/{run.folder}/{run.failed_folds[0]}",))
        failed, num_folds = len(run.failed_folds), run.folds.num_folds
        yield Step(language.say("next-failed-folds", failed=failed, folds=num_folds, command=command))
    elif run.folds is not None and may_be_chance(run):
        yield Step(language.say("next-folds-chance", command=Command(verb="curve", arguments=("DATA",))))


def _shortcuts(run: RunReport, language: Language) -> Iterator[Step]:
    if run.shortcuts:
        yield Step(language.say("next-shortcut", names=[each.class_name for each in run.shortcuts]))


def _worse_images(run: RunReport, language: Language) -> Iterator[Step]:
    worst = run.score.slices.worst if run.score.slices else None
    if worst is not None:
        yield Step(language.say("next-slice", which=sentence(language.slice_name(isolated_in(worst)))))


def _advised(run: RunReport, language: Language) -> Iterator[Step]:
    """Yield the advice of the diagnosis; not what the page says or shows above."""
    for number, finding in enumerate(run.diagnosis.findings if run.diagnosis else ()):
        kept = finding.model_copy(update={"changes": tuple(each for each in finding.changes if each.code != "look")})
        is_told = number == 0 or finding.code == "more-images"
        if not is_told or language.advice(kept):
            yield Step(finding=kept, is_new=not is_told)
