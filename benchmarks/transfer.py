"""Transfer: what one command gives on the tutorial's photographs, and what a second one costs.

Claims (numbers: docs/results.md, "Transfer"): with nothing kept, `classeur train` gets 98.8 % or more of the 1,000
validation photographs right, Lite2's features 99.4 % or more; a second training with another seed and split computes no
feature, imports neither Keras nor TensorFlow, and takes at most 0.4 of the first; on five folds of flowers the
head's balanced accuracy is within 0.3 points of scikit-learn's on the same features.

Run: python benchmarks/transfer.py [--rounds 3] [--only photographs|flowers|seeds|apart|curve]   (10 minutes)

Whole processes, each in turn, the cache emptied before each first training.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import classeur
from classeur.data.archive import unpack
from classeur.data.synthetic import paint_folder
from classeur.delivery.progress import Reporter
from classeur.environment import installed_versions, machine
from classeur.evaluation.intervals import difference_interval, wilson_interval
from classeur.evaluation.learning_curve import measure_curve
from classeur.images.preparation import Preparation
from classeur.models.kept_features import FeatureStore
from classeur.run import Run
from classeur.storage import default_cache
from classeur.training.folds import assign_folds
from classeur.training.head import fit_head, train_head
from classeur.training.recipe import make_recipe
from classeur.workflows.heads import features_by_split
from classeur.workflows.preparation import prepare

SHARED = Path(os.environ.get("CLASSEUR_SHARED", "../shared"))
QUIET = Reporter()

# Trains in a process of its own and says what it imported.
TRAIN = """
import json, sys, time
from classeur.workflows.features import FeatureExtractor
computed, extract = [0], FeatureExtractor.extract
def counted(self, batches):
    for part in extract(self, batches):
        computed[0] += len(part)
        yield part
FeatureExtractor.extract = counted
import classeur
data, out, options = json.loads(sys.argv[1])
run = classeur.train(data, out=out, reporter=classeur.Reporter(), **options)
heavy = sorted({"keras", "tensorflow"} & set(sys.modules))
print(json.dumps({"computed": computed[0], "imported": heavy}))
"""


def unpacked(name: str, folder: Path) -> Path:
    archive = SHARED / "data" / name
    if not archive.exists():
        sys.exit(f"error: {archive} is missing; name its folder with CLASSEUR_SHARED")
    return unpack(archive, folder / archive.stem, without_top=True)


def trained(data: Path, out: Path, cache: Path, **options: Any) -> dict[str, Any]:
    """Train in a process of its own; return its seconds, what it computed and imported, and its score."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", TRAIN, json.dumps([str(data), str(out), options])],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "CLASSEUR_CACHE": str(cache)},
    )
    seconds = time.monotonic() - began
    if done.returncode:
        sys.exit(f"error: {done.stderr[-2000:]}")
    score = Run.open(out).read_json(out / "evaluation.json")["splits"]["validation"]
    right, count = score["num_correct"], score["num_images"]
    # What two features' extraction of the check costs is counted too: 16 pictures.
    return {"seconds": round(seconds, 2), **json.loads(done.stdout), "right": right, "of": count}


def pooled(data: Path, folder: Path) -> Path:
    """Return all photographs of both splits as one unsplit folder."""
    for source in sorted(data.glob("*/*/*.jpg")):
        target = folder / source.parent.name / source.name
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            os.link(source, target)
    return folder


def photographs(rounds: int, temporary: Path) -> None:
    data = unpacked("cats_and_dogs_filtered.zip", temporary)
    pool = pooled(data, temporary / "pool")
    firsts, seconds = [], []
    for number in range(rounds):
        cache = temporary / "cache"
        shutil.rmtree(cache, ignore_errors=True)
        first = trained(data, temporary / f"first{number}", cache, seed=number)
        second = trained(pool, temporary / f"second{number}", cache, seed=100 + number)
        firsts.append(first)
        seconds.append(second)
        print(json.dumps({"round": number, "first": first, "second": second}), flush=True)
        assert first["right"] / first["of"] >= 0.988, first
        assert second["imported"] == [], second
    ratios = [two["seconds"] / one["seconds"] for one, two in zip(firsts, seconds, strict=True)]
    print(f"first {spread(one['seconds'] for one in firsts)} s, second {spread(two['seconds'] for two in seconds)} s")
    assert statistics.median(ratios) <= 0.4, ratios
    for model, least, home in (
        ("efficientnet_lite2", 0.994, None), ("mobilenet_v2", 0.985, SHARED / "keras_home"),
    ):  # fmt: skip
        if home is not None:
            os.environ["KERAS_HOME"] = str(home.resolve())
        found = trained(data, temporary / model, temporary / "cache", model=model)
        print(json.dumps({"model": model, **found}), flush=True)
        assert found["right"] / found["of"] >= least, found


def spread(values: Iterator[float]) -> str:
    ordered = sorted(values)
    return f"{statistics.median(ordered):.1f} ({ordered[0]:.1f} … {ordered[-1]:.1f})"


