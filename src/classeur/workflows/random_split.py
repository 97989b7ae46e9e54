"""What a random split would have claimed, where one that keeps groups whole was made: a second head, in seconds."""

import numpy as np

from classeur.data.folder import ImageFolder
from classeur.data.splitting import groups_of, split
from classeur.estimate import Estimate
from classeur.evaluation.intervals import wilson_interval
from classeur.training.balance import balanced_weights
from classeur.training.head import train_head
from classeur.training.recipe import Recipe
from classeur.workflows.preparation import Prepared

# With a smaller share of the images in groups the two would hardly differ, and a second head costs what the first did.
_LEAST_SHARE = 0.05


def claim_of_random_split(prepared: Prepared, recipe: Recipe, features: dict[str, np.ndarray]) -> Estimate | None:
    """Return the validation accuracy of a head that was trained and judged by a split which separates groups.

    None where it would say nothing: the split was not made here, there is one class, or hardly any image is in a group.

    Args:
        prepared: scanned and split.
        recipe: of the training.
        features: of the images for train and validation, float32 (n, features).
    """
    folder = prepared.folder
    rows = np.concatenate([prepared.split.rows("train"), prepared.split.rows("validation")])
    groups = groups_of(folder, rows.tolist(), prepared.together)
    num_grouped = sum(len(group) for group in groups if len({folder.hashes[row] for row in group}) > 1)
    is_given = not prepared.split.made_here or len(folder.class_names) < 2
    if is_given or num_grouped < _LEAST_SHARE * len(rows):
        return None
    made = split(_apart(folder, rows), validation_share=recipe.split.validation_share, seed=recipe.seed)
    place = {row: number for number, row in enumerate(rows.tolist())}
    vectors, labels = np.concatenate([features["train"], features["validation"]]), folder.labels
    trained, judged = (made.rows(name) for name in ("train", "validation"))
    weights = balanced_weights(labels[trained], class_names=folder.class_names) if recipe.optimisation.balance else None
    head = train_head(
        vectors[[place[row] for row in trained.tolist()]],
        labels[trained],
        num_classes=len(folder.class_names),
        weights=weights,
        seed=recipe.seed,
    ).head
    predicted = head.probabilities(vectors[[place[row] for row in judged.tolist()]]).argmax(axis=1)
    num_correct = int((predicted == labels[judged]).sum())
    low, high = wilson_interval(num_correct, len(judged))
    return Estimate(value=num_correct / len(judged), low=low, high=high, method="Wilson", n=len(judged))


def _apart(folder: ImageFolder, rows: np.ndarray) -> ImageFolder:
    """Return the folder with these images alone, as if each were by itself."""
    used = set(rows.tolist())
    columns = {name: getattr(folder, name) for name in ImageFolder.model_fields}
    return ImageFolder(
        **{
            **columns,
            "groups": (),
            "hashes": tuple(map(str, range(len(folder.hashes)))),
            "splits": ("",) * len(folder.splits),
            "reasons": tuple("" if row in used else "not in use" for row in range(len(folder.reasons))),
        }
    )
