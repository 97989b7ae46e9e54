"""Predictions as rows: the same columns wherever they are written."""

import numpy as np

from classeur.evaluation.prediction import Prediction, prediction_columns


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


def test_a_class_may_have_the_name_of_a_column() -> None:
    good = Prediction.of("a.jpg", np.array([1.0, 0.0]), ("path", "status"))
    assert good.row(prediction_columns(("path", "status")))[::5] == ["a.jpg", "1.000000"]


def test_json_holds_what_the_row_holds() -> None:
    facts = Prediction(path="b.jpg", status="unusable", reason="empty").model_dump(mode="json")
    assert tuple(facts) == (*prediction_columns(()), "probabilities")
    assert facts["probability"] is None
