"""Explanations in PNG: a picture, what speaks for its answer laid over it, and the images that it looks like."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from classeur.delivery.plots import save_figure
from classeur.evaluation.maps import EvidenceMap

# Okabe and Ito, as in plots: orange speaks for the class, blue against it.
_FOR, _AGAINST = to_rgb("#D55E00"), to_rgb("#0072B2")
# How much of the picture the strongest evidence covers.
_MOST_COVERED = 0.75


class Panel(NamedTuple):
    """A picture with its caption, and the evidence that is laid over it."""

    pixels: np.ndarray  # uint8 (height, width, 3)
    caption: str
    evidence: EvidenceMap | None = None


def plot_panels(panels: Sequence[Panel], path: Path) -> None:
    """Draw panels in a row.

    Args:
        panels: at least one.
        path: of the PNG.
    """
    figure = Figure(figsize=(2.6 * len(panels), 3.3), layout="constrained")
    # Room above the captions, in inches.
    figure.get_layout_engine().set(h_pad=0.12)  # type: ignore[union-attr,call-arg]
    grid = np.atleast_1d(figure.subplots(1, len(panels)))
    for axes, panel in zip(grid, panels, strict=True):
        pixels = panel.pixels if panel.evidence is None else overlaid(panel.pixels, panel.evidence)
        axes.imshow(pixels)
        axes.axis("off")
        axes.set_title(panel.caption, fontsize=9)
    if any(panel.evidence is not None for panel in panels):
        figure.supxlabel("orange speaks for the class, blue against it", fontsize=8, x=0.01, ha="left")
    save_figure(figure, path, within=2.5, texts=[axes.title for axes in grid])


def overlaid(pixels: np.ndarray, evidence: EvidenceMap) -> np.ndarray:
    """Return a picture in grey with evidence over it, uint8 (height, width, 3).

    Args:
        pixels: uint8 (height, width, 3).
        evidence: of any size; it is interpolated.
    """
    from PIL import Image

    height, width, _ = pixels.shape
    values = np.asarray(evidence.values, np.float32)
    strongest = float(np.abs(values).max()) or 1.0
    smooth = np.asarray(Image.fromarray(values / strongest).resize((width, height), Image.Resampling.BICUBIC))
    grey = pixels.mean(axis=2, keepdims=True).repeat(3, axis=2)
    cover = (_MOST_COVERED * np.clip(np.abs(smooth), 0, 1))[:, :, None]
    colour = np.where(smooth[:, :, None] > 0, np.array(_FOR), np.array(_AGAINST)) * 255
    laid: np.ndarray = (grey * (1 - cover) + colour * cover).round().astype(np.uint8)
    return laid
