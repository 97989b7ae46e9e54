"""train: what it refuses before it writes anything, and that it can go on from wherever it was stopped or died."""

import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import classeur
from classeur.delivery.progress import Reporter
from classeur.errors import BrokenRunError, NotARunError, RunError, RunExistsError, StorageError, UsageError
from classeur.models.saved import load_model
from classeur.run import Run
from classeur.training.checkpoint import Checkpoints
from classeur.training.facts import read_facts, write_facts
from classeur.training.recipe import Recipe, make_recipe
from classeur.workflows import preparation, training

QUIET = Reporter()
SMALL = {"model": "tutorial", "image_size": 8, "batch_size": 8}
MakeFolder = Callable[..., Path]


class Listener(Reporter):
    """Keeps what is said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)

    def warn(self, text: str) -> None:
        self.said.append(f"warning: {text}")


def weights(run: Run) -> list[np.ndarray]:
    weights: list[np.ndarray] = load_model(run.model_path).get_weights()
    return weights


def files(run: Run) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in run.path.iterdir() if path.is_file()}


def refuse(*_: object, **__: object) -> None:
    raise AssertionError("this should have been refused before")


def test_what_can_be_refused_at_once_is(
    image_folder: MakeFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the data are scanned, which may take an hour."""
    monkeypatch.setattr("classeur.workflows.preparation.scanned", refuse)
    data, out = image_folder(), tmp_path / "run"
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("")
    cases: list[tuple[type[Exception], dict[str, Any]]] = [
        (UsageError, {"data": None, "out": out}),
        (UsageError, {"data": data, "out": out, "epochs": 0}),
        (RunExistsError, {"data": data, "out": tmp_path / "mine"}),
        (NotARunError, {"data": data, "out": out, "from_run": tmp_path / "gone"}),
        (NotARunError, {"data": data, "out": out, "resume": True}),
        (UsageError, {"data": data, "out": out, "resume": True, "overwrite": True}),
    ]
    for error, arguments in cases:
        with pytest.raises(error):
            classeur.train(reporter=QUIET, **arguments)
        assert not out.exists()


