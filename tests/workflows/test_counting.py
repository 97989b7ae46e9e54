"""One rule, wherever a run is judged: an image that belongs with one in training does not count, and it is said."""

import itertools
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from listening import Listener
from photographs import draw_photograph
from PIL import Image

import classeur
from classeur.cli import _status
from classeur.delivery.progress import Reporter
from classeur.errors import BrokenRunError, RunError
from classeur.evaluation.calibration import Calibration
from classeur.evaluation.decision import Said, decide, read_unlike
from classeur.evaluation.ledger import count_look
from classeur.evaluation.prediction import Limits
from classeur.evaluation.risk import least_promise
from classeur.evaluation.scoring import Evaluation, score
from classeur.models.onnx_file import Decided
from classeur.run import Run
from classeur.training.facts import read_facts
from classeur.workflows.answering import kept_answers
from classeur.workflows.counting import leaks_of
from classeur.workflows.deciding import decide_for_run
from classeur.workflows.kept_logits import whole_split
from classeur.workflows.leaks import LEAK_COLUMNS
from classeur.workflows.limits import asked_limits

QUIET = Reporter()
COUNTS = {"train": 12, "validation": 9, "test": 9}
TINTS = {"cats": (40, 0, -40), "dogs": (-10, 0, 10)}
# What is made of the training image of that number in each split: its bytes, and another size of it.
COPIED, RESIZED = 3, 5


def photograph(label: str, split: str, number: int) -> Image.Image:
    seed = 1000 * list(TINTS).index(label) + 100 * list(COUNTS).index(split) + number
    levels = np.asarray(draw_photograph(seed), np.int16) + TINTS[label]
    return Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run; in its validation and in its test of 18 images two more belong with images in training."""
    folder = tmp_path_factory.mktemp("counting")
    for split, count in COUNTS.items():
        for label in TINTS:
            (folder / "data" / split / label).mkdir(parents=True)
            for number in range(count):
                photograph(label, split, number).save(folder / "data" / split / label / f"{number}.png")
    for split in ("validation", "test"):
        to = folder / "data" / split
        shutil.copy(folder / "data" / "train" / "cats" / f"{COPIED}.png", to / "dogs" / "copied.png")
        photograph("dogs", "train", RESIZED).resize((100, 75)).save(to / "cats" / "resized.png")
    classeur.train(
        folder / "data", out=folder / "run", model="efficientnet_lite0", image_size=32, report=False,
        cache=folder / "cache", reporter=QUIET,
    )  # fmt: skip
    return folder


@pytest.fixture
def run(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A copy, which a test may change, with the features and pairs that are known."""
    monkeypatch.setenv("CLASSEUR_CACHE", str(shutil.copytree(made / "cache", tmp_path / "cache")))
    return Run.open(Path(shutil.copytree(made / "run", tmp_path / "run")))


def leaking_throughout(run: Run, split: str) -> None:
    """Let each image of a split belong with one in training."""
    columns = ("path", "label", "split", "hash")
    leaks = [
        (*(row[name] for name in columns), "group", "a.png")
        for row in run.read_table(run.split_path)
        if row["split"] == split
    ]
    run.write_table(run.leaks_path, LEAK_COLUMNS, leaks)


def test_a_training_is_judged_without_them(run: Run) -> None:
    assert len(leaks_of(run, "validation")) == 2
    facts, recorded = read_facts(run), run.read(run.evaluation_path, Evaluation).splits["validation"]
    assert facts.validation == recorded.accuracy
    assert (recorded.num_images, sum(map(sum, recorded.confusion))) == (18, 18)
    assert recorded.leaked is not None
    assert (recorded.leaked.num_leaks, recorded.leaked.with_them.n) == (2, 20)
    assert recorded.leaked.with_them.value < recorded.accuracy.value, "both have the label of the other class"
    assert len(run.read_table(run.risk_coverage_path)) <= 18
    assert max(int(row["num_answered"]) for row in run.read_table(run.risk_coverage_path)) == 18
    after = run.read(run.calibration_path, Calibration).after
    assert after is not None
    assert after.log_loss.n == 18
    again = classeur.evaluate(run, reporter=QUIET)
    assert again.model_dump(exclude={"loss", "ece"}) == recorded.model_dump(exclude={"loss", "ece"})


