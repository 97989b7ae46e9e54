"""classeur's `ImageDataGenerator` takes a fifteenth of the processor time of Keras' own, and uses all processors.

In a first pass with augmentation it is a third. Not with splines above order 1, ZCA, arrays in memory that are only
rescaled, and a first pass that only rescales: both do the same work there. Every mode is measured, these too.

The tutorial's photographs at 150 × 150 if a mode does not say otherwise, batches of 128, by index: no time is hidden
behind anything. Both are measured in turn in one process, ours first in every second round, one mode after the other in
each round; first passes over the 2,000 that the tutorial trains on, in a process of their own a round, the files in
the system's cache for both, and a cache of classeur's that has nothing but compiled functions; then again in the next
process, which finds what the first has kept; and with an empty cache, as on a machine's first day. A row has the
milliseconds of an image (median over the rounds), how many times as fast ours is by the clock (median of the rounds'
ratios, lowest, highest), and how many times less processor time it takes.

Run with: python benchmarks/keras_image.py ZIP [--rounds 5] [--images 256] [--modes tutorial wrap …] (5 minutes; on a
machine that does nothing else), where ZIP is cats_and_dogs_filtered.zip.
"""

import argparse
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

TUTORIAL = {
    "rescale": 1.0 / 255,
    "rotation_range": 45,
    "width_shift_range": 0.15,
    "height_shift_range": 0.15,
    "horizontal_flip": True,
    "zoom_range": 0.5,
}
RESCALED = {"rescale": 1.0 / 255}
BATCH_SIZE = 128
OUR_SECONDS = 0.2  # a round at least: one pass of ours is short


class Mode(NamedTuple):
    """What a generator does, and to what."""

    arguments: dict[str, Any]
    flow: dict[str, Any] = {}  # noqa: RUF012 (a named tuple's default is never written to)
    is_fitted: bool = False
    of_arrays: bool = False


def negative(picture: np.ndarray) -> np.ndarray:
    return 255.0 - picture


MODES = {
    "tutorial": Mode(TUTORIAL),
    "tutorial, reflect": Mode({**TUTORIAL, "fill_mode": "reflect"}),
    "tutorial, constant": Mode({**TUTORIAL, "fill_mode": "constant"}),
    "tutorial, wrap": Mode({**TUTORIAL, "fill_mode": "wrap"}),
    "tutorial, 224": Mode(TUTORIAL, {"target_size": (224, 224)}),
    "tutorial, grey": Mode(TUTORIAL, {"color_mode": "grayscale"}),
    "tutorial, rgba": Mode(TUTORIAL, {"color_mode": "rgba"}),
    "tutorial, channels first": Mode({**TUTORIAL, "data_format": "channels_first"}),
    "tutorial, float64": Mode({**TUTORIAL, "dtype": "float64"}),
    "tutorial, order 0": Mode({**TUTORIAL, "interpolation_order": 0}),
    "tutorial, order 3": Mode({**TUTORIAL, "interpolation_order": 3}),
    "tutorial, a function": Mode({**TUTORIAL, "preprocessing_function": negative}),
    "nothing": Mode({}),
    "rescale": Mode(RESCALED),
    "rescale, 224": Mode(RESCALED, {"target_size": (224, 224)}),
    "flips": Mode({**RESCALED, "horizontal_flip": True, "vertical_flip": True}),
    "rotation": Mode({**RESCALED, "rotation_range": 45}),
    "shift": Mode({**RESCALED, "width_shift_range": 0.15, "height_shift_range": 0.15}),
    "shift in pixels": Mode({**RESCALED, "width_shift_range": 20, "height_shift_range": [-10, 5]}),
    "zoom": Mode({**RESCALED, "zoom_range": 0.5}),
    "shear": Mode({**RESCALED, "shear_range": 20}),
    "shear, constant": Mode({**RESCALED, "shear_range": 20, "fill_mode": "constant"}),
    "shear, wrap": Mode({**RESCALED, "shear_range": 20, "fill_mode": "wrap"}),
    "brightness": Mode({**RESCALED, "brightness_range": (0.5, 1.5)}),
    "channel shift": Mode({**RESCALED, "channel_shift_range": 50.0}),
    "all of these": Mode(
        {**TUTORIAL, "shear_range": 20, "brightness_range": (0.5, 1.5), "channel_shift_range": 50.0},
    ),
    "samplewise": Mode({**RESCALED, "samplewise_center": True, "samplewise_std_normalization": True}),
    "featurewise": Mode(
        {**RESCALED, "featurewise_center": True, "featurewise_std_normalization": True}, is_fitted=True
    ),
    "ZCA, 32": Mode(
        {**RESCALED, "featurewise_center": True, "zca_whitening": True}, {"target_size": (32, 32)}, is_fitted=True
    ),
    "a function": Mode({**RESCALED, "preprocessing_function": negative}),
    "arrays, tutorial": Mode(TUTORIAL, of_arrays=True),
    "arrays, rescale": Mode(RESCALED, of_arrays=True),
}
FIRST_PASSES = ("tutorial", "rescale")


