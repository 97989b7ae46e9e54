"""`--balance` from the command to the run: heard of, carried out, and what it did told."""

from collections.abc import Callable
from pathlib import Path

import pytest

import classeur
from classeur.data.splitting import Split
from classeur.delivery.progress import Reporter
from classeur.errors import LayoutError
from classeur.training.facts import read_facts


class Listener(Reporter):
    """Keeps what is said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)


FEW = {"train": {"cats": 16, "dogs": 5}, "validation": {"cats": 3, "dogs": 3}}


@pytest.mark.keras
def test_a_transfer_tells_what_balance_did_to_each_class(image_folder: Callable[..., Path], tmp_path: Path) -> None:
    data, listener = image_folder(FEW), Listener()
    options = {"model": "efficientnet_lite0", "image_size": 32, "out": tmp_path / "run", "cache": tmp_path / "cache"}
    plain = classeur.train(data, **options, reporter=listener)
    advice = "let classes weigh alike, which finds more of dogs and may find less of cats: classeur train"
    assert [text for text in listener.said if advice in text]
    assert not plain.balance_path.exists()
    before = plain.read_table(plain.predictions_path)
    listener = Listener()
    run = classeur.train(data, **options, balance=True, overwrite=True, reporter=listener)
    assert read_facts(run).recipe.optimisation.balance
    rows = run.read_table(run.balance_path)
    assert [(row["class_name"], row["num_images"], row["num_judged"]) for row in rows] == [
        ("cats", "16", "3"), ("dogs", "5", "3"),
    ]  # fmt: skip
    score = classeur.evaluate(run, split="validation", reporter=Reporter())
    for row in rows:
        assert float(row["balanced_recall"]) == pytest.approx(score.per_class[row["class_name"]].recall.value)
    after = run.read_table(run.predictions_path)
    assert [row["p(dogs)"] for row in before] != [row["p(dogs)"] for row in after]
    assert [text for text in listener.said if "recall on validation" in text]
    assert not [text for text in listener.said if advice in text]


@pytest.mark.keras
def test_epochs_are_balanced_by_the_training_images(image_folder: Callable[..., Path], tmp_path: Path) -> None:
    data, answers = image_folder(FEW), {}
    for balance in (False, True):
        run = classeur.train(
            data, out=tmp_path / str(balance), model="tutorial", image_size=16, epochs=2, batch_size=8, balance=balance,
            cache=tmp_path / "cache", reporter=Reporter(),
        )  # fmt: skip
        answers[balance] = [row["p(dogs)"] for row in run.read_table(run.predictions_path)]
    assert answers[True] != answers[False]


@pytest.mark.parametrize("model", ["tutorial", "efficientnet_lite0"])
def test_a_class_without_a_training_image_is_refused_in_one_line(
    image_folder: Callable[..., Path], tmp_path: Path, model: str
) -> None:
    data = image_folder({"cats": 5, "dogs": 5})
    split = Split(splits=("train",) * 4 + ("validation",) * 6, made_here=False, seed=0)
    options = {"model": model, "image_size": 32, "balance": True, "cache": tmp_path / "cache"}
    with pytest.raises(LayoutError, match="^class 'dogs' has no training image that --balance could"):
        classeur.train(data, out=tmp_path / "run", split=split, reporter=Reporter(), **options)
    assert not (tmp_path / "run").exists()
