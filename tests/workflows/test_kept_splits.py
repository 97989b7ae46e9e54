"""What is said of splits that separate what belongs together, and of older splits that are kept as data grow."""

import os
import re
import shlex
import shutil
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from listening import Listener
from photographs import draw_photograph
from PIL import Image

import classeur
from classeur.cli import _status
from classeur.data.tables import Table, read_table
from classeur.delivery.progress import Reporter
from classeur.errors import LayoutError, TableError, UsageError
from classeur.run import Run
from classeur.training.facts import FoldsFacts, RunFacts, write_facts
from classeur.training.recipe import Recipe, make_recipe
from classeur.workflows.folds import FOLD_COLUMNS
from classeur.workflows.keeping import grouping_to_keep, kept_file
from classeur.workflows.preparation import SPLIT_COLUMNS, prepare

MakeFolder = Callable[..., Path]
QUIET = Reporter()


@pytest.fixture
def pets(image_folder: MakeFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return image_folder({"cats": 20, "dogs": 20}, name="pets", size=(9, 8))


def recipe(**options: object) -> Recipe:
    return make_recipe({"model": "tutorial", "image_size": 8, **options})


def table(to: str, rows: Iterable[tuple[object, ...]], *columns: str) -> str:
    lines = [",".join(("path", "label", *columns)), *(",".join(map(str, row)) for row in rows)]
    Path(to).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return to


def images(pets: Path) -> list[tuple[str, str, int]]:
    """Return path, label and number of each image."""
    return [
        (f"{pets.name}/{path.parent.name}/{path.name}", path.parent.name, number)
        for label in ("cats", "dogs")
        for number, path in enumerate(sorted((pets / label).iterdir()))
    ]


def add_more(pets: Path, image_folder: MakeFolder, number: int, *, seed: int = 5) -> None:
    for path in image_folder({"cats": number, "dogs": number}, name=f"more{seed}", size=(9, 8), seed=seed).rglob(
        "*.*g"
    ):
        path.rename(pets / path.parent.name / f"new{seed}_{path.name}")


def test_groups_that_a_given_split_separates_are_counted_and_named(
    pets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Patients 0 … 3 are on both sides, 4 and 5 are not.
    rows = [
        (path, label, f"p{number % 4 if number < 12 else 4 + (number < 16)}", "val" if 8 <= number < 16 else "train")
        for path, label, number in images(pets)
    ]
    table("given.csv", rows, "patient", "split")
    assert _status(["split", "given.csv", "--group-by", "patient", "--to", "s.csv"], debug=True) == 0
    out, err = capsys.readouterr()
    assert "not separated: 2 groups of two images or more" in out
    assert "separated, as given: 4 groups" in out
    line = (
        "8 of 16 validation images (50.0%) belong with images in training (8 of the same group), such as"
        " pets/cats/08.jpg with pets/cats/00.jpg, pets/cats/09.png with pets/cats/01.png, pets/cats/10.jpg with"
        " pets/cats/02.jpg"
    )
    assert f"{line}; leave them out of validation with train --drop-leaks" in " ".join(err.split())
    listener = Listener()
    prepare("given.csv", recipe(group_by="patient"), reporter=listener)
    assert any(line in text for text in listener.told)


def test_what_an_older_split_separates_is_counted_and_named(pets: Path) -> None:
    classeur.split(pets, to="old.csv", shares="60/40", reporter=QUIET)
    old = read_table(Path("old.csv"))
    side = dict(zip(old.paths, old.splits, strict=True))
    one, other = (next(path for path, name in side.items() if name == which) for which in ("train", "validation"))
    rows = [(path, label, "q" if path in (one, other) else "") for path, label, _ in images(pets)]
    table("now.csv", rows, "patient")
    listener = Listener()
    made = classeur.split("now.csv", to="new.csv", keep="old.csv", group_by="patient", reporter=listener)
    assert (made.num_groups, made.num_separated) == (0, 1)
    line = (
        f"1 of 16 validation images (6.2%) belongs with images in training (1 of the same group), such as {other} with"
        f" {one}"
    )
    advised = "leave it out of validation with train --drop-leaks"
    assert f"{line}; {advised}" in listener.told
    listener = Listener()
    prepared = prepare("now.csv", recipe(group_by="patient"), keep_split="old.csv", reporter=listener)
    said = f"{line}; it does not count; {advised}; leaks.csv lists them all"
    assert said in listener.told, "inspect does not know the older split"
    assert len(prepared.leaks["validation"]) == 1
    assert "40 images as in old.csv; identical files on one side (split.csv)" in listener.told
    assert not any("the data have no validation" in text for text in listener.told)


def test_what_is_advised_of_a_kept_split_that_leaks_can_be_done(pets: Path) -> None:
    classeur.split(pets, to="old.csv", shares="60/40", reporter=QUIET)
    old = read_table(Path("old.csv"))
    one, other = (old.paths[old.splits.index(name)] for name in ("train", "validation"))
    rows = [(path, label, "q" if path in (one, other) else "") for path, label, _ in images(pets)]
    table("now.csv", rows, "patient")
    listener = Listener()
    asked = recipe(group_by="patient", drop_leaks=True)
    prepared = prepare("now.csv", asked, keep_split="old.csv", reporter=listener)
    assert prepared.counts == {"found": 40, "used": 39, "set_aside": 1, "left_out": 0, "train": 24, "validation": 15}
    assert [path for path, _ in prepared.folder.set_aside()] == [other]
    assert "1 of 16 validation images is left out by --drop-leaks (leaks.csv)" in listener.told
    assert not listener.warned[1:]
    again = prepare("now.csv", asked, made_split=lambda _: prepared.split, keep_split=None, reporter=QUIET)
    assert again.split == prepared.split, "a run that goes on has its split recorded"
    rows = [(path, label, number // 2) for path, label, number in images(pets)]
    judged = [path for path, side in zip(old.paths, old.splits, strict=True) if side == "validation"]
    table(
        "all.csv", [(path, label, "q" if path == one or path in judged else "") for path, label, _ in rows], "patient"
    )
    with pytest.raises(UsageError, match=r"all 16 belong with images in training; leave out --keep-split old\.csv, so"):
        prepare("all.csv", asked, keep_split="old.csv", reporter=QUIET)
    table("own.csv", [(*row[:2], "q", "val" if row[0] in judged else "train") for row in rows], "patient", "split")
    with pytest.raises(UsageError, match=r"in training; divide all images anew, .*: classeur split own\.csv --anew"):
        prepare("own.csv", asked, reporter=QUIET)


def test_a_class_that_its_own_split_lacks_is_not_said_to_be_in_few_groups(pets: Path) -> None:
    rows = [
        (path, label, "test" if label == "cats" and number < 4 else "val" if number % 4 == 1 else "train")
        for path, label, number in images(pets)
    ]
    table("own.csv", rows, "split")
    listener = Listener()
    classeur.split("own.csv", to="s.csv", reporter=listener)
    assert "no test image of dogs: own.csv names none" in listener.told


def test_shares_that_leave_no_test_are_not_said_to_be_few_groups(pets: Path) -> None:
    listener = Listener()
    classeur.split(pets, shares="1/98/1", reporter=listener)
    assert (
        "there is no test: training and validation take all images of a class; its share is for training"
        in listener.told
    )


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"drop_leaks": True}, "--drop-leaks cannot be combined with --folds, .*; leave it out, and where DATA names"),
        ({"validation_share": 0.3}, "--validation-share cannot be combined with --folds, of which each validates in"),
    ],
)
def test_what_folds_cannot_have_is_refused(pets: Path, options: dict[str, Any], match: str) -> None:
    with pytest.raises(UsageError, match=match):
        classeur.train(pets, out="out", folds=3, model="tutorial", image_size=8, reporter=QUIET, **options)
    assert not Path("out").exists()


