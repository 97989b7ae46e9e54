"""`export`: a file with its script and card says what the model says, or is refused with the difference."""

import itertools
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper
from PIL import Image

import classeur
from classeur.cli import _status
from classeur.delivery.progress import Reporter
from classeur.errors import BrokenRunError, RunError, UnfinishedRunError, UnknownNameError, UsageError
from classeur.images.pixels import PixelStore
from classeur.models.checksum import model_checksum
from classeur.models.engine import load_keras
from classeur.models.features import FeatureExtractor
from classeur.models.onnx_file import OnnxFacts
from classeur.models.onnx_network import dense_head
from classeur.models.onnx_session import open_session
from classeur.models.saved import load_model
from classeur.run import Run
from classeur.storage import default_cache
from classeur.training.facts import RunFacts, read_facts, write_facts
from classeur.training.logits import softmax
from classeur.workflows.export import UnlikeError, write_lite_onnx, write_onnx

QUIET = Reporter()


class Heard(Reporter):
    """Keeps what it was told."""

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self.said: list[str] = []

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    def say(self, text: str) -> None:
        self.said.append(text)


def answers(path: Path, pixels: np.ndarray) -> np.ndarray:
    return np.asarray(open_session(path.read_bytes()).run(["probabilities"], {"pixels": pixels})[0])


def drawn(num_images: int = 20, size: tuple[int, int] = (8, 8)) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (num_images, *size, 3), dtype=np.uint8)


