"""Arrays: the batches of Keras, for drawn arguments, by `next()` and by index; the same errors."""

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from keras_oracle import AUGMENTATIONS, AssertAlike, batches, picture

from classeur.keras_image import ImageDataGenerator


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    arguments=AUGMENTATIONS,
    data_format=st.sampled_from(["channels_last", "channels_last", "channels_first"]),
    channels=st.sampled_from([1, 3, 4]),
    flow=st.fixed_dictionaries(
        {"batch_size": st.integers(1, 8), "seed": st.one_of(st.none(), st.integers(0, 99))},
        optional={"shuffle": st.booleans()},
    ),
    has_labels=st.booleans(),
    has_weights=st.booleans(),
    num_more_inputs=st.integers(0, 2),
    by_index=st.booleans(),
)
def test_batches_are_keras(
    legacy: Any,
    assert_alike: AssertAlike,
    arguments: Any,
    data_format: str,
    channels: int,
    flow: Any,
    has_labels: bool,
    has_weights: bool,
    num_more_inputs: int,
    by_index: bool,
) -> None:
    x: Any = np.stack([picture(seed, (24, 24, channels)) for seed in range(7)])
    x = x if data_format == "channels_last" else x.transpose(0, 3, 1, 2)
    more = [np.arange(7.0) + number for number in range(num_more_inputs)]
    made = []
    for kind in (ImageDataGenerator, legacy.ImageDataGenerator):
        iterator = kind(**arguments, data_format=data_format).flow(
            (x, more) if more else x,
            np.arange(7) if has_labels else None,
            sample_weight=np.linspace(0, 1, 7) if has_weights else None,
            **flow,
        )
        np.random.seed(5)
        made.append(batches(iterator, num_epochs=2, by_index=by_index))
        made[-1].append(np.random.random(3))
    assert_alike(made[0], made[1], is_standardized=arguments.get("samplewise_center", False))


@pytest.mark.parametrize("rescale", [None, 1 / 255, 3])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_what_lies_outside_is_rescaled_too(
    legacy: Any, assert_alike: AssertAlike, rescale: float | None, data_format: str
) -> None:
    x = np.stack([picture(seed, (20, 20, 3)) for seed in range(5)])
    x = x if data_format == "channels_last" else x.transpose(0, 3, 1, 2)
    how = {"zoom_range": (1.5, 2), "fill_mode": "constant", "cval": 77.0, "rescale": rescale}
    ours, theirs = (
        next(kind(**how, data_format=data_format).flow(x, seed=0))
        for kind in (ImageDataGenerator, legacy.ImageDataGenerator)
    )
    assert_alike(ours, theirs)


def test_the_attributes_are_keras(legacy: Any) -> None:
    x = np.zeros((5, 4, 4, 3))
    ours, theirs = (
        kind(validation_split=0.4).flow(x, np.arange(5) % 2, batch_size=2, subset="training", seed=1)
        for kind in (ImageDataGenerator, legacy.ImageDataGenerator)
    )
    assert set(vars(theirs)) <= {*vars(ours), "_workers", "_use_multiprocessing", "_max_queue_size"}
    for name in ("n", "batch_size", "seed", "shuffle", "batch_index", "total_batches_seen", "index_array", "dtype"):
        assert getattr(ours, name) == getattr(theirs, name), name
    assert len(ours) == len(theirs) == 2
    next(ours), next(theirs)
    assert (ours.batch_index, ours.total_batches_seen) == (theirs.batch_index, theirs.total_batches_seen) == (1, 1)
    np.testing.assert_array_equal(ours.index_array, theirs.index_array)


@pytest.mark.parametrize(
    ("x", "y", "how"),
    [
        (np.zeros((4, 4, 4)), None, {}),
        (np.zeros((4, 4, 4, 3)), np.zeros(3), {}),
        (np.zeros((4, 4, 4, 3)), None, {"sample_weight": np.zeros(5)}),
        ((np.zeros((4, 4, 4, 3)), np.zeros(5)), None, {}),
        (np.zeros((4, 4, 4, 3)), None, {"subset": "test"}),
        (np.zeros((4, 4, 4, 3)), np.array([0, 0, 1, 1]), {"subset": "training"}),
    ],
)
def test_errors_are_keras_errors(legacy: Any, x: Any, y: Any, how: dict[str, Any]) -> None:
    for kind in (ImageDataGenerator, legacy.ImageDataGenerator):
        with pytest.raises(ValueError, match=r"rank 4|same length|Invalid subset|different number of classes"):
            kind(validation_split=0.5).flow(x, y, **how)


def test_ignore_class_split_and_subsets(legacy: Any) -> None:
    x, y = np.zeros((4, 4, 4, 3)), np.array([0, 0, 1, 1])
    for subset in ("training", "validation"):
        ours, theirs = (
            kind(validation_split=0.5).flow(x, y, subset=subset, ignore_class_split=True)
            for kind in (ImageDataGenerator, legacy.ImageDataGenerator)
        )
        np.testing.assert_array_equal(ours.y, theirs.y)


def test_two_channels_warn(legacy: Any) -> None:
    for kind in (ImageDataGenerator, legacy.ImageDataGenerator):
        with pytest.warns(UserWarning, match="2 channels"):
            kind().flow(np.zeros((4, 4, 4, 2)))


def test_pictures_are_saved_under_keras_names(legacy: Any, tmp_path: Any) -> None:
    x = np.stack([picture(seed, (6, 6, 3)) for seed in range(3)])
    names = []
    for kind, name in ((ImageDataGenerator, "ours"), (legacy.ImageDataGenerator, "theirs")):
        (tmp_path / name).mkdir()
        next(kind(rotation_range=9).flow(x, seed=2, save_to_dir=tmp_path / name, save_prefix="p", save_format="png"))
        names.append(sorted(path.name for path in (tmp_path / name).iterdir()))
    assert names[0] == names[1]
    assert len(names[0]) == 3
