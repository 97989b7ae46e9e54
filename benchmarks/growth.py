"""From 10³ to 10⁵ images: seconds and anonymous memory of a scan, and of an epoch with all of the augmentation.

Claim (numbers: docs/results.md, "Growth"): both times grow in proportion to the images, and the process's anonymous
memory by less than 2 KB an image, where a picture's pixels are 12 to 67 KB: pixels are never held by the process.

Run: python benchmarks/growth.py [--counts 1000 10000 100000] [--side 64]   (5 minutes and 2 GB of disk)

A thousand animals are painted; each file is one of them with its number in a comment of the JPEG, so that all differ.
"""

import argparse
import io
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

from classeur.data.synthetic import paint_animal
from classeur.environment import installed_versions, machine

# In a process of its own for each count, so that its memory is its own.
MEASURE = """
import json, sys, time
from pathlib import Path
from classeur.data.scan import scan
from classeur.images.pixels import PixelStore
from classeur.images.resampling import compile_kernels
from classeur.pipeline.augmentation import PRESETS
from classeur.pipeline.augmenters import Images, augmenter
from classeur.pipeline.batches import Batches
from classeur.pipeline.sampling import Sampler

def anonymous():
    for line in open("/proc/self/status"):
        if line.startswith("RssAnon"):
            return int(line.split()[1]) * 1024

data, cache, side = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
compile_kernels()
before = anonymous()
began = time.perf_counter()
store = PixelStore(cache, image_size=(side, side), fit="squash")
found = scan(data, store, cache=cache)
scan_seconds = time.perf_counter() - began
after_scan = anonymous()
began = time.perf_counter()
again = PixelStore(cache, image_size=(side, side), fit="squash")
scan(data, again, cache=cache)
warm_seconds = time.perf_counter() - began
images = Images(store.select(found.hashes), found.labels)
batches = Batches(Sampler(len(found.hashes), 128, seed=0), augmenter(images, PRESETS["all"]))
began, peak = time.perf_counter(), 0
for number, batch in enumerate(batches.epoch(0)):
    if number % 50 == 0:
        peak = max(peak, anonymous())
print(json.dumps({"images": len(found.paths), "scan_seconds": scan_seconds, "again_seconds": warm_seconds,
    "epoch_seconds": time.perf_counter() - began, "anonymous_before": before, "anonymous_after_scan": after_scan,
    "anonymous_peak_in_epoch": peak}))
"""


def write_images(folder: Path, count: int, side: int) -> None:
    """Write `count` JPEG files of `side` pixels in two classes, no two alike."""
    painted = []
    for number in range(1000):
        buffer = io.BytesIO()
        animal = paint_animal(("cat", "dog")[number % 2], number, image_size=(side, side))
        Image.fromarray(animal).save(buffer, "JPEG", quality=90)
        painted.append(buffer.getvalue())
    for name in ("cats", "dogs"):
        (folder / name).mkdir(parents=True)
    for number in range(count):
        comment = str(number).encode()
        marker = b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment
        data = painted[number % 1000]
        (folder / ("cats", "dogs")[number % 2] / f"{number:06}.jpg").write_bytes(data[:2] + marker + data[2:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--counts", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--side", type=int, default=64)
    options = parser.parse_args()
    print(json.dumps({"machine": machine(), "versions": installed_versions()}))
    print("\n| images | first scan | images/s | again | epoch | images/s | anonymous memory: before, scanned, epoch |")
    print("|---|---|---|---|---|---|---|")
    for count in options.counts:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            write_images(folder / "data", count, options.side)
            command = [sys.executable, "-c", MEASURE, folder / "data", folder / "cache", str(options.side)]
            done = subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ))
            if done.returncode:
                sys.exit(done.stderr[-2000:])
            row = json.loads(done.stdout.splitlines()[-1])
            memory = [row[f"anonymous_{name}"] / 1e6 for name in ("before", "after_scan", "peak_in_epoch")]
            print(
                f"| {count:,} | {row['scan_seconds']:.2f} s | {count / row['scan_seconds']:,.0f} |"
                f" {row['again_seconds']:.2f} s | {row['epoch_seconds']:.2f} s | {count / row['epoch_seconds']:,.0f} |"
                f" {', '.join(f'{value:.0f}' for value in memory)} MB |",
                flush=True,
            )


if __name__ == "__main__":
    main()
