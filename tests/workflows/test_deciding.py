"""A transfer that may give no class: its files, whoever reads them, and the page of it."""

import json
import re
import runpy
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import classeur
from classeur.data.synthetic import paint_folder
from classeur.delivery.progress import Reporter
from classeur.errors import RunError, UsageError
from classeur.evaluation.decision import read_unlike
from classeur.evaluation.logits import read_logits
from classeur.models.onnx_file import OnnxFacts
from classeur.models.onnx_session import read_metadata
from classeur.run import Run
from classeur.training.facts import read_facts
from classeur.training.logits import softmax
from classeur.workflows.kept_logits import kept_split

QUIET = Reporter()
ROOT = Path(__file__).parents[2]


class Said(Reporter):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(text)

    warn = say


@pytest.fixture(scope="module")
def animals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = paint_folder(
        tmp_path_factory.mktemp("painted") / "animals", num_train=40, num_validation=60, seed=1, image_size=(64, 64)
    )
    (folder.root / folder.broken).unlink()
    return folder.root


@pytest.fixture(scope="module")
def trained(animals: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, list[str]]:
    folder, said = tmp_path_factory.mktemp("trained"), Said()
    options: dict[str, Any] = {"model": "efficientnet_lite0", "image_size": 64}
    limits = {"max_error": "20%", "none_of_these": "10%"}
    run = classeur.train(animals, out=folder / "run", cache=folder / ".cache", reporter=said, **options, **limits)
    return run, said.lines


@pytest.fixture
def strange(tmp_path: Path) -> Path:
    """Pictures of no animal."""
    folder, random = tmp_path / "strange", np.random.default_rng(0)
    folder.mkdir()
    for number in range(6):
        Image.fromarray(random.integers(0, 256, (64, 64, 3), dtype=np.uint8)).save(folder / f"{number}.png")
    return folder


