"""Augmentation on the device that runs the network, inside its compiled step; `pipeline.warping` does it on the CPU.

It uses plain gathers in `keras.ops`, so that all three backends compile it; TensorFlow's own projective transform has
no XLA kernel.
"""

from typing import TYPE_CHECKING, Any

from classeur.pipeline.warping import ERASED

if TYPE_CHECKING:
    import keras


def warp_on_device(
    ops: Any,
    pixels: "keras.KerasTensor",
    *,
    matrices: "keras.KerasTensor",
    colours: "keras.KerasTensor",
    boxes: "keras.KerasTensor",
) -> Any:
    """Return augmented images: warped, then their colours changed, then a box erased.

    Args:
        ops: `keras.ops`, loaded before anything is compiled.
        pixels: uint8 (n, height, width, 3).
        matrices: float32 (n, 2, 3), as `augmentation.draw` makes them.
        colours: float32 (n, 3, 4).
        boxes: int32 (n, 4).

    Returns:
        uint8 (n, height, width, 3), up to rounding the same as `pipeline.warping.apply_draw`: 999 of 1,000 values
        differ by at most one level, since OpenCV weighs neighbours in fixed point.
    """
    _, height, width, _ = pixels.shape
    num_images = ops.shape(pixels)[0]
    x = ops.cast(ops.arange(width), "float32")[None, None, :]
    y = ops.cast(ops.arange(height), "float32")[None, :, None]

    def looked_up(axis: int, side: int) -> Any:
        row = matrices[:, axis, :, None, None]
        # The nearest pixel fills the outside: a point beyond the edge shows the edge.
        return ops.clip(row[:, 0] * x + row[:, 1] * y + row[:, 2], 0.0, float(side - 1))

    across, down = looked_up(0, width), looked_up(1, height)
    left, top = ops.floor(across), ops.floor(down)
    share_x, share_y = (across - left)[..., None], (down - top)[..., None]
    left, top = ops.cast(left, "int32"), ops.cast(top, "int32")
    right, bottom = ops.minimum(left + 1, width - 1), ops.minimum(top + 1, height - 1)
    rows = ops.reshape(pixels, (-1, 3))
    first = (ops.arange(num_images, dtype="int32") * (height * width))[:, None, None]

    def values(at_y: Any, at_x: Any) -> Any:
        return ops.cast(ops.take(rows, first + at_y * width + at_x, axis=0), "float32")

    above = values(top, left) * (1.0 - share_x) + values(top, right) * share_x
    below = values(bottom, left) * (1.0 - share_x) + values(bottom, right) * share_x
    warped = ops.round(above * (1.0 - share_y) + below * share_y)
    # Sums written out: a matrix product would be rounded to bfloat16 on some devices.
    mixing = colours[:, None, None, :, :]
    channels = sum(warped[..., None, channel] * mixing[..., channel] for channel in range(3)) + mixing[..., 3]
    coloured = ops.round(ops.clip(channels, 0.0, 255.0))
    edges = ops.cast(boxes, "float32")[:, :, None, None]
    erased = ops.logical_and(
        ops.logical_and(y >= edges[:, 0], y < edges[:, 2]), ops.logical_and(x >= edges[:, 1], x < edges[:, 3])
    )
    return ops.cast(ops.where(erased[..., None], float(ERASED), coloured), "uint8")


def mix_on_device(ops: Any, pictures: "keras.KerasTensor", shares: "keras.KerasTensor") -> Any:
    """Return mixed images, uint8 (n, height, width, 3); `pipeline.warping.mix` does it on the CPU.

    Args:
        ops: `keras.ops`.
        pictures: uint8 (2 n, height, width, 3), the images, then their partners.
        shares: float32 (n,), each image's own.
    """
    num_images = ops.shape(shares)[0]
    shares = shares[:, None, None, None]
    pictures = ops.cast(pictures, "float32")
    return ops.cast(ops.round(pictures[:num_images] * shares + pictures[num_images:] * (1.0 - shares)), "uint8")
