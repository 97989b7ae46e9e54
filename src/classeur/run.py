"""Run: one training's directory. It alone knows the names of the files; it writes any noun and imports none."""

import csv
import io
import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar

from classeur.errors import BrokenRunError, NotARunError, RunExistsError, UnfinishedRunError
from classeur.storage import write_text, writing_to


class Noun(Protocol):
    """What a run can write and read: a pydantic model."""

    def model_dump(self, *, mode: str) -> dict[str, Any]:
        """Return it in JSON's types, for the mode `json`."""

    @classmethod
    def model_validate(cls, obj: Any) -> Self:
        """Return it from JSON's types."""


AnyNoun = TypeVar("AnyNoun", bound=Noun)


class Run:
    """A run directory; every file in it is written whole or not at all.

    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> run = Run.create(Path(folder.name) / "first")
    >>> run.write_facts({"status": "training"})
    >>> Run.open(run.path).facts["status"]
    'training'
    >>> folder.cleanup()
    """

    def __init__(self, path: Path) -> None:
        """Name the files of a run; use `create` or `open`, which look at what is there."""
        self.path = path
        self.facts_path = path / "run.json"
        self.local_path = path / "local.json"
        self.split_path = path / "split.csv"
        self.set_aside_path = path / "set_aside.csv"
        self.history_path = path / "history.csv"
        self.model_path = path / "model.keras"
        self.labels_path = path / "labels.txt"
        self.evaluation_path = path / "evaluation.json"
        self.predictions_path = path / "predictions.csv"
        self.diagnosis_path = path / "diagnosis.json"
        self.curves_path = path / "curves.png"
        self.errors_path = path / "errors.png"
        self.checkpoints_path = path / "checkpoints"

    @classmethod
    def create(cls, path: Path, *, overwrite: bool = False) -> Self:
        """Return a new, empty run directory.

        Raises:
            RunExistsError: if something is there that would be lost: anything but an empty folder, or with `overwrite`
                anything but a run.
            StorageError: if it cannot be made.
        """
        run = cls(path)
        cls.check_free(path, overwrite=overwrite)
        with writing_to(path):
            if run.facts_path.exists():
                shutil.rmtree(path)
            path.mkdir(parents=True, exist_ok=True)
        return run

    @classmethod
    def check_free(cls, path: Path, *, overwrite: bool = False) -> None:
        """Return if a run can be created there, without touching anything.

        Raises:
            RunExistsError: as `create` does.
        """
        is_run = cls(path).facts_path.exists()
        if is_run and not overwrite:
            raise RunExistsError(path, is_run=True)
        if not is_run and path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise RunExistsError(path, is_run=False)

    @classmethod
    def open(cls, path: "Path | str | Run") -> "Run":
        """Return an existing run directory; one that is open already as it is.

        Raises:
            NotARunError: if it is none.
        """
        if isinstance(path, Run):
            return path
        run = cls(Path(path))
        if not run.facts_path.is_file():
            raise NotARunError(run.path)
        return run

    @property
    def facts(self) -> dict[str, Any]:
        """Return run.json.

        Raises:
            BrokenRunError: if it is cut short.
        """
        return self._read_json(self.facts_path)

    def write_facts(self, facts: Mapping[str, Any]) -> None:
        """Write run.json."""
        write_text(self.facts_path, json.dumps(facts, indent=2, ensure_ascii=False) + "\n")

    def check_finished(self) -> None:
        """Return if the run has a model to work with.

        Raises:
            UnfinishedRunError: if its training goes on or was interrupted before it wrote one.
        """
        facts = self.facts
        if facts["status"] == "training":
            raise UnfinishedRunError(
                f"the training of {self.path} has not ended; go on with: classeur train --out {self.path} --resume"
            )

    @property
    def data(self) -> Path:
        """Return where the data lay when the run was trained, on this machine.

        Raises:
            BrokenRunError: if that is not known here, as in a run that was copied without local.json.
        """
        if not self.local_path.exists():
            raise BrokenRunError(f"{self.path} does not know where its data lie on this machine; name them with --data")
        return Path(self._read_json(self.local_path)["data"])

    def write_data(self, data: Path) -> None:
        """Write local.json: where the data lie on this machine."""
        write_text(self.local_path, json.dumps({"data": str(data.resolve())}, indent=2, ensure_ascii=False) + "\n")

    def write(self, path: Path, noun: Noun) -> None:
        """Write a noun as JSON to one of the run's paths."""
        # Not by `model_dump_json`, which refuses names that are no UTF-8.
        write_text(path, json.dumps(noun.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n")

    def read(self, path: Path, noun: type[AnyNoun]) -> AnyNoun:
        """Return the noun of one of the run's paths.

        Raises:
            BrokenRunError: if the file is missing or is not what it should be.
        """
        try:
            return noun.model_validate(json.loads(path.read_text(encoding="utf-8", errors="surrogateescape")))
        except (OSError, ValueError) as error:
            raise BrokenRunError(f"{path} is missing or damaged ({type(error).__name__})") from error

    def write_table(self, path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Write a CSV with a header to one of the run's paths."""
        write_text(path, to_csv(columns, rows))

    def read_table(self, path: Path) -> list[dict[str, str]]:
        """Return the rows of a CSV of the run.

        Raises:
            BrokenRunError: if it is missing or no CSV.
        """
        try:
            with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
                return list(csv.DictReader(file))
        except (OSError, ValueError, csv.Error) as error:
            raise BrokenRunError(f"{path} is missing or damaged ({type(error).__name__})") from error

    def _read_json(self, path: Path) -> dict[str, Any]:
        try:
            facts = json.loads(path.read_text(encoding="utf-8", errors="surrogateescape"))
        except (OSError, ValueError) as error:
            raise BrokenRunError(f"{path} is missing or damaged ({type(error).__name__})") from error
        if not isinstance(facts, dict):
            raise BrokenRunError(f"{path} is damaged: expected a JSON object")
        return facts

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"


def to_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    r"""Return rows as CSV text with a header and `\n` line ends.

    >>> to_csv(["path", "label"], [["a,b.jpg", "cats"]])
    'path,label\n"a,b.jpg",cats\n'
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()