@pytest.mark.keras
class TestAFileOfARun:
    def test_it_says_what_the_model_says_and_what_it_is(self, run: Run) -> None:
        exported = classeur.export(run, reporter=QUIET)
        assert exported.file == str(run.onnx_path)
        assert exported.num_bytes == run.onnx_path.stat().st_size
        assert (exported.num_images, exported.drawn) == (38, False), "every image but those for the test"
        model = load_model(run.model_path)
        expected = np.asarray(model.predict_on_batch(drawn()))
        assert np.abs(answers(run.onnx_path, drawn()) - expected).max() <= 1e-5
        facts, written = read_facts(run), OnnxFacts.of_session(open_session(run.onnx_path.read_bytes()))
        assert written
        assert written.class_names == facts.class_names == ("cats", "dogs")
        assert (written.image_size, written.fit, written.stretch) == ((8, 8), "squash", False)
        assert written.provenance == {
            "run": "run", "data_fingerprint": facts.data_fingerprint, "versions": facts.versions,
        }  # fmt: skip
        assert written.model == model_checksum(run.model_path)
        assert written.verified
        assert written.verified.num_images == 38
        assert (run.usage_path / "predict.py").is_file()
        assert (run.usage_path / "requirements.txt").is_file()
        assert "compared with what was judged on 38 images" in run.card_path.read_text(encoding="utf-8")

    def test_half_precision_is_a_file_of_its_own(self, run: Run) -> None:
        whole, half = classeur.export(run, reporter=QUIET), classeur.export(run, float16=True, reporter=QUIET)
        assert Path(half.file) == run.onnx_float16_path
        assert half.num_bytes < 0.6 * whole.num_bytes
        assert 0 < half.max_difference <= half.tolerance == 0.02
        facts = OnnxFacts.of_session(open_session(run.onnx_float16_path.read_bytes()))
        assert facts
        assert facts.precision == "float16"

    def test_the_command(self, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert _status(["export", str(run.path)], debug=True) == 0
        assert "says what the run's model says: compared on 38 images, no probability" in capsys.readouterr().out
        elsewhere = tmp_path / "elsewhere.onnx"
        shutil.move(run.onnx_path, elsewhere)
        assert _status(["export", "--check", str(elsewhere), str(run.path), "--json"], debug=True) == 0
        assert json.loads(capsys.readouterr().out)["file"] == str(elsewhere)
        assert not run.onnx_path.exists(), "a check writes nothing"
        assert _status(["export", str(run.path), "--format", "onx"], debug=False) == 2
        assert "did you mean 'onnx'" in capsys.readouterr().err
        elsewhere.write_bytes(b"nothing")
        assert _status(["export", str(run.path), "--check", str(elsewhere)], debug=False) == 1
        assert "cannot be read (an ONNX model that cannot be read); name an ONNX file" in capsys.readouterr().err

    def test_a_run_without_its_images_is_compared_on_drawn_ones(self, run: Run, cache: Path) -> None:
        run.local_path.unlink()
        heard = Heard()
        exported = classeur.export(run, reporter=heard)
        assert (exported.num_images, exported.drawn) == (200, True)
        assert any("200 drawn ones are compared" in each for each in heard.said)
        assert cache is not None

    def test_what_cannot_be_exported(self, run: Run, tmp_path: Path) -> None:
        with pytest.raises(RunError, match=r"gone\.onnx cannot be read \(No such file or directory\)"):
            classeur.export(run, check=tmp_path / "gone.onnx", reporter=QUIET)
        shape = numpy_helper.from_array(np.array([3 * 10**9]), "shape")
        graph = helper.make_graph([helper.make_node("ConstantOfShape", ["shape"], ["a"])], "a", [], [], [shape])
        onnx.save(helper.make_model(graph), tmp_path / "large.onnx")
        with pytest.raises(RunError, match=r"large\.onnx cannot be read \(ConstantOfShape that makes 3,000,000,000"):
            classeur.export(run, check=tmp_path / "large.onnx", reporter=QUIET)
        with pytest.raises(UnknownNameError, match="no format is called 'litert'; known: onnx"):
            classeur.export(run, format="litert", reporter=QUIET)
        run.model_path.unlink()
        with pytest.raises(BrokenRunError, match="train it again with"):
            classeur.export(run, reporter=QUIET)
        write_facts(run, read_facts(run).model_copy(update={"status": "training"}))
        with pytest.raises(UnfinishedRunError):
            classeur.export(run, reporter=QUIET)


# What goes wrong on the way to another machine: a sound file and a way to spoil it.


def node_between(model: onnx.ModelProto, value: str, *nodes: onnx.NodeProto) -> None:
    """Put nodes, of which the last gives `spoilt`, between a value and whoever takes it."""
    for node in model.graph.node:
        node.input[:] = ["spoilt" if name == value else name for name in node.input]
    at = next((at for at, node in enumerate(model.graph.node) if value in node.output), -1)
    rest = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend([*rest[: at + 1], *nodes, *rest[at + 1 :]])


def constant(model: onnx.ModelProto, name: str, value: Any) -> str:
    model.graph.initializer.append(numpy_helper.from_array(np.asarray(value), name))
    return name


def resize_to_half_and_back(model: onnx.ModelProto) -> None:
    small = constant(model, "small", np.array([1, 1, 0.5, 0.5], np.float32))
    large = constant(model, "large", np.array([1, 1, 2, 2], np.float32))
    node_between(
        model,
        "pixels_float32",
        helper.make_node("Resize", ["pixels_float32", "", small], ["smaller"], mode="nearest"),
        helper.make_node("Resize", ["smaller", "", large], ["spoilt"], mode="nearest"),
    )


def swap_channels(model: onnx.ModelProto) -> None:
    order = constant(model, "order", np.array([2, 1, 0]))
    node_between(model, "pixels", helper.make_node("Gather", ["pixels", order], ["spoilt"], axis=3))


def scale_twice(model: onnx.ModelProto) -> None:
    factor = constant(model, "factor", np.float32(1 / 255))
    node_between(model, "pixels_float32", helper.make_node("Mul", ["pixels_float32", factor], ["spoilt"]))


def swap_classes(model: onnx.ModelProto) -> None:
    order = constant(model, "order", np.array([1, 0]))
    (softmax_node,) = [node for node in model.graph.node if node.op_type == "Softmax"]
    value = softmax_node.output[0]
    node_between(model, value, helper.make_node("Gather", [value, order], ["spoilt"], axis=1))


def drop_as_in_training(model: onnx.ModelProto) -> None:
    value = next(node for node in model.graph.node if node.op_type == "Flatten").output[0]
    # In the nodes that a traced Dropout leaves: one node of that name would be taken out by ONNX Runtime.
    ratio = constant(model, "ratio", np.float32(0.2))
    node_between(
        model,
        value,
        helper.make_node("RandomUniformLike", [value], ["chance"], seed=3.0),
        helper.make_node("Greater", ["chance", ratio], ["stays"]),
        helper.make_node("Cast", ["stays"], ["mask"], to=onnx.TensorProto.FLOAT),
        helper.make_node("Mul", [value, "mask"], ["spoilt"]),
    )


def normalise_by_the_batch(model: onnx.ModelProto) -> None:
    value = next(node for node in model.graph.node if node.op_type == "Flatten").output[0]
    mean = helper.make_node("ReduceMean", [value], ["mean_of_batch"], axes=[0], keepdims=1)
    node_between(model, value, mean, helper.make_node("Sub", [value, "mean_of_batch"], ["spoilt"]))


SPOILT = [
    resize_to_half_and_back,
    swap_channels,
    scale_twice,
    swap_classes,
    drop_as_in_training,
    normalise_by_the_batch,
]


@pytest.fixture
def sound(run: Run) -> onnx.ModelProto:
    """The ONNX model of a run that is far from chance, so that what is spoilt shows."""
    keras = load_keras()
    model = load_model(run.model_path)
    random = np.random.default_rng(0)
    model.set_weights([each + random.normal(0, 0.1, each.shape) for each in model.get_weights()])
    model.save(run.model_path)
    classeur.export(run, reporter=QUIET)
    assert keras is not None
    return onnx.load(run.onnx_path)


@pytest.mark.keras
class TestAFileThatIsOther:
    @pytest.mark.parametrize("spoil", SPOILT)
    def test_it_is_refused_with_the_difference(
        self, spoil: Callable[[onnx.ModelProto], None], run: Run, sound: onnx.ModelProto, tmp_path: Path
    ) -> None:
        path = tmp_path / "elsewhere.onnx"
        path.write_bytes(sound.SerializeToString())
        assert classeur.export(run, check=path, reporter=QUIET).max_difference <= 1e-5
        spoil(sound)
        onnx.checker.check_model(sound)
        path.write_bytes(sound.SerializeToString())
        with pytest.raises(UnlikeError, match=r"probabilities differ by up to [0-9.e-]+, more than 0\.0001"):
            classeur.export(run, check=path, reporter=QUIET)

    def test_metadata_that_say_other_than_the_run_are_refused(
        self, run: Run, sound: onnx.ModelProto, tmp_path: Path
    ) -> None:
        facts = OnnxFacts.of_session(open_session(sound.SerializeToString()))
        assert facts
        for changes, what in (
            ({"fit": "crop"}, "its fit: crop; expected squash"),
            ({"class_names": ("dogs", "cats")}, r"its class names: \(dogs, cats\); expected \(cats, dogs\)"),
        ):
            helper.set_model_props(sound, {"classeur": facts.model_copy(update=changes).text()})
            path = tmp_path / "elsewhere.onnx"
            path.write_bytes(sound.SerializeToString())
            with pytest.raises(UnlikeError, match=what):
                classeur.export(run, check=path, reporter=QUIET)

    def test_without_metadata_the_numbers_decide(self, run: Run, sound: onnx.ModelProto, tmp_path: Path) -> None:
        del sound.metadata_props[:]
        path = tmp_path / "elsewhere.onnx"
        path.write_bytes(sound.SerializeToString())
        assert classeur.export(run, check=path, reporter=QUIET).num_images == 38


def by_another_converter(model: onnx.ModelProto) -> None:
    """Give a model what others give it: other names, pixels as float32, paths, operators not used."""
    renamed = {"pixels": "keras_tensor", "probabilities": "logits", "logits": "pixels"}
    for node in model.graph.node:
        node.input[:] = [renamed.get(name, name) for name in node.input]
        node.output[:] = [renamed.get(name, name) for name in node.output]
        node.doc_string = "File /home/josephine/convert.py, line 3"
    model.graph.input[0].name = "keras_tensor"
    model.graph.input[0].type.tensor_type.elem_type = onnx.TensorProto.FLOAT
    del model.graph.output[:]
    model.graph.output.append(helper.make_tensor_value_info("logits", onnx.TensorProto.FLOAT, ["n", 2]))
    model.graph.doc_string = model.doc_string = "/home/josephine"
    helper.set_model_props(model, {"source": "/home/josephine/model.h5"})
    model.opset_import.append(helper.make_opsetid("ai.onnx.ml", 3))


@pytest.mark.keras
class TestAFileThatIsTaken:
    @pytest.fixture
    def other(self, run: Run, tmp_path: Path) -> Path:
        """A file of another converter that says what the run says; the run has none."""
        classeur.export(run, reporter=QUIET)
        model = onnx.load(run.onnx_path)
        run.onnx_path.unlink()
        by_another_converter(model)
        onnx.save(model, tmp_path / "other.onnx")
        return tmp_path / "other.onnx"

    def test_it_is_the_runs_own_from_then_on(self, run: Run, data: Path, other: Path) -> None:
        picture = data / "test" / "cats" / "00.png"
        expected = classeur.load(run, reporter=QUIET)(picture)
        exported = classeur.export(run, from_file=other, reporter=QUIET)
        assert (exported.file, exported.num_images) == (str(run.onnx_path), 38)
        heard = Heard()
        classifier = classeur.load(run, reporter=heard)
        assert (classifier.provenance["engine"], heard.said) == ("onnxruntime", [])
        assert classifier(picture).probabilities == pytest.approx(expected.probabilities, abs=1e-5)
        session = open_session(run.onnx_path)
        facts = OnnxFacts.of_session(session)
        assert facts
        assert facts.verified
        assert (facts.verified.num_images, facts.model) == (38, model_checksum(run.model_path))
        probabilities, logits = session.run(["probabilities", "logits"], {"pixels": drawn()})
        assert np.abs(softmax(logits) - probabilities).max() <= 1e-6
        assert b"josephine" not in run.onnx_path.read_bytes()
        assert (run.usage_path / "predict.py").exists()

    def test_half_precision_is_made_of_it(self, run: Run, other: Path) -> None:
        exported = classeur.export(run, from_file=other, float16=True, reporter=QUIET)
        assert Path(exported.file) == run.onnx_float16_path
        assert exported.num_bytes < 0.6 * other.stat().st_size
        assert not run.onnx_path.exists()
        weights = onnx.load(run.onnx_float16_path).graph.initializer
        assert {each.data_type for each in weights if len(each.dims) > 1} == {onnx.TensorProto.FLOAT16}

    def test_half_precision_excuses_nothing_of_the_file_given(
        self, run: Run, sound: onnx.ModelProto, tmp_path: Path
    ) -> None:
        added = constant(sound, "added", np.float32([0.01, 0]))
        (logits,) = next(node for node in sound.graph.node if node.op_type == "Softmax").input
        node_between(sound, logits, helper.make_node("Add", [logits, added], ["spoilt"]))
        onnx.save(sound, tmp_path / "other.onnx")
        with pytest.raises(UnlikeError, match=r"more than 0\.0001"):
            classeur.export(run, from_file=tmp_path / "other.onnx", float16=True, reporter=QUIET)
        with pytest.raises(UsageError, match=r"other.onnx is only checked, and --float16 is how a file is written"):
            classeur.export(run, check=tmp_path / "other.onnx", float16=True, reporter=QUIET)

    @pytest.mark.parametrize("spoil", [swap_channels, swap_classes])
    def test_one_that_says_other_is_refused_and_the_old_one_stays(
        self, run: Run, sound: onnx.ModelProto, tmp_path: Path, spoil: Callable[[onnx.ModelProto], None]
    ) -> None:
        before = run.onnx_path.read_bytes()
        spoil(sound)
        onnx.save(sound, tmp_path / "other.onnx")
        with pytest.raises(UnlikeError, match="probabilities differ by up to"):
            classeur.export(run, from_file=tmp_path / "other.onnx", reporter=QUIET)
        assert run.onnx_path.read_bytes() == before

    def test_one_that_predict_would_not_load_is_refused_with_the_reason(self, run: Run, other: Path) -> None:
        model = onnx.load(other)
        node_between(model, "keras_tensor", helper.make_node("Mish", ["keras_tensor"], ["unused"]))
        for node in model.graph.node:
            node.input[:] = ["keras_tensor" if name == "spoilt" else name for name in node.input]
        model.opset_import[0].version = 18
        onnx.save(model, other)
        assert classeur.export(run, check=other, reporter=QUIET).num_images == 38
        with pytest.raises(RunError, match=r"is not taken, since it has the operator 'Mish', .* predict loads no such"):
            classeur.export(run, from_file=other, reporter=QUIET)
        assert not run.onnx_path.exists()

    def test_probabilities_without_a_softmax_are_refused(self, run: Run, other: Path) -> None:
        model = onnx.load(other)
        constant(model, "one", np.float32(1))
        model.graph.node.append(helper.make_node("Mul", ["logits", "one"], ["answers"]))
        model.graph.output[0].name = "answers"
        onnx.save(model, other)
        with pytest.raises(RunError, match="since it has probabilities that no softmax gives"):
            classeur.export(run, from_file=other, reporter=QUIET)

    def test_on_the_command_line(self, run: Run, other: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert _status(["export", str(run.path), "--from", str(other)], debug=True) == 0
        assert capsys.readouterr().out.startswith(f"{run.onnx_path}  ({run.onnx_path.stat().st_size:,} bytes) says")

    def test_checked_or_taken_not_both(self, run: Run, other: Path) -> None:
        with pytest.raises(UsageError, match="give one of them"):
            classeur.export(run, check=other, from_file=other, reporter=QUIET)


@pytest.fixture
def stored(run: Run) -> Any:
    """The pixels of a run's validation images, in the cache."""
    facts = read_facts(run)
    store = PixelStore(default_cache(), **dict(facts.recipe.preparation))
    store.add((f"{at:02}", pixels) for at, pixels in enumerate(drawn(30)))
    return store.select([f"{at:02}" for at in range(30)])


@pytest.mark.keras
class TestTheEndOfATraining:
    def test_the_file_is_written_and_replaces_that_of_the_model_before(self, run: Run, stored: Any) -> None:
        run.onnx_path.write_bytes(b"of the model before")
        run.onnx_float16_path.write_bytes(b"of the model before")
        heard = Heard()
        write_onnx(run, read_facts(run), load_model(run.model_path), stored, reporter=heard)
        assert heard.warnings == []
        expected = np.asarray(load_model(run.model_path).predict_on_batch(drawn()))
        assert np.abs(answers(run.onnx_path, drawn()) - expected).max() <= 1e-5
        assert not run.onnx_float16_path.exists()

    def test_what_differs_is_not_kept_and_the_training_is_not_lost(self, run: Run, stored: Any) -> None:
        run.onnx_path.write_bytes(b"of the model before")
        heard, wrong = Heard(), np.tile([[0.9, 0.1]], (30, 1))
        write_onnx(run, read_facts(run), load_model(run.model_path), stored, expected=wrong, reporter=heard)
        assert not run.onnx_path.exists()
        assert not run.usage_path.exists()
        (warning,) = heard.warnings
        assert "the run stays without model.onnx: model.onnx does not say what the run's model says" in warning
        assert "probabilities differ by up to 0." in warning
        assert "There is no `model.onnx`" in run.card_path.read_text(encoding="utf-8")

    def test_a_layer_without_onnx_nodes_costs_the_file_alone(self, run: Run, stored: Any) -> None:
        keras = load_keras()
        pixels = keras.Input((8, 8, 3), dtype="uint8", name="pixels")
        values = keras.layers.Flatten()(keras.layers.RandomFlip(name="turned")(keras.layers.Rescaling(1 / 255)(pixels)))
        model = keras.Model(pixels, keras.layers.Softmax()(keras.layers.Dense(2)(values)))
        heard = Heard()
        write_onnx(run, read_facts(run), model, stored, reporter=heard)
        assert not run.onnx_path.exists()
        (warning,) = heard.warnings
        assert "the layer turned (RandomFlip) has no ONNX form in classeur" in warning


LITE = "efficientnet_lite0"


def lite_run(folder: Path) -> tuple[Run, RunFacts]:
    """Return a run of a transfer as far as an ONNX file needs one: no Keras is needed to make it."""
    facts = RunFacts(
        status="finished",
        recipe=classeur.Recipe().changed({"model": LITE, "image_size": (32, 32)}),
        class_names=("cats", "dogs"),
        counts={"train": 1},
    )
    run = Run(folder / "run")
    run.path.mkdir()
    write_facts(run, facts)
    with zipfile.ZipFile(run.model_path, "w") as archive:
        archive.writestr("config.json", "{}")
        archive.writestr("model.weights.h5", "")
    run.write_table(run.split_path, ("path", "label", "split", "hash"), [("a.png", "cats", "train", "aa")])
    run.evaluation_path.write_text('{"class_names": ["cats", "dogs"], "splits": {}}', encoding="utf-8")
    return run, facts


class TestATransfer:
    @pytest.fixture
    def made(self, tmp_path: Path) -> dict[str, Any]:
        run, facts = lite_run(tmp_path)
        pixels = drawn(20, (32, 32))
        (features,) = FeatureExtractor(LITE, image_size=(32, 32)).extract([pixels])
        random = np.random.default_rng(0)
        kernel, bias = random.normal(0, 0.1, (1280, 1)).astype(np.float32), np.zeros(1, np.float32)
        store = PixelStore(default_cache(), **dict(facts.recipe.preparation))
        store.add((f"{at:02}", each) for at, each in enumerate(pixels))
        return {
            "run": run,
            "facts": facts,
            "kernel": kernel,
            "bias": bias,
            "features": features,
            "probabilities": softmax(features.astype(float) @ kernel + bias),
            "pixels": store.select([f"{at:02}" for at in range(20)]),
        }

    def written(self, made: dict[str, Any], *, kernel: Any = None, **others: Any) -> Heard:
        heard = Heard()
        head = dense_head(made["kernel"] if kernel is None else kernel, made["bias"])
        given = {name: made[name] for name in ("features", "probabilities", "pixels")}
        write_lite_onnx(made["run"], made["facts"], head, **{**given, **others}, reporter=heard)
        return heard

    def test_it_says_what_features_and_head_say(self, made: dict[str, Any]) -> None:
        assert np.ptp(made["probabilities"][:, 1]) > 0.05
        assert self.written(made).warnings == []
        run: Run = made["run"]
        session = open_session(run.onnx_path.read_bytes())
        assert [output.name for output in session.get_outputs()] == [
            "probabilities", "logits", "features", "feature_map",
        ]  # fmt: skip
        probabilities, features = session.run(["probabilities", "features"], {"pixels": drawn(20, (32, 32))})
        assert np.abs(probabilities - made["probabilities"]).max() <= 1e-4
        assert np.abs(features - made["features"]).max() <= 1e-4
        facts = OnnxFacts.of_session(session)
        assert facts
        assert facts.licence == "Apache-2.0"
        assert facts.verified
        assert facts.verified.num_images == 16

    def test_another_head_is_refused(self, made: dict[str, Any]) -> None:
        (warning,) = self.written(made, kernel=-made["kernel"]).warnings
        assert "the head does not say what the run's model says: probabilities differ by up to 0." in warning
        assert not made["run"].onnx_path.exists()

    def test_another_way_to_the_features_is_refused(self, made: dict[str, Any]) -> None:
        (features,) = FeatureExtractor(LITE, image_size=(32, 32)).extract([drawn(20, (32, 32))[..., ::-1].copy()])
        wrong = softmax(features.astype(float) @ made["kernel"] + made["bias"])
        (warning,) = self.written(made, features=features, probabilities=wrong).warnings
        assert "model.onnx does not say what the run's model says" in warning
        assert not made["run"].onnx_path.exists()

    def test_neither_keras_nor_tensorflow_is_loaded(self, tmp_path: Path) -> None:
        code = (
            "import sys; sys.path.insert(0, sys.argv[1])\n"
            "from pathlib import Path\n"
            "import numpy as np\n"
            "from test_export import TestATransfer, drawn, lite_run\n"
            "made = TestATransfer.made.__wrapped__(None, Path(sys.argv[2]))\n"
            "assert TestATransfer().written(made).warnings == []\n"
            "print([name for name in ('keras', 'tensorflow', 'jax', 'torch') if name in sys.modules])"
        )
        here = str(Path(__file__).parent)
        done = subprocess.run(
            [sys.executable, "-c", code, here, str(tmp_path)], capture_output=True, text=True, check=False
        )
        assert done.stdout == "[]\n", done.stderr


@pytest.mark.keras
class TestARunMoves:
    def test_without_its_data_it_predicts_evaluates_on_data_and_compares(
        self, run: Run, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        classeur.export(run, reporter=QUIET)
        for name in ("first", "second"):
            shutil.copytree(run.path, tmp_path / "elsewhere" / name)
            (tmp_path / "elsewhere" / name / "local.json").unlink()
        shutil.rmtree(run.path)
        monkeypatch.setenv("CLASSEUR_CACHE", str(tmp_path / "another machine"))
        monkeypatch.chdir(tmp_path / "elsewhere")
        moved = Run.open("first")
        before = {row["path"]: row["p(dogs)"] for row in moved.read_table(moved.predictions_path)}
        for prediction in classeur.predict(moved, data / "validation", reporter=QUIET):
            path = Path(prediction.path).relative_to(data).as_posix()
            assert prediction.probabilities["dogs"] == pytest.approx(float(before[path]), abs=1e-5)
        other = shutil.copytree(data / "test", tmp_path / "other")
        Image.new("RGB", (9, 9)).save(other / "cats" / "new.png")
        assert classeur.evaluate(moved, data=other, reporter=QUIET).num_images == 11
        score = classeur.evaluate(moved, split="test", data=data, reporter=QUIET)
        assert score.num_images == 10
        assert moved.data == data.resolve()
        assert classeur.summary("second")
        comparison = classeur.compare(["first", "second"], picture="comparison.png")
        assert comparison is not None
        assert classeur.export(moved, reporter=QUIET).num_images == 38


GPS = {1: "N", 2: (48.0, 51.0, 29.0), 3: "E", 4: (2.0, 17.0, 40.0)}
EPOCHS = {"model": "tutorial", "image_size": 8, "epochs": 2, "batch_size": 4}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person's home with photographs that have a place and a name in their EXIF."""
    folder, random = tmp_path / "home-of-josephine", np.random.default_rng(0)
    for split, count in (("train", 20), ("validation", 10)):
        for class_name, level in (("cats", 90), ("dogs", 140)):
            for number in range(count):
                pixels = np.clip(random.normal(level, 50, (12, 14, 3)), 0, 255).astype(np.uint8)
                exif = Image.Exif()
                exif[0x010E], exif[0x013B] = "taken by josephine", "josephine"
                exif.get_ifd(0x8825).update(GPS)
                path = folder / "data" / split / class_name / f"{number}.jpg"
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(pixels).save(path, exif=exif)
    (folder / "data/train/cats/broken.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    monkeypatch.setenv("USER", "josephine")
    monkeypatch.setenv("LOGNAME", "josephine")
    return folder


def traces(run: Run, holder: Path, *, of: set[str]) -> dict[str, bytes]:
    """Return what a run's files say of where and by whom they were made: {name: what stands there}.

    Args:
        run: the run.
        holder: the folder that all of it lies in.
        of: files that the run must have, by name.
    """
    files = [path for path in run.path.rglob("*") if path.is_file() and path not in (run.local_path, run.lock_path)]
    assert of <= {path.relative_to(run.path).as_posix() for path in files}
    found = {}
    for path in files:
        content = path.read_bytes()
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                content = b"".join(name.encode() + archive.read(name) for name in archive.namelist())
        for trace in (b"josephine", str(holder).encode(), b"Exif\0", b"eXIf", str(Path.home()).encode() + b"/"):
            if trace in content:
                found[path.name] = content[max(0, content.find(trace) - 60) :][:120]
    return found


@pytest.mark.keras
class TestNoArtefactSaysWhereOrByWhomItWasMade:
    """Typed with absolute paths wherever one can be typed."""

    def test_of_a_training_by_epochs(self, home: Path, tmp_path: Path) -> None:
        classeur.train(home / "data", out=home / "before", reporter=QUIET, **EPOCHS)
        (home / "left out.csv").write_text("path,reason\ntrain/cats/0.jpg,not one of josephine's\n")
        (home / "recipe.toml").write_text("learning_rate = 0.002\n")
        run = classeur.train(
            home / "data",
            out=home / "run",
            from_run=home / "before",
            exclude=home / "left out.csv",
            recipe=home / "recipe.toml",
            reporter=QUIET,
            **EPOCHS,
        )
        classeur.export(run, reporter=QUIET)
        classeur.export(run, float16=True, reporter=QUIET)
        classeur.evaluate(run, split="train", reporter=QUIET)
        names = {
            "model.keras", "model.onnx", "model.float16.onnx", "card.md", "usage/predict.py", "usage/requirements.txt",
            "diagnosis.json", "layers.json", "labels.txt", "history.csv", "split.csv", "set_aside.csv", "run.json",
            "predictions.csv", "evaluation.json", "curves.png",
        }  # fmt: skip
        assert traces(run, tmp_path, of=names) == {}

    def test_of_a_transfer(self, home: Path, tmp_path: Path) -> None:
        options = {"model": "efficientnet_lite0", "image_size": 32, "balance": True}
        run = classeur.train(home / "data", out=home / "run", reporter=QUIET, **options)
        names = {"model.onnx", "usage/predict.py", "card.md", "learning_curve.csv", "balance.csv", "layers.json"}
        assert traces(run, tmp_path, of=names) == {}

    def test_of_a_training_that_was_stopped(self, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        steps = itertools.count()

        @contextmanager
        def stopping(_: Callable[[], None]) -> Iterator[Callable[[], bool]]:
            yield lambda: next(steps) == 14  # in the second epoch

        monkeypatch.setattr("classeur.workflows.training.asked_to_stop", stopping)
        run = classeur.train(home / "data", out=home / "run", reporter=QUIET, **EPOCHS)
        assert read_facts(run).status == "stopped"
        (checkpoint, *_) = [path.name for path in run.checkpoints_path.iterdir()]
        assert traces(run, tmp_path, of={"model.keras", f"checkpoints/{checkpoint}"}) == {}
