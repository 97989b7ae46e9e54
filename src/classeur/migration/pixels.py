"""What is known of a picture's pixels: the order of their colours, and how they were scaled."""

import math
from typing import NamedTuple

# What `preprocess_input` of these modules of keras.applications does (keras.src.applications, `mode=`); the others
# change nothing.
_MODES = {
    "tf": ("inception_resnet_v2", "inception_v3", "mobilenet", "mobilenet_v2", "nasnet", "resnet_v2", "xception"),
    "caffe": ("imagenet_utils", "resnet", "resnet50", "vgg16", "vgg19"),
    "torch": ("densenet",),
    "": ("convnext", "efficientnet", "efficientnet_v2", "mobilenet_v3"),
}  # fmt: skip
_SWAPPED = {"rgb": "bgr", "bgr": "rgb"}


class Pixels(NamedTuple):
    """Pixels, as factor · (0 … 255) + offset, and what `preprocess_input` made of them."""

    colours: str = "rgb"  # rgb, bgr, grey
    factor: float = 1.0
    offset: float = 0.0
    function: str = ""  # caffe or torch

    def times(self, number: float) -> "Pixels":
        """Return the pixels multiplied by a number."""
        return self._replace(factor=self.factor * number, offset=self.offset * number)

    def plus(self, number: float) -> "Pixels":
        """Return the pixels with a number added."""
        return self._replace(offset=self.offset + number)

    def swapped(self) -> "Pixels":
        """Return the pixels with red and blue exchanged."""
        return self._replace(colours=_SWAPPED.get(self.colours, self.colours))

    def preprocessed(self, name: str, *, mode: object = "") -> "Pixels | None":
        """Return what a `preprocess_input`, a dotted name, makes of them; None if that is not known.

        The general one of `imagenet_utils` has a mode, caffe if it is left out.
        """
        module = name.removeprefix("keras.applications.").rpartition(".")[0]
        if not mode:
            mode = next((mode for mode, modules in _MODES.items() if module in modules), None)
        if mode not in _MODES or self.function:
            return None
        if mode == "tf":
            return self.times(1 / 127.5).plus(-1)
        if mode == "":
            return self
        if (self.factor, self.offset) != (1, 0):
            return None
        return (self.swapped() if mode == "caffe" else self)._replace(function=mode)

    def is_scaled_like(self, other: "Pixels") -> bool:
        """Return whether the same picture has nearly the same values in both; 1/255 is nearly 1/256."""
        close = math.isclose(self.factor, other.factor, rel_tol=0.02)
        return (
            self.function == other.function
            and close
            and abs(self.offset - other.offset) <= 0.02 * abs(255 * self.factor)
        )

    @property
    def shown(self) -> str:
        """The range in words."""
        if self.function:
            return f"as the {self.function} mode of preprocess_input makes it"
        low, high = sorted((self.offset, 255 * self.factor + self.offset))
        return f"from {low:.3g} to {high:.3g}"
