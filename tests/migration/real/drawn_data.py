"""The files that the scripts expect beside them: a few dozen small drawn pictures, in the folders of their time."""

import csv
import shutil
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

SIZE = 48, 40  # width, height


def draw(kind: int, seed: int, *, mode: str = "RGB") -> Image.Image:
    """Return a picture of one of five kinds: a shape of its own colour on noise."""
    random = np.random.default_rng([kind, seed])
    noise = random.integers(0, 120, (SIZE[1], SIZE[0], 3), dtype=np.uint8)
    picture = Image.fromarray(noise)
    pen = ImageDraw.Draw(picture)
    left, top = random.integers(2, 16, 2)
    box = (int(left), int(top), int(left) + 22, int(top) + 18)
    colour = ((240, 160, 60), (70, 120, 250), (80, 220, 110), (230, 70, 200), (240, 240, 240))[kind]
    (pen.rectangle, pen.ellipse)[kind % 2](box, fill=colour)
    return picture.convert(mode)


def _save(picture: Image.Image, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path)


def write_data(folder: Path) -> None:
    """Write every data set that a script reads into a folder."""
    for split, count in (("train", 8), ("validation", 4), ("test", 3)):
        for kind, name in enumerate(("cats", "dogs")):
            for number in range(count):
                start = {"train": 0, "validation": 100, "test": 200}[split]
                _save(draw(kind, start + number), folder / "data" / split / name / f"{name[:-1]}.{start + number}.jpg")
    rows = []
    for kind, name in enumerate(("daisy", "rose", "tulip"), 2):
        for number in range(5):
            _save(draw(kind, number), folder / "flowers" / name / f"{name}_{number}.png")
            rows.append((f"{name}/{name}_{number}.png", name, int(number % 2 == 0), round(0.1 * number + kind, 2)))
    with open(folder / "flowers.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("filename", "label", "sunny", "height"), *rows])
    for kind, name in enumerate(("cat", "dog")):
        for number in range(6):
            _save(draw(kind, number), folder / "kaggle" / "train" / f"{name}.{number}.jpg")
    for number in range(4):
        _save(draw(number % 2, 300 + number), folder / "kaggle" / "test" / f"{number + 1}.jpg")
    for number in range(6):
        picture = draw(1, 400 + number)
        blue = np.asarray(picture)[:, :, 2] > 200
        _save(picture.convert("L"), folder / "cells" / "images" / "all" / f"{number}.png")
        _save(Image.fromarray((blue * 255).astype(np.uint8)), folder / "cells" / "masks" / "all" / f"{number}.png")
    small = [draw(number % 5, 500 + number, mode="L").resize((28, 28)) for number in range(30)]
    x, y = np.stack([np.asarray(each) for each in small]), np.arange(30) % 5
    np.savez(folder / "digits.npz", x_train=x[:20], y_train=y[:20], x_test=x[20:], y_test=y[20:])
    shutil.copy(folder / "data" / "test" / "dogs" / "dog.200.jpg", folder / "dog.jpg")
    with zipfile.ZipFile(folder / "cats_and_dogs.zip", "w") as archive:
        for path in sorted((folder / "data").rglob("*.jpg")):
            archive.write(path, Path("cats_and_dogs") / path.relative_to(folder / "data"))
