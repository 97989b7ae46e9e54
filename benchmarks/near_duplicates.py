"""Near-duplicates: how many of those that are planted among photographs are found, what else is, and what it costs.

Claim (numbers: docs/results.md, "Near-duplicates"): of the planted, at least 98 % of the re-encoded, resized,
brightened and mirrored are found and 90 % of the cropped and watermarked; of all pairs found, 99 % show one photograph.
10⁵ images take two minutes at most beyond the scan.

Run: python benchmarks/near_duplicates.py PHOTOGRAPHS [--count 300] [--features] [--sheet pairs.png]
     python benchmarks/near_duplicates.py --drawn
     python benchmarks/near_duplicates.py --animals FOLDER && classeur inspect FOLDER --out FINDINGS
     python benchmarks/near_duplicates.py PHOTOGRAPHS --growth 1000 10000 100000

Each kind is planted for the same drawn photographs. A pair counts as right if both images come of one photograph; all
others are listed and drawn on a sheet, for a person to judge: photographs have near-duplicates of their own. `--growth`
mixes hashes, one photograph's and 0.7 of another's, so that many are alike, and lets the photographs' pixels stand
for theirs; so reading as many pixels from a disk is not measured. `--features` finds candidates by the features of
EfficientNet-Lite0 too, which a training keeps; computing them is not among the seconds.
"""

import argparse
import io
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from classeur.data.folder import ImageFolder
from classeur.data.near_duplicates import NearDuplicate, near_duplicates
from classeur.data.perceptual import hash_values
from classeur.data.scan import scan
from classeur.data.synthetic import paint_animal
from classeur.environment import installed_versions, machine
from classeur.images.pixels import Pixels, PixelStore
from classeur.models.features import FeatureExtractor


