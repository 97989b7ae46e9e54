import json
import os
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from PIL import Image

from classeur.data.folder import ImageFolder
from classeur.images.preparation import Preparation

# As `load_keras` sets it, but before any test imports Keras by itself: a process with oneDNN and one without it train
# to different bytes, and the tests compare trainings across processes.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

# A busy machine is slow, not wrong.
settings.register_profile("classeur", deadline=None)
settings.load_profile("classeur")

REPOSITORY = Path(__file__).resolve().parent.parent

MakeImageFolder = Callable[..., Path]

# The mean colours that `write_images` gives the classes in turn: far apart, so that they can be learnt.
COLOURS = ((200, 80, 60), (60, 90, 200), (80, 190, 90), (200, 190, 60))


def write_noise(path: Path, *, colour: tuple[int, int, int], size: tuple[int, int], seed: int | list[int]) -> Path:
    """Write a picture of coloured noise, (width, height) in pixels, in the format that the ending names."""
    path.parent.mkdir(parents=True, exist_ok=True)
    width, height = size
    noise = np.random.default_rng(seed).normal(0, 30, (height, width, 3))
    Image.fromarray(np.clip(noise + colour, 0, 255).astype(np.uint8)).save(path)
    return path


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own, so that no test reads or fills the user's."""
    folder = tmp_path / ".cache"
    monkeypatch.setenv("CLASSEUR_CACHE", str(folder))
    return folder


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder of the test's own, so that no test counts as a look at a user's test images."""
    folder = tmp_path / ".state"
    monkeypatch.setenv("CLASSEUR_STATE", str(folder))
    return folder


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared data; a test that needs it is skipped where there is none."""
    named = os.environ.get("CLASSEUR_SHARED", "../shared")
    folder = (REPOSITORY / named).resolve()
    if not (folder / "data").is_dir():
        pytest.skip(f"no shared data in {folder}; name its folder in CLASSEUR_SHARED")
    return folder


@pytest.fixture(scope="session")
def write_images() -> MakeImageFolder:
    """A function that writes coloured noise as `folder/[split/]class/00.jpg …` and returns the folder.

    `write_images(folder)` makes cats and dogs of four each; `write_images(folder, {"a": 3, "b": 2})` names classes and
    counts; `write_images(folder, {"train": {"a": 3}, "validation": {"a": 1}})` makes splits.
    """

    def write(
        folder: Path,
        layout: Mapping[str, int | Mapping[str, int]] | None = None,
        *,
        size: tuple[int, int] = (24, 20),
        endings: Iterable[str] = (".jpg", ".png"),
        seed: int = 0,
    ) -> Path:
        layout = layout if layout is not None else {"cats": 4, "dogs": 4}
        splits = {key: value for key, value in layout.items() if isinstance(value, Mapping)}
        parts = splits or {"": layout}
        endings = tuple(endings)
        class_names = sorted({class_name for classes in parts.values() for class_name in classes})
        for part, (split, classes) in enumerate(parts.items()):
            for class_name, count in classes.items():
                number = class_names.index(class_name)
                (folder / split / class_name).mkdir(parents=True, exist_ok=True)
                for index in range(count):
                    path = folder / split / class_name / f"{index:02d}{endings[index % len(endings)]}"
                    write_noise(
                        path, colour=COLOURS[number % len(COLOURS)], size=size, seed=[seed, part, number, index]
                    )
        return folder

    return write


@pytest.fixture
def image_folder(tmp_path: Path, write_images: MakeImageFolder) -> MakeImageFolder:
    """`write_images` into a folder of the test's own: `image_folder({"a": 3, "b": 2}, name="pets")`."""

    def make(layout: Mapping[str, int | Mapping[str, int]] | None = None, *, name: str = "data", **given: Any) -> Path:
        return write_images(tmp_path / name, layout, **given)

    return make


@pytest.fixture(scope="session")
def folder_of() -> Callable[..., ImageFolder]:
    """A function from a class name an image to an `ImageFolder` without files; every column may be given.

    `folder_of(["cats", "dogs", "dogs"], hashes=["a", "b", "b"])`. Of the session, so that Hypothesis may use it.
    """

    def make(labels: Sequence[str], *, class_names: Sequence[str] | None = None, **columns: Any) -> ImageFolder:
        names = sorted(set(labels) if class_names is None else class_names)
        numbers = range(len(labels))
        facts: dict[str, Any] = {
            "data": "data",
            "root": "/data",
            "layout": "classes",
            "class_names": names,
            "left_out": {},
            "paths": [f"{label}/{number}.jpg" for number, label in enumerate(labels)],
            "splits": [""] * len(labels),
            "labels": [names.index(label) if label in names else -1 for label in labels],
            "reasons": [""] * len(labels),
            "hashes": [f"{number:032x}" for number in numbers],
            "num_bytes": [100] * len(labels),
            "modified": [1] * len(labels),
            "widths": [24] * len(labels),
            "heights": [20] * len(labels),
            "modes": ["RGB"] * len(labels),
            "formats": ["" if reason else "JPEG" for reason in columns.get("reasons", [""] * len(labels))],
            "num_frames": [1] * len(labels),
            "used_ranges": [1.0] * len(labels),
            "cameras": [""] * len(labels),
            "taken": [0.0] * len(labels),
            "have_places": [0] * len(labels),
            "profiles": [""] * len(labels),
            "preparation": Preparation(image_size=(8, 8)),
        }
        return ImageFolder(**{**facts, **columns})

    return make


