import threading
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classeur.errors import WorkError
from classeur.images.pixels import Pixels, PixelStore
from classeur.pipeline import augmenters as module
from classeur.pipeline.augmentation import PRESETS, Augmentation, draw
from classeur.pipeline.augmenters import Images, as_kept, augmenter
from classeur.pipeline.batches import Batches
from classeur.pipeline.counters import permutation
from classeur.pipeline.sampling import Sampler
from classeur.pipeline.warping import apply_draw, mix, warp
from classeur.threads import map_in_threads

SIZE = (9, 12)


def pixels_of(num_images: int) -> Pixels:
    """Pictures whose number stands in their first pixel; the rest is noise."""
    segment = np.random.default_rng(0).integers(0, 256, (num_images, *SIZE, 3), np.uint8)
    segment[:, 0, 0, 0] = np.arange(num_images)
    segment.flags.writeable = False
    places = np.stack([np.zeros(num_images, np.int64), np.arange(num_images)], axis=1)
    return Pixels([segment], places, SIZE)


def batches_of(
    num_images: int = 23,
    *,
    batch_size: int = 5,
    seed: int = 0,
    augmentation: Augmentation | None = None,
    shuffle: bool = True,
    num_threads: int = 2,
    names: list[str] | None = None,
    on_device: bool = False,
) -> Batches:
    images = Images(pixels_of(num_images), np.arange(num_images) * 10, names)
    return Batches(
        Sampler(num_images, batch_size, seed if shuffle else None),
        augmenter(images, augmentation or Augmentation(), seed=seed, on_device=on_device),
        ahead=partial(map_in_threads, num_threads=num_threads, num_ahead=2),
    )


