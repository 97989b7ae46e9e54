"""Where commands may write: nothing of the user's is replaced unasked, and no output becomes data."""

from collections.abc import Callable
from pathlib import Path

import pytest

import classeur
from classeur.delivery.progress import Reporter
from classeur.errors import StorageError, UsageError
from classeur.workflows.inspection import examine

QUIET = Reporter()
MakeFolder = Callable[..., Path]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", ["cats/00.jpg", "notes.txt", "cats"])
def test_a_plan_is_a_csv(image_folder: MakeFolder, name: str) -> None:
    data = image_folder()
    (data / "notes.txt").write_text("mine")
    before = contents(data)
    with pytest.raises(UsageError, match="is not the name of a CSV"):
        classeur.inspect(data, plan=data / name, image_size=8, overwrite=True, reporter=QUIET)
    assert contents(data) == before


def test_a_file_that_is_there_is_replaced_only_when_asked(image_folder: MakeFolder, tmp_path: Path) -> None:
    data, plan = image_folder(), tmp_path / "plan.csv"
    plan.write_text("path\ndata/cats/00.jpg\n")
    with pytest.raises(UsageError, match=r"plan\.csv exists; leave its images out with --exclude .*plan\.csv, replace"):
        classeur.inspect(data, plan=plan, image_size=8, reporter=QUIET)
    assert plan.read_text() == "path\ndata/cats/00.jpg\n"
    classeur.inspect(data, plan=plan, image_size=8, overwrite=True, reporter=QUIET)
    assert plan.read_text() == "path,label,finding,reason\n"


def test_data_is_never_replaced(image_folder: MakeFolder, tmp_path: Path) -> None:
    image_folder()
    table = tmp_path / "data.csv"
    table.write_text("path,label\ndata/cats/00.jpg,cat\ndata/dogs/00.jpg,dog\n")
    before = table.read_bytes()
    with pytest.raises(UsageError, match="is DATA itself"):
        classeur.inspect(table, plan=table, image_size=8, overwrite=True, reporter=QUIET)
    assert table.read_bytes() == before


@pytest.mark.parametrize("write", [
    lambda data, out: classeur.inspect(data, out=out, image_size=8, reporter=QUIET),
    lambda data, out: classeur.preview(data, out=out, image_size=8, reporter=QUIET),
])  # fmt: skip
def test_a_folder_of_the_users_own_gets_no_pictures(
    image_folder: MakeFolder, write: Callable[[Path, Path], object]
) -> None:
    data = image_folder()
    before = contents(data)
    with pytest.raises(StorageError, match="has files that classeur did not make; give a new or an empty folder"):
        write(data, data / "cats")
    assert contents(data) == before
    out = data.parent / "out"
    out.mkdir()
    write(data, out)  # it is empty
    write(data, out)  # and marked


@pytest.mark.parametrize("place", ["new/x/y.csv", "cats/y.csv"])
def test_no_csv_is_put_among_the_classes(image_folder: MakeFolder, place: str) -> None:
    data = image_folder()
    before = contents(data)
    for option, write in (
        ("--to", lambda to: classeur.split(data, to=to, reporter=QUIET)),
        ("--plan", lambda to: classeur.inspect(data, plan=to, image_size=8, reporter=QUIET)),
    ):
        with pytest.raises(UsageError, match=rf"where folders are classes; give a place .* {option} y\.csv"):
            write(data / place)
    assert contents(data) == before
    assert not (data / "new").exists()


@pytest.mark.parametrize("place", ["split.csv", "findings/split.csv"])
def test_at_the_top_of_the_data_and_in_an_output_there_a_csv_does_no_harm(image_folder: MakeFolder, place: str) -> None:
    data = image_folder()
    classeur.inspect(data, out=data / "findings", image_size=8, reporter=QUIET)
    classeur.split(data, to=data / place, reporter=QUIET)
    assert examine(data, {"image_size": 8}, reporter=QUIET).folder.class_names == ("cats", "dogs")


@pytest.mark.parametrize("place", ["findings", "new/findings", "cats/findings"])
def test_output_inside_the_data_is_no_class(image_folder: MakeFolder, place: str) -> None:
    data = image_folder()
    classeur.inspect(data, out=data / place, image_size=8, reporter=QUIET)
    folder = examine(data, {"image_size": 8}, reporter=QUIET).folder
    assert folder.class_names == ("cats", "dogs")
    assert len(folder.paths) == 8
