"""What a recipe is made of, and what it refuses before any data are read."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classeur.errors import ImageSizeError, RangeError, RecipeError, UnknownNameError, UsageError
from classeur.options import OPTIONS, TRAIN_OPTIONS, Option, Size
from classeur.parts import Part
from classeur.pipeline.augmentation import PRESETS
from classeur.training.recipe import Recipe, make_recipe, read_options

TUTORIAL = {"model": "tutorial"}

PARTS: dict[str, type[Part]] = {
    name: field.annotation  # type: ignore[misc]
    for name, field in Recipe.model_fields.items()
    if isinstance(field.annotation, type) and issubclass(field.annotation, Part)
}


def test_the_defaults_are_those_of_transfer() -> None:
    recipe = make_recipe({})
    assert recipe == Recipe() == make_recipe({option.name: None for option in TRAIN_OPTIONS})
    assert recipe == make_recipe({"model": "auto"}) == make_recipe({"model": "efficientnet_lite0"})
    assert (recipe.network.model, recipe.preparation.image_size) == ("efficientnet_lite0", (224, 224))


def test_the_defaults_of_the_tutorials_network_are_the_tutorials() -> None:
    recipe = make_recipe(TUTORIAL)
    assert (recipe.preparation.image_size, recipe.optimisation.epochs, recipe.optimisation.batch_size) == (
        (150, 150), 15, 128,
    )  # fmt: skip
    assert (recipe.network.model, recipe.preparation.fit, recipe.network.dropout) == ("tutorial", "squash", 0)
    assert recipe.augmentation.is_identity
    assert recipe.optimisation.stop_early is None


def test_every_option_is_a_field_of_its_part_with_its_default_and_bounds() -> None:
    fields = {name: field for part in PARTS.values() for name, field in part.model_fields.items()}
    fields["seed"] = Recipe.model_fields["seed"]
    assert set(fields) == set(OPTIONS)
    for name, option in OPTIONS.items():
        assert fields[name].default == option.default
        assert fields[name].description == option.help
        assert not option.part or name in PARTS[option.part].model_fields
        if option.choices:
            assert set(option.choices) == set(fields[name].annotation.__args__)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"image_size": "96"}, {"image_size": (96, 96)}),
        ({"image_size": "96x120"}, {"image_size": (96, 120)}),
        ({"image_size": 64}, {"image_size": (64, 64)}),
        ({"image_size": [64, 32]}, {"image_size": (64, 32)}),
        ({"augment": "all"}, dict(PRESETS["all"])),
        ({"augment": "all", "rotation": 10}, {**dict(PRESETS["all"]), "rotation": 10.0}),
        ({"flip": "horizontal"}, dict(PRESETS["flip"])),
        ({"zoom": 0.0, "augment": "zoom"}, {}),
        ({"epochs": np.int64(3), "dropout": np.float32(0.5)}, {"epochs": 3, "dropout": 0.5}),
        ({"stretch": True, "keep": "best", "stop_early": 3, "seed": 9, "fit": "pad"}, None),
    ],
)
def test_options_make_recipes(options: dict[str, Any], expected: dict[str, Any] | None) -> None:
    flat = make_recipe({**TUTORIAL, **options}).flat()
    assert flat == {**make_recipe(TUTORIAL).flat(), **(options if expected is None else expected)}


OUTSIDE: dict[str, list[Any]] = {
    "model": ["", "Tutorial", "resnet", 3],
    "fit": ["squish", "", None],
    "keep": ["worst", "", True],
    "augment": ["al", "rotat"],
    "flip": ["horizontl", True],
    "image_size": [(0, 0), (7, 150), (150, 2049), (10_000, 10_000), (-8, 8), "x", 1.5, True],
    "dropout": [-0.1, 1.0, 1.5, math.nan, "0.2", False],
    "epochs": [0, -1, 2.5, "3", True, math.nan, [3]],
    "batch_size": [0, -128, 1.0],
    "stop_early": [0, -1, "5"],
    "learning_rate": [0.0, -0.001, 11.0, math.nan, math.inf, "0.1"],
    "validation_share": [0.0, 1.0, -0.2, math.nan],
    "group_by": [3, True],
    "seed": [-1, 2**31, 0.5],
    "rotation": [181, -1],
    "zoom": [1, 2],
    "shift": [1.5, math.nan],
    "stretch": [1, "yes"],
}


@pytest.mark.parametrize("name", OUTSIDE)
def test_what_is_outside_its_range_is_one_line(name: str) -> None:
    for value in OUTSIDE[name]:
        if value is None:
            continue
        with pytest.raises(UsageError) as caught:
            make_recipe({**TUTORIAL, name: value})
        message = str(caught.value)
        assert name.replace("_", " ") in message
        assert len(message.splitlines()) == 1
        assert "expected" in message or "nown: " in message or "did you mean" in message
        if name != "augment":
            part = OPTIONS[name].part
            with pytest.raises(UsageError):
                Recipe(**({part: {name: value}} if part else {name: value}))


def test_the_words_of_a_refusal() -> None:
    for options, words in (
        ({"epochs": 2.5}, "epochs 2.5 is not possible; expected a whole number, at least 1"),
        ({"epochs": "3"}, "epochs '3' is not possible; expected a whole number, at least 1"),
        ({"rotation": 181}, "rotation 181 is not possible; expected a number, 0 … 180"),
        ({"dropout": 1.0}, "dropout 1 is not possible; expected a number, at least 0 and less than 1"),
        ({"learning_rate": 11.0}, "learning rate 11 is not possible; expected a number, more than 0 and at most 10"),
        ({"seed": -1}, "seed -1 is not possible; expected a whole number, 0 … 2,147,483,647"),
        ({"keep": "worst"}, "no keep is called 'worst'; known: best, last"),
    ):
        with pytest.raises(UsageError) as caught:
            make_recipe({**TUTORIAL, **options})
        assert str(caught.value) == words


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("epoch", "epochs"), ("lr", "learning_rate"), ("imgsz", "image_size"), ("batch", "batch_size"),
        ("Epochs", "epochs"), ("rotate", "rotation"), ("patience", "stop_early"), ("learning-rate", "learning_rate"),
    ],
)  # fmt: skip
def test_an_unknown_name_is_refused_with_the_nearest(name: str, nearest: str, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match=f"no option is called '{name}'; did you mean '{nearest}'"):
        make_recipe({name: 3})
    (tmp_path / "recipe.json").write_text(json.dumps({name: 3}))
    with pytest.raises(UnknownNameError, match=f"did you mean '{nearest}'"):
        read_options(tmp_path / "recipe.json")


def test_a_part_refuses_what_belongs_to_another() -> None:
    with pytest.raises(UnknownNameError, match="no option is called 'epochs'"):
        Recipe(network={"epochs": 3})  # type: ignore[arg-type]


def test_a_network_has_a_smallest_size() -> None:
    with pytest.raises(ImageSizeError):
        make_recipe({**TUTORIAL, "image_size": 7})
    assert make_recipe({**TUTORIAL, "image_size": 8}).preparation.image_size == (8, 8)


def test_options_are_what_a_person_must_type() -> None:
    assert Recipe().options() == {}
    asked = {
        "model": "tutorial",
        "image_size": (96, 96),
        "epochs": 3,
        "rotation": 45.0,
        "stop_early": 2,
        "stretch": True,
        "seed": 9,
    }
    recipe = make_recipe(asked)
    assert recipe.options() == asked
    assert make_recipe(recipe.options()) == recipe
    assert Recipe().changed(asked) == recipe


def value_of(option: Option) -> st.SearchStrategy[Any]:
    if option.kind is Size:
        return st.tuples(st.integers(8, 2048), st.integers(8, 2048))
    if option.name == "model":
        return st.just("tutorial")
    if option.choices:
        return st.sampled_from(option.choices)
    if option.kind is str:
        return st.sampled_from(["folder", "([^/_]+)_"])
    if option.kind is bool:
        return st.booleans()
    bounds = {
        "min_value": option.least if option.least is not None else option.above,
        "max_value": option.most if option.most is not None else option.below,
    }
    if option.kind is int:
        return st.integers(**bounds)  # type: ignore[arg-type]
    return st.floats(**bounds, exclude_min=option.above is not None, exclude_max=option.below is not None)  # type: ignore[arg-type]


ANY_OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        option.name: value_of(option)
        for option in OPTIONS.values()
        if not (option.is_for_one_class or option.is_for_features)
    },
)


@given(ANY_OPTIONS)
def test_any_possible_recipe_goes_to_json_and_back_and_can_be_repeated(options: dict[str, Any]) -> None:
    if "head_epochs" in options:
        options["head_epochs"] = min(options["head_epochs"], options.get("epochs", OPTIONS["epochs"].default))
    recipe = make_recipe({**TUTORIAL, **options})
    assert Recipe.model_validate(json.loads(recipe.model_dump_json())) == recipe
    assert make_recipe(recipe.options()) == recipe
    assert make_recipe(recipe.flat()) == recipe


FOR_FROZEN = {name: value_of(each) for name, each in OPTIONS.items() if each.is_for_frozen and each.kind is not Size}


@given(st.fixed_dictionaries({}, optional=FOR_FROZEN))
def test_so_does_one_for_frozen_features(options: dict[str, Any]) -> None:
    recipe = make_recipe({**options, "model": "auto"})
    assert Recipe.model_validate(json.loads(recipe.model_dump_json())) == recipe
    assert make_recipe(recipe.options()) == recipe == make_recipe(recipe.flat())
    assert "model" not in recipe.options()


def test_false_alarms_are_for_one_class_and_so_for_a_frozen_network() -> None:
    recipe = make_recipe({"model": "efficientnet_lite0", "false_alarms": 0.01})
    assert recipe.network.false_alarms == 0.01
    assert recipe.options() == {"false_alarms": 0.01}
    with pytest.raises(UsageError, match="--false-alarms means nothing for tutorial, which needs several classes"):
        make_recipe({"model": "tutorial", "false_alarms": 0.01})
    for share in (0.0, 0.5, 0.999, 5):  # at one half the threshold is what is usual
        with pytest.raises(RangeError, match=r"expected a number, more than 0 and less than 0\.5"):
            make_recipe({"model": "efficientnet_lite0", "false_alarms": share})


def test_a_recipe_file_is_toml_or_json_flat_or_in_parts(tmp_path: Path) -> None:
    texts = {
        "flat.toml": 'epochs = 3\nimage_size = "96x128"\naugment = "flip"\n',
        "parts.toml": "[optimisation]\nepochs = 3\n[preparation]\nimage_size = [96, 128]\n"
        '[augmentation]\naugment = "flip"\n',
        "flat.json": '{"epochs": 3, "image_size": "96x128", "augment": "flip"}',
        "run.json": make_recipe({**TUTORIAL, "epochs": 3, "image_size": "96x128", "augment": "flip"}).model_dump_json(),
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
        assert make_recipe({**TUTORIAL, **read_options(tmp_path / name)}) == make_recipe(
            {**TUTORIAL, "epochs": 3, "image_size": (96, 128), "flip": "horizontal"}
        ), name


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.toml", "epochs: 3", "is not TOML"),
        ("a.json", "{", "is not JSON"),
        ("a.json", "[3]", "is not a recipe"),
        ("gone.toml", None, "cannot be read"),
    ],
)
def test_what_is_no_recipe_file_is_one_line(tmp_path: Path, name: str, text: str | None, words: str) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(RecipeError, match=words) as caught:
        read_options(tmp_path / name)
    assert len(str(caught.value).splitlines()) == 1


def test_a_part_of_a_recipe_file_refuses_a_name_of_another(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("[network]\nepochs = 3\n")
    with pytest.raises(UnknownNameError, match="no option of network is called 'epochs'"):
        read_options(tmp_path / "a.toml")


def test_a_range_error_is_wrong_usage() -> None:
    assert RangeError("x").exit_status == 2


@pytest.mark.parametrize("given", ["1%", "0.01", 0.01, " 1 % "])
def test_share_is_a_number_or_has_a_percent_sign(given: str | float) -> None:
    assert make_recipe({"model": "tutorial", "max_error": given}).decision.max_error == pytest.approx(0.01)


@pytest.mark.parametrize("given", ["1", 2, "101%", "0%", 0, "few", "%", True])
def test_no_share_is_refused(given: Any) -> None:
    if given == "1":  # all answers may be wrong: it never says unsure
        assert make_recipe({"max_error": given}).decision.max_error == 1
        return
    with pytest.raises(RangeError, match="expected a share such as 1% or 0.01, more than 0 and at most 1"):
        make_recipe({"max_error": given})


def test_network_without_features_cannot_tell_none_of_these() -> None:
    with pytest.raises(UsageError, match="--none-of-these means nothing for tutorial"):
        make_recipe({"model": "tutorial", "none_of_these": "1%"})
    assert make_recipe({"none_of_these": "1%"}).decision.none_of_these == 0.01
