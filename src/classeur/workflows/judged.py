"""Judged images: a split, or other data, with what a model says of them, and the score of that."""

import itertools
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from classeur.data.facts import content_hash
from classeur.delivery.progress import Reporter
from classeur.errors import RunError
from classeur.evaluation.classifier import Classifier
from classeur.evaluation.sampling import Sampling
from classeur.evaluation.scoring import Score, score
from classeur.evaluation.slices import ImageFacts, accuracy_by_group, find_worst_slice
from classeur.images.pixels import Pixels, PixelStore
from classeur.models.checksum import model_checksum
from classeur.run import Run
from classeur.storage import cache_folder
from classeur.training.facts import RunFacts, read_facts
from classeur.training.logits import softmax
from classeur.workflows.counting import counting
from classeur.workflows.scan import scanned

Row = dict[str, str]  # of split.csv

# Images that are looked at together for their brightness, and of each one pixel in so many to each side. Of more images
# than the last, all pixels would be read from disk for this alone, some 3 GB.
_BATCH_SIZE, _STEP, _MOST = 64, 4, 20_000


class Judged(NamedTuple):
    """Images with the model's logits."""

    name: str  # of the split
    rows: Sequence[Row]
    labels: np.ndarray  # int64 (n,)
    logits: np.ndarray  # float (n, classes)
    pixels: Pixels
    counts: np.ndarray  # bool (n,), whether each counts in the score

    @property
    def groups(self) -> list[str]:
        """What each image is kept together with; "" for one that stands alone."""
        return [row.get("group", "") for row in self.rows]

    @property
    def clusters(self) -> np.ndarray | None:
        """The groups by number, int64 (n,); None if every image stands alone."""
        return Sampling.of(self.groups).clusters

    def score(self, class_names: Sequence[str]) -> Score:
        """Return the score of the images that count; of those that were not trained on, of groups and slices too."""
        logits, labels = self.logits[self.counts], self.labels[self.counts]
        rows = list(itertools.compress(self.rows, self.counts))
        result = score(logits, labels, class_names=class_names, groups=[row.get("group", "") for row in rows])
        if self.name == "train":
            return result
        brightness = _brightness(self.pixels)[self.counts] if len(self.rows) <= _MOST else None
        right = softmax(logits).argmax(axis=1) == labels
        return with_slices(result, right, image_facts(rows, brightness))


def image_facts(rows: Sequence[Row], brightness: np.ndarray | None = None) -> ImageFacts:
    """Return what is known of judged images beside their pixels.

    Args:
        rows: of split.csv.
        brightness: of each image, float (n,); None where it is not known.
    """
    sizes = [(row.get("width", ""), row.get("height", "")) for row in rows]
    known = all(width.isdecimal() and height.isdecimal() for width, height in sizes)
    return ImageFacts(
        paths=[row["path"] for row in rows],
        labels=[row["label"] for row in rows],
        groups=[row.get("group", "") for row in rows],
        areas=np.array([int(width) * int(height) for width, height in sizes]) if known else None,
        brightness=brightness,
    )


def with_slices(result: Score, right: np.ndarray, facts: ImageFacts) -> Score:
    """Return a score with that of each group, and the worst slice.

    Args:
        result: of images.
        right: bool (n,), which of these were classified correctly.
        facts: of the same images.
    """
    return result.model_copy(
        update={"by_group": accuracy_by_group(right, facts), "slices": find_worst_slice(right, facts)}
    )


def judged_by(classifier: Classifier, pixels: Mapping[str, Pixels], reporter: Reporter) -> dict[str, np.ndarray]:
    """Return a model's logits on each split, float (n, classes)."""
    answers = {}
    for name, of_split in pixels.items():
        with reporter.progress(f"evaluating on {name} images") as progress:
            answers[name] = classifier.judge(of_split, progress=progress)
    return answers


def rows_of(run: Run, name: str) -> list[Row]:
    """Return the rows of split.csv of a split."""
    return [row for row in run.read_table(run.split_path) if row["split"] == name]


def counted_rows(run: Run, name: str) -> list[Row]:
    """Return the rows of split.csv of the images of a split that count."""
    rows = rows_of(run, name)
    return list(itertools.compress(rows, counting(run, name, [row["hash"] for row in rows])))


def labels_of(rows: Sequence[Row], class_names: Sequence[str]) -> np.ndarray:
    """Return the class indices of a split's rows, int64 (n,)."""
    number = {class_name: label for label, class_name in enumerate(class_names)}
    return np.array([number[row["label"]] for row in rows], np.int64)


def split_pixels(run: Run, facts: RunFacts, rows: list[Row], cache: Path | None, reporter: Reporter) -> Pixels:
    """Return the pixels of a run's images, from the store or read again from its data.

    Raises:
        RunError: if some are neither cached nor in the data any more.
    """
    hashes = [row["hash"] for row in rows]
    store = PixelStore(cache_folder(cache), **dict(facts.recipe.preparation))
    if store.missing(hashes):
        if not run.data.exists():
            raise RunError(
                f"the data of {run.path} are no longer in {run.data}; give their new place: classeur"
                f" evaluate {shlex.quote(str(run.path))} --data DIR"
            )
        _, store = scanned(run.data, facts.recipe.preparation, columns=run.columns, cache=cache, reporter=reporter)
        missing = store.missing(hashes)
        if missing:
            path = next(row["path"] for row in rows if row["hash"] == missing[0])
            raise RunError(
                f"{len(missing):,} of {len(rows):,} images of {run.path} are missing from {run.data} or have changed,"
                f" such as {path}; restore them, or give their new place with --data"
            )
    return store.select(hashes)


def judged_model(run: Run) -> str:
    """Return the checksum of a run's model; what run.json says where the run was moved without its model.keras."""
    return model_checksum(run.model_path) if run.model_path.exists() else read_facts(run).model


def fingerprint(run: Run, rows: Sequence[Row]) -> str:
    """Return a hash of a model and the images it is evaluated on: with the same hash, the score is the same."""
    lines = sorted(f"{row['hash']}\t{row['label']}" for row in rows)
    return content_hash("\n".join([judged_model(run), *lines]).encode("utf-8", "surrogateescape"))


def _brightness(pixels: Pixels) -> np.ndarray:
    """Return the mean of each image's pixels, 0 … 255, float64 (n,), from one in sixteen."""
    parts = [
        pixels.gather(range(start, min(start + _BATCH_SIZE, len(pixels))))[:, ::_STEP, ::_STEP].mean(axis=(1, 2, 3))
        for start in range(0, len(pixels), _BATCH_SIZE)
    ]
    return np.concatenate(parts)
