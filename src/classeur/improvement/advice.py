"""Advice: what to change after a diagnosis, as a command with its cost."""

from typing import Any

from classeur.data.findings import Change, Command
from classeur.errors import WeightsError
from classeur.improvement.evidence import Evidence
from classeur.models.assembly import AUTO_MODEL, architecture
from classeur.models.lite_weights import WEIGHT_FILES
from classeur.training.recipe import make_recipe

# Milder than the tutorial's ranges, with which its network often learns nothing from few images in the epochs of a
# first run. These are the demo's; benchmarks/advice.py measures their effect.
MILD_AUGMENTATION = {"flip": "horizontal", "rotation": 15.0, "zoom": 0.2, "shift": 0.1}
_DROPOUT = 0.2
# Factor of epochs with augmentation: 15 become 40, as in the demo.
_EPOCHS_FOR_VARIED = 8 / 3
_EPOCHS_FOR_DROPOUT = 1.5
_PATIENCE = 5


def against_overfitting(evidence: Evidence) -> Change:
    """Return the next of: augmentation and dropout, dropout, the best epoch, more photographs.

    Of a frozen network only the head was learned, with the penalty that suits it best: then a larger one is next.
    """
    if evidence.is_frozen:
        return for_head(evidence)
    recipe = evidence.recipe
    epochs, dropout = recipe.optimisation.epochs, recipe.network.dropout
    if recipe.augmentation.is_identity:
        return train_anew(
            evidence,
            "vary-pictures",
            **MILD_AUGMENTATION,
            dropout=dropout or _DROPOUT,
            epochs=round(_EPOCHS_FOR_VARIED * epochs),
        )
    if not dropout:
        return train_anew(evidence, "add-dropout", dropout=_DROPOUT, epochs=round(_EPOCHS_FOR_DROPOUT * epochs))
    if recipe.optimisation.keep == "last":
        patience = recipe.optimisation.stop_early or _PATIENCE
        return train_anew(evidence, "keep-best", keep="best", stop_early=patience)
    return Change(code="more-photographs")


def against_underfitting(evidence: Evidence, *, is_falling: bool) -> Change:
    """Return the next of: more epochs, more patience, another learning rate."""
    if evidence.is_frozen:
        return for_head(evidence)
    recipe = evidence.recipe
    if evidence.stopped_early and recipe.optimisation.stop_early:
        return train_anew(evidence, "more-patience", stop_early=2 * recipe.optimisation.stop_early)
    if len(evidence.history.epochs) < recipe.optimisation.epochs or is_falling:
        return train_longer(evidence)
    if recipe.network.dropout or not recipe.augmentation.is_identity:
        return train_longer(evidence)
    return train_anew(evidence, "smaller-learning-rate", learning_rate=_third(recipe.optimisation.learning_rate))


def against_chance(evidence: Evidence) -> Change:
    """Return a smaller learning rate, with more epochs to compensate."""
    if evidence.is_frozen:
        return for_head(evidence)
    optimisation = evidence.recipe.optimisation
    changes = {"learning_rate": _third(optimisation.learning_rate), "epochs": 2 * optimisation.epochs}
    return train_anew(evidence, "smaller-learning-rate", **changes)


# What transfer keeps of a recipe: how images are fitted and split.
_KEPT_IN_TRANSFER = ("fit", "stretch", "validation_share", "group_by", "long_bursts", "drop_leaks", "seed")

# A frozen network → a larger one.
_LARGER = {"efficientnet_lite0": "efficientnet_lite2"}


def transfer(evidence: Evidence) -> Change:
    """Return the command that starts from a pretrained network instead."""
    return _with_model(evidence, "transfer", AUTO_MODEL, out=evidence.transfer_run)


def for_head(evidence: Evidence) -> Change:
    """Return what helps a head: features of a larger network, where there is one, or more photographs."""
    larger = _LARGER.get(evidence.recipe.network.model)
    if larger is None:
        return Change(code="more-images-of-each")
    change = _with_model(evidence, "larger-network", larger, out=evidence.next_run)
    try:
        architecture(larger).check()
    except WeightsError:
        return change.model_copy(update={"values": {"install": WEIGHT_FILES[larger].installs}})
    return change


def _with_model(evidence: Evidence, code: str, model: str, *, out: str) -> Change:
    """Return the command that trains a head on another network's features, on images fitted and split alike."""
    given = {name: value for name, value in evidence.recipe.flat().items() if name in _KEPT_IN_TRANSFER}
    recipe = make_recipe({"model": model, **given})
    options = {"out": out, **evidence.data_options, **_plain(recipe.options())}
    command = Command(verb="train", arguments=(evidence.data,), options=options)
    return Change(code=code, options={"model": model}, command=command)


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
    return {"num_epochs": num_epochs, "seconds": num_epochs * evidence.seconds_per_epoch}


def _third(learning_rate: float) -> float:
    """Return a third of it, with two digits."""
    return float(f"{learning_rate / 3:.2g}")


def _plain(options: dict[str, Any]) -> dict[str, Any]:
    """Return options in JSON's types."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in options.items()}
