"""A run that may give no class: `load`, `predict` and `evaluate` by what its model.onnx and its kept images say."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import helper
from PIL import Image

import classeur
from classeur.delivery.progress import Reporter
from classeur.errors import BrokenRunError, RangeError, RunError
from classeur.evaluation.decision import Said, decide, write_unlike
from classeur.evaluation.logits import SplitLogits, write_logits
from classeur.evaluation.outliers import CompactUnlikeness
from classeur.models.onnx_file import Decided
from classeur.models.onnx_session import FACTS_KEY
from classeur.run import Run
from classeur.training.facts import read_facts, write_facts

MakeRun = Callable[..., Path]

SCORE = CompactUnlikeness(np.eye(4, 2, dtype=np.float32), np.ones((4, 2), np.float32), np.zeros(2, np.float32))
QUIET = Reporter()


class Warned(Reporter):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def warn(self, text: str) -> None:
        self.lines.append(text)

    say = warn


def grey(level: int) -> np.ndarray:
    return np.full((8, 8, 3), level, np.uint8)


DARK, DIM, LIGHT = grey(10), grey(128), grey(250)


def kept_images() -> Said:
    """Validation images of `onnx_run`: the middle ones are often wrong; known ones are up to 100 unlike."""
    random = np.random.default_rng(0)
    logits = np.stack([np.zeros(1000), random.uniform(-4, 4, 1000)], axis=1)
    labels = (random.random(1000) < 1 / (1 + np.exp(-2 * logits[:, 1]))).astype(np.int64)
    return Said(logits, labels, np.linspace(0, 100, 1000))


def tells_unlike(run: Path, **decided: Any) -> None:
    """Give a run's model.onnx an output `unlike`, an image's darkest value, and what it says of limits."""
    model = onnx.load(run / "model.onnx")
    model.graph.node.extend(
        [
            helper.make_node("ReduceMax", ["floats"], ["unlike"], axes=[1, 2, 3], keepdims=0),
        ]
    )
    model.graph.output.append(helper.make_tensor_value_info("unlike", onnx.TensorProto.FLOAT, ["n"]))
    facts = json.loads(next(each.value for each in model.metadata_props if each.key == FACTS_KEY))
    helper.set_model_props(model, {FACTS_KEY: json.dumps({**facts, "tells_unlike": True, "decided": decided})})
    onnx.save(model, run / "model.onnx")


def keep(run: Path, images: Said) -> None:
    """Write what a run keeps of its validation images."""
    opened = Run.open(run)
    hashes = tuple(f"{number:032x}" for number in range(len(images.labels)))
    kept = SplitLogits(images.logits, images.labels, hashes)
    write_logits(opened.logits_path, {"validation": kept})
    opened.evaluation_path.write_text(json.dumps({"splits": {"validation": {"logits": kept.digest}}}))
    assert images.unlike is not None
    write_unlike(opened.unlike_path, SCORE, {"validation": images.unlike})


def statuses(run: Path, **asked: Any) -> list[str]:
    return [each.status for each in classeur.load(run, reporter=QUIET, **asked)([DARK, DIM, LIGHT])]


def test_a_run_answers_as_its_model_says(onnx_run: MakeRun) -> None:
    run = onnx_run()
    assert statuses(run) == ["ok", "ok", "ok"]
    tells_unlike(run, unsure_up_to=0.9, unlike_above=200.0)
    dark, dim, light = classeur.load(run, reporter=QUIET)([DARK, DIM, LIGHT])
    assert (dark.status, dark.predicted, dark.unlike) == ("ok", "cats", 10)
    assert (dim.status, dim.predicted) == ("unsure", "")
    assert dim.probability == pytest.approx(max(dim.probabilities.values()))
    assert dim.reason.startswith("perhaps dogs: 0.5")
    assert (light.status, light.predicted, light.unlike) == ("none of these", "", 250)
    assert light.reason == "unlike the training images: 250.00, above 200.00"


def test_an_image_alone_is_answered_as_among_others(onnx_run: MakeRun) -> None:
    run = onnx_run()
    tells_unlike(run, unsure_up_to=0.9, unlike_above=200.0)
    classifier = classeur.load(run, reporter=QUIET)
    assert [classifier(each) for each in (DARK, DIM, LIGHT)] == list(classifier([DARK, DIM, LIGHT]))


def test_limits_of_a_call_are_those_of_the_kept_images(onnx_run: MakeRun) -> None:
    run, images = onnx_run(), kept_images()
    tells_unlike(run)
    keep(run, images)
    found = classeur.load(run, max_error="5%", none_of_these=0.3, reporter=QUIET).limits
    assert found == pytest.approx(decide(images, max_error=0.05, none_of_these=0.3).limits)
    assert statuses(run, max_error="5%") == ["ok", "unsure", "ok"]
    assert statuses(run, none_of_these="30%") == ["ok", "none of these", "none of these"]


def test_limits_of_a_call_take_the_place_of_the_runs_own(onnx_run: MakeRun) -> None:
    run = onnx_run()
    tells_unlike(run, unsure_up_to=0.9, unlike_above=200.0)
    keep(run, kept_images())
    assert statuses(run) == ["ok", "unsure", "none of these"]
    assert statuses(run, max_error="100%") == ["ok", "ok", "none of these"]
    assert statuses(run, none_of_these=0) == ["ok", "unsure", "ok"]
    assert statuses(run, max_error=1, none_of_these="0%") == ["ok", "ok", "ok"]


def test_what_cannot_be_promised_ends_with_one_line(onnx_run: MakeRun) -> None:
    run = onnx_run()
    keep(run, kept_images())
    with pytest.raises(RunError, match=r"no threshold promises at most 0.1 % .* can be promised"):
        classeur.load(run, max_error=0.001, reporter=QUIET)
    with pytest.raises(RangeError, match="max error 'few' is not possible; expected a share such as 1% or 0.01"):
        classeur.predict(run, [DARK], max_error="few", reporter=QUIET)


def test_a_run_without_kept_images_or_score_says_so(onnx_run: MakeRun) -> None:
    run = onnx_run()
    with pytest.raises(BrokenRunError, match=r"logits.npz is missing"):
        classeur.load(run, max_error="5%", reporter=QUIET)
    keep(run, kept_images())
    Run.open(run).unlike_path.unlink()
    with pytest.raises(RunError, match="does not tell what is unlike its training images"):
        classeur.load(run, none_of_these="1%", reporter=QUIET)
    assert statuses(run, max_error="5%") == ["ok", "unsure", "ok"]


def test_scores_of_other_images_are_refused(onnx_run: MakeRun) -> None:
    run = onnx_run()
    keep(run, kept_images())
    write_unlike(Run.open(run).unlike_path, SCORE, {"validation": np.zeros(3)})
    with pytest.raises(RunError, match=r"unlike.npz is not of the images of logits.npz"):
        classeur.load(run, none_of_these="1%", reporter=QUIET)


def test_a_model_that_lacks_the_score_is_said_to(onnx_run: MakeRun) -> None:
    run, said = onnx_run(decided={"unlike_above": 200.0}), Warned()
    assert [each.status for each in classeur.load(run, reporter=said)([LIGHT])] == ["ok"]
    assert said.lines == [
        f"{run} answers none of these by its own model.onnx alone; write it with: classeur export {run}"
    ]


@pytest.mark.parametrize("decided", [{"unsure_up_to": "0.5"}, {"unsure_up_to": True}, {"unlike_above": float("nan")}])
def test_limits_that_are_no_numbers_are_refused(onnx_run: MakeRun, decided: dict[str, Any]) -> None:
    with pytest.raises(BrokenRunError, match="no numbers"):
        classeur.load(onnx_run(decided=decided), reporter=QUIET)


def test_a_graph_without_the_score_that_it_states_is_refused(onnx_run: MakeRun) -> None:
    run = onnx_run(tells_unlike=True)
    with pytest.raises(BrokenRunError, match="it was not made by classeur"):
        classeur.load(run, reporter=QUIET)(DARK)


def test_files_are_sorted_by_why_they_have_no_class(onnx_run: MakeRun, tmp_path: Path) -> None:
    run, folder = onnx_run(), tmp_path / "photos"
    folder.mkdir()
    for name, pixels in (("dark", DARK), ("dim", DIM), ("light", LIGHT)):
        Image.fromarray(pixels).save(folder / f"{name}.png")
    tells_unlike(run, unsure_up_to=0.9, unlike_above=200.0)
    list(classeur.predict(run, folder, sort_into=tmp_path / "sorted", reporter=QUIET))
    placed = {path.parent.name: path.name for path in (tmp_path / "sorted").rglob("*.png")}
    assert placed == {"cats": "dark.png", "unsure": "dim.png", "none of these": "light.png"}


def test_a_run_of_one_class_has_no_other_limits(onnx_run: MakeRun) -> None:
    run = Run.open(onnx_run())
    write_facts(run, read_facts(run).model_copy(update={"one_class": True, "decided": Decided()}))
    with pytest.raises(RunError, match="was trained on one class"):
        classeur.load(run, max_error="5%", reporter=QUIET)


def test_a_call_with_limits_needs_only_what_predicts(onnx_run: MakeRun) -> None:
    run = onnx_run()
    tells_unlike(run)
    keep(run, kept_images())
    code = (
        "import sys; sys.modules.update(dict.fromkeys(['scipy', 'keras', 'matplotlib', 'pandas', 'sklearn']))\n"
        "import classeur, numpy\n"
        f"classifier = classeur.load({str(run)!r}, max_error='5%', none_of_these='30%')\n"
        "print(classifier(numpy.full((8, 8, 3), 250, numpy.uint8)).status)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "none of these\n", done.stderr


@pytest.mark.parametrize(
    ("pictures", "which"),
    [
        ([DARK, LIGHT, LIGHT], "2 of 3 images are"),
        ([LIGHT], "the image is"),
        ([DARK], ""),
        ([*[DARK] * 400, *[LIGHT] * 10], ""),
        ([*[DARK] * 400, *[LIGHT] * 11], "11 of 411 images are"),
    ],
)
def test_strange_images_are_named_where_they_still_get_a_class(
    onnx_run: MakeRun, pictures: list[np.ndarray], which: str
) -> None:
    run, said = onnx_run(), Warned()
    tells_unlike(run, known_up_to=200.0)
    assert {each.status for each in classeur.predict(run, pictures, reporter=said)} == {"ok"}
    expected = f"{which} further from the training images than 99% of known images"
    assert [line.partition(",")[0] for line in said.lines] == ([expected] if which else [])


def test_strange_images_are_not_named_again_where_they_get_no_class(onnx_run: MakeRun) -> None:
    run, said = onnx_run(), Warned()
    tells_unlike(run, known_up_to=200.0, unlike_above=100.0)
    assert [each.status for each in classeur.predict(run, [LIGHT], reporter=said)] == ["none of these"]
    assert said.lines == []
