"""The ledger of test sets: looks by whichever run, at the same images or nearly."""

import json
from pathlib import Path

import numpy as np
import pytest

from classeur.errors import StorageError
from classeur.evaluation.ledger import count_look, default_ledger


def hashes(first: int, last: int) -> list[str]:
    return [f"{number * 0x9E3779B97F4A7C15 % 2**64:016x}" for number in range(first, last)]


def test_models_are_counted_whatever_the_run(tmp_path: Path) -> None:
    ledger = tmp_path / "state" / "looks.json"
    images = hashes(0, 200)
    assert [count_look(images, model=model, ledger=ledger) for model in "abcab"] == [1, 2, 3, 3, 3]
    assert count_look(images[::-1], model="d", ledger=ledger) == 4, "in any order"


def test_one_more_image_makes_no_new_test_set_and_others_do(tmp_path: Path) -> None:
    ledger = tmp_path / "looks.json"
    count_look(hashes(0, 1000), model="a", ledger=ledger)
    assert count_look(hashes(0, 1001), model="b", ledger=ledger) == 2
    assert count_look(hashes(100, 1000), model="c", ledger=ledger) == 3
    assert count_look(hashes(1000, 2000), model="d", ledger=ledger) == 1
    assert count_look(hashes(900, 2900), model="e", ledger=ledger) < 3


def test_half_of_the_smaller_set_in_common_is_the_same_set_and_less_is_not(tmp_path: Path) -> None:
    whole, random = hashes(0, 300), np.random.default_rng(0)
    for number in range(20):
        half, few, mixed = (random.permutation(whole)[:count].tolist() for count in (150, 7, 50))
        for name, images, looks in (
            ("half", half, 2),
            ("few", few, 2),
            ("50 of 100", mixed + hashes(1000, 1050), 2),
            ("49 of 100", mixed[1:] + hashes(1000, 1051), 1),
        ):
            ledger = tmp_path / f"{name} {number}.json"
            count_look(whole, model="a", ledger=ledger)
            assert count_look(images, model="b", ledger=ledger) == looks, name


def test_each_class_alone_is_counted_with_the_whole(tmp_path: Path) -> None:
    ledger, cats, dogs = tmp_path / "looks.json", hashes(0, 500), hashes(500, 1000)
    assert count_look(cats, model="a", ledger=ledger) == 1
    assert count_look(dogs, model="b", ledger=ledger) == 1
    assert count_look(cats + dogs, model="c", ledger=ledger) == 3


def test_looks_of_an_older_ledger_are_counted(tmp_path: Path) -> None:
    ledger, images = tmp_path / "looks.json", sorted(hashes(0, 4000))
    few = hashes(5000, 5040)
    looks = [{"model": "a", "hashes": images[:64]}, {"model": "b", "hashes": sorted(few)}]
    ledger.write_text(json.dumps({"version": 1, "looks": looks}))
    assert count_look(hashes(0, 4000), model="c", ledger=ledger) == 2
    assert count_look(hashes(0, 3500), model="d", ledger=ledger) == 3
    assert count_look(few[:20], model="e", ledger=ledger) == 2
    assert count_look(hashes(9000, 9900), model="f", ledger=ledger) == 1
    assert count_look(hashes(0, 4000), model="a", ledger=ledger) == 3


def test_many_images_are_kept_once_for_all_models(tmp_path: Path) -> None:
    ledger, images = tmp_path / "looks.json", hashes(0, 20_000)
    sizes = []
    for number in range(3):
        assert count_look(images, model=f"{number}", ledger=ledger) == number + 1
        sizes.append(ledger.stat().st_size)
    assert sizes[0] < 240_000
    assert sizes[2] < sizes[0] + 300


def test_a_damaged_ledger_begins_anew(tmp_path: Path) -> None:
    ledger = tmp_path / "looks.json"
    for text in (
        "",
        "[]",
        '{"looks": 3}',
        '{"looks": [{"model": 1, "hashes": []}, 4]}',
        '{"looks": [',
        '{"looks": [{"model": "a", "set": "x"}], "sets": {"x": "AAA"}}',
    ):
        ledger.write_text(text)
        assert count_look(hashes(0, 9), model="a", ledger=ledger) == 1
        assert count_look(hashes(0, 9), model="b", ledger=ledger) == 2


def test_where_it_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be written"):
        count_look(hashes(0, 9), model="a", ledger=tmp_path / "file" / "state" / "looks.json")


def test_tests_have_a_state_folder_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert default_ledger().is_relative_to(tmp_path)
    monkeypatch.delenv("CLASSEUR_STATE")
    assert default_ledger().parent.name == "classeur"
