"""How long `classeur migrate` takes, whole process: a script of 6,660 lines, and a folder of 200 scripts of 100 lines.

The scripts are made here, always the same: old code of three eras, with what is around it in scripts. The result stands
in docs/results.md. Run with: python benchmarks/migrate.py [--repetitions 5] [--keep FOLDER]
"""

import argparse
import ast
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

NUM_LINES, NUM_FILES, LINES_OF_A_FILE = 6660, 200, 100

KERAS_1 = """
from keras.models import Sequential
from keras.layers import Activation, Convolution2D, Dense, Dropout, Flatten, MaxPooling2D
from keras.preprocessing.image import ImageDataGenerator
from keras.optimizers import SGD
from scipy.misc import imread, imresize

img_width_{n}, img_height_{n} = {side}, {side}
nb_train_samples_{n} = {images}


def build_model_{n}():
    model = Sequential()
    model.add(Convolution2D(32, 3, 3, border_mode="same", input_shape=(img_width_{n}, img_height_{n}, 3)))
    model.add(Activation("relu"))
    model.add(MaxPooling2D(pool_size=(2, 2)))  # half the side
    model.add(Convolution2D(64, 3, 3, subsample=(2, 2), init="uniform"))
    model.add(Activation("relu"))
    model.add(Flatten())
    model.add(Dense(output_dim={units}))
    model.add(Dropout(p=0.5))
    model.add(Dense(1, activation="sigmoid"))
    model.compile(SGD(lr={rate}, decay=1e-6, momentum=0.9), "binary_crossentropy", metrics=["accuracy"])
    return model


model_{n} = build_model_{n}()
train_{n} = ImageDataGenerator(rescale=1.0 / 255, shear_range=0.2).flow_from_directory(
    "data_{n}/train", target_size=(img_width_{n}, img_height_{n}), batch_size={batch}, class_mode="binary"
)
valid_{n} = ImageDataGenerator(rescale=1.0 / 255).flow_from_directory(
    "data_{n}/validation", target_size=(img_width_{n}, img_height_{n}), batch_size={batch}, class_mode="binary"
)
model_{n}.fit_generator(
    train_{n},
    samples_per_epoch=nb_train_samples_{n},
    nb_epoch={epochs},
    validation_data=valid_{n},
    nb_val_samples={images},
)
model_{n}.save_weights("try_{n}.h5")
picture_{n} = imresize(imread("picture_{n}.jpg"), (img_width_{n}, img_height_{n}))
print(model_{n}.predict_classes(picture_{n}[None] / 255.0))
"""

KERAS_2 = """
import numpy as np
from keras.callbacks import EarlyStopping, ModelCheckpoint
from keras.layers.convolutional import Conv2D, MaxPooling2D
from keras.layers.core import Dense, Flatten
from keras.models import Sequential, load_model
from keras.optimizers import Adam
from keras.preprocessing.image import ImageDataGenerator, img_to_array, load_img
from keras.utils import np_utils

batch_size_{n} = {batch}
generator_{n} = ImageDataGenerator(rescale=1.0 / 255, rotation_range=30, zoom_range=0.2, horizontal_flip=True)
plain_{n} = ImageDataGenerator(rescale=1.0 / 255)
train_{n} = generator_{n}.flow_from_directory("set_{n}/train", target_size=({side}, {side}), batch_size=batch_size_{n})
test_{n} = plain_{n}.flow_from_directory("set_{n}/test", target_size=({side}, {side}), shuffle=False)

net_{n} = Sequential([
    Conv2D(32, (3, 3), activation="relu", input_shape=({side}, {side}, 3)),
    MaxPooling2D((2, 2)),
    Flatten(),
    Dense({units}, activation="relu"),
    Dense({classes}, activation="softmax"),
])
net_{n}.compile(loss="categorical_crossentropy", optimizer=Adam(lr={rate}), metrics=["acc"])
best_{n} = ModelCheckpoint("best_{n}.hdf5", monitor="val_acc", save_best_only=True)
history_{n} = net_{n}.fit_generator(
    train_{n}, steps_per_epoch=train_{n}.samples // batch_size_{n}, epochs={epochs}, workers=4,
    validation_data=test_{n}, validation_steps=test_{n}.samples // batch_size_{n},
    callbacks=[best_{n}, EarlyStopping(patience=3)],
)
print(history_{n}.history["acc"][-1], history_{n}.history["val_acc"][-1])
best_net_{n} = load_model("best_{n}.hdf5")
x_{n} = img_to_array(load_img("one_{n}.jpg", target_size=({side}, {side})))
guess_{n} = best_net_{n}.predict_generator(test_{n}, steps=len(test_{n}))
print(np.argmax(guess_{n}, axis=1), np_utils.to_categorical(test_{n}.classes)[:3], x_{n}.shape)
"""

