"""What Keras' own utilities do with a broken file, a turned photograph and a leak; what classeur does with them.

The result stands in README.md's table and docs/results.md. Run with: python benchmarks/keras_utilities.py (20 seconds).
"""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from classeur.data.synthetic import paint_folder
from classeur.delivery.progress import Reporter
from classeur.delivery.words import evidence
from classeur.models.engine import load_keras
from classeur.workflows.inspection import inspect


def attempt(what: str, action: Callable[[], object]) -> None:
    try:
        print(f"{what}: {action()}")
    except Exception as error:
        print(f"{what}: {type(error).__name__}: {' '.join(str(error).split())[:110]}")


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        os.environ["CLASSEUR_CACHE"] = f"{temporary}/cache"
        folder = paint_folder(Path(temporary) / "animals", num_train=40, num_validation=20, image_size=(64, 64))
        turned = Path(temporary) / "turned.jpg"
        picture = Image.fromarray(np.arange(64 * 32 * 3, dtype=np.uint8).reshape(64, 32, 3))
        exif = Image.Exif()
        exif[0x0112] = 6  # lying on its side: upright it is 64 wide and 32 high
        picture.save(turned, exif=exif)
        print(f"planted: leak {folder.leak}, duplicate {folder.duplicate}, broken {folder.broken}; a turned photograph")
        keras = load_keras()
        import tensorflow as tf

        train = str(folder.root / "train")

        def generator() -> str:
            flow = tf.keras.preprocessing.image.ImageDataGenerator().flow_from_directory(train, batch_size=41)
            return f"{sum(len(flow[i][0]) for i in range(len(flow)))} images, nothing said"

        def dataset() -> str:
            batches = keras.utils.image_dataset_from_directory(train, image_size=(64, 64), verbose=False)
            return f"{sum(len(x) for x, _ in batches)} images, nothing said"

        attempt("ImageDataGenerator, one broken file", generator)
        attempt("image_dataset_from_directory, one broken file", dataset)
        attempt(
            "keras.utils.load_img of the turned photograph (width, height)", lambda: keras.utils.load_img(turned).size
        )
        attempt("upright, by Pillow's exif_transpose", lambda: ImageOps.exif_transpose(Image.open(turned)).size)
        findings = inspect(folder.root, image_size=64, reporter=Reporter()).findings
        for finding in findings:
            print(f"classeur inspect: {finding.code}: {finding.subject}: {evidence(finding)}")


if __name__ == "__main__":
    main()
