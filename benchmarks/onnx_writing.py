"""What model.onnx adds to a training: the network's file is made, compared with the original, and written.

Claim (numbers: docs/results.md, "Prediction"): at most 3 seconds beyond a warm import of Keras, for the tutorial's
network at 150×150, whose 200 images go through the file.

Run: python benchmarks/onnx_writing.py RUN [--rounds 5] [--profile]   (10 seconds a round)

RUN is a finished run whose images are in the cache. Each round is a process of its own, in which the network is loaded
and has judged its images, as at the end of a training; onnx and ONNX Runtime are imported in the time that is counted.
Processor seconds are of all threads: they say what other work on the machine hides. `--profile` lists the calls of one.
"""

import argparse
import cProfile
import json
import os
import pstats
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from classeur.delivery.progress import Reporter
from classeur.environment import installed_versions, machine
from classeur.run import Run
from classeur.storage import cache_folder
from classeur.training.facts import read_facts
from classeur.workflows.classifiers import model_of
from classeur.workflows.evaluation import split_pixels
from classeur.workflows.export import NUM_COMPARED, write_onnx


class Strict(Reporter):
    """Ends where the file is not written."""

    def warn(self, text: str) -> None:
        """End."""
        sys.exit(f"error: {text}")


def write_once(path: Path, *, profile: bool) -> dict[str, float]:
    """Write model.onnx into a copy of a run, and return what that took."""
    with tempfile.TemporaryDirectory() as temporary:
        run = Run(Path(shutil.copytree(path, Path(temporary, path.name))))
        facts, reporter = read_facts(run), Strict()
        rows = [row for row in run.read_table(run.split_path) if row["split"] == "validation"][:NUM_COMPARED]
        pixels = split_pixels(run, facts, rows, cache_folder(None), reporter)
        model = model_of(run)
        expected = model.predict_on_batch(pixels.gather(range(len(pixels))))
        profiler = cProfile.Profile()
        wall, processor = time.perf_counter(), time.process_time()
        if profile:
            profiler.enable()
        write_onnx(run, facts, model, pixels, expected=expected, reporter=reporter)
        profiler.disable()
        took = {"seconds": time.perf_counter() - wall, "processor seconds": time.process_time() - processor}
        if profile:
            pstats.Stats(profiler).sort_stats("cumulative").print_stats(45)
        return {**took, "megabytes": run.onnx_path.stat().st_size / 1e6}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--once", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.once or options.profile:
        print(json.dumps(write_once(options.run, profile=options.profile)))
        return
    print(json.dumps({"machine": machine(), "versions": installed_versions()}))
    command = [sys.executable, __file__, str(options.run), "--once"]
    rounds = [
        json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        for _ in range(options.rounds)
    ]
    for name in rounds[0]:
        values = sorted(each[name] for each in rounds)
        print(f"{name:18} {statistics.median(values):6.2f} ({values[0]:.2f} … {values[-1]:.2f}), n = {len(values)}")


if __name__ == "__main__":
    main()
