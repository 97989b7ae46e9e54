"""The input engine beside its peers, each round in turn in one process: images a second, ratios, spread.

What is claimed stands in CLAIMS; whatever of it the run does not bear out ends it with an error. The numbers:
docs/results.md, "The input engine".

Run: python benchmarks/engine.py [--rounds 5] [--only warm cold fed]   (10 minutes on two processors)
"""

import argparse
import io
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import cv2
import numpy as np
from claims import Claim, hold

from classeur.data.archive import unpack
from classeur.data.facts import content_hash
from classeur.data.scan import scan
from classeur.environment import installed_versions, machine
from classeur.images.decoding import decode
from classeur.images.pixels import PixelStore
from classeur.images.resampling import compile_kernels
from classeur.images.resizing import resize
from classeur.images.scratch import Scratch
from classeur.models.assembly import build_network
from classeur.models.engine import load_keras
from classeur.pipeline.augmentation import PRESETS, draw
from classeur.pipeline.augmenters import Images, augmenter
from classeur.pipeline.batches import Batch, Batches
from classeur.pipeline.sampling import Sampler
from classeur.threads import num_processors
from classeur.training.recipe import Optimisation
from classeur.training.steps import make_steps

SHARED = Path(os.environ.get("CLASSEUR_SHARED", "../shared"))
SIZE, BATCH_SIZE = (150, 150), 128

BARE_WARP = "bare two-thread cv2.warpAffine loop"
GENERATOR = "ImageDataGenerator"
LAYERS = "Keras layers on image_dataset_from_directory().cache()"
BARE_PASS = "bare two-thread loop of the same decoding, hash and resizing"
PILLOW = "the same loop with Pillow"
COLD_GENERATOR = "ImageDataGenerator (nearest, no augmentation)"
DATASET = "image_dataset_from_directory (bilinear, not antialiased)"
FIXED = "the same training on one array in memory"

# A first, cold pass is no faster than Keras' newer reader, which decodes less exactly and does not antialias.
CLAIMS = [
    Claim("classeur", 15, GENERATOR),
    Claim("classeur", 10, LAYERS),
    Claim("classeur", 0.8, BARE_WARP),
    Claim("classeur", 1.1, COLD_GENERATOR),
    Claim("classeur", 1.1, PILLOW),
    Claim("classeur", 0.75, BARE_PASS),
    Claim("classeur", 0.45, DATASET),
    Claim("classeur", 0.95, FIXED),
]

Rates = dict[str, list[float]]


def interleaved(contenders: dict[str, tuple[Callable[[], int], int]], rounds: int) -> Rates:
    """Run each contender in turn, `repeats` times a round; return images a second for each round."""
    rates: Rates = {name: [] for name in contenders}
    for name, (work, _) in contenders.items():  # once unmeasured: compilation, page cache
        print(f"  warming up {name}", file=sys.stderr, flush=True)
        work()
    for number in range(rounds):
        for name, (work, repeats) in contenders.items():
            began = time.perf_counter()
            count = sum(work() for _ in range(repeats))
            rates[name].append(count / (time.perf_counter() - began))
        print(f"  round {number + 1} of {rounds}", file=sys.stderr, flush=True)
    return rates


def report(title: str, rates: Rates, *, ours: str = "classeur") -> None:
    print(f"\n### {title}\n\n| | images/s, median (min … max) | {ours} is, times |\n|---|---|---|")
    for name, values in rates.items():
        ratios = [mine / theirs for mine, theirs in zip(rates[ours], values, strict=True)]
        spread = f"{statistics.median(values):,.0f} ({min(values):,.0f} … {max(values):,.0f})"
        ratio = "" if name == ours else f"{statistics.median(ratios):.2f} ({min(ratios):.2f} … {max(ratios):.2f})"
        print(f"| {name} | {spread} | {ratio} |")
    sys.stdout.flush()


def augmented_batches(images: Images) -> Batches:
    """Return batches as a training with all of the tutorial's augmentation has them."""
    return Batches(Sampler(len(images.pixels), BATCH_SIZE, seed=0), augmenter(images, PRESETS["all"]))


