"""Draw the picture of a report that leads the README, of drawn animals alone: python docs/write_report_picture.py.

Trains on few painted cats and dogs, so that some are taken for the other, and has Debian's Chromium (apt-get install
chromium) take the page as it opens, light, and beside it what is wrong, dark.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path

from PIL import Image

import classeur
from classeur.data.synthetic import paint_folder

PICTURE = Path(__file__).parent / "pictures" / "report.png"
# Of the window of each half, and by how much the picture is smaller.
WIDTH, HEIGHT, SCALE = 860, 1330, 0.62
NUM_COLOURS = 200
BEGINS = '<section class="part" id="mistakes"'


def main() -> None:
    """Train, report, take both halves, join them."""
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("error: no chromium; expected Debian's: apt-get install chromium")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        animals = paint_folder(folder / "animals", num_train=32, num_validation=300, seed=4)
        for path in (animals.leak[1], animals.duplicate[1], animals.broken):
            (animals.root / path).unlink()
        run = classeur.train(animals.root, out=folder / "drawn animals", image_size=160, cache=folder / "cache")
        below = folder / "below.html"
        # What is wrong, without what comes before.
        page = run.report_path.read_text(encoding="utf-8")
        head, rest = page.split('<a class="skip"', 1)
        below.write_text(f"{head}<main>{rest[rest.index(BEGINS) :]}", encoding="utf-8")
        parts = (("light", run.report_path), ("dark", below))
        halves = [_taken(chromium, each, folder / f"{scheme}.png", scheme) for scheme, each in parts]
        joined = Image.new("RGB", (2 * halves[0].width, halves[0].height))
        for number, half in enumerate(halves):
            joined.paste(half, (number * half.width, 0))
        size = round(joined.width * SCALE), round(joined.height * SCALE)
        small = joined.resize(size, Image.Resampling.LANCZOS).quantize(NUM_COLOURS)
        small.save(PICTURE, optimize=True)
    print(f"{PICTURE}: {PICTURE.stat().st_size:,} bytes")


def _taken(chromium: str, page: Path, picture: Path, scheme: str) -> Image.Image:
    """Return a page as it is seen in light or dark."""
    command = [
        chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--window-size={WIDTH},{HEIGHT}",
        f"--blink-settings=preferredColorScheme={int(scheme == 'light')}", f"--screenshot={picture}", page.as_uri(),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    with Image.open(picture) as taken:
        return taken.convert("RGB")


if __name__ == "__main__":
    main()
