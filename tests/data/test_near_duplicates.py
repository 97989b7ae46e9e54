from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from photographs import (
    brightened,
    cropped,
    draw_disc,
    draw_photograph,
    scratched,
    shoot,
    with_other_hues,
    with_watermark,
    without_corner,
)
from PIL import Image, ImageDraw, ImageEnhance

from classeur.data.agreement import Agreement
from classeur.data.candidates import find_candidates
from classeur.data.folder import ImageFolder
from classeur.data.near_duplicates import NearDuplicate, _kinds, joined, near_duplicates
from classeur.data.perceptual import NUM_TURNS, hash_values, perceptual_hash, turned
from classeur.data.scan import scan
from classeur.images.pixels import PixelStore

SIZE = (240, 180)
MakeFolder = Callable[..., ImageFolder]


@pytest.fixture
def looked_at(tmp_path: Path) -> Callable[..., tuple[ImageFolder, PixelStore]]:
    """A function that saves images by name, and returns the folder as scanned, and the store."""

    def look(images: dict[str, Image.Image], side: int = 64, **options: Any) -> tuple[ImageFolder, PixelStore]:
        for name, image in images.items():
            path = tmp_path / "data" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            image.save(path, **({"quality": 80} if path.suffix == ".jpg" else {}))
        store = PixelStore(tmp_path / "cache", image_size=(side, side), fit="squash")
        return scan(tmp_path / "data", store, cache=tmp_path / "cache", **options), store

    return look


def told(folder: ImageFolder, pairs: list[NearDuplicate]) -> set[tuple[str, str, str]]:
    return {(folder.paths[pair.first], folder.paths[pair.second], pair.kind) for pair in pairs}


CHANGES: list[tuple[str, Callable[[Image.Image], Image.Image]]] = [
    ("copy", lambda image: image),
    ("copy", lambda image: image.resize((97, 71))),
    ("copy", lambda image: brightened(image, 0.85)),
    ("copy", lambda image: brightened(image, 1.15)),
    ("mirrored", lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)),
    ("moved", cropped),
    ("altered", with_watermark),
    *(("turned", lambda image, turn=turn: image.transpose(turn)) for turn in list(Image.Transpose)[1:]),  # type: ignore[misc]
]


@pytest.mark.parametrize("side", [64, 32, 100])
@pytest.mark.parametrize(("kind", "change"), CHANGES)
def test_each_kind_is_found_among_others_and_told(
    looked_at: Callable[..., Any], kind: str, change: Callable[[Image.Image], Image.Image], side: int
) -> None:
    images = {f"a/{seed}.png": draw_photograph(seed, size=SIZE) for seed in range(4)}
    folder, store = looked_at({**images, "b/changed.jpg": change(images["a/3.png"])}, side=side)
    assert told(folder, near_duplicates(folder, store)) == {("a/3.png", "b/changed.jpg", kind)}
    assert joined(folder, near_duplicates(folder, store)) == [[3, 4]]


def test_a_watermark_that_changes_the_coarse_picture_is_found(looked_at: Callable[..., Any]) -> None:
    image = draw_photograph(0, size=SIZE)
    marked = image.copy()
    marked.paste("white", (80, 108, 152, 126))  # 3 % of the image
    folder, store = looked_at({"a/0.png": image, "a/1.jpg": marked})
    assert told(folder, near_duplicates(folder, store)) == {("a/0.png", "a/1.jpg", "altered")}


@pytest.mark.parametrize("turn", range(NUM_TURNS))
def test_a_candidate_is_named_once_in_its_turn_whichever_comes_first(turn: int) -> None:
    picture = np.asarray(draw_photograph(1, size=(128, 128)))
    laid = turned(picture.transpose(2, 0, 1), turn).transpose(1, 2, 0)
    candidates, _ = find_candidates(hash_values([perceptual_hash(picture), perceptual_hash(laid)]), None)
    assert candidates.tolist() == [[0, 1, turn]]


