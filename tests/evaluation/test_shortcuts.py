"""A place by which a class is told: found where one was planted, not where objects are here and there."""

import numpy as np

from classeur.evaluation.maps import EvidenceMap
from classeur.evaluation.shortcuts import shared_places


def _pictures(count: int, *, seed: int, corner: bool) -> tuple[np.ndarray, list[EvidenceMap]]:
    """Pictures of two classes: black, and of grey noise with a bright square, in one corner or anywhere."""
    random = np.random.default_rng(seed)
    pixels = random.integers(0, 40, (count, 70, 70, 3)).astype(np.uint8)
    evidence = []
    for number, picture in enumerate(pixels):
        label = number % 2
        values = random.uniform(0, 0.02, (7, 7))
        if label:
            row, column = (5, 5) if corner else random.integers(0, 6, 2).tolist()
            picture[10 * row : 10 * row + 20, 10 * column : 10 * column + 20] = 250
            values[row : row + 2, column : column + 2] = 1
        evidence.append(EvidenceMap(values, "activation", label, 1 - label))
    return pixels, evidence


def _bright(pixels: np.ndarray) -> np.ndarray:
    """Logits of a model that looks for something bright of which a picture has a little."""
    share = (pixels.max(axis=3) > 200).mean(axis=(1, 2))
    return np.stack([np.ones(len(pixels)), 100 * share], axis=1)


def test_a_mark_in_one_corner_is_found_with_what_it_takes() -> None:
    pixels, evidence = _pictures(60, seed=0, corner=True)
    [found] = shared_places(_bright, pixels, evidence)
    assert (found.label, found.num_lost, found.num_images) == (1, 30, 30)
    assert (found.bottom, found.right) == (1, 1)
    assert found.top >= 4 / 7
    assert found.excess > 0.5


def test_objects_here_and_there_are_no_shortcut() -> None:
    assert not any(shared_places(_bright, *_pictures(60, seed=seed, corner=False)) for seed in range(20))


def test_a_place_that_the_answer_does_not_depend_on_is_none() -> None:
    pixels, evidence = _pictures(60, seed=0, corner=True)
    assert not shared_places(lambda batch: np.tile([0.0, 1.0], (len(batch), 1)), pixels, evidence)


def test_a_few_pictures_tell_nothing() -> None:
    assert not shared_places(_bright, *_pictures(18, seed=0, corner=True))


def test_a_mark_is_found_where_four_in_ten_pictures_are_called_so_without_it() -> None:
    pixels, evidence = _pictures(100, seed=0, corner=True)
    for number in range(1, 84, 4):
        pixels[number, 50:, 50:] = 20
        pixels[number, :30, :30] = 250
    [found] = shared_places(_bright, pixels, evidence)
    assert (found.num_lost, found.num_images) == (29, 50)
