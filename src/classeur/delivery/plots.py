"""Pictures: the tutorial's curves and 1×5 rows, runs side by side, the most confident errors. PNG, by matplotlib."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from classeur.storage import written_atomically
from classeur.training.history import History

_TRAINING_COLOUR, _VALIDATION_COLOUR = "#1f77b4", "#ff7f0e"  # matplotlib's first two, as in the tutorial's picture
_RUN_COLOURS = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22")


def plot_curves(history: History, path: Path, *, chance: float | None = None) -> None:
    """Draw the tutorial's two plots, accuracy and loss of training and validation by epoch.

    Args:
        history: at least one epoch.
        path: of the PNG.
        chance: accuracy of always naming the most frequent class, drawn as a dotted line.
    """
    figure = Figure(figsize=(11, 5), layout="constrained")
    left, right = figure.subplots(1, 2)
    epochs = history.column("epoch")
    for axes, what, corner in ((left, "accuracy", "lower right"), (right, "loss", "best")):
        name = what.capitalize()
        axes.plot(epochs, history.column(what), _TRAINING_COLOUR, marker=".", label=f"Training {name}")
        axes.plot(epochs, history.column(f"val_{what}"), _VALIDATION_COLOUR, marker=".", label=f"Validation {name}")
        axes.set_title(f"Training and Validation {name}")
        _finish(axes, what)
        if what == "accuracy" and chance is not None:
            axes.axhline(chance, color="grey", linestyle=":", linewidth=1, label="Always the Most Frequent Class")
        axes.legend(loc=corner)
    _save(figure, path)


def plot_comparison(histories: Sequence[tuple[str, History]], path: Path) -> None:
    """Draw the curves of several runs into the tutorial's two plots: one colour a run, training dashed.

    Args:
        histories: (name, history) of each run, at least one epoch each.
        path: of the PNG.
    """
    figure = Figure(figsize=(12, 5.5), layout="constrained")
    left, right = figure.subplots(1, 2)
    for number, (name, history) in enumerate((_drawable(name), history) for name, history in histories):
        colour = _RUN_COLOURS[number % len(_RUN_COLOURS)]
        epochs = history.column("epoch")
        for axes, what in ((left, "accuracy"), (right, "loss")):
            axes.plot(epochs, history.column(what), colour, linestyle="--", linewidth=1, label=f"{name}: training")
            axes.plot(epochs, history.column(f"val_{what}"), colour, marker=".", label=f"{name}: validation")
    for axes, what, corner in ((left, "accuracy", "lower right"), (right, "loss", "best")):
        axes.set_title(f"Training and Validation {what.capitalize()}")
        _finish(axes, what)
        axes.legend(loc=corner, fontsize="small")
    _save(figure, path)


def plot_row(pictures: Sequence[np.ndarray], path: Path) -> None:
    """Draw the tutorial's picture: images in one row, without axes.

    Args:
        pictures: uint8 (height, width, 3) each; five in the tutorial.
        path: of the PNG.
    """
    figure = Figure(figsize=(3 * len(pictures), 3), layout="constrained")
    for axes, picture in zip(np.atleast_1d(figure.subplots(1, len(pictures))), pictures, strict=True):
        axes.imshow(picture)
        axes.axis("off")
    _save(figure, path)


def plot_errors(pictures: Sequence[np.ndarray], captions: Sequence[str], path: Path, *, title: str) -> None:
    """Draw misjudged pictures in rows of five, each with its caption.

    Args:
        pictures: uint8 (height, width, 3) each, at least one.
        captions: one a picture; may have line ends.
        path: of the PNG.
        title: over the whole.
    """
    num_columns = min(5, len(pictures))
    num_rows = -(-len(pictures) // num_columns)
    figure = Figure(figsize=(max(2.4 * num_columns, 6), 2.9 * num_rows + 0.5), layout="constrained")
    grid = np.atleast_1d(figure.subplots(num_rows, num_columns)).ravel()
    for axes in grid:
        axes.axis("off")
    for axes, picture, caption in zip(grid, pictures, captions, strict=False):
        axes.imshow(picture)
        # A dollar sign in a class or file name is no formula.
        axes.set_title(_drawable(caption), fontsize=8, parse_math=False)
    figure.suptitle(title, fontsize=11, parse_math=False)
    _save(figure, path)


def _drawable(text: str) -> str:
    """Return text with a question mark for each byte of a name that is no UTF-8: no font has it."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _finish(axes: Axes, what: str) -> None:
    axes.set_xlabel("Epoch")
    axes.set_ylabel(what.capitalize() if what == "accuracy" else "Loss (Cross-Entropy)")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(alpha=0.3)
    if what == "accuracy":
        axes.yaxis.set_major_formatter(PercentFormatter(1.0))


def _save(figure: Figure, path: Path) -> None:
    with written_atomically(path) as temporary:
        figure.savefig(temporary, dpi=100)
