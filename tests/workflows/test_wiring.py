"""What joins the rooms: trainings and judgements that come out as they do only where everything is joined rightly."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from listening import Listener
from PIL import Image

import classeur
from classeur.data.folder import ImageFolder
from classeur.data.splitting import Split
from classeur.delivery.plots import plot_curves
from classeur.delivery.progress import Reporter
from classeur.errors import RunError
from classeur.evaluation.scoring import Evaluation
from classeur.models.checksum import model_checksum
from classeur.models.saved import load_model
from classeur.run import Run
from classeur.training.facts import RunFacts, read_facts, write_facts
from classeur.training.fit import Step
from classeur.training.history import History
from classeur.training.recipe import Recipe
from classeur.workflows.resumption import check_same_data, recorded_split

QUIET = Reporter()
SMALL: dict[str, Any] = {"model": "tutorial", "image_size": 8, "batch_size": 8, "epochs": 1}
# So small a step that a training's losses are those of its first weights.
STILL: dict[str, Any] = {**SMALL, "learning_rate": 1e-12}
MakeFolder = Callable[..., Path]


class DiedError(Exception):
    """As if the process had ended here."""


def train(data: Path | None, out: Path, **options: Any) -> Run:
    return classeur.train(data, out=out, reporter=QUIET, **options)


def weights(run: Run) -> list[np.ndarray]:
    found: list[np.ndarray] = load_model(run.model_path).get_weights()
    return found


def files(run: Run) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in run.path.iterdir() if path.is_file()}


@pytest.mark.keras
@pytest.mark.parametrize(
    "varied", [{"brightness": 0.9, "contrast": 0.9}, {"dropout": 0.5}], ids=["augmented", "dropout"]
)
def test_training_is_varied_and_validation_is_not(data: Path, tmp_path: Path, varied: dict[str, Any]) -> None:
    run = train(data, tmp_path / "varied", **STILL, **varied)
    (row,) = run.read_table(run.history_path)
    judged = run.read(run.evaluation_path, Evaluation).splits
    assert float(row["val_loss"]) == pytest.approx(judged["validation"].loss.value, abs=2e-6)
    assert float(row["val_accuracy"]) == pytest.approx(judged["validation"].accuracy.value, abs=2e-6)
    assert float(row["loss"]) != pytest.approx(judged["train"].loss.value, abs=1e-4)


class FirstSteps(Reporter):
    """Keeps how many images of each first step were right."""

    def __init__(self) -> None:
        self.num_right: list[int] = []

    @contextmanager
    def training(self) -> Iterator[Callable[[Step], None]]:
        def on_step(step: Step) -> None:
            if step.means.num_images == SMALL["batch_size"]:
                self.num_right.append(step.means.num_correct)

        yield on_step


@pytest.mark.keras
def test_a_seed_decides_the_first_weights_and_batches_are_of_all_classes(data: Path, tmp_path: Path) -> None:
    """The folder's first files are all cats, and fresh weights call every picture the same."""
    listener = FirstSteps()
    first = classeur.train(data, out=tmp_path / "first", reporter=listener, **STILL)
    assert first.read(first.evaluation_path, Evaluation).splits["train"].num_correct == 12
    assert 0 < listener.num_right[0] < SMALL["batch_size"]
    other = train(data, tmp_path / "other", seed=1, **STILL)
    kernels = [(one, two) for one, two in zip(weights(first), weights(other), strict=True) if one.ndim > 1]
    assert kernels
    assert not any(np.allclose(one, two, atol=1e-3) for one, two in kernels)


@pytest.mark.keras
def test_what_computed_in_bfloat16_is_saved_in_float32_as_it_was_learned(data: Path, tmp_path: Path) -> None:
    run = train(data, tmp_path / "bfloat16", precision="bfloat16", **{**SMALL, "epochs": 8, "learning_rate": 0.003})
    last = run.read_table(run.history_path)[-1]
    judged = run.read(run.evaluation_path, Evaluation).splits["validation"]
    assert judged.loss.value < 0.65, "it has learned something"
    assert judged.loss.value == pytest.approx(float(last["val_loss"]), abs=0.03)
    assert {layer.compute_dtype for layer in load_model(run.model_path).layers[2:]} == {"float32"}


