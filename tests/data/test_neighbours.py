import numpy as np
import pytest

from classeur.data.neighbours import Files, whole


@pytest.mark.parametrize("number", [300, 6000])
def test_what_is_alike_is_found_and_nothing_else(number: int) -> None:
    """6,000 vectors are filed under pivots, 300 are compared each with each."""
    draw = np.random.default_rng(0)
    vectors = draw.normal(size=(number, 63))
    near = vectors[:100] + draw.normal(size=(100, 63)) * 0.3
    found = Files(whole(vectors)).alike(whole(near), least=0.9, most=16)
    assert set(zip(found.queries.tolist(), found.rows.tolist(), strict=True)) == {(row, row) for row in range(100)}
    expected = [
        near[row] @ vectors[row] / np.linalg.norm(near[row]) / np.linalg.norm(vectors[row]) for row in range(100)
    ]
    np.testing.assert_allclose(found.cosines, expected, atol=0.02)


def test_of_many_that_are_alike_the_most_alike_are_returned() -> None:
    angles = np.linspace(0, 0.5, 50)
    vectors = whole(np.stack([np.cos(angles), np.sin(angles)], axis=1))
    found = Files(vectors).alike(vectors[:1], least=0.5, most=3)
    assert sorted(found.rows.tolist()) == [0, 1, 2]


def test_nothing_alike_is_nothing() -> None:
    found = Files(whole(np.eye(3))).alike(whole(-np.eye(3)), least=0.5, most=3)
    assert [len(column) for column in found] == [0, 0, 0]


def test_products_of_more_values_than_a_tile_holds_are_right() -> None:
    """Vectors may be features of a network."""
    draw = np.random.default_rng(0)
    vectors = whole(draw.normal(size=(70, 1280)))
    found = Files(vectors).alike(vectors, least=0.99, most=2)
    assert found.queries.tolist() == found.rows.tolist() == list(range(70))
