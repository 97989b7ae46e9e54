"""Files that are in no split, each with its reason: `set_aside.csv` of a run, and of a split beside its CSV."""

from collections.abc import Mapping
from pathlib import Path

from classeur.data.folder import LEFT_OUT, ImageFolder
from classeur.delivery.split_words import why_joining
from classeur.errors import UsageError
from classeur.run import Run, to_csv
from classeur.storage import write_text, writing_to

ASIDE_COLUMNS = ("path", "reason")
# How the reason of a new image begins that belongs to images in two splits.
JOINING = "a new image: "


def aside_rows(folder: ImageFolder, joining: Mapping[int, tuple[str, ...]]) -> list[tuple[str, str]]:
    """Return path and reason of every file that cannot be used or is left out, in the folder's order.

    Args:
        folder: as scanned, with what a plan leaves out.
        joining: rows of new images that are set aside → the splits that each would have joined.
    """
    told = {row: f"{JOINING}{why_joining(names)}" for row, names in joining.items()}
    reasons = [told.get(row, reason) for row, reason in enumerate(folder.reasons)]
    return [(path, reason) for path, reason in zip(folder.paths, reasons, strict=True) if reason]


def left_out(*runs: Run) -> dict[str, str]:
    """Return path and reason of each image that runs left out on request: by a plan, or as it leaks."""
    tables = [run.read_table(run.set_aside_path) for run in runs if run.set_aside_path.exists()]
    return {row["path"]: row["reason"] for rows in tables for row in rows if row["reason"].startswith(LEFT_OUT)}


def aside_path(manifest: Path) -> Path:
    """Return where a split lists what it leaves out.

    >>> aside_path(Path("splits/animals.csv")).as_posix()
    'splits/animals.set_aside.csv'
    """
    return manifest.with_name(f"{manifest.stem}.set_aside.csv")


def check_aside(manifest: Path) -> None:
    """Check that no file of the user's own is where a split lists what it leaves out.

    Raises:
        StorageError: if it cannot be read.
        UsageError: otherwise.
    """
    path = aside_path(manifest)
    with writing_to(path):
        if path.exists() and path.read_bytes()[:11] != b"path,reason":
            raise UsageError(
                f"{path} would list what the split leaves out, and another file has this name; give another name with"
                " --to"
            )


def write_aside(manifest: Path, rows: list[tuple[str, str]]) -> Path | None:
    """Write what a split leaves out, and return where; where it leaves out nothing, remove the list of an earlier one.

    Raises:
        StorageError: if it cannot be written.
    """
    path = aside_path(manifest)
    if rows:
        write_text(path, to_csv(ASIDE_COLUMNS, rows))
        return path
    with writing_to(path):
        path.unlink(missing_ok=True)
    return None
