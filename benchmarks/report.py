"""Claim: the report of the tutorial's 3,000 photographs takes 2 s at the end of a training, on two processors.

    python benchmarks/report.py cats_and_dogs_filtered.zip

Trains once with EfficientNet-Lite0, with what is kept of an earlier training if there is one, then writes the report as
a training does, several times in the same process; prints wall and processor seconds of each, the median, and the
page's size.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

import classeur
from classeur.workflows.report import report_training

REPEATS = 5


def main(data: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        run = classeur.train(data, out=Path(folder) / "run", model="efficientnet_lite0", report=False)
        walls = []
        for number in range(REPEATS):
            wall, processor = time.perf_counter(), time.process_time()
            report_training(run, cache=None, reporter=classeur.Reporter())
            walls.append(time.perf_counter() - wall)
            print(f"{number + 1}: {walls[-1]:.2f} s, {time.process_time() - processor:.2f} s of processor time")
        page = run.report_path.stat().st_size
        print(f"median {statistics.median(walls):.2f} s, the first {walls[0]:.2f} s; {page / 1e6:.1f} MB")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(sys.argv[1])
