import os
import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classeur import threads
from classeur.threads import map_in_threads, num_processors


@settings(max_examples=40)
@given(st.lists(st.integers(), max_size=60), st.integers(1, 5), st.integers(1, 4))
def test_it_is_map_whatever_the_threads(rows: list[int], num_threads: int, num_ahead: int) -> None:
    found = map_in_threads(lambda row: row * 2, iter(rows), num_threads=num_threads, num_ahead=num_ahead)
    assert list(found) == [row * 2 for row in rows]


def test_the_order_is_that_of_the_rows_though_the_first_is_slowest() -> None:
    def slow_at_first(row: int) -> int:
        time.sleep(0.02 if row % 4 == 0 else 0)
        return row

    assert list(map_in_threads(slow_at_first, range(12), num_threads=4)) == list(range(12))


def test_several_rows_are_worked_on_at_once() -> None:
    together = threading.Barrier(3, timeout=10)
    assert sorted(map_in_threads(lambda row: together.wait(), range(3), num_threads=3)) == [0, 1, 2]


def test_only_so_many_rows_are_taken_ahead() -> None:
    taken: list[int] = []

    def rows() -> Iterator[int]:
        for row in range(1000):
            taken.append(row)
            yield row

    results = map_in_threads(abs, rows(), num_threads=2, num_ahead=3)
    assert taken == []  # nothing begins before it is asked for
    for number in range(1, 5):
        next(results)
        assert len(taken) == 6 + number
    results.close()
    assert len(taken) == 10


def test_an_error_comes_at_its_row_and_no_more_are_begun() -> None:
    begun: list[int] = []

    def fails_at_five(row: int) -> int:
        begun.append(row)
        if row == 5:
            raise ZeroDivisionError("row 5")
        return row

    results = map_in_threads(fails_at_five, range(1000), num_threads=2, num_ahead=2)
    assert [next(results) for _ in range(5)] == [0, 1, 2, 3, 4]
    with pytest.raises(ZeroDivisionError, match="row 5"):
        next(results)
    assert max(begun) < 5 + 4 + 1
    assert list(results) == []


def test_what_waits_is_dropped_where_the_caller_stops() -> None:
    begun: list[int] = []

    def slow(row: int) -> int:
        begun.append(row)
        time.sleep(0.01)
        return row

    results = map_in_threads(slow, range(1000), num_threads=1, num_ahead=100)
    next(results)
    results.close()
    assert len(begun) < 50


def test_an_error_in_the_rows_surfaces() -> None:
    def rows() -> Iterator[int]:
        yield 1
        raise LookupError("no more")

    with pytest.raises(LookupError, match="no more"):
        list(map_in_threads(abs, rows(), num_threads=2))


@pytest.mark.parametrize("stop", ["close", "error", "end"])
def test_no_thread_outlives_the_caller(stop: str) -> None:
    before = threading.active_count()
    results = map_in_threads(lambda row: 1 // (row - 3 if stop == "error" else 1), range(50), num_threads=3)
    if stop == "close":
        next(results)
        assert threading.active_count() > before
        results.close()
    elif stop == "error":
        with pytest.raises(ZeroDivisionError):
            list(results)
    else:
        list(results)
    assert threading.active_count() == before


def test_one_thread_a_processor_where_none_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "num_processors", lambda: 3)
    together = threading.Barrier(3, timeout=10)
    assert len(list(map_in_threads(lambda row: together.wait(), range(3)))) == 3


def test_processors_are_those_that_may_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    assert 1 <= num_processors() <= (os.cpu_count() or 1)
    monkeypatch.setattr(threads, "os", SimpleNamespace(cpu_count=lambda: None))  # neither macOS nor Windows tells
    assert num_processors() == 1
    monkeypatch.setattr(threads, "os", SimpleNamespace(cpu_count=lambda: 7))
    assert num_processors() == 7
