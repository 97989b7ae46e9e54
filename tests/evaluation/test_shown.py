"""What is shown of judged images: for any answers, the ones that are said."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from classeur.evaluation.shown import (
    Answers,
    least_sure,
    most_typical,
    of_cell,
    sample_of_called,
    surest_mistakes,
)


@st.composite
def answers(draw: st.DrawFn) -> Answers:
    number = draw(st.integers(1, 40))
    classes = st.lists(st.integers(0, 3), min_size=number, max_size=number)
    probabilities = st.lists(st.integers(25, 100), min_size=number, max_size=number)
    return Answers(np.array(draw(classes)), np.array(draw(classes)), np.array(draw(probabilities)) / 100)


@given(answers(), st.integers(0, 10))
def test_the_surest_mistakes_are_mistakes_and_no_other_is_surer(found: Answers, count: int) -> None:
    shown = surest_mistakes(found, count)
    wrong = set(np.flatnonzero(found.labels != found.predicted).tolist())
    assert set(shown) <= wrong
    assert len(shown) == min(count, len(wrong))
    rest = wrong - set(shown)
    if shown and rest:
        assert found.probability[shown].min() >= found.probability[list(rest)].max()


@given(answers())
def test_the_cells_hold_every_image_once(found: Answers) -> None:
    cells = [of_cell(found, true, called, 99) for true in range(4) for called in range(4)]
    assert sorted(row for cell in cells for row in cell) == list(range(len(found.labels)))


@given(answers(), st.integers(1, 10))
def test_typical_is_right_and_the_rest_of_a_class_is_surer_than_the_least_sure(found: Answers, count: int) -> None:
    for label in range(4):
        typical, unsure = most_typical(found, label, count), least_sure(found, label, count)
        assert all(found.labels[row] == found.predicted[row] == label for row in typical)
        assert all(found.labels[row] == label for row in unsure)
        rest = set(np.flatnonzero(found.labels == label).tolist()) - set(unsure)
        if unsure and rest:
            assert found.probability[unsure].max() <= found.probability[list(rest)].min()


@given(answers(), st.integers(1, 10))
def test_a_sample_has_as_many_of_each_answer_as_there_are(found: Answers, count: int) -> None:
    rows = sample_of_called(found, count)
    assert len(rows) == len(set(rows))
    for label in range(4):
        called = int((found.predicted == label).sum())
        assert int((found.predicted[rows] == label).sum()) == min(count, called)
