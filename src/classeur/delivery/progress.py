"""What a person sees while classeur works: one live line on a terminal, plain lines in a file or a log."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from classeur.training.fit import Step
from classeur.training.history import Epoch, History

if TYPE_CHECKING:
    from rich.progress import TaskID


class Reporter:
    """Says nothing: for scripts and tests. `ConsoleReporter` says it on a console."""

    def say(self, text: str) -> None:
        """Show a line."""

    def warn(self, text: str) -> None:
        """Show a line that should not be missed."""

    @contextmanager
    def progress(self, _what: str) -> Iterator[Callable[[int, int], None]]:
        """Yield a callback (done, total) for a task, which a line names."""
        yield lambda _done, _total: None

    @contextmanager
    def training(self) -> Iterator[Callable[[Step], None]]:
        """Yield a callback for the steps of a training."""
        yield lambda _step: None

    def epoch(self, history: History, num_epochs: int) -> None:
        """Show the last epoch of a history."""


class ConsoleReporter(Reporter):
    """Says it on standard error, so that standard output holds results alone."""

    def __init__(self, file: TextIO | None = None) -> None:
        """Write to `file`, standard error if None."""
        self._console = Console(file=file or sys.stderr, highlight=False, soft_wrap=True)

    def say(self, text: str) -> None:
        """Show a line."""
        self._console.print(text, markup=False)

    def warn(self, text: str) -> None:
        """Show a line, marked as a warning."""
        self._console.print(f"warning: {text}", style="yellow", markup=False)

    @contextmanager
    def progress(self, _what: str) -> Iterator[Callable[[int, int], None]]:
        """Yield a callback (done, total); a bar on a terminal, and a line at the end if it took more than a second."""
        began, count = time.monotonic(), 0
        with self._bar(TextColumn("{task.description}"), TextColumn("{task.completed:,}/{task.total:,}")) as bar:
            task: TaskID | None = None

            def show(done: int, total: int) -> None:
                nonlocal task, count
                count = done
                if task is None:
                    task = bar.add_task(_what, total=total)
                bar.update(task, completed=done, total=total)

            yield show
        seconds = time.monotonic() - began
        if count and seconds > 1 and not self._console.is_terminal:
            self.say(f"{_what}: {count:,} in {seconds:.1f} s")

    @contextmanager
    def training(self) -> Iterator[Callable[[Step], None]]:
        """Yield a callback that keeps a line with images/s, time left, loss and accuracy."""
        with self._bar(TextColumn("{task.description}"), TextColumn("{task.fields[numbers]}")) as bar:
            task = bar.add_task("training", total=None, numbers="")

            def show(step: Step) -> None:
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

    def epoch(self, history: History, num_epochs: int) -> None:
        """Show the last epoch."""
        self.say(epoch_line(history.epochs[-1], num_epochs))

    def _bar(self, *columns: TextColumn) -> Progress:
        first, *rest = columns
        return Progress(
            first,
            BarColumn(bar_width=24),
            TaskProgressColumn(),
            *rest,
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )


def epoch_line(epoch: Epoch, num_epochs: int) -> str:
    """Return an epoch as a line.

    >>> first = Epoch(epoch=1, loss=0.7, accuracy=0.5, val_loss=0.69, val_accuracy=0.55, learning_rate=0.001, seconds=4)
    >>> epoch_line(first, 15)
    'epoch  1/15  loss 0.700  accuracy 50.0%  val_loss 0.690  val_accuracy 55.0%  4.0 s'
    """
    width = len(str(num_epochs))
    return (
        f"epoch {epoch.epoch:>{width}}/{num_epochs}  loss {epoch.loss:.3f}  accuracy {epoch.accuracy:.1%}"
        f"  val_loss {epoch.val_loss:.3f}  val_accuracy {epoch.val_accuracy:.1%}  {epoch.seconds:.1f} s"
    )