def warm(folder: Path, rounds: int) -> Rates:
    """All of the tutorial's augmentation, 150², pixels decoded before where the contender can."""
    keras = load_keras()
    import tensorflow as tf

    cache = Path(tempfile.mkdtemp())
    store = PixelStore(cache, image_size=SIZE, fit="squash")
    found = scan(folder / "train", store, cache=cache)
    pixels = store.select(found.hashes)
    num_images = len(pixels)
    batches = augmented_batches(Images(pixels, found.labels))
    epochs = iter(range(10**6))

    def classeur() -> int:
        return sum(len(batch.labels) for batch in batches.epoch(next(epochs)))

    array = pixels.gather(range(num_images))
    out = np.empty_like(array)
    matrices = draw(PRESETS["all"], 0, 0, np.arange(num_images), image_size=SIZE).matrices
    pool = ThreadPoolExecutor(num_processors())

    def bare_part(part: range) -> None:
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        for row in part:
            cv2.warpAffine(array[row], matrices[row], SIZE[::-1], dst=out[row], flags=flags, borderMode=1)

    def bare() -> int:
        cv2.setNumThreads(1)
        list(pool.map(bare_part, [range(start, num_images, num_processors()) for start in range(num_processors())]))
        return num_images

    generator = tf.keras.preprocessing.image.ImageDataGenerator(
        rescale=1 / 255, rotation_range=45, width_shift_range=0.15, height_shift_range=0.15, horizontal_flip=True,
        zoom_range=0.5,
    ).flow_from_directory(folder / "train", target_size=SIZE, batch_size=BATCH_SIZE, class_mode="binary")  # fmt: skip

    def image_data_generator() -> int:
        return sum(len(next(generator)[1]) for _ in range(3))

    layers = keras.Sequential([
        keras.layers.RandomFlip("horizontal"), keras.layers.RandomRotation(45 / 360, fill_mode="nearest"),
        keras.layers.RandomTranslation(0.15, 0.15, fill_mode="nearest"),
        keras.layers.RandomZoom(0.5, 0.5, fill_mode="nearest"),
    ])  # fmt: skip
    cached = keras.utils.image_dataset_from_directory(
        folder / "train", image_size=SIZE, batch_size=BATCH_SIZE, verbose=False
    ).cache()
    augmented = cached.map(lambda x, y: (layers(x, training=True), y), tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)

    def keras_layers() -> int:
        return sum(int(y.shape[0]) for _, y in augmented)

    rates = interleaved(
        {
            "classeur": (classeur, 3),
            BARE_WARP: (bare, 3),
            GENERATOR: (image_data_generator, 1),
            LAYERS: (keras_layers, 1),
        },
        rounds,
    )
    report("All of the tutorial's augmentation, 150×150, warm", rates)
    return rates


