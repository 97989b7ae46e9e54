"""When a model gives no class: what its validation images promise, what they cannot, and what is kept of them."""

from pathlib import Path

import numpy as np
import pytest

from classeur.errors import BrokenRunError, RunError
from classeur.evaluation.decision import Said, decide, read_unlike, write_unlike
from classeur.evaluation.outliers import CompactUnlikeness
from classeur.evaluation.prediction import Limits

SCORE = CompactUnlikeness(np.eye(4, 2, dtype=np.float32), np.ones((4, 3), np.float32), np.zeros(3, np.float32))


def judged(num_images: int = 1000, *, seed: int = 0) -> Said:
    """Return images whose probabilities are frequencies, and of which one in fifty is unlike the rest and wrong."""
    random = np.random.default_rng(seed)
    logits = random.normal(0, 6, (num_images, 1))
    labels = (random.random(num_images) < 1 / (1 + np.exp(-logits[:, 0]))).astype(int)
    unlike = random.uniform(0.5, 1.5, num_images)
    odd = np.arange(num_images) % 50 == 0
    unlike[odd], labels[odd] = 9 + unlike[odd], logits[odd, 0] < 0
    return Said(logits, labels, unlike)


def test_nothing_asked_for_is_no_limit() -> None:
    assert decide(judged(), max_error=None, none_of_these=None).limits == Limits()
    assert decide(judged(), max_error=1, none_of_these=0).limits == Limits()


def test_promise_is_kept_on_the_images_that_it_was_found_on() -> None:
    images = judged()
    decision = decide(images, max_error=0.1, none_of_these=None)
    answered = images.sureness > decision.limits.unsure_up_to
    assert decision.promise is not None
    assert decision.promise.num_answered == answered.sum() > 500
    assert images.is_wrong[answered].mean() < 0.1


def test_images_that_are_refused_do_not_count_among_the_answers() -> None:
    images = judged()
    both = decide(images, max_error=0.02, none_of_these=0.03)
    assert both.limits.unlike_above < 9
    assert both.promise is not None
    assert both.promise.num_images == 971
    # Those one in fifty are sure and wrong: with them no such promise can be made.
    with pytest.raises(RunError, match="no threshold promises at most 2 %"):
        decide(images, max_error=0.02, none_of_these=None)


def test_what_cannot_be_promised_is_said_with_what_can() -> None:
    with pytest.raises(RunError, match=r"at most 0.1 % .* 1,000 .* can be promised, .* takes 2,995") as caught:
        decide(judged(), max_error=0.001, none_of_these=None)
    assert len(str(caught.value).splitlines()) == 1
    with pytest.raises(RunError, match="what only 0.01 % of known ones are beyond; expected 9,999"):
        decide(judged(), max_error=None, none_of_these=0.0001)
    with pytest.raises(RunError, match="no limit can be promised"):
        decide(Said(np.ones((100, 1)), np.zeros(100, int)), max_error=0.05, none_of_these=None)


def test_score_and_its_values_come_back(tmp_path: Path) -> None:
    path = tmp_path / "unlike.npz"
    write_unlike(path, SCORE, {"validation": np.array([0.5, 1.25]), "test": np.array([2.0])})
    found = read_unlike(path)
    assert found is not None
    assert all(np.array_equal(there, here) for there, here in zip(found[0], SCORE, strict=True))
    assert {name: scores.tolist() for name, scores in found[1].items()} == {"validation": [0.5, 1.25], "test": [2.0]}
    assert read_unlike(tmp_path / "none.npz") is None


@pytest.mark.parametrize(
    "arrays",
    [
        {},
        {"directions": SCORE.directions, "kernel": SCORE.kernel},
        {**SCORE._asdict(), "bias": np.zeros(2, np.float32)},
        {**SCORE._asdict(), "kernel": np.ones((3, 3), np.float32)},
        {**SCORE._asdict(), "validation": np.zeros((2, 2), np.float32)},
        {**SCORE._asdict(), "validation": np.array([np.nan], np.float32)},
        {**SCORE._asdict(), "validation": np.array([{}], object)},
    ],
    ids=["empty", "part", "classes", "features", "axes", "not a number", "pickled"],
)
def test_damaged_score_is_refused_in_one_line(arrays: dict[str, np.ndarray], tmp_path: Path) -> None:
    path = tmp_path / "unlike.npz"
    np.savez(path, **arrays)
    with pytest.raises(BrokenRunError, match="unlike.npz is damaged") as caught:
        read_unlike(path)
    assert len(str(caught.value).splitlines()) == 1
