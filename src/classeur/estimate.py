"""Estimate: a number that was measured on images, how sure it is, and how that was found."""

from math import inf, isinf

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_serializer, field_validator


class Estimate(BaseModel):
    """A number with its 95 % interval; where nothing could be measured, None stands in its place.

    >>> print(Estimate(value=0.683, low=0.654, high=0.711, method="Wilson", n=1000))
    0.683 (95 %: 0.654 … 0.711)
    """

    model_config = ConfigDict(frozen=True)

    value: float
    low: float
    high: float
    method: str  # how the interval was found, such as Wilson
    n: int  # of the images that it was measured on

    @field_serializer("low", "high", when_used="json")
    def _bound(self, end: float) -> float | None:
        """Write an end that nothing bounds, as of the loss of a single image, as null: JSON has no infinity."""
        return None if isinf(end) else end

    @field_validator("low", "high", mode="before")
    @classmethod
    def _unbound(cls, end: float | None, info: ValidationInfo) -> float:
        return (-inf if info.field_name == "low" else inf) if end is None else end

    def __str__(self) -> str:
        return f"{self.value:.3f} (95 %: {self.low:.3f} … {self.high:.3f})"
