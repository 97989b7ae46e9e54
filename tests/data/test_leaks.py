from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from hypothesis import given
from hypothesis import strategies as st

from classeur.data.findings import Command
from classeur.data.folder import ImageFolder
from classeur.data.leaks import find_leaks, leak_findings, without_leaks
from classeur.data.near_duplicates import NearDuplicate
from classeur.data.splitting import groups_of
from classeur.data.together import kept_together
from classeur.delivery.wording import command_line
from classeur.delivery.words import advice

MakeFolder = Callable[..., ImageFolder]


def leaks_of(folder: ImageFolder, pairs: list[NearDuplicate] | None = None) -> Any:
    return find_leaks(folder, pairs or [], kept_together(folder, pairs or []))


def test_each_kind_is_told_with_the_training_image(folder_of: MakeFolder) -> None:
    names = ["train", "train", "train", "train", *["validation"] * 6, "test"]
    folder = folder_of(
        ["a"] * 11,
        splits=names,
        hashes=list("0123") + ["0"] + list("456789"),
        groups=["", "", "p", "", "", "", "p", "", "", "", ""],
        cameras=["EOS"] * 11,
        taken=[0, 0, 0, 1e9, 0, 0, 0, 1e9 + 1, 0, 0, 0],
    )
    pairs = [NearDuplicate(1, 5, "mirrored", 0.9), NearDuplicate(5, 8, "moved", 0.9), NearDuplicate(1, 10, "copy", 0.9)]
    found = leaks_of(folder, pairs)
    assert [tuple(leak) for leak in found["validation"]] == [
        (4, "identical", 0), (5, "near-duplicate", 1), (6, "group", 2), (7, "burst", 3), (8, "chain", 1),
    ]  # fmt: skip
    assert [tuple(leak) for leak in found["test"]] == [(10, "near-duplicate", 1)]
    validation, test = leak_findings(folder, folder.splits, found)
    assert (validation.severity, validation.values["num_leaks"], validation.values["num_images"]) == ("error", 5, 6)
    assert validation.values["pairs"] == [["a/4.jpg", "a/0.jpg"], ["a/5.jpg", "a/1.jpg"], ["a/6.jpg", "a/2.jpg"]]
    assert [change.options for change in validation.changes] == [{"drop_leaks": True}]
    (change,) = test.changes
    assert change.command == Command(verb="split", arguments=(folder.data,), options={"anew": True, "to": "anew.csv"})
    left = without_leaks(folder, found["validation"])
    assert [row for row, reason in enumerate(left.reasons) if reason] == [4, 5, 6, 7, 8]
    assert left.reasons[5] == "left out by --drop-leaks: near-duplicate of a/1.jpg, which is in training"
    assert leaks_of(left, pairs)["validation"] == []


def test_of_a_validation_that_leaks_throughout_all_is_divided_anew(folder_of: MakeFolder) -> None:
    folder = folder_of(["a"] * 4, splits=["train", "train", "validation", "validation"], hashes=["1", "2", "2", "1"])
    leaks = leaks_of(folder)
    (finding,) = leak_findings(folder, folder.splits, leaks, reading={"columns": None, "group_by": "folder"})
    (change,) = finding.changes
    assert change.command is not None
    assert command_line(change.command) == f"classeur split {folder.data} --anew --group-by folder --to anew.csv"
    # The splits that are kept or given are not the data's own.
    (finding,) = leak_findings(folder.unsplit(), folder.splits, leaks)
    assert advice(finding).endswith(f"on one side: classeur split {folder.data} --to anew.csv")


def test_a_zip_is_unpacked_before_it_is_divided_anew(folder_of: MakeFolder, tmp_path: Path) -> None:
    with ZipFile(tmp_path / "pets.zip", "w") as archive:
        archive.writestr("train/a/1.jpg", b"")
    folder = folder_of(["a", "a"], splits=["train", "test"], hashes=["1", "1"])
    folder = folder.model_copy(update={"data": str(tmp_path / "pets.zip")})
    (finding,) = leak_findings(folder, folder.splits, leaks_of(folder), reading={"group_by": "folder"})
    assert advice(finding).endswith(
        ": unpack the zip, then classeur split FOLDER --anew --group-by folder --to anew.csv"
    )


def test_what_is_unsplit_or_broken_does_not_leak(folder_of: MakeFolder) -> None:
    assert leaks_of(folder_of(["a", "a"], hashes=["1", "1"])) == {"validation": [], "test": []}
    splits = ["train", "validation", "validation", "train"]
    folder = folder_of(["a"] * 4, splits=splits, hashes=["1", "1", "2", "2"], reasons=["broken", "", "", ""])
    assert [leak.row for leak in leaks_of(folder)["validation"]] == [2]


ROWS = st.lists(
    st.tuples(st.sampled_from(["train", "validation", "test"]), st.integers(0, 6), st.sampled_from(["", "p", "q"])),
    min_size=1,
    max_size=20,
)


@given(ROWS, st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)), max_size=6))
def test_what_is_left_has_no_group_across(
    folder_of: MakeFolder, rows: list[tuple[str, int, str]], ends: list[tuple[int, int]]
) -> None:
    names, contents, groups = (list(column) for column in zip(*rows, strict=True))
    folder = folder_of(["a"] * len(rows), splits=names, hashes=[str(each) for each in contents], groups=groups)
    pairs = [NearDuplicate(min(pair), max(pair), "copy", 0.9) for pair in ends if max(pair) < len(rows)]
    together = kept_together(folder, pairs, long_bursts=True)
    found = find_leaks(folder, pairs, together)
    left = without_leaks(folder, [*found["validation"], *found["test"]])
    kept = [row for row, reason in enumerate(left.reasons) if not reason]
    for group in groups_of(folder, kept, together):
        assert "train" not in {names[row] for row in group} or {names[row] for row in group} == {"train"}
    # And no image was left out in vain.
    for leak in (*found["validation"], *found["test"]):
        assert names[leak.other] == "train"
        whole = next(group for group in groups_of(folder, range(len(rows)), together) if leak.row in group)
        assert leak.other in whole
