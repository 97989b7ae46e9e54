"""Progress: plain lines in a file, one live line on a terminal; never anything on standard output."""

import io
import re

import pytest

from classeur.delivery import progress
from classeur.delivery.progress import ConsoleReporter, Reporter, epoch_line
from classeur.training.checkpoint import Means
from classeur.training.fit import Step
from classeur.training.history import Epoch, History

EPOCH = Epoch(epoch=3, loss=0.7, accuracy=0.5, val_loss=0.69, val_accuracy=0.555, learning_rate=0.001, seconds=4.04)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_silent_reporter_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    reporter = Reporter()
    reporter.say("a")
    reporter.warn("b")
    reporter.epoch(History(epochs=(EPOCH,)), 15)
    with reporter.progress("reading") as show, reporter.training() as step:
        show(1, 2)
        step(Step(1, 2, 3, Means(), 4.0))
    assert capfd.readouterr() == ("", "")


def test_what_is_said_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    reporter = ConsoleReporter()
    reporter.say("[bold]cats[/] and " + "dogs " * 60)
    reporter.warn("[x] 5 files")
    reporter.epoch(History(epochs=(EPOCH,)), 15)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "[bold]cats[/] and " + "dogs " * 60,
        "warning: [x] 5 files",
        "epoch  3/15  loss 0.700  accuracy 50.0%  val_loss 0.690  val_accuracy 55.5%  4.0 s",
    ], "one line each, however long, and brackets are brackets"


def test_a_name_that_is_not_utf8_is_shown_without_pythons_escapes(capsys: pytest.CaptureFixture[str]) -> None:
    ConsoleReporter().say("gone (a/caf\udce9.jpg)")
    ConsoleReporter().warn("a/\udcff")
    assert capsys.readouterr().err.splitlines() == ["gone (a/caf?.jpg)", "warning: a/?"]


def test_epochs_are_aligned() -> None:
    assert epoch_line(EPOCH, 9).startswith("epoch 3/9  ")
    assert epoch_line(EPOCH, 100).startswith("epoch   3/100  ")


def test_a_log_gets_a_line_only_for_what_took_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    for seconds, expected in ((0.5, ""), (2.5, "reading: 1,000 in 2.5 s\n")):
        now = [10.0]
        monkeypatch.setattr(progress.time, "monotonic", lambda now=now: now[0])
        file = io.StringIO()
        with ConsoleReporter(file).progress("reading") as show:
            show(1, 1000)
            now[0] += seconds
            show(1000, 1000)
        assert file.getvalue() == expected


def test_a_terminal_shows_numbers_and_leaves_no_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    file = Terminal()
    reporter = ConsoleReporter(file)
    with reporter.training() as show:
        means = Means(num_images=128, loss_sum=64.0, num_correct=96)
        for _ in range(2):
            show(Step(2, 15, 2000, means, 345.6))
    shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", file.getvalue())
    assert "epoch 2/15" in shown
    assert "346 images/s  loss 0.500  accuracy 75.0%" in shown
    assert "7%" in shown, "(2,000 + 128) of 30,000"
    assert file.getvalue().rstrip().endswith("\x1b[2K"), "the last line is wiped"


def use_everything(reporter: Reporter) -> None:
    reporter.say("2,000 images")
    reporter.warn("2 files cannot be used")
    with reporter.progress("reading") as show, reporter.training() as step:
        show(1, 2)
        show(2, 2)
        step(Step(1, 2, 3, Means(num_images=1), 4.0))
    reporter.epoch(History(epochs=(EPOCH,)), 15)


@pytest.mark.parametrize(("variable", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_a_terminal_that_wants_no_codes_gets_none(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    coloured = Terminal()
    use_everything(ConsoleReporter(coloured))
    assert "\x1b[" in coloured.getvalue()
    monkeypatch.setenv(variable, value)
    plain = Terminal()
    use_everything(ConsoleReporter(plain))
    assert plain.getvalue().splitlines() == [
        "2,000 images",
        "warning: 2 files cannot be used",
        "epoch  3/15  loss 0.700  accuracy 50.0%  val_loss 0.690  val_accuracy 55.5%  4.0 s",
    ]


def test_a_log_hears_every_ten_seconds_of_a_long_task(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    file = io.StringIO()
    with ConsoleReporter(file).progress("reading") as show:
        for done in range(1, 1001):
            now[0] = done * 0.025
            show(done, 1000)
    assert file.getvalue().splitlines() == [
        "reading: 400 of 1,000",
        "reading: 800 of 1,000",
        "reading: 1,000 in 25.0 s",
    ]
