"""The accuracy with and without leaks: each is what a score of these images says, in groups and alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classeur.evaluation.leaked import leaked
from classeur.evaluation.scoring import score

NAMES = ["cats", "dogs"]


def accuracy(correct: np.ndarray, groups: list[str]) -> object:
    labels = np.arange(len(correct)) % 2
    return score(
        9.0 * np.eye(2)[np.where(correct, labels, 1 - labels)], labels, class_names=NAMES, groups=groups
    ).accuracy


@given(
    st.lists(st.tuples(st.booleans(), st.booleans(), st.sampled_from(["", "p1", "p2", "p3"])), min_size=1, max_size=30),
    st.booleans(),
)
def test_both_are_the_accuracies_of_scores(images: list[tuple[bool, bool, str]], dropped: bool) -> None:
    correct, is_leak = (np.array([image[column] for image in images]) for column in (0, 1))
    groups = [group for _, _, group in images]
    found = leaked(correct, is_leak, dropped=dropped, groups=groups)
    assert found.with_them == accuracy(correct, groups)
    if is_leak.all():
        assert found.without_them is None
    else:
        others = [group for group, leaks in zip(groups, is_leak, strict=True) if not leaks]
        assert found.without_them == accuracy(correct[~is_leak], others)


def test_sixteen_images_of_one_patient_are_no_sixteen_images() -> None:
    found = leaked([True] * 17, [False] * 16 + [True], dropped=False, groups=["p1"] * 16 + ["p10"])
    assert found.without_them is not None
    assert (found.without_them.low, found.without_them.high) == (0.0, 1.0)
    alone = leaked([True] * 17, [False] * 16 + [True], dropped=False)
    assert alone.without_them is not None
    assert alone.without_them.low == pytest.approx(0.806, abs=5e-4)
