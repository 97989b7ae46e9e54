"""Run directories: what may be created where, nouns and tables there and back, and what is said of damage."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import BaseModel

from classeur import storage
from classeur.errors import BrokenRunError, BusyRunError, NotARunError, RunExistsError, StorageError
from classeur.run import Run, to_csv


class Noun(BaseModel):
    name: str
    value: float
    sides: tuple[int, ...] = ()


@pytest.fixture
def run(tmp_path: Path) -> Run:
    with Run.creating(tmp_path / "runs" / "first") as made:
        made.write(made.facts_path, Noun(name="facts", value=1))
    return made


def made_at(path: Path, *, overwrite: bool = False) -> Run:
    with Run.creating(path, overwrite=overwrite) as run:
        return run


def test_a_new_run_is_an_empty_folder_or_takes_one(tmp_path: Path) -> None:
    assert list(made_at(tmp_path / "a" / "b").path.iterdir()) == []
    assert made_at(tmp_path / "a" / "b").path.is_dir()


def test_one_process_holds_a_run(run: Run, tmp_path: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom classeur.run import Run\n"
        "with Run(Path(sys.argv[1])).held():\n    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(run.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout
    assert other.stdout.readline() == "held\n"
    for attempt in (lambda: made_at(run.path, overwrite=True), lambda: Run.check_free(run.path, overwrite=True)):
        with pytest.raises(BusyRunError, match="another process"):
            attempt()
    with pytest.raises(BusyRunError), run.held():
        pass
    assert run.facts_path.exists()
    other.communicate("")
    with run.held():
        pass
    assert [path.name for path in run.path.iterdir()] == ["run.json"], "the lock leaves nothing"


def test_a_run_is_held_while_it_is_made(tmp_path: Path) -> None:
    with Run.creating(tmp_path / "run") as run:
        with pytest.raises(BusyRunError, match="another process"):
            made_at(run.path, overwrite=True)
        with pytest.raises(BusyRunError), run.held():
            pass
    with run.held():
        pass


def test_a_process_that_died_holds_nothing(run: Run) -> None:
    code = (
        "import os, sys\nfrom pathlib import Path\nfrom classeur.run import Run\n"
        "with Run(Path(sys.argv[1])).held():\n    os._exit(9)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(run.path)], check=False)
    assert run.lock_path.exists()
    assert list(made_at(run.path, overwrite=True).path.iterdir()) == []


@pytest.mark.parametrize("overwrite", [False, True])
def test_what_is_no_run_is_never_replaced(tmp_path: Path, overwrite: bool) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "thesis.txt").write_text("mine")
    for name in ("folder", "folder/thesis.txt"):
        with pytest.raises(RunExistsError, match="is not a classeur run"):
            made_at(tmp_path / name, overwrite=overwrite)
    assert (tmp_path / "folder" / "thesis.txt").read_text() == "mine"


@pytest.mark.parametrize(
    "files", [[], ["local.json"], ["local.json", "split.csv", "set_aside.csv", "leaks.csv", "labels.txt"]]
)
def test_a_run_whose_process_was_killed_before_it_wrote_facts_is_no_obstacle(tmp_path: Path, files: list[str]) -> None:
    path = tmp_path / "run"
    path.mkdir()
    for name in [".lock", ".tmp-0123abcd-run.json", *files]:
        (path / name).touch()
    Run.check_free(path)  # before the data are read
    with Run.creating(path) as run:
        assert [each.name for each in path.iterdir()] == [run.lock_path.name]


@pytest.mark.parametrize("there", [["split.csv"], [".lock", "split.csv", "cat.jpg"], [".lock", "model.keras"]])
def test_what_only_looks_like_such_a_run_is_kept(tmp_path: Path, there: list[str]) -> None:
    path = tmp_path / "run"
    path.mkdir()
    for name in there:
        (path / name).touch()
    with pytest.raises(RunExistsError, match="not a classeur run"), Run.creating(path):
        pass
    assert sorted(each.name for each in path.iterdir()) == sorted(there)


def test_a_run_is_replaced_whole_when_asked(run: Run) -> None:
    run.history_path.write_text("old")
    with pytest.raises(RunExistsError, match="--overwrite"):
        made_at(run.path)
    assert run.history_path.exists()
    run.checkpoints_path.mkdir()
    assert list(made_at(run.path, overwrite=True).path.iterdir()) == []


def test_a_place_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be written"):
        made_at(tmp_path / "file" / "run")


def test_open_wants_a_run(tmp_path: Path, run: Run) -> None:
    assert Run.open(str(run.path)).path == run.path
    with pytest.raises(NotARunError, match="does not exist"):
        Run.open(tmp_path / "nowhere")
    with pytest.raises(NotARunError, match=r"no run\.json"):
        Run.open(tmp_path)


@pytest.mark.parametrize("noun", [Noun(name="é", value=0.1, sides=(1, 2)), Noun(name="a\udcff", value=-3)])
def test_a_noun_comes_back_as_it_was(run: Run, noun: Noun) -> None:
    run.write(run.evaluation_path, noun)
    assert run.read(run.evaluation_path, Noun) == noun
    assert json.loads(run.evaluation_path.read_text(encoding="utf-8"))["name"] == noun.name


def test_a_loss_that_is_no_number_comes_back(run: Run) -> None:
    run.write(run.evaluation_path, Noun(name="", value=math.nan))
    assert math.isnan(run.read(run.evaluation_path, Noun).value)


def test_where_the_data_lie_comes_back(run: Run, tmp_path: Path) -> None:
    run.write_data(tmp_path / "x" / ".." / "data")
    assert Run.open(run.path).data == (tmp_path / "data").resolve()


def test_a_copied_run_does_not_know_its_data(run: Run) -> None:
    with pytest.raises(BrokenRunError, match="--data"):
        _ = run.data


@pytest.mark.parametrize(
    "path", ["a,b.jpg", 'quo"te.jpg', "line\nend.jpg", "Icon\r.jpg", "two\r\nends.jpg", "\udcff.jpg", " é .jpg"]
)
def test_a_table_comes_back(run: Run, path: str) -> None:
    run.write_table(run.set_aside_path, ("path", "reason"), [(path, "cut short")])
    assert run.read_table(run.set_aside_path) == [{"path": path, "reason": "cut short"}]
    assert to_csv(["a"], []) == "a\n"


@pytest.mark.parametrize("name", ["split.csv", "predictions.csv", "history.csv"])
def test_a_table_with_other_columns_is_said(run: Run, name: str) -> None:
    (run.path / name).write_text("a,b\n1,2\n")
    with pytest.raises(BrokenRunError, match=rf"{name} has no column"):
        run.read_table(run.path / name)


def test_a_place_of_the_data_that_is_none(run: Run) -> None:
    run.local_path.write_text("{}")
    with pytest.raises(BrokenRunError, match="does not name the data"):
        _ = run.data


@pytest.mark.parametrize("content", [None, "", "{", '{"name": 3}', "[]", "\xff"])
def test_damage_is_one_line_that_names_the_file(run: Run, content: str | None) -> None:
    if content is not None:
        run.evaluation_path.write_text(content, encoding="latin-1")
    with pytest.raises(BrokenRunError, match=r"evaluation\.json is (missing|damaged)") as caught:
        run.read(run.evaluation_path, Noun)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("content", ["", "{", "[]", "3"])
def test_facts_that_are_damaged(run: Run, content: str) -> None:
    run.facts_path.write_text(content)
    with pytest.raises(BrokenRunError, match=r"run\.json is (cut short or )?damaged"):
        run.read_json(run.facts_path)


def test_facts_that_are_larger_than_any_are_not_parsed(run: Run) -> None:
    run.facts_path.write_bytes(b"[" + b" " * 2**22 + b"]")
    with pytest.raises(BrokenRunError, match=r"run\.json is not a file of a run .*at most 4,194,304"):
        run.read_json(run.facts_path)
    with pytest.raises(BrokenRunError, match="at most 4,194,304"):
        run.read(run.facts_path, Noun)


def test_tables_that_are_missing(run: Run) -> None:
    with pytest.raises(BrokenRunError, match=r"history\.csv is missing"):
        run.read_table(run.history_path)


def test_a_full_disk_leaves_the_old_file(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Path, *arguments: object, **options: object) -> int:
        self.touch()
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(storage.Path, "write_text", fail)
    with pytest.raises(StorageError, match="the disk is full"):
        run.write(run.facts_path, Noun(name="newer", value=2))
    monkeypatch.undo()
    assert run.read(run.facts_path, Noun).name == "facts"
    assert [path.name for path in run.path.iterdir()] == ["run.json"]


def test_a_run_names_its_folder() -> None:
    assert repr(Run(Path("runs/a"))) == "Run('runs/a')"


@pytest.mark.parametrize(
    ("status", "advised"),
    [
        ("finished", "classeur evaluate {} --data DIR"),
        ("training", "classeur train DIR --out {} --resume"),
        ("stopped", "classeur evaluate {0} --data DIR, or classeur train DIR --out {0} --resume"),
    ],
)
def test_a_moved_run_is_told_what_it_can_do(tmp_path: Path, status: str, advised: str) -> None:
    run = Run(tmp_path)
    run.facts_path.write_text(json.dumps({"status": status}))
    with pytest.raises(BrokenRunError) as caught:
        run.data  # noqa: B018  (a property that fails)
    assert str(caught.value).endswith(f"; give their folder: {advised.format(tmp_path)}")
