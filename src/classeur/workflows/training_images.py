"""The training images of a run, by their features: which of them a picture looks like."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from classeur.delivery.progress import Reporter
from classeur.evaluation.neighbours import nearest
from classeur.images.pixels import PixelStore
from classeur.models.kept_features import FeatureStore
from classeur.models.onnx_tail import MappedModel
from classeur.training.facts import RunFacts

# Training images that a picture is shown beside.
_NUM_NEIGHBOURS = 3
# Training images per forward pass.
_BATCH_SIZE = 32


@dataclass(frozen=True)
class Similar:
    """A training image that a picture looks like."""

    path: str  # inside the data
    label: str
    similarity: float  # cosine of the angle between their features, −1 … 1
    hash: str = ""
    pixels: np.ndarray | None = None  # uint8 (height, width, 3), where they are kept


class TrainingImages:
    """Searched only if their features are kept, or can be computed from pixels that are."""

    def __init__(
        self,
        rows: Sequence[dict[str, str]],
        facts: RunFacts,
        model: MappedModel | None,
        cache: Path,
        *,
        reporter: Reporter,
        computes: bool = True,
    ) -> None:
        """Find the features.

        Args:
            rows: of split.csv, those of training images.
            facts: of the run.
            model: of the run; None if there is none that gives features.
            cache: where features and pixels are kept.
            reporter: where it is shown how far they are computed.
            computes: whether they may be computed where none are kept, which takes seconds.
        """
        self._rows = rows
        hashes = [row["hash"] for row in self._rows]
        self._pixels = PixelStore(cache, **dict(facts.recipe.preparation))
        self._features: np.ndarray | None = None
        if model is None:
            return
        if facts.backbone is not None:
            kept = FeatureStore(cache, facts.recipe.network.model, facts.recipe.preparation)
            if not kept.missing(hashes):
                self._features = kept.rows(hashes)
        elif computes and not self._pixels.missing(hashes):
            self._features = self._computed(model, hashes, reporter)

    @property
    def are_known(self) -> bool:
        """Whether their features are there."""
        return self._features is not None

    def most_like(self, features: np.ndarray) -> list[tuple[Similar, ...]]:
        """Return the training images most like each picture, from their features (n, features)."""
        if self._features is None:
            return [()] * len(features)
        return [
            tuple(self._similar(each.row, each.similarity) for each in found)
            for found in nearest(features, self._features, count=_NUM_NEIGHBOURS)
        ]

    def _similar(self, number: int, similarity: float) -> Similar:
        row = self._rows[number]
        kept = not self._pixels.missing([row["hash"]])
        pixels = self._pixels.select([row["hash"]])[0] if kept else None
        return Similar(row["path"], row["label"], similarity, row["hash"], pixels)

    def _computed(self, model: MappedModel, hashes: Sequence[str], reporter: Reporter) -> np.ndarray | None:
        pixels, parts = self._pixels.select(hashes), []
        with reporter.progress("features of training images") as progress:
            for start in range(0, len(pixels), _BATCH_SIZE):
                rows = range(start, min(start + _BATCH_SIZE, len(pixels)))
                features = model(pixels.gather(rows)).features
                if features is None:
                    return None
                parts.append(features)
                progress(rows.stop, len(pixels))
        return np.concatenate(parts)
