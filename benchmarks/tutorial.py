"""Both of the tutorial's trainings, by its own code and by classeur, on the real photographs.

Claim and numbers: docs/results.md, "The tutorial's two trainings". Run with `make bench` (half an hour on two
processors): each training in a process of its own, the tutorial's code and classeur in turn, 15 epochs, batches of 128.
The tutorial's code is run with Keras' own `ImageDataGenerator`, all 16 batches an epoch (as written, its
`steps_per_epoch=2000//128` loses every second epoch on Keras 3) and all 1,000 validation images.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SHARED = Path(os.environ.get("CLASSEUR_SHARED", "../shared"))
ARCHIVE = SHARED / "data" / "cats_and_dogs_filtered.zip"

# As in the tutorial, but for what Keras 3 no longer has: fit in place of fit_generator, and the path of the import.
TUTORIAL = """
import json, os, sys, time
import numpy as np
began = time.time()
import keras, tensorflow as tf
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Dense, Conv2D, Flatten, Dropout, MaxPooling2D
ImageDataGenerator = tf.keras.preprocessing.image.ImageDataGenerator
folder, second, epochs = sys.argv[1], sys.argv[2] == "second", int(sys.argv[3])
keras.utils.set_random_seed(0)
if second:
    train_gen = ImageDataGenerator(rescale=1./255, rotation_range=45, width_shift_range=.15, height_shift_range=.15,
                                   horizontal_flip=True, zoom_range=0.5)
else:
    train_gen = ImageDataGenerator(rescale=1./255)
train = train_gen.flow_from_directory(batch_size=128, directory=folder + "/train", shuffle=True,
                                      target_size=(150, 150), class_mode="binary")
val = ImageDataGenerator(rescale=1./255).flow_from_directory(batch_size=128, directory=folder + "/validation",
                                                             target_size=(150, 150), class_mode="binary")
drop = [Dropout(0.2)] if second else []
model = Sequential([
    Conv2D(16, 3, padding="same", activation="relu", input_shape=(150, 150, 3)), MaxPooling2D(), *drop,
    Conv2D(32, 3, padding="same", activation="relu"), MaxPooling2D(),
    Conv2D(64, 3, padding="same", activation="relu"), MaxPooling2D(), *([Dropout(0.2)] if second else []),
    Flatten(), Dense(512, activation="relu"), Dense(1)])
model.compile(optimizer="adam", loss=tf.keras.losses.BinaryCrossentropy(from_logits=True), metrics=["accuracy"])
history = model.fit(train, epochs=epochs, validation_data=val, verbose=0).history
val = ImageDataGenerator(rescale=1./255).flow_from_directory(batch_size=128, directory=folder + "/validation",
                                                             target_size=(150, 150), class_mode="binary", shuffle=False)
logits = model.predict(val, verbose=0)[:, 0]
right = int(((logits > 0) == (val.classes == 1)).sum())
print("RESULT", json.dumps({"accuracy": history["accuracy"][-1], "val_accuracy_printed": history["val_accuracy"][-1],
    "num_right_at_probability_one_half": right, "loss": history["loss"][-1], "val_loss": history["val_loss"][-1],
    "val_accuracies": history["val_accuracy"], "training_accuracies": history["accuracy"],
    "val_losses": history["val_loss"], "seconds": time.time() - began}))
"""

CLASSEUR = """
import json, sys, time
began = time.time()
import classeur
from classeur.delivery.progress import Reporter
folder, second, epochs, seed, out = sys.argv[1], sys.argv[2] == "second", *map(int, sys.argv[3:5]), sys.argv[5]
more = {"augment": "all", "dropout": 0.2} if second else {}
run = classeur.train(folder, out=out, epochs=epochs, seed=seed, reporter=Reporter(), **more)
history = run.read_table(run.history_path)
scores = json.loads(run.evaluation_path.read_text())["splits"]
last = history[-1]
print("RESULT", json.dumps({"accuracy": float(last["accuracy"]), "loss": float(last["loss"]),
    "val_loss": float(last["val_loss"]), "num_right_at_probability_one_half": scores["validation"]["num_correct"],
    "train_accuracy_unaugmented": scores["train"]["accuracy"],
    "val_accuracies": [float(row["val_accuracy"]) for row in history],
    "training_accuracies": [float(row["accuracy"]) for row in history],
    "val_losses": [float(row["val_loss"]) for row in history],
    "verdict": json.loads(run.diagnosis_path.read_text())["verdict"], "seconds": time.time() - began}))
"""


def run(code: str, *arguments: object, environment: dict[str, str]) -> dict[str, object]:
    """Run a program in a process of its own and return what it reports, with the whole process's wall seconds."""
    began = time.monotonic()
    command = [sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr[-3000:])
    line = next(line for line in done.stdout.splitlines() if line.startswith("RESULT "))
    return {**json.loads(line.removeprefix("RESULT ")), "process_seconds": time.monotonic() - began}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--out", type=Path, default=Path("benchmarks/tutorial.json"), help="where results are written")
    parser.add_argument("--keep", type=Path, help="keep the run directories here")
    options = parser.parse_args()
    if not ARCHIVE.exists():
        sys.exit(f"error: {ARCHIVE} is missing; name its folder with CLASSEUR_SHARED")
    from classeur.data.archive import unpack
    from classeur.environment import installed_versions, machine

    results: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = unpack(ARCHIVE, Path(temporary) / "data", without_top=True)
        kept = options.keep or Path(temporary)
        environment = {"CLASSEUR_CACHE": str(Path(temporary) / "cache"), "TF_CPP_MIN_LOG_LEVEL": "3"}
        for seed in options.seeds:
            for which in ("first", "second"):
                if seed == options.seeds[0]:
                    theirs = run(TUTORIAL, folder, which, options.epochs, environment=environment)
                    results.append({"who": "tutorial", "which": which, "seed": 0, **theirs})
                    print(json.dumps(results[-1])[:300], flush=True)
                ours = run(
                    CLASSEUR, folder, which, options.epochs, seed, kept / f"{which}-{seed}", environment=environment
                )
                results.append({"who": "classeur", "which": which, "seed": seed, **ours})
                print(json.dumps(results[-1])[:300], flush=True)
        report = {"machine": machine(), "versions": installed_versions(), "epochs": options.epochs, "results": results}
        options.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
