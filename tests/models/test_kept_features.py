"""Features on disk: of one backbone, one preparation and one view each, beside the pixels and under the same rules."""

from pathlib import Path

import numpy as np
import pytest

from classeur.data.cache_contents import cache_entries, clear
from classeur.images.resizing import Preparation
from classeur.models import features as features_module
from classeur.models.kept_features import FeatureStore
from classeur.rows import CacheWarning

LITE0, PLAIN = "efficientnet_lite0", Preparation(image_size=224)


def row(number: int) -> np.ndarray:
    return np.random.default_rng(number).normal(size=1280).astype(np.float32)


def test_what_is_kept_is_found_again_in_any_order(cache: Path) -> None:
    FeatureStore(cache, LITE0, PLAIN).add([("a", row(1)), ("b", row(2)), ("c", row(3))])
    again = FeatureStore(cache, LITE0, PLAIN)
    assert again.missing(["c", "d", "a"]) == ["d"]
    np.testing.assert_array_equal(again.rows(["c", "a", "c"]), np.stack([row(3), row(1), row(3)]))
    assert again.rows([]).shape == (0, 1280)


def test_another_backbone_preparation_or_view_has_others(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    FeatureStore(cache, LITE0, PLAIN).add([("a", row(1))])
    others = [
        FeatureStore(cache, "efficientnet_lite2", PLAIN),
        FeatureStore(cache, LITE0, Preparation(image_size=192)),
        FeatureStore(cache, LITE0, Preparation(image_size=224, fit="crop")),
        FeatureStore(cache, LITE0, Preparation(image_size=224, stretch=True)),
        FeatureStore(cache, LITE0, PLAIN, view="mirrored"),
    ]
    monkeypatch.setattr(features_module, "FEATURES_VERSION", features_module.FEATURES_VERSION + 1)
    others.append(FeatureStore(cache, LITE0, PLAIN))
    assert [store.missing(["a"]) for store in others] == [["a"]] * 6


def test_the_cache_lists_and_removes_them(cache: Path) -> None:
    FeatureStore(cache, LITE0, PLAIN).add([("a", row(1))])
    (entry,) = cache_entries(cache)
    assert (entry.kind, entry.num_bytes > 1280 * 4) == ("features", True)
    assert clear(cache) == [entry]
    assert FeatureStore(cache, LITE0, PLAIN).missing(["a"]) == ["a"]


def test_a_damaged_segment_is_said_and_computed_again(cache: Path) -> None:
    FeatureStore(cache, LITE0, PLAIN).add([("a", row(1))])
    (segment,) = cache.rglob("*.f32")
    content = bytearray(segment.read_bytes())
    content[100] ^= 1
    segment.write_bytes(content)
    store = FeatureStore(cache, LITE0, PLAIN)
    with pytest.warns(CacheWarning, match="cached features is damaged .*; those of its images are computed again"):
        assert store.missing(["a"]) == ["a"]
