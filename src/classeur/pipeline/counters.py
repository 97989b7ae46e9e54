"""Random numbers as a pure function of their purpose: Philox, a counter-based generator, over whole arrays.

A number depends only on (seed, epoch, image, position): not on batches, threads, order or machine.
"""

import numpy as np

# Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011: multipliers and key increments of
# Philox4x64-10, the generator that NumPy has as np.random.Philox.
_MULTIPLIERS = (0xD2E7470EE14C6C93, 0xCA5A826395121157)
_INCREMENTS = (0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B)
_NUM_ROUNDS = 10


def philox(counters: np.ndarray, key: tuple[int, int]) -> np.ndarray:
    """Return four 64-bit random words for each counter: Philox4x64-10.

    Args:
        counters: uint64 (n, 4), least significant word first.
        key: two numbers, taken modulo 2⁶⁴.

    Returns:
        uint64 (n, 4); row i is what `np.random.Philox(key=key)` yields for that counter.

    >>> counters = np.array([[1, 0, 0, 0]], np.uint64)  # NumPy counts up before it draws
    >>> bool(philox(counters, (7, 9))[0, 0] == np.random.Philox(key=[7, 9]).random_raw(1)[0])
    True
    """
    words = [counters[:, number].copy() for number in range(4)]
    keys = [key[0] % 2**64, key[1] % 2**64]
    for _ in range(_NUM_ROUNDS):
        high_0, low_0 = _multiply(words[0], _MULTIPLIERS[0])
        high_1, low_1 = _multiply(words[2], _MULTIPLIERS[1])
        words = [high_1 ^ words[1] ^ np.uint64(keys[0]), low_1, high_0 ^ words[3] ^ np.uint64(keys[1]), low_0]
        keys = [(value + increment) % 2**64 for value, increment in zip(keys, _INCREMENTS, strict=True)]
    return np.stack(words, axis=1)


def uniform(seed: int, epoch: int, indices: np.ndarray, num_values: int) -> np.ndarray:
    """Return uniform numbers for images, each a function of (seed, epoch, index, position).

    Args:
        seed, epoch: any whole numbers.
        indices: int64 (n,), numbers of the images.
        num_values: numbers per image.

    Returns:
        float64 (n, num_values) in [0, 1), multiples of 2⁻⁵³, as NumPy makes them.

    >>> uniform(0, 0, np.arange(3), 2).shape
    (3, 2)
    """
    num_blocks = -(-num_values // 4)
    counters = np.zeros((len(indices), num_blocks, 4), np.uint64)
    counters[:, :, 0] = np.arange(num_blocks, dtype=np.uint64)
    counters[:, :, 1] = np.asarray(indices).astype(np.uint64)[:, None]
    words = philox(counters.reshape(-1, 4), (seed, epoch)).reshape(len(indices), 4 * num_blocks)[:, :num_values]
    return (words >> np.uint64(11)) * 2.0**-53


def permutation(seed: int, epoch: int, num_images: int) -> np.ndarray:
    """Return the order of the images in an epoch, int64 (n,), which depends only on (seed, epoch).

    >>> sorted(permutation(0, 3, 4).tolist())
    [0, 1, 2, 3]
    """
    counters = np.zeros((num_images, 4), np.uint64)
    counters[:, 1] = np.arange(num_images, dtype=np.uint64)
    counters[:, 3] = 1  # a stream of its own, separate from the augmentation
    return np.argsort(philox(counters, (seed, epoch))[:, 0], kind="stable").astype(np.int64)


def _multiply(words: np.ndarray, factor: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the high and low 64 bits of the 128-bit products words × factor."""
    mask = np.uint64(0xFFFFFFFF)
    shift = np.uint64(32)
    factor_low, factor_high = np.uint64(factor & 0xFFFFFFFF), np.uint64(factor >> 32)
    low, high = words & mask, words >> shift
    cross_1 = low * factor_high
    cross_2 = high * factor_low
    carry = ((low * factor_low) >> shift) + (cross_1 & mask) + (cross_2 & mask)
    return high * factor_high + (cross_1 >> shift) + (cross_2 >> shift) + (carry >> shift), words * np.uint64(factor)
