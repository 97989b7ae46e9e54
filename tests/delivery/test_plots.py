"""Pictures: what is drawn is what the history holds, in the tutorial's words; written whole or not at all."""

import itertools
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from classeur.delivery import plots
from classeur.delivery.captions import error_caption
from classeur.delivery.fonts import FontWarning
from classeur.delivery.plots import is_own_picture, plot_comparison, plot_curves, plot_errors, plot_row, save_figure
from classeur.errors import StorageError
from classeur.training.history import Epoch, History

PICTURES = [np.full((8, 10, 3), 40 * number, np.uint8) for number in range(7)]


def history(*, count: int = 3) -> History:
    return History(
        epochs=tuple(
            Epoch(
                epoch=n, loss=1 / n, accuracy=0.5 + n / 20, val_loss=2 / n, val_accuracy=0.4 + n / 20, learning_rate=1,
                seconds=1,
            )
            for n in range(1, count + 1)
        )
    )  # fmt: skip


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """The figures that were saved."""
    figures: list[Figure] = []
    real: Callable[..., Any] = plots.save_figure
    monkeypatch.setattr(
        plots, "save_figure", lambda figure, path, **options: (figures.append(figure), real(figure, path, **options))
    )
    return figures


def lines(axes: Axes) -> dict[str, list[float]]:
    return {str(line.get_label()): np.asarray(line.get_ydata()).tolist() for line in axes.get_lines()}


def test_the_tutorials_two_plots(tmp_path: Path, drawn: list[Figure]) -> None:
    plot_curves(history(), tmp_path / "curves.png", chance=0.5)
    left, right = drawn[0].axes
    assert (left.get_title(), right.get_title()) == ("Training and Validation Accuracy", "Training and Validation Loss")
    assert lines(left)["Training Accuracy"] == pytest.approx([0.55, 0.6, 0.65])
    assert lines(left)["Validation Accuracy"] == pytest.approx([0.45, 0.5, 0.55])
    assert lines(right) == {
        "Training Loss": pytest.approx([1, 1 / 2, 1 / 3]), "Validation Loss": pytest.approx([2, 1, 2 / 3]),
    }  # fmt: skip
    assert np.asarray(left.get_lines()[0].get_xdata()).tolist() == [1, 2, 3]
    assert lines(left)["Always the Most Frequent Class"] == [0.5, 0.5]
    for axes in (left, right):
        assert axes.get_legend() is not None
        assert axes.get_xlabel() == "Epoch"
    with Image.open(tmp_path / "curves.png") as image:
        assert (image.format, image.size) == ("PNG", (1100, 500))


def test_one_epoch_is_a_point_at_a_whole_number(tmp_path: Path, drawn: list[Figure]) -> None:
    plot_curves(history(count=1), tmp_path / "curves.png")
    for axes in drawn[0].axes:
        assert all(line.get_marker() not in ("", "None") for line in axes.get_lines())
        low, high = axes.get_xlim()
        assert [tick for tick in axes.get_xticks() if low <= tick <= high] == [1]


def test_marks_do_not_hide_a_long_curve(tmp_path: Path, drawn: list[Figure]) -> None:
    plot_curves(history(count=388), tmp_path / "curves.png")
    for line in drawn[0].axes[0].get_lines():
        assert len(np.asarray(line.get_xdata())[:: line.get_markevery()]) <= 15


def test_training_and_validation_are_not_told_by_colour_alone(tmp_path: Path, drawn: list[Figure]) -> None:
    plot_curves(history(), tmp_path / "curves.png")
    training, validation = drawn[0].axes[1].get_lines()
    assert training.get_linestyle() != validation.get_linestyle()
    assert training.get_marker() != validation.get_marker()


def test_a_comparison_holds_every_run(tmp_path: Path, drawn: list[Figure]) -> None:
    names = ["first", "runs/$a$", "b\udcff", "_x", "n" * 200, *map(str, range(37))]
    plot_comparison([(name, history(count=number + 1)) for number, name in enumerate(names)], tmp_path / "c.png")
    for axes in drawn[0].axes:
        assert len(axes.get_lines()) == 2 * len(names)
        assert len(lines(axes)["first: validation"]) == 1
        assert len(lines(axes)["b?: validation"]) == 3
        assert axes.get_legend() is None, "names over the curves would hide them"
        kept = {(line.get_color(), line.get_marker(), line.get_linestyle()) for line in axes.get_lines()}
        assert len(kept) == 2 * len(names), "each can be told from the others"
    (legend,) = drawn[0].legends
    told = [text.get_text() for text in legend.get_texts()]
    assert told[:6] == ["training", "validation", "first", "runs/$a$", "b?", "_x"]
    assert len(told) == 2 + len(names)
    assert max(map(len, told)) <= 40
    box = legend.get_window_extent()
    assert 0 <= box.x0 < box.x1 <= drawn[0].bbox.x1, "the names lie in the picture"
    assert 0 <= box.y0 < box.y1 <= min(axes.bbox.y0 for axes in drawn[0].axes), "below the curves"


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_row_shows_every_picture(tmp_path: Path, drawn: list[Figure], count: int) -> None:
    plot_row(PICTURES[:count], tmp_path / "row.png")
    shown = [np.asarray(axes.get_images()[0].get_array()) for axes in drawn[0].axes]
    assert all(map(np.array_equal, shown, PICTURES[:count]))
    with Image.open(tmp_path / "row.png") as image:
        assert image.size == (300 * count, 300)


