"""The oracle: Keras' own legacy module, in the same process."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

AssertAlike = Callable[..., None]


@pytest.fixture(scope="session")
def legacy() -> Any:
    """`tf.keras.preprocessing.image`."""
    import tensorflow as tf

    return tf.keras.preprocessing.image


@pytest.fixture(autouse=True)
def _oracle_warnings() -> Any:
    """SciPy deprecates the name by which Keras calls it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*scipy.ndimage.*", category=DeprecationWarning)
        yield


@pytest.fixture(scope="session")
def assert_alike() -> AssertAlike:
    """A function that holds two batches, or anything nested, to the promise: pixels within 0.5 of `scale` on average
    and 1 of 255 of it at the 99.9th percentile, everything else equal to the bit.
    """

    def check(ours: Any, theirs: Any, *, scale: float = 255.0) -> None:
        if isinstance(theirs, (tuple, list)):
            assert type(ours) is type(theirs)
            assert len(ours) == len(theirs)
            for one, other in zip(ours, theirs, strict=True):
                check(one, other, scale=scale)
            return
        assert type(ours) is type(theirs)
        assert ours.shape == theirs.shape
        assert ours.dtype == theirs.dtype
        if theirs.ndim < 3:
            np.testing.assert_array_equal(ours, theirs)
            return
        if not theirs.size:
            return
        np.testing.assert_array_equal(np.isnan(ours), np.isnan(theirs))
        difference = np.abs(np.nan_to_num(ours).astype(float) - np.nan_to_num(theirs).astype(float)) * 255 / scale
        assert difference.mean() <= 0.5
        assert np.quantile(difference, 0.999) <= 1.0

    return check
