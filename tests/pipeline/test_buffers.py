"""Memory is used again when nothing refers to it, and never before."""

import itertools
import sys
from typing import Any

import numpy as np
import pytest

from classeur.keras_image import ImageDataGenerator
from classeur.pipeline.buffers import Buffers

HOLDERS: list[Any] = [
    lambda array: array,
    lambda array: array[0],
    lambda array: array.reshape(-1)[::2],
    lambda array: memoryview(array),
    lambda array: [array],
    lambda array: np.asarray(memoryview(array)),
]


@pytest.mark.parametrize("hold", HOLDERS)
def test_what_is_looked_at_is_not_used_again(hold: Any) -> None:
    buffers = Buffers()
    held = hold(buffers.empty((4, 4), "float32"))
    others = [buffers.empty((4, 4), "float32") for _ in range(5)]
    for number, other in enumerate(others):
        other[:] = number + 1
        assert not np.shares_memory(np.asarray(held[0] if isinstance(held, list) else held), other)


def test_what_is_not_looked_at_is_used_again() -> None:
    buffers = Buffers()
    place = buffers.empty((4, 4), "float32").ctypes.data
    assert buffers.empty((4, 4), "float32").ctypes.data == place
    assert buffers.empty((4, 5), "float32").shape == (4, 5)
    assert buffers.empty((4, 4), "float64").dtype == np.float64


def test_no_count_of_references_is_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pythons count differently: some borrow references, some do not count at all."""
    monkeypatch.setattr(sys, "getrefcount", lambda _: 3)
    buffers = Buffers()
    arrays = [buffers.empty((4, 4), "uint8") for _ in range(6)]
    assert not any(np.shares_memory(one, two) for one, two in itertools.combinations(arrays, 2))


@pytest.mark.keras
@pytest.mark.parametrize("name", ["tensorflow", "jax", "torch"])
def test_what_a_backend_looks_at_is_not_used_again(name: str) -> None:
    """On a processor a tensor may be the array's own memory."""
    module = pytest.importorskip(name)
    convert = {"tensorflow": "convert_to_tensor", "jax": "device_put", "torch": "from_numpy"}[name]
    buffers, tensors = Buffers(), []
    for number in range(8):
        array = buffers.empty((64, 64), "float32")
        array[:] = number
        tensors.append(getattr(module, convert)(array))
        del array
    assert [float(np.asarray(tensor).mean()) for tensor in tensors] == list(range(8))


def test_tensors_keep_their_values() -> None:
    import tensorflow as tf

    x = np.arange(2000, dtype=np.float32).reshape(20, 10, 10, 1)
    iterator = ImageDataGenerator().flow(x, batch_size=5, shuffle=False)
    tensors = [tf.convert_to_tensor(iterator[index]) for index in range(4)]
    np.testing.assert_array_equal(np.concatenate([tensor.numpy() for tensor in tensors]), x)
    data = tf.data.Dataset.from_generator(
        lambda: (iterator[index] for index in range(4)), output_signature=tf.TensorSpec((5, 10, 10, 1))
    )
    got = list(data.prefetch(2))
    np.testing.assert_array_equal(np.concatenate([tensor.numpy() for tensor in got]), x)


def test_batches_kept_keep_their_values() -> None:
    x = np.random.default_rng(0).random((40, 8, 8, 3)).astype(np.float32)
    iterator = ImageDataGenerator(horizontal_flip=True).flow(x, batch_size=5, seed=1)
    kept, copied = [], []
    for _ in range(16):
        kept.append(next(iterator))
        copied.append(kept[-1].copy())
    for one, other in zip(kept, copied, strict=True):
        np.testing.assert_array_equal(one, other)
