"""What a training works on: the split, its labels and its fingerprint, without a network."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from listening import Listener
from photographs import draw_photograph

import classeur
from classeur.data.splitting import split
from classeur.delivery.progress import Reporter
from classeur.training.recipe import make_recipe
from classeur.workflows.inspection import examine
from classeur.workflows.preparation import SPLIT_COLUMNS, Prepared, prepare

MakeFolder = Callable[..., Path]


def prepared(data: Path, *, reporter: Reporter | None = None, **options: Any) -> Prepared:
    return prepare(
        data, make_recipe({"model": "tutorial", "image_size": 8, **options}), reporter=reporter or Reporter()
    )


def test_the_split_is_of_the_share_and_by_the_seed_of_the_recipe(image_folder: MakeFolder) -> None:
    data = image_folder({"cats": 10, "dogs": 10})
    folder = examine(data, {"image_size": 8}, reporter=Reporter()).folder
    made = set()
    for seed in (0, 1):
        found = prepared(data, validation_share=0.4, seed=seed)
        assert found.counts["validation"] == 8
        assert found.split == split(folder, validation_share=0.4, seed=seed)
        made.add(found.split.splits)
    assert len(made) == 2


def test_pixels_labels_and_paths_of_a_split_belong_together(image_folder: MakeFolder) -> None:
    """Cats are red and dogs are blue here."""
    found = prepared(image_folder({"cats": 6, "dogs": 9}), validation_share=0.4)
    for name, count in (("train", 9), ("validation", 6)):
        pixels, labels, paths = found.pixels(name), found.labels(name), found.paths(name)
        assert len(pixels) == len(labels) == len(paths) == count
        is_blue = [pixels[row][..., 2].mean() > pixels[row][..., 0].mean() for row in range(count)]
        assert labels.tolist() == [int(blue) for blue in is_blue]
        assert ["dogs" if label else "cats" for label in labels] == [Path(path).parent.name for path in paths]
        rows = [(path, label, hash_) for path, label, of, hash_ in found.split_rows() if of == name]
        assert [path for path, _, _ in rows] == paths
        assert np.array_equal(found.store.select([hash_ for *_, hash_ in rows]).gather(range(count)),
                              pixels.gather(range(count)))  # fmt: skip


def test_the_fingerprint_is_of_paths_labels_splits_and_bytes(image_folder: MakeFolder) -> None:
    data = image_folder({"cats": 6, "dogs": 6})
    first = prepared(data)
    assert prepared(data).fingerprint == first.fingerprint
    others = [prepared(data, seed=seed).fingerprint for seed in (1, 2)]
    assert first.fingerprint not in others, "another split"
    (data / "cats" / "00.jpg").rename(data / "cats" / "000.jpg")
    moved = prepared(data, seed=0)
    assert moved.fingerprint != first.fingerprint, "another name"
    (data / "cats" / "000.jpg").write_bytes((data / "dogs" / "00.jpg").read_bytes())
    assert prepared(data).fingerprint not in {first.fingerprint, moved.fingerprint}, "other bytes"


def test_a_class_without_validation_images_is_warned_of(image_folder: MakeFolder) -> None:
    listener = Listener()
    data = image_folder({"train": {"cats": 3, "dogs": 3}, "validation": {"cats": 2}})
    prepared(data, reporter=listener)
    assert "no validation image of dogs: the accuracy does not cover this class" in listener.warned
    listener = Listener()
    prepared(image_folder({"cats": 5, "dogs": 5}, name="whole"), reporter=listener)
    assert not [text for text in listener.warned if "no validation image" in text]


def test_what_group_by_names_is_on_one_side(image_folder: MakeFolder) -> None:
    data = image_folder({"cats": 12, "dogs": 12})
    for path in list(data.rglob("*.*g")):
        path.rename(path.with_name(f"p{int(path.stem) // 4}_{path.name}"))
    listener = Listener()
    # Patients 0, 1 and 2, each in both classes.
    found = prepared(data, reporter=listener, group_by=r"(p\d)_")
    sides = {(path.split("/")[1][:2], name) for path, _, name, _ in found.split_rows()}
    assert len(sides) == 3
    assert "3 groups" in " ".join(listener.said)
    table = data / "all.csv"
    rows = [f"{path.parent.name}/{path.name},{path.parent.name},{path.name[:2]}" for path in data.rglob("*_*g")]
    table.write_text("\n".join(["path,label,Patient", *rows]), encoding="utf-8")
    again = prepared(table, group_by="patient")
    assert again.split_rows() != []
    assert {(path.split("/")[1][:2], name) for path, _, name, _ in again.split_rows()} == sides


def test_split_csv_names_what_is_kept_together_and_sizes(image_folder: MakeFolder) -> None:
    """By its own name; of equal files, which have none, by the path of the first."""
    data = image_folder({"cats": 8, "dogs": 8}, size=(24, 20))
    shutil.copy(data / "cats" / "00.jpg", data / "cats" / "copy.jpg")
    rows = [dict(zip(SPLIT_COLUMNS, row, strict=True)) for row in prepared(data).split_table()]
    assert {row["path"]: row["group"] for row in rows if row["group"]} == {
        "cats/00.jpg": "cats/00.jpg", "cats/copy.jpg": "cats/00.jpg",
    }  # fmt: skip
    assert {(row["width"], row["height"]) for row in rows} == {("24", "20")}
    named = prepared(data, group_by="(.)\\.").split_table()
    assert {row[SPLIT_COLUMNS.index("group")] for row in named} >= {"3", "4", "5"}
    assert [row[:4] for row in named] == prepared(data, group_by="(.)\\.").split_rows()


def test_names_that_look_like_groups_are_told_of_where_the_split_is_made(image_folder: MakeFolder) -> None:
    data = image_folder({"cats": 12, "dogs": 12})
    for path in list(data.rglob("*.*g")):
        path.rename(path.with_name(f"{path.parent.name}{int(path.stem) // 4}_{path.name}"))
    listener = Listener()
    prepared(data, reporter=listener)
    (told,) = (text for text in listener.warned if "look like 6 groups" in text)
    assert "--group-by '([^/_]+)_[^/]*$'" in told
    listener = Listener()
    prepared(data, reporter=listener, group_by="([^/_]+)_[^/]*$")
    assert not [text for text in listener.warned if "look like" in text]


def test_what_is_chosen_inside_the_training_images_separates_no_group(image_folder: MakeFolder) -> None:
    data = image_folder({"cats": 9, "dogs": 9})
    (data / "dogs" / "copy.jpg").write_bytes((data / "cats" / "00.jpg").read_bytes())
    for path in (data / "dogs").glob("0[1-4].*"):
        path.rename(path.with_name(f"p1_{path.name}"))
    found = prepared(data, group_by=r"(p\d)_", validation_share=0.01)._replace(together=[[0, 1]])
    together: dict[int, set[str]] = {}
    for path, number in zip(found.paths("train"), found.groups("train"), strict=True):
        together.setdefault(number, set()).add(path)
    several = [group for group in together.values() if len(group) > 1]
    copies, first = {"cats/00.jpg", "dogs/copy.jpg"}, set(found.folder.paths[:2])
    patient = {path for path in found.folder.paths if "p1_" in path}
    trained = set(found.paths("train"))
    assert sorted(map(sorted, several)) == sorted(
        sorted(group & trained) for group in (copies | first, patient) if len(group & trained) > 1
    )
    assert len(found.groups("validation")) == 2


def test_of_many_long_chains_the_first_few_are_shown(tmp_path: Path) -> None:
    data, listeners = tmp_path / "data", (Listener(), Listener())
    for number in range(5):
        (data / f"class{number}").mkdir(parents=True)
        photograph = draw_photograph(number, size=(60, 48))
        for copy in range(12):
            photograph.resize((50 + copy, 40)).save(data / f"class{number}" / f"{copy:02}.png")
    prepared(data, reporter=listeners[0])
    classeur.split(data, to=tmp_path / "data.csv", reporter=listeners[1])
    for listener in listeners:
        assert sum("show nearly the same" in line for line in listener.warned) == 3
        assert "and 2 more long chains of near-duplicates like these" in listener.warned