def cold(folder: Path, rounds: int) -> Rates:
    """From files to pixels, everything that training needs of them; files are in the page cache for all."""
    keras = load_keras()
    import tensorflow as tf
    from PIL import Image

    data = folder / "train"
    paths = sorted(data.rglob("*.jpg"))
    compile_kernels()

    def classeur() -> int:
        with tempfile.TemporaryDirectory() as temporary:
            cache = Path(temporary)
            return len(scan(data, PixelStore(cache, image_size=SIZE, fit="squash"), cache=cache).paths)

    scratch, pool = Scratch(), ThreadPoolExecutor(num_processors())
    out = np.empty((len(paths), *SIZE, 3), np.uint8)

    def bare_loop(work: Callable[[bytes], np.ndarray | None]) -> Callable[[], int]:
        def part(start: int) -> None:
            for row in range(start, len(paths), num_processors()):
                pixels = work(paths[row].read_bytes())
                if pixels is not None:
                    out[row] = pixels

        def loop() -> int:
            cv2.setNumThreads(1)
            list(pool.map(part, range(num_processors())))
            return len(paths)

        return loop

    def same(data: bytes) -> np.ndarray:
        content_hash(data)
        return resize(decode(data, scratch=scratch).pixels, SIZE)

    def pillow(data: bytes) -> np.ndarray:
        content_hash(data)
        image = Image.open(io.BytesIO(data)).convert("RGB")
        across = image.resize((SIZE[1], image.height), Image.Resampling.BILINEAR)
        return np.asarray(across.resize(SIZE[::-1], Image.Resampling.BILINEAR))

    def decoding_alone(data: bytes) -> None:
        decode(data, scratch=scratch)

    def half_scale(data: bytes) -> np.ndarray:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_REDUCED_COLOR_2)
        return cv2.resize(picture, SIZE[::-1])

    def image_data_generator() -> int:
        generator = tf.keras.preprocessing.image.ImageDataGenerator(rescale=1 / 255).flow_from_directory(
            data, target_size=SIZE, batch_size=BATCH_SIZE, class_mode="binary"
        )
        return sum(len(generator[number][1]) for number in range(len(generator)))

    def dataset() -> int:
        made = keras.utils.image_dataset_from_directory(data, image_size=SIZE, batch_size=BATCH_SIZE, verbose=False)
        return sum(int(y.shape[0]) for _, y in made)

    rates = interleaved(
        {
            "classeur": (classeur, 1),
            BARE_PASS: (bare_loop(same), 1),
            PILLOW: (bare_loop(pillow), 1),
            "decoding alone, two threads": (bare_loop(decoding_alone), 1),
            "OpenCV at half scale, two threads (not the same pixels)": (bare_loop(half_scale), 1),
            COLD_GENERATOR: (image_data_generator, 1),
            DATASET: (dataset, 1),
        },
        rounds,
    )
    report("Cold: decode, hash, resize with antialiasing to 150×150, and keep on disk", rates)
    return rates


def fed(folder: Path, rounds: int) -> Rates:
    """The tutorial's second network, trained from the engine, and on the same pictures in one array."""
    cache = Path(tempfile.mkdtemp())
    store = PixelStore(cache, image_size=SIZE, fit="squash")
    found = scan(folder / "train", store, cache=cache)
    pixels = store.select(found.hashes)
    batches_per_epoch = Sampler(len(pixels), BATCH_SIZE).num_batches
    steps = make_steps(
        build_network("tutorial", SIZE, 2, dropout=0.2), Optimisation(), steps_per_epoch=batches_per_epoch
    )
    batches = augmented_batches(Images(pixels, found.labels))
    array = pixels.gather(range(len(pixels)))
    starts = range(0, len(array), BATCH_SIZE)
    fixed = [Batch(array[start : start + BATCH_SIZE], found.labels[start : start + BATCH_SIZE]) for start in starts]
    epochs = iter(range(10**6))

    def trained(made: Iterable[Batch]) -> int:
        count = 0
        for batch in made:
            steps.train(batch).read()
            count += len(batch.labels)
        return count

    rates = interleaved(
        {
            "classeur": (lambda: trained(batches.epoch(next(epochs))), 1),
            FIXED: (lambda: trained(fixed), 1),
        },
        rounds,
    )
    report("Training with all augmentation, against the same training on one fixed array in memory", rates)
    return rates


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=["warm", "cold", "fed"], default=["warm", "cold", "fed"])
    options = parser.parse_args()
    archive = SHARED / "data" / "cats_and_dogs_filtered.zip"
    if not archive.exists():
        sys.exit(f"error: {archive} is missing; name its folder with CLASSEUR_SHARED")
    print(json.dumps({"machine": machine(), "versions": installed_versions()}))
    with tempfile.TemporaryDirectory() as temporary:
        folder = unpack(archive, Path(temporary) / "data", without_top=True)
        parts = {"warm": warm, "cold": cold, "fed": fed}
        measured = [parts[name](folder, options.rounds) for name in options.only]
    hold(CLAIMS, *measured)


if __name__ == "__main__":
    main()
