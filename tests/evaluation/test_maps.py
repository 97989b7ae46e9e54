import numpy as np
import pytest

from classeur.evaluation.maps import agreement, mapped, occluded
from classeur.models.onnx_tail import Operator, Tail

RANDOM = np.random.default_rng(0)
KERNEL, BIAS = RANDOM.normal(size=(6, 3)), np.array([0.5, -1.0, 2.0])
MEAN = (Operator("GlobalAveragePool", ("map",), "mean", {}), Operator("Flatten", ("mean",), "flat", {}))
POOLED = Tail(
    (*MEAN, Operator("MatMul", ("flat", "kernel"), "product", {}), Operator("Add", ("product", "bias"), "logits", {})),
    {"kernel": KERNEL, "bias": BIAS},
    "map",
    "logits",
)
ACTIVE = Tail(
    (
        Operator("Relu", ("map",), "active", {}),
        Operator("GlobalAveragePool", ("active",), "mean", {}),
        *POOLED.operators[1:],
    ),
    POOLED.constants,
    "map",
    "logits",
)


def test_a_map_of_a_pooled_network_sums_to_the_difference_of_the_logits() -> None:
    maps = RANDOM.uniform(size=(4, 6, 5, 7))
    logits = POOLED.run(maps)
    for row, found in enumerate(mapped(POOLED, maps, logits)):
        assert found.method == "activation"
        assert found.values.shape == (5, 7)
        ranked = np.sort(logits[row])
        assert found.values.sum() == pytest.approx(ranked[-1] - ranked[-2])
        assert found.chosen == logits[row].argmax()


def test_each_place_counts_as_a_picture_of_it_alone() -> None:
    maps = RANDOM.uniform(size=(1, 6, 2, 3))
    [found] = mapped(POOLED, maps, POOLED.run(maps), chosen=[1])
    alone = POOLED.run(maps[:, :, 1:, 2:])[0]  # the mean of one place is that place
    assert found.values[1, 2] == pytest.approx((alone[1] - alone[found.against]) / 6)
    assert found.chosen == 1


def test_a_map_by_gradient_lies_where_the_feature_is() -> None:
    maps = np.full((1, 6, 4, 4), 0.01)
    best = int((KERNEL[:, 0] - KERNEL[:, 1]).argmax())
    maps[0, best, 2, 1] = 5
    logits = ACTIVE.run(maps)
    [found] = mapped(ACTIVE, maps, np.where([[True, True, False]], logits, -99.0), chosen=[0])
    assert (found.method, found.against) == ("gradient", 1)
    assert np.unravel_index(found.values.argmax(), (4, 4)) == (2, 1)


def test_a_corner_that_a_flattened_network_stands_on_lights_up_whatever_its_channels_are_elsewhere() -> None:
    """Grad-CAM's mean gradient of the channel is below 0 here, so that its map would be nothing."""
    kernel = np.zeros((16, 2))
    kernel[:, 0], kernel[15, 0] = -1, 3
    flattened = Tail(
        (
            Operator("Flatten", ("map",), "flat", {}),
            Operator("Relu", ("flat",), "active", {}),
            Operator("MatMul", ("active", "kernel"), "logits", {}),
        ),
        {"kernel": kernel},
        "map",
        "logits",
    )
    maps = np.zeros((1, 1, 4, 4))
    maps[0, 0, 3, 3] = 2
    [found] = mapped(flattened, maps, flattened.run(maps))
    assert (found.method, found.chosen) == ("gradient", 0)
    assert found.values[3, 3] == pytest.approx(6)
    assert np.count_nonzero(found.values) == 1


def test_hiding_what_the_answer_depends_on_lowers_it_there_alone() -> None:
    pixels = np.zeros((64, 64, 3), np.uint8)
    pixels[40:48, 8:16] = 255

    def logits_of(batch: np.ndarray) -> np.ndarray:  # white in that square speaks for the second class
        white = batch[:, 40:48, 8:16].mean(axis=(1, 2, 3)) / 255
        return np.stack([np.zeros(len(batch)), 10 * white - 1], axis=1)

    found = occluded(logits_of, pixels)
    assert (found.method, found.chosen, found.against) == ("occlusion", 1, 0)
    row, column = np.unravel_index(found.values.argmax(), found.values.shape)
    assert 32 <= row < 56
    assert column < 24
    assert np.abs(found.values[:24, 32:]).max() == pytest.approx(0)


def test_agreement_is_1_of_the_same_order_and_minus_1_of_the_opposite() -> None:
    coarse = np.arange(12.0).reshape(3, 4)
    fine = np.repeat(np.repeat(coarse, 5, axis=0), 2, axis=1)
    assert agreement(coarse, fine**2) == pytest.approx(1)
    assert agreement(-fine, coarse) == pytest.approx(-1)
    assert agreement(coarse, np.zeros((6, 8))) == 0