@pytest.mark.keras
def test_predictions_see_pictures_as_training_saw_them(data: Path, tmp_path: Path) -> None:
    """What is cut to a square is cut again; a model that was loaded before and has changed is loaded again."""
    run = train(data, tmp_path / "cropped", fit="crop", **{**SMALL, "learning_rate": 0.01})

    def check() -> None:
        stored = {row["path"]: row["p(dogs)"] for row in run.read_table(run.predictions_path)}
        found = {
            Path(each.path).relative_to(data).as_posix(): each.probabilities["dogs"]
            for each in classeur.predict(run, [data / "validation"], reporter=QUIET)
        }
        assert len(found) == 14
        assert read_facts(run).model == model_checksum(run.model_path)
        assert found == pytest.approx({path: float(stored[path]) for path in found}, abs=2e-6)

    check()
    train(None, run.path, resume=True, epochs=2)
    check()


class TestEvaluate:
    """Of other data, and more than once."""

    @pytest.mark.keras
    def test_of_other_data_that_are_split_one_split_is_judged(self, run: Run, image_folder: MakeFolder) -> None:
        others = image_folder({
            "train": {"cats": 3, "dogs": 4}, "validation": {"cats": 1, "dogs": 1}, "test": {"cats": 3, "dogs": 2},
        })  # fmt: skip
        score = classeur.evaluate(run, data=others, split="test", reporter=QUIET)
        assert [sum(row) for row in score.confusion] == [3, 2]

    @pytest.mark.keras
    def test_a_second_model_on_the_same_test_images_is_warned_of(self, run: Run, data: Path, tmp_path: Path) -> None:
        listener = Listener()
        other = train(data, tmp_path / "other", **{**SMALL, "seed": 1})
        assert classeur.evaluate(run, split="test", reporter=listener).num_looks == 1
        run.predictions_path.unlink()
        assert classeur.evaluate(run, split="test", reporter=listener).num_looks == 1, "the same model"
        assert listener.warned == []
        assert classeur.evaluate(other, split="test", reporter=listener).num_looks == 2
        (warned,) = listener.warned
        assert warned.startswith("2 models have been evaluated on these test images, in this run or others; ")


@pytest.mark.keras
def test_other_data_with_one_of_the_classes_are_judged_by_its_name(run: Run, data: Path) -> None:
    rows = {row["path"]: row["predicted"] for row in run.read_table(run.predictions_path)}
    others = data / "others"
    shutil.copytree(data / "validation" / "dogs", others / "dogs")
    is_right = [predicted == "dogs" for path, predicted in rows.items() if path.startswith("validation/dogs/")]
    score = classeur.evaluate(run, data=others, reporter=QUIET)
    assert score.confusion == ((0, 0), (len(is_right) - sum(is_right), sum(is_right)))


@pytest.mark.keras
@pytest.mark.backends
def test_a_training_begins_with_the_weights_of_another_run(run: Run, data: Path, tmp_path: Path) -> None:
    """On every backend: what is compiled may hold values of its own."""
    begun = train(data, tmp_path / "begun", from_run=run, **STILL)
    assert all(np.allclose(one, two, atol=1e-6) for one, two in zip(weights(begun), weights(run), strict=True))
    (row,) = begun.read_table(begun.history_path)
    before = run.read(run.evaluation_path, Evaluation).splits
    assert float(row["loss"]) == pytest.approx(before["train"].loss.value, abs=1e-5)
    assert float(row["val_loss"]) == pytest.approx(before["validation"].loss.value, abs=1e-5)


@pytest.mark.keras
def test_weights_of_as_many_other_classes_are_refused(run: Run, data: Path, tmp_path: Path) -> None:
    for split in ("train", "validation", "test"):
        (data / split / "dogs").rename(data / split / "wolves")
    with pytest.raises(RunError, match=r"has the classes cats, dogs, but the data have cats, wolves"):
        train(data, tmp_path / "other", from_run=run, **SMALL)
    assert not (tmp_path / "other").exists()


@pytest.mark.keras
def test_the_line_of_chance_is_the_share_of_the_most_frequent_validation_class(
    image_folder: MakeFolder, tmp_path: Path
) -> None:
    data = image_folder({"train": {"cats": 6, "dogs": 4}, "validation": {"cats": 1, "dogs": 4}})
    run = train(data, tmp_path / "run", **SMALL)
    history = History.from_rows(run.read_table(run.history_path))
    with Image.open(run.curves_path) as picture:
        drawn = np.asarray(picture.convert("RGB"), int)
    differences = {}
    for chance in (0.8, 0.2, 0.6, 0.5):
        plot_curves(history, tmp_path / "expected.png", chance=chance)
        with Image.open(tmp_path / "expected.png") as picture:
            differences[chance] = np.abs(drawn - np.asarray(picture.convert("RGB"), int)).mean()
    assert min(differences, key=lambda chance: differences[chance]) == 0.8
    assert differences[0.8] < 0.1 * differences[0.2]


