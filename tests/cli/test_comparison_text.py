"""A comparison on a console: settings, scores, then what it found."""

import numpy as np
import pytest

from classeur.cli.comparison_text import print_comparison
from classeur.evaluation.scoring import score
from classeur.improvement.comparison import Judged, compare


def test_settings_that_differ_come_before_the_scores(capsys: pytest.CaptureFixture[str]) -> None:
    logits = np.random.default_rng(0).normal(size=(40, 2))
    one = score(logits, np.arange(40) % 2, class_names=["cats", "dogs"])
    runs = [
        Judged("runs/a", one, {}, {"epochs": 15, "learning_rate": 0.001, "image_size": (96, 96), "seed": 0}),
        Judged("runs/b", one, {}, {"epochs": 40, "learning_rate": 0.001, "image_size": (96, 128), "seed": 0}),
    ]
    print_comparison(compare(runs))
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[:3] == [["setting", "runs/a", "runs/b"], ["epochs", "15", "40"], ["image", "size", "96", "96x128"]]
    (row,) = [line for line in lines if line[0:1] == ["runs/b"] and "…" in line]
    low, value, high = (float(row[at]) for at in (-3, -4, -1))
    assert low < value < high, "the loss has its interval"
    print_comparison(compare(runs[:1] * 2))
    told = capsys.readouterr().out
    assert "the same settings" in told
    assert "different data" not in told
    print_comparison(compare([runs[0]._replace(data="one"), runs[0]._replace(data="other")]))
    assert "the runs were trained on different data, or on another split of them" in capsys.readouterr().out
