"""Which images of other data belong with those that a run was trained on, so that they cannot test it."""

import itertools
from collections import defaultdict
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from classeur.data.folder import ImageFolder
from classeur.data.kept_pairs import known_near_duplicates
from classeur.data.leaks import beside_training, find_leaks
from classeur.data.together import kept_together
from classeur.delivery.progress import Reporter
from classeur.delivery.wording import counted
from classeur.errors import ClasseurError
from classeur.images.pixels import Pixels, PixelStore
from classeur.run import Run
from classeur.storage import cache_folder
from classeur.training.facts import RunFacts
from classeur.workflows.counting import leaks_of
from classeur.workflows.judged import rows_of
from classeur.workflows.scan import scanned


def trained_on(
    run: Run,
    facts: RunFacts,
    folder: ImageFolder,
    rows: Sequence[int],
    store: PixelStore,
    *,
    cache: Path | None,
    reporter: Reporter,
) -> np.ndarray:
    """Return which images belong with those that a run was trained on, bool (n,), as in a split of its own.

    The run's leaks.csv names them; or they have the same bytes as training images or, as the run sees them, the same
    pixels; or they are near-duplicates, or of one burst, or others between them are. Where the training images cannot
    be read any more, the last cannot be told, which is said.

    Args:
        run: whose split.csv has the hashes of its training images.
        facts: of the run.
        folder: of the images, scanned.
        rows: of the images in it.
        store: pixels of the run's preparation, those of the images among them.
        cache: where pixels are kept; the system's cache folder if None.
        reporter: where progress is shown.
    """
    known = {row["hash"] for row in rows_of(run, "train")}
    hashes = [folder.hashes[row] for row in rows]
    named = known.union(row["hash"] for row in leaks_of(run))
    is_known = np.array([each in named for each in hashes], bool)
    if is_known.all():
        return is_known
    training = _training(run, facts, known, cache=cache, reporter=reporter)
    of_training = store if training is None else training.store
    there = () if training is None else itertools.compress(training.folder.hashes, training.folder.usable)
    lost = known.difference(there)
    if lost:
        reporter.say(
            f"{counted(len(lost), 'training image')} of {run.path} can be read no more, so that a copy in other bytes"
            " may count as new"
        )
    trained = of_training.select(sorted(known.difference(of_training.missing(known))))
    others = np.flatnonzero(~is_known)
    is_known[others] = _are_among(store.select([hashes[row] for row in others.tolist()]), trained)
    if training is not None:
        both = beside_training(_only(folder, rows), training.folder)
        pairs = known_near_duplicates(both, cache=cache_folder(cache), pixels=training.store)
        together = kept_together(both, pairs, long_bursts=facts.recipe.split.long_bursts)
        leaking = {leak.row for leak in find_leaks(both, pairs, together)["test"]}
        is_known |= np.array([row in leaking for row in rows], bool)
    return is_known


class _Training(NamedTuple):
    """The training images of a run, as far as they are still there."""

    folder: ImageFolder  # others are set aside
    store: PixelStore


def _training(
    run: Run, facts: RunFacts, known: Collection[str], *, cache: Path | None, reporter: Reporter
) -> _Training | None:
    """Return the training images of a run; None if its data are gone."""
    try:
        if not run.data.exists():
            return None
        folder, store = scanned(run.data, facts.recipe.preparation, columns=run.columns, cache=cache, reporter=reporter)
    except ClasseurError:
        return None
    rows = [row for row, hash_ in enumerate(folder.hashes) if hash_ in known]
    return _Training(_only(folder, rows), store)


def _only(folder: ImageFolder, rows: Sequence[int]) -> ImageFolder:
    """Return a folder in which all other images are set aside."""
    kept = set(rows)
    reasons = (reason or ("" if row in kept else "not looked at") for row, reason in enumerate(folder.reasons))
    columns = {name: getattr(folder, name) for name in ImageFolder.model_fields}
    return ImageFolder(**{**columns, "reasons": tuple(reasons)})


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
