"""`report` of a cross-validation: every image once, by the fold that was not trained on it."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from listening import Listener
from PIL import Image

import classeur
from classeur.cli import _status
from classeur.data.findings import Finding
from classeur.delivery.diagnosis import read_diagnosis
from classeur.delivery.explanations import overlaid
from classeur.delivery.progress import Reporter
from classeur.delivery.report import Report
from classeur.errors import FoldsError, UnfinishedRunError
from classeur.evaluation.maps import mapped
from classeur.images.pixels import PixelStore
from classeur.improvement.diagnosis import Diagnosis
from classeur.models.onnx_tail import MappedModel
from classeur.run import Run
from classeur.training.facts import read_facts, write_facts
from classeur.workflows.leaks import LEAK_COLUMNS
from classeur.workflows.report import report_training
from classeur.workflows.report_pictures import thumbnail

QUIET = Reporter()
NUM_FOLDS = 3

pytestmark = pytest.mark.keras


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with data of two classes, some of which look like the other, their folds, and their cache."""
    folder, random = tmp_path_factory.mktemp("report_folds"), np.random.default_rng(0)
    for number in range(61):
        label = ("cats", "dogs")[number % 2]
        colour = ((200, 80, 60), (150, 90, 90))[(number + (number % 9 == 0)) % 2]
        picture = np.clip(random.normal(0, 40, (40, 40, 3)) + colour, 0, 255).astype(np.uint8)
        (folder / "data" / label).mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(folder / "data" / label / f"{number:03}.png")
    classeur.train(
        folder / "data", out=folder / "folds", folds=NUM_FOLDS, model="efficientnet_lite0", image_size=32,
        cache=folder / "cache", reporter=QUIET,
    )  # fmt: skip
    return folder


@pytest.fixture
def folds(made: Path, tmp_path: Path) -> Run:
    """A copy, which a test may change."""
    return Run(Path(shutil.copytree(made / "folds", tmp_path / "copied")))


def _facts(run: Run) -> Report:
    return Report.model_validate(json.loads(run.report_facts_path.read_text(encoding="utf-8")))


def test_train_writes_one_page_of_all_folds_with_the_numbers_of_evaluate(made: Path) -> None:
    run = Run(made / "folds")
    [found] = _facts(run).runs
    assert found.folds == classeur.cross_validation(run)
    assert found.score == classeur.evaluate(run, reporter=QUIET)
    assert sum(each.num_images for each in found.cells) == found.score.num_images == 61
    assert not found.remarks
    for path in (run.report_path, run.report_facts_path):
        assert str(made) not in path.read_text(encoding="utf-8")
    assert not [fold for fold in range(1, NUM_FOLDS + 1) if run.fold(fold).report_path.exists()]


def test_each_photograph_has_the_answer_and_the_map_of_the_fold_that_was_not_trained_on_it(made: Path) -> None:
    run = Run(made / "folds")
    fold_of = {row["path"]: int(row["fold"]) for row in run.read_table(run.fold_table_path)}
    answers = {
        row["path"]: (number, row["predicted"], float(row["probability"]))
        for number in range(1, NUM_FOLDS + 1)
        for row in run.fold(number).read_table(run.fold(number).predictions_path)
        if row["split"] == "validation"
    }
    [found] = _facts(run).runs
    shown = [each for cell in found.cells for each in cell.shown] + [each.photograph for each in found.mistakes]
    assert len(shown) > 10
    for each in shown:
        fold, predicted, probability = answers[each.path]
        assert (fold_of[each.path], each.predicted) == (fold, predicted)
        assert each.probability == pytest.approx(probability, abs=1e-4)
    assert len({fold_of[each.photograph.path] for each in found.mistakes}) > 1
    for mistake in found.mistakes:
        assert mistake.mapped
        assert len(mistake.alike) == 3
        assert fold_of[mistake.photograph.path] not in {fold_of[each.path] for each in mistake.alike}
    page = run.report_path.read_text(encoding="utf-8")
    assert page.count("<img") >= len(shown)
    assert page.count('class="cell"') == len([cell for cell in found.cells if cell.shown])


