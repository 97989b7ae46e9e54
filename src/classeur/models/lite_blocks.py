"""EfficientNet-Lite as a list of convolutions: what its Keras network, its ONNX graph and its weight file share.

Source: github.com/tensorflow/tpu, models/official/efficientnet/lite/efficientnet_lite_builder.py: EfficientNet
(Tan and Le, ICML 2019) without squeeze-and-excitation, with ReLU6, and with a stem and a head that do not grow.
"""

import math
from typing import NamedTuple

from classeur.errors import ImageSizeError, UnknownNameError

NUM_FEATURES = 1280
EPSILON = 1e-3
"""Added to the variance by every batch normalisation."""

# Pixels 0 … 255 become (x − 127) / 128 in front of the first convolution.
OFFSET, SCALE = 127.0, 128.0

SMALLEST_SIDE = 32
"""Below it the last feature map, a 32nd of the picture, would be less than one place."""

_STEM_FILTERS = 32

# (repeats, kernel, stride, expansion, filters) of each stage, before width and depth are multiplied.
_STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)


class Kind(NamedTuple):
    """A size of the network: how much wider and deeper it is than the first, and the side it was trained on."""

    width: float
    depth: float
    usual_size: int  # of a side, in pixels


KINDS: dict[str, Kind] = {"efficientnet_lite0": Kind(1.0, 1.0, 224), "efficientnet_lite2": Kind(1.1, 1.2, 260)}


class Convolution(NamedTuple):
    """A convolution with its batch normalisation, padded as TensorFlow's SAME, without a bias."""

    name: str
    weight: str  # the kernel's name in the weight file, which holds it as (filters, channels, height, width)
    norm: str  # what the names of its batch normalisation begin with there
    filters: int
    kernel: int = 1
    stride: int = 1
    depthwise: bool = False
    relu6: bool = True
    opens: bool = False  # its input is kept for the convolution that adds it
    adds: bool = False  # what was kept is added to its output


def convolutions(kind: str) -> list[Convolution]:
    """Return the convolutions of a network in the order of the computation.

    Raises:
        UnknownNameError: if there is no such kind; suggests the nearest.

    >>> len(convolutions("efficientnet_lite0")), convolutions("efficientnet_lite2")[-2].filters
    (49, 352)
    """
    chosen = _kind(kind)
    found = [Convolution("stem", "_conv_stem.weight", "_bn0", _STEM_FILTERS, kernel=3, stride=2)]
    channels, number = _STEM_FILTERS, 0
    for stage, (repeats, kernel, stride, expansion, usual_filters) in enumerate(_STAGES):
        filters = _scaled_filters(usual_filters, chosen.width)
        grows = 0 < stage < len(_STAGES) - 1
        for repeat in range(math.ceil(repeats * chosen.depth) if grows else repeats):
            found += _block(
                number, channels, filters, kernel=kernel, stride=1 if repeat else stride, expansion=expansion
            )
            channels, number = filters, number + 1
    return [*found, Convolution("head", "_conv_head.weight", "_bn1", NUM_FEATURES)]


def lite_image_size(kind: str, image_size: tuple[int, int] | None = None) -> tuple[int, int]:
    """Return the (height, width) that a network is built for: the one asked for, or the one that it was trained on.

    Raises:
        UnknownNameError: if there is no such kind; suggests the nearest.
        ImageSizeError: if a side is too small.

    >>> lite_image_size("efficientnet_lite2"), lite_image_size("efficientnet_lite2", (128, 96))
    ((260, 260), (128, 96))
    """
    usual = _kind(kind).usual_size
    if image_size is None:
        return usual, usual
    if min(image_size) < SMALLEST_SIDE:
        raise ImageSizeError(
            f"image size {image_size[0]}x{image_size[1]} is too small for {kind}; expected sides of"
            f" {SMALLEST_SIDE} or more, {usual} as it was trained"
        )
    return image_size


def _kind(name: str) -> Kind:
    if name not in KINDS:
        raise UnknownNameError("embedded backbone", name, KINDS)
    return KINDS[name]


def _block(number: int, channels: int, filters: int, *, kernel: int, stride: int, expansion: int) -> list[Convolution]:
    """Return an inverted residual block: expanded, convolved channel by channel, projected."""
    ours, theirs = f"block{number}", f"_blocks.{number}"
    adds = stride == 1 and channels == filters
    wide = channels * expansion
    expand = Convolution(f"{ours}_expand", f"{theirs}._expand_conv.weight", f"{theirs}._bn0", wide, opens=adds)
    depthwise = Convolution(
        f"{ours}_depthwise", f"{theirs}._depthwise_conv.weight", f"{theirs}._bn1", wide, kernel, stride, depthwise=True
    )
    project = Convolution(
        f"{ours}_project", f"{theirs}._project_conv.weight", f"{theirs}._bn2", filters, relu6=False, adds=adds
    )
    return [expand, depthwise, project] if expansion != 1 else [depthwise, project]


def _scaled_filters(filters: int, width: float) -> int:
    """Return filters × width as a multiple of 8, never more than a tenth below it."""
    scaled = max(8, int(filters * width + 4) // 8 * 8)
    return scaled + 8 if scaled < 0.9 * filters * width else scaled