def test_a_learning_curve_is_judged_without_them(made: Path, run: Run) -> None:
    points = classeur.curve(made / "data", model="efficientnet_lite0", image_size=32, reporter=QUIET).points.points
    assert {each.validation.n for each in points} == {18}
    assert points[-1].validation.value == classeur.evaluate(run, reporter=QUIET).accuracy.value


def test_a_test_says_the_same_as_a_split_and_as_other_data(
    made: Path, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    split = classeur.evaluate(run, split="test", reporter=QUIET)
    moved = Path(shutil.copytree(made / "data" / "test", tmp_path / "moved"))
    data = classeur.evaluate(run, data=moved, reporter=QUIET)
    assert split.num_images == 18
    assert split.leaked is not None
    assert (split.leaked.num_leaks, split.leaked.with_them.n) == (2, 20)
    same = {"confusion", "accuracy", "balanced_accuracy", "leaked", "by_group", "num_images", "num_correct"}
    assert data.model_dump(include=same) == split.model_dump(include=same)
    for given in (["--split", "test"], ["--data", str(moved)]):
        assert _status(["evaluate", str(run.path), *given], debug=True) == 0
        told = " ".join(capsys.readouterr().out.split())
        assert told.startswith("18 images of ")
        assert "are right, without 2 images that belong with images in training. Next:" in told
        assert f"with them: {split.leaked.with_them.value:.1%}" in told
        assert _status(["evaluate", str(run.path), *given, "--json"], debug=True) == 0
        printed = json.loads(capsys.readouterr().out)
        assert (printed["num_images"], printed["leaked"]["num_leaks"]) == (18, 2)
    [page] = classeur.report(run, reporter=QUIET).runs
    assert (page.judged, page.score.num_images, sum(each.num_images for each in page.cells)) == ("test", 18, 18)
    assert page.score.leaked == split.leaked
    assert "without 2 that belong with images in training" in run.report_path.read_text(encoding="utf-8").replace(
        "\N{NO-BREAK SPACE}", " "
    )


def test_a_look_at_a_test_is_counted_of_all_its_images(run: Run, state: Path) -> None:
    """As versions before counted it, so that a model that one of them evaluated is still known."""
    hashes = [row["hash"] for row in run.read_table(run.split_path) if row["split"] == "test"]
    assert len(hashes) == 20
    assert count_look(hashes, model=read_facts(run).model, ledger=state / "looks.json") == 1
    assert classeur.evaluate(run, split="test", reporter=QUIET).num_looks == 1
    assert len(json.loads((state / "looks.json").read_text(encoding="utf-8"))["looks"]) == 1


def test_a_test_without_a_new_image_is_refused_and_not_looked_at(run: Run, made: Path, state: Path) -> None:
    leaking_throughout(run, "test")
    with pytest.raises(RunError, match=r"each of 20 test images .* so they cannot test it; divide all .* --anew --to"):
        classeur.evaluate(run, split="test", reporter=QUIET)
    assert not (state / "looks.json").exists()


def test_what_a_version_before_recorded_with_them_is_shown_without(run: Run) -> None:
    now = classeur.evaluate(run, split="test", reporter=QUIET)
    whole, evaluation = whole_split(run, "test"), run.read(run.evaluation_path, Evaluation)
    names = evaluation.class_names
    before = score(whole.logits, whole.labels, class_names=names).model_copy(
        update={"judged": now.judged, "logits": now.logits, "num_looks": 1}
    )
    assert before.num_images == 20
    run.write(run.evaluation_path, evaluation.with_score("test", before))
    again = classeur.evaluate(run, split="test", reporter=QUIET)
    same = {"accuracy", "confusion", "leaked", "num_images", "auroc", "num_looks"}
    assert again.model_dump(include=same) == now.model_dump(include=same)
    assert run.read(run.evaluation_path, Evaluation).splits["test"].num_images == 18


def test_what_it_promises_is_of_images_that_count(run: Run) -> None:
    """Images that it was trained on would promise too much."""
    whole, kept = whole_split(run, "validation"), kept_answers(run, "validation")
    unlike = read_unlike(run.unlike_path)
    assert unlike is not None
    assert (len(whole.labels), len(unlike[1]["validation"]), len(kept.labels)) == (20, 20, 18)
    leaking = {row["hash"] for row in leaks_of(run, "validation")}
    counts = np.array([each not in leaking for each in whole.hashes])
    assert kept.unlike is not None
    np.testing.assert_array_equal(kept.unlike, unlike[1]["validation"][counts])
    np.testing.assert_array_equal(kept.logits, whole.logits[counts])
    best = least_promise(kept.sureness, kept.is_wrong)
    assert best is not None
    with pytest.raises(RunError, match="can be promised"):  # of all of them, with two that are labelled otherwise
        decide(Said(whole.logits, whole.labels), max_error=best.limit, none_of_these=None)
    found = asked_limits(run, {}, Limits(), max_error=best.limit, none_of_these="10%")
    refused = decide(kept, max_error=None, none_of_these=0.1).limits.unlike_above
    assert found.unlike_above == refused
    assert (
        asked_limits(run, {}, Limits(), max_error=best.limit, none_of_these=None)
        == decide(kept, max_error=best.limit, none_of_these=None).limits
    )


def test_images_of_other_data_count_as_new_where_the_training_images_are_gone(
    run: Run, made: Path, tmp_path: Path
) -> None:
    moved = Path(shutil.copytree(made / "data" / "test", tmp_path / "moved"))
    photograph("dogs", "train", RESIZED).resize((90, 68)).save(moved / "cats" / "resized again.png")
    run.write_data(tmp_path / "gone", root=str(tmp_path / "gone"))
    listener = Listener()
    found = classeur.evaluate(run, data=moved, reporter=listener)
    assert found.leaked is not None
    assert (found.num_images, found.leaked.num_leaks) == (19, 2), "what has equal bytes is known"
    assert any("can be read no more, so that a copy in other bytes may count as new" in text for text in listener.told)


def test_runs_are_compared_on_what_counts_for_all_of_them(
    run: Run, made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One was trained without the images that its validation belongs with, so that all of it counts for that one."""
    plan = tmp_path / "plan.csv"
    plan.write_text(f"path\ntrain/cats/{COPIED}.png\ntrain/dogs/{RESIZED}.png\n", encoding="utf-8")
    other = classeur.train(
        made / "data", out=tmp_path / "other", model="efficientnet_lite0", image_size=32, exclude=plan, report=False,
        reporter=QUIET,
    )  # fmt: skip
    found = classeur.compare([run, other], reporter=QUIET)
    assert [each.num_images for each in found.scores] == [18, 20]
    assert [each.leaked is None for each in found.scores] == [False, True]
    assert found.pairs[0].difference.n == 18
    page = classeur.report([run, other], to=tmp_path / "page.html", reporter=QUIET)
    assert page.comparison is not None, "a page compares what compare does"
    assert (page.comparison.names, page.not_compared) == (("run", "other"), "")
    assert _status(["compare", str(run.path), str(other.path)], debug=True) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert f"{run.path}: without 2 images that belong with images in training; with them: " in told


def test_nothing_is_promised_where_no_validation_image_is_new(run: Run) -> None:
    kept = kept_answers(run, "validation")
    best = least_promise(kept.sureness, kept.is_wrong)
    assert best is not None
    leaking_throughout(run, "validation")
    none_is_new = "none of 20 validation images of .* is new: .* nothing can be promised; divide all .* --anew --to"
    for asked in ({"max_error": best.limit, "none_of_these": None}, {"max_error": None, "none_of_these": "10%"}):
        with pytest.raises(RunError, match=none_is_new):
            asked_limits(run, {}, Limits(), **asked)
    with pytest.raises(RunError, match=none_is_new):
        classeur.evaluate(run, min_recall="dogs=50%", reporter=QUIET)
    assert asked_limits(run, {}, Limits(), max_error=1, none_of_these=None) == Limits(), "which promises nothing"
    listener, facts = Listener(), read_facts(run)
    asking = facts.model_copy(update={"recipe": facts.recipe.changed({"max_error": best.limit, "none_of_these": 0.1})})
    whole, unlike = whole_split(run, "validation"), read_unlike(run.unlike_path)
    assert unlike is not None
    decided = decide_for_run(
        run, asking, whole.logits, whole.labels, unlike=(unlike[0], unlike[1]["validation"]), reporter=listener
    )
    assert decided == Decided()
    assert any("is new" in text and text.endswith("the run answers every image") for text in listener.told)


def test_what_leaks_csv_names_counts_in_no_other_data(run: Run, made: Path, tmp_path: Path) -> None:
    """Also where the run's data are gone, so that nothing else tells that one is a training image of another size."""
    moved = Path(shutil.copytree(made / "data" / "validation", tmp_path / "moved"))
    run.write_data(tmp_path / "gone", root=str(tmp_path / "gone"))
    found = classeur.evaluate(run, data=moved, reporter=QUIET)
    assert found.leaked is not None
    assert (found.num_images, found.leaked.num_leaks) == (18, 2)


def test_leaks_csv_that_is_lost_or_of_another_run_is_named(run: Run) -> None:
    rows = run.read_table(run.leaks_path)
    of_other = [{**row, "path": f"other/{row['path']}", "hash": "0" * 32} for row in rows]
    run.write_table(run.leaks_path, LEAK_COLUMNS, [row.values() for row in of_other])
    with pytest.raises(
        BrokenRunError, match=r"leaks.csv is not of this run: other/\S+ is no \w+ image of split.csv; co"
    ):
        classeur.evaluate(run, reporter=QUIET)
    run.leaks_path.unlink()
    lost = r"leaks.csv is missing, which names the images that belong with images in training \(4\); copy the whole run"
    with pytest.raises(BrokenRunError, match=lost):
        classeur.evaluate(run, reporter=QUIET)
    facts = {name: value for name, value in run.read_json(run.facts_path).items() if name != "num_leaks"}
    run.facts_path.write_text(json.dumps(facts), encoding="utf-8")
    with pytest.raises(BrokenRunError, match=r"training \(2\); copy"):  # as far as what was judged tells
        classeur.evaluate(run, reporter=QUIET)


def test_a_run_that_left_them_out_is_compared_with_one_that_judged_them(made: Path, run: Run, tmp_path: Path) -> None:
    plan = tmp_path / "plan.csv"
    plan.write_text(f"path\ntrain/cats/{COPIED}.png\ntrain/dogs/{RESIZED}.png\n", encoding="utf-8")
    dropped, other = (
        classeur.train(
            made / "data", out=tmp_path / name, model="efficientnet_lite0", image_size=32, report=False, reporter=QUIET,
            **options,
        )
        for name, options in (("dropped", {"drop_leaks": True}), ("other", {"exclude": plan}))
    )  # fmt: skip
    for runs in itertools.permutations([run, dropped, other]):
        assert {each.difference.n for each in classeur.compare(runs, reporter=QUIET).pairs} == {18}


def test_a_run_without_a_new_validation_image_is_compared_with_none(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = Run(Path(shutil.copytree(run.path, tmp_path / "other")))
    leaking_throughout(run, "validation")
    for runs in ([run, other], [other, run]):
        found = classeur.compare(runs, reporter=QUIET)
        assert (found.pairs, found.repeated, found.without_new) == ((), (), (str(run.path),))
    assert _status(["compare", str(other.path), str(run.path)], debug=True) == 0
    assert f"{run.path} is compared with none: each of its validation images" in " ".join(
        capsys.readouterr().out.split()
    )
