"""The ledger of test sets: looks by whichever run, at the same images or nearly."""

from pathlib import Path

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


def test_a_damaged_ledger_begins_anew(tmp_path: Path) -> None:
    ledger = tmp_path / "looks.json"
    for text in ("", "[]", '{"looks": 3}', '{"looks": [{"model": 1, "hashes": []}, 4]}', '{"looks": ['):
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
