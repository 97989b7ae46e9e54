"""Recipe: everything that decides a training, apart from the data."""

from typing import Literal, Self, get_args

from pydantic import BaseModel, ConfigDict

from classeur.errors import RangeError, UnknownNameError
from classeur.images.resizing import Fit, Preparation, check_fit, parse_image_size
from classeur.models.assembly import check_model
from classeur.pipeline.augmentation import Augmentation

Keep = Literal["last", "best"]
Precision = Literal["auto", "float32", "bfloat16"]
PRECISIONS: tuple[str, ...] = get_args(Precision)
Warp = Literal["auto", "host", "device"]
WARPS: tuple[str, ...] = get_args(Warp)


class Recipe(BaseModel):
    """What `train` is asked for. The defaults are the tutorial's.

    >>> Recipe(epochs=3).checked().epochs
    3
    """

    model_config = ConfigDict(frozen=True)

    model: str = "tutorial"
    image_size: tuple[int, int] = (150, 150)  # height, width in pixels
    fit: Fit = "squash"
    stretch: bool = False  # 16-bit grey from its own range
    augmentation: Augmentation = Augmentation()
    dropout: float = 0.0
    epochs: int = 15
    batch_size: int = 128
    learning_rate: float = 0.001  # Adam's
    stop_early: int | None = None  # epochs without a better validation accuracy
    keep: Keep = "last"
    precision: Precision = "auto"  # of the computation; weights are float32
    warp: Warp = "auto"  # where pictures are augmented: in the compiled step, or before it
    validation_share: float = 0.2  # where the folder has no validation
    seed: int = 0

    @property
    def preparation(self) -> Preparation:
        """How files become pixels."""
        return Preparation(self.image_size, self.fit, self.stretch)

    def checked(self) -> Self:
        """Return the recipe if it can be carried out, as far as that is known without data.

        Raises:
            UsageError: naming the first thing that cannot.
        """
        check_model(self.model, dropout=self.dropout)
        parse_image_size(self.image_size)
        check_fit(self.fit)
        for name, value in (("epochs", self.epochs), ("batch size", self.batch_size), ("stop-early", self.stop_early)):
            if value is not None and value < 1:
                raise RangeError(f"{name} {value} is not possible; expected at least 1")
        if not 0 < self.learning_rate <= 10:
            raise RangeError(
                f"learning rate {self.learning_rate:g} is not possible; expected more than 0 and at most 10"
            )
        if not 0 < self.validation_share < 1:
            raise RangeError(f"validation share {self.validation_share:g} is not possible; expected between 0 and 1")
        if not 0 <= self.seed < 2**31:
            raise RangeError(f"seed {self.seed} is not possible; expected 0 … 2,147,483,647")
        if self.precision not in PRECISIONS:
            raise UnknownNameError("precision", self.precision, PRECISIONS)
        if self.warp not in WARPS:
            raise UnknownNameError("place to warp", self.warp, WARPS)
        if self.keep not in ("last", "best"):
            raise UnknownNameError("keep", self.keep, ("last", "best"))
        return self