def encoded(image: Image.Image, quality: int = 92) -> bytes:
    """Return a JPEG."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def reencode(image: Image.Image, draw: np.random.Generator) -> bytes:
    """Quality 50 … 85."""
    return encoded(image, int(draw.integers(50, 86)))


def resize(image: Image.Image, draw: np.random.Generator) -> bytes:
    """A scale of 0.4 … 1.6."""
    scale = draw.uniform(0.4, 1.6)
    return encoded(image.resize([max(16, round(side * scale)) for side in image.size], Image.Resampling.BICUBIC))


def brighten(image: Image.Image, draw: np.random.Generator) -> bytes:
    """A factor of 0.85 or 1.15, or between them and 5 %."""
    return encoded(ImageEnhance.Brightness(image).enhance(1 + draw.choice([-1, 1]) * draw.uniform(0.05, 0.15)))


def mirror(image: Image.Image, _draw: np.random.Generator) -> bytes:
    """Left to right."""
    return encoded(image.transpose(Image.Transpose.FLIP_LEFT_RIGHT))


def turn(image: Image.Image, draw: np.random.Generator) -> bytes:
    """One of the other six turns of a square."""
    return encoded(image.transpose(Image.Transpose(int(draw.integers(1, 7)))))


def crop(image: Image.Image, draw: np.random.Generator) -> bytes:
    """5 … 10 % of the width and of the height are cut off, divided between the two sides by chance."""
    box = []
    for side in image.size:
        cut = draw.uniform(0.05, 0.10) * side
        low = draw.uniform(0, cut)
        box.append((low, side - cut + low))
    (left, right), (top, bottom) = box
    return encoded(image.crop((round(left), round(top), round(right), round(bottom))))


def watermark(image: Image.Image, draw: np.random.Generator) -> bytes:
    """White letters, a fifth to a third of the width, somewhere in the lower half."""
    image = image.copy()
    width, height = image.size
    length = draw.uniform(0.2, 0.33) * width
    left, top = draw.uniform(0, width - length), draw.uniform(height / 2, 0.92 * height)
    ImageDraw.Draw(image).text((left, top), "© studio", fill="white", font_size=length / 4.3)
    return encoded(image)


def burst(image: Image.Image, draw: np.random.Generator) -> bytes:
    """As if the next frame: cut to nine tenths, moved by up to 4 %, 1 % nearer or further, with noise."""
    width, height = image.size
    inner = 0.9 * draw.uniform(0.99, 1.01)
    left = width * ((1 - inner) / 2 + draw.uniform(-0.04, 0.04))
    top = height * ((1 - inner) / 2 + draw.uniform(-0.04, 0.04))
    box = (left, top, left + inner * width, top + inner * height)
    frame = np.asarray(image.resize(image.size, Image.Resampling.BICUBIC, box), np.float32)
    return encoded(Image.fromarray(np.clip(frame + draw.normal(0, 4, frame.shape), 0, 255).astype(np.uint8)))


def cut_corner(image: Image.Image, draw: np.random.Generator) -> bytes:
    """A tenth of the width and of the height are cut off at one corner."""
    width, height = image.size
    left, top = draw.choice([0.0, 0.1], 2)
    box = (left * width, top * height, (left + 0.9) * width, (top + 0.9) * height)
    return encoded(image.crop(tuple(map(round, box))))


KINDS = {
    "re-encoded": reencode,
    "resized": resize,
    "brightness": brighten,
    "mirrored": mirror,
    "turned": turn,
    "cropped": crop,
    "watermark": watermark,
    "burst": burst,
}
# Not among the drawn animals, whose picture is in the documentation.
PLANTED = {**KINDS, "corner": cut_corner}


def write_planted(photographs: Path, folder: Path, count: int) -> dict[str, tuple[str, str]]:
    """Write all photographs, and each kind of `count` of them; return {path: (photograph, kind)}."""
    sources = sorted(path for path in photographs.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    draw = np.random.default_rng(0)
    chosen = set(draw.choice(len(sources), min(count, len(sources)), replace=False).tolist())
    planted = {}
    for number, source in enumerate(sources):
        name = f"{source.parent.name}/{number:05}"
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.jpg").write_bytes(source.read_bytes())
        planted[f"{name}.jpg"] = (name, "original")
        if number in chosen:
            with Image.open(source) as opened:
                image = opened.convert("RGB")
            for kind, change in PLANTED.items():
                (folder / f"{name}-{kind}.jpg").write_bytes(change(image, draw))
                planted[f"{name}-{kind}.jpg"] = (name, kind)
    return planted


def write_bursts(folder: Path, num_scenes: int = 100, num_frames: int = 6) -> dict[str, tuple[str, str]]:
    """Draw scenes; the camera moves over each by 3 % of its side a frame, and each frame has its own noise."""
    draw = np.random.default_rng(0)
    planted = {}
    for scene in range(num_scenes):
        painted = paint_animal(("cat", "dog")[scene % 2], scene, image_size=(400, 400)).astype(np.float32)
        name = f"{('cats', 'dogs')[scene % 2]}/{scene:03}"
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        step = draw.choice([-9, 9], 2) * draw.uniform(0.3, 1, 2)
        for frame in range(num_frames):
            top, left = (50 + step * (frame - (num_frames - 1) / 2)).astype(int)
            shot = painted[top : top + 300, left : left + 300] + draw.normal(0, 4, (300, 300, 3))
            path = f"{name}-{frame}.jpg"
            (folder / path).write_bytes(encoded(Image.fromarray(np.clip(shot, 0, 255).astype(np.uint8))))
            planted[path] = (name, str(frame))
    return planted


def write_animals(folder: Path) -> None:
    """Draw 40 cats and dogs; near-duplicates of each kind, four of them in the other class; blurred and dark ones."""
    draw = np.random.default_rng(0)
    sizes = ((240, 320), (320, 240), (300, 300))
    for number in range(40):
        image = Image.fromarray(paint_animal(("cat", "dog")[number % 2], number, image_size=sizes[number % 3]))
        here, there = (folder / name for name in (("cats", "dogs") if number % 2 == 0 else ("dogs", "cats")))
        for path in (here, there):
            path.mkdir(parents=True, exist_ok=True)
        (here / f"{number:02}.jpg").write_bytes(encoded(image))
        if number < 12:
            kind = list(KINDS)[number % len(KINDS)]
            target = here if number < len(KINDS) else there
            (target / f"{number:02}-{kind}.jpg").write_bytes(KINDS[kind](image, draw))
        elif number < 18:
            softened = image.filter(ImageFilter.GaussianBlur(draw.uniform(0.015, 0.04) * max(image.size)))
            (here / f"{number:02}.jpg").write_bytes(encoded(softened))
        elif number < 21:
            darkened = image.point(lambda level: round(255 * ((level / 255) ** 2.2 / 16) ** (1 / 2.2)))
            (here / f"{number:02}.jpg").write_bytes(encoded(darkened))


def features_of(folder: ImageFolder, store: PixelStore) -> np.ndarray:
    """Return the features of each row, float32 (n, 1280); zeros where it cannot be used."""
    pixels = store.select([folder.hashes[row] for row in np.flatnonzero(folder.usable)])
    extractor = FeatureExtractor("efficientnet_lite0", image_size=store.image_size)
    batches = (pixels.gather(range(start, min(start + 32, len(pixels)))) for start in range(0, len(pixels), 32))
    features = np.zeros((len(folder.paths), 1280), np.float32)
    features[folder.usable] = np.concatenate(list(extractor.extract(batches)))
    return features


def found_in(
    folder: Path, cache: Path, *, with_features: bool = False
) -> tuple[ImageFolder, list[NearDuplicate], dict[str, float]]:
    """Scan a folder at 224×224; return it, the pairs found, and the seconds."""
    store = PixelStore(cache, image_size=(224, 224), fit="squash")
    began = time.perf_counter()
    scanned = scan(folder, store, cache=cache)
    scan_seconds = time.perf_counter() - began
    features = features_of(scanned, store) if with_features else None
    seen = time.perf_counter()
    pairs = near_duplicates(scanned, store, features=features)
    seconds = {"scan_seconds": round(scan_seconds, 2), "near_duplicates_seconds": round(time.perf_counter() - seen, 2)}
    return scanned, pairs, seconds


def judge(folder: ImageFolder, pairs: list[NearDuplicate], planted: dict[str, tuple[str, str]]) -> dict[str, object]:
    """Return the recall of each kind against its original, and the pairs of two photographs."""
    paths = [(folder.paths[pair.first], folder.paths[pair.second]) for pair in pairs]
    found = {frozenset(pair) for pair in paths}
    originals = {name: path for path, (name, kind) in planted.items() if kind == "original"}
    total: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for path, (name, kind) in planted.items():
        if kind != "original":
            total[kind] += 1
            right[kind] += frozenset((originals[name], path)) in found
    others = [pair for pair, (one, other) in zip(pairs, paths, strict=True) if planted[one][0] != planted[other][0]]
    return {
        "images": len(folder.paths),
        "recall": {kind: f"{right[kind]} of {total[kind]} = {right[kind] / total[kind]:.3f}" for kind in total},
        "pairs": len(pairs),
        "told": dict(Counter(f"{planted[folder.paths[pair.second]][1]}: {pair.kind}" for pair in pairs)),
        "pairs_of_two_photographs": len(others),
        "of_two_originals": [
            f"{pair.likeness:.3f} {pair.kind} {folder.paths[pair.first]} {folder.paths[pair.second]}"
            for pair in others
            if planted[folder.paths[pair.first]][1] == planted[folder.paths[pair.second]][1] == "original"
        ],
        "photographs_in_these": sorted(
            {
                " ".join(sorted((planted[folder.paths[pair.first]][0], planted[folder.paths[pair.second]][0])))
                for pair in others
            }
        ),
    }


def draw_sheet(folder: ImageFolder, photographs: list[str], path: Path) -> None:
    """Draw pairs of photographs side by side."""
    across, side = 4, 150
    sheet = Image.new("RGB", (across * (2 * side + 10), -(-len(photographs) // across) * (side + 25)), "white")
    pen = ImageDraw.Draw(sheet)
    for number, pair in enumerate(photographs):
        left, top = number % across * (2 * side + 10), number // across * (side + 25)
        for place, name in enumerate(pair.split()):
            with Image.open(Path(folder.root) / f"{name}.jpg") as image:
                sheet.paste(image.convert("RGB").resize((side, side)), (left + place * side, top))
        pen.text((left, top + side + 2), pair, fill="black")
    sheet.save(path)


class Repeated(PixelStore):
    """Pixels that stand for any number of images, named by numbers."""

    is_filled = False

    def missing(self, hashes: Iterable[str]) -> list[str]:
        """Return none once the photographs are there: they stand for all."""
        return [] if self.is_filled else super().missing(hashes)

    def select(self, hashes: Sequence[str]) -> Pixels:
        """Return the pixels that stand for each."""
        stored = sorted(self._places)
        return super().select([stored[int(hash_) % len(stored)] for hash_ in hashes])


def measure_growth(photographs: Path, count: int) -> None:
    """Print the seconds and memory of one number of images, in this process."""
    draw = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as temporary:
        store = Repeated(Path(temporary), image_size=(224, 224), fit="squash")
        scanned = scan(photographs, store, cache=Path(temporary))
        store.is_filled = True
        values = hash_values([hash_ for hash_ in scanned.perceptual_hashes if hash_])
        hashes = []
        for _ in range(count):
            one, other = draw.integers(len(values), size=2)
            mixed = values[one] + 0.7 * values[other]
            mixed *= 127 / np.linalg.norm(mixed)
            hashes.append(np.rint(mixed).astype(np.int8).tobytes()[1:].hex())
        names = tuple(f"{row:032}" for row in range(count))
        folder = scanned.model_copy(
            update={"paths": names, "reasons": ("",) * count, "hashes": names, "perceptual_hashes": tuple(hashes)}
        )
        before, began, worked = anonymous(), time.perf_counter(), time.process_time()
        pairs = near_duplicates(folder, store)
        seconds, peak = time.perf_counter() - began, most_anonymous()
        worked = time.process_time() - worked
    print(json.dumps({"images": count, "seconds": round(seconds, 2),
        "processor_seconds": round(worked, 2), "pairs": len(pairs),
        "anonymous_before_mb": before // 10**6, "most_resident_mb": peak // 10**6}))  # fmt: skip


def anonymous() -> int:
    """Return this process's anonymous memory in bytes (Linux)."""
    return _status("RssAnon")


