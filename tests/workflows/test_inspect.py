"""inspect, preview and summary."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import classeur
from classeur.data.splitting import split
from classeur.delivery.progress import Reporter
from classeur.errors import ImageSizeError, LayoutError, RangeError, UnfinishedRunError, UnknownNameError
from classeur.models.assembly import Layer, LayerTable
from classeur.run import Run
from classeur.training.facts import RunFacts, write_facts
from classeur.training.recipe import Recipe
from classeur.workflows.inspection import examine

QUIET = Reporter()
MakeFolder = Callable[..., Path]


@pytest.fixture
def rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[np.ndarray]]:
    """The rows of pictures that were drawn."""
    monkeypatch.chdir(tmp_path)
    drawn: list[list[np.ndarray]] = []
    monkeypatch.setattr("classeur.workflows.preview.plot_row", lambda pictures, path, **_: drawn.append(list(pictures)))
    return drawn


def test_the_tutorials_pictures(image_folder: MakeFolder, tmp_path: Path, rows: list[list[np.ndarray]]) -> None:
    pictures = classeur.preview(image_folder(), out=tmp_path / "p", image_size=(20, 24), reporter=QUIET)
    assert [picture.path.name for picture in pictures] == [
        "samples.png",
        "flip.png",
        "rotate.png",
        "zoom.png",
        "all.png",
    ]
    assert [len(row) for row in rows] == [5] * 5
    samples, flip, *_ = rows
    assert all(picture.shape == (20, 24, 3) for row in rows for picture in row)
    assert len({picture.tobytes() for picture in samples}) == 5
    # A mirrored picture is one of two; the picture that is drawn is the first of the samples.
    either = {samples[0].tobytes(), samples[0][:, ::-1].tobytes()}
    assert {picture.tobytes() for picture in flip} <= either
    for row in rows[2:]:
        assert len({picture.tobytes() for picture in row}) == 5


def test_the_same_seed_draws_the_same_and_another_does_not(
    image_folder: MakeFolder, rows: list[list[np.ndarray]]
) -> None:
    for seed in (0, 0, 1):
        classeur.preview(image_folder(), image_size=16, augment="all", seed=seed, reporter=QUIET)
    first, same, other = rows[1::2]
    assert all(map(np.array_equal, first, same))
    assert not all(map(np.array_equal, first, other))


def test_pictures_are_written_where_they_are_said_to_be(image_folder: MakeFolder, tmp_path: Path) -> None:
    pictures = classeur.preview(image_folder(), out=tmp_path / "a" / "b", augment="flip", image_size=16, reporter=QUIET)
    assert [picture.path.read_bytes()[:4] for picture in pictures] == [b"\x89PNG"] * 2
    assert pictures[1]._repr_png_() == pictures[1].path.read_bytes()
    assert "flip horizontal" in pictures[1].title


def test_an_image_is_chosen_by_its_path_and_must_be_one_of_training(
    image_folder: MakeFolder, rows: list[list[np.ndarray]]
) -> None:
    data = image_folder({"train": {"cats": 3, "dogs": 3}, "validation": {"cats": 2, "dogs": 2}})
    pictures = classeur.preview(data, image="train/dogs/01.png", augment="none", image_size=16, reporter=QUIET)
    assert "train/dogs/01.png under none" in pictures[1].title
    assert len({picture.tobytes() for picture in rows[1]}) == 1, "nothing is drawn from no ranges"
    with pytest.raises(RangeError, match=r"is not a usable training image of .* such as train/cats/00\.jpg"):
        classeur.preview(data, image="validation/dogs/01.png", image_size=16, reporter=QUIET)


@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_of_an_unsplit_folder_what_training_would_take_is_shown(
    image_folder: MakeFolder, rows: list[list[np.ndarray]], seed: int
) -> None:
    """Of two images a class, one trains and one judges: which, is a question of the seed."""
    data = image_folder({"cats": 2, "dogs": 2}, endings=[".png"], size=(16, 16))
    pictures = classeur.preview(data, image_size=16, seed=seed, reporter=QUIET)
    folder = examine(data, {"image_size": 16}, reporter=QUIET).folder
    training = [data / folder.paths[row] for row in split(folder, seed=seed).rows("train")]
    assert pictures[0].title == "2 training images"
    shown = {picture.tobytes() for picture in rows[0]}
    assert shown == {np.asarray(Image.open(path)).tobytes() for path in training}


def test_samples_are_captioned_with_their_own_class(
    image_folder: MakeFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cats are red and dogs are blue here."""
    drawn: list[tuple[list[np.ndarray], list[str]]] = []
    monkeypatch.setattr(
        "classeur.workflows.preview.plot_row",
        lambda pictures, path, captions=None: drawn.append((list(pictures), list(captions or []))),
    )
    data = image_folder({"cats": 4, "dogs": 4})
    classeur.preview(data, out=tmp_path / "p", image_size=16, augment="flip", reporter=QUIET)
    pictures, captions = drawn[0]
    is_red = [picture[..., 0].mean() > picture[..., 2].mean() for picture in pictures]
    assert captions == ["cats" if red else "dogs" for red in is_red]
    assert set(captions) == {"cats", "dogs"}


