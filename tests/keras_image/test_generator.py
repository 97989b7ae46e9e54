"""The class has Keras' signature, attributes, warnings and errors; statistics and transformations are Keras'."""

import inspect
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras_oracle import MODES, AssertAlike, picture

from classeur import keras_image
from classeur.keras_image import ImageDataGenerator

OURS_ALONE = {"exif_orientation"}
CLASSES = ["ImageDataGenerator", "DirectoryIterator", "NumpyArrayIterator", "Iterator"]


def arguments_of(function: Any) -> dict[str, Any]:
    parameters = inspect.signature(function).parameters.values()
    return {each.name: (each.default, each.kind) for each in parameters if each.name not in OURS_ALONE}


@pytest.mark.parametrize("name", CLASSES)
def test_signatures_are_keras_signatures(legacy: Any, name: str) -> None:
    theirs = getattr(legacy, name)
    for method in ["__init__", *(each for each in vars(theirs) if not each.startswith("_"))]:
        if callable(inspect.getattr_static(theirs, method)):
            ours = getattr(getattr(keras_image, name), method)
            assert arguments_of(ours) == arguments_of(getattr(theirs, method)), method


def test_every_function_of_keras_module_is_here_with_its_signature(legacy: Any) -> None:
    names = [name for name in vars(legacy) if not name.startswith("_")]
    assert len(names) > 15
    assert set(names) <= set(keras_image.__all__)
    for name in names:
        assert arguments_of(getattr(keras_image, name)) == arguments_of(getattr(legacy, name)), name


def test_the_table_iterator_has_keras_signature() -> None:
    from keras.src.legacy.preprocessing import image as whole

    assert arguments_of(keras_image.DataFrameIterator) == arguments_of(whole.DataFrameIterator)


def outcome(make: Any) -> Any:
    """What a call makes of the object: its attributes and warnings, or its error."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            facts: Any = vars(make())
        except (ValueError, TypeError) as error:
            facts = type(error)
    return facts, [each.category for each in caught]


@given(
    st.fixed_dictionaries(
        {},
        optional={
            **{
                name: st.booleans()
                for name in (
                    "featurewise_center",
                    "samplewise_center",
                    "featurewise_std_normalization",
                    "samplewise_std_normalization",
                    "zca_whitening",
                    "horizontal_flip",
                )
            },
            "zoom_range": st.sampled_from([0, 0.5, 2, (0.5, 1), [1, 2], (1,), (1, "2"), (0.5, 1, 2)]),
            "brightness_range": st.sampled_from([None, (0.5, 1), [1, 2], 0.5, (1,), "ab"]),
            "validation_split": st.sampled_from([0.0, 0.2, 1, 1.5, -0.1, None]),
            "data_format": st.sampled_from([None, "channels_first", "channels_last", "channels"]),
            "dtype": st.sampled_from([None, "float64", "uint8"]),
            "rescale": st.sampled_from([None, 1 / 255]),
        },
    )
)
def test_attributes_warnings_and_errors_are_keras(legacy: Any, arguments: dict[str, Any]) -> None:
    ours = outcome(lambda: ImageDataGenerator(**arguments))
    assert ours == outcome(lambda: legacy.ImageDataGenerator(**arguments))


STATISTICS: list[dict[str, Any]] = [
    {"featurewise_center": True},
    {"featurewise_center": True, "featurewise_std_normalization": True},
    {"featurewise_center": True, "zca_whitening": True, "zca_epsilon": 1e-3},
    {"samplewise_center": True, "samplewise_std_normalization": True},
    {"rescale": 1 / 255, "featurewise_center": True},
    {"preprocessing_function": lambda x: x[..., ::-1] - 3, "rescale": 0.5},
]


@pytest.mark.parametrize("arguments", STATISTICS, ids=lambda each: "-".join(each))
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("augment", [False, True])
def test_statistics_are_keras(legacy: Any, arguments: dict[str, Any], data_format: str, augment: bool) -> None:
    x = np.stack([picture(seed, (6, 5, 3)) for seed in range(4)])
    x = x if data_format == "channels_last" else x.transpose(0, 3, 1, 2)
    both = [
        kind(**arguments, data_format=data_format, horizontal_flip=True)
        for kind in (ImageDataGenerator, legacy.ImageDataGenerator)
    ]
    for generator in both:
        generator.fit(x, augment=augment, rounds=2, seed=3)
    for name in ("mean", "std", "zca_whitening_matrix"):
        ours, theirs = (getattr(generator, name) for generator in both)
        assert (ours is None) == (theirs is None)
        if theirs is not None:
            np.testing.assert_array_equal(ours, theirs)
    ours, theirs = (generator.standardize(np.copy(x[0])) for generator in both)
    np.testing.assert_array_equal(ours, theirs)


def test_fit_is_never_in_place_and_wants_four_axes(legacy: Any) -> None:
    x = np.ones((2, 3, 3, 1), np.float32)
    ImageDataGenerator(featurewise_center=True, rescale=0.5).fit(x)
    assert (x == 1).all()
    for kind in (ImageDataGenerator, legacy.ImageDataGenerator):
        with pytest.raises(ValueError, match="rank 4"):
            kind().fit(x[0])
        with pytest.warns(UserWarning, match="channels on axis 3"):
            kind().fit(np.ones((2, 3, 3, 2)))


@pytest.mark.parametrize("name", ["featurewise_center", "featurewise_std_normalization", "zca_whitening"])
def test_unfitted_statistics_warn(legacy: Any, name: str) -> None:
    counts = []
    for kind in (ImageDataGenerator, legacy.ImageDataGenerator):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            kind(**{name: True}).standardize(np.ones((2, 2, 3), np.float32))
        counts.append([str(each.message).split()[3] for each in caught])
    assert len(counts[0]) == len(counts[1]) > 0


@settings(max_examples=60)
@given(
    seed=st.integers(0, 99),
    parameters=st.fixed_dictionaries(
        {},
        optional={
            "theta": st.floats(-90, 90),
            "tx": st.floats(-9, 9),
            "ty": st.floats(-9, 9),
            "shear": st.floats(-40, 40),
            "zx": st.floats(0.5, 2),
            "zy": st.floats(0.5, 2),
            "flip_horizontal": st.booleans(),
            "flip_vertical": st.booleans(),
            "channel_shift_intensity": st.one_of(st.none(), st.floats(-80, 80)),
            "brightness": st.one_of(st.none(), st.floats(0.3, 1.5)),
        },
    ),
    fill_mode=st.sampled_from(MODES[:4]),
    order=st.sampled_from([1, 1, 0, 3]),
)
def test_apply_transform_is_keras(
    legacy: Any, assert_alike: AssertAlike, seed: int, parameters: Any, fill_mode: str, order: int
) -> None:
    # 0 … 255 are left by channel shift; then Keras stretches what it cuts to whole levels, which cannot be told apart
    # from a rounding: inside it is.
    x = picture(seed, (48, 32, 3)) * 0.5 + 64
    how = {"fill_mode": fill_mode, "cval": 9.0, "interpolation_order": order}
    expected = legacy.ImageDataGenerator(**how).apply_transform(x, dict(parameters))
    assert_alike(ImageDataGenerator(**how).apply_transform(x, dict(parameters)), expected)


def test_height_shift_moves_sideways_as_in_keras(legacy: Any) -> None:
    x = picture(0, (20, 20, 1))
    for kind in (ImageDataGenerator, legacy.ImageDataGenerator):
        moved = kind().apply_transform(x, {"tx": 3})
        np.testing.assert_allclose(moved[:, :-3], x[:, 3:], atol=1e-3)
