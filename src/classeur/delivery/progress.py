"""Progress while classeur works: one live line on a terminal, plain lines in a file or a log."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, TextIO

from classeur.delivery.printable import in_one_line

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

    from classeur.training.fit import Step
    from classeur.training.history import Epoch, History

# Between two lines of a task without a live line.
_SECONDS_BETWEEN_LINES = 10.0


class Reporter:
    """Shows nothing. Pass one as `reporter=` to silence a call; `ConsoleReporter` shows everything on a console.

    A class of your own that overrides a method shows what you choose:

    >>> class Warnings(Reporter):
    ...     def warn(self, text: str) -> None:
    ...         print("warning:", text)
    >>> reporter = Warnings()
    >>> reporter.say("2,000 images")
    >>> reporter.warn("2 files cannot be used")
    warning: 2 files cannot be used

    In a call: `classeur.train("animals", out="runs/first", reporter=classeur.Reporter())`.
    """

    def say(self, text: str) -> None:
        """Show a line."""

    def warn(self, text: str) -> None:
        """Show a line that should not be missed."""

    @contextmanager
    def progress(self, what: str) -> Iterator[Callable[[int, int], None]]:  # noqa: ARG002
        """Yield a callback (done, total) for a task with this name."""
        yield lambda _done, _total: None

    @contextmanager
    def training(self) -> Iterator[Callable[["Step"], None]]:
        """Yield a callback for the steps of a training."""
        yield lambda _step: None

    def epoch(self, history: "History", num_epochs: int) -> None:
        """Show the last epoch of a history."""


class ConsoleReporter(Reporter):
    """Shows everything on standard error, so that standard output holds only results.

    A terminal has a live line. A file has plain lines, and so has a terminal where `NO_COLOR` is set or `TERM` is
    `dumb`: neither gets an escape code.
    """

    def __init__(self, file: TextIO | None = None) -> None:
        """Write to `file`, standard error if None."""
        self._file = file or sys.stderr
        # Rich alone would leave out colours, but not bold, dim and the movements of the cursor.
        self._is_plain = os.environ.get("NO_COLOR", "") != ""

    @cached_property
    def _console(self) -> "Console":
        # Imported with the first line: a prediction has none, and would take a fifth longer.
        from rich.console import Console

        return Console(
            file=self._file, highlight=False, soft_wrap=True, color_system=None if self._is_plain else "auto"
        )

    @property
    def _live(self) -> bool:
        return self._console.is_terminal and not self._console.is_dumb_terminal and not self._is_plain

    def say(self, text: str) -> None:
        """Show a line."""
        self._console.print(_shown(text), markup=False)

    def warn(self, text: str) -> None:
        """Show a line, marked as a warning."""
        self._console.print(f"warning: {_shown(text)}", style="yellow", markup=False)

    @contextmanager
    def progress(self, what: str) -> Iterator[Callable[[int, int], None]]:
        """Yield a callback (done, total).

        A live line shows a bar. Without one, a longer task prints a line every ten seconds, and one at its end if
        it took more than a second.
        """
        began, count = time.monotonic(), 0
        shown = began
        with self._bar("{task.completed:,}/{task.total:,}") as bar:
            task: TaskID | None = None

            def show(done: int, total: int) -> None:
                nonlocal task, count, shown
                count = done
                if task is None:
                    task = bar.add_task(what, total=total)
                bar.update(task, completed=done, total=total)
                if not self._live and done < total and time.monotonic() - shown >= _SECONDS_BETWEEN_LINES:
                    shown = time.monotonic()
                    self.say(f"{what}: {done:,} of {total:,}")

            yield show
        seconds = time.monotonic() - began
        if count and seconds > 1 and not self._live:
            self.say(f"{what}: {count:,} in {seconds:.1f} s")

    @contextmanager
    def training(self) -> Iterator[Callable[["Step"], None]]:
        """Yield a callback that updates a line with images/s, time left, loss and accuracy."""
        with self._bar("{task.fields[numbers]}") as bar:
            task = bar.add_task("training", total=None, numbers="")

            def show(step: "Step") -> None:
                means = step.means
                bar.update(
                    task,
                    description=f"epoch {step.epoch}/{step.num_epochs}",
                    completed=(step.epoch - 1) * step.num_images + step.means.num_images,
                    total=step.num_epochs * step.num_images,
                    numbers=f"{step.images_per_second:,.0f} images/s  loss {means.loss:.3f}"
                    f"  accuracy {means.accuracy:.1%}",
                )

            yield show

    def epoch(self, history: "History", num_epochs: int) -> None:
        """Show the last epoch."""
        self.say(epoch_line(history.epochs[-1], num_epochs))

    def _bar(self, numbers: str) -> "Progress":
        """Return a bar with the task's name before it and `numbers`, a format of Rich, after it."""
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

        return Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TaskProgressColumn(),
            TextColumn(numbers),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
            disable=not self._live,
        )


def epoch_line(epoch: "Epoch", num_epochs: int) -> str:
    """Return an epoch as a line.

    >>> from classeur.training.history import Epoch
    >>> first = Epoch(epoch=1, loss=0.7, accuracy=0.5, val_loss=0.69, val_accuracy=0.55, learning_rate=0.001, seconds=4)
    >>> epoch_line(first, 15)
    'epoch  1/15  loss 0.700  accuracy 50.0%  val_loss 0.690  val_accuracy 55.0%  4.0 s'
    """
    width = len(str(num_epochs))
    return (
        f"epoch {epoch.epoch:>{width}}/{num_epochs}  loss {epoch.loss:.3f}  accuracy {epoch.accuracy:.1%}"
        f"  val_loss {epoch.val_loss:.3f}  val_accuracy {epoch.val_accuracy:.1%}  {epoch.seconds:.1f} s"
    )


def _shown(text: str) -> str:
    """Return text for one line; a byte of a name that is not UTF-8 is ?, not an escape as Python writes there."""
    return in_one_line(text).encode("utf-8", "replace").decode("utf-8")
