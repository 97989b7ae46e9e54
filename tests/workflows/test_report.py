"""`report`: of real runs, small ones; whatever is missing is said, and no page loses a run."""

import base64
import io
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from listening import Listener
from other_images import exchange_image
from photographs import draw_photograph
from PIL import Image

import classeur
from classeur.cli import main
from classeur.delivery.explanations import overlaid
from classeur.delivery.progress import Reporter
from classeur.delivery.report import Report
from classeur.errors import StorageError, UnknownNameError, UsageError
from classeur.evaluation.maps import mapped
from classeur.images.pixels import PixelStore
from classeur.models.onnx_tail import MappedModel
from classeur.run import Run
from classeur.workflows.leaks import LEAK_COLUMNS
from classeur.workflows.report import renew_report, report_training
from classeur.workflows.report_pictures import thumbnail

QUIET = Reporter()
COLOURS = {"cats": (200, 80, 60), "dogs": (150, 90, 90)}

pytestmark = pytest.mark.keras


def _data(folder: Path, num_images: int = 60) -> Path:
    """Coloured noise of two classes, some of which look like the other; a copy, and a file that is no image."""
    random = np.random.default_rng(0)
    for number in range(num_images):
        label = ("cats", "dogs")[number % 2]
        colour = COLOURS[("cats", "dogs")[(number + (number % 9 == 0)) % 2]]
        picture = np.clip(random.normal(0, 40, (40, 40, 3)) + colour, 0, 255).astype(np.uint8)
        (folder / label).mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(folder / label / f"{number:03}.png")
    shutil.copy(folder / "cats" / "000.png", folder / "cats" / "copy.png")
    (folder / "cats" / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the data and two runs on them, `first` and `second`, and their cache."""
    folder = tmp_path_factory.mktemp("report")
    _data(folder / "data")
    for name, seed in (("first", 0), ("second", 0)):
        classeur.train(
            folder / "data",
            out=folder / "runs" / name,
            model="efficientnet_lite0",
            image_size=32 if name == "first" else 48,
            seed=seed,
            cache=folder / "cache",
            reporter=QUIET,
        )
    return folder


@pytest.fixture
def run(made: Path, tmp_path: Path) -> Run:
    """A copy of the first run, which a test may change."""
    return Run.open(Path(shutil.copytree(made / "runs" / "first", tmp_path / "copied")))


def _facts(run: Run) -> Report:
    return Report.model_validate(json.loads(run.report_facts_path.read_text(encoding="utf-8")))


def test_train_writes_the_page_and_its_facts(made: Path) -> None:
    run = Run.open(made / "runs" / "first")
    page = run.report_path.read_text(encoding="utf-8")
    [found] = _facts(run).runs
    assert found.score.num_images == len(re.findall("validation", run.split_path.read_text())) > 5
    assert page.count("data:image/jpeg;base64,") > 5
    assert {finding.code for finding in found.data.findings} >= {"duplicate", "unusable"} if found.data else False
    assert found.mistakes
    assert all(each.mapped and len(each.alike) == 3 for each in found.mistakes)
    assert not found.remarks


def test_a_run_says_nothing_of_where_it_lies(made: Path) -> None:
    for path in (made / "runs" / "first" / "report.html", made / "runs" / "first" / "report.json"):
        text = path.read_text(encoding="utf-8")
        assert str(made) not in text
        assert str(Path.home()) not in re.sub(r"base64,[\w+/=]+", "", text)


def test_train_without_a_report(made: Path, tmp_path: Path) -> None:
    run = classeur.train(
        made / "data", out=tmp_path / "run", model="efficientnet_lite0", image_size=32, report=False,
        cache=made / "cache", reporter=QUIET,
    )  # fmt: skip
    assert not run.report_path.exists()
    assert not run.report_facts_path.exists()


@pytest.mark.parametrize("write", [report_training, renew_report])
@pytest.mark.parametrize("name", ["report.html", "report.json"])
def test_no_page_replaces_a_file_of_someone_else(run: Run, made: Path, write: Callable[..., None], name: str) -> None:
    (run.path / name).write_text('{"mine": 1}', encoding="utf-8")
    told = Listener()
    write(run, cache=made / "cache", reporter=told)
    assert (run.path / name).read_text(encoding="utf-8") == '{"mine": 1}'
    assert len(told.warned) == 1


def test_a_report_that_fails_is_said_in_one_line_and_the_run_stays(run: Run, made: Path) -> None:
    before = {path.name for path in run.path.iterdir()}
    run.split_path.write_text("damaged", encoding="utf-8")
    told = Listener()
    report_training(run, cache=made / "cache", reporter=told)
    [line] = told.warned
    assert line.startswith("report.html is not written: ")
    assert "\n" not in line
    assert f"classeur report {run.path}" in line
    assert {path.name for path in run.path.iterdir()} == before - {"report.html", "report.json"}


def test_without_the_data_the_page_says_so_and_keeps_its_numbers(run: Run, made: Path, tmp_path: Path) -> None:
    run.local_path.unlink()
    told = Listener()
    found = classeur.report(run, cache=tmp_path / "empty", reporter=told)
    [of_run] = found.runs
    assert of_run.data is None
    assert of_run.remarks == ("no-photographs",)
    assert len(told.warned) == 1
    page = run.report_path.read_text(encoding="utf-8")
    assert "None of its photographs is here as it was" in page
    assert "<img" not in page
    assert of_run.mistakes[0].photograph.path in page


def test_without_model_onnx_there_are_no_maps(run: Run, made: Path) -> None:
    run.onnx_path.unlink()
    [found] = classeur.report(run, cache=made / "cache", reporter=QUIET).runs
    assert found.remarks == ("no-model",)
    assert not any(each.mapped for each in found.mistakes)
    assert "<img" in run.report_path.read_text(encoding="utf-8")


def test_several_runs_are_one_page_beside_them(made: Path) -> None:
    runs = [made / "runs" / name for name in ("first", "second")]
    found = classeur.report(runs, cache=made / "cache", reporter=QUIET)
    assert [each.name for each in found.runs] == ["first", "second"]
    assert found.comparison is not None
    assert found.comparison.names == ("first", "second")
    page = (made / "runs" / "report.html").read_text(encoding="utf-8")
    assert 'id="run-2"' in page
    assert (made / "runs" / "report.json").exists()


def _sections(page: str) -> list[str]:
    return page.split('<section class="run"')[1:]


def _sides(section: str) -> set[tuple[int, int]]:
    """Sizes of the photographs of a section."""
    pictures = re.findall(r"data:image/jpeg;base64,([\w+/=]+)", section)
    return {Image.open(io.BytesIO(base64.b64decode(each))).size for each in pictures}


def test_runs_of_one_name_have_their_own_numbers_and_pictures(made: Path, tmp_path: Path) -> None:
    for parent, name in (("A", "first"), ("B", "second")):
        shutil.copytree(made / "runs" / name, tmp_path / parent / "run")
    page = tmp_path / "both.html"
    found = classeur.report([tmp_path / "A/run", tmp_path / "B/run"], to=page, cache=made / "cache", reporter=QUIET)
    assert len({each.name for each in found.runs}) == 2
    sections = _sections(page.read_text(encoding="utf-8"))
    for run, section, side in zip(found.runs, sections, (32, 48), strict=True):
        table = section.split('class="matrix')[1].split("</table>")[0]
        counts = [int(each) for each in re.findall(r">(\d+)</(?:a|span)>", table)]
        assert counts == [each for row in run.score.confusion for each in row]
        # Photographs, maps and neighbours, but for findings about the data, are those that this run saw.
        assert _sides(section) == {(side, side)}


def test_those_judged_on_the_same_images_are_compared_whatever_a_third_was_judged_on(made: Path, run: Run) -> None:
    exchange_image(run)
    runs = [run, made / "runs" / "first", made / "runs" / "second"]
    found = classeur.report(runs, to=run.path / "three.html", cache=made / "cache", reporter=QUIET)
    assert found.comparison is not None
    assert found.comparison.names == ("first", "second")
    page = (run.path / "three.html").read_text(encoding="utf-8")
    assert "Judged on other images, and not compared: copied." in page
    assert "where the images are the same, differences to first" in page
    assert len(re.findall("<td>–</td>", page.split('id="side"')[1].split("</table>")[0])) == 8


def test_runs_on_other_images_are_not_compared(made: Path, run: Run) -> None:
    exchange_image(run)
    found = classeur.report([made / "runs" / "first", run], to=run.path / "two.html", cache=made / "cache")
    assert found.comparison is None
    assert "different validation images" in found.not_compared
    assert not (run.path / "two.json").exists()
    page = (run.path / "two.html").read_text(encoding="utf-8")
    assert "Accuracy on validation images that are not the same" in page
    assert "on the same validation images" not in page


def test_a_file_of_someone_else_is_not_replaced(made: Path, run: Run) -> None:
    runs, beside = [run.path, made / "runs" / "second"], run.path.parent
    for name, text in (("report.html", "<html>mine</html>"), ("report.json", '{"mine": 1}')):
        (beside / name).write_text(text, encoding="utf-8")
        with pytest.raises(StorageError, match=rf"{name} is not a report of classeur; name another place with --to"):
            classeur.report(runs, cache=made / "cache", reporter=QUIET)
        assert (beside / name).read_text(encoding="utf-8") == text
        (beside / name).unlink()
    page = run.path / "mine.html"
    page.write_text("mine", encoding="utf-8")
    with pytest.raises(StorageError, match="--overwrite"):
        classeur.report(run, to=page, cache=made / "cache", reporter=QUIET)
    for overwrite in (True, False):  # the second time it is a page of classeur
        classeur.report(run, to=page, overwrite=overwrite, photos=False, cache=made / "cache", reporter=QUIET)
        assert "generator" in page.read_text(encoding="utf-8")


def test_names_that_are_no_utf8_are_reported_again(run: Run, made: Path) -> None:
    run.split_path.write_bytes(run.split_path.read_bytes().replace(b"cats/0", b"cats/caf\xe9 0"))
    first = classeur.report(run, photos=False, cache=made / "cache", reporter=QUIET)
    assert any("caf\udce9 0" in each.path for cell in first.runs[0].cells for each in cell.shown)
    assert _facts(run).runs == first.runs, "report.json is UTF-8, and reads back"
    assert classeur.report(run, photos=False, cache=made / "cache", reporter=QUIET) == first
    # As older versions wrote it.
    text = json.dumps(first.model_dump(mode="json"), ensure_ascii=False)
    run.report_facts_path.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert classeur.report(run, photos=False, cache=made / "cache", reporter=QUIET) == first


def test_photographs_that_are_here_are_shown_and_those_that_are_gone_counted(
    made: Path, run: Run, tmp_path: Path
) -> None:
    data = Path(shutil.copytree(made / "data", tmp_path / "data"))
    run.write_data(data)
    rows = [row for row in run.read_table(run.split_path) if row["split"] == "validation"]
    (data / rows[0]["path"]).unlink()
    Image.new("RGB", (40, 40), "red").save(data / rows[1]["path"])
    told = Listener()
    [found] = classeur.report(run, cache=tmp_path / "empty", reporter=told).runs
    assert (found.num_lost, found.remarks[0]) == (2, "some-photographs")
    page = run.report_path.read_text(encoding="utf-8")
    assert page.count("<img") > 5
    assert f"gone or changed since the training: 2 photographs of {len(rows)}." in page
    assert "2 images of this run are not among the data any more" in page
    [line] = told.warned
    assert f"of {len(rows)} judged photographs of {run.path}, 2 are gone or changed" in line


def test_the_model_of_another_run_explains_nothing(run: Run, made: Path) -> None:
    shutil.copy(made / "runs" / "second" / "model.onnx", run.onnx_path)
    [found] = classeur.report(run, cache=made / "cache", reporter=QUIET).runs
    assert found.remarks == ("no-model",)
    assert not any(each.mapped or each.alike for each in found.mistakes)


def test_the_map_of_a_mistake_is_against_the_class_that_it_is(made: Path, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    for number in range(60):
        folder = tmp_path / "data" / ("a", "b", "c")[number % 3]
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(random.integers(0, 255, (40, 40, 3)).astype(np.uint8)).save(folder / f"{number}.png")
    run = classeur.train(
        tmp_path / "data", out=tmp_path / "run", model="efficientnet_lite0", image_size=64,
        cache=made / "cache", reporter=QUIET,
    )  # fmt: skip
    found = classeur.report(run, cache=made / "cache", reporter=QUIET)
    model = MappedModel(run.onnx_path)
    assert model.tail is not None
    names, is_next = found.runs[0].facts.class_names, []
    for each in found.runs[0].mistakes:
        store = PixelStore(made / "cache", **dict(found.runs[0].facts.recipe.preparation))
        pixels = store.select([each.photograph.hash])[0]
        answers = model(pixels[None])
        chosen, true = names.index(each.photograph.predicted), names.index(each.photograph.label)
        assert answers.maps is not None
        [evidence] = mapped(model.tail, answers.maps, answers.logits, chosen=[chosen], against=[true])
        drawn = found.pictures_of(found.runs[0]).maps[each.photograph.hash, each.photograph.label]
        assert _close(drawn, thumbnail(overlaid(pixels, evidence)))
        is_next.append(answers.logits[0].argsort()[-2] == true)
    assert not all(is_next)  # else it would not tell the true class from the next one


def _close(one: str, other: str) -> bool:
    pictures = [
        np.asarray(Image.open(io.BytesIO(base64.b64decode(each.split(",")[1]))), np.float32) for each in (one, other)
    ]
    return bool(np.abs(pictures[0] - pictures[1]).mean() < 1)


def test_a_run_that_was_given_by_a_relative_path_says_nothing_of_it(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(made / "data", tmp_path / "secret client" / "ACME data")
    run = classeur.train(
        "secret client/ACME data", out="secret client/run", model="efficientnet_lite0", image_size=32,
        cache=made / "cache", reporter=QUIET,
    )  # fmt: skip
    page = run.report_path.read_text(encoding="utf-8")
    assert "DATA" in page.split('id="next"')[1]
    assert "RUNS/run" in page
    for text in (page, run.report_facts_path.read_text(encoding="utf-8")):
        assert "secret" not in text
        assert "ACME" not in text


def test_who_grouped_is_not_told_to_group(made: Path, tmp_path: Path) -> None:
    told = Listener()
    for label, colour in COLOURS.items():
        for number in range(40):
            (tmp_path / "data" / label).mkdir(parents=True, exist_ok=True)
            noise = np.random.default_rng([number, colour[0]]).normal(0, 40, (40, 40, 3)) + colour
            picture = Image.fromarray(np.clip(noise, 0, 255).astype(np.uint8))
            picture.save(tmp_path / "data" / label / f"patient{number // 5:02}_{number}.png")
    run = classeur.train(
        tmp_path / "data", out=tmp_path / "run", model="efficientnet_lite0", image_size=32,
        group_by=r"(patient\d+)", cache=made / "cache", reporter=told,
    )  # fmt: skip
    assert not [line for line in told.warned if "report" in line]
    [found] = _facts(run).runs
    assert found.data is not None
    assert "--group-by" not in run.report_path.read_text(encoding="utf-8").split('id="data"')[1].split("</section>")[0]
    assert 1 < found.num_groups < found.score.num_images / 4
    assert "groups" in found.bins[0].right.method


def test_on_the_command_line(made: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLASSEUR_CACHE", str(made / "cache"))
    page = made / "mailed.html"
    with pytest.raises(SystemExit) as ended:
        main(["report", str(made / "runs" / "first"), "--to", str(page), "--no-photos", "--language", "ko"])
    assert not ended.value.code
    said = capsys.readouterr().out
    assert "맞게 구별합니다" in said
    assert str(page) in said
    text = page.read_text(encoding="utf-8")
    assert '<html lang="ko">' in text
    assert "data:image/jpeg" not in text
    assert page.stat().st_size < 100_000
    with pytest.raises(SystemExit):
        main(["report", str(made / "runs" / "first"), "--to", str(page), "--json"])
    assert Report.model_validate(json.loads(capsys.readouterr().out)).runs[0].name == "first"


def test_what_cannot_be_is_refused(made: Path) -> None:
    with pytest.raises(UnknownNameError, match="no language is called 'fr'"):
        classeur.report(made / "runs" / "first", language="fr")
    with pytest.raises(UsageError, match=r"a name that ends with \.html"):
        classeur.report(made / "runs" / "first", to=made / "page.pdf")


def test_of_a_run_on_one_class(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made / "data" / "dogs", tmp_path / "alone" / "dogs")
    run = classeur.train(
        tmp_path / "alone", out=tmp_path / "run", model="efficientnet_lite0", image_size=32, cache=made / "cache",
        reporter=QUIET,
    )  # fmt: skip
    page = run.report_path.read_text(encoding="utf-8")
    assert "Recognises dogs in" in page
    assert "Of one class alone this is not measured." in page
    assert _facts(run).runs[0].facts.one_class


def test_of_a_training_by_epochs(made: Path, tmp_path: Path) -> None:
    run = classeur.train(
        made / "data", out=tmp_path / "run", model="tutorial", image_size=32, epochs=2, batch_size=16,
        cache=made / "cache", reporter=QUIET,
    )  # fmt: skip
    [quick] = _facts(run).runs
    assert quick.remarks == ("no-neighbours",)
    [found] = classeur.report(run, cache=made / "cache", reporter=QUIET).runs
    assert not found.remarks
    assert all(len(each.alike) == 3 for each in found.mistakes)
    assert "Accuracy by epoch" in run.report_path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def with_test(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with test images on which it was not evaluated, its page in Korean and without photographs."""
    folder = tmp_path_factory.mktemp("with_test")
    classeur.split(made / "data", to=folder / "split.csv", reporter=QUIET)
    run = classeur.train(
        folder / "split.csv", out=folder / "run", model="efficientnet_lite0", image_size=32,
        cache=made / "cache", reporter=QUIET,
    )  # fmt: skip
    classeur.report(run, language="ko", photos=False, cache=made / "cache", reporter=QUIET)
    return run.path


def test_an_evaluation_on_the_test_images_renews_the_page_as_it_was(
    with_test: Path, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLASSEUR_STATE", str(tmp_path / "state"))
    run = Run.open(Path(shutil.copytree(with_test, tmp_path / "run")))
    assert _facts(run).runs[0].judged == "validation"
    score = classeur.evaluate(run, split="test", cache=made / "cache", reporter=QUIET)
    found = _facts(run)
    assert found.runs[0].judged == "test"
    assert found.runs[0].score.num_images == score.num_images
    # A version before opened a test of which no image is new.
    leaks = [
        (row["path"], row["label"], "test", row["hash"], "identical", row["path"])
        for row in run.read_table(run.split_path)
        if row["split"] == "test"
    ]
    run.write_table(run.leaks_path, LEAK_COLUMNS, leaks)
    old = classeur.report(run, photos=False, to=tmp_path / "old.html", cache=made / "cache", reporter=QUIET)
    assert old.runs[0].judged == "validation"
    assert (found.language, found.with_photographs) == ("ko", False)
    page = run.report_path.read_text(encoding="utf-8")
    assert 'lang="ko"' in page
    assert "<img" not in page


def test_an_evaluation_makes_no_page_where_none_was(
    with_test: Path, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLASSEUR_STATE", str(tmp_path / "state"))
    run = Run.open(Path(shutil.copytree(with_test, tmp_path / "run")))
    run.report_path.unlink()
    classeur.evaluate(run, split="test", cache=made / "cache", reporter=QUIET)
    assert not run.report_path.exists()


def test_a_page_that_cannot_be_renewed_is_said_and_the_score_stays(
    with_test: Path, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLASSEUR_STATE", str(tmp_path / "state"))
    run = Run.open(Path(shutil.copytree(with_test, tmp_path / "run")))
    run.report_facts_path.write_text("{}", encoding="utf-8")
    told = Listener()
    classeur.evaluate(run, split="test", cache=made / "cache", reporter=told)
    assert [line for line in told.warned if "report.html is still that of before" in line]
    assert "test" in run.evaluation_path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def leaking(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data with a validation of their own, of which two images are in training too and one is alike, and a plan."""
    folder = tmp_path_factory.mktemp("leaking")
    _data(folder / "all", 48)
    for number, path in enumerate(sorted((folder / "all").rglob("*.png"))):
        to = folder / "data" / ("validation" if number % 4 == 0 else "train") / path.parent.name / path.name
        to.parent.mkdir(parents=True, exist_ok=True)
        path.rename(to)
    for label in COLOURS:
        copied = min((folder / "data" / "train" / label).iterdir())
        shutil.copy(copied, folder / "data" / "validation" / label / "leak.png")
    draw_photograph(1, size=(60, 48)).save(folder / "data" / "train" / "cats" / "photograph.jpg", quality=95)
    draw_photograph(1, size=(60, 48)).resize((50, 40)).save(folder / "data" / "validation" / "cats" / "smaller.jpg")
    classeur.inspect(folder / "data", plan=folder / "plan.csv", cache=folder / "cache", reporter=QUIET)
    return folder


@pytest.mark.parametrize(
    ("mended", "by", "typed"),
    [
        ({}, "", ""),
        ({"drop_leaks": True}, "--drop-leaks", "--drop-leaks"),
        ({"exclude": "plan.csv"}, "plan.csv", "--exclude EXCLUDE"),
    ],
)
def test_what_was_mended_is_not_found_again(
    leaking: Path, tmp_path: Path, mended: dict[str, object], by: str, typed: str
) -> None:
    given = {**mended, **({"exclude": leaking / "plan.csv"} if "exclude" in mended else {})}
    run = classeur.train(
        leaking / "data", out=tmp_path / "run", model="efficientnet_lite0", image_size=32, cache=leaking / "cache",
        reporter=QUIET, **given,
    )  # fmt: skip
    [found] = _facts(run).runs
    assert found.data is not None
    codes = {each.code for each in found.data.findings}
    page = re.sub("<[^>]*>", "", run.report_path.read_text(encoding="utf-8")).replace("\N{NO-BREAK SPACE}", " ")
    assert ("leak-share" in codes) == (not mended)
    severities = [each.severity for each in found.data.findings]
    assert severities == sorted(severities, key=("error", "warning", "note").index), "the worst first"
    assert ("First mend what is wrong with the data" in page) == (not mended)
    assert "unusable" not in codes
    assert list(found.left_out) == ([by] if by else [])
    assert (f"left out on request ({by})" in page) == bool(by)
    if typed:
        assert re.search(rf"Command\s*classeur train DATA [^\n]*{typed}", page)
        assert found.left_out[by] >= 3
    if "exclude" in mended:  # also where it is not known any more by which file
        run.local_path.unlink()
        [moved] = classeur.report(run, cache=leaking / "cache", reporter=QUIET).runs
        assert moved.reading == found.reading == {"exclude": "EXCLUDE"}


def test_advice_about_the_data_leaves_out_what_the_run_left_out(leaking: Path, tmp_path: Path) -> None:
    one = tmp_path / "one.csv"
    one.write_text(f"path\n{min((leaking / 'data').rglob('leak.png')).as_posix()}\n", encoding="utf-8")
    run = classeur.train(
        leaking / "data", out=tmp_path / "run", model="efficientnet_lite0", image_size=32, cache=leaking / "cache",
        exclude=one, reporter=QUIET,
    )  # fmt: skip
    [found] = _facts(run).runs
    assert found.data is not None
    commands = [change.command for each in found.data.findings for change in each.changes if change.command is not None]
    assert "inspect" in {each.verb for each in commands}
    assert {each.options.get("exclude") for each in commands} == {"EXCLUDE"}
