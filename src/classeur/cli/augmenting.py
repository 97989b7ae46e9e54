"""Options that say what is varied: the same for `train` and `preview`."""

from typing import Annotated

import typer

_VARIED = "What is varied"


def _range(text: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(help=text, rich_help_panel=_VARIED)
    return option


Rotation = Annotated[float | None, _range("Degrees to either side.")]
Zoom = Annotated[float | None, _range("0.5 draws each axis from 0.5 to 1.5.")]
Shift = Annotated[float | None, _range("Share of the side, to either side.")]
Shear = Annotated[float | None, _range("Degrees to either side.")]
Flip = Annotated[str | None, _range("none, horizontal, vertical or both.")]
Brightness = Annotated[float | None, _range("0.2 draws a factor from 0.8 to 1.2.")]
Contrast = Annotated[float | None, _range("The same, about mid-grey.")]
Saturation = Annotated[float | None, _range("The same, towards grey and away from it.")]
Hue = Annotated[float | None, _range("Degrees to either side.")]
ChannelShift = Annotated[float | None, _range("Levels of 255 added or taken, to either side.")]
Erase = Annotated[float | None, _range("Grey out a box of up to this share of each side.")]
