"""One batch made before it is asked for, and used only if it is the one that is asked for then."""

import threading

from classeur.keras_image.batch import Job, Made


class ReadAhead:
    """At most one batch, made in a thread of its own. Any thread may ask for it; the first one gets it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._work: _Work | None = None

    def start(self, job: Job) -> None:
        """Begin to make a batch's pictures, in place of what was made before."""
        with self._lock:
            if self._work is None or not self._work.is_going_on:  # else: one thread is enough
                self._work = None
                self._work = _Work(job)

    def take(self, job: Job) -> Made | None:
        """Return the pictures of a batch, waiting for them if they are being made; None if others are."""
        with self._lock:
            work = self._work
            if work is None or job.key is None or work.key != job.key:
                return None
            self._work = None
        return work.result()


class _Work:
    """A batch being made. Its key and its pictures are never another batch's."""

    def __init__(self, job: Job) -> None:
        self.key = job.key
        self._make = job.make
        self._made: Made | None = None
        self._thread = threading.Thread(target=self._run, name="classeur-ahead")
        self._thread.start()  # waited for when the program ends, as any is

    @property
    def is_going_on(self) -> bool:
        return self._thread.is_alive()

    def result(self) -> Made | None:
        """Return the pictures when they are made; None if that failed, or in a process forked before."""
        self._thread.join()
        return self._made

    def _run(self) -> None:
        try:
            self._made = self._make()
        except Exception:  # the batch is made once more where its error can be raised; at the program's end by nobody
            self._made = None
