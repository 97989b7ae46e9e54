"""Links, folders that cannot be opened, and what classeur made itself."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from classeur.data.listing import Listing, Note, check_listing, list_images
from classeur.errors import LayoutError
from classeur.storage import mark_as_output

Lister = Callable[..., Listing]
Writer = Callable[..., Path]

RUN_FACTS = '{"status": "finished", "recipe": {"epochs": 2}}'


# Links


def test_a_link_counts_as_the_folder_that_it_leads_to(listed: Lister, data: Path, write_files: Writer) -> None:
    pool = write_files(data.parent / "pool", "birds/1.jpg", "birds/young/2.jpg", "more/3.jpg")
    write_files(data, "cats/1.jpg")
    (data / "birds").symlink_to(pool / "birds")
    (data / "cats" / "more").symlink_to("../../pool/more")
    found = listed()
    assert found.paths == ["birds/1.jpg", "birds/young/2.jpg", "cats/1.jpg", "cats/more/3.jpg"]
    assert found.labels == ["birds", "birds", "cats", "cats"]
    assert (found.left_out, found.notes) == ({}, [])
    assert all((found.root / path).is_file() for path in found.paths)


def test_a_split_may_be_a_link(listed: Lister, data: Path, write_files: Writer) -> None:
    pool = write_files(data.parent / "pool", "a/1.jpg", "b/2.jpg")
    write_files(data, "train/a/1.jpg", "train/b/1.jpg")
    (data / "valid").symlink_to(pool)
    assert listed().splits == ["train", "train", "validation", "validation"]


def test_each_folder_is_listed_once(listed: Lister, data: Path, write_files: Writer) -> None:
    pool = write_files(data.parent / "pool", "cats/1.jpg", "dogs/2.jpg")
    write_files(data, "dogs/3.jpg", "zebras/4.jpg")
    (data / "birds").symlink_to(data / "zebras")  # listed by its own path, though that comes later
    (data / "cats").symlink_to(pool / "cats")
    (data / "cats2").symlink_to(pool / "cats")
    (data / "dogs" / "more").symlink_to(pool)
    found = listed()
    assert found.paths == ["cats/1.jpg", "dogs/3.jpg", "dogs/more/dogs/2.jpg", "zebras/4.jpg"]
    assert found.left_out == {
        "a link to a folder that is listed already": ["birds", "cats2", "dogs/more/cats"],
    }
    assert {note.subject for note in found.notes if note.code == "link-not-followed"} == {"birds", "cats2"}


def test_links_that_lead_back_or_nowhere_are_named(listed: Lister, data: Path, write_files: Writer) -> None:
    write_files(data, "cats/1.jpg", "dogs/2.jpg")
    (data / "cats" / "self").symlink_to(data / "cats")
    (data / "cats" / "top").symlink_to(data)
    (data / "cats" / "above").symlink_to(data.parent)
    (data / "dogs" / "disk").symlink_to(data / "dogs")
    (data / "birds").symlink_to("/no/such/disk")
    found = listed()
    assert found.paths == ["cats/1.jpg", "dogs/2.jpg"]
    assert found.left_out == {
        "a link to nothing": ["birds"],
        "a link to a folder around it": ["cats/above"],
        "a link to a folder that is listed already": ["cats/self", "cats/top", "dogs/disk"],
    }
    assert Note("link-not-followed", "birds", {"reason": "a link to nothing"}) in found.notes


def test_two_links_into_each_other_end(listed: Lister, data: Path, write_files: Writer) -> None:
    pool = write_files(data.parent / "pool", "a/1.jpg", "b/2.jpg")
    (pool / "a" / "b").symlink_to(pool / "b")
    (pool / "b" / "a").symlink_to(pool / "a")
    write_files(data, "x/1.jpg", "y/1.jpg")
    (data / "x" / "a").symlink_to(pool / "a")
    assert listed().paths == ["x/1.jpg", "x/a/1.jpg", "x/a/b/2.jpg", "y/1.jpg"]


def test_links_to_files_are_files_wherever_they_lead(listed: Lister, data: Path, write_files: Writer) -> None:
    write_files(data, "cats/1.jpg", "dogs/2.jpg")
    (data / "dogs" / "link.jpg").symlink_to(data / "cats" / "1.jpg")
    (data / "dogs" / "self.jpg").symlink_to(data / "dogs" / "self.jpg")
    (data / "dogs" / "gone.jpg").symlink_to(data / "dogs" / "nothing.jpg")
    assert listed().paths == ["cats/1.jpg", "dogs/2.jpg", "dogs/gone.jpg", "dogs/link.jpg", "dogs/self.jpg"]


def test_a_link_into_a_hidden_folder_is_followed(listed: Lister, data: Path, write_files: Writer) -> None:
    write_files(data, ".store/cats/1.jpg", ".store/old/2.jpg", "dogs/3.jpg")
    (data / "cats").symlink_to(data / ".store" / "cats")
    found = listed()
    assert found.paths == ["cats/1.jpg", "dogs/3.jpg"]
    assert found.left_out == {"hidden": [".store/old/2.jpg"]}


def test_the_order_of_the_disk_does_not_matter(
    listed: Lister, data: Path, write_files: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = write_files(data.parent / "pool", "1.jpg", "in/2.jpg")
    write_files(data, *(f"{name}/{number}.jpg" for name in "cab" for number in range(3)), "b/.x/1.jpg", "a/t.txt")
    for name in ("z", "a/z", "b/z"):
        (data / name).symlink_to(pool)
    before = listed()
    scandir = os.scandir

    class Backwards:
        def __init__(self, place: Any) -> None:
            with scandir(place) as entries:
                self.entries = sorted(entries, key=lambda entry: entry.name, reverse=True)

        def __enter__(self) -> Any:
            return iter(self.entries)

        def __exit__(self, *error: object) -> None: ...

    monkeypatch.setattr(os, "scandir", Backwards)
    monkeypatch.setattr(os, "walk", lambda top: [(top, [], ["1.jpg"])])
    assert listed() == before


# Folders that cannot be opened


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders called `closed` and `validation` cannot be opened; root could open what any permission forbids."""
    scandir = os.scandir

    def refuse(place: Any) -> Any:
        if Path(place).name in ("closed", "validation"):
            raise PermissionError(13, "Permission denied", str(place))
        return scandir(place)

    monkeypatch.setattr(os, "scandir", refuse)


