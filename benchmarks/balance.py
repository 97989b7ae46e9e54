"""Does `--balance` help where one class has few images? Heads on kept apart images, with and without it.

Claims, checked at the end (exit status 1 where one fails): on the tutorial's photographs and on flowers, at 3, 10 and
30 to 1, the mean balanced accuracy and the mean recall of the rarest class are higher with it.

The tutorial's photographs: all 1,000 training images of one class and a part of the other's, drawn by the seed, each
class the rare one in turn; judged on the 1,000 validation images. Flowers: a fifth is kept apart; of the rest, classes
in an order by the seed get from all that the most frequent may have down to the rarest, in equal ratios. Features of
EfficientNet-Lite0 at 224; both heads choose their own penalty.

Run: python benchmarks/balance.py [--seeds 10] [--features FOLDER]   (minutes on two processors)
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from classeur.data.archive import unpack
from classeur.data.scan import scan
from classeur.environment import installed_versions, machine
from classeur.images.pixels import PixelStore
from classeur.models.features import FeatureExtractor
from classeur.training.balance import balanced_weights
from classeur.training.folds import assign_folds
from classeur.training.head import train_head

SHARED = Path(os.environ.get("CLASSEUR_SHARED", "../shared"))
RATIOS = (3, 10, 30)
# Training images of the most frequent class of flowers.
MOST_FLOWERS = 600


class Data(NamedTuple):
    """Features of a data set, computed once."""

    features: np.ndarray  # float32 (n, 1280)
    labels: np.ndarray
    groups: np.ndarray  # hashes of the files
    splits: np.ndarray


class Effect(NamedTuple):
    """Recalls on images kept apart, of the rarest class, the most frequent and all, without and with `--balance`."""

    rare: tuple[float, float]
    frequent: tuple[float, float]
    all: tuple[float, float]  # balanced accuracy


def compute_features(name: str, folder: Path) -> Data:
    """Features of a zip in the shared folder, kept in the folder."""
    kept = folder / f"{name}.lite0.npz"
    if not kept.exists():
        with tempfile.TemporaryDirectory() as temporary:
            cache = Path(temporary) / "cache"
            store = PixelStore(cache, image_size=(224, 224), fit="squash")
            archive = SHARED / "data" / f"{name}.zip"
            found = scan(unpack(archive, Path(temporary) / "data", without_top=True), store, cache=cache)
            rows = np.flatnonzero(found.usable)
            hashes = np.array(found.hashes)[rows]
            pixels = store.select(hashes.tolist())
            batches = (pixels.gather(range(at, min(at + 32, len(rows)))) for at in range(0, len(rows), 32))
            features = np.concatenate(list(FeatureExtractor("efficientnet_lite0").extract(batches)))
        splits = np.array(found.splits)[rows]
        np.savez(kept, features=features, labels=found.labels[rows], groups=hashes, splits=splits)
    with np.load(kept) as found:
        return Data(*(found[each] for each in Data._fields))


def cases_of_photographs(data: Data, ratio: float, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray, int, int]]:
    """Yield training rows, judged rows, the rare class and the frequent one."""
    generator = np.random.default_rng(seed)
    judged = np.flatnonzero(data.splits == "validation")
    for rare in (0, 1):
        of_rare, others = (
            np.flatnonzero((data.splits == "train") & ((data.labels == rare) == is_rare)) for is_rare in (True, False)
        )
        few = generator.permutation(of_rare)[: round(len(others) / ratio)]
        yield np.sort(np.concatenate([few, others])), judged, rare, 1 - rare


def cases_of_flowers(data: Data, ratio: float, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray, int, int]]:
    """Yield training rows, judged rows, the rarest class and the most frequent one."""
    generator = np.random.default_rng(seed)
    apart = assign_folds(data.labels, num_folds=5, groups=data.groups, seed=seed) == 0
    order = generator.permutation(int(data.labels.max()) + 1)
    counts = np.round(MOST_FLOWERS * ratio ** -np.linspace(0, 1, len(order))).astype(int)
    chosen = [
        generator.permutation(np.flatnonzero(~apart & (data.labels == label)))[:count]
        for label, count in zip(order, counts, strict=True)
    ]
    yield np.sort(np.concatenate(chosen)), np.flatnonzero(apart), int(order[-1]), int(order[0])


def measure(data: Data, case: tuple[np.ndarray, np.ndarray, int, int]) -> Effect:
    """Train both heads and return their recalls."""
    training, judged, rare, frequent = case
    labels, num_classes = data.labels[training], int(data.labels.max()) + 1
    names, recalls = [str(label) for label in range(num_classes)], []
    for weights in (None, balanced_weights(labels, class_names=names)):
        trained = train_head(
            data.features[training], labels, num_classes=num_classes, groups=data.groups[training], weights=weights
        )
        right = trained.head.probabilities(data.features[judged]).argmax(axis=1) == data.labels[judged]
        recalls.append([right[data.labels[judged] == label].mean() for label in range(num_classes)])
    without, balanced = (100 * np.array(each) for each in recalls)
    return Effect(
        (without[rare], balanced[rare]), (without[frequent], balanced[frequent]), (without.mean(), balanced.mean())
    )


def said(pairs: np.ndarray) -> str:
    """Means without and with, and the difference with the deviation over cases."""
    differences = pairs[:, 1] - pairs[:, 0]
    without, balanced = pairs.mean(axis=0)
    return f"{without:.1f} → {balanced:.1f} ({differences.mean():+.1f} ± {differences.std(ddof=1):.1f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--features", type=Path, default=Path(tempfile.gettempdir()))
    options = parser.parse_args()
    if not (SHARED / "data").is_dir():
        sys.exit(f"error: {SHARED / 'data'} is missing; name its folder with CLASSEUR_SHARED")
    print(json.dumps({"machine": machine(), "versions": installed_versions()}))
    options.features.mkdir(parents=True, exist_ok=True)
    sets = {
        "cats and dogs": (compute_features("cats_and_dogs_filtered", options.features), cases_of_photographs),
        "flowers": (compute_features("flowers", options.features), cases_of_flowers),
    }
    failed: list[str] = []
    print("\n| | most : fewest | cases | recall of the rarest | of the most frequent | balanced accuracy |")
    print("|---|---|---|---|---|---|")
    for name, (data, cases) in sets.items():
        for ratio in RATIOS:
            effects = [measure(data, case) for seed in range(options.seeds) for case in cases(data, ratio, seed)]
            columns = [said(np.array([getattr(each, field) for each in effects])) for field in Effect._fields]
            print(f"| {name} | {ratio} : 1 | {len(effects)} | {' | '.join(columns)} |", flush=True)
            for what in ("rare", "all"):
                without, balanced = np.mean([getattr(each, what) for each in effects], axis=0)
                failed += [f"{name}, {ratio} : 1: {what}"] if balanced <= without else []
    if failed:
        sys.exit("not higher with --balance here: " + "; ".join(failed))


if __name__ == "__main__":
    main()