def most_anonymous() -> int:
    """Return the most memory that was resident in this process, in bytes (Linux)."""
    return _status("VmHWM")


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


def main() -> None:
    """Plant, find, judge, and print; or measure growth."""
    parser = argparse.ArgumentParser()
    parser.add_argument("photographs", type=Path, nargs="?")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--features", action="store_true")
    parser.add_argument("--sheet", type=Path)
    parser.add_argument("--drawn", action="store_true")
    parser.add_argument("--animals", type=Path)
    parser.add_argument("--growth", type=int, nargs="+", default=[])
    parser.add_argument("--measure", type=int)
    options = parser.parse_args()
    if options.measure:
        measure_growth(options.photographs, options.measure)
        return
    if options.animals:
        write_animals(options.animals)
        return
    print(machine(), installed_versions(), flush=True)
    for count in options.growth:
        subprocess.run([sys.executable, __file__, options.photographs, "--measure", str(count)], check=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder, cache = Path(temporary) / "data", Path(temporary) / "cache"
        if options.photographs and not options.growth:
            planted = write_planted(options.photographs, folder, options.count)
            scanned, pairs, seconds = found_in(folder, cache, with_features=options.features)
            result = {**judge(scanned, pairs, planted), **seconds}
            print(json.dumps(result, indent=1))
            if options.sheet:
                draw_sheet(scanned, list(result["photographs_in_these"]), options.sheet)  # type: ignore[call-overload]
    if options.drawn:
        with tempfile.TemporaryDirectory() as temporary:
            frames = write_bursts(Path(temporary) / "data")
            scanned, pairs, seconds = found_in(Path(temporary) / "data", Path(temporary) / "cache")
            found = {frozenset((scanned.paths[pair.first], scanned.paths[pair.second])) for pair in pairs}
            total, right, wrong = Counter(), Counter(), 0
            for one in frames:
                for other in frames:
                    if frames[one][0] == frames[other][0] and one < other:
                        apart = int(frames[other][1]) - int(frames[one][1])
                        total[apart] += 1
                        right[apart] += frozenset((one, other)) in found
            wrong = sum(len({frames[path][0] for path in pair}) > 1 for pair in found)
            print(json.dumps({"frames_apart": {apart: f"{right[apart]} of {total[apart]}" for apart in total},
                "pairs_of_two_scenes": wrong, **seconds}))  # fmt: skip


if __name__ == "__main__":
    main()
