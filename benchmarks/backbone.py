"""The embedded backbones on the tutorial's photographs: how good their features are, and how fast they come.

Claims (numbers: docs/results.md, "The embedded backbone"): logistic regression on Lite0's features of the 2,000
training photographs gets 98.8 % or more of the 1,000 validation photographs right, on Lite2's 99.4 % or more, whatever
the penalty between C = 1e-4 and 0.1; `FeatureExtractor` is at least 0.9 of a bare loop of the same sessions in two
threads, and the engine that it takes is the fastest here; the engines agree within 1e-4.

Run: python benchmarks/backbone.py [--kind efficientnet_lite0] [--rounds 5]   (3 minutes on two processors)

Speeds are of all contenders in turn in one process, each round. Processor seconds are of all threads: they say what
other work on the machine hides.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import onnxruntime

from classeur.data.archive import unpack
from classeur.data.scan import scan
from classeur.environment import installed_versions, machine
from classeur.evaluation.intervals import wilson_interval
from classeur.images.pixels import PixelStore
from classeur.models.efficientnet_lite import build_backbone
from classeur.models.engine import load_keras
from classeur.models.features import FeatureExtractor
from classeur.models.lite_blocks import KINDS, lite_image_size
from classeur.models.lite_onnx import build_lite_onnx
from classeur.threads import num_processors

SHARED = Path(os.environ.get("CLASSEUR_SHARED", "../shared"))
PENALTIES = (1e-4, 1e-3, 1e-2, 1e-1)
BATCH_SIZE = 32

# Contender: images → their features.
Contender = Callable[[np.ndarray], np.ndarray]


def photographs(image_size: tuple[int, int], temporary: Path) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return {split: (pixels, labels)} of the tutorial's photographs by classeur's own resizing."""
    archive = SHARED / "data" / "cats_and_dogs_filtered.zip"
    if not archive.exists():
        sys.exit(f"error: {archive} is missing; name its folder with CLASSEUR_SHARED")
    store = PixelStore(temporary / "cache", image_size=image_size, fit="squash")
    folder = scan(unpack(archive, temporary / "data", without_top=True), store, cache=temporary / "cache")
    parts = {}
    for split in ("train", "validation"):
        chosen = [number for number, name in enumerate(folder.splits) if name == split and not folder.reasons[number]]
        pixels = store.select([folder.hashes[number] for number in chosen]).gather(range(len(chosen)))
        parts[split] = pixels, np.array([folder.labels[number] for number in chosen])
    return parts


