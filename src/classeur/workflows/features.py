"""Features of a data set's images: the kept ones, and the missing ones computed and kept."""

from collections.abc import Iterator, Sequence

import numpy as np

from classeur.delivery.progress import Reporter
from classeur.delivery.wording import sized
from classeur.environment import memory_num_bytes
from classeur.errors import StorageError
from classeur.images.pixels import PixelStore
from classeur.models.features import FeatureExtractor, num_features
from classeur.models.kept_features import FeatureStore
from classeur.training.head import head_num_bytes

# Images a batch that goes to the backbone; it divides them further.
_BATCH_SIZE = 32

# Features of all images are held as float32, and once more standardised while a head is learned.
_NUM_COPIES = 3


def kept_features(
    features: FeatureStore,
    kind: str,
    pixels: PixelStore,
    hashes: Sequence[str],
    reporter: Reporter,
    *,
    num_classes: int = 0,
) -> np.ndarray:
    """Return the features of images by content hash, float32 (n, features); those that are missing are computed.

    Two processes share the work: the second waits, and finds what the first has computed. If it is interrupted, what
    is computed stays.

    Args:
        features: where they are kept.
        kind: of the backbone, as `FeatureExtractor` takes it.
        pixels: of the same images.
        hashes: of the images, in the order wanted.
        reporter: where progress is shown.
        num_classes: of the head that is to be learned from them, whose memory counts too; none if 0.

    Raises:
        StorageError: if they are too many for the memory that this process may use.
    """
    needed, memory = _NUM_COPIES * len(hashes) * num_features(kind) * 4, memory_num_bytes()
    needed += head_num_bytes(len(hashes), num_features(kind), num_classes=num_classes)
    if memory and needed > memory:
        raise StorageError(
            f"learning from features of {len(hashes):,} images takes about {sized(needed)} of memory, and there is"
            f" {sized(memory)} here; give fewer images"
        )
    if features.missing(hashes):
        with features.building():
            missing = features.missing(hashes)
            try:
                features.add(zip(missing, _computed(kind, pixels, missing, reporter), strict=True))
            except KeyboardInterrupt:
                reporter.say("what was computed is kept: the same command goes on from there")
                raise
    return features.rows(hashes)


def _computed(kind: str, store: PixelStore, hashes: Sequence[str], reporter: Reporter) -> Iterator[np.ndarray]:
    """Yield the features of each image, float32 (features,)."""
    if not hashes:
        return
    extractor = FeatureExtractor(kind, image_size=store.image_size)
    pixels = store.select(hashes)

    def batches() -> Iterator[np.ndarray]:
        for start in range(0, len(pixels), _BATCH_SIZE):
            yield pixels.gather(range(start, min(start + _BATCH_SIZE, len(pixels))))

    done = 0
    with reporter.progress("features of images") as progress:
        for part in extractor.extract(batches()):
            yield from part
            done += len(part)
            progress(done, len(pixels))
