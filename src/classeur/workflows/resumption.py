"""A training that goes on: what it may be asked, and whether what it began with is still there."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from classeur.data.folder import ImageFolder
from classeur.data.splitting import Split
from classeur.delivery.wording import typed
from classeur.errors import RunError, UsageError
from classeur.models.assembly import architecture
from classeur.options import OPTIONS
from classeur.pipeline.augmentation import asked_augmentation
from classeur.run import Run
from classeur.training.facts import RunFacts
from classeur.training.recipe import Recipe, make_recipe


def continued_recipe(recipe: Recipe, options: Mapping[str, Any], *, where: str) -> Recipe:
    """Return the recipe of a training that goes on: its own, with more epochs where they are asked for.

    Args:
        recipe: what the training began with.
        options: as `train` takes them; those that are None are as if left out.
        where: what an error calls the run.

    Raises:
        UsageError: if another option differs from what the training began with.
    """
    make_recipe({"model": recipe.network.model, **options})  # unknown names and impossible values are refused first
    began = recipe.flat()
    asked = recipe.changed(options).flat()
    if asked_augmentation(options) is not None and asked_augmentation(options) != recipe.augmentation:
        raise UsageError(
            f"--resume goes on with the augmentation that {where} began with, {recipe.augmentation.describe()}, not"
            f" {asked_augmentation(options).describe()}; leave the option out, or train anew"  # type: ignore[union-attr]
        )
    for name, value in asked.items():
        if name != "epochs" and value != began[name] and OPTIONS[name].part != "augmentation":
            raise UsageError(
                f"--resume goes on with the {OPTIONS[name].words} that {where} began with, {_shown(began[name])}, not"
                f" {_shown(value)}; leave the option out, or train anew"
            )
    return recipe if options.get("epochs") is None else recipe.changed({"epochs": options["epochs"]})


def _shown(value: Any) -> str:
    return "none" if value is None else typed(value)


def resumed_recipe(run: Run, facts: RunFacts, options: Mapping[str, Any]) -> Recipe:
    """Return the recipe that a run goes on with.

    Raises:
        UsageError: if it is asked for something else than the run began with.
        RunError: if there is nothing to go on with: all its epochs are done, or more than are asked for.
    """
    if architecture(facts.recipe.network.model).is_frozen:
        raise RunError(f"{run.path} has no epochs to go on with; train again with --overwrite")
    recipe = continued_recipe(facts.recipe, options, where=str(run.path))
    began, asked, done = facts.recipe.optimisation.epochs, recipe.optimisation.epochs, facts.epochs_done
    if facts.status == "finished" and done < began:
        raise RunError(f"{run.path} stopped early, after epoch {done}, as its --stop-early asks; train anew for more")
    if facts.status == "finished" and asked <= began:
        raise RunError(f"{run.path} is finished, all {done} epochs; to go on, ask for more with --epochs")
    if asked > began and facts.recipe.optimisation.schedule == "cosine":
        raise UsageError(
            f"the learning rate of {run.path} falls to 0 over its {began} epochs (--schedule cosine): there are no"
            " more; leave --epochs out, or train anew with --from"
        )
    if asked < began:
        raise UsageError(
            f"{run.path} was asked for {began} epochs and has done {done}; --resume takes no fewer: leave --epochs out"
        )
    return recipe


def recorded_split(run: Run, facts: RunFacts, folder: ImageFolder) -> Split:
    """Return the split that a run began with, row by row of the folder as it is now."""
    recorded = {row["path"]: row["split"] for row in run.read_table(run.split_path)}
    splits = tuple(recorded.get(path, "") for path in folder.paths)
    return Split(splits=splits, made_here=facts.split_made_here, seed=facts.recipe.seed)


def check_same_data(run: Run, facts: RunFacts, folder: ImageFolder, data: Path) -> None:
    """Return if the data are those that the run began with, wherever they lie now.

    Raises:
        RunError: naming an image that is gone, new, or has other bytes or another label.
    """
    began = {row["path"]: (row["label"], row["hash"]) for row in run.read_table(run.split_path)}
    now = {
        path: (folder.class_names[label] if label >= 0 else "", hash_)
        for path, label, hash_, reason in zip(
            folder.paths, folder.labels.tolist(), folder.hashes, folder.reasons, strict=True
        )
        if not reason
    }
    changes = [f"{path} is gone" for path in began if path not in now]
    changes += [f"{path} has changed" for path in began if path in now and now[path] != began[path]]
    if len(now) > facts.counts["used"]:
        changes += [f"{path} is new" for path in now if path not in began]
    if tuple(folder.class_names) != facts.class_names:
        changes.append("the classes are others")
    if changes:
        more = f" and {len(changes) - 1:,} more" if len(changes) > 1 else ""
        raise RunError(
            f"the images in {data} have changed since {run.path} began ({changes[0]}{more}); put them back, or train"
            " anew"
        )
