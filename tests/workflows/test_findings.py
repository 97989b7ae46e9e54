"""inspect --out: what is found as JSON, as a CSV and as pictures."""

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from listening import Listener
from photographs import draw_photograph
from PIL import Image

import classeur
from classeur.cells import unguarded
from classeur.cli import _status
from classeur.cli.status import INTERRUPTED
from classeur.data.bursts import find_bursts
from classeur.data.duplicates import find_duplicates
from classeur.data.facts import content_hash
from classeur.data.folder import ImageFolder
from classeur.data.near_duplicates import NearDuplicate
from classeur.data.near_findings import find_near_duplicates
from classeur.data.synthetic import paint_animal
from classeur.data.together import find_long_chains
from classeur.delivery.findings_table import kinds
from classeur.delivery.inspection_sheets import InspectionSheets
from classeur.delivery.progress import Reporter
from classeur.delivery.wording import command_line
from classeur.errors import StorageError, UsageError
from classeur.images.preparation import Preparation
from classeur.models.kept_features import FeatureStore
from classeur.storage import is_output, mark_as_output
from classeur.workflows.inspection import examine

QUIET = Reporter()


class OneShade:
    """A store in which every picture is grey."""

    def select(self, hashes: list[str]) -> np.ndarray:
        return np.full((len(hashes), 8, 8, 3), 99, np.uint8)


@pytest.fixture
def animals(tmp_path: Path) -> Path:
    """Six cats and six dogs, split; a leak, a duplicate, a contradiction, near-duplicates, a blank and a cut file."""
    data = tmp_path / "my animals"
    for number in range(12):
        kind, split = ("cat", "dog")[number % 2], "train" if number < 8 else "validation"
        path = data / split / f"{kind}s" / f"{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(paint_animal(kind, number, image_size=(120, 160))).save(path)  # type: ignore[arg-type]
    train, validation = data / "train", data / "validation"
    shutil.copy(train / "cats" / "0.jpg", validation / "cats" / "leak.jpg")
    shutil.copy(train / "cats" / "2.jpg", train / "cats" / "=twice.jpg")
    shutil.copy(train / "dogs" / "1.jpg", train / "cats" / "wrong.jpg")
    for source, target in ((train / "dogs" / "3.jpg", validation / "dogs"), (train / "cats" / "4.jpg", train / "cats")):
        with Image.open(source) as image:
            image.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(target / "mirrored.jpg")
    Image.new("RGB", (60, 60), "grey").save(train / "dogs" / "blank.png")
    (train / "dogs" / "cut.jpg").write_bytes((train / "dogs" / "5.jpg").read_bytes()[:500])
    return data


def inspected(data: Path, out: Path) -> tuple[dict[str, Any], list[dict[str, str]]]:
    classeur.inspect(data, out=out, image_size=64, reporter=QUIET)
    with open(out / "findings.csv", encoding="utf-8", newline="") as file:
        rows = [{name: unguarded(cell) for name, cell in row.items()} for row in csv.DictReader(file)]
    return json.loads((out / "inspection.json").read_text("utf-8")), rows


def test_each_kind_has_its_rows_and_its_picture(animals: Path, tmp_path: Path) -> None:
    facts, rows = inspected(animals, tmp_path / "out")
    with_picture = ["leak", "contradiction", "near-leak", "duplicate", "near-duplicate", "low-range"]
    assert facts["pictures"] == [f"{code}.png" for code in with_picture] + ["classes.png"]
    assert sorted(path.name for path in (tmp_path / "out").glob("*.png")) == sorted(facts["pictures"])
    ranks = [("error", "warning", "note").index(row["severity"]) for row in rows]
    assert ranks == sorted(ranks)
    found = {(row["code"], row["path"]): row for row in rows}
    leak = found["leak", "validation/cats/leak.jpg"]
    assert (leak["label"], leak["split"], leak["beside"]) == ("cats", "validation", "train/cats/0.jpg")
    assert leak["command"] == f"classeur inspect '{animals}' --plan plan.csv"
    near = found["near-leak", "train/dogs/3.jpg"]
    assert (near["beside"], json.loads(near["values"])["kinds"]) == ("validation/dogs/mirrored.jpg", {"mirrored": 1})
    assert found["duplicate", "train/cats/=twice.jpg"]["beside"] == "train/cats/2.jpg"
    assert found["leak-share", ""]["text"].startswith("1 of ")
    assert found["unusable", "train/dogs/cut.jpg"]["label"] == "dogs"
    numbers = [int(row["finding"]) for row in rows]
    assert numbers == sorted(numbers)
    assert max(numbers) == len(facts["findings"])


