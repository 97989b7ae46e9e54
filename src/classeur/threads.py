"""One function over many rows, in threads.

Results come in order. Only a limited number is computed ahead, and the work ends when the caller stops.
"""

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import Protocol, TypeVar

from classeur.errors import ClasseurError, WorkError

Row = TypeVar("Row")
Result = TypeVar("Result")


class MapRows(Protocol):
    """Applies one function to many rows, in order: by threads, `ProcessPoolExecutor().map` or another engine."""

    def __call__(self, function: Callable[[Row], Result], rows: Iterable[Row], /) -> Iterator[Result]:
        """Yield `function(row)` for every row, in the order of the rows."""


def num_processors() -> int:
    """Return how many processors this process may use, at least 1."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def lock_held_at_fork() -> "threading.RLock":
    """Return a new lock that is held while the process forks.

    A child would wait for ever for one that a thread of its parent has, and that it does not have itself. Of two such
    locks the one made later is taken first. Reentrant, for the fork of a thread that holds it.
    """
    lock = threading.RLock()
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=lock.acquire, after_in_parent=lock.release, after_in_child=lock.release)
    return lock


@contextmanager
def working_on(name: Callable[[], str]) -> Iterator[None]:
    """Turn an unexpected error in the block into one that names what was worked on; `name` is called only then.

    Raises:
        WorkError: in place of anything that is not a `ClasseurError`.
    """
    try:
        yield
    except ClasseurError:
        raise
    except Exception as error:
        raise WorkError(name(), error) from error


def map_in_threads(
    function: Callable[[Row], Result],
    rows: Iterable[Row],
    *,
    num_threads: int | None = None,
    num_ahead: int = 16,
    name: Callable[[Row], str] | None = None,
) -> Iterator[Result]:
    """Yield `function(row)` for every row, in the order of the rows.

    Args:
        function: called in several threads at once.
        rows: consumed as needed.
        num_threads: at least 1; one per processor if None.
        num_ahead: results per thread that are computed ahead.
        name: what to call a row in the error about it.

    Raises:
        WorkError: naming the row, if `name` is given and `function` raises an unexpected error.
        Exception: otherwise what `function` raised, at its row; no further rows are started.

    >>> list(map_in_threads(abs, [-1, 2, -3], num_threads=2))
    [1, 2, 3]
    """
    num_threads = num_threads or num_processors()
    iterator = iter(rows)

    def work(row: Row) -> Result:
        if name is None:
            return function(row)
        with working_on(lambda: name(row)):
            return function(row)

    executor = ThreadPoolExecutor(num_threads, thread_name_prefix="classeur")
    try:
        waiting: deque[Future[Result]] = deque(
            executor.submit(work, row) for row in islice(iterator, num_threads * num_ahead)
        )
        while waiting:
            result = waiting.popleft().result()
            waiting.extend(executor.submit(work, row) for row in islice(iterator, 1))
            yield result
    finally:
        executor.shutdown(wait=True, cancel_futures=True)