def test_each_map_is_that_of_the_model_that_made_the_mistake(folds: Run, made: Path) -> None:
    found = classeur.report(folds.path, cache=made / "cache", reporter=QUIET)
    [run] = found.runs
    fold_of = {row["path"]: int(row["fold"]) for row in folds.read_table(folds.fold_table_path)}
    store = PixelStore(made / "cache", **dict(run.facts.recipe.preparation))
    models = {number: MappedModel(folds.fold(number).onnx_path) for number in range(1, NUM_FOLDS + 1)}
    is_of_another = False
    for each in run.mistakes:
        photograph = each.photograph
        pixels = store.select([photograph.hash])[0]
        names = run.facts.class_names
        chosen, against = names.index(photograph.predicted), names.index(photograph.label)
        drawn = {}
        for number, model in models.items():
            answers = model(pixels[None])
            assert model.tail is not None
            assert answers.maps is not None
            [evidence] = mapped(model.tail, answers.maps, answers.logits, chosen=[chosen], against=[against])
            drawn[number] = thumbnail(overlaid(pixels, evidence))
        fold = fold_of[photograph.path]
        assert found.pictures_of(run).maps[photograph.hash, photograph.label] == drawn[fold]
        is_of_another |= fold != 1 and drawn[fold] != drawn[1]
    assert is_of_another  # else any model would do


def test_a_fold_without_its_model_is_said_and_the_others_explain_their_mistakes(folds: Run, made: Path) -> None:
    folds.fold(2).onnx_path.unlink()
    [found] = classeur.report(folds.path, cache=made / "cache", reporter=QUIET).runs
    assert found.remarks == ("no-model",)
    fold_of = {row["path"]: int(row["fold"]) for row in folds.read_table(folds.fold_table_path)}
    assert {each.mapped for each in found.mistakes} == {True, False}
    assert {fold_of[each.photograph.path] for each in found.mistakes if not each.mapped} == {2}


def test_without_the_data_the_page_keeps_its_numbers(folds: Run, tmp_path: Path) -> None:
    folds.local_path.unlink()
    told = Listener()
    [found] = classeur.report(folds.path, cache=tmp_path / "empty", reporter=told).runs
    assert (found.data, found.remarks, found.num_lost) == (None, ("no-photographs",), 61)
    [line] = told.warned
    assert "--data" not in line  # which a cross-validation does not take
    assert "<img" not in folds.report_path.read_text(encoding="utf-8")