TF_KERAS = '''
import os

import matplotlib.pyplot as plt
import tensorflow as tf

archive_{n} = tf.keras.utils.get_file("photos_{n}.zip", origin="https://example.org/{n}/photos.zip", extract=True)
base_{n} = os.path.join(os.path.dirname(archive_{n}), "photos_{n}")
augment_{n} = tf.keras.preprocessing.image.ImageDataGenerator(rescale=1.0 / 255, brightness_range=(0.8, 1.2))
train_gen_{n} = augment_{n}.flow_from_directory(
    os.path.join(base_{n}, "train"), target_size=({side}, {side}), batch_size={batch}, class_mode="binary"
)
base_model_{n} = tf.keras.applications.MobileNetV2(input_shape=({side}, {side}, 3), include_top=False)
base_model_{n}.trainable = False
model_{n} = tf.keras.Sequential([
    base_model_{n},
    tf.keras.layers.GlobalAveragePooling2D(),
    tf.keras.layers.Dense({units}, activation="relu"),
    tf.keras.layers.Dense(1),
])
model_{n}.compile(
    optimizer=tf.keras.optimizers.RMSprop(lr={rate}),
    loss=tf.keras.losses.BinaryCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
history_{n} = model_{n}.fit_generator(train_gen_{n}, epochs={epochs}, max_queue_size=20)


def plot_history_{n}(history, name="history_{n}.png"):
    """Draw accuracy and loss."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 4))
    for axes, key in ((left, "acc"), (right, "loss")):
        if key not in history.history:
            continue
        axes.plot(history.history[key], label=key)
        axes.set_xlabel("epoch")
        axes.legend(loc="upper left")
    figure.savefig(name, dpi=100)


plot_history_{n}(history_{n})
images_{n}, labels_{n} = train_gen_{n}.next()
print(images_{n}.shape, labels_{n}.mean())
'''

AROUND = '''

def list_files_{n}(folder, ending=".jpg"):
    """Return the pictures in a folder and below it, sorted."""
    found = []
    for root, _, names in os.walk(folder):
        for name in sorted(names):
            if name.lower().endswith(ending) and not name.startswith("."):
                found.append(os.path.join(root, name))
    return found


def shares_{n}(counts):
    total = sum(counts.values()) or 1
    return {{name: round(100.0 * count / total, 1) for name, count in counts.items()}}


for index_{n}, path_{n} in enumerate(list_files_{n}("extra_{n}")):
    if index_{n} % {batch} == 0:
        print("%d: %s (%d bytes)" % (index_{n}, path_{n}, os.path.getsize(path_{n})))
'''


class Times(NamedTuple):
    """What one process took, in seconds."""

    wall: float
    processor: float


def script(number: int, num_lines: int) -> str:
    """Return a script of at most so many lines, and nearly as many; the same number always gives the same."""
    rng = random.Random(number)
    text, n = "import os\n", number * 1000
    while text.count("\n") < num_lines:
        n += 1
        part = rng.choice((KERAS_1, KERAS_2, TF_KERAS)) + rng.choice(("", AROUND, AROUND))
        text += part.format(
            n=n, side=rng.choice((64, 128, 150)), images=rng.randrange(500, 5000), batch=rng.choice((16, 20, 32)),
            units=rng.choice((64, 256, 512)), classes=rng.randrange(3, 9), epochs=rng.randrange(2, 60),
            rate=rng.choice((0.01, 0.001, 0.0001)),
        )  # fmt: skip
    ends = [statement.end_lineno or 0 for statement in ast.parse(text).body]
    return "".join(text.splitlines(keepends=True)[: max(end for end in ends if end <= num_lines)])


def one_file(folder: Path) -> Path:
    (folder / "script.py").write_text(script(0, NUM_LINES), encoding="utf-8")
    return folder / "script.py"


def many_files(folder: Path) -> Path:
    for number in range(NUM_FILES):
        (folder / f"script_{number:03d}.py").write_text(script(number + 1, LINES_OF_A_FILE), encoding="utf-8")
    return folder


def times_of(*arguments: str) -> Times:
    """Return the times of one process; what it prints is thrown away, as by `> /dev/null`."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "classeur", "migrate", *arguments], capture_output=True, check=False)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1) or b"Traceback" in done.stderr:
        raise SystemExit(done.stderr.decode())
    return Times(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def shown(seconds: list[float]) -> str:
    return f"{statistics.median(seconds):.1f} s ({min(seconds):.1f} … {max(seconds):.1f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--keep", type=Path, help="only make the scripts, in this folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        root = options.keep or Path(temporary)
        inputs = {}
        for name, make in (("one file", one_file), (f"{NUM_FILES} files", many_files)):
            folder = root / name.replace(" ", "_")
            folder.mkdir(parents=True, exist_ok=True)
            inputs[name] = make(folder)
        if options.keep:
            return
        for name, path in inputs.items():
            scripts = [path] if path.is_file() else sorted(path.iterdir())
            num_lines = sum(each.read_text(encoding="utf-8").count("\n") for each in scripts)
            for what, more in (("migrate", ()), ("migrate --check", ("--check",))):
                times = [times_of(str(path), *more) for _ in range(options.repetitions)]
                print(
                    f"{what}, {name}, {num_lines:,} lines: whole process {shown([each.wall for each in times])},"
                    f" processor time {shown([each.processor for each in times])}, n = {len(times)}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
