"""Peers on the tutorial's photographs: what each gives offline, without weights from elsewhere, on the same machine.

Run: python benchmarks/peers.py scikit-learn|autokeras|fastai [--epochs 5]   (a Python that has the peer)

Each is a whole process, timed from outside; the last line is its accuracy on the 1,000 validation photographs.
scikit-learn stands on Keras' MobileNetV2 with weights in KERAS_HOME; AutoKeras and fastai train from scratch, since
their pretrained weights are downloaded.
"""

import argparse
import os
import sys
import tempfile
import zipfile
from pathlib import Path

SHARED = Path(os.environ.get("CLASSEUR_SHARED", "../shared"))


def scikit_learn(folder: Path) -> float:
    os.environ.setdefault("KERAS_HOME", str((SHARED / "keras_home").resolve()))
    import keras
    import numpy as np
    from sklearn.linear_model import LogisticRegressionCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    backbone = keras.applications.MobileNetV2(include_top=False, pooling="avg", input_shape=(224, 224, 3))

    def features(split: str) -> tuple[np.ndarray, np.ndarray]:
        data = keras.utils.image_dataset_from_directory(
            folder / split, image_size=(224, 224), batch_size=32, shuffle=False, verbose=False
        )
        labels = np.concatenate([label.numpy() for _, label in data])
        prepared = data.map(lambda pixels, _: keras.applications.mobilenet_v2.preprocess_input(pixels))
        return backbone.predict(prepared, verbose=0), labels

    train, validation = features("train"), features("validation")
    model = make_pipeline(StandardScaler(), LogisticRegressionCV(Cs=[1e-4, 1e-3, 1e-2, 1e-1], cv=5, max_iter=300))
    model.fit(*train)
    return float(model.score(*validation))


def autokeras(folder: Path, epochs: int) -> float:
    import autokeras as ak
    import keras
    import numpy as np

    parts = {}
    for split in ("train", "validation"):
        data = keras.utils.image_dataset_from_directory(
            folder / split, image_size=(150, 150), batch_size=32, shuffle=False, verbose=False
        )
        pixels, labels = zip(*((pixels.numpy(), labels.numpy()) for pixels, labels in data), strict=True)
        parts[split] = np.concatenate(pixels).astype(np.uint8), np.concatenate(labels)
    classifier = ak.ImageClassifier(max_trials=1, overwrite=True, seed=0, directory=str(folder.parent))
    order = np.random.default_rng(0).permutation(len(parts["train"][1]))
    classifier.fit(parts["train"][0][order], parts["train"][1][order], epochs=epochs, verbose=0)
    predicted = np.ravel(classifier.predict(parts["validation"][0], verbose=0)).astype(int)
    return float((predicted == parts["validation"][1]).mean())


def fastai(folder: Path, epochs: int) -> float:
    from fastai.vision.all import ImageDataLoaders, Resize, accuracy, resnet18, vision_learner

    data = ImageDataLoaders.from_folder(folder, train="train", valid="validation", item_tfms=Resize(224), bs=32, seed=0)
    learner = vision_learner(data, resnet18, pretrained=False, metrics=accuracy)
    learner.fit_one_cycle(epochs, 1e-3)
    return float(learner.validate()[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peer", choices=["scikit-learn", "autokeras", "fastai"])
    parser.add_argument("--epochs", type=int, default=5)
    options = parser.parse_args()
    archive = SHARED / "data" / "cats_and_dogs_filtered.zip"
    if not archive.exists():
        sys.exit(f"error: {archive} is missing; name its folder with CLASSEUR_SHARED")
    with tempfile.TemporaryDirectory() as temporary:
        with zipfile.ZipFile(archive) as whole:
            whole.extractall(temporary)
        (folder,) = (path.parent for path in Path(temporary).rglob("train") if path.is_dir())
        if options.peer == "scikit-learn":
            found = scikit_learn(folder)
        else:
            found = {"autokeras": autokeras, "fastai": fastai}[options.peer](folder, options.epochs)
    print(f"{options.peer}: {found:.1%} of 1,000 validation photographs")


if __name__ == "__main__":
    main()