def test_two_things_on_white_are_no_pair(looked_at: Callable[..., Any]) -> None:
    images = {}
    for seed in range(3):
        image = Image.new("RGB", (200, 200), "white")
        image.paste(draw_photograph(seed, size=(100, 140)).point([level // 2 for level in range(256)] * 3), (50, 30))
        images[f"a/{seed}.png"] = image
    folder, store = looked_at({**images, "a/white.png": Image.new("RGB", (20, 20), "white"),
        "a/whiter.png": Image.new("RGB", (30, 20), "white")})  # fmt: skip
    assert near_duplicates(folder, store) == []


@pytest.mark.parametrize("names", [("a/whole.png", "b/cut.jpg"), ("b/whole.png", "a/cut.jpg")])
@pytest.mark.parametrize(("left", "top"), [(0.1, 0.1), (0.1, 0.0), (0.0, 0.1), (0.0, 0.0)])
def test_a_tenth_cut_off_at_any_corner_is_found(
    looked_at: Callable[..., Any], left: float, top: float, names: tuple[str, str]
) -> None:
    images, expected = {}, set()
    whole, cut = names
    for seed in range(5):
        paths = [name.replace("/", f"/{seed}") for name in (whole, cut)]
        images[paths[0]] = draw_photograph(seed, size=SIZE)
        images[paths[1]] = without_corner(images[paths[0]], left, top)
        expected.add((*sorted(paths), "moved"))
    folder, store = looked_at(images)
    assert told(folder, near_duplicates(folder, store)) == expected


def test_discs_on_a_plain_ground_are_no_pair(looked_at: Callable[..., Any]) -> None:
    """Neither of one colour nor of two: an outline that lies over another one shows nothing."""
    colours = {"red": (200, 40, 40), "green": (40, 130, 50)}
    images = {
        f"{name}/{seed}.jpg": draw_disc(seed + (name == "red") * 99, colour)
        for name, colour in colours.items()
        for seed in range(8)
    }
    folder, store = looked_at(images)
    assert near_duplicates(folder, store) == []


def test_a_copy_of_a_plain_picture_shares_its_noise(looked_at: Callable[..., Any]) -> None:
    image = draw_disc(1, (200, 40, 40))
    others = {f"b/{seed}.png": draw_disc(seed, (200, 40, 40)) for seed in range(2, 5)}
    same_place = draw_disc(1, (200, 40, 40), noise=1)
    folder, store = looked_at({"a/0.png": image, "a/1.png": image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        "b/9.png": same_place, **others})  # fmt: skip
    assert told(folder, near_duplicates(folder, store)) == {("a/0.png", "a/1.png", "mirrored")}


@pytest.mark.parametrize(
    ("noise", "difference", "kind"),
    [(0.25, 0.9, "copy"), (0.25, 1.07, "altered"), (0.25, 1.5, ""), (np.nan, 1.07, ""), (0.1, 0.9, "")],
)
def test_of_a_plain_picture_the_same_noise_allows_a_little_more(noise: float, difference: float, kind: str) -> None:
    """As of discs that were saved again at quality 60."""
    facts = {"num_structured": 4, "noise": noise, "colour": 0.999, "evened_colour": 0.999, "is_one_grey": False}
    facts |= {"difference": difference, "colour_difference": 0.13}
    agreement = Agreement(**{name: np.array([fact]) for name, fact in facts.items()})
    assert _kinds(np.array([0]), np.array([0.008]), np.array([1.0]), agreement) == [kind]


def test_another_colour_is_another_thing(looked_at: Callable[..., Any]) -> None:
    images = {f"a/{seed}.png": draw_photograph(seed, size=SIZE) for seed in range(3)}
    twins = {f"b/{seed}.jpg": with_other_hues(images[f"a/{seed}.png"]) for seed in range(3)}
    folder, store = looked_at({**images, **twins})
    assert near_duplicates(folder, store) == []


def draw_shirt(colour: tuple[int, int, int], seed: int) -> Image.Image:
    image = Image.new("RGB", (480, 480), "white")
    pen = ImageDraw.Draw(image)
    pen.polygon(
        [(140, 90), (190, 90), (240, 120), (290, 90), (340, 90), (450, 180), (390, 240), (345, 190), (345, 440),
         (135, 440), (135, 190), (90, 240), (30, 180)],
        fill=colour,
    )  # fmt: skip
    pen.rectangle((255, 210, 310, 270), fill="white")
    return shoot(image, seed)


@pytest.mark.parametrize(
    "colours",
    [
        ((205, 95, 40), (225, 195, 200)),  # orange, pink
        ((150, 215, 190), (60, 140, 140)),  # mint, teal
        ((215, 195, 160), (205, 95, 40)),  # beige, orange
        ((230, 61, 61), (192, 51, 122)),
    ],
)
def test_one_outline_in_two_colours_is_two_things(
    looked_at: Callable[..., Any], colours: tuple[tuple[int, int, int], ...]
) -> None:
    shirts = {
        f"{label}/0.jpg": draw_shirt(colour, seed)
        for seed, (label, colour) in enumerate(zip("ab", colours, strict=True))
    }
    folder, store = looked_at({**shirts, "c/0.png": draw_shirt(colours[0], 0)})
    assert told(folder, near_duplicates(folder, store)) == {("a/0.jpg", "c/0.png", "copy")}


@pytest.mark.parametrize(("num_structured", "noise", "kind"), [(24, 0.1, "altered"), (23, 0.1, ""), (23, 0.2, "copy")])
def test_where_little_has_structure_noise_must_be_shared(num_structured: int, noise: float, kind: str) -> None:
    """As between a black and a grey shirt, whose colours are alike."""
    facts = {"num_structured": num_structured, "noise": noise, "colour": 0.999, "evened_colour": 0.999}
    facts |= {"is_one_grey": False, "difference": 0.5, "colour_difference": 0.13}
    agreement = Agreement(**{name: np.array([fact]) for name, fact in facts.items()})
    assert _kinds(np.array([0]), np.array([0.008]), np.array([1.0]), agreement) == [kind]


@pytest.mark.parametrize(
    ("num_structured", "colour", "kind"),
    [
        (24, 0.97, "copy"), (24, 0.95, "altered"), (24, 0.81, "altered"), (23, 0.99, "copy"), (23, 0.98, ""),
        (11, 0.995, "copy"), (11, 0.99, ""),
    ],
)  # fmt: skip
def test_the_less_structure_the_more_colours_must_agree(num_structured: int, colour: float, kind: str) -> None:
    facts = {"num_structured": num_structured, "noise": np.nan, "colour": colour, "evened_colour": 0.9}
    facts |= {"is_one_grey": False, "difference": 0.5, "colour_difference": 0.13}
    agreement = Agreement(**{name: np.array([fact]) for name, fact in facts.items()})
    assert _kinds(np.array([0]), np.array([0.008]), np.array([1.0]), agreement) == [kind]


def test_a_copy_in_other_light_is_told_as_altered(looked_at: Callable[..., Any]) -> None:
    """Such as a pale photograph with another white balance."""
    image = ImageEnhance.Color(draw_photograph(2, size=SIZE)).enhance(0.2)
    warmer = image.point([round(level * factor) for factor in (1.0, 0.95, 0.9) for level in range(256)])
    folder, store = looked_at({"a/0.png": image, "b/0.png": warmer})
    assert told(folder, near_duplicates(folder, store)) == {("a/0.png", "b/0.png", "altered")}


def test_a_copy_in_grey_is_told_as_altered(looked_at: Callable[..., Any]) -> None:
    image = draw_photograph(2, size=SIZE)
    folder, store = looked_at({"a/0.png": image, "a/1.png": image.convert("L").convert("RGB")})
    assert told(folder, near_duplicates(folder, store)) == {("a/0.png", "a/1.png", "altered")}


@pytest.mark.parametrize("turn", [None, Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.ROTATE_90])
def test_a_defect_before_a_fixed_camera_is_no_copy(looked_at: Callable[..., Any], turn: Image.Transpose | None) -> None:
    scene = draw_photograph(3, size=SIZE)
    marked = shoot(scratched(scene), 2)
    folder, store = looked_at(
        {"good/0.png": shoot(scene, 1), "bad/1.png": marked if turn is None else marked.transpose(turn)}
    )
    assert told(folder, near_duplicates(folder, store)) == {("bad/1.png", "good/0.png", "altered")}


def test_plain_parts_before_a_fixed_camera_are_no_pairs(looked_at: Callable[..., Any]) -> None:
    plate = Image.new("RGB", (160, 160), (70, 75, 80))
    plate.paste((170, 172, 175), (30, 30, 130, 130))
    plate.paste((40, 40, 42), (65, 65, 95, 95))
    images = {f"good/{seed}.png": shoot(plate, seed) for seed in range(4)}
    images |= {f"bad/{seed}.png": shoot(scratched(plate, (40 + 9 * seed, 40)), seed + 9) for seed in range(4)}
    folder, store = looked_at(images)
    assert near_duplicates(folder, store) == []


def test_what_is_joined_by_others_is_one_group_with_equal_files(looked_at: Callable[..., Any]) -> None:
    """The camera moves on: the first frame and the last have too little in common to be a pair."""
    scene = draw_photograph(5, size=(400, 300))
    frames = {f"b/{step}.jpg": scene.crop((9 * step, 0, 300 + 9 * step, 300)) for step in range(7)}
    folder, store = looked_at({"a/0.jpg": frames["b/0.jpg"], **frames, "c/alone.png": draw_photograph(6)})
    pairs = near_duplicates(folder, store)
    assert ("a/0.jpg", "b/6.jpg", "moved") not in told(folder, pairs)
    assert joined(folder, near_duplicates(folder, store)) == [[0, 1, 2, 3, 4, 5, 6, 7]]


def test_the_order_of_the_files_does_not_matter(looked_at: Callable[..., Any]) -> None:
    image = draw_photograph(7, size=SIZE)
    images = {
        "a/0.png": image,
        "a/1.jpg": image.rotate(90, expand=True),
        "b/2.png": draw_photograph(8),
        "b/3.jpg": image,
    }
    folder, store = looked_at(images)
    order = [3, 1, 2, 0]
    columns = ("paths", "splits", "reasons", "hashes", "perceptual_hashes")
    other = folder.model_copy(update={name: tuple(getattr(folder, name)[row] for row in order) for name in columns})
    pairs = near_duplicates(folder, store)
    assert len(pairs) == 3
    by_paths = {frozenset((folder.paths[one], folder.paths[two])): rest for one, two, *rest in pairs}
    assert by_paths == {
        frozenset((other.paths[one], other.paths[two])): rest for one, two, *rest in near_duplicates(other, store)
    }


def test_features_find_candidates_that_hashes_do_not(
    looked_at: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("classeur.data.candidates._LEAST_NEAR", 1.1)
    monkeypatch.setattr("classeur.data.candidates._LEAST_TURNED", 1.1)
    image = draw_photograph(9, size=SIZE)
    others = {f"b/{seed}.png": draw_photograph(seed) for seed in range(3)}
    folder, store = looked_at({"a/0.png": image, "a/1.jpg": image.transpose(Image.Transpose.ROTATE_90), **others})
    assert near_duplicates(folder, store) == []
    # The last two have the same features and are not the same.
    features = np.array([[5, 0, 1], [5, 0.1, 1], [0, 3, 0], [-4, -3, 0], [-4, -3, 0]], float)
    assert told(folder, near_duplicates(folder, store, features=features)) == {("a/0.png", "a/1.jpg", "turned")}


def test_files_that_are_set_aside_are_not_looked_for(looked_at: Callable[..., Any]) -> None:
    image = draw_photograph(1)
    folder, store = looked_at({"a/0.png": image, "a/1.jpg": image})
    broken = folder.model_copy(update={"reasons": ("", "broken")})
    assert near_duplicates(folder, store)
    assert near_duplicates(broken, store) == []


def test_pixels_too_small_to_compare_give_equal_files_alone(looked_at: Callable[..., Any]) -> None:
    image = draw_photograph(1)
    folder, store = looked_at({"a/0.png": image, "a/1.jpg": image, "b/1.png": image}, side=16)
    assert near_duplicates(folder, store) == []
    assert joined(folder, near_duplicates(folder, store)) == [[0, 2]]


def test_groups_are_joined_by_pairs_and_by_equal_files(folder_of: MakeFolder) -> None:
    folder = folder_of("aabbbb", hashes=list("xyxzuv"))
    pairs = [NearDuplicate(1, 2, "copy", 1.0), NearDuplicate(3, 4, "copy", 1.0)]
    assert joined(folder, pairs) == [[0, 1, 2], [3, 4]]
    assert joined(folder, []) == [[0, 2]]
