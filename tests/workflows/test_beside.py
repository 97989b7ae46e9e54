"""Beside a run: a head on features that are kept anyway."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from classeur.models.kept_features import FeatureStore, features_folder
from classeur.run import Run
from classeur.training.facts import RunFacts
from classeur.training.recipe import make_recipe
from classeur.workflows.beside import transfer_on_kept

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
