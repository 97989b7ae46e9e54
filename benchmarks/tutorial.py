"""Both of the tutorial's trainings, by its own code and by classeur, on the real photographs.

Claim (numbers: docs/results.md, "The tutorial's two trainings"): the whole process of the second training, 15 epochs,
takes classeur less than two thirds of what the tutorial's own code takes with the same oneDNN setting, and less than
40 % of what it takes as it comes.

Run: python benchmarks/tutorial.py [--which second] [--rounds 1] [--epochs 15]   (15 minutes a round and training)

Each training runs in a process of its own; classeur, the tutorial's code with oneDNN on as classeur has it, and the
tutorial's code as it comes, in turn; batches of 128, both in float32; classeur's cache is empty at the start of each.
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
folder, second, epochs, seed = sys.argv[1], sys.argv[2] == "second", int(sys.argv[3]), int(sys.argv[4])
keras.utils.set_random_seed(seed)
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
    "train_accuracy_unaugmented": scores["train"]["accuracy"]["value"],
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
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--rounds", type=int, default=1, help="each with the next seed")
    parser.add_argument("--which", nargs="+", choices=["first", "second"], default=["first", "second"])
    parser.add_argument("--only-classeur", action="store_true", help="leave out the tutorial's own code")
    parser.add_argument("--out", type=Path, help="where all numbers are written, as JSON")
    options = parser.parse_args()
    if not ARCHIVE.exists():
        sys.exit(f"error: {ARCHIVE} is missing; name its folder with CLASSEUR_SHARED")
    from classeur.data.archive import unpack
    from classeur.environment import installed_versions, machine

    results: list[dict[str, object]] = []
    print(json.dumps({"machine": machine(), "versions": installed_versions()}))
    print("\n| training | seed | who | right of 1,000 | whole process | classeur takes, of its time |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as temporary:
        folder = unpack(ARCHIVE, Path(temporary) / "data", without_top=True)
        for seed in range(options.rounds):
            for which in options.which:
                place = Path(temporary) / f"{which}-{seed}"
                contenders = {"classeur": (CLASSEUR, {"CLASSEUR_CACHE": str(place / "cache")})}
                if not options.only_classeur:
                    contenders["tutorial's code, oneDNN on"] = (TUTORIAL, {"TF_ENABLE_ONEDNN_OPTS": "1"})
                    contenders["tutorial's code as it comes"] = (TUTORIAL, {})
                ours = 0.0
                for who, (code, environment) in contenders.items():
                    found = run(
                        code, folder, which, options.epochs, seed, place / "run",
                        environment={"TF_CPP_MIN_LOG_LEVEL": "3", **environment},
                    )  # fmt: skip
                    results.append({"who": who, "which": which, "seed": seed, **found})
                    seconds = float(str(found["process_seconds"]))
                    ours = ours or seconds
                    right = found["num_right_at_probability_one_half"]
                    print(
                        f"| {which} | {seed} | {who} | {right} | {seconds:.0f} s | {ours / seconds:.0%} |", flush=True
                    )
    if options.out:
        options.out.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
