"""Pictures in PNG, by matplotlib: curves, rows of images, runs side by side, the most confident errors."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator, PercentFormatter
from rich.cells import cell_len

from classeur.delivery.captions import elide
from classeur.delivery.fonts import fit_to_width, set_fonts
from classeur.evaluation.learning_curve import LearningCurve
from classeur.evaluation.risk import Point, Promise
from classeur.storage import written_atomically
from classeur.training.history import History

# Colours for all kinds of colour vision: Okabe and Ito, "Color Universal Design" (jfly.uni-koeln.de/color), without
# the yellow, which is hard to see on white.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
# Six marks and seven colours: 42 runs before a pair repeats. Runs never differ by colour alone.
_MARKERS = ("o", "s", "^", "D", "v", "P")
_TRAINING_STYLE: Final = "--"
_VALIDATION_STYLE: Final = "-"
# With more epochs than this, marks would hide the curve: then it has about a dozen.
_NUM_MARKED = 30
_LEGEND_NAME_WIDTH = 40
_CAPTION_WIDTH = 36


def plot_curves(history: History, path: Path, *, chance: float | None = None) -> None:
    """Plot the tutorial's two curves, accuracy and loss of training and validation by epoch.

    Args:
        history: at least one epoch.
        path: where the PNG is written.
        chance: accuracy of always predicting the most frequent class, drawn as a dotted line; see `chance_accuracy`.
    """
    figure = Figure(figsize=(11, 5), layout="constrained")
    left, right = figure.subplots(1, 2)
    for axes, what, corner in ((left, "accuracy", "lower right"), (right, "loss", "best")):
        name = what.capitalize()
        _draw_curve(axes, history, what, colour=0, marker=0, style=_TRAINING_STYLE, label=f"Training {name}")
        _draw_curve(
            axes, history, f"val_{what}", colour=1, marker=1, style=_VALIDATION_STYLE, label=f"Validation {name}"
        )
        _finish(axes, what)
        if what == "accuracy" and chance is not None:
            axes.axhline(chance, color="grey", linestyle=":", linewidth=1.5, label="Always the Most Frequent Class")
        axes.legend(loc=corner)
    save_figure(figure, path)


def plot_learning_curve(curve: LearningCurve, path: Path) -> None:
    """Plot accuracy against the number of training images, with 95 % intervals, and where twice as many may lead.

    The latter only where the validation images can tell.

    Args:
        curve: at least one point.
        path: of the PNG.
    """
    figure = Figure(figsize=(7.5, 5), layout="constrained")
    axes = figure.subplots()
    sizes = [point.num_images for point in curve.points]
    for number, (split, style) in enumerate((("train", _TRAINING_STYLE), ("validation", _VALIDATION_STYLE))):
        values = [getattr(point, split) for point in curve.points]
        colour, name = _COLOURS[number], "Training" if split == "train" else "Validation"
        axes.fill_between(
            sizes, [each.low for each in values], [each.high for each in values], color=colour, alpha=0.15, linewidth=0
        )
        axes.plot(
            sizes,
            [each.value for each in values],
            style,
            color=colour,
            marker=_MARKERS[number],
            label=f"{name} Accuracy",
        )
    ends = []
    if curve.judges.are_enough:
        ends = [2 * sizes[-1]]
        ahead = np.geomspace(sizes[-1], ends[0], 9)
        errors = [curve.error_at(float(size)) for size in ahead]
        axes.plot(ahead, [1 - each.value for each in errors], ":", color=_COLOURS[1], label="Expected with More Images")
        axes.fill_between(
            ahead, [1 - each.high for each in errors], [1 - each.low for each in errors], color=_COLOURS[1], alpha=0.08
        )
    axes.set_xscale("log")
    axes.set_xticks([*sizes, *ends], [f"{size:,}" for size in (*sizes, *ends)])
    axes.minorticks_off()
    axes.set_xlabel("Training Images")
    axes.set_ylabel("Accuracy")
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.grid(alpha=0.3)
    axes.set_title("Would More Images Help?")
    axes.legend(loc="lower right")
    save_figure(figure, path)


def plot_risk_coverage(curve: Sequence[Point], path: Path, *, promise: Promise | None = None) -> None:
    """Plot the share of wrong answers against the share of images that are answered, the surest first.

    Args:
        curve: at least one point.
        path: of the PNG.
        promise: the threshold that a run has, drawn with its limit.
    """
    figure = Figure(figsize=(7.5, 5), layout="constrained")
    axes = figure.subplots()
    axes.plot([each.coverage for each in curve], [each.error for each in curve], color=_COLOURS[0], label="Validation")
    if promise is not None:
        axes.axhline(promise.limit, color="grey", linestyle=":", linewidth=1.5, label="Limit, with 95 % Confidence")
        error = promise.num_wrong / promise.num_answered
        axes.plot([promise.coverage], [error], "D", color=_COLOURS[1], label="Answered")
    axes.set_xlim(0, 1)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("Images That Are Answered")
    axes.set_ylabel("Wrong Answers")
    axes.xaxis.set_major_formatter(PercentFormatter(1.0))
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.grid(alpha=0.3)
    axes.set_title("Errors, If the Unsure Are Not Answered")
    axes.legend(loc="upper left")
    save_figure(figure, path)


def plot_comparison(histories: Sequence[tuple[str, History]], path: Path) -> None:
    """Draw the curves of several runs into the tutorial's two plots: a colour and a mark for each run, training dashed.

    Args:
        histories: (name, history) of each run, at least one epoch each.
        path: where the PNG is written.
    """
    names = [elide(name, width=_LEGEND_NAME_WIDTH) for name, _ in histories]
    # A letter takes 0.075 inch on average, a key and its margins 0.7 inch.
    num_columns = max(1, min(len(names) + 2, int(12 / (0.7 + 0.075 * max(map(cell_len, [*names, "validation"]))))))
    num_rows = -(-(len(names) + 2) // num_columns)
    figure = Figure(figsize=(12, 5.2 + 0.2 * num_rows), layout="constrained")
    left, right = figure.subplots(1, 2)
    for axes, what in ((left, "accuracy"), (right, "loss")):
        for number, (name, (_, history)) in enumerate(zip(names, histories, strict=True)):
            for column, style, split in (
                (what, _TRAINING_STYLE, "training"),
                (f"val_{what}", _VALIDATION_STYLE, "validation"),
            ):
                label = f"{name}: {split}"
                _draw_curve(axes, history, column, colour=number, marker=number, style=style, label=label)
        _finish(axes, what)
    keys = [Line2D([], [], color="grey", linestyle=style) for style in (_TRAINING_STYLE, _VALIDATION_STYLE)]
    keys += [line for line in left.get_lines() if line.get_linestyle() == _VALIDATION_STYLE]
    legend = figure.legend(
        # By number first: matplotlib leaves out labels that begin with an underscore.
        keys, list(map(str, range(len(keys)))), loc="outside lower center", ncols=num_columns, fontsize="small"
    )  # fmt: skip
    for text, label in zip(legend.get_texts(), ["training", "validation", *names], strict=True):
        text.set_text(label)
    save_figure(figure, path, within=12 / num_columns - 0.7, texts=legend.get_texts())


def plot_row(pictures: Sequence[np.ndarray], path: Path, *, captions: Sequence[str] | None = None) -> None:
    """Plot images in one row without axes, as the tutorial does.

    Args:
        pictures: uint8 (height, width, 3) each; five in the tutorial.
        path: where the PNG is written.
        captions: a line above each image, such as its class name; no captions if None.
    """
    height = 3 if captions is None else 3.3
    figure = Figure(figsize=(3 * len(pictures), height), layout="constrained")
    grid = np.atleast_1d(figure.subplots(1, len(pictures)))
    for axes, picture in zip(grid, pictures, strict=True):
        axes.imshow(picture)
        axes.axis("off")
    for axes, caption in zip(grid, captions or [""] * len(pictures), strict=True):
        axes.set_title(elide(caption, width=_CAPTION_WIDTH), fontsize=10)
    save_figure(figure, path, within=2.9, texts=[axes.title for axes in grid])


def plot_errors(pictures: Sequence[np.ndarray], captions: Sequence[str], path: Path, *, title: str) -> None:
    """Plot wrongly classified images in rows of five, each with its caption.

    Args:
        pictures: uint8 (height, width, 3) each, at least one.
        captions: one per image, from `error_caption`; may have several lines.
        path: where the PNG is written.
        title: of the picture.
    """
    num_columns = min(5, len(pictures))
    num_rows = -(-len(pictures) // num_columns)
    num_lines = max(caption.count("\n") for caption in captions) + 1
    figure = Figure(
        figsize=(max(2.4 * num_columns, 6), (2.4 + 0.14 * num_lines) * num_rows + 0.4), layout="constrained"
    )
    grid = np.atleast_1d(figure.subplots(num_rows, num_columns)).ravel()
    for axes in grid:
        axes.axis("off")
    for axes, picture, caption in zip(grid, pictures, captions, strict=False):
        axes.imshow(picture)
        axes.set_title(caption, fontsize=8)
    figure.suptitle(title, fontsize=11)
    save_figure(figure, path, within=2.3, texts=[axes.title for axes in grid])


def _draw_curve(axes: Axes, history: History, column: str, *, colour: int, marker: int, style: str, label: str) -> None:
    num_epochs = len(history.epochs)
    many = num_epochs > _NUM_MARKED
    axes.plot(
        history.column("epoch"),
        history.column(column),
        color=_COLOURS[colour % len(_COLOURS)],
        linestyle=style,
        linewidth=1.2 if many or style == _TRAINING_STYLE else 1.8,
        marker=_MARKERS[marker % len(_MARKERS)],
        markersize=5,
        markerfacecolor="white" if style == _TRAINING_STYLE else None,
        markevery=-(-num_epochs // 12) if many else 1,
        label=label,
    )


def _finish(axes: Axes, what: str) -> None:
    axes.set_title(f"Training and Validation {what.capitalize()}")
    axes.set_xlabel("Epoch")
    axes.set_ylabel(what.capitalize() if what == "accuracy" else "Loss (Cross-Entropy)")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    low, high = axes.get_xlim()
    axes.set_xlim(min(low, 0.5), max(high, 1.5))  # with one epoch, the axis would have fractions of it
    axes.grid(alpha=0.3)
    if what == "accuracy":
        axes.yaxis.set_major_formatter(PercentFormatter(1.0))


_MADE_BY = "classeur"


def save_figure(figure: Figure, path: Path, *, within: float = 0.0, texts: Iterable[Text] = ()) -> None:
    """Write a figure; each line of the texts is cut to a width of `within` inches."""
    set_fonts(figure)
    for text in texts:
        fit_to_width(text, within * figure.dpi)
    # By which `is_own_picture` knows it again.
    metadata = {"Software": _MADE_BY} if path.suffix.lower() == ".png" else None
    with written_atomically(path) as temporary:
        figure.savefig(temporary, dpi=100, metadata=metadata)


def is_own_picture(path: Path) -> bool:
    """Return whether a file is a picture that `save_figure` has written."""
    from PIL import Image

    try:
        with Image.open(path) as picture:
            return picture.info.get("Software") == _MADE_BY
    except (OSError, ValueError):
        return False
