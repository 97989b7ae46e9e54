"""Ctrl-C as a request: once to stop, twice to leave; and the handler from before comes back."""

import os
import signal
import threading
import time

import pytest

from classeur.workflows.interruption import asked_to_stop

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT to send")


def press_ctrl_c() -> None:
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.01)


def test_the_first_asks_and_the_second_leaves_at_once() -> None:
    asked: list[str] = []
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), asked_to_stop(lambda: asked.append("asked")) as should_stop:
        assert not should_stop()
        press_ctrl_c()
        assert should_stop()
        assert asked == ["asked"]
        press_ctrl_c()
        pytest.fail("the second Ctrl-C was ignored")
    assert asked == ["asked"]
    assert signal.getsignal(signal.SIGINT) is before


def test_nobody_asks() -> None:
    before = signal.getsignal(signal.SIGINT)
    with asked_to_stop(lambda: pytest.fail("nobody asked")) as should_stop:
        assert not should_stop()
    assert signal.getsignal(signal.SIGINT) is before


def test_another_thread_is_never_asked_and_does_no_harm() -> None:
    told: list[bool] = []
    before = signal.getsignal(signal.SIGINT)

    def work() -> None:
        with asked_to_stop(lambda: None) as should_stop:
            told.append(should_stop())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert told == [False]
    assert signal.getsignal(signal.SIGINT) is before