@pytest.mark.keras
class TestResumed:
    def test_it_goes_on_where_it_ended_and_is_in_training_until_it_is_finished(self, run: Run) -> None:
        """Seconds tell a first epoch that was kept from one that was trained again."""

        class Dies(Reporter):
            def epoch(self, history: History, num_epochs: int) -> None:
                raise DiedError

        before = run.read_table(run.history_path)
        with pytest.raises(DiedError):
            classeur.train(out=run.path, resume=True, epochs=4, reporter=Dies())
        assert read_facts(run).status == "training"
        train(None, run.path, resume=True)
        after = run.read_table(run.history_path)
        assert after[:2] == before
        assert [row["epoch"] for row in after] == ["1", "2", "3", "4"]
        assert (read_facts(run).status, read_facts(run).epochs_done) == ("finished", 4)

    def test_the_columns_of_a_table_are_remembered(self, image_folder: MakeFolder, tmp_path: Path) -> None:
        data = image_folder({"cats": 5, "dogs": 5})
        table = data / "table.csv"
        paths = sorted(path.relative_to(data) for path in data.rglob("*.*g"))
        table.write_text("foto,sort\n" + "".join(f"{path.as_posix()},{path.parent.name}\n" for path in paths))
        run = train(table, tmp_path / "run", columns="path=foto,label=sort", **SMALL)
        assert read_facts(train(None, run.path, resume=True, epochs=2)).epochs_done == 2

    def test_other_bytes_under_the_same_names_are_refused(self, run: Run, data: Path) -> None:
        run.write_data(data)
        shutil.copy(data / "test" / "cats" / "00.png", data / "train" / "cats" / "03.png")
        before = files(run)
        with pytest.raises(RunError, match=r"have changed since .* \(train/cats/03\.png has changed\)"):
            train(None, run.path, resume=True, epochs=3)
        assert files(run) == before

    def test_a_training_goes_on_with_the_split_that_it_began_with(
        self, image_folder: MakeFolder, tmp_path: Path
    ) -> None:
        """Nobody would make this split by seed: three of four images judge."""
        data = image_folder({"cats": 8, "dogs": 8})
        made = Split(splits=("train", "validation", "validation", "validation") * 4, made_here=False, seed=0)
        whole = train(data, tmp_path / "whole", split=made, **{**SMALL, "epochs": 2})
        run = train(data, tmp_path / "run", split=made, **SMALL)
        resumed = train(None, run.path, resume=True, epochs=2)
        assert read_facts(resumed).counts["validation"] == 12
        for name in ("predictions.csv", "split.csv"):
            assert files(resumed)[name] == files(whole)[name]
        assert all(map(np.array_equal, weights(resumed), weights(whole)))

    def test_another_split_in_the_table_is_not_taken_over(self, image_folder: MakeFolder, tmp_path: Path) -> None:
        data = image_folder({"cats": 8, "dogs": 8})
        table = data / "table.csv"

        def write(split_of: Callable[[int], str]) -> None:
            paths = sorted(path.relative_to(data) for path in data.rglob("*.*g"))
            rows = [f"{p.as_posix()},{p.parent.name},{split_of(number)}\n" for number, p in enumerate(paths)]
            table.write_text("path,label,split\n" + "".join(rows))

        write(lambda number: "validation" if number % 4 == 0 else "train")
        run = train(table, tmp_path / "run", **SMALL)
        before = run.split_path.read_bytes()
        write(lambda number: "validation" if number % 2 else "train")
        train(None, run.path, resume=True, epochs=2)
        assert run.split_path.read_bytes() == before
        judged = {row["path"] for row in run.read_table(run.predictions_path) if row["split"] == "validation"}
        assert judged == {row["path"] for row in run.read_table(run.split_path) if row["split"] == "validation"}
        assert len(judged) == 4


SAME: dict[str, Any] = {"paths": ["0.jpg", "1.jpg"], "hashes": ["a", "b"]}


