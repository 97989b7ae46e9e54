"""Which images a run was trained on: those of its training's bytes, and those of its training's pixels."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from classeur.delivery.progress import Reporter
from classeur.delivery.wording import counted
from classeur.errors import ClasseurError
from classeur.images.pixels import Pixels, PixelStore
from classeur.run import Run
from classeur.training.facts import RunFacts
from classeur.workflows.judged import rows_of, split_pixels


def trained_on(
    run: Run, facts: RunFacts, hashes: Sequence[str], store: PixelStore, *, cache: Path | None, reporter: Reporter
) -> np.ndarray:
    """Return which images a run was trained on, bool (n,): of the same bytes, or of the same pixels as it sees them.

    A file that was renamed, or whose metadata were removed, is the same image to a model. Pixels of the training that
    are not kept are read from its data; where these are gone, equal bytes alone tell, which is said.

    Args:
        run: whose split.csv has the hashes of its training images.
        facts: of the run.
        hashes: of the images, which are in the store.
        store: pixels of the run's preparation.
        cache: where pixels are kept; the system's cache folder if None.
        reporter: where progress is shown.
    """
    rows = rows_of(run, "train")
    known = {row["hash"] for row in rows}
    is_known = np.array([each in known for each in hashes], bool)
    if is_known.all():
        return is_known
    lacking = set(store.missing(known))
    try:
        trained = split_pixels(run, facts, rows, cache, reporter) if lacking else store.select(sorted(known))
    except ClasseurError:
        reporter.say(
            f"{counted(len(lacking), 'training image')} of {run.path} can be read no more, so that a copy in other"
            " bytes would count as new"
        )
        trained = store.select(sorted(known - lacking))
    others = np.flatnonzero(~is_known)
    is_known[others] = _are_among(store.select([hashes[row] for row in others.tolist()]), trained)
    return is_known


def _are_among(pixels: Pixels, others: Pixels) -> np.ndarray:
    """Return which images have the pixels of one of others, bool (n,)."""
    places: defaultdict[bytes, list[int]] = defaultdict(list)
    for number in range(len(others)):
        places[_middle(others, number)].append(number)
    return np.array(
        [
            any(np.array_equal(pixels[number], others[other]) for other in places.get(_middle(pixels, number), ()))
            for number in range(len(pixels))
        ],
        bool,
    )


def _middle(pixels: Pixels, number: int) -> bytes:
    """Return the middle row of an image: all of them are read from disk, where whole images would be gigabytes."""
    row: bytes = pixels[number][pixels.image_size[0] // 2].tobytes()
    return row
