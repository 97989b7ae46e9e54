"""Kept features: what a frozen backbone made of each picture, on disk, so that it is computed once.

Features of one backbone, one preparation and one view, keyed by the content of the files: another split, other labels
or another penalty compute none.
"""

from pathlib import Path
from typing import Literal

import numpy as np

from classeur.images.pixels import pixels_key
from classeur.images.preparation import Preparation
from classeur.models.features import features_key, num_features
from classeur.rows import Kept, RowStore

View = Literal["plain", "mirrored"]

# About 200 images of 1,280 features: as much is computed again if a training is interrupted.
_SEGMENT_NUM_BYTES = 2**20


def features_folder(cache: Path, kind: str, preparation: Preparation, *, view: View = "plain") -> Path:
    """Return where such features are kept; arguments as `FeatureStore` takes them."""
    key = f"{features_key(kind)}-{pixels_key(**dict(preparation))}"
    return cache / "features" / (key if view == "plain" else f"{key}-{view}")


class FeatureStore(RowStore):
    """float32 features (features,) of images, by content hash.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = FeatureStore(Path(folder), "efficientnet_lite0", Preparation(image_size=224))
    ...     store.add([("aa", np.ones(1280, np.float32))])
    ...     store.missing(["aa", "bb"]), store.rows(["aa"]).shape
    (['bb'], (1, 1280))
    """

    def __init__(self, cache: Path, kind: str, preparation: Preparation, *, view: View = "plain") -> None:
        """Open the store of these features below the folder `cache`, or create it.

        Gives a `CacheWarning` if the cache cannot be written; the features are then held in memory.

        Args:
            cache: the cache folder.
            kind: of the backbone, as `FeatureExtractor` takes it.
            preparation: how the pixels were made.
            view: plain, or mirrored left to right.
        """
        super().__init__(
            features_folder(cache, kind, preparation, view=view),
            shape=(num_features(kind),),
            dtype=np.float32,
            ending=".f32",
            segment_num_bytes=_SEGMENT_NUM_BYTES,
            kept=Kept("features", "those of its images are computed again"),
        )
