import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from listening import Listener
from photographs import draw_photograph
from PIL import Image

import classeur
from classeur.cli import _status
from classeur.data.tables import read_table
from classeur.delivery.progress import Reporter
from classeur.errors import LayoutError, UsageError
from classeur.run import Run
from classeur.training.recipe import make_recipe
from classeur.workflows.preparation import prepare
from classeur.workflows.resumption import check_same_data
from classeur.workflows.split import Manifest, parse_shares
from classeur.workflows.training import _write_beginning

QUIET = Reporter()
MakeFolder = Callable[..., Path]


@pytest.fixture
def pets(image_folder: MakeFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return image_folder({"cats": 20, "dogs": 40}, name="pets", size=(9, 8))


def totals(manifest: Manifest) -> dict[str, int]:
    return {name: sum(counts.values()) for name, counts in manifest.counts.items()}


def test_a_folder_is_split_in_three_and_the_file_trains_as_it_says(pets: Path) -> None:
    made = classeur.split(pets, reporter=QUIET)
    assert made.counts == {
        "train": {"cats": 14, "dogs": 28}, "validation": {"cats": 3, "dogs": 6}, "test": {"cats": 3, "dogs": 6},
    }  # fmt: skip
    prepared = prepare("split.csv", make_recipe({"model": "tutorial", "image_size": 8}), reporter=QUIET)
    assert not prepared.split.made_here
    assert {name: prepared.counts[name] for name in made.counts} == totals(made)
    assert prepared.fingerprint == made.fingerprint
    assert classeur.split(pets, to="again.csv", reporter=QUIET).fingerprint == made.fingerprint
    assert classeur.split(pets, to="other.csv", seed=1, reporter=QUIET).fingerprint != made.fingerprint
    assert classeur.inspect("split.csv", reporter=QUIET).totals == totals(made)


def test_groups_and_equal_files_are_whole_and_named(pets: Path) -> None:
    for path in list(pets.rglob("*.*g")):
        path.rename(path.with_name(f"p{int(path.stem) // 5}_{path.name}"))
    (pets / "cats" / "p7_copy.jpg").write_bytes((pets / "cats" / "p1_06.jpg").read_bytes())
    made = classeur.split(pets, shares="60/40", group_by=r"(p\d)_", reporter=QUIET)
    table = read_table(Path("split.csv"))
    assert set(table.groups) == {"p0", "p1 + p7", *(f"p{number}" for number in range(2, 7))}
    assert len(set(zip(table.groups, table.splits, strict=True))) == 7 == made.num_groups
    assert set(made.counts) == {"train", "validation"}


def test_near_duplicates_are_on_one_side_of_every_split(pets: Path) -> None:
    for number, path in enumerate(sorted(pets.glob("dogs/*.*"))[:12]):
        photograph = draw_photograph(number, size=(60, 48))
        photograph.save(path.with_name(f"p{number}.png"))
        photograph.resize((50, 40)).save(path.with_name(f"q{number}.jpg"), quality=85)
        path.unlink()
    listener = Listener()
    recipe = make_recipe({"model": "tutorial", "image_size": 8, "validation_share": 0.5})
    prepared = prepare(pets, recipe, reporter=listener)
    by_training = dict(zip(prepared.folder.paths, prepared.split.splits, strict=True))
    made = classeur.split(pets, shares="50/50", reporter=QUIET)
    table = read_table(Path("split.csv"))
    by_split = dict(zip(table.paths, table.splits, strict=True))
    assert {f"pets/{path}": name for path, name in by_training.items()} == by_split
    for number in range(12):
        assert by_training[f"dogs/p{number}.png"] == by_training[f"dogs/q{number}.jpg"]
    assert made.num_groups == 12
    assert any("each of 12 groups of near-duplicates on one side" in text for text in listener.told)


def test_a_long_chain_is_left_apart_and_named_unless_it_is_asked_for(pets: Path) -> None:
    for number in range(12):
        draw_photograph(1, size=(60, 48)).resize((50 + number, 40)).save(pets / "cats" / f"p{number}.png")
    told = {}
    for long_bursts in (False, True):
        options = {"model": "tutorial", "image_size": 8, "validation_share": 0.5, "long_bursts": long_bursts}
        listeners = Listener(), Listener()
        prepared = prepare(pets, make_recipe(options), reporter=listeners[0])
        to = f"{long_bursts}.csv"
        classeur.split(pets, to=to, shares="50/50", long_bursts=long_bursts, reporter=listeners[1])
        table = read_table(Path(to))
        by_split = dict(zip(table.paths, table.splits, strict=True))
        by_training = zip(prepared.folder.paths, prepared.split.splits, strict=True)
        assert {f"pets/{path}": name for path, name in by_training} == by_split
        assert len({by_split[f"pets/cats/p{number}.png"] for number in range(12)}) == (1 if long_bursts else 2)
        told[long_bursts] = [any("more than a fifth of cats" in text for text in each.told) for each in listeners]
    assert told == {False: [True, True], True: [False, False]}


def test_near_duplicates_across_a_given_split_are_named(pets: Path) -> None:
    for split_name in ("train", "validation"):
        (pets / split_name).mkdir()
    for name in ("cats", "dogs"):
        (pets / name).rename(pets / "train" / name)
        for number in range(2):
            path = pets / "validation" / name / f"{number}.png"
            path.parent.mkdir(exist_ok=True)
            photograph = draw_photograph(2 * number + (name == "cats"), size=(60, 48))
            photograph.save(path)
            photograph.resize((50, 40)).save(pets / "train" / "cats" / f"{name}{number}.jpg", quality=85)
    listener = Listener()
    prepare(pets, make_recipe({"model": "tutorial", "image_size": 8}), reporter=listener)
    assert any(
        "4 of 4 validation images (100%) belong with images in training (4 near-duplicates)" in text
        for text in listener.told
    )
    assert any("2 groups of near-duplicates are in two classes" in text for text in listener.told)


def test_few_images_leave_no_test_and_that_is_said(pets: Path) -> None:
    (pets / "cats" / "00.jpg").unlink()
    listener = Listener()
    made = classeur.split(pets, reporter=listener)
    assert totals(made) == {"train": 50, "validation": 9}
    assert any("there is no test: cats has 19 images, and with fewer than 20" in text for text in listener.told)


def test_too_few_groups_leave_no_test_and_that_is_said(pets: Path) -> None:
    for path in list(pets.rglob("*.*g")):
        path.rename(path.with_name(f"{path.parent.name}{int(path.stem) % 2}_{path.name}"))
    listener = Listener()
    made = classeur.split(pets, group_by="([^/_]+)_", reporter=listener)
    assert totals(made) == {"train": 30, "validation": 30}
    assert "there is no test: the images are in too few groups; its share is for training" in listener.told
    (pets / "cats" / "broken.jpg").touch()
    listener = Listener()
    classeur.split(pets, to="b.csv", group_by="([^/_]+)_", reporter=listener)
    assert any(text.startswith("1 file that cannot be used is left out") for text in listener.told)


def test_a_split_of_the_datas_own_is_kept(image_folder: MakeFolder, tmp_path: Path) -> None:
    data = image_folder({"train": {"a": 4, "b": 4}, "validation": {"a": 2, "b": 1}})
    listener = Listener()
    made = classeur.split(data, to=tmp_path / "split.csv", reporter=listener)
    assert (made.made_here, totals(made)) == (False, {"train": 8, "validation": 3})
    assert f"{data} has a validation of its own; its split is kept" in listener.told
    with pytest.raises(UsageError, match="so there is nothing to keep; leave out --keep"):
        classeur.split(data, to=tmp_path / "new.csv", keep=tmp_path / "split.csv", reporter=QUIET)


def test_data_that_grow_keep_their_split(pets: Path, image_folder: MakeFolder) -> None:
    classeur.split(pets, reporter=QUIET)
    before = dict(zip(*read_table(Path("split.csv"))[1:3], strict=True))
    more = image_folder({"cats": 20, "dogs": 20}, name="more", size=(9, 8), seed=5)
    for path in more.rglob("*.*g"):
        path.rename(pets / path.parent.name / f"new{path.name}")
    splits = {name: next(path for path, each in before.items() if each == name) for name in ("train", "validation")}
    (pets / "dogs" / "copy.jpg").write_bytes(Path(splits["validation"]).read_bytes())
    Path(splits["train"]).unlink()
    listener = Listener()
    made = classeur.split(pets, keep="split.csv", reporter=listener)
    after = dict(zip(*read_table(Path("split.csv"))[1:3], strict=True))
    assert {path: name for path, name in after.items() if path in before} == {
        path: name for path, name in before.items() if path != splits["train"]
    }
    assert after["pets/dogs/copy.jpg"] == "validation"
    assert made.lost == (splits["train"],)
    assert f"1 image of the older split is lost: {splits['train']}" in listener.told
    counts = Counter(after.values())
    assert counts == totals(made)
    assert counts["validation"] == pytest.approx(0.15 * len(after), abs=2)


def test_a_new_image_of_two_splits_is_set_aside_with_its_reason(pets: Path) -> None:
    classeur.split(pets, reporter=QUIET)
    table = read_table(Path("split.csv"))
    paths = {name: Path(table.paths[table.splits.index(name)]) for name in ("train", "test")}
    for name, path in paths.items():  # both are of patient 7 now, and so is the new one
        path.rename(path.with_name(f"q7_{name}{path.suffix}"))
    draw_photograph(1, size=(60, 48)).save(pets / "cats" / "q7_new.jpg")
    recipe = make_recipe({"model": "tutorial", "image_size": 8, "group_by": r"(q\d)_"})
    prepared = prepare(pets, recipe, keep_split="split.csv", reporter=QUIET)
    listener = Listener()
    made = classeur.split(pets, keep="split.csv", group_by=r"(q\d)_", reporter=listener)
    assert made.set_aside == {"cats/q7_new.jpg": ("train", "test")}
    assert "pets/cats/q7_new.jpg" not in read_table(Path("split.csv")).paths
    assert any(text.startswith("1 new image is set aside, such as cats/q7_new.jpg") for text in listener.told)
    assert any("it would be in train and test" in text for text in listener.told)
    aside = Path("split.set_aside.csv").read_text(encoding="utf-8")
    assert aside == (
        "path,reason\ncats/q7_new.jpg,a new image: together with others of its group it would be in train and test\n"
    )
    assert "split.set_aside.csv: 1 file left out, each with its reason" in listener.told
    assert (prepared.counts["used"], prepared.counts["set_aside"]) == (60, 1)
    with Run.creating(Path("run")) as run:
        facts = _write_beginning(run, recipe, {}, prepared, None)
    assert run.set_aside_path.read_text(encoding="utf-8") == aside
    check_same_data(run, facts, prepared.folder, pets)  # what was set aside is not new
    classeur.split(pets, group_by=r"(q\d)_", overwrite=True, reporter=QUIET)
    assert not Path("split.set_aside.csv").exists(), "nothing is left out any more"


def test_a_list_of_what_is_left_out_replaces_no_other_file(pets: Path) -> None:
    Path("split.set_aside.csv").write_text("my,notes\n")
    with pytest.raises(UsageError, match=r"another file has this name; give another name with --to"):
        classeur.split(pets, overwrite=True, reporter=QUIET)


def test_a_file_is_not_replaced_unasked(pets: Path) -> None:
    classeur.split(pets, reporter=QUIET)
    with pytest.raises(UsageError, match=r"split\.csv exists; keep its images where they are with --keep split\.csv"):
        classeur.split(pets, reporter=QUIET)
    with pytest.raises(UsageError, match=r"split\.csv is DATA itself"):
        classeur.split("split.csv", overwrite=True, reporter=QUIET)
    Path("plan.csv").write_text("path\na/0.png\n")
    with pytest.raises(UsageError, match=r"plan\.csv is what --exclude names"):
        classeur.split(pets, to="plan.csv", exclude="plan.csv", overwrite=True, reporter=QUIET)
    assert Path("plan.csv").read_text() == "path\na/0.png\n"
    assert totals(classeur.split(pets, shares="80/20", overwrite=True, reporter=QUIET)) == {
        "train": 48,
        "validation": 12,
    }


def test_what_cannot_be_split_is_refused(image_folder: MakeFolder, tmp_path: Path) -> None:
    data = image_folder({"a": 3, "b": 3})
    with pytest.raises(LayoutError, match="without leaving a class with none to train on; add images, or group them"):
        # Each class is one group.
        classeur.split(data, to=tmp_path / "s.csv", group_by="(a|b)/", reporter=QUIET)
    (tmp_path / "pets.zip").write_bytes(b"PK\3\4")
    with pytest.raises(UsageError, match=r"pets\.zip is a zip, whose files a CSV cannot name; unpack it"):
        classeur.split(tmp_path / "pets.zip", reporter=QUIET)
    with pytest.raises(UsageError, match=r"split\.json is not the name of a CSV"):
        classeur.split(tmp_path, to=tmp_path / "split.json", reporter=QUIET)


@pytest.mark.parametrize("shares", ["70/15", "70", "", "a/b", "100/0", "0/50/50", "70/20/20", "110/-10", (1, 0), None])
def test_shares_that_are_none_are_refused(shares: object) -> None:
    with pytest.raises(UsageError, match=r"expected training/validation/test that make up 100"):
        parse_shares(shares)  # type: ignore[arg-type]


def test_the_command_says_where_the_images_are(pets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _status(["split", "pets"], debug=True) == 0
    out = capsys.readouterr().out
    assert "cats      14           3     3" in out
    assert "next: classeur train split.csv" in out
    assert _status(["split", "pets", "--to", "b.csv", "--json"], debug=True) == 0
    printed = json.loads(capsys.readouterr().out)
    assert f"split.csv: fingerprint {printed['fingerprint']}" in out


def burst(folder: Path, number: int) -> None:
    """Say that the first images of a folder were taken one second after the other."""
    for second, path in enumerate(sorted(folder.iterdir())[:number]):
        exif = Image.Exif()
        exif.update({0x0110: "EOS", 0x0132: f"2024:03:01 12:00:{second:02d}"})
        with Image.open(path) as image:
            image.save(path, exif=exif)


@pytest.mark.parametrize("number", [4, 12])
def test_a_burst_is_not_separated_unless_it_is_a_fifth_of_its_class(pets: Path, number: int) -> None:
    burst(pets / "dogs", number)
    sides = []
    for seed in range(3):
        listener = Listener()
        classeur.split(pets, to=f"{seed}.csv", seed=seed, reporter=listener)
        table = read_table(Path(f"{seed}.csv"))
        sides.append(len({table.splits[row] for row in range(20, 20 + number)}))
        assert any("more than a fifth of dogs" in text for text in listener.told) == (number == 12)
    assert (max(sides) == 1) == (number == 4)
    classeur.split(pets, to="all.csv", long_bursts=True, reporter=QUIET)
    assert len(set(read_table(Path("all.csv")).splits[20 : 20 + number])) == 1


def test_a_training_keeps_bursts_whole_too(pets: Path) -> None:
    burst(pets / "dogs", 4)
    for seed in range(4):
        listener = Listener()
        recipe = make_recipe({"model": "tutorial", "image_size": 8, "seed": seed})
        assert len(set(prepare(pets, recipe, reporter=listener).split.splits[20:24])) == 1
        assert any("with identical files and each of 1 burst on one side" in text for text in listener.told)


def test_a_plan_is_written_and_followed(pets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (pets / "dogs" / "copy.jpg").write_bytes((pets / "dogs" / "00.jpg").read_bytes())
    listener = Listener()
    classeur.inspect(pets, plan="plan.csv", reporter=listener)
    assert listener.told[-1] == (
        f"plan.csv: 1 image to leave out; edit it, then: classeur train {pets} --exclude plan.csv"
    )
    listener = Listener()
    made = classeur.split(pets, exclude="plan.csv", reporter=listener)
    assert "1 image left out by plan.csv" in listener.told
    assert not any("cannot be used" in text for text in listener.told)
    assert (sum(totals(made).values()), made.num_groups) == (60, 0)
    prepared = prepare(pets, make_recipe({"model": "tutorial", "image_size": 8}), exclude="plan.csv", reporter=QUIET)
    assert (prepared.counts["used"], prepared.counts["set_aside"]) == (60, 1)
    assert ("dogs/copy.jpg", "left out by plan.csv") in prepared.folder.set_aside()
    Path("plan.csv").write_text("path\npets/none.jpg\npets/dogs/00.jpg\n", encoding="utf-8")
    listener = Listener()
    classeur.split(pets, to="b.csv", exclude="plan.csv", reporter=listener)
    assert f"1 path of plan.csv is not in {pets}: pets/none.jpg" in listener.told
    (pets / "dogs" / "other").mkdir()
    for number in range(2):
        (pets / "dogs" / "other" / f"{number}.jpg").write_bytes((pets / "dogs" / "00.jpg").read_bytes())
    Path("plan.csv").write_text("path\ndogs/other/\n", encoding="utf-8")
    listener = Listener()
    classeur.split(pets, to="c.csv", exclude="plan.csv", reporter=listener)
    assert "2 images left out by plan.csv" in listener.told
    assert "dogs/other/ of plan.csv is a folder: 2 images below it are left out" in listener.warned


def test_strict_ends_with_a_status_of_its_own(pets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _status(["inspect", "pets", "--strict"], debug=True) == 0
    (pets / "dogs" / "copy.jpg").write_bytes((pets / "cats" / "00.jpg").read_bytes())
    assert _status(["inspect", "pets"], debug=True) == 0
    assert _status(["inspect", "pets", "--strict", "--plan", "plan.csv"], debug=True) == 3
    assert "contradiction" in Path("plan.csv").read_text(encoding="utf-8")
    assert _status(["split", "pets", "--exclude", "plan.csv"], debug=True) == 0
    assert "not separated" not in capsys.readouterr().out
