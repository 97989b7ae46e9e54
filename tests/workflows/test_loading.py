"""`load` and `predict` by model.onnx: which engine answers, what is refused, order, and what is read ahead."""

import itertools
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import classeur
from classeur.delivery.progress import Reporter
from classeur.errors import BrokenRunError, PictureError, RangeError, UnfinishedRunError, UnsafeModelError
from classeur.images.resizing import resize
from classeur.run import Run
from classeur.threads import num_processors
from classeur.training.facts import read_facts, write_facts
from classeur.workflows.onnx_engine import read_model_facts

MakeRun = Callable[..., Path]


class Said(Reporter):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(text)


def brightness(light: float) -> float:
    """Return the probability of dogs by the model of `onnx_run`, of an image whose pixels have this mean, 0 … 1."""
    return float(1 / (1 + np.exp(-8 * (light - 0.5))))


def grey(level: int) -> np.ndarray:
    return np.full((10, 12, 3), level, np.uint8)


def engine_of(run: Path) -> tuple[str, list[str]]:
    """Return which engine predicts, and what is said of it. Neither is loaded."""
    said = Said()
    return classeur.load(run, reporter=said).provenance["engine"], said.lines


def test_one_many_and_all_kinds_of_images(onnx_run: MakeRun, tmp_path: Path) -> None:
    said = Said()
    classifier = classeur.load(onnx_run(), reporter=said)
    Image.fromarray(grey(51)).save(tmp_path / "a.png")
    assert classifier(grey(51)).probabilities == pytest.approx(
        {"cats": 1 - brightness(0.2), "dogs": brightness(0.2)}, abs=1e-6
    )
    same = [tmp_path / "a.png", (tmp_path / "a.png").read_bytes(), grey(51), Image.open(tmp_path / "a.png")]
    assert [each.probability for each in classifier(same)] == [classifier(grey(51)).probability] * 4
    assert classifier.class_names == ("cats", "dogs")
    assert classifier.provenance["run"] == "run"
    assert said.lines == []
    assert "keras" not in vars(classifier)


def test_order_is_kept_and_a_bad_one_has_a_reason(onnx_run: MakeRun, tmp_path: Path) -> None:
    pictures: list[Any] = [b"" if level % 7 == 3 else grey(level) for level in range(101)]
    found = list(classeur.predict(onnx_run(), pictures, reporter=Said()))
    assert [each.status for each in found] == ["unusable" if level % 7 == 3 else "ok" for level in range(101)]
    for level, each in enumerate(found):
        if each.status == "ok":
            assert each.probabilities["dogs"] == pytest.approx(brightness(level / 255), abs=1e-6)
        else:
            assert "empty" in each.reason


@pytest.mark.skipif(os.name == "nt", reason="Windows has no named pipes among its files")
def test_no_single_item_ends_the_stream(onnx_run: MakeRun, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    Image.fromarray(grey(51)).save(folder / "a.png")
    os.mkfifo(folder / "b.jpg")
    odd = [folder / ("x" * 5000), "nul\0.jpg", folder / "b.jpg", folder / "gone.jpg", folder / "a.png" / "below.png"]
    run = onnx_run()
    for pictures in ([*odd, folder / "a.png"], *([each] for each in odd)):
        found = list(classeur.predict(run, pictures, sort_into=tmp_path / "sorted", reporter=Said()))
        assert [each.path for each in found] == [Path(each).as_posix() for each in pictures]
        for each in found:
            assert each.reason.startswith("cannot be read: ") or each.predicted == "cats"
    below = list(classeur.predict(run, folder, reporter=Said()))
    assert ("a.png", "ok") in [(Path(each.path).name, each.status) for each in below]


def test_a_bounded_number_is_read_ahead(onnx_run: MakeRun) -> None:
    taken = 0

    def endless() -> Iterator[np.ndarray]:
        nonlocal taken
        for taken in itertools.count(1):  # noqa: B007
            yield grey(9)

    found = classeur.predict(onnx_run(), endless(), reporter=Said())
    for number in range(1, 60):
        assert next(found).status == "ok"
        assert taken - number <= 10 * num_processors() + 2
    found.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("fit", ["squash", "crop", "pad"])
def test_the_model_sees_what_its_file_says(onnx_run: MakeRun, fit: Any) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (40, 25, 3), np.uint8)
    classifier = classeur.load(onnx_run(fit=fit, image_size=[8, 10]), reporter=Said())
    light = resize(picture, (8, 10), fit=fit).mean() / 255
    assert classifier(picture).probabilities["dogs"] == pytest.approx(brightness(light), abs=1e-6)
    assert next(classifier([picture])).probabilities["dogs"] == pytest.approx(brightness(light), abs=1e-6)


