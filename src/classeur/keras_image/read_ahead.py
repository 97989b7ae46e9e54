"""Prepares the next batch ahead; it is used only if it is the batch that is requested next."""

import threading

from classeur.keras_image.batch import Job, Made


class ReadAhead:
    """At most one batch, made in its own thread. Any thread may request it; the first one gets it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._work: _Work | None = None

    def start(self, job: Job) -> None:
        """Start to make a batch's images, replacing the batch made before."""
        with self._lock:
            if self._work is None or not self._work.is_going_on:  # else a second thread would be started
                self._work = None
                self._work = _Work(job) if job.key else None

    def take(self, job: Job) -> Made | None:
        """Return the images of a batch, waiting if they are being made; None if another batch is."""
        work = self._work
        if work is None or job.key is None:
            return None
        key = job.key()
        with self._lock:
            if self._work is not work or work.key != key:  # another thread has taken it, or it is another batch
                return None
            self._work = None
        return work.result()


class _Work:
    """A batch being made. Its key and its images always belong together."""

    def __init__(self, job: Job) -> None:
        self.key = job.key and job.key()  # before a file is read
        self._make = job.make
        self._made: Made | None = None
        self._thread = threading.Thread(target=self._run, name="classeur-ahead")
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
