import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats

from classeur.pipeline.counters import permutation, philox, uniform

WORDS = st.integers(0, 2**64 - 1)
WHOLE = st.integers(-(2**70), 2**70)


def numpys_philox(counter: int, key: tuple[int, int], num_words: int = 4) -> list[int]:
    """NumPy's own generator, which counts up before it draws."""
    before = (counter - 1) % 2**256
    counters = np.array([before >> 64 * word & 2**64 - 1 for word in range(4)], np.uint64)
    generator = np.random.Philox(counter=counters, key=np.array(key, np.uint64))
    return [int(word) for word in generator.random_raw(num_words)]


@settings(max_examples=200)
@given(st.lists(st.tuples(WORDS, WORDS, WORDS, WORDS), min_size=1, max_size=5), st.tuples(WORDS, WORDS))
@example([(0, 0, 0, 0)], (0, 0))
@example([(2**64 - 1,) * 4], (2**64 - 1,) * 2)
def test_it_is_numpys_philox(counters: list[tuple[int, int, int, int]], key: tuple[int, int]) -> None:
    found = philox(np.array(counters, np.uint64), key)
    assert found.dtype == np.uint64
    for counter, words in zip(counters, found.tolist(), strict=True):
        assert words == numpys_philox(sum(word << 64 * place for place, word in enumerate(counter)), key)


def test_the_papers_known_answer() -> None:
    # Random123's kat_vectors: philox4x64 10, counter and key of all ones.
    expected = [0x87B092C3013FE90B, 0x438C3C67BE8D0224, 0x9CC7D7C69CD777B6, 0xA09CAEBF594F0BA0]
    assert philox(np.full((1, 4), 2**64 - 1, np.uint64), (2**64 - 1, 2**64 - 1))[0].tolist() == expected


@given(WHOLE, WHOLE)
def test_keys_are_taken_modulo_2_to_the_64(first: int, second: int) -> None:
    counters = np.arange(8, dtype=np.uint64).reshape(2, 4)
    expected = philox(counters, (first % 2**64, second % 2**64))
    np.testing.assert_array_equal(philox(counters, (first, second)), expected)


def test_the_counters_stay_as_they_are() -> None:
    counters = np.arange(8, dtype=np.uint64).reshape(2, 4)
    philox(counters, (1, 2))
    np.testing.assert_array_equal(counters, np.arange(8).reshape(2, 4))


# Uniform numbers


@given(WHOLE, st.integers(0, 2**40), st.integers(0, 2**62), st.integers(1, 12))
def test_an_images_numbers_are_numpys_of_its_counter(seed: int, epoch: int, index: int, num_values: int) -> None:
    words = numpys_philox(index << 64, (seed % 2**64, epoch), num_values)
    assert uniform(seed, epoch, np.array([index]), num_values)[0].tolist() == [(word >> 11) * 2**-53 for word in words]


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=30), st.integers(1, 10), st.randoms())
def test_numbers_depend_on_the_image_alone(indices: list[int], num_values: int, chance: object) -> None:
    array = np.array(indices)
    together = uniform(3, 5, array, num_values)
    np.testing.assert_array_equal(
        together, np.concatenate([uniform(3, 5, array[i : i + 1], num_values) for i in range(len(array))])
    )
    np.testing.assert_array_equal(together[::-1], uniform(3, 5, array[::-1], num_values))
    # Another number for each image more changes none of those before it.
    np.testing.assert_array_equal(together, uniform(3, 5, array, num_values + 5)[:, :num_values])


def test_seed_epoch_image_and_which_number_each_make_a_difference() -> None:
    numbers = np.concatenate([uniform(seed, epoch, np.arange(50), 8) for seed in range(5) for epoch in range(5)])
    assert len(np.unique(numbers)) == numbers.size


@pytest.mark.parametrize("seed", [0, 1, -1])
def test_numbers_are_uniform_and_unrelated(seed: int) -> None:
    numbers = uniform(seed, 2, np.arange(20_000), 7)
    assert 0 <= numbers.min() < numbers.max() < 1
    for column in numbers.T:
        assert stats.kstest(column, "uniform").pvalue > 1e-4
    # Among columns, among neighbouring images, and among epochs: five standard deviations of 1/√n.
    limit = 5 / np.sqrt(len(numbers))
    assert np.abs(np.corrcoef(numbers.T) - np.eye(7)).max() < limit
    assert abs(np.corrcoef(numbers[1:, 0], numbers[:-1, 0])[0, 1]) < limit
    assert abs(np.corrcoef(numbers[:, 0], uniform(seed, 3, np.arange(20_000), 1)[:, 0])[0, 1]) < limit


def test_no_images_no_numbers() -> None:
    assert uniform(0, 0, np.arange(0), 5).shape == (0, 5)
    assert permutation(0, 0, 0).shape == (0,)


# Orders


@given(WHOLE, st.integers(0, 10**6), st.integers(0, 200))
def test_an_order_is_a_permutation_and_the_same_every_time(seed: int, epoch: int, num_images: int) -> None:
    order = permutation(seed, epoch, num_images)
    assert order.dtype == np.int64
    assert sorted(order.tolist()) == list(range(num_images))
    np.testing.assert_array_equal(order, permutation(seed, epoch, num_images))


@given(WHOLE, st.integers(0, 10**6))
def test_an_order_is_that_of_numpys_words_for_the_images(seed: int, epoch: int) -> None:
    words = [numpys_philox((image << 64) + (1 << 192), (seed % 2**64, epoch), 1)[0] for image in range(9)]
    assert permutation(seed, epoch, 9).tolist() == sorted(range(9), key=words.__getitem__)


def test_every_seed_and_epoch_has_an_order_of_its_own() -> None:
    orders = {tuple(permutation(seed, epoch, 20).tolist()) for seed in range(10) for epoch in range(10)}
    assert len(orders) == 100


def test_every_image_comes_everywhere_equally_often() -> None:
    places = np.stack([permutation(0, epoch, 10) for epoch in range(3000)])
    for column in places.T:
        assert stats.chisquare(np.bincount(column, minlength=10)).pvalue > 1e-5


def test_the_order_is_not_drawn_from_the_numbers_of_the_images() -> None:
    order = permutation(0, 0, 1000)
    ranks = np.empty(1000)
    ranks[order] = np.arange(1000)
    for column in uniform(0, 0, np.arange(1000), 8).T:
        assert abs(stats.spearmanr(ranks, column).statistic) < 5 / np.sqrt(1000)
