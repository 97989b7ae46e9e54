"""Estimate: a number that was measured on images, how sure it is, and how that was found."""

from pydantic import BaseModel, ConfigDict


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

    def __str__(self) -> str:
        return f"{self.value:.3f} (95 %: {self.low:.3f} … {self.high:.3f})"
