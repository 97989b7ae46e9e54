"""Predictions as rows: the same columns wherever they are written."""

import json
from dataclasses import asdict

import numpy as np
import pytest

from classeur.evaluation.prediction import Limits, Prediction, prediction_columns, top_columns


def test_a_row_follows_its_columns() -> None:
    columns = prediction_columns(("cats", "dogs"), besides=("label", "split", "hash"))
    assert columns[:5] == ("path", "status", "predicted", "probability", "reason")
    good = Prediction.of("a.jpg", np.array([0.2, 0.8], np.float32), ("cats", "dogs"))
    row = dict(zip(columns, good.row(columns, label="cats", split="test", hash="00"), strict=True))
    assert row == {
        "path": "a.jpg", "status": "ok", "predicted": "dogs", "probability": "0.800000", "reason": "",
        "label": "cats", "split": "test", "hash": "00", "p(cats)": "0.200000", "p(dogs)": "0.800000",
    }  # fmt: skip
    bad = Prediction(path="b.jpg", status="unusable", reason="empty")
    assert bad.row(prediction_columns(("cats", "dogs"))) == ["b.jpg", "unusable", "", "", "empty", "", ""]


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_no_answer(odd: float) -> None:
    prediction = Prediction.of("a.jpg", np.array([0.5, odd]), ("cats", "dogs"))
    assert (prediction.status, prediction.predicted, prediction.probability) == ("unusable", "", None)
    assert "no finite probability" in prediction.reason
    assert json.loads(json.dumps(asdict(prediction), allow_nan=False))["probabilities"] == {}


def test_a_class_may_have_the_name_of_a_column() -> None:
    good = Prediction.of("a.jpg", np.array([1.0, 0.0]), ("path", "status"))
    assert good.row(prediction_columns(("path", "status")))[::5] == ["a.jpg", "1.000000"]


def test_json_holds_what_the_row_holds() -> None:
    facts = asdict(Prediction(path="b.jpg", status="unusable", reason="empty"))
    assert tuple(facts) == (*prediction_columns(()), "unlike", "probabilities")
    assert facts["probability"] is None


def test_of_equals_the_first_class_ranks_first() -> None:
    prediction = Prediction.of("a.jpg", np.array([0.1, 0.4, 0.4, 0.1]), ("a", "b", "c", "d")).top(3)
    assert list(prediction.probabilities) == ["b", "c", "a"]
    assert prediction.predicted == "b"
    assert prediction.row(top_columns(3)[5:]) == ["b", "0.400000", "c", "0.400000", "a", "0.100000"]


def test_a_class_may_have_the_name_of_a_rank() -> None:
    prediction = Prediction.of("a.jpg", np.array([0.25, 0.75]), ("top 1", "top 2"))
    assert prediction.row(top_columns(2)[5:]) == ["top 2", "0.750000", "top 1", "0.250000"]
    assert prediction.row(prediction_columns(("top 1", "top 2"))[5:]) == ["0.250000", "0.750000"]


@pytest.mark.parametrize(
    ("limits", "unlike", "status"),
    [
        (Limits(), 9.0, "ok"),
        (Limits(unsure_up_to=0.7), None, "ok"),
        (Limits(unsure_up_to=0.75), None, "unsure"),
        (Limits(unlike_above=2.0), None, "ok"),
        (Limits(unlike_above=2.0), 2.0, "ok"),
        (Limits(unlike_above=2.0), 2.1, "none of these"),
        (Limits(0.9, 2.0), 2.1, "none of these"),
        (Limits(0.9, 2.0), 0.1, "unsure"),
        (Limits(), np.nan, "unusable"),
    ],
)
def test_limits_decide_what_an_image_is_answered(limits: Limits, unlike: float | None, status: str) -> None:
    prediction = Prediction.of("a.jpg", np.array([0.25, 0.75]), ("cats", "dogs"), unlike=unlike, limits=limits)
    assert prediction.status == status
    assert prediction.predicted == ("dogs" if status == "ok" else "")
    assert bool(prediction.reason) == (status != "ok")
    if status != "unusable":
        assert prediction.probability == 0.75
        assert prediction.probabilities == {"cats": 0.25, "dogs": 0.75}
