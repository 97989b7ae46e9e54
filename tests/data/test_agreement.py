import numpy as np
import pytest
from photographs import brightened, draw_disc, draw_photograph, scratched, shoot, with_other_hues
from PIL import Image

from classeur.data.agreement import COLOUR_SIDE, Agreement, agree
from classeur.data.alignment import unmoved


def agreement(first: Image.Image, second: Image.Image) -> Agreement:
    greys, colours = [], []
    for image in (first, second):
        small = image.resize((64, 64), Image.Resampling.BILINEAR)
        greys.append(np.asarray(small, np.float32).mean(axis=2)[None])
        colours.append(np.asarray(small.resize((COLOUR_SIDE, COLOUR_SIDE), Image.Resampling.BILINEAR))[None])
    return agree(*greys, unmoved(1), (colours[0], colours[1]))


def test_a_photograph_has_structure_and_an_outline_has_not() -> None:
    photograph, disc = draw_photograph(1), draw_disc(1, (40, 130, 50))
    assert agreement(photograph, photograph).num_structured[0] > 40
    assert agreement(disc, disc).num_structured[0] < 12
    edge = Image.new("RGB", (64, 64), "white")
    edge.paste("black", (0, 0, 30, 64))
    assert agreement(edge, edge).num_structured[0] == 0


@pytest.mark.parametrize("factor", [0.85, 1.0, 1.15])
def test_other_light_is_neither_another_colour_nor_a_difference(factor: float) -> None:
    for seed in range(5):
        photograph = draw_photograph(seed, size=(240, 180))
        found = agreement(photograph, brightened(photograph, factor))
        assert found.colour[0] > 0.97
        assert found.difference[0] < 1
        assert found.colour_difference[0] < 1.3


def test_another_hue_is_another_colour() -> None:
    photograph = draw_photograph(2)
    found = agreement(photograph, with_other_hues(photograph))
    assert found.colour[0] < 0
    assert found.evened_colour[0] < 0
    assert not found.is_one_grey[0]


def test_a_shift_of_all_colours_is_other_light_unless_it_is_great() -> None:
    grey = draw_photograph(2).convert("L").convert("RGB")
    warmer, red = (
        grey.point([max(0, level - less) for less in (0, darker, darker) for level in range(256)])
        for darker in (20, 60)
    )
    assert agreement(grey, warmer).colour[0] < 0.5
    assert agreement(grey, warmer).evened_colour[0] > 0.9
    assert agreement(grey, red).evened_colour[0] == -1


def test_one_of_two_grey_pictures_is_known() -> None:
    photograph = draw_photograph(2)
    grey = photograph.convert("L").convert("RGB")
    assert [agreement(*pair).is_one_grey[0] for pair in ((photograph, grey), (grey, photograph), (grey, grey))] == [
        True, True, False,
    ]  # fmt: skip
    assert agreement(grey, grey).colour[0] == pytest.approx(1)


def test_noise_is_shared_by_copies_alone() -> None:
    disc = draw_disc(1, (200, 40, 40))
    assert agreement(disc, brightened(disc, 0.95)).noise[0] > 0.8
    assert abs(agreement(disc, draw_disc(1, (200, 40, 40), noise=1)).noise[0]) < 0.1
    photograph = draw_photograph(1)
    assert np.isnan(agreement(photograph, photograph).noise[0])


def test_a_defect_differs_and_noise_does_not() -> None:
    scene = draw_photograph(3, size=(240, 180))
    assert agreement(shoot(scene, 1), shoot(scene, 2)).difference[0] < 1
    assert agreement(shoot(scene, 1), shoot(scratched(scene), 2)).difference[0] > 1
