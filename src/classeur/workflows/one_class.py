"""One class: what a frozen backbone's features say is like its images, and what is unlike them."""

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from classeur.data.trainability import check_one_class
from classeur.delivery.one_class_words import few_images, fitted_score
from classeur.delivery.progress import Reporter
from classeur.evaluation.outliers import fit_outlier_test
from classeur.images.pixels import Pixels
from classeur.models.assembly import build_network
from classeur.models.unlike import with_outlier_score
from classeur.run import Run
from classeur.storage import write_text
from classeur.training.facts import UNLIKE, RunFacts, write_facts
from classeur.workflows.preparation import Prepared
from classeur.workflows.transferred import Clock, save_and_judge


def train_on_one_class(
    run: Run,
    facts: RunFacts,
    prepared: Prepared,
    features: Mapping[str, np.ndarray],
    pixels: Mapping[str, Pixels],
    *,
    clock: Clock,
    data: Path,
    reporter: Reporter,
) -> Run:
    """Fit an outlier score to the features of one class, save the whole network, and judge it from the same features.

    The run is one of two classes, the folder's and `unlike`, of which it has no image.

    Args:
        run: new, with its beginning written.
        facts: as they were written.
        prepared: scanned and split, with one class.
        features: of `train` and `validation`, float32 (n, features).
        pixels: of the same splits.
        clock: from the training's beginning.
        data: as a person would type it.
        reporter: where progress is shown.

    Raises:
        LayoutError: if there are fewer than two training images that differ.
        RunError: if the saved network does not answer as features and score do.
    """
    recipe, (name,) = facts.training_recipe, prepared.folder.class_names
    groups = [prepared.folder.hashes[row] for row in prepared.split.rows("train")]
    check_one_class(groups, name)  # a split of the caller's own may have fewer than the folder
    facts = facts.model_copy(update={"class_names": (name, UNLIKE), "one_class": True})
    write_text(run.labels_path, "".join(f"{each}\n" for each in facts.class_names))
    write_facts(run, facts)
    asked = recipe.network.false_alarms
    test = fit_outlier_test(features["train"], groups=groups, false_alarms=asked, seed=recipe.seed)
    if test.false_alarms > asked:
        reporter.warn(few_images(len(groups), needed=math.ceil(1 / asked) - 1, asked=asked, promised=test.false_alarms))
    reporter.say(fitted_score(len(groups), features["train"].shape[1], false_alarms=test.false_alarms))
    network = build_network(recipe.network.model, recipe.preparation.image_size, 2)
    save_and_judge(
        run,
        facts,
        with_outlier_score(network, *test.fold()),
        probabilities={split: test.probabilities(each) for split, each in features.items()},
        pixels=pixels,
        clock=clock,
        data=data,
        reporter=reporter,
    )
    return run
