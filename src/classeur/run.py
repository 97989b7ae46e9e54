"""Run: the directory of one training. Only this module knows the file names; it writes and reads any pydantic model."""

import csv
import re
import shlex
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Protocol, Self, TypeVar

from classeur.cells import guarded, unguarded
from classeur.errors import BrokenRunError, BusyRunError, FoldsError, NotARunError, RunExistsError
from classeur.storage import write_json, write_text, writing_to
from classeur.untrusted import LimitError, read_csv, read_json


class Noun(Protocol):
    """What a run can write and read: a pydantic model."""

    def model_dump(self, *, mode: str) -> dict[str, Any]:
        """Return its fields in JSON's types, for the mode `json`."""

    @classmethod
    def model_validate(cls, obj: Any) -> Self:
        """Return a model from JSON's types."""


# What a run holds once, whatever its images: 1,000 class names of 100 characters take a fortieth of it.
_MAX_BYTES = {"run.json": 2**22, "local.json": 2**22}

# What a file is called until it is whole: see storage.written_atomically.
_TEMPORARY = re.compile(r"^\.tmp-[0-9a-f]{8}-")

# Columns without which a file of the run is of no use.
_COLUMNS = {
    "split.csv": ("path", "label", "split", "hash"),
    "predictions.csv": ("label", "split", "predicted", "hash"),
    "folds.csv": ("path", "label", "split", "fold", "hash"),
    "leaks.csv": ("path", "label", "split", "hash"),
    "history.csv": ("epoch", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds"),
}

AnyNoun = TypeVar("AnyNoun", bound=Noun)


class Run:
    """A run directory; every file in it is written whole or not at all.

    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> with Run.creating(Path(folder.name) / "first") as run:
    ...     run.write_table(run.set_aside_path, ["path", "reason"], [["a.jpg", "cut short"]])
    >>> run.read_table(run.set_aside_path)
    [{'path': 'a.jpg', 'reason': 'cut short'}]
    >>> folder.cleanup()
    """

    def __init__(self, path: Path) -> None:
        """Name the files of a run without any check; use `creating` or `open` instead, which look at the directory."""
        self.path = path
        self.lock_path = path / ".lock"
        self.facts_path = path / "run.json"
        self.layers_path = path / "layers.json"
        self.folds_path = path / "folds.json"
        self.fold_table_path = path / "folds.csv"
        self.local_path = path / "local.json"
        self.split_path = path / "split.csv"
        self.set_aside_path = path / "set_aside.csv"
        self.leaks_path = path / "leaks.csv"
        self.history_path = path / "history.csv"
        self.learning_curve_path = path / "learning_curve.csv"
        self.balance_path = path / "balance.csv"
        self.model_path = path / "model.keras"
        self.onnx_path = path / "model.onnx"
        self.onnx_float16_path = path / "model.float16.onnx"
        self.usage_path = path / "usage"
        self.card_path = path / "card.md"
        self.labels_path = path / "labels.txt"
        self.evaluation_path = path / "evaluation.json"
        self.predictions_path = path / "predictions.csv"
        self.logits_path = path / "logits.npz"
        self.calibration_path = path / "calibration.json"
        self.unlike_path = path / "unlike.npz"
        self.risk_coverage_path = path / "risk_coverage.csv"
        self.risk_picture_path = path / "risk_coverage.png"
        self.diagnosis_path = path / "diagnosis.json"
        self.curves_path = path / "curves.png"
        self.errors_path = path / "errors.png"
        self.test_errors_path = path / "errors_test.png"
        self.report_path = path / "report.html"
        self.report_facts_path = path / "report.json"
        self.checkpoints_path = path / "checkpoints"

    def errors_of(self, split: str) -> Path:
        """Return the picture of the most confident errors on validation or test."""
        return self.test_errors_path if split == "test" else self.errors_path

    @classmethod
    @contextmanager
    def creating(cls, path: Path, *, overwrite: bool = False) -> Iterator[Self]:
        """Yield a new, empty run directory, which this process holds until the block is left.

        Raises:
            RunExistsError: if something other than an empty folder is there; with `overwrite`, if it is not a run.
            BusyRunError: if another process works on it.
            StorageError: if it cannot be made.
        """
        cls.check_free(path, overwrite=overwrite)
        run = cls(path)
        with writing_to(path):
            path.mkdir(parents=True, exist_ok=True)
        with run.held():
            with writing_to(path):
                for entry in path.iterdir():
                    if entry.is_dir() and not entry.is_symlink():
                        shutil.rmtree(entry)
                    elif entry != run.lock_path:
                        entry.unlink()
            yield run

    @contextmanager
    def held(self, *, leaves_lock: bool = False) -> Iterator[None]:
        """Keep other processes from working on this run inside the block.

        Args:
            leaves_lock: whether the file of the lock stays: by it a folder is known that a killed process left.

        Raises:
            BusyRunError: if another process holds it.
            StorageError: if the directory cannot be written.
        """
        from filelock import FileLock, Timeout  # predicting takes no lock, and importing this takes 20 ms

        lock = FileLock(self.lock_path, timeout=0)
        with writing_to(self.path):
            try:
                lock.acquire()
            except Timeout as error:
                raise BusyRunError(self.path) from error
        try:
            yield
        finally:
            if not leaves_lock:
                with suppress(OSError):
                    self.lock_path.unlink(missing_ok=True)
            lock.release()

    @classmethod
    def check_free(cls, path: Path, *, overwrite: bool = False) -> None:
        """Check that a run can be created there; nothing is written.

        Raises:
            RunExistsError, BusyRunError: as `creating` does.
        """
        run = cls(path)
        is_run = run.facts_path.exists() or run.folds_path.exists()
        if is_run and not overwrite:
            raise RunExistsError(path, is_run=True)
        if not is_run and path.exists() and not (path.is_dir() and run._may_be_replaced()):
            raise RunExistsError(path, is_run=False)
        if run.lock_path.exists():
            with run.held(leaves_lock=True):
                pass

    def _may_be_replaced(self) -> bool:
        """Return whether a folder without run.json is empty, or a process was killed in it before it wrote that file.

        Then it has the lock, and nothing but what is written first: a person's folder never looks so.
        """
        first = (self.local_path, self.split_path, self.set_aside_path, self.leaks_path, self.labels_path)
        names = {path.name for path in (self.lock_path, self.facts_path, *first)}
        there = {_TEMPORARY.sub("", path.name) for path in self.path.iterdir()}
        return not there or (self.lock_path.name in there and there <= names)

    @classmethod
    def open(cls, path: "Path | str | Run") -> "Run":
        """Return an existing run directory; a `Run` is returned unchanged.

        Raises:
            NotARunError: if it is not a run.
            FoldsError: if it holds the runs of a cross-validation.
        """
        run = path if isinstance(path, Run) else cls(Path(path))
        if run.holds_folds:
            raise FoldsError(run.path)
        if not isinstance(path, Run) and not run.facts_path.is_file():
            raise NotARunError(run.path)
        return run

    @property
    def holds_folds(self) -> bool:
        """Whether it holds the runs of a cross-validation, and is none itself."""
        return self.folds_path.is_file() and not self.facts_path.is_file()

    def fold(self, number: int) -> "Run":
        """Return the run of a fold, counted from 1."""
        return Run(self.path / f"fold{number}")

    @property
    def data(self) -> Path:
        """Return where the data are on this machine.

        Raises:
            BrokenRunError: if that is not known here, as in a run that was copied without local.json.
        """
        if not self.local_path.exists():
            run = shlex.quote(str(self.path))
            status = self.read_json(self.facts_path).get("status") if self.facts_path.exists() else "finished"
            # A training that never stopped cannot be evaluated yet; one that is finished has nothing to go on with.
            ways = [f"classeur evaluate {run} --data DIR"] * (status != "training")
            ways += [f"classeur train DIR --out {run} --resume"] * (status != "finished")
            raise BrokenRunError(
                f"{self.path} does not record where its data are on this machine; give their folder:"
                f" {', or '.join(ways)}"
            )
        data = self.read_json(self.local_path).get("data")
        if not isinstance(data, str):
            raise BrokenRunError(f"{self.local_path} does not name the data; remove it, and name them")
        return Path(data)

    @property
    def columns(self) -> dict[str, str] | None:
        """Return the columns of the CSV as they were given; None if they were not."""
        local = self.read_json(self.local_path) if self.local_path.exists() else {}
        return local.get("columns")

    @property
    def root(self) -> Path | None:
        """Return the folder that the paths of split.csv are relative to on this machine; None if that is not known."""
        local = self.read_json(self.local_path) if self.local_path.exists() else {}
        return Path(local["root"]) if isinstance(local.get("root"), str) else None

    @property
    def files(self) -> dict[str, str]:
        """Return the files of this machine that the training was given beside the data, by the names of its options."""
        local = self.read_json(self.local_path) if self.local_path.exists() else {}
        return {name: local[name] for name in ("exclude", "keep_split") if isinstance(local.get(name), str)}

    def write_data(
        self,
        data: Path,
        *,
        root: str | None = None,
        columns: Mapping[str, str] | None = None,
        files: Mapping[str, Path | str | None] | None = None,
    ) -> None:
        """Write local.json: what this machine knows of the data.

        Args:
            data: where they are.
            root: the folder that the paths of split.csv are relative to.
            columns: of a CSV, if they were given.
            files: what else the training was given, as `files` returns it; what an older local.json names, if None.
        """
        known = self.files if files is None else {name: Path(path).resolve() for name, path in files.items() if path}
        local: dict[str, Any] = {"data": str(data.resolve())}
        if root is not None:
            local["root"] = root
        if columns:
            local["columns"] = dict(columns)
        local.update({name: str(path) for name, path in known.items()})
        write_json(self.local_path, local)

    def write(self, path: Path, noun: Noun) -> None:
        """Write a pydantic model as JSON to one of the run's paths."""
        # Not by `model_dump_json`, which refuses file names that are not UTF-8.
        write_json(path, noun.model_dump(mode="json"))

    def read(self, path: Path, noun: type[AnyNoun]) -> AnyNoun:
        """Return the pydantic model in one of the run's files.

        Raises:
            BrokenRunError: if the file is missing, damaged or too large.
        """
        try:
            return noun.model_validate(read_json(path, max_bytes=_MAX_BYTES.get(path.name)))
        except (OSError, ValueError) as error:
            raise BrokenRunError(f"{path} is {_damage(error)}") from error

    def write_table(self, path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Write a CSV with a header to one of the run's paths."""
        write_text(path, to_csv(columns, rows))

    def read_table(self, path: Path) -> list[dict[str, str]]:
        """Return the rows of a CSV of the run.

        Raises:
            BrokenRunError: if it is missing, not a CSV or too large.
        """
        try:
            header, rows = read_csv(path)
            header = list(map(unguarded, header))
        except (OSError, ValueError, csv.Error) as error:
            raise BrokenRunError(f"{path} is {_damage(error)}") from error
        missing = [name for name in _COLUMNS.get(path.name, ()) if name not in header]
        if missing:
            raise BrokenRunError(f"{path} has no column {missing[0]}; train again with --overwrite")
        return [dict(zip(header, map(unguarded, row), strict=True)) for row in rows]

    def read_json(self, path: Path) -> dict[str, Any]:
        """Return the JSON object in one of the run's files.

        Raises:
            BrokenRunError: if the file is missing, damaged or too large.
        """
        try:
            facts = read_json(path, max_bytes=_MAX_BYTES.get(path.name))
        except (OSError, ValueError) as error:
            raise BrokenRunError(f"{path} is {_damage(error)}") from error
        if not isinstance(facts, dict):
            raise BrokenRunError(
                f"{path} is damaged (not a JSON object); train again with --overwrite, or copy the whole run again"
            )
        return facts

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"


def _damage(error: Exception) -> str:
    """Return what is wrong with a file, in words."""
    if isinstance(error, FileNotFoundError):
        return "missing; train again with --overwrite, or copy the whole run again"
    if isinstance(error, OSError):
        return f"not readable ({error.strerror or error})"
    if isinstance(error, LimitError):
        return f"not a file of a run ({error})"
    return "damaged; train again with --overwrite, or copy the whole run again"


def to_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    r"""Return rows as CSV text with a header and `\n` line ends; no cell is a formula to a spreadsheet.

    >>> to_csv(["path", "label"], [["a,b.jpg", "cats"]])
    'path,label\n"a,b.jpg",cats\n'
    """
    lines: list[str] = []
    # csv quotes a cell with a character of the line's end: a name that holds a carriage return is read as two lines.
    writer = csv.writer(SimpleNamespace(write=lines.append), lineterminator="\r\n")
    writer.writerow(guarded(columns))
    writer.writerows(map(guarded, rows))
    return "".join(line.removesuffix("\r\n") + "\n" for line in lines)
