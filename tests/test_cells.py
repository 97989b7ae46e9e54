import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classeur.cells import guarded, unguarded
from classeur.data.tables import read_table
from classeur.run import Run, to_csv

CELLS = st.text(st.sampled_from("'=+-@\t\r1.ea \",\n"), max_size=6)


@given(st.lists(CELLS))
def test_every_cell_is_read_back_unchanged(cells: list[str]) -> None:
    assert [unguarded(cell) for cell in guarded(cells)] == cells


@given(CELLS)
def test_no_cell_runs_but_numbers_stay_numbers(cell: str) -> None:
    (written,) = guarded([cell])
    if written[:1] in tuple("=+-@\t\r"):
        assert written == cell
        float(written)


@pytest.mark.parametrize("number", ["-1", "+0.25", "-1e-07", "12"])
def test_a_number_is_written_as_it_is(number: str) -> None:
    assert guarded([number]) == [number]


def test_what_is_no_cell_of_ours_is_read_as_it_is() -> None:
    assert [unguarded(cell) for cell in ("=x", "'a", "-x", "")] == ["=x", "'a", "-x", ""]


def test_the_tables_of_a_run_run_nothing(tmp_path: Path) -> None:
    run, names = Run(tmp_path), ["=1+1.jpg", "@x.jpg", "'=x.jpg", "+.jpg", "-1", "a.jpg"]
    run.write_table(run.set_aside_path, ("path", "=reason"), [(name, "") for name in names])
    written = [line[0] for line in csv.reader(io.StringIO(run.set_aside_path.read_text(encoding="utf-8")))]
    assert written == ["path", "'=1+1.jpg", "'@x.jpg", "''=x.jpg", "'+.jpg", "-1", "a.jpg"]
    assert run.read_table(run.set_aside_path) == [{"path": name, "=reason": ""} for name in names]


def test_a_table_that_classeur_wrote_is_data(tmp_path: Path) -> None:
    rows = [("=a.jpg", "-cats"), ("'@b.jpg", "+dogs"), ("-1.jpg", "-1")]
    for name, _ in rows:
        (tmp_path / name).touch()
    (tmp_path / "split.csv").write_text(to_csv(("path", "label"), rows), encoding="utf-8")
    table = read_table(tmp_path / "split.csv")
    assert list(zip(table.paths, table.labels, strict=True)) == rows