class Measured(NamedTuple):
    """Seconds of an image."""

    clock: float
    processor: float


Round = dict[str, Measured]  # of "keras" and "classeur"


def unpack_some(archive: Path, folder: Path, num_images: int) -> None:
    """Write an equal share of each class's training photographs."""
    with zipfile.ZipFile(archive) as file:
        for name in ("cats", "dogs"):
            names = [each for each in file.namelist() if f"/train/{name}/" in each and each.endswith(".jpg")]
            for each in names[: num_images // 2]:
                target = folder / name / Path(each).name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(file.read(each))


def arrays_of(folder: Path, size: tuple[int, int]) -> np.ndarray:
    from PIL import Image

    paths = sorted(folder.rglob("*.jpg"))
    return np.stack([np.asarray(Image.open(path).convert("RGB").resize(size), np.float32) for path in paths])


def iterator_of(kind: Any, mode: Mode, folder: Path) -> Any:
    size = mode.flow.get("target_size", (150, 150))
    generator = kind(**mode.arguments)
    if mode.is_fitted:
        generator.fit(arrays_of(folder, size)[:64])
    if mode.of_arrays:
        x = arrays_of(folder, size)
        return generator.flow(x, np.zeros(len(x)), batch_size=BATCH_SIZE, seed=7)
    flow = {"target_size": size, "batch_size": BATCH_SIZE, "class_mode": "binary", "seed": 7, **mode.flow}
    return generator.flow_from_directory(folder, **flow)


def measure(iterator: Any, *, num_passes: int = 1) -> Measured:
    clock, processor, num_images = time.perf_counter(), time.process_time(), 0
    for _ in range(num_passes):
        for index in range(len(iterator)):
            num_images += len(iterator[index][0])
    return Measured((time.perf_counter() - clock) / num_images, (time.process_time() - processor) / num_images)


def kinds() -> dict[str, Any]:
    from classeur.models.engine import load_keras

    load_keras()
    import tensorflow as tf

    from classeur.keras_image import ImageDataGenerator

    return {"keras": tf.keras.preprocessing.image.ImageDataGenerator, "classeur": ImageDataGenerator}


def measure_once(folder: Path, name: str, order: list[str]) -> Round:
    """Measure one pass of each that is named in `order`, in this process."""
    found = kinds()
    for path in folder.rglob("*.jpg"):
        path.read_bytes()
    return {each: measure(iterator_of(found[each], MODES[name], folder)) for each in order}


def first_passes(name: str, folder: Path, number: int, kernels: Path) -> tuple[Round, Round, Round]:
    """Measure a first pass over the files, one in the next process, and one on a machine that has compiled nothing.

    Each is in a process of its own.

    Args:
        name: of the mode.
        folder: of the photographs.
        number: of the round.
        kernels: what another process has compiled.
    """
    order = ["keras", "classeur"][:: 1 if number % 2 else -1]
    with tempfile.TemporaryDirectory() as new, tempfile.TemporaryDirectory() as used:
        shutil.copytree(kernels, Path(used, "kernels"))

        def run(cache: str, *names: str) -> Round:
            command = [sys.executable, __file__, str(folder), "--once", name, *names]
            environment = {**os.environ, "CLASSEUR_CACHE": cache}
            done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
            return {key: Measured(*value) for key, value in json.loads(done.stdout.splitlines()[-1]).items()}

        first = run(used, *order)
        return first, {**first, **run(used, "classeur")}, {**first, **run(new, "classeur")}


def compiled(cache: Path) -> Path:
    """Return the folder of what a process has compiled."""
    from classeur.keras_image.spline_kernel import WARP

    WARP.compile()
    return cache / "kernels"


def later_passes(names: list[str], folder: Path, rounds: int) -> dict[str, list[Round]]:
    found = kinds()
    measured: dict[str, list[Round]] = {name: [] for name in names}
    iterators: dict[str, dict[str, Any]] = {}
    num_passes: dict[str, int] = {}
    for name in names:
        iterators[name] = {each: iterator_of(kind, MODES[name], folder) for each, kind in found.items()}
        measure(iterators[name]["classeur"])  # decodes
        pass_seconds = measure(iterators[name]["classeur"]).clock * iterators[name]["classeur"].n
        num_passes[name] = max(1, round(OUR_SECONDS / pass_seconds))
    for number in range(rounds):
        for name in names:
            order = ["keras", "classeur"][:: 1 if number % 2 else -1]
            passes = {"keras": 1, "classeur": num_passes[name]}
            measured[name].append({each: measure(iterators[name][each], num_passes=passes[each]) for each in order})
    return measured


def row(name: str, rounds: list[Round]) -> str:
    """Return a row of the table."""
    keras, ours = (statistics.median(each[kind].clock for each in rounds) for kind in ("keras", "classeur"))
    ratios = sorted(each["keras"].clock / each["classeur"].clock for each in rounds)
    processor = statistics.median(each["keras"].processor / each["classeur"].processor for each in rounds)
    times = f"{statistics.median(ratios):.1f} ({ratios[0]:.1f} … {ratios[-1]:.1f})"
    return f"| {name} | {1e3 * keras:.2f} | {1e3 * ours:.3f} | {times} | {processor:.1f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("zip", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--images", type=int, default=256)
    parser.add_argument("--modes", nargs="+", metavar="MODE", choices=[*MODES, "first pass"])
    parser.add_argument("--once", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    warnings.filterwarnings("ignore", message=".*scipy.ndimage.*", category=DeprecationWarning)
    if options.once:
        name, *order = options.once
        print(json.dumps(measure_once(options.zip, name, order)), file=sys.__stdout__)
        return
    names = options.modes or [*MODES, "first pass"]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary, "photographs")
        os.environ["CLASSEUR_CACHE"] = str(Path(temporary, "cache"))
        unpack_some(options.zip, folder, options.images)
        unpack_some(options.zip, Path(temporary, "more"), 8 * options.images)
        table: dict[str, list[Round]] = {}
        for name in FIRST_PASSES if "first pass" in names else ():
            kernels = compiled(Path(temporary, "cache"))
            rounds = [first_passes(name, Path(temporary, "more"), each, kernels) for each in range(options.rounds)]
            for what, measured in zip(
                ("", " of the next process", " of a machine"), zip(*rounds, strict=True), strict=True
            ):
                table[f"first pass{what}, {name}"] = list(measured)
        later = [name for name in names if name in MODES]
        if later:
            with contextlib.redirect_stdout(sys.stderr):  # both say how many images they have found
                table.update(later_passes(later, folder, options.rounds))
    print("| | Keras, ms an image | classeur, ms an image | times as fast | in processor time |")
    print("|---|---|---|---|---|")
    for name, rounds in table.items():
        print(row(name, rounds))


if __name__ == "__main__":
    main()