def test_fewer_than_five_are_shown_as_they_are(image_folder: MakeFolder, rows: list[list[np.ndarray]]) -> None:
    data = image_folder({"train": {"cats": 2, "dogs": 2}, "validation": {"cats": 1, "dogs": 1}})
    assert classeur.preview(data, rotation=5, image_size=16, reporter=QUIET)[0].title == "4 training images"
    assert [len(row) for row in rows] == [4, 5]


def test_what_cannot_be_previewed_leaves_nothing(image_folder: MakeFolder, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(LayoutError):
        classeur.preview(image_folder({"cats": 2}), out=out, reporter=QUIET)
    for options, error in (
        ({"augment": "al"}, UnknownNameError), ({"rotation": 200.0}, RangeError), ({"flip": "up"}, UnknownNameError),
        ({"image_size": 0}, ImageSizeError), ({"fit": "x"}, UnknownNameError),
    ):  # fmt: skip
        with pytest.raises(error):
            classeur.preview(image_folder(), out=out, reporter=QUIET, **options)  # type: ignore[arg-type]
    assert not out.exists()


def test_inspecting_also_what_cannot_be_trained_on(image_folder: MakeFolder) -> None:
    inspection = classeur.inspect(image_folder({"cats": 2}), reporter=QUIET)
    assert inspection.totals == {"all": 2}
    assert inspection.num_found == inspection.num_usable + inspection.num_set_aside + inspection.num_left_out


def test_inspecting_again_opens_no_file_unless_asked(image_folder: MakeFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Path] = []
    real = classeur.data.scan.read_file  # type: ignore[attr-defined]
    monkeypatch.setattr("classeur.data.scan.read_file", lambda path: (opened.append(path), real(path))[1])
    data = image_folder()
    for verify, expected in ((False, 8), (False, 8), (True, 16)):
        classeur.inspect(data, image_size=16, verify=verify, reporter=QUIET)
        assert len(opened) == expected
    examine(data, {"image_size": 16}, reporter=QUIET)
    assert len(opened) == 16


def test_a_summary_needs_no_keras_and_no_model(tmp_path: Path) -> None:
    layer = Layer(name="dense", type="Dense", output_shape=(None, 1), num_parameters=513)
    with Run.creating(tmp_path / "run") as run:
        write_facts(run, RunFacts(status="training", recipe=Recipe(), class_names=("a", "b"), counts={}))
    with pytest.raises(UnfinishedRunError):
        classeur.summary(run)
    run.write(run.layers_path, LayerTable(layers=(layer,)))
    assert classeur.summary(run.path) == (layer,)


def test_an_unknown_option_of_preview_is_refused(image_folder: MakeFolder, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="preview has no option 'imgsz'; did you mean 'image_size'"):
        classeur.preview(image_folder(), out=tmp_path / "p", imgsz=3, reporter=QUIET)
    assert not (tmp_path / "p").exists()
