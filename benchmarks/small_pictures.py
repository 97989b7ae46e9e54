"""Near-duplicates between test and training among pictures of 32×32, as `inspect` finds them.

Claim (numbers: docs/results.md, "Near-duplicates"): of the planted at least 80 % are found, and at most 3 % of the test
images are named wrongly.

Run: python benchmarks/small_pictures.py --cifar10 FOLDER --cifair CSV
     python benchmarks/small_pictures.py PHOTOGRAPHS … [--count 300] [--sheet pairs.png]
     python benchmarks/small_pictures.py PHOTOGRAPHS … --like-cifar10 FOLDER

FOLDER is CIFAR-10's binary version (data_batch_1.bin … data_batch_5.bin, test_batch.bin), CSV the list of its
near-duplicates by Barz and Denzler, J. Imaging 6 (2020) 41: meta/duplicates_cifar10.csv of github.com/cvjena/cifair.
Its judgement 0 is an exact duplicate, 1 one camera shot, 2 very similar.

PHOTOGRAPHS are folders. The middle nine tenths of each photograph, shrunk to 32×32 by area, are for training; of some
by chance each kind of what that list's near-duplicates show is done to the photograph, which is then shrunk, as test;
and as many photographs that are not in training are test too. A test image is named rightly if its own photograph is,
all other pairs are listed and drawn on a sheet, for a person to judge.

--like-cifar10 writes files as those of CIFAR-10, and list.csv, for the first form: 50,000 training images, the middles
and eight parts of each photograph; as test 250 such middles after all kinds of changes, which are listed, and 9,750
parts of other photographs.
"""

import argparse
import csv
import io
import itertools
import json
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance

from classeur.data.folder import ImageFolder
from classeur.data.kept_pairs import known_near_duplicates
from classeur.data.scan import scan
from classeur.environment import installed_versions, machine
from classeur.images.pixels import PixelStore

SIDE = 32
CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
TRAINING = tuple(f"data_batch_{number}.bin" for number in range(1, 6))
TEST = "test_batch.bin"

# Part of each axis of a photograph that is for training.
INNER = 0.9


