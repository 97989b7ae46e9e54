# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Cats and dogs: the whole tutorial, and what it leaves out
#
# TensorFlow's tutorial "Image classification" names six steps: understand the data, feed it, build a model, train it,
# test it, improve it and repeat. It carries out the first four. This notebook carries out all six, twice over:
#
# - first in the tutorial's own words, with `ImageDataGenerator`, from `classeur.keras_image`, which does what Keras' class
#   does, many times faster;
# - then in classeur's, one verb a step.
#
# On the way it stops at two places where the tutorial's numbers are easily misread.

# %% tags=["parameters"]
archive = "https://storage.googleapis.com/mledu-datasets/cats_and_dogs_filtered.zip"
epochs = 15
batch_size = 128
side = 150

# %% [markdown]
# ## 1 Understand the data
#
# `get_file` downloads and unpacks once. Beside the zip lies a folder with one folder for training and one for validation,
# and in each of them one folder a class. The names of the folders are the labels.

# %%
import os

from classeur.keras_image import ImageDataGenerator, Sequential, get_file

zip_path = get_file("cats_and_dogs.zip", origin=archive, extract=True)
folder = os.path.join(os.path.dirname(zip_path), "cats_and_dogs_filtered")
counts = {
    split: {name: len(os.listdir(os.path.join(folder, split, name))) for name in ("cats", "dogs")}
    for split in ("train", "validation")
}
num_train, num_validation = (sum(counts[split].values()) for split in ("train", "validation"))
counts

# %% [markdown]
# As many cats as dogs: whoever always says "dog" is right half of the time. That is the number to beat.

# %% [markdown]
# ## 2 Feed it
#
# A generator reads pictures from a folder, brings them to one size, and scales 0 … 255 to 0 … 1. `class_mode="binary"`
# makes one number of the label: 0 for the first folder in the alphabet, 1 for the second.

# %%
scale = 1 / 255
train = ImageDataGenerator(rescale=scale).flow_from_directory(
    os.path.join(folder, "train"), target_size=(side, side), batch_size=batch_size, class_mode="binary", seed=0
)
validation = ImageDataGenerator(rescale=scale).flow_from_directory(
    os.path.join(folder, "validation"), target_size=(side, side), batch_size=batch_size, class_mode="binary",
    shuffle=False,
)  # fmt: skip
train.class_indices

# %%
import matplotlib.pyplot as plt


def show(pictures):
    """Draw pictures in a row."""
    _, axes = plt.subplots(1, len(pictures), figsize=(3 * len(pictures), 3), squeeze=False)
    for axis, picture in zip(axes[0], pictures, strict=True):
        axis.imshow(picture)
        axis.axis("off")
    plt.show()


pictures, labels = train[0]
show(pictures[:5])

# %% [markdown]
# ## 3 Build
#
# Three blocks, each of a convolution that looks for patterns and a pooling that keeps the strongest answer of four; then
# a dense layer that weighs what was found. The last layer gives one number without a sigmoid, a *logit*: above 0 means
# dog.
#
# The tutorial's `metrics=["accuracy"]` compares the logit with 0.5, and so calls a picture a dog only from a probability
# of 0.62 on. Here it is compared with 0.

# %%
import keras
from keras import layers


def build(dropout=0.0):
    """Return the tutorial's network, compiled."""
    keras.utils.set_random_seed(0)
    drop = [layers.Dropout(dropout)] if dropout else []
    model = Sequential([
        keras.Input((side, side, 3)),
        layers.Conv2D(16, 3, padding="same", activation="relu"), layers.MaxPooling2D(), *drop,
        layers.Conv2D(32, 3, padding="same", activation="relu"), layers.MaxPooling2D(),
        layers.Conv2D(64, 3, padding="same", activation="relu"), layers.MaxPooling2D(),
        *([layers.Dropout(dropout)] if dropout else []),
        layers.Flatten(), layers.Dense(512, activation="relu"), layers.Dense(1),
    ])  # fmt: skip
    model.compile(
        optimizer="adam",
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
        metrics=[keras.metrics.BinaryAccuracy(threshold=0.0, name="accuracy")],
    )
    return model


first = build()
first.summary()

# %% [markdown]
# ## 4 Train
#
# An epoch is one look at every training picture. The tutorial writes `steps_per_epoch=total // batch_size`, which leaves
# the last, smaller batch out; without it, Keras takes all of them.

# %%
first_history = first.fit(train, epochs=epochs, validation_data=validation, verbose=0).history


def draw_curves(history):
    """Draw accuracy and loss, training beside validation."""
    _, axes = plt.subplots(1, 2, figsize=(10, 3.5))
    for axis, name in zip(axes, ("accuracy", "loss"), strict=True):
        numbers = range(1, len(history[name]) + 1)
        axis.plot(numbers, history[name], label="training")
        axis.plot(numbers, history[f"val_{name}"], label="validation")
        axis.set(xlabel="epoch", title=name)
        axis.legend()
    plt.show()


draw_curves(first_history)

# %% [markdown]
# After 15 epochs on the photographs, training accuracy climbs in a line to above 90 %, while validation stays near 70 %
# and its loss turns upwards after a few epochs. The network has learned *these* pictures by heart. That is
# **overfitting**: it grows with the number of weights (ten million here) and shrinks with the number of pictures (two
# thousand).