def all_features(data: Path, **options: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return features, labels and content hashes of all usable images of a data set."""
    recipe = make_recipe(options)
    prepared = prepare(data, recipe, reporter=QUIET)
    features_by_split(prepared, recipe, cache=default_cache(), reporter=QUIET)
    rows = [row for row, name in enumerate(prepared.split.splits) if name]
    hashes = [prepared.folder.hashes[row] for row in rows]
    store = FeatureStore(default_cache(), recipe.network.model, Preparation(**dict(recipe.preparation)))
    return store.rows(hashes), np.asarray(prepared.folder.labels)[rows], np.array(hashes)


def balanced_accuracy(predicted: np.ndarray, labels: np.ndarray) -> float:
    return float(np.mean([(predicted[labels == label] == label).mean() for label in np.unique(labels)]))


def flowers(temporary: Path) -> None:
    from sklearn.linear_model import LogisticRegressionCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    features, labels, groups = all_features(unpacked("flowers.zip", temporary))
    num_classes, ours, theirs = int(labels.max()) + 1, [], []
    folds = assign_folds(labels, num_folds=5, groups=groups, seed=0)
    for fold in range(5):
        train, test = folds != fold, folds == fold
        head = train_head(features[train], labels[train], num_classes=num_classes, groups=groups[train]).head
        ours.append(balanced_accuracy(head.probabilities(features[test]).argmax(axis=1), labels[test]))
        model = make_pipeline(
            StandardScaler(),
            LogisticRegressionCV(Cs=[1e-4, 1e-3, 1e-2, 1e-1], cv=5, scoring="neg_log_loss", max_iter=300, tol=1e-3),
        ).fit(features[train], labels[train])
        theirs.append(balanced_accuracy(model.predict(features[test]), labels[test]))
        print(
            json.dumps({"fold": fold, "classeur": round(ours[-1], 4), "scikit-learn": round(theirs[-1], 4)}), flush=True
        )
    print(f"flowers, n={len(labels)}: classeur {np.mean(ours):.2%}, scikit-learn {np.mean(theirs):.2%}")
    assert abs(np.mean(ours) - np.mean(theirs)) <= 0.003


def seeds(temporary: Path) -> None:
    """Print mean and spread of five splits, 80/20, of all 3,000 photographs."""
    pool = pooled(unpacked("cats_and_dogs_filtered.zip", temporary), temporary / "pool")
    found = []
    for seed in range(5):
        run = classeur.train(pool, out=temporary / f"seed{seed}", seed=seed, reporter=QUIET)
        score = run.read_json(run.evaluation_path)["splits"]["validation"]
        found.append(score["accuracy"]["value"])
    print(
        f"five seeds, n=600 each: {np.mean(found):.2%}, {min(found):.2%} … {max(found):.2%},"
        f" standard deviation {np.std(found, ddof=1):.2%}"
    )


def apart(temporary: Path) -> None:
    """Print whether photographs kept apart from training, choice and validation are judged like validation's."""
    pool = pooled(unpacked("cats_and_dogs_filtered.zip", temporary), temporary / "pool")
    features, labels, groups = all_features(pool)
    for seed in range(5):
        outside = assign_folds(labels, num_folds=2, groups=groups, seed=seed) == 0
        inside = np.flatnonzero(~outside)
        folds = assign_folds(labels[inside], num_folds=5, groups=groups[inside], seed=seed)
        train, validation = inside[folds != 0], inside[folds == 0]
        head = train_head(features[train], labels[train], num_classes=2, groups=groups[train]).head
        right = [
            (int((head.probabilities(features[part]).argmax(axis=1) == labels[part]).sum()), len(labels[part]))
            for part in (validation, np.flatnonzero(outside))
        ]
        low, high = difference_interval(*right)
        shown = [
            f"{count / of:.2%} ({', '.join(f'{each:.2%}' for each in wilson_interval(count, of))})"
            for count, of in right
        ]
        print(f"seed {seed}: validation {shown[0]}, apart {shown[1]}, difference {low:+.2%} … {high:+.2%}")


def curve(temporary: Path) -> None:
    """Print how often the error of all training images lies in the interval that half of them predicts."""
    drawn = paint_folder(temporary / "animals", num_train=1000, num_validation=600, image_size=(96, 96)).root
    sets = {
        "photographs": pooled(unpacked("cats_and_dogs_filtered.zip", temporary), temporary / "pool"),
        "flowers": unpacked("flowers.zip", temporary),
        "drawings": pooled(drawn, temporary / "drawn"),
    }
    for name, data in sets.items():
        options = {"image_size": 96} if name == "drawings" else {}
        features, labels, groups = all_features(data, **options)
        num_classes, hits = int(labels.max()) + 1, 0
        for seed in range(10):
            folds = assign_folds(labels, num_folds=5, groups=groups, seed=seed)
            train, validation = np.flatnonzero(folds != 0), np.flatnonzero(folds == 0)
            half = train[assign_folds(labels[train], num_folds=2, groups=groups[train], seed=seed) == 0]
            choice = train_head(features[half], labels[half], num_classes=num_classes, groups=groups[half]).choice
            given = {"num_classes": num_classes, "inverse_penalty": choice.inverse_penalty}
            judged = features[validation], labels[validation]
            measured = measure_curve(
                features[half], labels[half], validation=judged, groups=groups[half], seed=seed, **given
            )
            expected = measured.error_at(len(train))
            head = fit_head(features[train], labels[train], **given)
            error = float((head.probabilities(judged[0]).argmax(axis=1) != judged[1]).mean())
            hits += expected.low <= error <= expected.high
            print(
                json.dumps(
                    {
                        "data": name,
                        "seed": seed,
                        "expected": [round(each, 4) for each in expected],
                        "error": round(error, 4),
                    }
                ),
                flush=True,
            )
        print(f"{name}, n={len(labels)}: the error of all training images is in the interval for {hits} of 10 seeds")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=["photographs", "flowers", "seeds", "apart", "curve"])
    options = parser.parse_args()
    print(json.dumps({"machine": machine(), "versions": installed_versions()}))
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CLASSEUR_CACHE"] = str(Path(folder) / "kept")
        parts = {
            "photographs": partial(photographs, options.rounds),
            "flowers": flowers,
            "seeds": seeds,
            "apart": apart,
            "curve": curve,
        }
        for name, part in parts.items():
            if options.only in (None, name):
                print(f"== {name}")
                part(Path(folder))


if __name__ == "__main__":
    main()
