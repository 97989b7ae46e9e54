"""Where a command may write, checked before it begins: nothing of the user's is replaced unasked."""

from pathlib import Path

from classeur.data.tables import TABLE_ENDINGS
from classeur.data.tree import system_reason
from classeur.errors import StorageError, UsageError
from classeur.storage import is_output, mark_as_output, writing_to


def check_csv_place(
    to: Path, data: Path, *, option: str, use: str, overwrite: bool, exclude: Path | str | None = None
) -> None:
    """Check that a CSV may be written there.

    Args:
        to: the CSV.
        data: DATA of the command.
        option: that names the CSV, such as `--to`.
        use: what to do with the file that is there, if it is one that classeur has written.
        overwrite: whether the file that is there may be replaced; DATA and `exclude` never are.
        exclude: the list of images that are left out, if there is one.

    Raises:
        UsageError: otherwise.
    """
    if to.suffix.lower() not in TABLE_ENDINGS or to.is_dir():
        raise UsageError(f"{to} is not the name of a CSV; expected one that ends in .csv")
    if to.exists() and data.exists() and to.samefile(data):
        raise UsageError(f"{to} is DATA itself, and would be replaced; give another name with {option}")
    if exclude is not None and Path(exclude).exists() and to.exists() and to.samefile(exclude):
        raise UsageError(f"{to} is what --exclude names, and would be replaced; give another name with {option}")
    if _is_among_classes(to, data):
        raise UsageError(
            f"{to} is in a folder of {data}, where folders are classes; give a place beside the data, such as"
            f" {option} {to.name}"
        )
    if to.exists() and not overwrite:
        raise UsageError(f"{to} exists; {use}, replace it with --overwrite, or give another name with {option}")


def check_output_place(out: Path) -> None:
    """Check that what classeur writes may be in this folder: it is new, empty, or one that classeur has marked.

    Raises:
        StorageError: otherwise.
    """
    with writing_to(out):
        if out.exists() and not (out.is_dir() and (is_output(out) or not any(out.iterdir()))):
            what = "has files that classeur did not make" if out.is_dir() else "exists and is not a folder"
            raise StorageError(f"{out} {what}; give a new or an empty folder with --out")


def claim_output(out: Path) -> None:
    """Make a folder for what classeur writes, and mark it, so that nothing in it is taken for data.

    Raises:
        StorageError: if the folder is the user's own, or cannot be made.
    """
    check_output_place(out)
    mark_as_output(out)


def _is_among_classes(to: Path, data: Path) -> bool:
    """Return whether a file would be in a folder that is a class or a split of the data, or would become one."""
    if not data.is_dir():
        return False
    top, folder = data.resolve(), to.resolve().parent
    if folder == top or not folder.is_relative_to(top):
        return False
    between = [folder, *folder.parents]
    between = between[: between.index(top)]
    return not any(system_reason(each.name) or is_output(each) for each in between)