class TestWithoutKeras:
    """Questions that are answered before a network is built, or by functions alone."""

    def test_files_are_read_again_where_that_is_asked_for(self, image_folder: MakeFolder, tmp_path: Path) -> None:
        """Other bytes of the same size and time are not seen otherwise."""

        class Dies(Reporter):
            def warn(self, text: str) -> None:
                if "changed although size and time are the same" in text:
                    raise DiedError

        data = image_folder({"cats": 5, "dogs": 5}, endings=[".bmp"])
        classeur.inspect(data, image_size=8, reporter=QUIET)
        changed = data / "cats" / "02.bmp"
        stat, content = changed.stat(), changed.read_bytes()
        changed.write_bytes(content[:-1] + bytes([content[-1] ^ 255]))
        os.utime(changed, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        with pytest.raises(DiedError):
            classeur.train(data, out=tmp_path / "run", verify=True, reporter=Dies(), **SMALL)
        assert not (tmp_path / "run").exists()

    def test_a_classifier_says_where_it_comes_from(self, began: Run, facts: RunFacts) -> None:
        write_facts(began, facts.model_copy(update={"data_fingerprint": "abc", "versions": {"keras": "3"}}))
        began.model_path.write_bytes(b"it is loaded with the first prediction")
        classifier = classeur.load(began)
        assert classifier.provenance == {
            "run": began.path.name, "data_fingerprint": "abc", "versions": {"keras": "3"}, "engine": "keras",
        }  # fmt: skip
        assert classifier.class_names == ("cats", "dogs")

    @pytest.fixture
    def began(self, tmp_path: Path) -> Run:
        run = Run(tmp_path)
        rows = [("0.jpg", "cats", "train", "a"), ("1.jpg", "dogs", "validation", "b")]
        run.write_table(run.split_path, ("path", "label", "split", "hash"), rows)
        return run

    @pytest.fixture
    def facts(self) -> RunFacts:
        return RunFacts(
            status="finished", recipe=Recipe(seed=7), class_names=("cats", "dogs"), counts={"used": 2},
            split_made_here=True,
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("labels", "columns", "said"),
        [
            (["cats", "dogs"], SAME, ""),
            (["dogs", "cats"], {"paths": ["1.jpg", "0.jpg"], "hashes": ["b", "a"]}, ""),
            (["cats", "dogs"], {"paths": ["0.jpg", "1.jpg"], "hashes": ["a", "c"]}, "1.jpg has changed"),
            (["dogs", "dogs"], {**SAME, "class_names": ["cats", "dogs"]}, "0.jpg has changed"),
            (["cats", "dogs"], {"paths": ["0.jpg", "2.jpg"], "hashes": ["a", "b"]}, "1.jpg is gone"),
            (["cats", "dogs"], {**SAME, "reasons": ["", "cut short"]}, "1.jpg is gone"),
            (["cats", "dogs", "dogs"], {"paths": ["0.jpg", "1.jpg", "2.jpg"], "hashes": ["a", "b", "c"]},
             "2.jpg is new"),
            (["cats", "dogs"], {**SAME, "class_names": ["cats", "cow", "dogs"]}, "the classes are different"),
        ],
    )  # fmt: skip
    def test_what_has_changed_since_a_training_began_is_named(
        self,
        began: Run,
        facts: RunFacts,
        folder_of: Callable[..., ImageFolder],
        labels: list[str],
        columns: dict[str, Any],
        said: str,
    ) -> None:
        folder = folder_of(labels, **columns)
        if not said:
            check_same_data(began, facts, folder, Path("DATA"))
            return
        with pytest.raises(RunError) as caught:
            check_same_data(began, facts, folder, Path("DATA"))
        assert f"({said})" in str(caught.value)
        assert len(str(caught.value).splitlines()) == 1

    def test_what_a_plan_left_out_is_not_new(
        self, began: Run, facts: RunFacts, folder_of: Callable[..., ImageFolder]
    ) -> None:
        folder = folder_of(["cats", "dogs", "dogs"], paths=["0.jpg", "1.jpg", "2.jpg"], hashes=["a", "b", "c"])
        began.write_table(began.set_aside_path, ("path", "reason"), [("2.jpg", "left out by plan.csv")])
        check_same_data(began, facts, folder, Path("DATA"))
        assert recorded_split(began, facts, folder).splits == ("train", "validation", "")
        began.write_table(began.set_aside_path, ("path", "reason"), [("2.jpg", "cut short")])
        with pytest.raises(RunError, match=r"\(2\.jpg is new\)"):
            check_same_data(began, facts, folder, Path("DATA"))

    def test_the_recorded_split_is_found_by_path(
        self, began: Run, facts: RunFacts, folder_of: Callable[..., ImageFolder]
    ) -> None:
        folder = folder_of(
            ["dogs", "cats", "cats"], paths=["1.jpg", "0.jpg", "2.jpg"], splits=["train", "validation", "train"]
        )
        found = recorded_split(began, facts, folder)
        assert found.splits == ("validation", "train", "")
        assert (found.made_here, found.seed) == (True, 7)
