"""Advice: what to change after a diagnosis, as a command with its cost."""

from typing import Any

from classeur.data.findings import Change, Command
from classeur.data.splitting import anew
from classeur.improvement.evidence import Evidence
from classeur.models.assembly import AUTO_MODEL
from classeur.options import OPTIONS
from classeur.pipeline.augmentation import Augmentation
from classeur.training.recipe import make_recipe


def against_overfitting(evidence: Evidence) -> Change:
    """Return the command that says whether more photographs would help.

    Augmentation and dropout close the gap, but did not reliably raise the accuracy of so small a network, nor did the
    features of a larger one that of a head: docs/results.md, "Does the advice help?".
    """
    return Change(code="more-photographs", command=_on_data(evidence, "curve"))


def against_underfitting(evidence: Evidence) -> Change:
    """Return the next of: more patience, more epochs."""
    if evidence.is_frozen:
        return against_overfitting(evidence)
    patience = evidence.recipe.optimisation.stop_early
    if evidence.stopped_early and patience:
        return train_anew(evidence, "more-patience", stop_early=2 * patience)
    return train_longer(evidence)


def against_stillness(evidence: Evidence) -> Change:
    """Return the images as they are, where they are varied; else a look at them.

    A head has learned what its features tell: it is left with more photographs.
    """
    if evidence.is_frozen:
        return against_overfitting(evidence)
    recipe = evidence.recipe
    if recipe.augmentation.is_identity and not recipe.network.dropout:
        return look_at_data(evidence)
    return train_anew(evidence, "as-they-are", **dict(Augmentation()), dropout=0.0)


def smaller_rate(evidence: Evidence) -> Change:
    """Return the usual learning rate, or a third of one that is not above it."""
    rate, usual = evidence.learning_rate, OPTIONS["learning_rate"].default
    return train_anew(evidence, "smaller-learning-rate", learning_rate=usual if rate > usual else _third(rate))


def larger_rate(evidence: Evidence) -> Change:
    """Return the usual learning rate."""
    return train_anew(evidence, "larger-learning-rate", learning_rate=OPTIONS["learning_rate"].default)


def against_collapse(evidence: Evidence) -> tuple[Change, ...]:
    """Return more images of the class; of a head also classes that weigh alike, where they do not yet.

    Of a head, benchmarks/balance.py shows that it helps; of a network that is trained by epochs nothing does.
    """
    more = Change(code="more-of-lost-class")
    if not evidence.is_frozen or evidence.recipe.optimisation.balance:
        return (more,)
    return train_anew(evidence, "balance", balance=True), more


def after_a_leak(evidence: Evidence) -> tuple[Change, ...]:
    """Return a look at what leaks, and how to be judged without what leaks.

    Of folds, in which each image is judged once, none can be left out, nor of a validation that leaks throughout: then
    the images are divided anew.
    """
    # `inspect` knows the splits that the data name, and no older one that was kept, nor folds that were drawn.
    is_shown = evidence.num_folds is None and "keep_split" not in evidence.data_options
    look = look_at_data(evidence) if is_shown else Change(code="look-at-leaks")
    if evidence.num_folds is None and (evidence.leak is None or evidence.leak.num_other):
        return look, train_anew(evidence, "without-leak", drop_leaks=True)
    return look, _divide_anew(evidence)


def _divide_anew(evidence: Evidence) -> Change:
    """Return the training without the older split that it kept, or else the command that divides the data anew."""
    options = dict(evidence.data_options)
    if options.pop("keep_split", None) is not None:
        return train_anew(evidence._replace(data_options=options), "divide-anew")
    given = {"folds": evidence.num_folds, "group_by": evidence.recipe.split.group_by, **options}
    return anew("divide-anew", evidence.data, **given)


def look_at_data(evidence: Evidence) -> Change:
    """Return the command that lists what is wrong with the data."""
    return Change(code="look-at-data", command=_on_data(evidence, "inspect"))


def _on_data(evidence: Evidence, verb: str) -> Command:
    """Return a command on the data as the run read them, as far as the command can."""
    reading = {"columns": evidence.data_options.get("columns")}
    if verb == "inspect":
        reading |= {"group_by": evidence.recipe.split.group_by, "exclude": evidence.data_options.get("exclude")}
    given = {name: value for name, value in reading.items() if value is not None}
    return Command(verb=verb, arguments=(evidence.data,), options=given)


def compare_with(evidence: Evidence, other: str) -> Change:
    """Return the command that shows what tells another run from this one."""
    return Change(code="keep-run", command=Command(verb="compare", arguments=(other, evidence.run)))


# What transfer keeps of a recipe: how images are fitted and split.
_KEPT_IN_TRANSFER = ("fit", "stretch", "validation_share", "group_by", "long_bursts", "drop_leaks", "seed")


def transfer(evidence: Evidence) -> Change:
    """Return the command that starts from a pretrained network instead."""
    given = {name: value for name, value in evidence.recipe.flat().items() if name in _KEPT_IN_TRANSFER}
    recipe = make_recipe({"model": AUTO_MODEL, **given})
    options = {"out": evidence.transfer_run, **evidence.data_options, **_plain(recipe.options())}
    command = Command(verb="train", arguments=(evidence.data,), options=options)
    return Change(code="transfer", options={"model": AUTO_MODEL}, command=command)


def train_anew(evidence: Evidence, code: str, **changes: Any) -> Change:
    """Return the command that repeats a run with some options changed, as a new run."""
    changed = evidence.recipe.changed(changes)
    options = {
        "out": evidence.next_run,
        "from_run": evidence.from_run,
        **evidence.data_options,
        **_plain(changed.options()),
    }
    command = Command(verb="train", arguments=(evidence.data,), options=options)
    cost = _cost(evidence, changed.optimisation.epochs)
    return Change(code=code, options=_plain(changes), command=command, values=cost)


def train_longer(evidence: Evidence) -> Change:
    """Return the command that continues a run: to its end if it was stopped, else for as many epochs again.

    With a schedule, the learning rate has reached its end with the last epoch, so the run is trained again.
    """
    epochs, done = evidence.recipe.optimisation.epochs, len(evidence.history.epochs)
    if done < epochs:
        command = Command(verb="train", options={"out": evidence.run, "resume": True})
        return Change(code="go-on", command=command, values=_cost(evidence, epochs - done))
    if evidence.recipe.flat().get("schedule", "constant") != "constant":
        return train_anew(evidence, "train-longer", epochs=2 * epochs)
    command = Command(verb="train", options={"out": evidence.run, "resume": True, "epochs": 2 * epochs})
    return Change(code="train-longer", options={"epochs": 2 * epochs}, command=command, values=_cost(evidence, epochs))


def _cost(evidence: Evidence, num_epochs: int) -> dict[str, float]:
    """Return what epochs cost; nothing for a head, which is learned in seconds and without any."""
    if evidence.is_frozen:
        return {}
    return {"num_epochs": num_epochs, "seconds": num_epochs * evidence.seconds_per_epoch}


def _third(learning_rate: float) -> float:
    """Return a third of it, with two digits."""
    return float(f"{learning_rate / 3:.2g}")


def _plain(options: dict[str, Any]) -> dict[str, Any]:
    """Return options in JSON's types."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in options.items()}
