"""Every command that opens a run's model, checkpoint or tables goes through the door, and says what it saw there."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import classeur
from classeur.delivery.progress import Reporter
from classeur.errors import BrokenRunError, ClasseurError, UnsafeModelError
from classeur.run import Run

pytestmark = pytest.mark.keras

OPTIONS = {"model": "tutorial", "image_size": 8, "epochs": 3, "batch_size": 8}

COMMANDS: dict[str, Callable[[Run, Path], object]] = {
    "evaluate": lambda run, data: classeur.evaluate(run, split="test", reporter=Reporter()),
    "predict": lambda run, data: list(classeur.predict(run, data / "test", reporter=Reporter())),
    "load": lambda run, data: classeur.load(run)(np.zeros((8, 8, 3), np.uint8)),
    "train --resume": lambda run, data: classeur.train(out=run.path, resume=True, epochs=3, reporter=Reporter()),
    "train --from": lambda run, data: classeur.train(
        data, out=run.path.parent / "next", from_run=run, reporter=Reporter(), **OPTIONS
    ),
}


def with_lambda(path: Path) -> None:
    """Turn the last layer of a saved network into a Lambda."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(members["config.json"])
    config["config"]["layers"][-1]["class_name"] = "Lambda"
    members["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_loads_a_model_with_a_lambda(run: Run, data: Path, command: str) -> None:
    with_lambda(run.model_path)
    with pytest.raises(UnsafeModelError, match=r"keras\.layers\.Lambda") as caught:
        COMMANDS[command](run, data)
    assert len(str(caught.value).splitlines()) == 1


def test_other_data_are_no_way_round(run: Run, data: Path) -> None:
    with_lambda(run.model_path)
    for path in (data / "validation").rglob("*.png"):
        path.unlink()
    with pytest.raises(UnsafeModelError, match=r"keras\.layers\.Lambda"):
        classeur.evaluate(run, split="test", data=data, reporter=Reporter())


@pytest.mark.parametrize("name", ["network/0", "network/1"])
def test_a_checkpoint_with_pickles_is_not_read(run: Run, name: str, tmp_path: Path) -> None:
    class Probe:
        def __reduce__(self) -> object:
            return (tmp_path / "marker").touch, ()

    path = run.checkpoints_path / "last.npz"
    with np.load(path) as archive:
        arrays = {each: archive[each] for each in archive.files}
    np.savez(path, allow_pickle=True, **{**arrays, name: np.array([Probe()], object)})
    with pytest.raises(BrokenRunError, match="holds object, not numbers"):
        COMMANDS["train --resume"](run, tmp_path)
    assert not (tmp_path / "marker").exists()


@pytest.mark.parametrize("shape", [(3, 3), None])
def test_a_checkpoint_of_another_network_is_said(run: Run, tmp_path: Path, shape: tuple[int, int] | None) -> None:
    path = run.checkpoints_path / "last.npz"
    with np.load(path) as archive:
        arrays = {each: archive[each] for each in archive.files}
    name = next(name for name in arrays if name.startswith("optimizer/") and arrays[name].ndim > 1)
    del arrays[name]
    np.savez(path, **arrays, **({} if shape is None else {name: np.zeros(shape, np.float32)}))  # type: ignore[arg-type]
    with pytest.raises(
        BrokenRunError, match=r"last\.npz is not of this network: 1 of the \d+ arrays of its opt"
    ) as caught:
        COMMANDS["train --resume"](run, tmp_path)
    assert len(str(caught.value).splitlines()) == 1


def test_a_checkpoint_of_an_epoch_without_its_history_is_said(run: Run, tmp_path: Path) -> None:
    path = run.checkpoints_path / "last.npz"
    with np.load(path) as archive:
        arrays = {each: archive[each] for each in archive.files}
    position = np.frombuffer(b'{"epoch": 1000000000}', np.uint8)
    np.savez(path, **{**arrays, "position": position})  # type: ignore[arg-type]
    with pytest.raises(BrokenRunError, match=r"last\.npz is damaged \(at epoch 1,000,000,000 with a history of 0\)"):
        COMMANDS["train --resume"](run, tmp_path)


@pytest.mark.parametrize(("side", "use_bias"), [(16, True), (8, False)])
def test_a_model_of_another_network_is_said(run: Run, tmp_path: Path, side: int, use_bias: bool) -> None:
    import keras

    layers = keras.layers
    stack = [keras.Input((side, side, 3)), layers.Flatten(), layers.Dense(512, use_bias=use_bias, name="dense")]
    keras.Sequential(stack).save(run.model_path)
    with pytest.raises(BrokenRunError, match="not of this network|other layers than its recipe") as caught:
        COMMANDS["train --resume"](run, tmp_path)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("name", ["split.csv", "predictions.csv", "evaluation.json", "run.json"])
def test_a_file_of_the_run_that_is_none_is_said(run: Run, data: Path, name: str) -> None:
    path = run.path / name
    path.write_text("[" * 10**5 + "]" * 10**5 if name.endswith("json") else path.read_text() + "," * 10**7)
    for command in (
        lambda: classeur.evaluate(run, split="test", reporter=Reporter()),
        lambda: classeur.compare([run, run], reporter=Reporter()),
    ):
        with pytest.raises(ClasseurError, match=r"deeper than 64|more than 1,048,576 characters") as caught:
            command()
        assert len(str(caught.value).splitlines()) == 1
        if name in ("split.csv", "predictions.csv"):
            break  # compare does without
