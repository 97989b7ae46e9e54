"""--to classeur: a script of the tutorial's shape in classeur's verbs, or why not, and then nothing."""

from pathlib import Path

import pytest

from classeur.data.synthetic import paint_folder
from classeur.migration.files import migrate
from classeur.migration.sources import source_of_cells
from classeur.migration.translation import recast

SCRIPT = """import os
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Dense, Conv2D, Flatten, Dropout, MaxPooling2D
from tensorflow.keras.optimizers import Adam
from tensorflow.keras.preprocessing.image import ImageDataGenerator

root = "animals"
size = (32, 40)
image_gen = ImageDataGenerator(rescale=1.0 / 255, rotation_range=10, zoom_range=0.2, width_shift_range=0.1,
                               height_shift_range=0.1, horizontal_flip=True, vertical_flip=True)
train_gen = image_gen.flow_from_directory(os.path.join(root, "train"), target_size=size, batch_size=16,
                                          class_mode="binary")
val_gen = ImageDataGenerator(rescale=1.0 / 255).flow_from_directory(
    os.path.join(root, "validation"), target_size=size, batch_size=16, class_mode="binary")
model = Sequential([
    Conv2D(16, 3, padding="same", activation="relu", input_shape=(32, 40, 3)),
    MaxPooling2D(),
    Dropout(0.2),
    Conv2D(32, 3, padding="same", activation="relu"),
    MaxPooling2D(),
    Conv2D(64, 3, padding="same", activation="relu"),
    MaxPooling2D(),
    Dropout(0.2),
    Flatten(),
    Dense(512, activation="relu"),
    Dense(1, activation="sigmoid"),
])
model.compile(Adam(learning_rate=0.002), "binary_crossentropy", metrics=["accuracy"])
model.fit(train_gen, epochs=1, validation_data=val_gen)
"""
EXPECTED = """import classeur

data = 'animals'

run = classeur.train(data, out="runs/run", model="tutorial", image_size=(32, 40), batch_size=16, rotation=10, \
zoom=0.2, shift=0.1, flip="both", dropout=0.2, learning_rate=0.002, epochs=1)
accuracy_run = classeur.evaluate(run).accuracy
print(f"{accuracy_run.value:.1%} (95 %: {accuracy_run.low:.1%} … {accuracy_run.high:.1%})")
"""


def recast_text(text: str) -> tuple[str | None, list[tuple[int, str]]]:
    migration = recast(source_of_cells(Path("a.py"), [(None, text)]))
    return migration.texts.get(None), [(left.line, left.reason) for left in migration.left]


def test_every_option_is_mapped() -> None:
    assert recast_text(SCRIPT) == (EXPECTED, [])


def test_the_tutorial_is_two_runs_on_one_folder(shared: Path) -> None:
    text = (shared / "seed" / "tutorial.ko.md").read_text(encoding="utf-8")
    cells = []
    for block in text.split("```")[1::2]:
        code = block.partition("\n")[2]
        try:
            compile(code, "cell", "exec")
        except SyntaxError:
            continue
        cells.append(code)
    new, left = recast_text("\n".join(cells))
    assert left == []
    assert new
    assert 'data = classeur.fetch("cats-and-dogs").folder\n' in new
    first, second = (line for line in new.splitlines() if ".train(" in line)
    assert first == (
        'run1 = classeur.train(data, out="runs/run1", model="tutorial", image_size=(150, 150), batch_size=128,'
        " epochs=15)"
    )
    assert 'rotation=45, zoom=0.5, shift=0.15, flip="horizontal", dropout=0.2, epochs=15)' in second
    assert recast_text(new)[0] is None


@pytest.mark.parametrize(
    ("old", "new", "line", "word"),
    [
        ("rotation_range=10", "shear_range=0.2", 9, "shear_range"),
        ("rotation_range=10", "brightness_range=(0.5, 1)", 9, "brightness_range"),
        ("rotation_range=10", "samplewise_center=True", 9, "samplewise_center"),
        ("rescale=1.0 / 255, ", "preprocessing_function=mine, ", 9, "preprocessing_function"),
        ("width_shift_range=0.1", "width_shift_range=0.2", 9, "width_shift_range"),
        ("rotation_range=10", "rotation_range=degrees", 9, "the value of rotation_range is not known"),
        ("Conv2D(64", "Conv2D(128", 15, "not the tutorial's network"),
        ("Dense(512", "Dense(256", 15, "not the tutorial's network"),
        ("    Dropout(0.2),\n    Flatten", "    Flatten", 15, "dropout"),
        ("Adam(learning_rate=0.002)", "'sgd'", 28, "Adam only"),
        ("Adam(learning_rate=0.002)", "Adam(beta_1=0.5)", 28, "other arguments of Adam"),
        ("epochs=1,", "epochs=1, callbacks=[stop],", 29, "callbacks"),
        ("epochs=1,", "epochs=n,", 29, "the value of epochs is not known"),
        (", validation_data=val_gen", "", 29, "training and validation"),
        ('root = "animals"', "root = input()", 11, "not known before"),
        ('"train")', '"learn")', 11, "side by side"),
        ('class_mode="binary")\nval', 'class_mode="binary", color_mode="grayscale")\nval', 11, "color_mode"),
        ("model.fit(", "model.fit(train_gen, epochs=1, validation_data=val_gen)\nmodel.fit(", 30, "trained further"),
        ("size = (32, 40)", "size = read()", 11, "target_size"),
        ("ImageDataGenerator(rescale=1.0 / 255).", "image_gen.", 9, "augmented"),
    ],
)
def test_what_has_no_option_is_named_and_nothing_changes(old: str, new: str, line: int, word: str) -> None:
    assert old in SCRIPT
    text, left = recast_text(SCRIPT.replace(old, new))
    assert text is None
    assert left
    assert left[0][0] == line
    assert word in left[0][1]


@pytest.mark.keras
def test_the_new_script_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    paint_folder(tmp_path / "animals", num_train=20, num_validation=10, image_size=(32, 32))
    path = tmp_path / "old.py"
    path.write_text(SCRIPT, encoding="utf-8")
    (done,) = migrate([path], to="classeur", write=True)
    assert done.backup
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), {"__name__": "__main__"})
    assert "(95 %:" in capsys.readouterr().out
    assert (tmp_path / "runs" / "run" / "model.keras").is_file()