def test_a_formula_in_a_name_is_not_one(animals: Path, tmp_path: Path) -> None:
    for path in (animals / "train" / "cats").iterdir():
        shutil.copy(path, animals / "train" / "dogs" / f"={path.name}")
    flat = tmp_path / "flat"
    shutil.copytree(animals / "train" / "dogs", flat / "=dogs")
    inspected(flat, tmp_path / "out")
    with open(tmp_path / "out" / "findings.csv", encoding="utf-8", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert any("=dogs/" in cell for cell in cells)
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


def test_what_is_mended_has_no_picture_any_more(animals: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    inspected(animals, out)
    (out / "holiday.png").write_bytes(b"my own")
    (animals / "validation" / "cats" / "leak.jpg").unlink()
    _, rows = inspected(animals, out)
    assert not (out / "leak.png").exists()
    assert (out / "contradiction.png").exists()
    assert (out / "holiday.png").exists()
    assert "leak" not in {row["code"] for row in rows}


@pytest.mark.parametrize("listing", ['{"pictures": ["../victim.png", "/etc/x.png", 5]}', "[]", "{", '{"pictures": 7}'])
def test_no_other_file_is_removed(animals: Path, tmp_path: Path, listing: str) -> None:
    out, victim = tmp_path / "out", tmp_path / "victim.png"
    mark_as_output(out)
    victim.write_bytes(b"of another")
    (out / "inspection.json").write_text(listing)
    inspected(animals, out)
    assert victim.exists()


def test_a_folder_without_a_fault_has_its_classes(tmp_path: Path) -> None:
    data = tmp_path / "data"
    for number in range(12):
        kind = ("cat", "dog")[number % 2]
        (data / kind).mkdir(parents=True, exist_ok=True)
        Image.fromarray(paint_animal(kind, number, image_size=(90, 90))).save(data / kind / f"{number}.png")  # type: ignore[arg-type]
    facts, rows = inspected(data, tmp_path / "out")
    assert (facts["kinds"], facts["findings"], rows, facts["pictures"]) == ([], [], [], ["classes.png"])


@pytest.mark.parametrize("make", [lambda data: data.mkdir(), lambda data: (data / "a").mkdir(parents=True)])
def test_nothing_to_see_is_no_error(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "data")
    facts, rows = inspected(tmp_path / "data", tmp_path / "out")
    assert facts["pictures"] == []
    assert rows


def test_more_than_fit_are_counted(animals: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    feet: list[str] = []
    monkeypatch.setattr(
        "classeur.delivery.inspection_sheets.draw_tiles",
        lambda tiles, path, *, title, subtitle, foot: (feet.append(f"{len(tiles)} {foot}"), path.touch()),
    )
    for number in range(100):
        Image.new("RGB", (60, 60), (number, number, number)).save(animals / "train" / "dogs" / f"blank {number}.png")
    inspected(animals, tmp_path / "out")
    assert feet[-1] == "42 … and 59 more, in findings.csv"
    assert "1 " in feet


def test_an_interruption_leaves_all_findings_and_says_so(
    animals: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out, drawn = tmp_path / "out", []

    def draw(_tiles: object, path: Path, **_words: str) -> None:
        if drawn:
            raise KeyboardInterrupt
        drawn.append(path)

    monkeypatch.setattr("classeur.delivery.inspection_sheets.draw_tiles", draw)
    assert _status(["inspect", str(animals), "--out", str(out), "--image-size", "64"], debug=False) == INTERRUPTED
    assert "1 of 7 pictures is drawn; the same command draws all" in capsys.readouterr().err
    assert len(json.loads((out / "inspection.json").read_text("utf-8"))["pictures"]) == 7
    assert (out / "findings.csv").read_text("utf-8").count("near-duplicate") > 1


def test_of_a_large_group_several_pairs_are_shown_and_of_two_classes_both_names(
    folder_of: Callable[..., ImageFolder],
) -> None:
    labels = ["아주긴이름의고양이품종", "아주긴이름의강아지품종"]
    folder = folder_of([labels[0]] * 6 + [labels[1]], hashes=[*"123456", "1"])
    pairs = [NearDuplicate(0, number, "copy", 1 - number / 100) for number in range(1, 6)]
    sheets = InspectionSheets(folder, OneShade())
    tiles = sheets._pairs(find_near_duplicates(folder, pairs)[-1])
    assert [tile.remark.rpartition(" · ")[2] for tile in tiles] == ["7 images in all", *["of the same group"] * 3]
    (contradiction,) = (each for each in find_duplicates(folder) if each.code == "contradiction")
    tile = sheets._single(contradiction)
    assert (tile.captions[0], tile.remark) == ((labels[1], f"and {labels[0]}"), "0.jpg = 6.jpg")


@pytest.mark.parametrize("code", ["long-burst", "long-chain"])
def test_of_a_chain_neighbours_are_shown_with_their_numbers(
    folder_of: Callable[..., ImageFolder], monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    """So that a person can judge whether they show the same thing."""
    drawn: dict[str, Any] = {}
    monkeypatch.setattr("classeur.delivery.inspection_sheets.draw_tiles", lambda tiles, *_, **__: drawn.update(t=tiles))
    folder = folder_of(["a"] * 100, cameras=["EOS"] * 100, taken=[float(second) for second in range(1, 101)])
    pairs = [NearDuplicate(row, row + 1, "moved", 0.9) for row in range(99)]
    found = find_bursts(folder) if code == "long-burst" else find_long_chains(folder, pairs)
    sheets = InspectionSheets(folder, OneShade())  # type: ignore[arg-type]
    (kind,) = kinds(found)
    sheets.draw(kind, sheets.shown(found), Path("unused.png"))
    assert [tile.remark for tile in drawn["t"]] == [
        f"no. {first} and {first + 1} of 100" for first in (1, 21, 40, 60, 79, 99)
    ]
    assert [caption.name for caption in drawn["t"][-1].captions] == ["98.jpg", "99.jpg"]


def test_what_is_of_poor_quality_has_a_list_to_leave_it_out_by(
    image_folder: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = image_folder({"cats": 6, "dogs": 6}), tmp_path / "found"
    Image.new("RGB", (20, 20), "grey").save(data / "cats" / "a.png")
    draw_photograph(1, size=(24, 20)).save(data / "cats" / "tiny.png")
    for path in data.rglob("0*.*g"):
        draw_photograph(int(path.stem) + 10 * (path.parent.name == "dogs"), size=(240, 200)).save(path)
    found = classeur.inspect(data, image_size=64, reporter=QUIET).findings
    command = next(finding for finding in found if finding.code == "tiny").changes[0].command
    assert command is not None
    assert command_line(command) == f"classeur inspect {data} --out findings"
    found = classeur.inspect(data, image_size=64, out=out, reporter=QUIET).findings
    command = next(finding for finding in found if finding.code == "tiny").changes[0].command
    assert command is not None
    assert command_line(command) == f"classeur train {data} --exclude {out / 'tiny.csv'}"
    made = classeur.split(data, to=tmp_path / "s.csv", exclude=out / "tiny.csv", reporter=QUIET)
    assert sum(sum(counts.values()) for counts in made.counts.values()) == 13
    (data / "cats" / "tiny.png").unlink()
    classeur.inspect(data, image_size=64, out=out, reporter=QUIET)
    assert not (out / "tiny.csv").exists(), "of an earlier inspection"


def test_commands_repeat_how_the_data_are_read(tmp_path: Path, image_folder: Callable[..., Path]) -> None:
    data = image_folder({"cats": 6, "dogs": 6})
    rows = [
        f"{path},{path.parent.name},{('train', 'val')[number % 2]},p{number // 4 if number < 10 else number}"
        for number, path in enumerate(sorted(data.rglob("*.*g")))
    ]
    table = tmp_path / "all.csv"
    table.write_text("\n".join(["where,what,part,who", *rows]), encoding="utf-8")
    columns = "path=where,label=what,split=part"
    found = classeur.inspect(table, image_size=32, columns=columns, group_by="who", reporter=QUIET).findings
    leak = next(finding for finding in found if finding.code == "group-leak")
    command = next(change.command for change in leak.changes if change.command)
    assert command_line(command) == f"classeur train {table} --columns {columns} --group-by who --drop-leaks"


def test_what_would_leave_no_validation_is_not_advised(tmp_path: Path, image_folder: Callable[..., Path]) -> None:
    data = image_folder({"cats": 6, "dogs": 6})
    paths = sorted(data.rglob("*.*g"))
    rows = [f"{path},{path.parent.name},{('train', 'val')[n % 2]},p{n // 4}" for n, path in enumerate(paths)]
    table = tmp_path / "all.csv"
    table.write_text("\n".join(["path,label,split,who", *rows]), encoding="utf-8")
    found = classeur.inspect(table, image_size=32, group_by="who", reporter=QUIET).findings
    assert "group-leak" in {finding.code for finding in found}
    assert not [change for finding in found for change in finding.changes if change.code == "drop-leaks"]


def test_output_is_never_data_and_a_full_disk_one_line(animals: Path, tmp_path: Path) -> None:
    inspected(animals, animals / "findings")
    assert is_output(animals / "findings")
    facts, _ = inspected(animals, animals / "findings")
    assert "own-output" in {kind["code"] for kind in facts["kinds"]}
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="file"):
        classeur.inspect(animals, out=tmp_path / "file", image_size=64, reporter=QUIET)


def test_the_command_says_where_it_is(animals: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _status(["inspect", str(animals), "--out", str(tmp_path / "out"), "--image-size", "64"], debug=False) == 0
    told = capsys.readouterr()
    assert f"{tmp_path / 'out'}: inspection.json, findings.csv and 7 pictures" in told.err
    lines = told.out.splitlines()
    assert [line.split()[:3] for line in lines if line.startswith("error   ") and line.split()[1].isdigit()][:3] == [
        ["error", "1", "judged"], ["error", "1", "leak"], ["error", "1", "contradiction"],
    ]  # fmt: skip


@pytest.mark.parametrize("num_kept", [0, 3, 4])
def test_features_that_a_training_has_kept_find_pairs_too(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, num_kept: int
) -> None:
    """Here hashes find none; features of all images are needed."""
    monkeypatch.setattr("classeur.data.candidates._LEAST_NEAR", 1.1)
    data, store = tmp_path / "data", FeatureStore(cache, "efficientnet_lite0", Preparation())
    data.mkdir()
    for number in range(3):
        Image.fromarray(paint_animal("cat", number, image_size=(200, 260))).save(data / f"{number}.png")
    with Image.open(data / "0.png") as image:
        image.resize((130, 100)).save(data / "small.png")
    paths = [data / name for name in ("0.png", "small.png", "1.png", "2.png")]
    rows = np.zeros((4, 1280), np.float32)
    rows[[0, 1, 2, 3], [0, 0, 1, 2]] = 1
    store.add([(content_hash(path.read_bytes()), row) for path, row in zip(paths, rows, strict=True)][:num_kept])
    pairs = examine(data, {}, cache=cache, reporter=QUIET).pairs
    assert [pair.kind for pair in pairs] == ["copy"] * (num_kept == 4)


def test_a_list_that_a_person_has_edited_stays(tmp_path: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    for number in range(6):
        path = data / ("cats", "dogs")[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        picture = Image.fromarray(paint_animal(("cat", "dog")[number % 2], number, image_size=(120, 160)))  # type: ignore[arg-type]
        (picture.resize((8, 8)).resize((120, 120), Image.Resampling.BICUBIC) if number == 0 else picture).save(path)
    told = Listener()
    classeur.inspect(data, out=out, cache=tmp_path / "cache", reporter=QUIET)
    whole = (out / "blurred.csv").read_text("utf-8")
    classeur.inspect(data, out=out, cache=tmp_path / "cache", reporter=told)
    assert not told.warned
    (out / "blurred.csv").write_text("path\n", "utf-8")
    classeur.inspect(data, out=out, cache=tmp_path / "cache", reporter=told)
    assert (out / "blurred.csv").read_text("utf-8") == "path\n"
    assert any("blurred.csv stays as it is" in line for line in told.warned)
    (out / "blurred.csv").unlink()
    classeur.inspect(data, out=out, cache=tmp_path / "cache", reporter=QUIET)
    assert (out / "blurred.csv").read_text("utf-8") == whole


def test_a_plan_is_not_written_over_what_was_found(animals: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="would be among the findings"):
        classeur.inspect(animals, out=tmp_path / "new", plan=tmp_path / "new" / "findings.csv", reporter=QUIET)
    assert not (tmp_path / "new").exists()


def test_what_is_left_out_is_counted_and_nothing_is_said_of_it(
    animals: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan, listener = tmp_path / "plan.csv", Listener()
    before = classeur.inspect(animals, image_size=64, plan=plan, reporter=QUIET)
    found = classeur.inspect(animals, image_size=64, exclude=plan, reporter=listener)
    number = len(plan.read_text("utf-8").splitlines()) - 1
    assert f"{number} images left out by {plan}" in listener.told
    assert (found.left_out, found.num_left_out) == ({"by plan.csv": number}, number)
    assert found.num_usable == before.num_usable - number
    assert (found.num_set_aside, found.num_found) == (before.num_set_aside, before.num_found)
    assert {finding.code for finding in before.findings if finding.severity == "error"} > {"leak", "contradiction"}
    assert not [finding for finding in found.findings if finding.severity == "error"]
    assert [finding.subject for finding in found.findings if finding.code == "unusable"] == ["train/dogs/cut.jpg"]
    assert _status(["inspect", str(animals), "--image-size", "64", "--exclude", str(plan)], debug=True) == 0
    assert f"1 set aside, {number} left out ({number} by plan.csv)" in capsys.readouterr().out
    assert _status(["inspect", str(animals), "--image-size", "64", "--exclude", str(plan), "--json"], debug=True) == 0
    assert json.loads(capsys.readouterr().out)["left_out"] == {"by plan.csv": number}


def test_a_list_made_beside_another_has_what_that_one_leaves_out(
    image_folder: Callable[..., Path], tmp_path: Path
) -> None:
    """A training follows one list: two would let what the first leaves out train again."""
    data, out, old, new = (
        image_folder({"cats": 6, "dogs": 6}),
        *(tmp_path / name for name in ("found", "old.csv", "new.csv")),
    )
    for path in data.rglob("0*.*g"):
        draw_photograph(int(path.stem) + 10 * (path.parent.name == "dogs"), size=(240, 200)).save(path)
    draw_photograph(1, size=(24, 20)).save(data / "cats" / "tiny.png")
    old.write_text(f"path\ndogs/{min((data / 'dogs').iterdir()).name}\n", encoding="utf-8")
    options: dict[str, Any] = {"image_size": 64, "exclude": old, "reporter": QUIET}
    found = classeur.inspect(data, **options).findings
    commands = [change.command for finding in found for change in finding.changes if change.command is not None]
    assert f"classeur inspect {data} --exclude {old} --out findings" in list(map(command_line, commands))
    assert all(command.options["exclude"] == str(old) for command in commands)
    (data / "dogs" / "copy.jpg").write_bytes(max((data / "dogs").iterdir()).read_bytes())
    classeur.inspect(data, **options, out=out, plan=new)
    for written, finding in ((out / "tiny.csv", "tiny"), (new, "duplicate")):
        with open(written, encoding="utf-8", newline="") as file:
            assert sorted(row["finding"] for row in csv.DictReader(file)) == sorted([finding, "excluded"])
        listener = Listener()
        classeur.split(data, to=tmp_path / "s.csv", exclude=written, overwrite=True, reporter=listener)
        assert f"2 images left out by {written}" in listener.told
    with pytest.raises(UsageError, match=r"new\.csv is what --exclude names, and would be replaced"):
        classeur.inspect(data, plan=new, exclude=new, overwrite=True, image_size=64, reporter=QUIET)