# %% [markdown]
# ### Augmentation and dropout
#
# Against overfitting the tutorial uses two things. *Augmentation* shows each picture a little differently in every epoch:
# mirrored, turned, moved, zoomed. *Dropout* leaves out a random fifth of what a layer found, so that nothing relies on one
# pattern alone. Validation is never augmented: it stands for the pictures that will come.

# %%
augmenting = ImageDataGenerator(
    rescale=scale, rotation_range=45, width_shift_range=0.15, height_shift_range=0.15, horizontal_flip=True,
    zoom_range=0.5,
)  # fmt: skip
augmented = augmenting.flow_from_directory(
    os.path.join(folder, "train"), target_size=(side, side), batch_size=batch_size, class_mode="binary", seed=0
)
show([augmented[0][0][0] for _ in range(5)])

# %%
second = build(dropout=0.2)
second_history = second.fit(augmented, epochs=epochs, validation_data=validation, verbose=0).history
draw_curves(second_history)

# %% [markdown]
# ### First wrong turn: "the second model is worse"
#
# At 15 epochs the second model's curves lie close together, and *lower* than the first one's. Two things are mixed up in
# them:
#
# - Its training accuracy is measured on augmented pictures and with dropout on: on a harder task than validation's. It
#   says nothing of what the model would make of the same pictures as they are.
# - It has not finished. Every epoch brings pictures that it has never seen, so it learns slower, and for longer. The
#   first model had stopped learning anything useful after five epochs.
#
# The fair question is asked of both on the same plain pictures:

# %%
plain = ImageDataGenerator(rescale=scale).flow_from_directory(
    os.path.join(folder, "train"), target_size=(side, side), batch_size=batch_size, class_mode="binary", shuffle=False
)
for name, model in (("first", first), ("second", second)):
    on_training = model.evaluate(plain, verbose=0)[1]
    on_validation = model.evaluate(validation, verbose=0)[1]
    print(f"{name}: training {on_training:.1%}, validation {on_validation:.1%}, gap {on_training - on_validation:+.1%}")

# %% [markdown]
# The gap is what augmentation and dropout are for. Whether accuracy itself rises takes more epochs than 15 to see.

# %% [markdown]
# ### Second wrong turn: "69.4 % is better than 68.1 %"
#
# Validation has 1,000 pictures. Another thousand of the same kind would have given another number. Wilson's interval says
# how far it may lie from the truth:

# %%
from classeur.evaluation.intervals import wilson_interval

predicted = first.predict(validation, verbose=0)[:, 0] > 0
num_correct = int((predicted == validation.classes).sum())
low, high = wilson_interval(num_correct, num_validation)
print(
    f"{num_correct} of {num_validation} right: {num_correct / num_validation:.1%}, 95 % interval {low:.1%} … {high:.1%}"
)

# %% [markdown]
# With 1,000 pictures and 70 %, that is almost three points to either side: two models must differ by about four points
# before it means anything, unless they are compared on the same pictures, one by one. classeur does that below.

# %% [markdown]
# ## All six steps in classeur's words
#
# ### 1 Understand the data: `inspect`
#
# Every file is opened once, and what is wrong with the folder is said before hours are spent on it: files that are
# broken, the same picture twice, the same picture in training *and* validation.

# %%
import classeur

inspection = classeur.inspect(folder, image_size=side)
print(inspection.totals)
for finding in inspection.findings:
    print(finding.severity, finding.subject, classeur.in_words(finding))

# %% [markdown]
# ### 2 Feed it: `preview`

# %%
from IPython.display import display

for picture in classeur.preview(folder, image_size=side, augment="all", out="preview"):
    print(picture.title)
    display(picture)

# %% [markdown]
# ### 3 and 4 Build and train: `train`
#
# The same network, the same augmentation. Nothing is read from the files again, a killed training goes on with
# `resume=True` to the same bits, and the model that is saved takes raw pictures: scaling and labels are inside.

# %%
options = {"model": "tutorial", "image_size": side, "epochs": epochs, "batch_size": batch_size, "overwrite": True}
first_run = classeur.train(folder, out="runs/first", **options)
second_run = classeur.train(folder, out="runs/second", augment="all", dropout=0.2, **options)

# %% [markdown]
# ### 5 Test: `evaluate`
#
# The tutorial only names this step. Accuracy comes with its interval and each class by itself; a model that is right on
# cats alone would not get past this.

# %%
for run in (first_run, second_run):
    score = classeur.evaluate(run)
    print(
        f"{run.path}: {score.accuracy.value:.1%} ({score.accuracy.low:.1%} … {score.accuracy.high:.1%}) of {score.num_images}"
    )
    print(score.confusion)

# %% [markdown]
# Validation has chosen which model to keep, so it flatters that model a little. Before such a number is published, it
# takes pictures that nothing was decided by: a `test` folder, opened once, at the end.

# %% [markdown]
# ### 6 Improve and repeat: the diagnosis, `compare`
#
# The tutorial only names this one too. Each run holds a diagnosis in words with the next step, and two runs are compared
# on the same pictures: how many did one get right that the other got wrong, and could that be chance?

# %%
import json

for run in (first_run, second_run):
    print(run.path, json.loads(run.diagnosis_path.read_text())["verdict"])
comparison = classeur.compare([first_run, second_run], picture="comparison.png")
for pair in comparison.pairs:
    print(pair)

# %%
from IPython.display import Image

Image("comparison.png")

# %% [markdown]
# From here: train the second model for longer (`epochs=60`), or try gentler ranges; look at the pictures that it is most
# wrongly sure of (`errors.png` in the run); add pictures of the kind that it gets wrong. Then compare again.