def test_in_korean_and_without_photographs_on_the_command_line(
    folds: Run, made: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLASSEUR_CACHE", str(made / "cache"))
    assert _status(["report", str(folds.path), "--language", "ko", "--no-photos"], debug=True) == 0
    said = capsys.readouterr().out
    assert "폴드 3개의 평균은" in said
    assert str(folds.report_path) in said
    page = folds.report_path.read_text(encoding="utf-8")
    assert 'lang="ko"' in page
    assert "<img" not in page


def test_folds_that_are_not_finished_have_no_page(folds: Run, made: Path) -> None:
    facts = read_facts(folds.fold(3))
    write_facts(folds.fold(3), facts.model_copy(update={"status": "training"}))
    told = Listener()
    report_training(folds, cache=made / "cache", reporter=told)
    assert not told.warned
    assert not folds.report_path.exists()  # the old one was of other models
    with pytest.raises(UnfinishedRunError, match="2 of 3 folds of .* are finished"):
        classeur.report(folds.path, cache=made / "cache", reporter=QUIET)
    with pytest.raises(FoldsError, match="give one of them, such as"):
        classeur.report([folds.path, folds.fold(1)], cache=made / "cache", reporter=QUIET)


def test_folds_that_learned_nothing_are_named_before_anything_is_used(folds: Run, made: Path) -> None:
    values = {"by_heart": False, "train_accuracy": 0.5, "chance": 0.5, "validation_accuracy": 0.5}
    chance = Finding(code="chance", severity="error", subject="fold2", values=values)
    folds.fold(2).write(folds.fold(2).diagnosis_path, Diagnosis(verdict="chance", findings=(chance,)))
    [found] = classeur.report(folds.path, cache=made / "cache", photos=False, reporter=QUIET).runs
    assert found.failed_folds == ("fold2",)
    assert "in 1 fold of 3" in folds.report_path.read_text(encoding="utf-8")


def test_train_writes_none_where_it_is_told_not_to(made: Path, tmp_path: Path) -> None:
    run = classeur.train(
        made / "data", out=tmp_path / "folds", folds=2, model="efficientnet_lite0", image_size=32, report=False,
        cache=made / "cache", reporter=QUIET,
    )  # fmt: skip
    assert not run.report_path.exists()


@pytest.fixture(scope="module")
def hand(made: Path) -> Path:
    """A cross-validation by folds that a CSV names, and that separate copies."""
    copies = {}
    for label in ("cats", "dogs"):
        for number in range(2):
            first = sorted((made / "data" / label).iterdir())[number]
            copies[first] = made / "copies" / f"{label}{number}.png"
            copies[first].parent.mkdir(exist_ok=True)
            shutil.copy(first, copies[first])
    paths = [each for one in sorted((made / "data").rglob("*.png")) for each in (one, copies.get(one)) if each]
    rows = [f"{path},{'cats' if 'cats' in str(path) else 'dogs'},{at % 3 + 1}" for at, path in enumerate(paths)]
    (made / "hand.csv").write_text("\n".join(["path,label,fold", *rows]) + "\n", encoding="utf-8")
    classeur.train(
        made / "hand.csv", out=made / "hand", folds=NUM_FOLDS, model="efficientnet_lite0", image_size=32,
        cache=made / "cache", reporter=QUIET,
    )  # fmt: skip
    return made / "hand"


def test_folds_that_leak_have_not_failed_and_are_divided_anew(hand: Path) -> None:
    run = Run(hand)
    [found] = _facts(run).runs
    assert found.failed_folds == ()
    assert found.score.leaked is not None
    assert found.score.leaked.num_leaks == 8
    assert found.score.accuracy == found.score.leaked.without_them
    assert sum(each.num_images for each in found.cells) == found.score.num_images == 57
    assert found.data is not None
    [leaks] = [each for each in found.data.findings if each.code == "fold-leaks"]
    assert leaks.values["num_leaks"] == 8
    page = re.sub("<[^>]*>", "", run.report_path.read_text(encoding="utf-8")).replace("\N{NO-BREAK SPACE}", " ")
    assert "of 57 images in 3 folds, each judged by the fold that was not trained on it, without 8 that belong" in page
    assert "with all 65 images" in page
    told = page.split("What to do next")[-1]
    assert "No fold can judge 8 images that belong with images in other folds. Divide all images anew" in told
    assert "classeur split DATA --anew --folds 3 --to anew.csv" in told
    assert "failed" not in told
    verdicts = {read_diagnosis(run.fold(number)).verdict for number in range(1, NUM_FOLDS + 1)}
    assert "leak-suspected" in verdicts
    for number in range(1, NUM_FOLDS + 1):
        assert "--drop-leaks" not in run.fold(number).diagnosis_path.read_text(encoding="utf-8")
    classeur.split(hand.with_suffix(".csv"), anew=True, folds=3, to=hand.parent / "anew.csv", reporter=QUIET)


def test_a_fold_without_a_new_image_has_no_accuracy(folds: Run, made: Path) -> None:
    fold = folds.fold(2)
    rows = [row for row in fold.read_table(fold.split_path) if row["split"] == "validation"]
    leaks = [(row["path"], row["label"], "validation", row["hash"], "group", "a.png") for row in rows]
    fold.write_table(fold.leaks_path, LEAK_COLUMNS, leaks)
    [page] = classeur.report(folds, overwrite=True, cache=made / "cache", reporter=QUIET).runs
    assert page.folds is not None
    assert [each.accuracy is None for each in page.folds.folds] == [False, True, False]
    assert sum(each.num_images for each in page.folds.folds) == page.score.num_images == 61 - len(rows)
    told = " ".join(folds.report_path.read_text(encoding="utf-8").replace("\N{NO-BREAK SPACE}", " ").split())
    assert "images in 2 folds" in told
    assert "No image of fold2 counts: each belongs with one in another fold" in told
    assert '<th scope="row">2</th><td>–</td><td>0</td>' in told
