"""One training step of the tutorial's second network: classeur's on each backend, beside the backends by themselves.

What is claimed stands in CLAIMS; whatever of it the run does not bear out ends it with an error. The share of the
machine's float32 matrix peak stands beside it. The numbers: docs/results.md, "The training step".

Run: python benchmarks/steps.py [--rounds 3]   (5 minutes; backends that are not installed are left out, by name)

Each contender runs in a process of its own, in turn, so that each has the machine and its own settings to itself. A
step is 128 images of 150×150. The arithmetic of a step is counted from the network's shapes: 2 operations a weight and
place forward, twice that backward, but for the first layer, whose input needs no gradient.
"""

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys

from claims import Claim, hold

from classeur.environment import installed_versions, machine

BATCH_SIZE, STEPS = 128, 5

OURS, KERAS_ONEDNN = "classeur on TensorFlow", "Keras on TensorFlow, oneDNN on"

# As fast as the fastest of TensorFlow's own, JAX's and PyTorch's, within what two rounds differ by.
CLAIMS = [
    Claim(OURS, 0.95, KERAS_ONEDNN),
    Claim(OURS, 1, "Keras on JAX"),
    Claim(OURS, 1, "PyTorch, channels-last"),
]

COMMON = """
import os, sys, json, time
import numpy as np
steps, n = int(sys.argv[1]), int(sys.argv[2])
x = np.random.default_rng(0).integers(0, 256, (n, 150, 150, 3), dtype=np.uint8)
y = np.random.default_rng(1).integers(0, 2, n)
def timed(step):
    step(); step()
    began = time.perf_counter()
    for _ in range(steps): step()
    print(json.dumps(steps * n / (time.perf_counter() - began)))
"""

CLASSEUR = """
from classeur.models.assembly import build_network
from classeur.training.recipe import Optimisation
from classeur.training.steps import make_steps
from classeur.pipeline.batches import Batch
s = make_steps(build_network("tutorial", (150, 150), 2, dropout=0.2), Optimisation(), steps_per_epoch=16)
b = Batch(x, y)
timed(lambda: s.train(b).read())
"""

KERAS = """
import keras
L = keras.layers
m = keras.Sequential([keras.Input((150, 150, 3)), L.Rescaling(1/255),
    L.Conv2D(16, 3, padding="same", activation="relu"), L.MaxPooling2D(), L.Dropout(0.2),
    L.Conv2D(32, 3, padding="same", activation="relu"), L.MaxPooling2D(),
    L.Conv2D(64, 3, padding="same", activation="relu"), L.MaxPooling2D(), L.Dropout(0.2),
    L.Flatten(), L.Dense(512, activation="relu"), L.Dense(1)])
m.compile(optimizer="adam", loss=keras.losses.BinaryCrossentropy(from_logits=True), metrics=["accuracy"])
t = y.astype("float32")[:, None]
timed(lambda: m.train_on_batch(x, t))
"""

TORCH = """
import torch, torch.nn as nn
torch.set_num_threads(len(os.sched_getaffinity(0)))
m = nn.Sequential(nn.Conv2d(3, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.2),
    nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.2),
    nn.Flatten(), nn.Linear(20736, 512), nn.ReLU(), nn.Linear(512, 1)).to(memory_format=torch.channels_last)
o = torch.optim.Adam(m.parameters())
a, t = torch.from_numpy(x), torch.from_numpy(y).float()[:, None]
def step():
    o.zero_grad(set_to_none=True)
    loss = nn.functional.binary_cross_entropy_with_logits(m(a.permute(0, 3, 1, 2).float() / 255), t)
    loss.backward(); o.step(); return loss.item()
timed(step)
"""

PEAK = """
import tensorflow as tf
a = tf.random.normal((2048, 2048)); b = tf.random.normal((2048, 2048))
def step(): return (a @ b).numpy()
step(); step()
began = time.perf_counter()
for _ in range(20): step()
print(json.dumps(20 * 2 * 2048**3 / (time.perf_counter() - began)))
"""


def operations() -> float:
    """Return the arithmetic of training on one image."""
    layers = [(150, 3, 16), (75, 16, 32), (37, 32, 64)]
    convolutions = [2 * side * side * 9 * source * target for side, source, target in layers]
    dense = 2 * (18 * 18 * 64 * 512 + 512)
    return 3 * (sum(convolutions) + dense) - convolutions[0]


def measure(code: str, environment: dict[str, str]) -> float:
    command = [sys.executable, "-c", COMMON + code, str(STEPS), str(BATCH_SIZE)]
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "1"}
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, **quiet, **environment}
    )
    if done.returncode:
        sys.exit(done.stderr[-2000:])
    return float(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print(json.dumps({"machine": machine(), "versions": installed_versions()}))
    contenders = {
        OURS: (CLASSEUR, {"KERAS_BACKEND": "tensorflow"}),
        KERAS_ONEDNN: (KERAS, {"KERAS_BACKEND": "tensorflow"}),
        "Keras on TensorFlow as it comes": (KERAS, {"KERAS_BACKEND": "tensorflow", "TF_ENABLE_ONEDNN_OPTS": "0"}),
        "classeur on JAX": (CLASSEUR, {"KERAS_BACKEND": "jax"}),
        "Keras on JAX": (KERAS, {"KERAS_BACKEND": "jax"}),
        "classeur on PyTorch": (CLASSEUR, {"KERAS_BACKEND": "torch"}),
        "PyTorch, channels-last": (TORCH, {}),
    }
    missing = [name for name in ("jax", "torch") if importlib.util.find_spec(name) is None]
    names = [name for name in contenders if not any(word in name.lower() for word in missing)]
    if missing:
        print(f"not installed, left out: {', '.join(missing)}")
    rates: dict[str, list[float]] = {name: [] for name in names}
    peaks = []
    for number in range(options.rounds):
        peaks.append(measure(PEAK, {"KERAS_BACKEND": "tensorflow"}))
        for name in names:
            rates[name].append(measure(*contenders[name]))
            print(f"  round {number + 1}: {name} {rates[name][-1]:.0f}", file=sys.stderr, flush=True)
    ours = rates[OURS]
    print(f"\nmatrix peak: {statistics.median(peaks) / 1e9:.0f} GFLOP/s; a step on one image: {operations() / 1e9:.3f}")
    print("\n| | images/s, median (min … max) | share of the matrix peak | classeur on TensorFlow is, times |")
    print("|---|---|---|---|")
    for name, values in rates.items():
        share = statistics.median(value * operations() / peak for value, peak in zip(values, peaks, strict=True))
        ratio = statistics.median(mine / theirs for mine, theirs in zip(ours, values, strict=True))
        spread = f"{statistics.median(values):.0f} ({min(values):.0f} … {max(values):.0f})"
        print(f"| {name} | {spread} | {share:.0%} | {ratio:.2f} |")
    hold(CLAIMS, rates)


if __name__ == "__main__":
    main()