@pytest.mark.parametrize("name", ["split.csv", "labels.txt", "run.json"])
def test_a_full_disk_at_the_beginning_leaves_nothing(
    image_folder: MakeFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """So that the same command can be given again."""
    monkeypatch.setattr(training, "_settled", lambda *_: {})
    network = SimpleNamespace(count_params=lambda: 0)
    monkeypatch.setattr(training, "_make_steps", lambda *_: SimpleNamespace(network=network))
    real = Path.write_text

    def write_text(self: Path, *arguments: Any, **options: Any) -> int:
        if self.name.endswith(name) and self.parent == tmp_path / "run":
            self.touch()
            raise OSError(28, "No space left on device")
        return real(self, *arguments, **options)

    monkeypatch.setattr("classeur.storage.Path.write_text", write_text)
    with pytest.raises(StorageError, match=f"the disk is full at .*{name}"):
        classeur.train(image_folder(), out=tmp_path / "run", reporter=QUIET, **SMALL)
    assert not (tmp_path / "run").exists()


def test_what_is_said_of_the_data(image_folder: MakeFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class EnoughError(Exception):
        pass

    def stop(*_: object) -> None:
        raise EnoughError

    monkeypatch.setattr(training, "_settled", stop)
    data = image_folder({"ants": 10, "bees": 10})
    (data / "ants" / "broken.jpg").write_bytes(b"x")
    shutil.copy(data / "ants" / "00.jpg", data / "bees" / "same.jpg")
    listener = Listener()
    with pytest.raises(EnoughError):
        classeur.train(data, out=tmp_path / "run", reporter=listener, **SMALL)
    first, split, broken, serious = listener.said
    assert first.startswith("2 classes (ants, bees): ")
    assert "20% of each class is used for it" in split
    assert broken == f"warning: 1 file cannot be used and is set aside (set_aside.csv); see: classeur inspect {data}"
    assert serious.startswith(
        "warning: 1 group of identical files is in two classes, so at most one label of each is right"
    )
    assert not (tmp_path / "run").exists()


@pytest.mark.keras
class TestOnARun:
    def test_weights_that_do_not_fit_leave_nothing_behind(self, run: Run, data: Path, tmp_path: Path) -> None:
        out = tmp_path / "second"
        with pytest.raises(RunError, match="do not fit"):
            classeur.train(data, out=out, from_run=run.path, reporter=QUIET, model="tutorial", image_size=16)
        (data / "train" / "wolves").mkdir()
        for name in ("00.png", "01.png"):
            shutil.copy(data / "train" / "dogs" / name, data / "train" / "wolves")
        with pytest.raises(RunError, match=r"has the classes cats, dogs, but the data have cats, dogs, wolves"):
            classeur.train(data, out=out, from_run=run.path, reporter=QUIET, **SMALL)
        write_facts(run, read_facts(run).model_copy(update={"status": "training"}))
        with pytest.raises(RunError, match="is not finished"):
            classeur.train(data, out=out, from_run=run.path, reporter=QUIET, **SMALL)
        assert not out.exists()

    def test_a_run_can_begin_with_the_weights_of_the_run_that_it_replaces(self, run: Run, data: Path) -> None:
        before = weights(run)
        with pytest.raises(RunError, match="do not fit"):
            classeur.train(
                data, out=run.path, from_run=run.path, overwrite=True, reporter=QUIET, model="tutorial", image_size=16
            )
        assert all(map(np.array_equal, weights(run), before)), "refused, so not replaced"
        options = {**SMALL, "epochs": 1, "learning_rate": 1e-12}
        again = classeur.train(data, out=run.path, from_run=run.path, overwrite=True, reporter=QUIET, **options)
        assert all(np.allclose(one, two, atol=1e-6) for one, two in zip(weights(again), before, strict=True))
        assert read_facts(again).from_run == run.path.name

    def test_dead_before_its_first_checkpoint_it_begins_again(self, run: Run, data: Path) -> None:
        """The first weights are a function of the seed; those of another run are not."""
        whole = weights(run)
        shutil.rmtree(run.checkpoints_path)
        run.model_path.unlink()
        run.history_path.unlink()
        write_facts(run, read_facts(run).model_copy(update={"status": "training"}))
        write_facts(run, read_facts(run).model_copy(update={"from_run": "another"}))
        with pytest.raises(RunError, match=r"was started with the weights of another; train again with --from"):
            classeur.train(out=run.path, resume=True, reporter=QUIET)
        write_facts(run, read_facts(run).model_copy(update={"from_run": None}))
        resumed = classeur.train(out=run.path, resume=True, reporter=QUIET)
        assert read_facts(resumed).status == "finished"
        assert all(map(np.array_equal, weights(resumed), whole))

    @pytest.mark.parametrize("where", ["model.save", "judge_run", "plot_curves"])
    def test_dead_after_its_last_epoch_it_goes_on_to_the_end(
        self, run: Run, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
    ) -> None:
        class Died(BaseException):
            pass

        def die(*_: object, **__: object) -> None:
            raise Died

        options = read_facts(run).recipe.options()
        with monkeypatch.context() as patched:
            if where == "model.save":
                real = training.with_probabilities

                def broken(network: Any) -> Any:
                    model = real(network)
                    model.save = die
                    return model

                patched.setattr(training, "with_probabilities", broken)
            else:
                patched.setattr(training, where, die)
            with pytest.raises(Died):
                classeur.train(run.data, out=tmp_path / "dead", reporter=QUIET, **options)
        dead = Run.open(tmp_path / "dead")
        assert read_facts(dead).status == "training"
        assert not list(dead.path.glob(".tmp-*"))
        resumed = classeur.train(out=dead.path, resume=True, reporter=QUIET)
        assert read_facts(resumed).status == "finished"
        assert all(map(np.array_equal, weights(resumed), weights(run)))
        for name in ("predictions.csv", "split.csv", "labels.txt"):
            assert files(resumed)[name] == files(run)[name]
        assert set(files(resumed)) == set(files(run))

    def test_a_finished_run_is_not_resumed(self, run: Run) -> None:
        before = files(run)
        with pytest.raises(RunError, match="has finished its 2 epochs; for more, give a larger number with --epochs"):
            classeur.train(out=run.path, resume=True, reporter=QUIET)
        with pytest.raises(UsageError, match="cannot be combined with --overwrite, --from"):
            classeur.train(out=run.path, resume=True, from_run=run.path, epochs=3, reporter=QUIET)
        assert files(run) == before

    def test_a_damaged_checkpoint_is_said_and_leaves_the_model(self, run: Run) -> None:
        last = Checkpoints(run.checkpoints_path).path("last")
        last.write_bytes(last.read_bytes()[:-50])
        before = weights(run)
        with pytest.raises(BrokenRunError, match="is damaged"):
            classeur.train(out=run.path, resume=True, epochs=3, reporter=QUIET)
        assert all(map(np.array_equal, weights(run), before))

    def test_stopped_early_it_does_not_go_on(self, data: Path, tmp_path: Path) -> None:
        options = {**SMALL, "learning_rate": 1e-12, "stop_early": 1, "epochs": 9}
        run = classeur.train(data, out=tmp_path / "early", reporter=QUIET, **options)
        done = read_facts(run).epochs_done
        assert read_facts(run).status == "finished"
        assert done < 9
        assert len(run.read_table(run.history_path)) == done
        for epochs in (None, 20):
            with pytest.raises(RunError, match=f"stopped early after epoch {done}"):
                classeur.train(out=run.path, resume=True, epochs=epochs, reporter=QUIET)

    def test_the_kept_epoch_is_the_one_that_the_history_calls_best(self, data: Path, tmp_path: Path) -> None:
        options = {**SMALL, "learning_rate": 0.01, "keep": "best", "epochs": 4}
        run = classeur.train(data, out=tmp_path / "best", reporter=QUIET, **options)
        rows = run.read_table(run.history_path)
        kept = rows[read_facts(run).kept_epoch - 1]
        assert float(kept["val_accuracy"]) == max(float(row["val_accuracy"]) for row in rows)
        score = classeur.evaluate(run, reporter=QUIET)
        assert score.accuracy.value == pytest.approx(float(kept["val_accuracy"]), abs=1e-6)
        assert score.loss.value == pytest.approx(float(kept["val_loss"]), abs=1e-5)

    def test_every_image_found_is_accounted_for(self, data: Path, tmp_path: Path) -> None:
        (data / "train" / "cats" / "broken.png").write_bytes(b"")
        (data / "train" / "cats" / "notes.txt").write_text("x")
        (data / "train" / "cats" / ".hidden.png").write_bytes(b"")
        run = classeur.train(data, out=tmp_path / "counted", reporter=QUIET, epochs=1, **SMALL)
        counts = read_facts(run).counts
        assert counts["used"] + counts["set_aside"] + counts["left_out"] == counts["found"] == 51
        assert counts["train"] + counts["validation"] + counts["test"] == counts["used"] == 48
        assert len(run.read_table(run.split_path)) == 48
        assert [row["path"] for row in run.read_table(run.set_aside_path)] == ["train/cats/broken.png"]

    def test_only_one_file_knows_where_the_data_lie(self, run: Run) -> None:
        assert str(run.data).encode() in files(run)["local.json"]
        for name, content in files(run).items():
            if name not in ("local.json", "diagnosis.json"):
                assert str(run.data).encode() not in content, name

    def test_names_that_are_no_utf_8_go_through_everything(self, data: Path, tmp_path: Path) -> None:
        try:
            (data / "train" / "cats" / "00.png").rename(data / "train" / "cats" / "caf\udce9.png")
        except (OSError, UnicodeEncodeError):
            pytest.skip("this system's file names are Unicode")
        for split in ("train", "validation", "test"):
            (data / split / "dogs").rename(data / split / "d\udcf4gs")
        run = classeur.train(data, out=tmp_path / "bytes", reporter=QUIET, epochs=1, **SMALL)
        assert read_facts(run).class_names == ("cats", "d\udcf4gs")
        assert run.labels_path.read_bytes() == b"cats\nd\xf4gs\n"
        assert classeur.evaluate(run, split="train", reporter=QUIET).num_images == 24
        assert "train/cats/caf\udce9.png" in {row["path"] for row in run.read_table(run.predictions_path)}


@pytest.mark.keras
def test_a_preset_takes_the_place_of_a_recipes_ranges(image_folder: MakeFolder, tmp_path: Path) -> None:
    for number, recipe in enumerate(
        (Recipe(), make_recipe({"model": "tutorial", "rotation": 9, "epochs": 1, "batch_size": 8}))
    ):
        options = {"model": "tutorial", "image_size": 8, "epochs": 1, "augment": "flip"}
        run = classeur.train(image_folder(), out=tmp_path / str(number), recipe=recipe, reporter=QUIET, **options)
        assert read_facts(run).recipe.augmentation.describe() == "flip horizontal"
    assert read_facts(run).recipe.optimisation.batch_size == 8


@pytest.mark.keras
def test_a_damaged_run_beside_it_does_not_end_a_training(image_folder: MakeFolder, tmp_path: Path) -> None:
    data = image_folder()
    first = classeur.train(data, out=tmp_path / "runs" / "a", reporter=QUIET, epochs=1, **SMALL)
    first.logits_path.write_bytes(b"none")
    second = classeur.train(data, out=tmp_path / "runs" / "b", reporter=QUIET, epochs=1, **SMALL)
    assert read_facts(second).status == "finished"
    with pytest.raises(BrokenRunError, match="logits.npz"):
        classeur.compare([first, second], reporter=QUIET)


@pytest.mark.keras
def test_a_scan_is_not_repeated(image_folder: MakeFolder, tmp_path: Path) -> None:
    """A training on known images decodes none, whatever the split and the labels' order."""
    decoded: list[int] = []

    real = preparation.scanned

    def counted(*arguments: Any, **options: Any) -> Any:
        folder, store = real(*arguments, **options)
        decoded.append(folder.num_decoded)
        return folder, store

    data = image_folder({"a": 5, "b": 5})
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(preparation, "scanned", counted)
        for number, seed in enumerate((0, 1)):
            classeur.train(data, out=tmp_path / str(number), reporter=QUIET, epochs=1, seed=seed, **SMALL)
        classeur.train(data, out=tmp_path / "larger", reporter=QUIET, model="tutorial", epochs=1, image_size=9)
    assert decoded == [10, 0, 10], "another size costs one more pass"
