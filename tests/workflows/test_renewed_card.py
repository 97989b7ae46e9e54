"""card.md and usage/ say what the run is now: with its ONNX file or without, and how good it is."""

from pathlib import Path

import pytest
from test_export import lite_run

import classeur
from classeur.delivery.progress import Reporter
from classeur.run import Run
from classeur.training.facts import read_facts
from classeur.workflows.card import renew_card


def test_a_file_that_is_not_there_or_damaged_is_none(tmp_path: Path) -> None:
    run, facts = lite_run(tmp_path)
    for content in (None, b"damaged"):
        if content is not None:
            run.onnx_path.write_bytes(content)
        renew_card(run, facts)
        assert "There is no `model.onnx`" in run.card_path.read_text(encoding="utf-8")
        assert not run.usage_path.exists()


@pytest.mark.keras
def test_an_evaluation_renews_the_card_of_a_run_that_has_one(run: Run) -> None:
    run.card_path.unlink()
    classeur.evaluate(run, split="test", reporter=Reporter())
    assert not run.card_path.exists()
    renew_card(run, read_facts(run))
    card = run.card_path.read_text(encoding="utf-8")
    assert "- test: " in card
    run.card_path.write_text("old", encoding="utf-8")
    run.predictions_path.unlink()  # or the split is not evaluated again
    classeur.evaluate(run, split="test", reporter=Reporter())
    assert run.card_path.read_text(encoding="utf-8") == card