def joined(batches: Batches, epoch: int, **options: Any) -> tuple[np.ndarray, np.ndarray]:
    made = list(batches.epoch(epoch, **options))
    return np.concatenate([batch.pixels for batch in made]), np.concatenate([batch.labels for batch in made])


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 60), st.integers(1, 25), st.booleans(), st.integers(0, 5))
def test_every_image_comes_once_an_epoch_with_its_label(
    num_images: int, batch_size: int, shuffle: bool, epoch: int
) -> None:
    batches = batches_of(num_images, batch_size=batch_size, shuffle=shuffle, num_threads=2)
    made = list(batches.epoch(epoch))
    sizes = [len(batch.labels) for batch in made]
    assert len(made) == len(batches)
    assert sizes[:-1] == [batch_size] * (len(made) - 1)
    assert 1 <= sizes[-1] <= batch_size
    assert sum(sizes) == batches.num_images == num_images
    pixels, labels = joined(batches, epoch)
    assert sorted(labels.tolist()) == [number * 10 for number in range(num_images)]
    np.testing.assert_array_equal(pixels[:, 0, 0, 0] * 10.0, labels)
    np.testing.assert_array_equal(pixels, pixels_of(num_images).gather(labels // 10))
    assert (pixels.dtype, labels.dtype) == (np.uint8, np.int64)
    if not shuffle:
        assert labels.tolist() == sorted(labels.tolist())


def test_no_images_no_batches() -> None:
    assert (len(batches_of(0)), list(batches_of(0).epoch(0))) == (0, [])


@pytest.mark.parametrize("augmentation", ["none", "all"])
@pytest.mark.parametrize("num_threads", [1, 2, 8])
@pytest.mark.parametrize("batch_size", [1, 4, 23, 100])
def test_threads_and_batch_sizes_make_no_difference(augmentation: str, num_threads: int, batch_size: int) -> None:
    expected = joined(batches_of(augmentation=PRESETS[augmentation], num_threads=1), 3)
    found = joined(batches_of(augmentation=PRESETS[augmentation], num_threads=num_threads, batch_size=batch_size), 3)
    np.testing.assert_array_equal(found[0], expected[0])
    np.testing.assert_array_equal(found[1], expected[1])


@pytest.mark.parametrize("first", range(6))
def test_an_epoch_can_be_begun_at_any_batch(first: int) -> None:
    batches = batches_of(augmentation=PRESETS["all"], seed=4)
    expected = list(batches.epoch(2))[first:]
    found = list(batches.epoch(2, first=first))
    assert len(found) == len(expected) == 5 - first
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one.pixels, other.pixels)
        np.testing.assert_array_equal(one.labels, other.labels)


def test_epochs_and_seeds_differ_in_order_and_in_what_is_drawn() -> None:
    orders, pictures = set(), set()
    for seed in range(3):
        batches = batches_of(augmentation=PRESETS["all"], seed=seed)
        for epoch in range(3):
            pixels, labels = joined(batches, epoch)
            orders.add(tuple(labels.tolist()))
            pictures.add(pixels[labels == 70].tobytes())
    assert len(orders) == len(pictures) == 9


def test_another_epoch_first_changes_nothing() -> None:
    batches = batches_of(augmentation=PRESETS["all"])
    expected = joined(batches, 5)
    joined(batches, 1)
    np.testing.assert_array_equal(joined(batches, 5)[0], expected[0])


def test_a_picture_is_drawn_and_warped_by_its_own_number() -> None:
    augmentation = PRESETS["all"]
    pixels, labels = joined(batches_of(augmentation=augmentation, seed=6), 7)
    assert (labels // 10).tolist() == permutation(6, 7, 23).tolist()
    for picture, number in zip(pixels, labels // 10, strict=True):
        (matrix,) = draw(augmentation, 6, 7, np.array([number]), image_size=SIZE).matrices
        expected = np.empty((*SIZE, 3), np.uint8)
        warp(pixels_of(23)[number], matrix, out=expected)
        np.testing.assert_array_equal(picture, expected)


def test_augmentation_that_changes_nothing_changes_nothing() -> None:
    np.testing.assert_array_equal(joined(batches_of(augmentation=Augmentation()), 0)[0], joined(batches_of(), 0)[0])


def test_batches_can_be_written_and_the_store_stays_as_it_is(cache: Path) -> None:
    store = PixelStore(cache, image_size=SIZE, fit="squash")
    store.add((str(number), pixels_of(4)[number]) for number in range(4))
    batches = Batches(Sampler(4, batch_size=3), as_kept(Images(store.select("0123"), np.arange(4))))
    for batch in batches.epoch(0):
        batch.pixels[:] = 0
    np.testing.assert_array_equal(joined(batches, 0)[0], pixels_of(4).gather(range(4)))


def test_an_error_in_a_worker_surfaces_at_its_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    def fail_at_the_twelfth(*arguments: Any, **options: Any) -> None:
        calls.append(1)
        if len(calls) == 12:
            raise ZeroDivisionError("in a worker")

    monkeypatch.setattr(module, "apply_draw", fail_at_the_twelfth)
    before = threading.active_count()
    names = [f"cats/{number}.jpg" for number in range(23)]
    epoch = batches_of(augmentation=PRESETS["all"], num_threads=1, names=names).epoch(0)
    culprit = names[permutation(0, 0, 23)[11]]
    assert [len(next(epoch).labels) for _ in range(2)] == [5, 5]
    with pytest.raises(WorkError, match=f"^{culprit}: in a worker"):
        next(epoch)
    assert threading.active_count() == before


def test_an_epoch_that_is_left_leaves_no_thread() -> None:
    before = threading.active_count()
    epoch = batches_of(num_threads=3).epoch(0)
    next(epoch)
    epoch.close()
    assert threading.active_count() == before


def test_what_is_left_to_the_device_is_what_the_host_would_do() -> None:
    augmentation = Augmentation(flip="both", rotation=20, hue=30, brightness=0.3, erase=0.5)
    host = batches_of(augmentation=augmentation, seed=3)
    device = batches_of(augmentation=augmentation, seed=3, on_device=True)
    for made, left in zip(host.epoch(2), device.epoch(2), strict=True):
        assert left.draws is not None
        np.testing.assert_array_equal(left.pixels, pixels_of(23).gather(left.labels // 10))
        for row in range(len(left.labels)):
            picture = np.empty((*SIZE, 3), np.uint8)
            apply_draw(left.pixels[row], left.draws, row, out=picture)
            np.testing.assert_array_equal(picture, made.pixels[row])


MIXED = Augmentation(flip="both", rotation=30, mixup=0.4, hue=30)


def test_a_mixed_picture_is_its_own_draw_and_its_partners() -> None:
    augmentation, images = MIXED, pixels_of(23)
    drawn = draw(augmentation, 6, 7, np.arange(23), image_size=SIZE, num_images=23)
    for batch in batches_of(augmentation=augmentation, seed=6).epoch(7):
        assert batch.draws is None
        assert batch.mixing is not None
        for row, number in enumerate(batch.labels // 10):
            partner = drawn.partners[number]
            assert batch.mixing.labels[row] == partner * 10
            assert batch.mixing.shares[row] == drawn.weights[number]
            own, theirs, expected = (np.empty((*SIZE, 3), np.uint8) for _ in range(3))
            apply_draw(images[number], drawn, number, out=own)
            apply_draw(images[partner], drawn, partner, out=theirs)
            mix(own, theirs, drawn.weights[number], out=expected)
            np.testing.assert_array_equal(batch.pixels[row], expected)


def test_what_is_mixed_on_the_device_is_what_the_host_would_mix() -> None:
    host, device = (batches_of(augmentation=MIXED, seed=3, on_device=on_device) for on_device in (False, True))
    for made, left in zip(host.epoch(2), device.epoch(2), strict=True):
        assert left.draws is not None
        assert made.mixing is not None
        assert left.mixing is not None
        np.testing.assert_array_equal(left.mixing.labels, made.mixing.labels)
        np.testing.assert_array_equal(left.mixing.shares, made.mixing.shares)
        count = len(left.labels)
        both = np.concatenate([left.labels, left.mixing.labels]) // 10
        np.testing.assert_array_equal(left.pixels, pixels_of(23).gather(both))
        done = np.empty_like(left.pixels)
        for row, picture in enumerate(left.pixels):
            apply_draw(picture, left.draws, row, out=done[row])
        for row, weight in enumerate(left.mixing.shares):
            mix(done[row], done[count + row], weight, out=done[row])
        np.testing.assert_array_equal(done[:count], made.pixels)


@pytest.mark.parametrize("on_device", [False, True])
@pytest.mark.parametrize("augmentation", [Augmentation(), Augmentation(rotation=9), MIXED])
def test_weights_are_the_images_own_and_their_partners(augmentation: Augmentation, on_device: bool) -> None:
    weights = np.linspace(0.5, 2, 23)
    images = Images(pixels_of(23), np.arange(23), weights=weights)
    plain, weighted = (
        Batches(Sampler(23, batch_size=5, seed=1), augmenter(each, augmentation, seed=1, on_device=on_device))
        for each in (images._replace(weights=None), images)
    )
    for one, other in zip(plain.epoch(2), weighted.epoch(2), strict=True):
        assert one.weights is None
        np.testing.assert_array_equal(other.weights, weights[other.labels])
        np.testing.assert_array_equal(one.pixels, other.pixels)
        np.testing.assert_array_equal(one.labels, other.labels)
        assert (one.mixing is None) == (other.mixing is None) == (augmentation.mixup == 0)
        if one.mixing and other.mixing:
            assert one.mixing.weights is None
            np.testing.assert_array_equal(other.mixing.weights, weights[other.mixing.labels])
            np.testing.assert_array_equal(other.mixing.shares, one.mixing.shares)


def test_opencvs_threads_are_as_they_were_outside_an_epoch() -> None:
    before = cv2.getNumThreads()
    try:
        cv2.setNumThreads(7)
        one, other = batches_of(augmentation=MIXED).epoch(0), batches_of(augmentation=MIXED).epoch(0)
        next(one), next(other)
        assert cv2.getNumThreads() == 1
        one.close()
        assert cv2.getNumThreads() == 1, "the other epoch goes on"
        list(other)
        assert cv2.getNumThreads() == 7
    finally:
        cv2.setNumThreads(before)
