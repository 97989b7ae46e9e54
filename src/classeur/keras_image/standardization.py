"""The statistics of a set of images, and images standardised by them: centred, scaled, whitened."""

import math
import warnings
from typing import Any

import numpy as np

_UNFITTED = (
    "This ImageDataGenerator specifies `{}`, but it hasn't been fit on any training data. "
    "Fit it first by calling `.fit(numpy_data)`."
)

_OVERRIDES = "This ImageDataGenerator specifies `{}`, which overrides setting of `{}`."


def settle_statistics(generator: Any) -> None:
    """Set the attributes that an argument of a new generator requires and reset those it excludes, with a warning."""
    is_centred, by_deviation = generator.featurewise_center, generator.featurewise_std_normalization
    if generator.zca_whitening:
        if not is_centred:
            generator.featurewise_center = True
            warnings.warn(_OVERRIDES.format("zca_whitening", "featurewise_center"), stacklevel=3)
        if by_deviation:
            generator.featurewise_std_normalization = False
            warnings.warn(_OVERRIDES.format("zca_whitening", "featurewise_std_normalization"), stacklevel=3)
    if by_deviation and not is_centred:
        generator.featurewise_center = True
        warnings.warn(_OVERRIDES.format("featurewise_std_normalization", "featurewise_center"), stacklevel=3)
    if generator.samplewise_std_normalization and not generator.samplewise_center:
        generator.samplewise_center = True
        warnings.warn(_OVERRIDES.format("samplewise_std_normalization", "samplewise_center"), stacklevel=3)


def standardize(generator: Any, x: np.ndarray) -> np.ndarray:
    """Standardise an image or a batch as the generator's arguments ask; in place if possible.

    In this order: the user's function, rescaling, the image's own mean and deviation, the fitted mean and deviation,
    whitening.

    Args:
        generator: an `ImageDataGenerator`.
        x: floats, (…, height, width, channels) or channels first.
    """
    if generator.preprocessing_function:
        x = generator.preprocessing_function(x)
    if generator.rescale:
        x *= generator.rescale
    if generator.samplewise_center:
        x -= np.mean(x, keepdims=True)
    if generator.samplewise_std_normalization:
        x /= np.std(x, keepdims=True) + 1e-6
    if generator.featurewise_center:
        if generator.mean is not None:
            x -= generator.mean
        else:
            warnings.warn(_UNFITTED.format("featurewise_center"), stacklevel=3)
    if generator.featurewise_std_normalization:
        if generator.std is not None:
            x /= generator.std + 1e-6
        else:
            warnings.warn(_UNFITTED.format("featurewise_std_normalization"), stacklevel=3)
    if generator.zca_whitening:
        if generator.zca_whitening_matrix is not None:
            flat = x.reshape(-1, math.prod(x.shape[-3:]))
            x = np.reshape(flat @ generator.zca_whitening_matrix, x.shape)
        else:
            warnings.warn(_UNFITTED.format("zca_whitening"), stacklevel=3)
    return x


def fit_statistics(generator: Any, x: np.ndarray) -> None:
    """Set the generator's `mean`, `std` and `zca_whitening_matrix`, as far as it needs them.

    Args:
        generator: an `ImageDataGenerator`.
        x: floats of rank 4, rescaled; overwritten.

    Source: ZCA with the singular values of the centred images, W = U (√n / (S + ε)) Uᵀ.
    """
    axes = (0, generator.row_axis, generator.col_axis)
    shape = [1, 1, 1]
    shape[generator.channel_axis - 1] = x.shape[generator.channel_axis]
    if generator.featurewise_center:
        generator.mean = np.reshape(np.mean(x, axis=axes), shape)
        x -= generator.mean
    if generator.featurewise_std_normalization:
        generator.std = np.reshape(np.std(x, axis=axes), shape)
        x /= generator.std + 1e-6
    if generator.zca_whitening:
        left, singular, _ = np.linalg.svd(np.reshape(x, (len(x), -1)).T, full_matrices=False)
        scale = np.sqrt(len(x)) / (singular + generator.zca_epsilon)
        generator.zca_whitening_matrix = (left * scale).dot(left.T)