def test_a_row_names_its_pictures(tmp_path: Path, drawn: list[Figure]) -> None:
    plot_row(PICTURES[:3], tmp_path / "row.png", captions=["cats", "$5 or $6", "d" * 200])
    assert [axes.get_title() for axes in drawn[0].axes[:2]] == ["cats", "$5 or $6"]
    drawn[0].draw_without_rendering()
    assert drawn[0].axes[2].get_title().startswith("dddd")
    assert drawn[0].axes[2].get_title().endswith("dddd")


@pytest.mark.parametrize("name", ["W" * 200, "고" * 200])
def test_no_name_leaves_its_place(tmp_path: Path, drawn: list[Figure], name: str) -> None:
    with warnings.catch_warnings(action="ignore", category=FontWarning):
        caption = error_caption(predicted=name, probability=0.9, true=name[::-1], file_name=name)
        plot_errors(PICTURES[:2], [caption] * 2, tmp_path / "errors.png", title="")
        plot_row(PICTURES[:2], tmp_path / "row.png", captions=[name] * 2)
        plot_comparison([(name, history())] * 5, tmp_path / "comparison.png")
    for figure in drawn:
        figure.draw_without_rendering()
        for axes, width in ((axes, figure.bbox.width / min(5, len(figure.axes))) for axes in figure.axes):
            assert axes.title.get_window_extent().width <= width
        for legend in figure.legends:
            assert legend.get_window_extent().width <= figure.bbox.width
    assert "…" in drawn[1].axes[0].get_title()


@pytest.mark.parametrize("count", [1, 4, 5, 6, 7])
def test_errors_show_each_with_its_caption(tmp_path: Path, drawn: list[Figure], count: int) -> None:
    captions = [f"dogs 9{number}%, is $cats\n$x_{number}.jpg" for number in range(count)]
    plot_errors(PICTURES[:count], captions, tmp_path / "errors.png", title="The 7 of $10")
    used = [axes for axes in drawn[0].axes if axes.get_images()]
    assert [axes.get_title() for axes in used] == captions
    assert drawn[0].get_suptitle() == "The 7 of $10"
    assert not any(axes.axison for axes in drawn[0].axes)


def test_long_names_leave_errors_in_their_places(tmp_path: Path, drawn: list[Figure]) -> None:
    captions = [
        error_caption(predicted="a" * 200, probability=0.9, true="b" * 200, file_name="c" * 200) for _ in PICTURES
    ]
    plot_errors(PICTURES, captions, tmp_path / "errors.png", title="")
    drawn[0].draw_without_rendering()
    boxes = [axes.title.get_window_extent() for axes in drawn[0].axes if axes.get_images()]
    assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))
    assert all(0 <= box.x0 < box.x1 <= drawn[0].bbox.x1 for box in boxes)


def test_a_name_that_is_no_utf_8_can_be_drawn(tmp_path: Path, drawn: list[Figure]) -> None:
    plot_errors(PICTURES[:1], ["cats, is caf\udce9"], tmp_path / "errors.png", title="")
    assert drawn[0].axes[0].get_title() == "cats, is caf?"


def test_a_picture_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plot_row(PICTURES[:1], tmp_path / "row.png")
    before = (tmp_path / "row.png").read_bytes()

    def fail(self: Figure, path: Path, **options: object) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Figure, "savefig", fail)
    with pytest.raises(StorageError, match="the disk is full"):
        plot_row(PICTURES[:2], tmp_path / "row.png")
    assert (tmp_path / "row.png").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.suffix] == ["row.png"]


def test_a_picture_of_ones_own_is_known_again(tmp_path: Path) -> None:
    figure = Figure()
    save_figure(figure, tmp_path / "own.png")
    figure.savefig(tmp_path / "other.png")
    (tmp_path / "text.png").write_text("precious")
    assert [is_own_picture(tmp_path / f"{name}.png") for name in ("own", "other", "text")] == [True, False, False]