def test_stretch_is_what_the_file_says(onnx_run: MakeRun, tmp_path: Path) -> None:
    Image.fromarray(np.linspace(300, 600, 64).reshape(8, 8).astype(np.uint16)).save(tmp_path / "a.png")
    for stretch, least, most in ((False, 0, 0.02), (True, 0.4, 0.6)):
        classifier = classeur.load(onnx_run(str(stretch), stretch=stretch), reporter=Said())
        assert least <= classifier(tmp_path / "a.png").probabilities["dogs"] <= most


def test_a_run_without_one_predicts_through_keras_and_says_so(onnx_run: MakeRun) -> None:
    run = onnx_run()
    assert engine_of(run) == ("onnxruntime", [])
    (run / "model.onnx").unlink()
    engine, (line,) = engine_of(run)
    assert engine == "keras"
    assert line == f"{run} has no model.onnx; Keras predicts, which takes some seconds to load"


def test_a_model_onnx_of_another_training_is_not_used(onnx_run: MakeRun) -> None:
    run, other = onnx_run(), onnx_run("other")
    shutil.copy(other / "model.keras", run)
    engine, (line,) = engine_of(run)
    assert engine == "keras"
    assert "model.onnx is not the same model as model.keras" in line
    (run / "model.keras").unlink()
    assert engine_of(run) == ("onnxruntime", []), "moved without model.keras"


def test_a_model_onnx_of_another_training_is_known_without_model_keras(onnx_run: MakeRun) -> None:
    run, other = onnx_run(), onnx_run("other")
    (run / "model.keras").unlink()
    shutil.copy(other / "model.onnx", run)
    with pytest.raises(BrokenRunError) as caught:
        engine_of(run)
    assert str(caught.value).startswith(
        f"{run / 'model.onnx'} is not the same model as that of run.json, and {run / 'model.keras'} is missing; train"
    )
    facts = read_facts(Run.open(run)).model_copy(update={"model": ""})
    write_facts(Run.open(run), facts)
    assert engine_of(run)[0] == "onnxruntime", "an older run does not record its model"


@pytest.mark.parametrize("said", [{"image_size": [16, 16]}, {"fit": "crop"}, {"stretch": True}])
def test_a_model_onnx_that_prepares_otherwise_is_not_used(onnx_run: MakeRun, said: dict[str, Any]) -> None:
    run, other = Run.open(onnx_run(**said)), Run.open(onnx_run("other"))
    assert engine_of(run.path)[0] == "onnxruntime"
    write_facts(run, read_facts(run).model_copy(update={"recipe": read_facts(other).recipe}))
    assert engine_of(run.path)[0] == "keras"


