"""The table of keras.applications is what Keras itself builds and asks for, and is read without Keras."""

import inspect
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from classeur.errors import ImageSizeError, UnknownNameError
from classeur.models.applications import APPLICATIONS, FAMILIES, application, application_image_size
from classeur.models.assembly import model_name
from classeur.models.engine import load_keras
from classeur.training.recipe import make_recipe


def test_a_backbone_is_looked_up_without_keras() -> None:
    code = (
        "import sys; from classeur.models.assembly import architecture\n"
        "found = architecture('mobilenet_v2'); print(found.usual_size, found.smallest_size, found.is_frozen)\n"
        "print(sorted({'keras', 'tensorflow', 'h5py'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["224 32 True", "[]"]


def test_keras_own_names_are_known_and_a_recipe_holds_one_spelling() -> None:
    for kind, backbone in APPLICATIONS.items():
        if backbone.alpha == 1:
            assert model_name(backbone.function) == kind
        assert model_name(kind) == kind
    recipe = make_recipe({"model": "ResNet50V2"})
    assert (recipe.network.model, recipe.preparation.image_size) == ("resnet50_v2", (224, 224))


@pytest.mark.parametrize(
    ("misspelt", "nearest"),
    [("mobilnet_v2", "mobilenet_v2"), ("resnet-51", "resnet50"), ("ConvNeXtTyny", "convnext_tiny"), ("vgg", "vgg16")],
)
def test_a_misspelt_name_gets_the_nearest_in_one_line(misspelt: str, nearest: str) -> None:
    for look_up in (application, model_name):
        with pytest.raises(UnknownNameError, match=f"is called '{misspelt}'; did you mean '{nearest}'") as caught:
            look_up(misspelt)
        assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("kind", "too_small", "smallest"),
    [("xception", (71, 70), 71), ("inception_v3", (74, 299), 75), ("mobilenet_v2", (31, 224), 32)],
)
def test_a_size_that_a_backbone_cannot_take_is_one_line(kind: str, too_small: tuple[int, int], smallest: int) -> None:
    shown = f"{too_small[0]}x{too_small[1]} is too small for {kind}; expected sides of"
    with pytest.raises(ImageSizeError, match=f"{shown} {smallest} or more"):
        application_image_size(kind, too_small)
    with pytest.raises(ImageSizeError, match=f"{shown} at least {smallest}"):
        make_recipe({"model": kind, "image_size": f"{too_small[0]}x{too_small[1]}"})
    assert application_image_size(kind, (smallest, smallest)) == (smallest, smallest)


def test_the_page_lists_every_backbone_with_its_sizes() -> None:
    page = (Path(__file__).parents[2] / "docs" / "models.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`.*`) \| (\d+) \| (\d+) \|$", page, re.MULTILINE)
    listed = {name: (int(usual), int(smallest)) for names, usual, smallest in rows for name in names.split("`")[1::2]}
    assert listed == {kind: (each.usual_size, each.smallest_size) for kind, each in APPLICATIONS.items()}


@pytest.mark.keras
def test_every_function_of_keras_is_in_the_table() -> None:
    applications = load_keras().applications
    functions = {name for name in dir(applications) if inspect.isfunction(getattr(applications, name))}
    assert functions == {backbone.function for backbone in APPLICATIONS.values()}
    assert {backbone.family for backbone in APPLICATIONS.values()} == FAMILIES.keys()


@pytest.mark.slow
@pytest.mark.keras
@pytest.mark.parametrize("kind", APPLICATIONS)
def test_the_table_is_what_keras_asks_for(kind: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keras' own function is called for ImageNet's weights; what it asks for is written down, nothing is loaded."""
    keras = load_keras()
    from keras.src.applications import imagenet_utils
    from keras.src.utils import file_utils

    asked: dict[str, Any] = {}
    sizes: dict[str, Any] = {}
    real = imagenet_utils.obtain_input_shape

    def get_file(fname: str, origin: str, cache_subdir: str, file_hash: str | None = None) -> str:
        asked.update(fname=fname, origin=origin, cache_subdir=cache_subdir, file_hash=file_hash)
        return str(tmp_path)

    monkeypatch.setattr(file_utils, "get_file", get_file)
    monkeypatch.setattr(keras.Model, "load_weights", lambda *_: None)
    monkeypatch.setattr(
        imagenet_utils, "obtain_input_shape", lambda *args, **options: sizes.update(options) or real(*args, **options)
    )
    backbone = APPLICATIONS[kind]
    side = backbone.usual_size
    network = getattr(keras.applications, backbone.function)(
        include_top=False, weights="imagenet", pooling="avg", input_shape=(side, side, 3), **backbone.options
    )
    assert asked == {
        "fname": backbone.file_name,
        "origin": backbone.address,
        "cache_subdir": "models",
        "file_hash": backbone.checksum,
    }
    assert network.output_shape == (None, backbone.num_features)
    if backbone.family != "mobilenet_v3":  # which has no such call: 224, and 32 at least
        assert (sizes["default_size"], sizes["min_size"]) == (backbone.usual_size, backbone.smallest_size)