def accuracies(features: dict[str, tuple[np.ndarray, np.ndarray]]) -> dict[str, str]:
    """Return the validation accuracy of scikit-learn's logistic regression on standardised features, by penalty."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    said = {}
    for penalty in PENALTIES:
        model = make_pipeline(StandardScaler(), LogisticRegression(C=penalty, max_iter=2000)).fit(*features["train"])
        values, labels = features["validation"]
        num_correct = int((model.predict(values) == labels).sum())
        low, high = wilson_interval(num_correct, len(labels))
        said[f"C={penalty:g}"] = f"{num_correct / len(labels):.2%} ({low:.2%} … {high:.2%})"
    return said


def parts_of(pixels: np.ndarray, length: int) -> list[np.ndarray]:
    return [pixels[start : start + length] for start in range(0, len(pixels), length)]


def onnx_session(content: bytes, num_threads: int) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = num_threads, 1
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def contenders(kind: str) -> dict[str, Contender]:
    """Return what computes the same features: the extractor, bare loops of sessions, TensorFlow with oneDNN."""
    num_threads = num_processors()
    extractor = FeatureExtractor(kind)
    content = build_lite_onnx(kind).SerializeToString()
    alone, shared = onnx_session(content, 1), onnx_session(content, num_threads)
    keras = load_keras()
    import tensorflow as tf

    backbone = build_backbone(kind)
    network = keras.Model(backbone.input, backbone.get_layer("features").output)
    compiled = tf.function(
        lambda pixels: network(pixels, training=False),
        input_signature=[tf.TensorSpec((None, *lite_image_size(kind), 3), tf.uint8)],
    )

    def by_session(session: Any) -> Contender:
        return lambda pixels: session.run(["features"], {"pixels": pixels})[0]

    def by_tensorflow(pixels: np.ndarray) -> np.ndarray:
        return compiled(pixels).numpy()

    def in_turn(compute: Contender, length: int) -> Contender:
        return lambda pixels: np.concatenate([compute(part) for part in parts_of(pixels, length)])

    def in_threads(compute: Contender, length: int) -> Contender:
        def work(pixels: np.ndarray) -> np.ndarray:
            with ThreadPoolExecutor(num_threads) as executor:
                return np.concatenate(list(executor.map(compute, parts_of(pixels, length))))

        return work

    return {
        "classeur": lambda pixels: np.concatenate(list(extractor.extract(parts_of(pixels, BATCH_SIZE)))),
        "ONNX Runtime, a thread a batch of 2": in_threads(by_session(alone), 2),
        f"ONNX Runtime, {num_threads} threads share a batch of {BATCH_SIZE}": in_turn(by_session(shared), BATCH_SIZE),
        f"TensorFlow, batches of {BATCH_SIZE}": in_turn(by_tensorflow, BATCH_SIZE),
        f"TensorFlow, {num_threads} batches of 4 at once": in_threads(by_tensorflow, 4),
    }


def race(kind: str, pixels: np.ndarray, rounds: int) -> None:
    """Print images a second, processor milliseconds an image and the largest difference of each contender."""
    runners = contenders(kind)
    first = {name: work(pixels) for name, work in runners.items()}  # compilation, memory
    reference = first["classeur"]
    rates: dict[str, list[float]] = {name: [] for name in runners}
    costs: dict[str, list[float]] = {name: [] for name in runners}
    for number in range(rounds):
        for name, work in runners.items():
            began, busy = time.perf_counter(), time.process_time()
            work(pixels)
            rates[name].append(len(pixels) / (time.perf_counter() - began))
            costs[name].append(1000 * (time.process_time() - busy) / len(pixels))
        print(f"  round {number + 1} of {rounds}", file=sys.stderr, flush=True)
    print(f"\n{kind}: {len(pixels)} photographs, n = {rounds} rounds, load {os.getloadavg()[0]:.1f}")
    for name in runners:
        ratio = [ours / theirs for ours, theirs in zip(rates["classeur"], rates[name], strict=True)]
        print(
            f"  {name:44s} {statistics.mean(rates[name]):6.1f} ± {statistics.stdev(rates[name]):5.1f} images/s"
            f" ({min(rates[name]):.0f} … {max(rates[name]):.0f}); {statistics.mean(costs[name]):5.2f} ±"
            f" {statistics.stdev(costs[name]):.2f} ms of processor an image; classeur is"
            f" {statistics.median(ratio):.2f} times as fast; difference {np.abs(first[name] - reference).max():.1e}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kind", choices=KINDS, nargs="*", default=list(KINDS))
    parser.add_argument("--rounds", type=int, default=5, help="0: accuracies only")
    options = parser.parse_args()
    print(json.dumps({"machine": machine(), "versions": installed_versions(), "ort": onnxruntime.__version__}))
    for kind in options.kind:
        with tempfile.TemporaryDirectory() as temporary:
            parts = photographs(lite_image_size(kind), Path(temporary))
        extractor = FeatureExtractor(kind)
        began = time.perf_counter()
        features = {
            split: (np.concatenate(list(extractor.extract(parts_of(pixels, BATCH_SIZE)))), labels)
            for split, (pixels, labels) in parts.items()
        }
        seconds = time.perf_counter() - began
        print(f"\n{kind}: {sum(len(labels) for _, labels in features.values()):,} photographs in {seconds:.1f} s")
        for penalty, said in accuracies(features).items():
            print(f"  {penalty:8s} {said} of validation")
        if options.rounds:
            race(kind, parts["validation"][0][::8], options.rounds)


if __name__ == "__main__":
    main()
