"""usage/predict.py sees the same pixels as classeur, from files of every kind that it says it reads."""

import json
import os
import runpy
import subprocess
import sys
import venv
from pathlib import Path

import numpy as np
import pytest

from classeur.delivery.usage import usage_requirements, usage_script
from classeur.evaluation.prediction import Limits, Prediction
from classeur.images.decoding import decode
from classeur.images.resizing import Fit, resize
from classeur.models.onnx_file import Decided, OnnxFacts, write_onnx_file
from classeur.models.onnx_graph import Graph, Value
from classeur.models.onnx_layers import Step
from classeur.models.onnx_network import Network, add_network
from classeur.models.onnx_session import open_session

SIZE = (12, 17)
NAMES = ("cats", "dogs", "other \udcff")


def write_run(folder: Path, *, fit: Fit, stretch: bool, limits: Limits = Limits()) -> Path:  # noqa: B008
    """Write a model that looks at every pixel, with its script, and return the script's path."""
    random = np.random.default_rng(0)
    kernel = random.normal(0, 0.0002, (SIZE[0] * SIZE[1] * 3, 3)).astype(np.float32)
    steps = (
        Step("flat", "Flatten", {}, (), ("pixels",)),
        Step("dense", "Dense", {}, [kernel], ("flat",)),
        Step("softmax", "Softmax", {}, (), ("dense",)),
    )
    graph = Graph()
    outputs = add_network(graph, Network(steps, "pixels", "softmax"), {"pixels": graph.pixels(SIZE)})
    # As if what is probably a dog were unlike the training images.
    first = graph.add("Mul", [outputs["probabilities"].name, graph.constant("dogs", [0, 1, 0])], "of_dogs")
    outputs["unlike"] = Value(graph.add("ReduceMax", [first], "probably_dogs", axes=[-1], keepdims=0), ())
    decided = Decided(**limits._asdict())
    facts = OnnxFacts(class_names=NAMES, image_size=SIZE, fit=fit, stretch=stretch, decided=decided)
    write_onnx_file(folder / "model.onnx", graph.model("all_pixels", outputs), facts)
    script = folder / "usage" / "predict.py"
    script.parent.mkdir(exist_ok=True)
    script.write_text(usage_script(fit, stretch=stretch, limits=limits), encoding="utf-8")
    return script


@pytest.mark.parametrize("fit", ["squash", "crop", "pad"])
@pytest.mark.parametrize("stretch", [False, True])
def test_it_says_what_classeur_says_of_every_file(
    fit: Fit,
    stretch: bool,
    edge_files: dict[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    script = write_run(tmp_path, fit=fit, stretch=stretch)
    monkeypatch.setattr(sys, "argv", [str(script), *map(str, edge_files.values())])
    runpy.run_path(str(script), run_name="__main__")
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each["path"] for each in said] == list(map(str, edge_files.values()))
    session = open_session((tmp_path / "model.onnx").read_bytes())
    answers = []
    for name, path in edge_files.items():
        pixels = resize(decode(path.read_bytes(), stretch=stretch).pixels, SIZE, fit=fit)
        answers.append(session.run(["probabilities"], {"pixels": pixels[None]})[0][0])
        found = said[len(answers) - 1]
        assert tuple(found["probabilities"]) == NAMES
        assert np.array_equal(np.float32(list(found["probabilities"].values())), answers[-1]), name
        assert found["predicted"] == NAMES[int(answers[-1].argmax())]
    # The model tells these files apart, so that other pixels would have been seen.
    assert min(np.abs(a - b).max() for at, a in enumerate(answers) for b in answers[:at]) > 1e-5


@pytest.mark.parametrize("asked", [{"unsure"}, {"none of these"}, {"unsure", "none of these"}])
def test_it_gives_no_class_where_classeur_gives_none(
    asked: set[str],
    edge_files: dict[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    files = list(map(str, edge_files.values()))
    pixels = [
        resize(decode(path.read_bytes(), stretch=False).pixels, SIZE, fit="squash") for path in edge_files.values()
    ]
    script = write_run(tmp_path, fit="squash", stretch=False)
    session = open_session((tmp_path / "model.onnx").read_bytes())
    answers = [session.run(["probabilities", "unlike"], {"pixels": each[None]}) for each in pixels]
    most, unlike = np.array([[each[0].max(), each[1][0]] for each in answers]).T
    limits = Limits(
        float(np.quantile(most, 0.4)) if "unsure" in asked else None,
        float(np.quantile(unlike, 0.7)) if "none of these" in asked else None,
    )
    write_run(tmp_path, fit="squash", stretch=False, limits=limits)
    monkeypatch.setattr(sys, "argv", [str(script), *files])
    runpy.run_path(str(script), run_name="__main__")
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    for found, path, (probabilities, score) in zip(said, files, answers, strict=True):
        expected = Prediction.of(path, probabilities[0], NAMES, unlike=float(score[0]), limits=limits)
        assert (found["status"], found["predicted"]) == (expected.status, expected.predicted)
    assert {each["status"] for each in said} == {"ok", *asked}
    code = [line for line in script.read_text(encoding="utf-8").partition('"""\n\n')[2].splitlines() if line]
    assert len(code) <= 31


def test_it_is_short_and_imports_what_it_says() -> None:
    script = usage_script("squash", stretch=False)
    lines = [line for line in script.partition('"""\n\n')[2].splitlines() if line]
    assert len(lines) <= 25
    assert "classeur" not in [line.split()[1] for line in lines if line.startswith(("import ", "from "))]
    assert all(len(line) <= 120 for line in script.splitlines())
    packages = [line.partition("==")[0] for line in usage_requirements().splitlines()]
    assert packages == ["numpy", "onnxruntime", "pillow"]


@pytest.mark.slow
def test_it_runs_in_an_empty_environment(edge_files: dict[str, Path], tmp_path: Path) -> None:
    """With what usage/requirements.txt names and nothing else; it says what it says here, to 10⁻⁵."""
    script = write_run(tmp_path, fit="squash", stretch=False)
    script.with_name("requirements.txt").write_text(usage_requirements(), encoding="utf-8")
    venv.create(tmp_path / "empty", with_pip=True)
    python = tmp_path / "empty" / ("Scripts" if os.name == "nt" else "bin") / "python"
    install = [python, "-m", "pip", "install", "--quiet", "-r", script.with_name("requirements.txt")]
    installed = subprocess.run(install, capture_output=True, text=True, check=False)
    if installed.returncode:
        pytest.skip(f"pip cannot install here: {installed.stderr.strip().splitlines()[-1][:200]}")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    imported = subprocess.run([python, "-c", "import classeur"], capture_output=True, check=False, env=environment)
    assert imported.returncode == 1, "classeur is not there"
    paths = list(map(str, edge_files.values()))
    done = subprocess.run([python, script, *paths], capture_output=True, text=True, check=True, env=environment)
    session = open_session((tmp_path / "model.onnx").read_bytes())
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(said) == len(edge_files)
    for each, path in zip(said, edge_files.values(), strict=True):
        pixels = resize(decode(path.read_bytes()).pixels, SIZE)
        expected = session.run(["probabilities"], {"pixels": pixels[None]})[0][0]
        assert list(each["probabilities"].values()) == pytest.approx(expected.tolist(), abs=1e-5)
