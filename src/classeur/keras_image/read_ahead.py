"""Prepares the next batch ahead; it is used only if it is the batch that is requested next."""

import threading
from typing import Any

from classeur.keras_image.batch import Job, Made
from classeur.threads import lock_held_at_fork

_LOCK = lock_held_at_fork()


class ReadAhead:
    """At most one batch, made in its own thread. Any thread may request it; the first one gets it."""

    def __init__(self) -> None:
        self._work: _Work | None = None

    def start(self, job: Job) -> None:
        """Start to make a batch's images, replacing the batch made before."""
        if job.key is None or (self._work and self._work.is_going_on):
            return
        work = _Work(job, job.key())  # the key from before a file is read
        with _LOCK:
            if self._work is None or not self._work.is_going_on:  # else another thread has been started
                self._work = None
                work.start()  # if this is interrupted there is none
                self._work = work

    def take(self, job: Job) -> Made | None:
        """Return the images of a batch, waiting if they are being made; None if another batch is."""
        work = self._work
        if work is None or job.key is None:
            return None
        key = job.key()
        with _LOCK:
            if self._work is not work or work.key != key:  # another thread has taken it, or it is another batch
                return None
            self._work = None
        return work.result()


class _Work:
    """A batch being made. Its key and its images always belong together."""

    def __init__(self, job: Job, key: tuple[Any, ...]) -> None:
        self.key = key
        self._make = job.make
        self._made: Made | None = None
        self._thread = threading.Thread(target=self._run, name="classeur-ahead")

    def start(self) -> None:
        self._thread.start()  # at the program's end it is waited for, as any thread

    @property
    def is_going_on(self) -> bool:
        return self._thread.is_alive()

    def result(self) -> Made | None:
        """Return the images when they are made; None if that failed, or in a process forked before."""
        self._thread.join()
        return self._made

    def _run(self) -> None:
        try:
            self._made = self._make()
        except (
            Exception
        ):  # the batch is made again by its caller, which raises the error; not needed if the program ends first
            self._made = None
