"""One class: what a frozen backbone's features say is like its images, and what is unlike them."""

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from classeur.data.trainability import check_one_class
from classeur.delivery.one_class_words import few_images, fitted_score
from classeur.delivery.progress import Reporter
from classeur.evaluation.outliers import OutlierTest, fit_outlier_test, folded_logits
from classeur.models.assembly import build_network
from classeur.models.onnx_network import outlier_head
from classeur.models.unlike import with_outlier_score
from classeur.run import Run
from classeur.storage import write_text
from classeur.training.facts import UNLIKE, RunFacts, write_facts
from classeur.training.logits import softmax
from classeur.workflows.preparation import Prepared
from classeur.workflows.transferred import Clock, NetworkHead, finish_run, save_network

if TYPE_CHECKING:
    import keras


def train_on_one_class(
    run: Run,
    facts: RunFacts,
    prepared: Prepared,
    features: dict[str, np.ndarray],
    *,
    data: Path,
    cache: Path,
    reporter: Reporter,
) -> Run:
    """Fit an outlier score to the features of one class, save the whole network, and judge it from the same features.

    The run is one of two classes, the folder's and `unlike`, of which it has no image.

    Args:
        run: new, with its beginning written.
        facts: as they were written.
        prepared: scanned and split, with one class.
        features: of the images for train and validation, float32 (n, features).
        data: as a person would type it.
        cache: where networks are kept.
        reporter: where progress is shown.

    Raises:
        LayoutError: if there are fewer than two training images that differ.
        RunError: if the saved network does not answer as features and score do.
    """
    clock = Clock.started()
    (name,) = prepared.folder.class_names
    hashes = prepared.hashes("train")
    check_one_class(hashes, name)  # a split of the caller's own may have fewer than the folder
    facts = facts.model_copy(update={"class_names": (name, UNLIKE), "one_class": True})
    write_text(run.labels_path, "".join(f"{each}\n" for each in facts.class_names))
    write_facts(run, facts)
    recipe, pixels = facts.training_recipe, {split: prepared.pixels(split) for split in ("train", "validation")}
    asked = recipe.network.false_alarms
    test = fit_outlier_test(
        features["train"], groups=np.array(prepared.groups("train")), false_alarms=asked, seed=recipe.seed
    )
    if test.false_alarms > asked:
        needed = math.ceil(1 / asked) - 1
        reporter.warn(few_images(len(hashes), needed=needed, asked=asked, promised=test.false_alarms))
    reporter.say(fitted_score(len(hashes), features["train"].shape[1], false_alarms=test.false_alarms))
    logits = {split: test.logits(each) for split, each in features.items()}
    of_network = _in_network(test, facts)
    save_network(run, facts, of_network, pixels["validation"], softmax(logits["validation"]), cache=cache)
    finish_run(
        run,
        facts,
        of_network,
        features["validation"],
        pixels,
        logits,
        clock=clock,
        data=data,
        reporter=reporter,
    )
    return run


def _in_network(test: OutlierTest, facts: RunFacts) -> NetworkHead:
    """Return a score as the layers of a network."""
    recipe = facts.training_recipe
    whitening, last = test.fold()

    def build() -> "keras.Model":
        network = build_network(recipe.network.model, recipe.preparation.image_size, 2)
        return with_outlier_score(network, whitening, last)

    def logits(features: np.ndarray) -> np.ndarray:
        return folded_logits(features, whitening, last)

    return NetworkHead((*whitening, *last), logits, build, outlier_head(whitening, last))
