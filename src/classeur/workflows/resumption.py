"""Resuming a training: which options may change, and whether its data are unchanged."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from classeur.data.folder import LEFT_OUT, ImageFolder
from classeur.data.splitting import Split
from classeur.delivery.wording import counted, typed
from classeur.errors import RunError, UsageError
from classeur.models.features import features_key
from classeur.options import OPTIONS
from classeur.pipeline.augmentation import asked_augmentation
from classeur.run import Run
from classeur.training.facts import RunFacts
from classeur.training.recipe import Recipe, make_recipe
from classeur.workflows.aside import JOINING


def continued_recipe(recipe: Recipe, options: Mapping[str, Any], *, where: str) -> Recipe:
    """Return the recipe of a resumed training: its own, with more epochs if they are asked for.

    Args:
        recipe: of the training.
        options: as `train` takes them; None counts as not given.
        where: the run's name in an error.

    Raises:
        UsageError: if another option differs from the training's own.
    """
    make_recipe({"model": recipe.network.model, **options})  # unknown names and impossible values are refused first
    began = recipe.flat()
    asked = recipe.changed(options).flat()
    augmentation = asked_augmentation(options)
    if augmentation is not None and augmentation != recipe.augmentation:
        raise UsageError(
            f"--resume cannot change the augmentation of {where} from {recipe.augmentation.describe()} to"
            f" {augmentation.describe()}; leave the option out, or train a new run"
        )
    for name, value in asked.items():
        if name != "epochs" and value != began[name] and OPTIONS[name].part != "augmentation":
            raise UsageError(
                f"--resume cannot change the {OPTIONS[name].words} of {where} from {_shown(began[name])} to"
                f" {_shown(value)}; leave the option out, or train a new run"
            )
    return recipe if options.get("epochs") is None else recipe.changed({"epochs": options["epochs"]})


def _shown(value: Any) -> str:
    return "none" if value is None else typed(value)


def resumed_recipe(run: Run, facts: RunFacts, options: Mapping[str, Any]) -> Recipe:
    """Return the recipe that a run is resumed with.

    Raises:
        UsageError: if an option other than the number of epochs differs from the run's own.
        RunError: if nothing is left to train: all epochs are done, or more than are asked for.
    """
    if facts.backbone is not None:
        if facts.status == "finished":
            raise RunError(f"{run.path} is finished, and has no epochs to go on with; train again with --overwrite")
        kind = facts.recipe.network.model
        if facts.backbone != features_key(kind):
            raise RunError(
                f"{run.path} was begun with the features {facts.backbone}, and those of {kind} are {features_key(kind)}"
                " here; train again with --overwrite, or use the weights and the classeur that it was begun with"
            )
        return continued_recipe(facts.recipe, options, where=str(run.path))
    recipe = continued_recipe(facts.recipe, options, where=str(run.path))
    began, asked, done = facts.recipe.optimisation.epochs, recipe.optimisation.epochs, facts.epochs_done
    if facts.status == "finished" and done < began:
        raise RunError(f"{run.path} stopped early after epoch {done} (--stop-early); train a new run for more epochs")
    if facts.status == "finished" and asked <= began:
        raise RunError(
            f"{run.path} has finished its {counted(done, 'epoch')}; for more, give a larger number with --epochs"
        )
    if asked > began and facts.recipe.optimisation.schedule == "cosine":
        raise UsageError(
            f"the learning rate of {run.path} falls to 0 over its {counted(began, 'epoch')} (--schedule cosine), so"
            " there can be no more; leave --epochs out, or train a new run with --from"
        )
    if asked < began:
        raise UsageError(
            f"{run.path} has done {done} of {counted(began, 'epoch')}; --resume cannot lower their number: leave"
            " --epochs out"
        )
    return recipe


def recorded_split(run: Run, facts: RunFacts, folder: ImageFolder) -> Split:
    """Return the split of a run, row by row of the folder as it is now."""
    recorded = {row["path"]: row["split"] for row in run.read_table(run.split_path)}
    splits = tuple(recorded.get(path, "") for path in folder.paths)
    return Split(splits=splits, made_here=facts.split_made_here, seed=facts.recipe.seed)


def check_same_data(run: Run, facts: RunFacts, folder: ImageFolder, data: Path) -> None:
    """Check that the data are those that the run was started with, in whatever place.

    Raises:
        RunError: naming an image that is gone, new, or has other bytes or another label.
    """
    began = {row["path"]: (row["label"], row["hash"]) for row in run.read_table(run.split_path)}
    aside = run.read_table(run.set_aside_path) if run.set_aside_path.exists() else []
    left_out = {row["path"] for row in aside if row["reason"].startswith((LEFT_OUT, JOINING))}
    now = {
        path: (folder.class_names[label] if label >= 0 else "", hash_)
        for path, label, hash_, reason in zip(
            folder.paths, folder.labels.tolist(), folder.hashes, folder.reasons, strict=True
        )
        if not reason and path not in left_out
    }
    changes = [f"{path} is gone" for path in began if path not in now]
    changes += [f"{path} has changed" for path in began if path in now and now[path] != began[path]]
    if len(now) > facts.counts["used"]:
        changes += [f"{path} is new" for path in now if path not in began]
    if tuple(folder.class_names) != facts.class_names:
        changes.append("the classes are different")
    if changes:
        more = f" and {len(changes) - 1:,} more" if len(changes) > 1 else ""
        raise RunError(
            f"the images in {data} have changed since {run.path} was started ({changes[0]}{more}); restore them, or"
            " train a new run"
        )
