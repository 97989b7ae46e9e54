"""What a random split would have claimed of data in groups."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from classeur.data.folder import ImageFolder
from classeur.data.splitting import Split, split
from classeur.training.recipe import Recipe, make_recipe
from classeur.workflows.preparation import Prepared
from classeur.workflows.random_split import claim_of_random_split

RECIPE = make_recipe({"model": "efficientnet_lite0"})


def patients(folder_of: Callable[..., ImageFolder], *, num_patients: int = 60, num_images: int = 4) -> ImageFolder:
    """Images of patients, each of one class, drawn by lot."""
    labels = np.random.default_rng(0).permutation(np.arange(num_patients) % 2)
    return folder_of(
        ["ab"[label] for label in np.repeat(labels, num_images)],
        groups=[f"p{number}" for number in range(num_patients) for _ in range(num_images)],
    )


def prepared_of(folder: ImageFolder, made: Split | None = None) -> tuple[Prepared, dict[str, np.ndarray]]:
    """Features say who the patient is, and nothing of the class."""
    draw = np.random.default_rng(1)
    of_patient: dict[str, np.ndarray] = {}
    vectors = np.stack(
        [
            of_patient.setdefault(group or str(row), draw.normal(size=40)) + draw.normal(size=40) / 50
            for row, group in enumerate(folder.groups or [""] * len(folder.paths))
        ]
    )
    made = made or split(folder)
    prepared: Any = Prepared(folder, made, None)  # type: ignore[arg-type]
    return prepared, {name: vectors[made.rows(name)].astype(np.float32) for name in ("train", "validation")}


def test_it_knows_the_patients_that_the_grouped_split_does_not(folder_of: Callable[..., ImageFolder]) -> None:
    prepared, features = prepared_of(patients(folder_of))
    claim = claim_of_random_split(prepared, RECIPE, features)
    assert claim is not None
    assert claim.value > 0.9, "a class drawn by lot for each patient"
    assert claim.low < claim.value <= claim.high
    assert claim.n == len(prepared.labels("validation"))
    assert claim_of_random_split(prepared, RECIPE, features) == claim


@pytest.mark.parametrize("kind", ["given", "alone", "equal", "one class"])
def test_it_is_silent_where_it_would_say_nothing(folder_of: Callable[..., ImageFolder], kind: str) -> None:
    folder, made = patients(folder_of), None
    recipe: Recipe = RECIPE
    if kind == "given":
        made = split(folder).model_copy(update={"made_here": False})
    elif kind == "alone":
        folder = patients(folder_of, num_images=1, num_patients=100)
    elif kind == "equal":
        folder = folder_of(["a"] * 20 + ["b"] * 20, hashes=[str(row // 2) for row in range(40)])
    else:
        folder = folder_of(["a"] * 40, groups=[str(row // 4) for row in range(40)])
    assert claim_of_random_split(*_swapped(prepared_of(folder, made), recipe)) is None


def _swapped(made: tuple[Prepared, dict[str, np.ndarray]], recipe: Recipe) -> tuple[Any, ...]:
    return made[0], recipe, made[1]


def test_what_is_set_aside_or_for_the_test_is_not_asked_for(folder_of: Callable[..., ImageFolder]) -> None:
    folder = patients(folder_of)
    folder = folder_of(
        [folder.class_names[label] for label in folder.labels],
        groups=folder.groups,
        reasons=["broken" if row % 20 == 3 else "" for row in range(240)],
        splits=["test" if row >= 200 else "train" for row in range(240)],
    )
    prepared, features = prepared_of(folder)
    claim = claim_of_random_split(prepared, RECIPE, features)
    assert claim is not None
    assert claim.n == 38, "a fifth of each class that is left"
