"""Prediction by a run's model.onnx, whole processes: one JPEG, and a stream of photographs.

Claims (numbers: docs/results.md, "Prediction"): `classeur predict RUN cat.jpg` takes at most 1.3 times what a bare
script of Pillow and ONNX Runtime takes; a stream reaches 0.9 of a bare loop that decodes, resizes and runs a session in
two threads; memory does not grow with the number of images. Each pair runs in turn, so that other work on the machine
slows both.

Run: python benchmarks/predict.py RUN [PHOTOGRAPHS] [--pairs 15] [--rounds 3] [--keras]

RUN has a model.onnx; PHOTOGRAPHS is a folder, the tutorial's photographs of CLASSEUR_SHARED if none is given. `--keras`
adds a script of ten lines by model.keras.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from classeur.data.archive import unpack
from classeur.environment import installed_versions, machine

SHARED = Path(os.environ.get("CLASSEUR_SHARED", "../shared"))

# What each of the scripts needs: how pixels are made is written out, as whoever uses the file would.
PIXELS = """
import json, sys
from pathlib import Path
import numpy as np
from PIL import Image, ImageOps

def pixels(path):
    with Image.open(path) as file:
        picture = ImageOps.exif_transpose(file).convert("RGB")
    bilinear = Image.Resampling.BILINEAR
    return np.asarray(picture.resize((width, picture.height), bilinear).resize((width, height), bilinear))[None]
"""

ONE = (
    PIXELS
    + """
import onnxruntime
session = onnxruntime.InferenceSession(sys.argv[1] + "/model.onnx", providers=["CPUExecutionProvider"])
facts = json.loads(session.get_modelmeta().custom_metadata_map["classeur"])
height, width = facts["image_size"]
(probabilities,), = session.run(["probabilities"], {"pixels": pixels(sys.argv[2])})
print(sys.argv[2], facts["class_names"][probabilities.argmax()], *probabilities)
"""
)

STREAM = (
    PIXELS
    + """
import onnxruntime
from concurrent.futures import ThreadPoolExecutor
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(sys.argv[1] + "/model.onnx", options, providers=["CPUExecutionProvider"])
facts = json.loads(session.get_modelmeta().custom_metadata_map["classeur"])
height, width = facts["image_size"]
paths = sorted(Path(sys.argv[2]).rglob("*.jpg"))
with ThreadPoolExecutor(2) as threads:
    answers = threads.map(lambda path: session.run(["probabilities"], {"pixels": pixels(path)})[0][0], paths)
    for path, probabilities in zip(paths, answers):
        print(path, facts["class_names"][probabilities.argmax()], *probabilities)
"""
)

KERAS = (
    PIXELS
    + """
import keras
model = keras.saving.load_model(sys.argv[1] + "/model.keras")
height, width = model.input_shape[1:3]
class_names = Path(sys.argv[1], "labels.txt").read_text().splitlines()
paths = sorted(Path(sys.argv[2]).rglob("*.jpg"))
for start in range(0, len(paths), 32):
    batch = np.concatenate([pixels(path) for path in paths[start : start + 32]])
    for path, probabilities in zip(paths[start:], model.predict(batch, verbose=0)):
        print(path, class_names[probabilities.argmax()], *probabilities)
"""
)


# An installation has its modules compiled; the first run of each command, which does not count, compiles the rest.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


class Took(NamedTuple):
    """What a process took."""

    seconds: float
    processor_seconds: float  # of all threads: other work on the machine hardly changes it
    megabytes: float  # at most, in memory


def took(command: Sequence[str]) -> Took:
    began = time.perf_counter()
    with open(os.devnull, "wb") as nothing, subprocess.Popen(command, stdout=nothing, env=ENVIRONMENT) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"error: {' '.join(command)} ended with {process.returncode}")
    return Took(time.perf_counter() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def race(what: str, commands: dict[str, Sequence[str]], rounds: int, num_images: int) -> None:
    """Print the medians of each command, in turn, and their ratios to the first in the same round."""
    for command in commands.values():  # files and compiled code come from the page cache from now on
        took(command)
    rows = [{name: took(command) for name, command in commands.items()} for _ in range(rounds)]
    first = next(iter(commands))
    print(f"{what}, n = {rounds}")
    for name in commands:
        mine, base = [row[name] for row in rows], [row[first] for row in rows]
        ratios = sorted(one.seconds / other.seconds for one, other in zip(mine, base, strict=True))
        busy = statistics.median(
            one.processor_seconds / other.processor_seconds for one, other in zip(mine, base, strict=True)
        )
        seconds = statistics.median(each.seconds for each in mine)
        print(
            f"  {name:22} {seconds:7.3f} s  {num_images / seconds:6.1f} images/s"
            f"  {statistics.median(each.processor_seconds for each in mine):7.3f} processor s"
            f"  {max(each.megabytes for each in mine):5.0f} MB"
            f"  of the bare one: {statistics.median(ratios):.2f} ({ratios[0]:.2f} … {ratios[-1]:.2f}),"
            f" processor {busy:.2f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("photographs", type=Path, nargs="?")
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--keras", action="store_true")
    options = parser.parse_args()
    print(json.dumps({"machine": machine(), "versions": installed_versions()}))
    with tempfile.TemporaryDirectory() as temporary:
        archive = SHARED / "data" / "cats_and_dogs_filtered.zip"
        if options.photographs is None and not archive.exists():
            sys.exit(f"error: {archive} is missing; name a folder of photographs, or its folder in CLASSEUR_SHARED")
        photographs = options.photographs or unpack(archive, Path(temporary, "data"))
        paths = sorted(photographs.rglob("*.jpg"))
        scripts = {}
        for name, text in (("one", ONE), ("stream", STREAM), ("by_keras", KERAS)):
            scripts[name] = [sys.executable, f"{temporary}/{name}.py", str(options.run)]
            Path(temporary, f"{name}.py").write_text(text, encoding="utf-8")
        ours = [sys.executable, "-m", "classeur", "predict", str(options.run)]
        commands = {"bare": [*scripts["one"], str(paths[0])], "classeur": [*ours, str(paths[0])]}
        race("one JPEG", commands, options.pairs, 1)
        commands = {
            "bare, two threads": [*scripts["stream"], str(photographs)],
            "classeur": [*ours, str(photographs), "--format", "csv"],
        }
        if options.keras:
            commands["Keras, ten lines"] = [*scripts["by_keras"], str(photographs)]
        race(f"{len(paths):,} photographs", commands, options.rounds, len(paths))


if __name__ == "__main__":
    main()
