"""What the mistakes that `classeur migrate --check` names do to a measured accuracy, on the tutorial's photographs.

Claim (numbers: the pages in docs/migrate): each mistake below moves the accuracy that is read, or the one that is
learned, while the code runs to its end without a word.

Run: python benchmarks/mistakes.py [--epochs 5] [--only CLS020 CLS024]   (8 minutes on two processors)

One network, the tutorial's first, is trained rightly and then asked wrongly; where the mistake is one of training, it
is trained again with the mistake. Accuracy is of the 1,000 validation photographs; seeds are fixed.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from classeur.data.archive import unpack
from classeur.environment import installed_versions, machine
from classeur.evaluation.intervals import wilson_interval
from classeur.models.engine import load_keras

SHARED = Path(os.environ.get("CLASSEUR_SHARED", "../shared"))
AUGMENTING = {
    "rescale": 1 / 255, "rotation_range": 45, "width_shift_range": 0.15, "height_shift_range": 0.15,
    "horizontal_flip": True, "zoom_range": 0.5,
}  # fmt: skip


def build(keras: Any, *, last: str | None, from_logits: bool, again: str | None = None) -> Any:
    keras.utils.set_random_seed(0)
    layers = keras.layers
    model = keras.Sequential([
        keras.Input((150, 150, 3)),
        layers.Conv2D(16, 3, padding="same", activation="relu"), layers.MaxPooling2D(),
        layers.Conv2D(32, 3, padding="same", activation="relu"), layers.MaxPooling2D(),
        layers.Conv2D(64, 3, padding="same", activation="relu"), layers.MaxPooling2D(),
        layers.Flatten(), layers.Dense(512, activation="relu"), layers.Dense(1, activation=last),
    ])  # fmt: skip
    if again:
        model.add(layers.Activation(again))
    model.compile("adam", loss=keras.losses.BinaryCrossentropy(from_logits=from_logits))
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--only", nargs="*", default=[], help="codes of mistakes; left out, all")
    options = parser.parse_args()
    archive = SHARED / "data" / "cats_and_dogs_filtered.zip"
    if not archive.exists():
        sys.exit(f"error: {archive} is missing; name its folder with CLASSEUR_SHARED")
    print(json.dumps({"machine": machine(), "versions": installed_versions()}))
    keras = load_keras()
    from classeur.keras_image import ImageDataGenerator

    with tempfile.TemporaryDirectory() as temporary:
        folder = unpack(archive, Path(temporary) / "data", without_top=True)

        def flow(split: str, *, shuffle: bool = False, seed: int = 0, **arguments: Any) -> Any:
            return ImageDataGenerator(**arguments).flow_from_directory(
                folder / split, target_size=(150, 150), batch_size=128, class_mode="binary", shuffle=shuffle, seed=seed
            )

        def trained(
            *, last: str | None = None, from_logits: bool = True, again: str | None = None, shuffle: bool = True
        ) -> Any:
            model = build(keras, last=last, from_logits=from_logits, again=again)
            model.fit(flow("train", shuffle=shuffle, rescale=1 / 255), epochs=options.epochs, verbose=0)
            return model

        def asked(*codes: str) -> bool:
            return not options.only or bool(set(codes) & set(options.only))

        def say(code: str, what: str, right: np.ndarray) -> None:
            count, total = int(right.sum()), len(right)
            low, high = wilson_interval(count, total)
            print(
                f"| {code} | {what} | {count} of {total} | {count / total:.1%} ({low:.1%} … {high:.1%}) |", flush=True
            )

        plain = flow("validation", rescale=1 / 255)
        truth = plain.classes == 1
        print("\n| code | what is done | right | accuracy (95 % interval) |\n|---|---|---|---|")
        model = trained()
        logits = model.predict(plain, verbose=0)[:, 0]
        say("", "as it should be", (logits > 0) == truth)
        for seed in range(3) if asked("CLS001") else ():
            augmented = model.predict(flow("validation", seed=seed, **AUGMENTING), verbose=0)[:, 0]
            say("CLS001", f"validation augmented, pass {seed + 1}", (augmented > 0) == truth)
        if asked("CLS002", "CLS003"):
            shuffled = model.predict(flow("validation", shuffle=True, rescale=1 / 255), verbose=0)[:, 0]
            say("CLS002, CLS003", "shuffled, then compared with `.classes`", (shuffled > 0) == truth)
        if asked("CLS005"):
            say("CLS005", "`steps=1000 // 128`", ((logits > 0) == truth)[: 1000 // 128 * 128])
        if asked("CLS008"):
            on_train = flow("train", rescale=1 / 255)
            right = (model.predict(on_train, verbose=0)[:, 0] > 0) == on_train.classes
            say("CLS008", "judged on training pictures", right)
        if asked("CLS010"):
            unscaled = model.predict(flow("validation"), verbose=0)[:, 0]
            say("CLS010", "not rescaled in prediction", (unscaled > 0) == truth)
        if asked("CLS011"):
            twice = model.predict(flow("validation", rescale=1 / 255**2), verbose=0)[:, 0]
            say("CLS011", "rescaled twice in prediction", (twice > 0) == truth)
        if asked("CLS017"):
            say("CLS017", "class names in the other order", (logits > 0) != truth)
        if asked("CLS024"):
            swapped = flow("validation", rescale=1 / 255, preprocessing_function=lambda image: image[..., ::-1])
            say(
                "CLS024", "blue and red exchanged in prediction", (model.predict(swapped, verbose=0)[:, 0] > 0) == truth
            )
        if asked("CLS012"):
            both = trained(last="sigmoid", from_logits=True).predict(plain, verbose=0)[:, 0]
            say("CLS012", "sigmoid, and `from_logits=True`", (both > 0.5) == truth)
        if asked("CLS013"):
            neither = trained(last=None, from_logits=False).predict(plain, verbose=0)[:, 0]
            say("CLS013", "no sigmoid, and `from_logits=False`", (neither > 0.5) == truth)
        if asked("CLS014"):
            one = trained(last="softmax", from_logits=False).predict(plain, verbose=0)[:, 0]
            say("CLS014", "softmax of one unit", (one > 0.5) == truth)
        if asked("CLS020"):
            again = trained(last="sigmoid", from_logits=False, again="sigmoid").predict(plain, verbose=0)[:, 0]
            say("CLS020", "sigmoid twice", (again > 0.5) == truth)
            print(f"its predictions lie between {again.min():.3f} and {again.max():.3f}")
        if asked("CLS022"):
            in_order = trained(shuffle=False).predict(plain, verbose=0)[:, 0]
            say("CLS022", "trained with `shuffle=False`", (in_order > 0) == truth)


if __name__ == "__main__":
    main()
