"""One batch made before it is asked for, and used only if it is the one that is asked for then."""

import threading

from classeur.keras_image.batch import Job, Made


class Ahead:
    """At most one batch, made in a thread. The thread is waited for when the program ends, as any is."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._key: bytes | None = None
        self._made: Made | None = None

    def start(self, job: Job) -> None:
        """Begin to make a batch's pictures, in place of what was made before."""
        if self._thread and self._thread.is_alive():
            return  # for a batch that was not asked for; one thread is enough
        self._key, self._made = job.key, None
        self._thread = threading.Thread(target=self._make, args=(job,), name="classeur-ahead")
        self._thread.start()

    def take(self, job: Job) -> Made | None:
        """Return the pictures of a batch, waiting for them if they are being made; None if others are."""
        thread, key = self._thread, self._key
        if thread is None or key is None or key != job.key:
            return None
        thread.join()
        made, self._thread, self._key, self._made = self._made, None, None, None
        return made

    def _make(self, job: Job) -> None:
        try:
            self._made = job.make()
        except Exception:  # the batch is made once more where its error can be raised; at the program's end by nobody
            self._made = None