def folded(pets: Path, *, is_whole: bool) -> str:
    """A CSV with folds, which separate the patients or do not."""
    rows = [
        (path, label, number // 4, number // 4 % 3 + 1 if is_whole else number % 3 + 1)
        for path, label, number in images(pets)
    ]
    return table("folds.csv", rows, "patient", "fold")


def test_folds_of_data_with_a_validation_name_the_command_that_makes_them(pets: Path) -> None:
    rows = [(path, label, "val" if number % 4 == 1 else "train") for path, label, number in images(pets)]
    table("own.csv", rows, "split")
    with pytest.raises(UsageError, match="nothing to divide into folds; leave --folds out, or divide all") as refused:
        classeur.train("own.csv", out="out", folds=3, model="tutorial", image_size=8, reporter=QUIET)
    command = str(refused.value).partition(": classeur ")[2]
    assert command == "split own.csv --anew --folds 3 --to anew.csv", "as wherever data are to be divided anew"
    assert _status(shlex.split(command), debug=True) == 0
    assert classeur.split("anew.csv", to="s.csv", folds=3, reporter=QUIET).num_folds == 3


def test_folds_of_a_few_images_are_named(pets: Path) -> None:
    line = (
        "each of the 20 folds has 2 … 2 images, so the spread between them says little; with fewer folds it says more"
    )
    listeners = Listener(), Listener()
    for listener, folds in zip(listeners, (20, 5), strict=True):
        classeur.split(pets, to=f"{folds}.csv", folds=folds, reporter=listener)
    assert [line in listener.told for listener in listeners] == [True, False]


def test_folds_that_a_csv_names_are_followed_where_they_keep_groups_whole(pets: Path) -> None:
    listener = Listener()
    made = classeur.split(folded(pets, is_whole=True), to="s.csv", folds=3, group_by="patient", reporter=listener)
    assert (made.num_groups, made.num_separated, listener.told) == (5, 0, [])


def test_folds_that_a_csv_names_are_refused_where_they_separate_groups_that_are_asked_for(pets: Path) -> None:
    folded(pets, is_whole=False)
    match = "--group-by patient cannot be followed: the folds that folds.csv names separate group 0 and 4 more;"
    with pytest.raises(UsageError, match=match):
        classeur.split("folds.csv", to="s.csv", folds=3, group_by="patient", reporter=QUIET)
    with pytest.raises(UsageError, match=match):
        classeur.train(
            "folds.csv", out="out", folds=3, model="tutorial", image_size=8, group_by="patient", reporter=QUIET
        )
    assert not Path("out").exists()


def test_folds_that_a_csv_names_and_that_leak_are_named_with_the_share(
    pets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folded(pets, is_whole=False)
    first, second, *_ = sorted(pets.glob("cats/*"))
    second.write_bytes(first.read_bytes())
    line = (
        "2 of 40 images (5.0%) belong with images in other folds (2 identical), such as pets/cats/00.jpg with"
        " pets/cats/01.png; divide all images anew, with what belongs together on one side: classeur split folds.csv"
        " --anew --folds 3 --to anew.csv"
    )
    listener = Listener()
    made = classeur.split("folds.csv", to="s.csv", folds=3, reporter=listener)
    assert line in listener.told
    assert (made.num_groups, made.num_separated) == (0, 1)
    monkeypatch.setattr("classeur.workflows.folds._train_fold", lambda *_, **__: True)
    listener = Listener()
    classeur.train("folds.csv", out="out", folds=3, model="tutorial", image_size=8, reporter=listener)
    assert line in listener.told
    listener = Listener()
    assert _status(shlex.split(line.partition(": classeur ")[2]), debug=True) == 0
    assert classeur.split("anew.csv", to="s.csv", folds=3, overwrite=True, reporter=listener).num_separated == 0
    assert not [text for text in listener.told if "belong" in text]


@pytest.mark.parametrize("shares", ["80/20", "50/30/20"])
def test_as_data_grow_they_keep_the_shares_of_the_older_file(pets: Path, image_folder: MakeFolder, shares: str) -> None:
    before = classeur.split(pets, to="old.csv", shares=shares, reporter=QUIET)
    add_more(pets, image_folder, 20)
    after = classeur.split(pets, to="new.csv", keep="old.csv", reporter=QUIET)
    doubled = {name: {label: 2 * count for label, count in counts.items()} for name, counts in before.counts.items()}
    assert after.counts == doubled
    prepared = prepare(pets, recipe(), keep_split="old.csv", reporter=QUIET)
    assert Counter(prepared.split.splits) == {name: sum(counts.values()) for name, counts in doubled.items()}
    asked = classeur.split(pets, to="asked.csv", keep="old.csv", shares="40/60", reporter=QUIET)
    assert sum(asked.counts["validation"].values()) == 48


def test_shares_that_change_nothing_are_not_ignored_silently(pets: Path, image_folder: MakeFolder) -> None:
    classeur.split(pets, to="old.csv", shares="80/20", reporter=QUIET)

    def told() -> tuple[list[str], list[str]]:
        listeners = Listener(), Listener()
        prepare(pets, recipe(validation_share=0.4), keep_split="old.csv", reporter=listeners[0])
        classeur.split(pets, to="new.csv", keep="old.csv", shares="60/40", overwrite=True, reporter=listeners[1])
        return listeners[0].told, listeners[1].told

    line = "changes nothing: no image is new, and all others stay where they are in old.csv"
    trained, divided = told()
    assert f"--validation-share 0.4 {line}" in trained
    assert f"--shares 60/40 {line}" in divided
    add_more(pets, image_folder, 9)
    trained, divided = told()
    assert not [text for text in (*trained, *divided) if "changes nothing" in text]
    assert any("18 new images divided by a share of 40%, by seed 0" in text for text in trained)


def test_new_images_make_up_a_split_whose_images_are_gone(pets: Path, image_folder: MakeFolder) -> None:
    classeur.split(pets, to="old.csv", shares="80/20", reporter=QUIET)
    old = read_table(Path("old.csv"))
    for path, name in zip(old.paths, old.splits, strict=True):
        if name == "validation":
            Path(path).unlink()
    match = "pets has no image to use for validation: 32 stay in training as in old.csv, and no new one can be taken"
    with pytest.raises(LayoutError, match=match):
        classeur.split(pets, to="new.csv", keep="old.csv", reporter=QUIET)
    with pytest.raises(LayoutError, match=match):
        prepare(pets, recipe(), keep_split="old.csv", reporter=QUIET)
    add_more(pets, image_folder, 9)
    made = classeur.split(pets, to="new.csv", keep="old.csv", reporter=QUIET)
    assert made.counts == {"train": {"cats": 20, "dogs": 20}, "validation": {"cats": 5, "dogs": 5}}
    listener = Listener()
    prepare(pets, recipe(), keep_split="old.csv", reporter=listener)
    how = "32 images as in old.csv; 18 new images divided by its shares, by seed 0; identical files on one side"
    assert f"{how} (split.csv)" in listener.told


def test_a_file_without_images_to_train_on_is_not_written(pets: Path) -> None:
    classeur.split(pets, to="old.csv", shares="80/20", reporter=QUIET)
    old = read_table(Path("old.csv"))
    for path, name in zip(old.paths, old.splits, strict=True):
        if name == "train" and "dogs" in path:
            Path(path).unlink()
    match = "pets has no image of dogs to train on: all stay in validation or test as in old.csv; add images"
    with pytest.raises(LayoutError, match=match):
        classeur.split(pets, to="new.csv", keep="old.csv", reporter=QUIET)
    assert not Path("new.csv").exists()
    with pytest.raises(LayoutError, match=match):
        prepare(pets, recipe(), keep_split="old.csv", reporter=QUIET)


PATIENT = r"/(p\d+)_"


@pytest.fixture
def patients(pets: Path) -> Path:
    """Ten patients, four images of each, half of them cats."""
    for path in list(pets.rglob("*.*g")):
        number = int(path.stem) // 4 + (5 if path.parent.name == "dogs" else 0)
        path.rename(path.with_name(f"p{number}_{path.name}"))
    return pets


def add_patients(pets: Path, *names: str) -> None:
    for number, name in enumerate(names):
        draw_photograph(number, size=(24, 20)).save(pets / "cats" / f"{name}_new{number}.png")


def by_patient(table: Table) -> dict[str, set[str]]:
    """Return {patient: the splits of its images}."""
    sides: dict[str, set[str]] = {}
    for path, side in zip(table.paths, table.splits, strict=True):
        sides.setdefault(path.rpartition("/")[2].partition("_")[0], set()).add(side)
    return sides


def test_groups_of_an_older_split_stay_whole_as_data_grow(patients: Path) -> None:
    classeur.split(patients, to="old.csv", group_by=PATIENT, reporter=QUIET)
    old = read_table(Path("old.csv"))
    held = next(name for name, sides in by_patient(old).items() if sides == {"validation"})
    add_patients(patients, held, "p77", "p77")
    for keep in (
        lambda: classeur.split(patients, to="new.csv", keep="old.csv", reporter=QUIET),
        lambda: prepare(patients, recipe(), keep_split="old.csv", reporter=QUIET),
    ):
        with pytest.raises(UsageError, match=r"old\.csv has groups, such as p0, .* give --group-by as for old\.csv"):
            keep()
    classeur.split(patients, to="new.csv", keep="old.csv", group_by=PATIENT, reporter=QUIET)
    new = read_table(Path("new.csv"))
    assert all(len(sides) == 1 for sides in by_patient(new).values())
    assert by_patient(new)[held] == {"validation"}
    assert set(new.groups) == {*old.groups, "p77"}


def test_groups_of_an_older_split_are_named_still_where_nothing_is_new(patients: Path) -> None:
    classeur.split(patients, to="old.csv", group_by=PATIENT, reporter=QUIET)
    classeur.split(patients, to="new.csv", keep="old.csv", reporter=QUIET)
    assert read_table(Path("new.csv")).groups == read_table(Path("old.csv")).groups
    prepared = prepare(patients, recipe(), keep_split="old.csv", reporter=QUIET)
    assert {row[4] for row in prepared.split_table()} == set(read_table(Path("old.csv")).groups)
    for path in patients.glob("*/p0_*"):  # of a class that goes on
        path.unlink()
    classeur.split(patients, to="fewer.csv", keep="old.csv", reporter=QUIET)
    assert "p0" not in read_table(Path("fewer.csv")).groups


def test_groups_of_an_older_split_stay_whole_where_others_are_asked_for(patients: Path) -> None:
    classeur.split(patients, to="old.csv", group_by=PATIENT, reporter=QUIET)
    made = classeur.split(patients, to="new.csv", keep="old.csv", group_by="/(p1)_", reporter=QUIET)
    old, new = (read_table(Path(name)) for name in ("old.csv", "new.csv"))
    assert made.num_groups == 10
    both = set(zip(old.groups, new.groups, strict=True))
    assert ("p1", "p1") in both
    assert len(both) == len({group for _, group in both} - {""}) == 10
    prepared = prepare(patients, recipe(group_by="/(p1)_"), keep_split="old.csv", reporter=QUIET)
    assert {row[4] for row in prepared.split_table()} == {group.removeprefix("pets/") for group in new.groups}


def test_groups_after_an_image_ask_for_nothing(pets: Path, image_folder: MakeFolder) -> None:
    """Near-duplicates stay together, too, and their group has the name of an image, not of a person."""
    first, second, *_ = sorted(pets.glob("cats/*"))
    second.write_bytes(first.read_bytes())
    classeur.split(pets, to="far/away/old.csv", reporter=QUIET)
    add_more(pets, image_folder, 5)
    made = classeur.split(pets, to="new.csv", keep="far/away/old.csv", reporter=QUIET)
    assert (made.num_groups, made.num_separated) == (1, 0)
    first.unlink()  # whose name the group has
    classeur.split(pets, to="newer.csv", keep="new.csv", reporter=QUIET)


@pytest.mark.parametrize("keep", ["run", "run/split.csv"])
def test_what_was_grouped_in_a_run_is_grouped_again(patients: Path, keep: str) -> None:
    of_run = recipe(group_by=PATIENT)
    prepared = prepare(patients, of_run, reporter=QUIET)
    with Run.creating(Path("run")) as run:
        run.write_data(patients, root=prepared.folder.root)
        run.write_table(run.split_path, SPLIT_COLUMNS, prepared.split_table())
        write_facts(run, RunFacts(status="finished", recipe=of_run, class_names=("cats", "dogs"), counts={}))
    held = next(name for name, sides in by_patient(read_table(run.split_path)).items() if sides == {"validation"})
    add_patients(patients, held, "p77", "p77")
    listener = Listener()
    classeur.split(patients, to="new.csv", keep=keep, reporter=listener)
    assert rf"groups are kept whole by {PATIENT}, as in run" in listener.said
    sides = by_patient(read_table(Path("new.csv")))
    assert all(len(each) == 1 for each in sides.values())
    assert sides[held] == {"validation"}
    listener = Listener()
    assert grouping_to_keep("folder", kept_file(keep), listener) == "folder", "what is asked for"
    assert listener.told == []


def test_the_split_of_a_run_is_kept_though_the_folder_has_moved_and_grown(
    pets: Path, image_folder: MakeFolder, tmp_path: Path
) -> None:
    prepared = prepare(pets, recipe(), reporter=QUIET)
    with Run.creating(Path("run")) as run:
        run.write_data(pets, root=prepared.folder.root)
        run.write_table(run.split_path, SPLIT_COLUMNS, prepared.split_table())
        write_facts(run, RunFacts(status="finished", recipe=recipe(), class_names=("cats", "dogs"), counts={}))
    before = {path: side for path, _, side, *_ in prepared.split_table()}
    moved = pets.rename(tmp_path / "moved")
    add_more(moved, image_folder, 1)
    with (moved / "cats" / "00.jpg").open("ab") as file:
        file.write(b"0")
    listener = Listener()
    classeur.split(moved, to="new.csv", keep="run", reporter=listener)
    new = read_table(Path("new.csv"))
    after = {path.removeprefix("moved/"): side for path, side in zip(new.paths, new.splits, strict=True)}
    assert {path: after[path] for path in before} == before
    assert any("cats/00.jpg" in text and "other bytes" in text for text in listener.told)
    # As data it names images that are not there, and what else can be done is told.
    with pytest.raises(TableError, match="if there are more now: classeur split DIR --keep run"):
        classeur.split("run/split.csv", reporter=QUIET)


@pytest.mark.parametrize("keep", ["cv", "cv/folds.csv"])
def test_the_folds_of_a_cross_validation_are_kept_with_their_groups(patients: Path, keep: str) -> None:
    classeur.split(patients, to="old.csv", folds=3, group_by=PATIENT, reporter=QUIET)
    old = read_table(Path("old.csv"))
    rows = zip(old.paths, old.labels, old.splits, old.folds, old.hashes, strict=True)
    facts = FoldsFacts(num_folds=3, recipe=recipe(group_by=PATIENT), class_names=("cats", "dogs"), data_fingerprint="")
    with Run.creating(Path("cv")) as run:
        run.write_data(patients, root=str(patients.parent))
        run.write_table(run.fold_table_path, FOLD_COLUMNS, list(rows))
        run.write(run.folds_path, facts)
    add_patients(patients, "p0", "p77")
    listener = Listener()
    classeur.split(patients, to="new.csv", keep=keep, folds=3, reporter=listener)
    assert rf"groups are kept whole by {PATIENT}, as in cv" in listener.said
    assert not [text for text in listener.told if "lost" in text]
    new = read_table(Path("new.csv"))
    fold = dict(zip(new.paths, new.folds, strict=True))
    assert {path: fold[path] for path in old.paths} == dict(zip(old.paths, old.folds, strict=True))
    assert {fold[path] for path in fold if "/p0_" in path} == {fold["pets/cats/p0_00.jpg"]}


def test_the_folds_of_a_cross_validation_are_data_whatever_the_bytes_of_names(pets: Path) -> None:
    strange = os.fsdecode(b"caf\xe9.jpg")
    try:
        (pets / "cats" / "00.jpg").rename(pets / "cats" / strange)
    except OSError:
        pytest.skip("this file system takes no names that are not UTF-8")
    rows = [(f"cats/{path.name}", "cats", "", "1", "0") for path in sorted((pets / "cats").iterdir())]
    rows += [(f"dogs/{path.name}", "dogs", "", "2", "0") for path in sorted((pets / "dogs").iterdir())]
    with Run.creating(Path("cv")) as run:
        run.write_data(pets, root=str(pets))
        run.write_table(run.fold_table_path, FOLD_COLUMNS, rows)
        run.write(
            run.folds_path, FoldsFacts(num_folds=2, recipe=recipe(), class_names=("cats", "dogs"), data_fingerprint="")
        )
    assert classeur.inspect("cv/folds.csv", reporter=QUIET).num_usable == 40


def test_a_group_is_not_named_after_what_an_image_that_is_set_aside_would_have_joined(patients: Path) -> None:
    classeur.split(patients, to="old.csv", group_by=PATIENT, reporter=QUIET)
    sides = by_patient(read_table(Path("old.csv")))
    one, other = (next(name for name in sides if sides[name] == {side}) for side in ("train", "validation"))
    first = draw_photograph(1, size=(60, 48))
    first.save(patients / "cats" / f"{one}_new.png")
    first.resize((50, 40)).save(patients / "cats" / f"{other}_new.png")
    made = classeur.split(patients, to="new.csv", keep="old.csv", group_by=PATIENT, reporter=QUIET)
    assert (len(made.set_aside), made.num_separated) == (2, 0)
    new = read_table(Path("new.csv"))
    assert set(new.groups) == {f"p{number}" for number in range(10)}
    prepared = prepare(patients, recipe(group_by=PATIENT), keep_split="old.csv", reporter=QUIET)
    assert not any(prepared.leaks.values())
    assert {row[4] for row in prepared.split_table()} == set(new.groups)


def test_images_that_a_burst_would_join_are_no_group_without_what_is_set_aside(pets: Path) -> None:
    """Two images of an older split five seconds apart, in two splits, and a new one between them."""

    def shoot(path: Path, second: int) -> None:
        exif = Image.Exif()
        exif.update({0x0110: "EOS", 0x0132: f"2024:03:01 12:00:{second:02d}"})
        draw_photograph(second, size=(60, 48)).save(path, exif=exif)

    shots = [pets / "cats" / f"{name}.jpg" for name in ("x", "y")]
    for number, path in enumerate(shots):
        shoot(path, 5 * number)
    classeur.split(pets, to="old.csv", reporter=QUIET)
    text = Path("old.csv").read_text(encoding="utf-8")
    lines = [re.sub("(/x.*)(train|validation|test)", r"\1train", line) for line in text.splitlines()]
    lines = [re.sub("(/y.*)(train|validation|test)", r"\1validation", line) for line in lines]
    Path("old.csv").write_text("\n".join(lines), encoding="utf-8")
    shoot(pets / "cats" / "new.jpg", 2)
    made = classeur.split(pets, to="new.csv", keep="old.csv", reporter=QUIET)
    assert (list(made.set_aside), made.num_groups, made.num_separated) == (["cats/new.jpg"], 0, 0)
    prepared = prepare(pets, recipe(), keep_split="old.csv", reporter=QUIET)
    assert not any(prepared.leaks.values())
    assert not any(row[4] for row in prepared.split_table())


def test_files_that_are_not_as_the_manifest_records_them_are_named(pets: Path) -> None:
    classeur.split(pets, to="old.csv", reporter=QUIET)
    listener = Listener()
    prepare("old.csv", recipe(), reporter=listener)
    assert not any("other bytes" in text for text in listener.told)
    changed = sorted(pets.glob("cats/*"))[0]
    draw_photograph(1, size=(60, 48)).save(changed)
    for look in (
        lambda reporter: prepare("old.csv", recipe(), reporter=reporter),
        lambda reporter: classeur.inspect("old.csv", image_size=8, reporter=reporter),
    ):
        listener = Listener()
        look(listener)
        assert f"1 image has other bytes than old.csv records: pets/cats/{changed.name}" in listener.told
    # Another program's hashes are no contents that have changed.
    table("other.csv", [(path, label, f"{number:032x}") for path, label, number in images(pets)], "hash")
    listener = Listener()
    prepare("other.csv", recipe(), reporter=listener)
    assert not any("other bytes" in text for text in listener.told)


def test_what_group_by_misses_is_said(pets: Path) -> None:
    missed = "'/(00)' names a group for 2 of 40 images (1 group); each of the others is by itself"
    alone = "'(.*)' names a group for 40 of 40 images, each by itself, so it keeps nothing together"
    for group_by, line in (("/(00)", missed), ("(.*)", alone)):
        listeners = Listener(), Listener(), Listener()
        classeur.split(pets, group_by=group_by, overwrite=True, reporter=listeners[0])
        prepare(pets, recipe(group_by=group_by), reporter=listeners[1])
        classeur.inspect(pets, image_size=8, group_by=group_by, reporter=listeners[2])
        assert all(line in each.told for each in listeners)
    listener = Listener()
    classeur.split(pets, group_by=r"(\d)\.", overwrite=True, reporter=listener)
    assert not any("names a group" in text for text in listener.told)


def test_inspect_finds_groups_on_both_sides_by_the_name_of_a_column(pets: Path) -> None:
    rows = [(path, label, number % 5, "val" if number > 15 else "train") for path, label, number in images(pets)]
    table("given.csv", rows, "patient", "split")

    def codes(**options: str) -> set[str]:
        found = classeur.inspect("given.csv", image_size=8, reporter=QUIET, **options)
        return {finding.code for finding in found.findings}

    assert "group-leak" in codes(group_by="patient")
    assert "group-leak" not in codes()
    assert _status(["inspect", "given.csv", "--group-by", "patient", "--strict"], debug=True) == 3


def test_the_fingerprint_is_the_same_wherever_images_and_csv_are(pets: Path, tmp_path: Path) -> None:
    beside = classeur.split(pets, to="pets/split.csv", reporter=QUIET).fingerprint
    above = classeur.split(pets, to="split.csv", reporter=QUIET).fingerprint
    far = classeur.split(pets, to="far/away/split.csv", reporter=QUIET).fingerprint
    copied = classeur.split(shutil.copytree(pets, tmp_path / "other"), to="b.csv", reporter=QUIET).fingerprint
    assert beside == above == far == copied
    assert prepare("far/away/split.csv", recipe(), reporter=QUIET).fingerprint == far


def test_what_is_advised_for_a_zip_can_be_done(pets: Path) -> None:
    for path in list(pets.rglob("*.*g")):
        path.rename(path.with_name(f"{path.parent.name}p{int(path.stem) // 4}_{path.name}"))
    advised = {}
    for data in (pets, Path(shutil.make_archive("pets", "zip", pets))):
        found = classeur.inspect(data, image_size=8, reporter=QUIET).findings
        (change,) = next(each for each in found if each.code == "groups-in-names").changes
        assert change.command is not None
        advised[data.suffix] = change.command
    assert advised[""].verb == "split"
    assert (advised[".zip"].verb, *advised[".zip"].options) == ("train", "group_by")


def test_a_run_on_names_that_are_no_utf_8_is_kept(pets: Path, image_folder: MakeFolder) -> None:
    try:
        (pets / "cats" / "00.jpg").rename(pets / "cats" / "caf\udce9.jpg")
    except (OSError, UnicodeEncodeError):
        pytest.skip("this system's file names are Unicode")
    (pets / "dogs").rename(pets / "d\udcf4gs")
    prepared = prepare(pets, recipe(), reporter=QUIET)
    names = ("cats", "d\udcf4gs")
    with Run.creating(Path("run")) as run:
        run.write_data(pets, root=prepared.folder.root)
        run.write_table(run.split_path, SPLIT_COLUMNS, prepared.split_table())
        write_facts(run, RunFacts(status="finished", recipe=recipe(), class_names=names, counts={}))
    listener = Listener()
    again = prepare(pets, recipe(seed=3), keep_split=run.split_path, reporter=listener)
    assert again.split_rows() == prepared.split_rows()
    assert again.paths("train") == prepared.paths("train")
    assert not listener.warned
    assert prepare(run.split_path, recipe(), reporter=QUIET).split_rows() == prepared.split_rows()
    Path("saved.csv").write_bytes(run.split_path.read_bytes())
    with pytest.raises(TableError, match=r"saved\.csv is not UTF-8; save it as CSV UTF-8"):
        prepare(pets, recipe(), keep_split="saved.csv", reporter=QUIET)