@pytest.mark.parametrize("model_onnx", [True, False])
def test_a_program_may_move_to_another_folder(
    onnx_run: MakeRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model_onnx: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    run = onnx_run()
    if not model_onnx:
        (run / "model.onnx").unlink()
    classifier = classeur.load("run", reporter=Said())
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    if model_onnx:
        assert classifier(grey(51)).predicted == "cats"
        return
    with pytest.raises(UnsafeModelError, match="an archive without 'metadata.json'"):  # so it was found
        classifier(grey(51))


def test_a_model_onnx_with_other_classes_is_not_used(onnx_run: MakeRun) -> None:
    run = onnx_run(class_names=["dogs", "cats"])
    assert engine_of(run)[0] == "keras"
    (run / "model.keras").unlink()
    with pytest.raises(BrokenRunError, match="not the same model as that of run.json"):
        engine_of(run)


def test_one_that_changed_is_opened_again(onnx_run: MakeRun) -> None:
    run, other = onnx_run(), onnx_run("other", image_size=[16, 16])
    assert classeur.load(run)(grey(51)).probability == pytest.approx(1 - brightness(0.2), abs=1e-6)
    for name in ("model.onnx", "model.keras", "run.json"):
        shutil.copy(other / name, run)
    assert classeur.load(run)(grey(51)).probability == pytest.approx(1 - brightness(0.2), abs=1e-6)


def test_a_training_that_is_not_finished_is_refused(onnx_run: MakeRun) -> None:
    run = Run.open(onnx_run())
    write_facts(run, read_facts(run).model_copy(update={"status": "training"}))
    with pytest.raises(UnfinishedRunError, match="--resume"):
        classeur.load(run)


@pytest.mark.parametrize(
    "said",
    [
        {"image_size": [0, 8]}, {"image_size": [8]}, {"image_size": [8, 10**6]}, {"image_size": "88"},
        {"image_size": [8.0, 8]}, {"fit": "stretch"}, {"fit": []}, {"stretch": "no"}, {"class_names": [1, 2]},
        {"class_names": None}, {"image_size": [7, 8]}, {"image_size": [8, 2049]}, {"class_names": ["a", "a"]},
        {"class_names": ["a", ""]}, {"class_names": ["a", "b\n"]}, {"class_names": ["a", "b\x1b[2J"]},
        {"class_names": ["a", "\ud800"]}, {"class_names": ["a", "\u2028"]},
    ],
)  # fmt: skip
def test_an_odd_file_is_refused_in_one_line(onnx_run: MakeRun, tmp_path: Path, said: dict[str, Any]) -> None:
    sound = {"class_names": ["cats", "dogs"], "image_size": [8, 8], "fit": "squash", "stretch": False, "model": ""}
    run = onnx_run(metadata={"classeur": json.dumps(sound)})
    assert read_model_facts(run / "model.onnx").class_names == ("cats", "dogs")
    other = onnx_run("other", metadata={"classeur": json.dumps({**sound, **said})})
    with pytest.raises(BrokenRunError, match="not made by classeur"):
        classeur.load(other)


@pytest.mark.parametrize(
    "odd", [{"graph_size": (16, 16)}, {"graph_size": ("h", "w")}, {"class_names": ["a", "b", "c"]}]
)
def test_a_graph_that_is_not_what_its_file_says_is_refused(
    onnx_run: MakeRun, tmp_path: Path, odd: dict[str, Any]
) -> None:
    run = Run.open(onnx_run(**odd))
    write_facts(
        run, read_facts(run).model_copy(update={"class_names": tuple(odd.get("class_names", ("cats", "dogs")))})
    )
    Image.fromarray(grey(9)).save(tmp_path / "a.png")
    for paths in ([tmp_path / "a.png"], [tmp_path / "a.png"] * 3):
        with pytest.raises(BrokenRunError, match="the graph of .* has .*; it says that it takes images of 8x8 pixels"):
            list(classeur.predict(run, paths, sort_into=tmp_path / "sorted", reporter=Said()))
    assert not (tmp_path / "sorted").exists()


def test_names_that_are_bytes_of_a_file_system_are_kept(onnx_run: MakeRun) -> None:
    names = ["犬 é 👩‍🌾", "d\udcf4gs"]
    assert list(read_model_facts(onnx_run(class_names=names) / "model.onnx").class_names) == names


def test_a_file_of_a_newer_classeur_is_refused(onnx_run: MakeRun) -> None:
    with pytest.raises(BrokenRunError, match="newer classeur"):
        classeur.load(onnx_run(version=2))


@pytest.mark.parametrize("text", ["", "[]", "{", "{}", "1", "[" * 100_000])
def test_a_file_that_says_nothing_is_refused_in_one_line(onnx_run: MakeRun, text: str) -> None:
    with pytest.raises(BrokenRunError, match="not made by classeur"):
        classeur.load(onnx_run(metadata={"classeur": text}))
    with pytest.raises(BrokenRunError, match="not made by classeur"):
        classeur.load(onnx_run("other", metadata={}))


def test_a_damaged_graph_is_refused_before_anything_is_sorted(onnx_run: MakeRun, tmp_path: Path) -> None:
    run = onnx_run()
    content = (run / "model.onnx").read_bytes()
    (run / "model.onnx").write_bytes(content.replace(b"ReduceMean", b"ReduceNone"))
    Image.fromarray(grey(9)).save(tmp_path / "a.png")
    for paths in ([tmp_path / "a.png"], [tmp_path / "a.png"] * 3):
        with pytest.raises(UnsafeModelError, match="the operator 'ReduceNone', which no classifier"):
            list(classeur.predict(run, paths, sort_into=tmp_path / "sorted", reporter=Said()))
    assert not (tmp_path / "sorted").exists()


@pytest.mark.parametrize("pictures", [[3], [None], [grey(9), None, grey(9)], 3, {"a": 1}, [[grey(9)]]])
def test_what_is_no_image_is_refused_at_its_place(onnx_run: MakeRun, pictures: Any) -> None:
    with pytest.raises(PictureError, match="is not an image"):
        list(classeur.predict(onnx_run(), pictures, reporter=Said()))


def test_the_most_probable_classes_alone(onnx_run: MakeRun) -> None:
    run = onnx_run()
    (found,) = classeur.predict(run, grey(51), top=1, reporter=Said())
    assert found.probabilities == pytest.approx({"cats": 1 - brightness(0.2)}, abs=1e-6)
    with pytest.raises(RangeError, match="top 0"):
        classeur.predict(run, grey(51), top=0, reporter=Said())


def test_without_onnx_runtime_it_is_named(onnx_run: MakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    run = onnx_run()
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(classeur.ClasseurError, match="pip install onnxruntime"):
        classeur.load(run)(grey(9))
