"""Forecast: how long a transfer will take here, said before anything long is begun."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from classeur.data.facts import FactsTable
from classeur.data.listing import Listing
from classeur.delivery.progress import Reporter
from classeur.delivery.wording import counted, duration, listed
from classeur.images.decoding import UnusableImageError, decode, read_file
from classeur.images.pixels import PixelStore
from classeur.images.preparation import Preparation
from classeur.images.resizing import resize
from classeur.models.assembly import architecture
from classeur.models.features import FeatureExtractor
from classeur.models.kept_features import FeatureStore
from classeur.storage import cache_folder
from classeur.threads import num_processors
from classeur.training.recipe import Recipe

# Fewer images take a few seconds: not worth the measurement.
_WORTH_IT = 500

# Files and pictures that are timed; Keras computes 32 pictures at once.
_NUM_FILES, _NUM_PICTURES = 8, 32

# Kept from sharing all the processors: what is read is also hashed and written, by one thread.
_EFFICIENCY = 0.7


def forecast_of(recipe: Recipe, cache: Path | None, reporter: Reporter) -> Callable[[Listing], None]:
    """Return a function that says how long a recipe for frozen features will take on the data of a listing."""
    folder = cache_folder(cache)
    kind, preparation = recipe.network.model, recipe.preparation
    return lambda listing: say_forecast(listing, kind, preparation, cache=folder, reporter=reporter)


def check_network(kind: str, reporter: Reporter) -> None:
    """Check that a network can be built here; weights that have to be downloaded show their progress.

    Raises:
        ClasseurError: in one line, if it cannot.
    """
    with reporter.progress(f"weights of {kind}, bytes") as progress:
        architecture(kind).check(progress=progress)


def say_forecast(listing: Listing, kind: str, preparation: Preparation, *, cache: Path, reporter: Reporter) -> None:
    """Say how long reading images and computing their features will take, by a few of them; nothing if it is short.

    Args:
        listing: of the data; no file of it is opened but the few.
        kind: of the backbone, as `FeatureExtractor` takes it.
        preparation: how pixels are made.
        cache: where pixels and features are kept.
        reporter: where it is said.
    """
    if len(listing.paths) < _WORTH_IT:
        return
    known = FactsTable(listing.key, cache, stretch=preparation.stretch).read()
    hashes = [known[path].hash if path in known and not known[path].reason else path for path in listing.paths]
    pixels, features = PixelStore(cache, **dict(preparation)), FeatureStore(cache, kind, preparation)
    unread = [path for path, hash_ in zip(listing.paths, hashes, strict=True) if hash_ not in pixels]
    num_unseen = sum(hash_ not in features for hash_ in hashes)
    seconds, parts = 0.0, []
    if len(unread) >= _WORTH_IT:
        seconds += len(unread) * _seconds_a_file(listing.root, unread, preparation)
        parts.append(f"{counted(len(unread), 'file')} to read")
    if num_unseen >= _WORTH_IT:
        seconds += num_unseen * _seconds_a_picture(kind, preparation)
        parts.append(f"features of {counted(num_unseen, 'image')}")
    if parts:
        reporter.say(
            f"about {duration(seconds)} here for {listed(parts)}, which are kept for the next training; then some"
            " seconds for the rest"
        )


def _seconds_a_file(root: Path, paths: list[str], preparation: Preparation) -> float:
    """Return the seconds that a file takes, on all processors: the mean of a few."""
    began, num_read = time.perf_counter(), 0
    for at in np.linspace(0, len(paths) - 1, _NUM_FILES).astype(int):
        try:
            picture = decode(read_file(root / paths[at]), stretch=preparation.stretch).pixels
            resize(picture, preparation.image_size, fit=preparation.fit)
        except (OSError, UnusableImageError):
            continue
        finally:
            num_read += 1
    return (time.perf_counter() - began) / num_read / (_EFFICIENCY * num_processors())


def _seconds_a_picture(kind: str, preparation: Preparation) -> float:
    """Return the seconds that the features of a picture take, on all processors."""
    extractor = FeatureExtractor(kind, image_size=preparation.image_size)
    batch = np.zeros((_NUM_PICTURES, *preparation.image_size, 3), np.uint8)
    list(extractor.extract([batch[:2]]))  # the first is slower
    began = time.perf_counter()
    list(extractor.extract([batch]))
    return (time.perf_counter() - began) / _NUM_PICTURES