def read_records(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return labels, uint8 (n,), and images, uint8 (n, 32, 32, 3), of a file of CIFAR-10's binary version.

    Each record is a byte of label and 1,024 of red, green and blue, row by row
    (https://www.cs.toronto.edu/~kriz/cifar.html).
    """
    size, length = path.stat().st_size, 1 + 3 * SIDE * SIDE
    if not size or size % length:
        raise SystemExit(f"{path} has {size:,} bytes; expected records of {length:,}: give CIFAR-10's binary version")
    records = np.fromfile(path, np.uint8).reshape(-1, length)
    if records[:, 0].max() >= len(CLASSES):
        raise SystemExit(f"{path} has the label {records[:, 0].max()}; expected 0 … {len(CLASSES) - 1}")
    return records[:, 0], records[:, 1:].reshape(-1, 3, SIDE, SIDE).transpose(0, 2, 3, 1)


def write_cifar(batches: Path, folder: Path) -> Counter[str]:
    """Write the images as PNG: train/CLASS/NUMBER.png and test/CLASS/NUMBER.png; return how many of each."""
    counts: Counter[str] = Counter()
    for split, names in (("train", TRAINING), ("test", (TEST,))):
        for name in names:
            for label, image in zip(*read_records(batches / name), strict=True):
                path = folder / split / CLASSES[label] / f"{counts[split]:05}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(image).save(path, compress_level=1)
                counts[split] += 1
    return counts


def read_judgements(path: Path, counts: Counter[str]) -> dict[tuple[int, int], int]:
    """Return {(test image, training image): judgement}."""
    with path.open(encoding="utf-8", newline="") as file:
        found = {(int(row["TestID"]), int(row["TrainID"])): int(row["Judgment"]) for row in csv.DictReader(file)}
    for test, trained in found:
        if not (0 <= test < counts["test"] and 0 <= trained < counts["train"]):
            raise SystemExit(
                f"{path} names test image {test} and training image {trained}; there are {counts['test']:,} and"
                f" {counts['train']:,}"
            )
    return found


def named_in(folder: Path, cache: Path) -> tuple[ImageFolder, dict[int, list[int]], dict[str, float]]:
    """Return a scanned folder, {row of a test image: rows of its pictures in training}, and the seconds.

    Pictures are scanned at their own size and compared at that of `inspect`, so that no more is enlarged than compared.
    """
    began = time.perf_counter()
    scanned = scan(folder, PixelStore(cache, image_size=(SIDE, SIDE), fit="squash"), cache=cache)
    seen = time.perf_counter()
    pairs = known_near_duplicates(scanned, cache=cache)
    ended = time.perf_counter()
    rows: dict[str, list[int]] = {}
    for row in np.flatnonzero(scanned.usable).tolist():
        rows.setdefault(scanned.hashes[row], []).append(row)
    equal = ((rows_of, rows_of) for rows_of in rows.values() if len(rows_of) > 1)
    alike = ((rows[scanned.hashes[pair.first]], rows[scanned.hashes[pair.second]]) for pair in pairs)
    found: dict[int, set[int]] = {}
    for ends in itertools.chain(equal, alike):
        for some, others in (ends, ends[::-1]):
            for row, other in itertools.product(some, others):
                if scanned.splits[row] == "test" and scanned.splits[other] == "train":
                    found.setdefault(row, set()).add(other)
    seconds = {"scan_seconds": round(seen - began, 2), "near_duplicates_seconds": round(ended - seen, 2)}
    return scanned, {row: sorted(others) for row, others in sorted(found.items())}, seconds


def judge_cifar(
    folder: ImageFolder, named: dict[int, list[int]], judgements: dict[tuple[int, int], int]
) -> dict[str, object]:
    """Return how many of the listed test images are named, and how many others."""
    numbers = [int(Path(path).stem) for path in folder.paths]
    pairs = {(numbers[row], numbers[other]) for row, others in named.items() for other in others}
    images = {numbers[row] for row in named}
    listed = {
        words: {test for (test, _), judgement in judgements.items() if judgement in kinds}
        for words, kinds in (("judgement 0 or 1", (0, 1)), ("judgement 2", (2,)))
    }
    classes = {
        (split, number): label
        for split, number, label in zip(folder.splits, numbers, folder.labels.tolist(), strict=True)
    }
    of_one_class = sum(classes["test", test] == classes["train", trained] for test, trained in judgements)
    return {
        # Files in another order than the list's would show here.
        "listed_pairs_of_one_class": f"{of_one_class} of {len(judgements)}",
        "listed_test_images_named": {
            words: f"{len(images & tests)} of {len(tests)}" for words, tests in listed.items()
        },
        "listed_pairs_found": {
            words: f"{sum(pair in pairs for pair in its)} of {len(its)}"
            for words, kinds in (("judgement 0 or 1", (0, 1)), ("judgement 2", (2,)))
            for its in [[pair for pair, judgement in judgements.items() if judgement in kinds]]
        },
        "other_test_images_named": len(others := images - set.union(*listed.values())),
        "strangers": [
            (folder.paths[row], folder.paths[trained[0]]) for row, trained in named.items() if numbers[row] in others
        ],
    }


def shrunk(image: Image.Image, box: tuple[float, float, float, float]) -> Image.Image:
    """Return a part of a photograph, in shares of its sides (left, top, right, bottom), at 32×32, by area."""
    width, height = image.size
    places = (box[0] * width, box[1] * height, box[2] * width, box[3] * height)
    return image.resize((SIDE, SIDE), Image.Resampling.BOX, places)


def window(draw: np.random.Generator, *, moved: float, scaled: float) -> tuple[float, float, float, float]:
    """Return a box of about nine tenths: its middle moved by a share of the sides, each side scaled by another."""
    sides = [INNER * (1 + draw.uniform(-scaled, scaled)) for _ in range(2)]
    lows = [
        float(np.clip((1 - side) / 2 + draw.uniform(-moved, moved), 0, 1 - side)) for side in np.minimum(sides, 1.0)
    ]
    return lows[0], lows[1], lows[0] + min(sides[0], 1), lows[1] + min(sides[1], 1)


MIDDLE = ((1 - INNER) / 2, (1 - INNER) / 2, (1 + INNER) / 2, (1 + INNER) / 2)


def compress(image: Image.Image, draw: np.random.Generator) -> Image.Image:
    """Return a photograph after JPEG of quality 40 … 85."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=int(draw.integers(40, 86)))
    return Image.open(buffer).convert("RGB")


def tint(image: Image.Image, draw: np.random.Generator) -> Image.Image:
    """Return a photograph with each colour lighter or darker by up to 12 %, contrast by 15 %, colourfulness by 30 %."""
    pixels = np.asarray(image, np.float32) * draw.uniform(0.88, 1.12, 3)
    image = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    image = ImageEnhance.Contrast(image).enhance(draw.uniform(0.85, 1.15))
    return ImageEnhance.Color(image).enhance(draw.uniform(0.7, 1.3))


def re_encoded(image: Image.Image, draw: np.random.Generator) -> Image.Image:
    return shrunk(compress(image, draw), MIDDLE)


def recoloured(image: Image.Image, draw: np.random.Generator) -> Image.Image:
    return shrunk(tint(image, draw), MIDDLE)


def translated(image: Image.Image, draw: np.random.Generator) -> Image.Image:
    """Up to 5 % of each side, 1.8 pixels of what is left."""
    return shrunk(image, window(draw, moved=0.05, scaled=0))


def scaled(image: Image.Image, draw: np.random.Generator) -> Image.Image:
    """Each side by itself by up to 8 %."""
    return shrunk(image, window(draw, moved=0, scaled=0.08))


def mirrored(image: Image.Image, _draw: np.random.Generator) -> Image.Image:
    return shrunk(image.transpose(Image.Transpose.FLIP_LEFT_RIGHT), MIDDLE)


def everything(image: Image.Image, draw: np.random.Generator) -> Image.Image:
    """Colours, JPEG, moved by up to 3 %, scaled by up to 5 %; every second one is mirrored."""
    image = shrunk(compress(tint(image, draw), draw), window(draw, moved=0.03, scaled=0.05))
    return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if draw.integers(2) else image


def write_records(path: Path, images: list[np.ndarray]) -> None:
    """Write images, uint8 (32, 32, 3), as a file of CIFAR-10's binary version, all of one class."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(bytes(1) + image.transpose(2, 0, 1).tobytes() for image in images))


def write_like_cifar(
    folders: list[Path], batches: Path, *, num_batch: int = 10_000, num_listed: int = 250, num_parts: int = 8
) -> None:
    """Write five files of training images and one of test images of photographs, and the list of their duplicates."""
    sources, draw = [path for _, path in sources_of(folders)], np.random.default_rng(1)
    images: dict[str, list[np.ndarray]] = {"train": [], "test": []}
    changed, listed = [], []
    for number, source in enumerate(sources[place] for place in draw.permutation(len(sources))):
        split = "test" if len(images["train"]) >= 5 * num_batch else "train"
        with Image.open(source) as opened:
            image = opened.convert("RGB")
        if split == "train":
            if number < num_listed:
                listed.append((number, len(images["train"])))
                changed.append(np.asarray(everything(image, draw)))
            images["train"].append(np.asarray(shrunk(image, MIDDLE)))
        for _ in range(num_parts):
            side = draw.uniform(0.35, 0.6)
            left, top = draw.uniform(0, 1 - side, 2)
            images[split].append(np.asarray(shrunk(image, (left, top, left + side, top + side))))
    test = changed + images["test"]
    if len(test) < num_batch:
        raise SystemExit(f"{len(sources):,} photographs are too few for {6 * num_batch:,} images")
    for batch, name in enumerate(TRAINING):
        write_records(batches / name, images["train"][batch * num_batch : (batch + 1) * num_batch])
    write_records(batches / TEST, test[:num_batch])
    rows = [f"{test_number},{number},0,1\n" for test_number, number in listed]
    (batches / "list.csv").write_text("".join(["TestID,TrainID,Distance,Judgment\n", *rows]), encoding="utf-8")


KINDS: dict[str, Callable[[Image.Image, np.random.Generator], Image.Image]] = {
    "re-encoded": re_encoded,
    "recoloured": recoloured,
    "translated": translated,
    "scaled": scaled,
    "mirrored": mirrored,
    "everything": everything,
}


def sources_of(folders: list[Path]) -> Iterator[tuple[str, Path]]:
    """Yield class and path of each photograph."""
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix.lower() in (".jpg", ".jpeg", ".png"):
                yield path.parent.name, path


def write_planted(folders: list[Path], folder: Path, count: int) -> dict[str, tuple[Path, str]]:
    """Write the training and test images; return {path: (photograph, kind)}."""
    sources, draw = list(sources_of(folders)), np.random.default_rng(0)
    order = draw.permutation(len(sources)).tolist()
    changed, apart = set(order[:count]), set(order[count : count * (1 + len(KINDS))])
    if len(apart) < count * len(KINDS):
        raise SystemExit(f"{len(sources)} photographs are too few for --count {count}")
    planted: dict[str, tuple[Path, str]] = {}

    def write(image: Image.Image, split: str, label: str, number: int, source: Path, kind: str) -> None:
        path = f"{split}/{label}/{number:05}-{kind}.png"
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        image.save(folder / path)
        planted[path] = (source, kind)

    for number, (label, source) in enumerate(sources):
        with Image.open(source) as opened:
            image = opened.convert("RGB")
        split, kind = ("test", "unrelated") if number in apart else ("train", "original")
        write(shrunk(image, MIDDLE), split, label, number, source, kind)
        if number in changed:
            for kind, change in KINDS.items():
                write(change(image, draw), "test", label, number, source, kind)
    return planted


def judge_planted(
    folder: ImageFolder, named: dict[int, list[int]], planted: dict[str, tuple[Path, str]]
) -> dict[str, object]:
    """Return the recall of each kind, and what else is named."""
    total = Counter(kind for path, (_, kind) in planted.items() if path.startswith("test/"))
    right: Counter[str] = Counter()
    wrong, pairs = set(), []
    for row, others in named.items():
        source, kind = planted[folder.paths[row]]
        sources = [planted[folder.paths[other]][0] for other in others]
        right[kind] += source in sources
        strangers = [folder.paths[other] for other in others if planted[folder.paths[other]][0] != source]
        pairs += [(folder.paths[row], other) for other in strangers]
        if strangers:
            wrong.add(row)
    return {
        "training_images": folder.splits.count("train"),
        "recall": {kind: f"{right[kind]} of {total[kind]} = {right[kind] / total[kind]:.3f}" for kind in KINDS},
        "unrelated": total["unrelated"],
        "test_images_with_a_stranger": len(wrong),
        "unrelated_named": sum(planted[folder.paths[row]][1] == "unrelated" for row in wrong),
        "strangers": pairs,
    }


def draw_sheet(folder: ImageFolder, pairs: list[tuple[str, str]], path: Path) -> None:
    """Draw pairs side by side, enlarged."""
    across, side = 8, 96
    sheet = Image.new("RGB", (across * (2 * side + 8), max(1, -(-len(pairs) // across)) * (side + 20)), "white")
    pen = ImageDraw.Draw(sheet)
    for number, pair in enumerate(pairs):
        left, top = number % across * (2 * side + 8), number // across * (side + 20)
        for place, name in enumerate(pair):
            with Image.open(Path(folder.root) / name) as image:
                sheet.paste(image.resize((side, side), Image.Resampling.BICUBIC), (left + place * side, top))
        pen.text((left, top + side + 2), " ".join(Path(name).stem for name in pair), fill="black")
    sheet.save(path)


def main() -> None:
    """Write the pictures, search, judge, and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("photographs", type=Path, nargs="*")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--sheet", type=Path)
    parser.add_argument("--like-cifar10", type=Path)
    parser.add_argument("--cifar10", type=Path)
    parser.add_argument("--cifair", type=Path)
    options = parser.parse_args()
    if (options.cifar10 is None) != (options.cifair is None) or (options.cifar10 is None) == (not options.photographs):
        parser.error("give --cifar10 FOLDER with --cifair CSV, or folders of photographs")
    if options.like_cifar10:
        write_like_cifar(options.photographs, options.like_cifar10)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder, cache = Path(temporary) / "data", Path(temporary) / "cache"
        if options.cifar10:
            judgements = read_judgements(options.cifair, write_cifar(options.cifar10, folder))
            scanned, named, seconds = named_in(folder, cache)
            result = judge_cifar(scanned, named, judgements)
        else:
            planted = write_planted(options.photographs, folder, options.count)
            scanned, named, seconds = named_in(folder, cache)
            result = judge_planted(scanned, named, planted)
        if options.sheet:
            draw_sheet(scanned, result["strangers"], options.sheet)  # type: ignore[arg-type]
    print(json.dumps({**machine(), **installed_versions(), **result, **seconds}, indent=1))


if __name__ == "__main__":
    main()
