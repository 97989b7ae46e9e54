"""What was done, as a table and as a paragraph for a methods section."""

from collections.abc import Iterator

from markupsafe import Markup

from classeur.data.findings import Command
from classeur.delivery.report import RunReport
from classeur.delivery.report_answers import fitted_on, judged
from classeur.delivery.report_markup import code
from classeur.delivery.report_text import Language
from classeur.delivery.wording import command_line
from classeur.models.papers import paper_of

_SPACE = Markup(" ")
_SOFTWARE = ("classeur", "python", "keras", "onnxruntime", "numpy")


def what_was_done(run: RunReport, language: Language) -> Iterator[tuple[str, str]]:
    """Yield what was done, as HTML: its name, and what it was."""
    facts, counts, say = run.facts, run.facts.counts, language.say
    options = {"model": facts.recipe.network.model, "folds": _num_folds(run), **run.reading, **facts.recipe.options()}
    yield say("done-command"), code(command_line(Command(verb="train", arguments=("DATA",), options=options)))
    network = say("done-network-text", model=facts.recipe.network.model, parameters=run.num_parameters)
    yield say("done-network"), network
    if facts.kept_epoch is not None:
        yield say("done-epochs"), say("done-epochs-text", done=facts.epochs_done, kept=facts.kept_epoch)
    files = {name: counts.get(name, 0) for name in ("found", "used", "set_aside", "left_out")}
    yield say("done-data"), say("done-data-text", **files)
    how = say("split-made" if facts.split_made_here else "split-own")
    yield say("done-split"), say("done-split-text", parts=_parts(run, language), how=how)
    yield say("done-fingerprint"), code(facts.data_fingerprint)
    test = run.evaluation.splits.get("test")
    looks = say("done-looks-none") if test is None else say("done-looks-text", number=test.num_looks or 1)
    yield say("done-looks"), looks
    if facts.seconds is not None:
        began = facts.began[:16].replace("T", " ")
        when = say("done-when-text", began=f"{began} UTC", seconds=facts.seconds.wall, cpu=facts.seconds.cpu)
        yield say("done-when"), when
    machine = facts.machine
    if machine:
        text = say(
            "done-machine-text",
            processor=machine.get("processor", ""),
            processors=int(machine.get("processors", 1)),
            memory=float(machine.get("memory_gib", 0)),
            system=machine.get("system", ""),
        )
        yield say("done-machine"), text
    yield say("done-versions"), ", ".join(f"{name} {version}" for name, version in facts.versions.items())


def methods(run: RunReport, language: Language) -> Iterator[str]:
    """Yield the paragraphs of a methods section, as HTML."""
    facts, counts, say = run.facts, run.facts.counts, language.say
    sizes = {name: counts.get(name, 0) for name in ("found", "used")}
    data = "methods-data-all" if sizes["found"] == sizes["used"] else "methods-data"
    parts = _parts(run, language)
    names = facts.class_names[:1] if facts.one_class else facts.class_names
    yield _SPACE.join(
        [
            say(data, classes=len(names), names=names, parts=parts, **sizes),
            *_left_out(run, language),
            _split(run, language),
            *_folds(run, language),
        ]
    )
    preparation = facts.recipe.preparation
    height, width = preparation.image_size
    pixels = say(f"methods-pixels-{preparation.fit}", height=height, width=width)
    yield _SPACE.join([pixels, _network(run, language), *_calibrated(run, language)])
    yield _SPACE.join(_results(run, language))
    versions = {name: facts.versions.get(name, "–") for name in _SOFTWARE}
    yield say("methods-software", **versions)


def _left_out(run: RunReport, language: Language) -> Iterator[str]:
    """Yield which images were left out on request."""
    for name, number in run.left_out.items():
        key = "methods-left-out-leaks" if name == "--drop-leaks" else "methods-left-out-plan"
        yield language.say(key, number=number, name=name)


def _parts(run: RunReport, language: Language) -> list[str]:
    """Return how many images each split has; of those that have any."""
    counts = run.facts.counts
    names = (name for name in ("train", "validation", "test") if counts.get(name))
    parts = [language.say(f"part-{name}", images=counts[name]) for name in names]
    if run.folds is None:
        return parts
    return [language.say("judged-folds", images=run.score.num_images, folds=len(run.folds.judging)), *parts]


def _num_folds(run: RunReport) -> int | None:
    return None if run.folds is None else run.folds.num_folds


def _split(run: RunReport, language: Language) -> str:
    recipe = run.facts.recipe
    if not run.facts.split_made_here:
        return language.say("methods-split-own")
    if recipe.split.group_by is not None:
        return language.say("methods-split-grouped", seed=recipe.seed, group_by=recipe.split.group_by)
    return language.say("methods-split-made", seed=recipe.seed)


def _folds(run: RunReport, language: Language) -> list[str]:
    return [] if run.folds is None else [language.say("methods-folds", folds=run.folds.num_folds)]


def _network(run: RunReport, language: Language) -> str:
    facts, recipe, say = run.facts, run.facts.training_recipe, language.say
    model = recipe.network.model
    if facts.backbone is not None:
        return say("methods-one-class" if facts.one_class else "methods-transfer", model=model, paper=paper_of(model))
    augmentation = say("augmentation-none") if recipe.augmentation.is_identity else recipe.augmentation.describe()
    return say(
        "methods-epochs",
        parameters=run.num_parameters,
        model=model,
        start=say("start-run" if facts.from_run else "start-random"),
        epochs=facts.epochs_done,
        batch_size=recipe.optimisation.batch_size,
        learning_rate=recipe.optimisation.learning_rate,
        seed=recipe.seed,
        augmentation=augmentation,
        dropout=recipe.network.dropout,
    )


def _calibrated(run: RunReport, language: Language) -> list[str]:
    found = run.calibration
    if found is None or found.temperature == 1:
        return []
    return [language.say("methods-calibrated", temperature=found.temperature, on=fitted_on(run, language))]


def _results(run: RunReport, language: Language) -> Iterator[str]:
    score, say = run.score, language.say
    yield say(
        "methods-result",
        judged=judged(run, language),
        accuracy=score.accuracy,
        loss=score.loss.value,
        loss_low=score.loss.low,
        loss_high=score.loss.high,
    )
    if score.leaked is not None and score.leaked.dropped:
        whole = score.leaked.with_them
        yield say("methods-leaks", leaks=score.leaked.num_leaks, images=whole.n, accuracy=whole)
    elif score.leaked is not None:
        yield say("methods-none-new")
    # Of classes of one size it is the accuracy, whose interval is found in another way.
    if len({each.num_images for each in score.per_class.values() if each.num_images}) > 1:
        yield say("methods-balanced", balanced=score.balanced_accuracy)
    if score.auroc is not None:
        yield say("methods-auroc", auroc=score.auroc.value, low=score.auroc.low, high=score.auroc.high)
    yield say("methods-intervals")
    if run.num_groups:
        yield say("methods-groups", groups=run.num_groups)
    test = run.evaluation.splits.get("test")
    yield say("methods-no-test") if test is None else say("methods-test", number=test.num_looks or 1)
