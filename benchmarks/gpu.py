"""The tutorial's two trainings on a GPU, by JAX and without TensorFlow, on drawn animals: seconds, speed, bits.

Goal, not yet measured: 15 epochs of 2,000 images of 150×150 take at most 1 s after compilation, for each of the two.

Run on a machine with a CUDA GPU: pip install '.[train,cuda]', then
python benchmarks/gpu.py [--out gpu.json]   (at most 6 minutes; the JSON for the record, a table for docs/results.md)

Pixels lie on the device, pictures are augmented there, in the step. Beside that: pixels copied from the host for each
step, and pictures augmented by the host. The share of the peak compares a training's arithmetic, counted from the
network's shapes as in steps.py, with the product of two matrices in the same precision. The processor's own accuracies
come from the same trainings in a process without the GPU, as far as the time lasts.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

os.environ["KERAS_BACKEND"] = "jax"

import numpy as np

from classeur.data.synthetic import paint_animal
from classeur.environment import installed_versions, machine
from classeur.images.pixels import Pixels
from classeur.models.assembly import build_network
from classeur.models.device_pixels import DevicePixels
from classeur.pipeline.augmentation import PRESETS, Augmentation
from classeur.pipeline.augmenters import Images, as_kept, augmenter
from classeur.pipeline.batches import Batches
from classeur.pipeline.sampling import Sampler
from classeur.threads import map_in_threads
from classeur.training.recipe import Optimisation
from classeur.training.steps import Steps, make_steps

LIMIT_SECONDS = 360
TRAININGS = {"no augmentation": (PRESETS["none"], 0.0), "all augmentation, dropout 0.2": (PRESETS["all"], 0.2)}
Means = tuple[float, float]  # loss, accuracy


class Data(NamedTuple):
    """Drawn animals on the host."""

    training: Images
    validation: Images


class Trained(NamedTuple):
    """What a training took and brought."""

    compile_seconds: float
    seconds: float  # all epochs, each with its validation
    images_per_second: float  # trained on, over the same time
    val_loss: float
    val_accuracy: float
    weights: bytes


def draw_data(num_training: int, num_validation: int, side: int) -> Data:
    numbers = range(num_training + num_validation)
    drawn_side = max(side, 32)  # the smallest that is drawn
    pictures = np.empty((len(numbers), side, side, 3), np.uint8)

    def draw(number: int) -> None:
        picture = paint_animal("dog" if number % 2 else "cat", number, image_size=(drawn_side, drawn_side))
        pictures[number] = picture[:side, :side]

    for _ in map_in_threads(draw, numbers):
        pass

    def images(first: int, last: int) -> Images:
        places = np.stack([np.zeros(last - first, np.int64), np.arange(first, last)], axis=1)
        return Images(Pixels([pictures], places, (side, side)), np.arange(first, last) % 2)

    return Data(images(0, num_training), images(num_training, num_training + num_validation))


def operations(side: int) -> float:
    """Return the arithmetic of training on one image, as steps.py counts it."""
    places = [side, side // 2, side // 4]
    convolutions = [
        2 * place * place * 9 * source * target
        for place, (source, target) in zip(places, ((3, 16), (16, 32), (32, 64)), strict=True)
    ]
    return 3 * (sum(convolutions) + 2 * ((side // 8) ** 2 * 64 * 512 + 512)) - convolutions[0]


def peak(precision: str, size: int) -> float:
    """Return operations a second of the product of two square matrices."""
    import jax

    keys = jax.random.split(jax.random.key(0))
    one, other = (jax.random.normal(key, (size, size), dtype=precision) for key in keys)
    product = jax.jit(lambda one, other: one @ other)
    product(one, other).block_until_ready()
    began, count = time.perf_counter(), 20
    for _ in range(count):
        last = product(one, other)
    last.block_until_ready()
    return count * 2 * size**3 / (time.perf_counter() - began)


def compiled(steps: Steps, training: Batches, validation: Batches) -> None:
    """Run each shape of batch once, then put everything back as it was."""
    steps.settle()
    variables = [*steps.network.variables, *steps.optimizer.variables]
    before = [np.array(variable.value) for variable in variables]
    for batches, step in ((training, steps.train), (validation, steps.judge)):
        shapes = {len(batch.labels): batch for batch in batches.epoch(0)}
        for batch in shapes.values():
            step(batch).read()
    steps.settle()
    for variable, value in zip(variables, before, strict=True):
        variable.assign(value)
    steps.adopt()


def judged(steps: Steps, validation: Batches) -> Callable[[], Means]:
    """Begin to judge; return what waits for the device and tells loss and accuracy."""
    outcomes = [steps.judge(batch) for batch in validation.epoch(0)]

    def read() -> Means:
        found = [(*outcome.read(), outcome.num_images) for outcome in outcomes]
        count = sum(each for *_, each in found)
        return sum(loss * each for loss, _, each in found) / count, sum(right for _, right, _ in found) / count

    return read


def trained(data: Data, given: argparse.Namespace, name: str, *, precision: str, place: str) -> Trained:
    """Train as the tutorial does; `place` is device (pixels and all), copied (pixels from the host) or host."""
    augmentation, dropout = TRAININGS[name]
    training, validation = data
    if place == "device":
        training, validation = (Images(DevicePixels(images.pixels), images.labels) for images in data)
    size = data.training.pixels.image_size
    make = as_kept(training)
    if augmentation != Augmentation():
        make = augmenter(training, augmentation, on_device=place != "host")
    batches = Batches(Sampler(len(training.pixels), given.batch_size, seed=0), make)
    judging = Batches(Sampler(len(validation.pixels), given.batch_size), as_kept(validation))
    network = build_network("tutorial", size, 2, dropout=dropout, precision=precision)
    steps = make_steps(network, Optimisation(epochs=given.epochs), steps_per_epoch=len(batches))
    began = time.perf_counter()
    compiled(steps, batches, judging)
    compile_seconds, began = time.perf_counter() - began, time.perf_counter()
    for epoch in range(given.epochs):
        for batch in batches.epoch(epoch):
            steps.train(batch)
        read = judged(steps, judging)
    loss, accuracy = read()
    seconds = time.perf_counter() - began
    steps.settle()
    weights = b"".join(np.array(variable.value).tobytes() for variable in network.variables)
    rate = given.epochs * len(training.pixels) / seconds
    return Trained(compile_seconds, seconds, rate, loss, accuracy, weights)


def on_the_processor(given: argparse.Namespace, *, seconds: float) -> dict[str, Any] | None:
    """Return the same trainings' results without the GPU, or None where they take too long."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "cpu.json"
        sizes = ("train", "validation", "side", "epochs", "batch_size", "peak_size")
        options = [word for name in sizes for word in (f"--{name.replace('_', '-')}", str(getattr(given, name)))]
        command = [sys.executable, __file__, "--trainings-only", "--out", str(out), *options]
        environment = {**os.environ, "JAX_PLATFORMS": "cpu"}
        try:
            subprocess.run(command, check=True, timeout=max(seconds, 1), env=environment, stdout=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            return None
        trainings: dict[str, Any] = json.loads(out.read_text())["trainings"]
        return trainings


def measured(given: argparse.Namespace) -> dict[str, Any]:
    import jax

    began = time.monotonic()
    data = draw_data(given.train, given.validation, given.side)
    precisions = ("float32",) if given.trainings_only else ("float32", "bfloat16")
    found: dict[str, Any] = {
        "machine": machine(),
        "versions": installed_versions(),
        "devices": [str(device.device_kind) for device in jax.devices()],
        "backend": jax.default_backend(),
        "drawing_seconds": time.monotonic() - began,
        "matrix_peak": {precision: peak(precision, given.peak_size) for precision in precisions},
        "trainings": {},
        "places": {},
    }

    def show(name: str, result: Trained, precision: str) -> dict[str, float]:
        share = result.images_per_second * operations(given.side) / found["matrix_peak"][precision]
        print(f"  {name}: {result.seconds:.2f} s", file=sys.stderr, flush=True)
        return {**{key: value for key, value in result._asdict().items() if key != "weights"}, "share_of_peak": share}

    first: dict[tuple[str, str], bytes] = {}
    for name in TRAININGS:
        for precision in precisions:
            result = trained(data, given, name, precision=precision, place="device")
            first[name, precision] = result.weights
            found["trainings"][f"{name}, {precision}"] = show(f"{name}, {precision}", result, precision)
    if given.trainings_only:
        return found
    name = list(TRAININGS)[-1]
    for place in ("copied", "host"):
        result = trained(data, given, name, precision="float32", place=place)
        found["places"][place] = show(f"{name}, {place}", result, "float32")
        if place == "copied":
            found["copied_is_the_same_to_the_bit"] = result.weights == first[name, "float32"]
    again = trained(data, given, name, precision="float32", place="device")
    found["twice_is_the_same_to_the_bit"] = again.weights == first[name, "float32"]
    if found["backend"] != "cpu":
        found["processor"] = on_the_processor(given, seconds=LIMIT_SECONDS - (time.monotonic() - began))
    return found


def table(found: dict[str, Any]) -> str:
    processor = found.get("processor") or {}
    lines = [
        f"{', '.join(found['devices'])}; matrix peak "
        + ", ".join(f"{name} {value / 1e12:.3g} TFLOP/s" for name, value in found["matrix_peak"].items()),
        "",
        "| | seconds | compilation | images/s | share of the matrix peak | accuracy | the processor's |",
        "|---|---|---|---|---|---|---|",
    ]
    rows = {**found["trainings"], **{f"all, float32, {place}": row for place, row in found["places"].items()}}
    for name, row in rows.items():
        other = processor.get(name)
        lines.append(
            f"| {name} | {row['seconds']:.2f} | {row['compile_seconds']:.1f} | {row['images_per_second']:,.0f} |"
            f" {row['share_of_peak']:.1%} | {row['val_accuracy']:.1%} | {other['val_accuracy']:.1%} |"
            if other
            else f"| {name} | {row['seconds']:.2f} | {row['compile_seconds']:.1f} | {row['images_per_second']:,.0f} |"
            f" {row['share_of_peak']:.1%} | {row['val_accuracy']:.1%} | – |"
        )
    for name, words in (("twice", "The same training twice"), ("copied", "Pixels copied from the host")):
        same = found.get(f"{name}_is_the_same_to_the_bit")
        if same is not None:
            lines += ["", f"{words}: {'the same' if same else 'not the same'} to the bit."]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("gpu.json"))
    parser.add_argument("--train", type=int, default=2000)
    parser.add_argument("--validation", type=int, default=1000)
    parser.add_argument("--side", type=int, default=150)
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--peak-size", type=int, default=8192)
    parser.add_argument("--trainings-only", action="store_true", help="the two trainings in float32, and nothing else")
    given = parser.parse_args()
    found = measured(given)
    given.out.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n")
    print(table(found))


if __name__ == "__main__":
    main()