@pytest.fixture
def onnx_run(tmp_path: Path) -> Callable[..., Path]:
    """A function that writes a finished run with a model.onnx: light images are `dogs`, dark ones `cats`.

    `onnx_run(fit="pad")` changes what model.onnx says of itself, `onnx_run(metadata={…})` all of it; its graph takes
    pixels of the size that it says, or of `graph_size`.
    """

    import onnx

    from classeur.models.checksum import model_checksum
    from classeur.run import Run
    from classeur.training.facts import RunFacts, write_facts
    from classeur.training.recipe import make_recipe

    def make(
        name: str = "run",
        *,
        metadata: Mapping[str, str] | None = None,
        graph_size: tuple[Any, Any] | None = None,
        **said: Any,
    ) -> Path:
        run = Run(tmp_path / name)
        run.path.mkdir()
        with zipfile.ZipFile(run.model_path, "w") as archive:
            for member in ("config.json", "model.weights.h5"):
                archive.writestr(member, name)
        facts = {
            "class_names": ["cats", "dogs"], "image_size": [8, 8], "fit": "squash", "stretch": False,
            "model": model_checksum(run.model_path), **said,
        }  # fmt: skip
        recipe = make_recipe({"model": "tutorial", **{name: facts[name] for name in ("image_size", "fit", "stretch")}})
        checksum, names = model_checksum(run.model_path), ("cats", "dogs")
        write_facts(
            run, RunFacts(status="finished", recipe=recipe, class_names=names, counts={"train": 2}, model=checksum)
        )
        model = brightness_onnx(*(graph_size or facts["image_size"]))
        onnx.helper.set_model_props(model, {"classeur": json.dumps(facts)} if metadata is None else dict(metadata))
        onnx.save(model, run.onnx_path)
        return run.path

    return make


def brightness_onnx(height: Any, width: Any) -> Any:
    """Return an ONNX model of pixels: the lighter, the more probable is the second of two classes."""
    import onnx
    from onnx import helper

    nodes = [
        helper.make_node("Cast", ["pixels"], ["floats"], to=onnx.TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["floats"], ["mean"], axes=[1, 2, 3], keepdims=1),
        helper.make_node("Mul", ["mean", "steepness"], ["steep"]),
        helper.make_node("Sub", ["steep", "middle"], ["light"]),
        helper.make_node("Sub", ["light", "light"], ["dark"]),
        helper.make_node("Concat", ["dark", "light"], ["both"], axis=1),
        helper.make_node("Flatten", ["both"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
    ]
    inputs = [helper.make_tensor_value_info("pixels", onnx.TensorProto.UINT8, ["n", height, width, 3])]
    outputs = [
        helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["n", 2]) for name in ("probabilities", "logits")
    ]
    numbers = {"steepness": 8 / 255, "middle": 4}
    constants = [onnx.numpy_helper.from_array(np.float32(value), name) for name, value in numbers.items()]
    graph = helper.make_graph(nodes, "brightness", inputs, outputs, constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


@pytest.fixture
def edge_files(tmp_path: Path) -> dict[str, Path]:
    """Drawn files of every kind that pictures come in, by what is unusual about them."""
    folder = tmp_path / "edge_files"
    folder.mkdir()
    random = np.random.default_rng(7)

    def drawn(width: int, height: int, mode: str = "RGB") -> Image.Image:
        # Coarse patches in each corner, so that a turn, another crop and another resize all show.
        coarse = Image.fromarray(random.integers(0, 256, (5, 4, 3), dtype=np.uint8))
        return coarse.resize((width, height), Image.Resampling.BICUBIC).convert(mode)

    pictures: dict[str, tuple[Image.Image, dict[str, Any]]] = {
        "grey.jpg": (drawn(60, 40, "L"), {}),
        "cmyk.jpg": (drawn(60, 40, "CMYK"), {}),
        "palette.png": (drawn(60, 40).quantize(32), {}),
        "palette_frame.gif": (drawn(60, 40).quantize(32), {}),
        "palette_transparent.png": (drawn(60, 40).quantize(32), {"transparency": 3}),
        "alpha.png": (drawn(60, 40), {}),
        "grey_alpha.png": (drawn(60, 40, "LA"), {}),
        "bilevel.png": (drawn(60, 40, "1"), {}),
        "tall.jpg": (drawn(20, 100), {}),
        "wide.png": (drawn(100, 20), {}),
        "tiny.png": (drawn(3, 2), {}),
    }
    pictures["alpha.png"][0].putalpha(drawn(60, 40, "L"))
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        pictures[f"orientation_{orientation}.jpg"] = (drawn(60, 40), {"exif": exif})
    levels = np.linspace(500, 40000, 60 * 40).reshape(40, 60).astype(np.uint16)
    pictures["sixteen_bit.png"] = (Image.fromarray(levels), {})
    files = {}
    for name, (picture, options) in pictures.items():
        files[name.partition(".")[0]] = folder / name
        picture.save(folder / name, **options)
    return files
