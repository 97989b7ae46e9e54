"""What stands beside a run when it is diagnosed: what a transfer makes of the same images."""

from pathlib import Path

import numpy as np

from classeur.evaluation.learning_curve import is_affordable
from classeur.evaluation.scoring import score
from classeur.improvement.comparison import Judged
from classeur.improvement.paired import keys_of
from classeur.models.assembly import AUTO_MODEL
from classeur.models.features import num_features
from classeur.models.kept_features import FeatureStore, features_folder
from classeur.run import Run
from classeur.training.facts import RunFacts
from classeur.training.head import train_head
from classeur.training.recipe import make_recipe
from classeur.workflows.judged import counted_rows, labels_of, rows_of

_SPLITS = ("train", "validation")


def transfer_on_kept(run: Run, facts: RunFacts, *, cache: Path) -> Judged | None:
    """Return what a head on the default network's kept features makes of a run's validation, without a name.

    None where the features of an image are not kept, or a head would take minutes: nothing is computed for it but the
    head, and no figure is made up.

    Args:
        run, facts: whose training and validation images they are.
        cache: where features are kept.
    """
    of_pixels = {name: getattr(facts.recipe.preparation, name) for name in ("fit", "stretch")}
    preparation = make_recipe({"model": AUTO_MODEL, **of_pixels}).preparation
    rows = {"train": rows_of(run, "train"), "validation": counted_rows(run, "validation")}
    num_train, num_classes = len(rows["train"]), len(facts.class_names)
    if not features_folder(cache, AUTO_MODEL, preparation).is_dir():
        return None
    store = FeatureStore(cache, AUTO_MODEL, preparation)
    if store.missing(row["hash"] for name in _SPLITS for row in rows[name]):
        return None
    if not is_affordable(num_train, num_features(AUTO_MODEL), num_classes):
        return None
    features = {name: store.rows([row["hash"] for row in rows[name]]) for name in _SPLITS}
    labels = {name: labels_of(rows[name], facts.class_names) for name in _SPLITS}
    groups = np.unique([row["hash"] for row in rows["train"]], return_inverse=True)[1]
    trained = train_head(
        features["train"], labels["train"], num_classes=num_classes, groups=groups, seed=facts.recipe.seed
    )
    logits = np.log(trained.head.probabilities(features["validation"]))
    keys = keys_of((row["hash"], row["label"]) for row in rows["validation"])
    right = (logits.argmax(axis=1) == labels["validation"]).tolist()
    together = [row.get("group", "") for row in rows["validation"]]
    judged = score(logits, labels["validation"], class_names=facts.class_names, groups=together)
    named = dict(zip(keys, together, strict=True))
    return Judged("", judged, dict(zip(keys, right, strict=True)), groups=named)