@pytest.mark.usefixtures("closed")
def test_a_class_that_cannot_be_opened_is_not_empty(listed: Lister) -> None:
    found = listed("cats/1.jpg", "closed/2.jpg")
    assert found.class_names == ["cats", "closed"]
    assert found.notes == [Note("folder-closed", "closed", {"class_name": "closed", "split": ""})]
    with pytest.raises(LayoutError, match=r"data has a folder that cannot be opened, closed; make it readable"):
        check_listing(found)


@pytest.mark.usefixtures("closed")
def test_a_split_that_cannot_be_opened_is_not_left_out_in_silence(listed: Lister) -> None:
    found = listed("train/cats/1.jpg", "train/dogs/2.jpg", "validation/cats/3.jpg")
    assert found.notes == [Note("folder-closed", "validation", {"class_name": "", "split": "validation"})]
    with pytest.raises(LayoutError, match=r"data has a folder that cannot be opened, validation; make it readable"):
        check_listing(found)


@pytest.mark.usefixtures("closed")
def test_a_closed_folder_in_a_class_is_noted(listed: Lister) -> None:
    found = listed("cats/1.jpg", "dogs/2.jpg", "dogs/closed/3.jpg")
    assert found.notes == [Note("folder-closed", "dogs/closed", {"class_name": "", "split": ""})]
    check_listing(found)


@pytest.mark.usefixtures("closed")
def test_data_that_cannot_be_opened_are_named(write_files: Writer, tmp_path: Path) -> None:
    write_files(tmp_path / "closed")
    with pytest.raises(LayoutError, match=r"closed cannot be opened; make it readable"):
        list_images(tmp_path / "closed", cache=tmp_path / "cache")


# What classeur made


def test_nothing_that_classeur_made_is_data(listed: Lister, data: Path, write_files: Writer) -> None:
    write_files(
        data, "cats/1.jpg", "dogs/2.jpg", "runs/first/", "runs/second/", "comparison.png", "runs/comparison.png"
    )
    for name, facts in (("first", RUN_FACTS), ("second", RUN_FACTS[:40])):
        write_files(data / "runs" / name, "curves.png", "checkpoints/1.npz")
        (data / "runs" / name / "run.json").write_text(facts)
    for name in ("preview", "deep/sorted", "cats/preview"):
        assert mark_as_output(data / name)
        write_files(data / name, "samples.png", "cats/3.jpg")
    found = listed()
    assert found.class_names == ["cats", "dogs"]
    assert found.paths == ["cats/1.jpg", "dogs/2.jpg"]
    assert len(found.left_out["made by classeur"]) == 6 + 9 + 1
    outputs = ["cats/preview", "deep/sorted", "preview", "runs/first", "runs/second"]
    assert [note.subject for note in found.notes if note.code == "own-output"] == outputs


def test_what_is_named_itself_is_data_whoever_made_it(write_files: Writer, tmp_path: Path) -> None:
    assert mark_as_output(tmp_path / "sorted")
    write_files(tmp_path / "sorted", "cats/1.jpg", "dogs/2.jpg")
    found = list_images(tmp_path / "sorted", cache=tmp_path / "cache")
    assert found.paths == ["cats/1.jpg", "dogs/2.jpg"]
    check_listing(found)
    with pytest.raises(LayoutError, match=r"only output of classeur; if you mean sorted, give that folder"):
        check_listing(list_images(tmp_path, cache=tmp_path / "cache"))


def test_a_folder_of_the_users_is_not_taken_for_a_run(listed: Lister, data: Path, write_files: Writer) -> None:
    write_files(data, "cats/1.jpg", "dogs/2.jpg")
    (data / "cats" / "run.json").write_text('{"status": "walking"}')
    assert listed().class_names == ["cats", "dogs"]
    assert not mark_as_output(data / "cats")


def test_the_cache_is_no_data(data: Path, write_files: Writer) -> None:
    write_files(data, "cats/1.jpg", "dogs/2.jpg", "cache/unpacked/0/cats/3.jpg")
    found = list_images(data, cache=data / "cache")
    assert found.class_names == ["cats", "dogs"]
    assert found.left_out == {"made by classeur": ["cache/unpacked/0/cats/3.jpg"]}
    inside = list_images(data / "cache" / "unpacked" / "0", cache=data / "cache")
    assert inside.paths == ["cats/3.jpg"]


def test_a_run_that_is_removed_leaves_the_listing_as_it_was(listed: Lister, data: Path, write_files: Writer) -> None:
    before = listed("cats/1.jpg", "dogs/2.jpg")
    write_files(data / "runs" / "run", "curves.png")
    (data / "runs" / "run" / "run.json").write_text(RUN_FACTS)
    during = listed()
    shutil.rmtree(data / "runs")
    assert (before.paths, before.class_names) == (during.paths, during.class_names)
    assert listed() == before
