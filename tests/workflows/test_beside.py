"""Beside a run: a head on features that are kept anyway, and other versions of training images in validation."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from classeur.data.synthetic import paint_animal
from classeur.delivery.progress import Reporter
from classeur.models.kept_features import FeatureStore, features_folder
from classeur.run import Run
from classeur.training.facts import RunFacts
from classeur.training.recipe import make_recipe
from classeur.workflows.beside import alike_in_training, transfer_on_kept
from classeur.workflows.preparation import prepare

NAMES = ("cats", "dogs")
FACTS = RunFacts(
    status="finished", recipe=make_recipe({"model": "tutorial", "image_size": 32}), class_names=NAMES, counts={}
)


@pytest.fixture
def rows() -> list[tuple[str, str, str, str]]:
    return [
        (f"{split}/{name}/{number}.png", name, split, f"{split}{name}{number}")
        for split, count in (("train", 30), ("validation", 20))
        for name in NAMES
        for number in range(count)
    ]


@pytest.fixture
def split_run(tmp_path: Path, rows: list[tuple[str, str, str, str]]) -> Run:
    (tmp_path / "run").mkdir()
    run = Run(tmp_path / "run")
    run.write_table(run.split_path, ("path", "label", "split", "hash"), rows)
    return run


def keep(cache: Path, rows: list[tuple[str, str, str, str]], **preparation: Any) -> None:
    """Keep features that tell the classes apart, but for five validation images of each that look like the other."""
    chosen = make_recipe({"model": "auto", **preparation}).preparation
    random = np.random.default_rng(0)
    store = FeatureStore(cache, "efficientnet_lite0", chosen)
    shifts = [
        (label == "dogs") != (split == "validation" and path.endswith(tuple(f"/{number}.png" for number in range(5))))
        for path, label, split, _ in rows
    ]
    store.add(
        [(hash_, (random.normal(size=1280) + 1.5 * shift).astype(np.float32))
         for (*_, hash_), shift in zip(rows, shifts, strict=True)]
    )  # fmt: skip


def test_a_head_is_tried_on_kept_features(split_run: Run, rows: list[tuple[str, str, str, str]], cache: Path) -> None:
    keep(cache, rows)
    found = transfer_on_kept(split_run, FACTS, cache=cache)
    assert found is not None
    assert found.name == ""
    wrong = {key for key, right in found.correct.items() if not right}
    assert wrong == {(f"validation{name}{number}", name) for name in NAMES for number in range(5)}
    assert len(found.correct) == 40


def test_without_the_features_of_all_images_nothing_is_computed(
    split_run: Run, rows: list[tuple[str, str, str, str]], cache: Path
) -> None:
    assert transfer_on_kept(split_run, FACTS, cache=cache) is None
    preparation = make_recipe({"model": "auto"}).preparation
    assert not features_folder(cache, "efficientnet_lite0", preparation).exists(), "nor is a folder made"
    keep(cache, rows, fit="crop")
    assert transfer_on_kept(split_run, FACTS, cache=cache) is None, "those are of other pixels"
    keep(cache, rows[:-1])
    assert transfer_on_kept(split_run, FACTS, cache=cache) is None
    keep(cache, rows[-1:])
    assert transfer_on_kept(split_run, FACTS, cache=cache) is not None


def test_another_version_of_a_training_image_is_found(tmp_path: Path) -> None:
    for split, first in (("train", 0), ("validation", 100)):
        for kind in ("cat", "dog"):
            (tmp_path / "data" / split / f"{kind}s").mkdir(parents=True)
            for number in range(4):
                picture = Image.fromarray(paint_animal(kind, first + number, image_size=(96, 96)))  # type: ignore[arg-type]
                picture.save(tmp_path / "data" / split / f"{kind}s" / f"{number}.png")
    again = Image.open(tmp_path / "data" / "train" / "cats" / "2.png")
    again.save(tmp_path / "data" / "validation" / "cats" / "again.jpg", quality=70)
    again.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(tmp_path / "data" / "train" / "cats" / "mirrored.png")
    recipe = make_recipe({"model": "tutorial", "image_size": 64})
    prepared = prepare(tmp_path / "data", recipe, reporter=Reporter())
    (found,) = alike_in_training(prepared)
    row = prepared.folder.paths.index("validation/cats/again.jpg")
    assert found == (prepared.folder.hashes[row], "cats")