@pytest.mark.keras
class TestATransferThatMayGiveNoClass:
    def test_its_files_say_so(self, trained: tuple[Run, list[str]]) -> None:
        run, said = trained
        decided = read_facts(run).decided
        assert decided.max_error == 0.2
        assert decided.none_of_these == 0.1
        assert decided.unlike_above is not None
        facts = OnnxFacts.of_metadata(read_metadata(run.onnx_path))
        assert facts is not None
        assert facts.tells_unlike
        assert facts.decided == decided
        assert any(line.startswith("none of these: where an image is further") for line in said)
        assert any("with 95% confidence at most 20% of such answers are wrong" in line for line in said)
        card = run.card_path.read_text(encoding="utf-8")
        assert "at most 20% of its answers" in card
        assert "about 10% of known images are refused, too" in card
        assert "It has no answer for" not in card
        rows = run.read_table(run.risk_coverage_path)
        assert int(rows[-1]["num_answered"]) == len(kept_split(run, "validation").labels)
        assert run.risk_picture_path.read_bytes()[:4] == b"\x89PNG"

    def test_whoever_predicts_says_the_same(
        self,
        trained: tuple[Run, list[str]],
        animals: Path,
        strange: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        run, _ = trained
        files = [*sorted(strange.iterdir()), *sorted((animals / "validation").rglob("*.jpg"))]
        predictions = list(classeur.predict(run, files, reporter=QUIET))
        assert {each.status for each in predictions[:6]} == {"none of these"}
        known = predictions[6:]
        assert 0.8 <= np.mean([each.status != "none of these" for each in known]) <= 0.95
        script = run.usage_path / "predict.py"
        monkeypatch.setattr(sys, "argv", [str(script), *map(str, files)])
        runpy.run_path(str(script), run_name="__main__")
        lines = map(json.loads, capsys.readouterr().out.splitlines())
        assert [(each["status"], each["predicted"]) for each in lines] == [
            (each.status, each.predicted) for each in predictions
        ]

    def test_what_is_kept_is_what_the_file_says(self, trained: tuple[Run, list[str]], animals: Path) -> None:
        run, _ = trained
        kept = read_unlike(run.unlike_path)
        assert kept is not None
        paths = [animals / row["path"] for row in run.read_table(run.split_path) if row["split"] == "validation"]
        said = list(classeur.load(run, reporter=QUIET)(paths))
        assert kept[1]["validation"] == pytest.approx([each.unlike for each in said], rel=1e-3)
        logits = read_logits(run.logits_path)["validation"].logits
        assert softmax(logits).max(axis=1) == pytest.approx([each.probability for each in said], abs=1e-4)

    def test_evaluate_says_what_is_answered(self, trained: tuple[Run, list[str]]) -> None:
        run, _ = trained
        answering = classeur.evaluate(run, reporter=QUIET).answering
        assert answering is not None
        assert answering.refused is not None
        assert 0 < answering.refused.value <= 0.1
        assert answering.error is not None
        assert answering.error.value <= 0.2
        asked = classeur.evaluate(run, min_recall={"dogs": "50%"}, reporter=QUIET).answering
        assert asked is not None
        assert asked.recall is not None
        assert asked.recall.recall is not None
        assert asked.recall.recall.value >= 0.5
        assert classeur.evaluate(run, reporter=QUIET).model_dump(exclude={"answering"})
        with pytest.raises(UsageError, match="expected one class and a share, such as dogs=99%"):
            classeur.evaluate(run, min_recall="dogs", reporter=QUIET)
        with pytest.raises(RunError, match=r"find 99.9% of dogs by 30 .* of it: 90.4% can .* it takes 2,995 images"):
            classeur.evaluate(run, min_recall="dogs=99.9%", reporter=QUIET)

    def test_training_images_are_told_too(self, trained: tuple[Run, list[str]]) -> None:
        run, _ = trained
        answering = classeur.evaluate(run, split="train", reporter=QUIET).answering
        assert answering is not None
        again = classeur.evaluate(run, split="train", reporter=QUIET).answering
        assert again == answering

    def test_half_precision_tells_as_well(self, trained: tuple[Run, list[str]]) -> None:
        run, _ = trained
        classeur.export(run, float16=True, reporter=QUIET)
        facts = OnnxFacts.of_metadata(read_metadata(run.onnx_float16_path))
        assert facts is not None
        assert facts.tells_unlike
        run.onnx_float16_path.unlink()

    def test_the_examples_of_the_page_run(self, trained: tuple[Run, list[str]], animals: Path) -> None:
        run, _ = trained
        page = (ROOT / "docs" / "decide.md").read_text(encoding="utf-8")
        (example,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
        cat = next((animals / "validation" / "cats").glob("*.jpg"))
        # Of 120 photographs the limits of the page cannot be promised.
        for there, here in (("runs/pets", run.path), ("cat.jpg", cat), ("2%", "20%"), ("0.01", "0.1"), ("0.99", "0.5")):
            assert there in example
            example = example.replace(there, str(here))
        exec(example, {})


@pytest.mark.keras
def test_what_cannot_be_promised_does_not_end_a_training(animals: Path, tmp_path: Path) -> None:
    said = Said()
    options: dict[str, Any] = {"model": "tutorial", "image_size": 8, "epochs": 1, "max_error": 0.01}
    run = classeur.train(animals, out=tmp_path / "run", reporter=said, **options)
    assert read_facts(run).status == "finished"
    assert read_facts(run).decided.unsure_up_to is None
    assert any(line.endswith("the run never answers unsure") for line in said.lines)


def test_data_with_one_class_have_no_such_limits(tmp_path: Path, animals: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "cats").symlink_to(animals / "train" / "cats")
    with pytest.raises(UsageError, match="--max-error means nothing for data with one class"):
        classeur.train(tmp_path / "one", out=tmp_path / "run", max_error="5%", image_size=64, reporter=QUIET)
