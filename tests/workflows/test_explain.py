"""What spoke for an answer: beside Keras' own gradient, and where the truth was planted."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

import classeur
from classeur.delivery.progress import Reporter
from classeur.errors import NoPictureError, StorageError, UnknownNameError
from classeur.evaluation.maps import mapped
from classeur.evaluation.shortcuts import shared_places
from classeur.models.onnx_tail import MappedModel
from classeur.models.saved import load_model
from classeur.run import Run
from classeur.workflows.explain import _panels

QUIET = Reporter()


class Told(Reporter):
    """Keeps what is said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(text)


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run on noise in both classes; one has a red square in the lower right corner of each picture."""
    folder, random = tmp_path_factory.mktemp("marked"), np.random.default_rng(0)
    for number in range(160):
        label = ("marked", "plain")[number % 2]
        noise = random.normal(128, 40, (96, 96, 3))
        picture = Image.fromarray(np.clip(noise, 0, 255).astype(np.uint8))
        if label == "marked":
            ImageDraw.Draw(picture).rectangle([66, 66, 93, 93], fill=(220, 20, 20))
        (folder / "data" / label).mkdir(parents=True, exist_ok=True)
        picture.save(folder / "data" / label / f"{number:03}.png")
    return classeur.train(
        folder / "data",
        out=folder / "run",
        model="efficientnet_lite0",
        image_size=160,
        cache=folder / ".cache",
        reporter=QUIET,
    )


def marked_names(run: Run) -> tuple[str, ...]:
    return classeur.load(run).class_names


@pytest.mark.keras
class TestAShortcut:
    def test_it_lights_up(self, marked: Run) -> None:
        [found] = classeur.explain(marked, sorted((marked.data / "marked").iterdir())[0], reporter=QUIET)
        assert (found.chosen, found.against) == ("marked", "plain")
        row, column = np.unravel_index(found.evidence.values.argmax(), found.evidence.values.shape)
        assert row >= 3  # of 5
        assert column >= 3

    def test_it_is_a_place_that_its_pictures_share(self, marked: Run) -> None:
        model = MappedModel(marked.onnx_path)
        paths = [marked.data / row["path"] for row in marked.read_table(marked.split_path) if row["split"] != "train"]
        pixels = np.stack([classeur.load(marked).prepare(path)[1] for path in paths])
        answers = model(pixels)
        evidence = mapped(model.tail, answers.maps, answers.logits)
        [found, *_] = shared_places(lambda batch: model(batch).logits, pixels, evidence)
        assert marked_names(marked)[found.label] == "marked"
        assert found.bottom == found.right == 1

    @pytest.mark.parametrize(("language", "said"), [("en", "the lower right"), ("ko", "오른쪽 아래")])
    def test_the_report_says_so(self, marked: Run, tmp_path: Path, language: str, said: str) -> None:
        page, cache = tmp_path / "page.html", marked.path.parent / ".cache"
        found = classeur.report(marked, to=page, language=language, cache=cache, reporter=QUIET)
        [place] = [each for each in found.runs[0].shortcuts if each.class_name == "marked"]
        assert place.num_lost > place.num_images / 2
        assert {each.hash for each in place.shown} <= found.maps.keys() & found.thumbnails.keys()
        text = page.read_text(encoding="utf-8")
        assert text.index(said) < text.index('id="more"')

    def test_it_looks_like_other_marked_pictures(self, marked: Run, tmp_path: Path) -> None:
        picture = sorted((marked.data / "marked").iterdir())[0]
        cache = marked.path.parent / ".cache"
        [found] = classeur.explain(marked, picture, out=tmp_path / "out", cache=cache, reporter=QUIET)
        assert len(found.similar) == 3
        assert all(each.label in ("marked", "plain") for each in found.similar)
        similarities = [each.similarity for each in found.similar]
        assert similarities == sorted(similarities, reverse=True)
        assert found.picture.parent == tmp_path / "out"
        with Image.open(found.picture) as picture:
            assert picture.width > 5 * 200

    def test_only_a_picture_of_the_training_is_called_one(self, marked: Run) -> None:
        rows = {each["split"]: marked.data / each["path"] for each in marked.read_table(marked.split_path)}
        for split, said in (("train", "is a training image"), ("validation", "looks like")):
            cache = marked.path.parent / ".cache"
            [found] = classeur.explain(marked, rows[split], cache=cache, reporter=QUIET)
            assert _panels(found, None)[2].caption.startswith(said)
            # As if the network could not tell them apart: a cosine of 1 does not make them one picture.
            alike = tuple(replace(each, similarity=1.0) for each in found.similar)
            assert _panels(replace(found, similar=alike), None)[2].caption.startswith(said)

    def test_without_kept_features_it_is_said_that_none_are_shown(self, marked: Run, tmp_path: Path) -> None:
        told = Told()
        picture = sorted((marked.data / "marked").iterdir())[0]
        [found] = classeur.explain(marked, picture, cache=tmp_path / "empty", reporter=told)
        assert found.similar == ()
        assert "no longer kept" in told.lines[0]


@pytest.mark.keras
class TestTheTutorialsNetwork:
    def test_the_gradient_is_tensorflows(self, run: Run) -> None:
        tensorflow = pytest.importorskip("tensorflow")
        model = MappedModel(run.onnx_path)
        network = load_model(run.model_path)
        pixels = np.random.default_rng(0).integers(0, 255, (3, 8, 8, 3)).astype(np.uint8)
        answers = model(pixels)
        weights = np.random.default_rng(1).normal(size=answers.logits.shape).astype(np.float32)
        layers = [layer for layer in network.layers if type(layer).__name__ != "InputLayer"]
        last = max(number for number, layer in enumerate(layers) if type(layer).__name__ == "Conv2D")
        values = pixels
        for layer in layers[: last + 1]:
            values = layer(values)
        with tensorflow.GradientTape() as tape:
            values = tensorflow.convert_to_tensor(values)
            tape.watch(values)
            logits = values
            for layer in layers[last + 1 :]:
                if type(layer).__name__ not in ("Softmax",):
                    logits = layer(logits)
            total = tensorflow.reduce_sum(logits * weights)
        expected = np.transpose(tape.gradient(total, values), (0, 3, 1, 2))
        np.testing.assert_allclose(np.transpose(values, (0, 3, 1, 2)), answers.maps, atol=1e-4)
        assert np.abs(expected).max() > 0
        np.testing.assert_allclose(model.tail.gradient(answers.maps, weights), expected, atol=1e-5)

    def test_other_weights_give_another_map(self, run: Run) -> None:
        """After Adebayo and others, NeurIPS 2018: a map that stays tells nothing of the network."""
        model = MappedModel(run.onnx_path)
        pixels = np.random.default_rng(0).integers(0, 255, (1, 8, 8, 3)).astype(np.uint8)
        answers = model(pixels)
        [before] = mapped(model.tail, answers.maps, answers.logits, chosen=[0])
        random = np.random.default_rng(1)
        constants = {
            name: random.permutation(each.ravel()).reshape(each.shape) if each.dtype == np.float32 else each
            for name, each in model.tail.constants.items()
        }
        [after] = mapped(model.tail._replace(constants=constants), answers.maps, answers.logits, chosen=[0])
        assert np.abs(before.values - after.values).max() > 0.01

    def test_without_model_onnx_parts_are_hidden_in_turn(self, run: Run, tmp_path: Path) -> None:
        run.onnx_path.unlink()
        told = Told()
        Image.new("RGB", (9, 9), "white").save(tmp_path / "white.png")
        [found] = classeur.explain(run, tmp_path / "white.png", reporter=told)
        assert found.evidence.method == "occlusion"
        assert any("no model.onnx" in line and "hidden" in line for line in told.lines)

    def test_the_map_can_speak_for_another_class(self, run: Run) -> None:
        pixels = np.random.default_rng(0).integers(0, 255, (8, 8, 3)).astype(np.uint8)
        for label, other in (("cats", "dogs"), ("dogs", "cats")):
            [found] = classeur.explain(run, pixels, label=label, reporter=QUIET)
            assert (found.chosen, found.against) == (label, other)

    def test_a_check_says_how_far_map_and_occlusion_agree(self, run: Run) -> None:
        pixels = np.random.default_rng(0).integers(0, 255, (8, 8, 3)).astype(np.uint8)
        [found] = classeur.explain(run, pixels, check=True, reporter=QUIET)
        assert -1 <= found.agreement <= 1

    def test_a_broken_file_is_an_answer_with_its_reason(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8 no picture")
        [found] = classeur.explain(run, tmp_path / "broken.jpg", out=tmp_path / "out", reporter=QUIET)
        assert (found.prediction.status, found.picture) == ("unusable", None)
        assert json.dumps(found.values())

    def test_nothing_is_replaced_by_another_explanation(self, run: Run, tmp_path: Path) -> None:
        pixels, out = np.zeros((8, 8, 3), np.uint8), tmp_path / "out"
        [first] = classeur.explain(run, pixels, out=out, reporter=QUIET)
        before = first.picture.read_bytes()
        [second] = classeur.explain(run, pixels + 200, out=out, reporter=QUIET)
        assert second.picture != first.picture
        assert first.picture.read_bytes() == before

    def test_a_folder_of_the_users_own_is_refused(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "001-cat.png").write_text("precious", encoding="utf-8")
        with pytest.raises(StorageError, match="did not make"):
            classeur.explain(run, np.zeros((8, 8, 3), np.uint8), out=tmp_path, reporter=QUIET)
        assert [each.name for each in tmp_path.iterdir() if each.is_file()] == ["001-cat.png"]

    @pytest.mark.parametrize("letter", ["a", "가"])
    def test_a_name_as_long_as_a_file_system_takes_has_its_picture(self, run: Run, tmp_path: Path, letter: str) -> None:
        path = tmp_path / f"{letter * ((255 - 4) // len(letter.encode()))}.png"
        Image.new("RGB", (9, 9), "white").save(path)
        [found] = classeur.explain(run, path, out=tmp_path / "out", reporter=QUIET)
        assert found.picture.name.startswith(f"001-{letter * 9}")

    def test_a_notebook_shows_it_without_a_file(self, run: Run) -> None:
        [found] = classeur.explain(run, np.zeros((8, 8, 3), np.uint8), reporter=QUIET)
        assert found.picture is None
        assert found._repr_png_()[:4] == b"\x89PNG"

    def test_what_cannot_be_asked_is_one_line(self, run: Run, tmp_path: Path) -> None:
        with pytest.raises(UnknownNameError, match="cats"):
            classeur.explain(run, b"", label="cat", reporter=QUIET)
        with pytest.raises(UnknownNameError, match="occlusion"):
            classeur.explain(run, b"", method="occlude", reporter=QUIET)
        (tmp_path / "none").mkdir()
        with pytest.raises(NoPictureError):
            classeur.explain(run, tmp_path / "none", reporter=QUIET)


@pytest.mark.keras
def test_the_command_prints_a_row_a_picture_and_fails_for_one_that_cannot_be_used(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from classeur.cli import main

    Image.new("RGB", (9, 9), "white").save(tmp_path / "white.png")
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    with pytest.raises(SystemExit) as ended:
        main(
            ["explain", str(run.path), str(tmp_path / "white.png"), str(tmp_path / "broken.jpg"), "--out"]
            + [str(tmp_path / "out"), "--json"]
        )
    assert ended.value.code == 1
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert first["status"] == "ok"
    assert np.array(first["evidence"]).ndim == 2
    assert Path(first["picture"]).read_bytes()[:4] == b"\x89PNG"
    assert second["status"] == "unusable"
