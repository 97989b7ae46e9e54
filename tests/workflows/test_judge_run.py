"""A new model is judged: by any function of pixels, on pictures whose colours tell what became of them."""

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from listening import Listener
from PIL import Image

from classeur.delivery.diagnosis import read_diagnosis
from classeur.delivery.progress import Reporter
from classeur.errors import BrokenRunError
from classeur.evaluation.classifier import Classifier
from classeur.evaluation.scoring import Evaluation
from classeur.images.pixels import Pixels
from classeur.images.preparation import Preparation
from classeur.improvement.comparison import Judged as JudgedRun
from classeur.pipeline.augmentation import Augmentation
from classeur.run import Run
from classeur.training.facts import RunFacts, read_facts, write_facts
from classeur.training.history import COLUMNS, Epoch, History
from classeur.training.recipe import Network, Recipe
from classeur.workflows.comparison import compare
from classeur.workflows.judged import Judged, judged_by, labels_of
from classeur.workflows.judging import judge_run
from classeur.workflows.leaks import LEAK_COLUMNS
from classeur.workflows.recording import record

NAMES = ("cats", "dogs")
PREPARATION = Preparation(image_size=8)


def engine(pixels: np.ndarray) -> np.ndarray:
    """Call everything dogs; the redder, the surer."""
    dogs = 0.6 + 0.39 * pixels[:, 0, 0, 0] / 255
    return np.log(np.stack([1 - dogs, dogs], axis=1))


def by_redness(pixels: np.ndarray) -> np.ndarray:
    """Call red pictures dogs and black ones cats."""
    dogs = 0.01 + 0.98 * pixels[:, 0, 0, 0] / 255
    return np.log(np.stack([1 - dogs, dogs], axis=1))


def pictures(colours: list[tuple[int, int, int]]) -> Pixels:
    array = np.broadcast_to(np.array(colours, np.uint8)[:, None, None, :], (len(colours), 8, 8, 3)).copy()
    rows = np.stack([np.zeros(len(colours), np.int64), np.arange(len(colours))], axis=1)
    return Pixels([array], rows, (8, 8))


def judged(
    path: Path,
    colours: list[tuple[int, int, int]],
    labels: list[str],
    *,
    training: tuple[list[tuple[int, int, int]], list[str]] | None = None,
    model: Callable[[np.ndarray], np.ndarray] = engine,
    groups: list[str] | None = None,
    **facts: object,
) -> Run:
    """Return a run whose model has been judged on pictures of these colours; training's are the same if None."""
    path.mkdir(parents=True, exist_ok=True)
    run = Run(path)
    splits = {"train": training or (colours, labels), "validation": (colours, labels)}
    rows = [
        (f"{split}/{number}.png", label, split, f"{split}{number}", groups[number] if groups else "")
        for split, (_, labels) in splits.items()
        for number, label in enumerate(labels)
    ]
    run.write_table(run.split_path, ("path", "label", "split", "hash", "group"), rows)
    epoch = Epoch(epoch=1, loss=1, accuracy=1, val_loss=1, val_accuracy=1, learning_rate=1, seconds=1)
    run.write_table(run.history_path, COLUMNS, History(epochs=(epoch,)).rows())
    with zipfile.ZipFile(run.model_path, "w") as archive:
        for name in ("config.json", "model.weights.h5"):
            archive.writestr(name, "any model's")
    known = RunFacts(
        status="finished",
        recipe=Recipe(
            preparation=PREPARATION, network=Network(model="tutorial"), augmentation=Augmentation(flip="both")
        ),
        class_names=NAMES,
        counts={},
        **facts,  # type: ignore[arg-type]
    )
    write_facts(run, known)
    classifier = Classifier(model, class_names=NAMES, preparation=PREPARATION)
    pixels = {name: pictures(colours) for name, (colours, _) in splits.items()}
    accuracy = judge_run(run, known, pixels, judged_by(classifier, pixels, Reporter()), data="animals")
    if model is engine:
        assert (accuracy.value, accuracy.n) == (labels.count("dogs") / len(labels), len(labels))
    return run


def test_errors_png_shows_the_most_confident_errors(tmp_path: Path) -> None:
    """Twelve errors for ten places: the two that the model is least sure of are blue, and not shown."""
    red, blue, right = (255, 0, 0), (0, 0, 255), (255, 255, 0)
    colours = [blue, *[red] * 5, right, *[red] * 5, blue]
    run = judged(tmp_path / "run", colours, ["dogs" if colour == right else "cats" for colour in colours])
    assert run.read(run.evaluation_path, Evaluation).splits["validation"].num_correct == 1
    with Image.open(run.errors_path) as picture:
        shown = np.asarray(picture.convert("RGB")).reshape(-1, 3)
    assert (shown == red).all(axis=1).sum() > 10_000
    assert not (shown == blue).all(axis=1).any()
    assert not (shown == right).all(axis=1).any()


def test_errors_png_is_of_validation(tmp_path: Path) -> None:
    red, blue = (255, 0, 0), (0, 0, 255)
    judged(tmp_path / "run", [red] * 3, ["cats"] * 3, training=([blue] * 4, ["cats"] * 4))
    with Image.open(tmp_path / "run" / "errors.png") as picture:
        shown = np.asarray(picture.convert("RGB")).reshape(-1, 3)
    assert (shown == red).all(axis=1).any()
    assert not (shown == blue).all(axis=1).any()


def test_errors_of_test_do_not_take_the_place_of_those_of_validation(tmp_path: Path) -> None:
    red, blue = (255, 0, 0), (0, 0, 255)
    run = judged(tmp_path / "run", [red] * 3, ["cats"] * 3)
    rows = [(f"{number}.png", "cats", "test", f"test{number}") for number in range(4)]
    table = [tuple(row.values())[:4] for row in run.read_table(run.split_path)]
    run.write_table(run.split_path, ("path", "label", "split", "hash"), [*table, *rows])
    before, evaluation = run.errors_path.read_bytes(), run.read(run.evaluation_path, Evaluation)
    for labels, is_shown in ((np.zeros(4, int), True), (np.ones(4, int), False)):
        kept = [row for row in run.read_table(run.split_path) if row["split"] == "test"]
        pixels = pictures([blue] * 4)
        of_test = Judged("test", kept, labels, engine(pixels.gather(range(4))), pixels, np.ones(4, bool))
        if is_shown:
            record(run, of_test, of_test.score(NAMES), evaluation)
            with Image.open(tmp_path / "run" / "errors_test.png") as picture:
                assert (np.asarray(picture.convert("RGB")).reshape(-1, 3) == blue).all(axis=1).any()
        else:
            run.logits_path.unlink()
            record(run, of_test, of_test.score(NAMES), evaluation)
        assert (tmp_path / "run" / "errors_test.png").exists() == is_shown
        assert run.errors_path.read_bytes() == before
    (tmp_path / "run" / "errors_test.png").write_bytes(b"of the model before")
    judged(tmp_path / "run", [red] * 3, ["cats"] * 3)
    assert not (tmp_path / "run" / "errors_test.png").exists()


def test_both_splits_are_in_predictions_csv_and_nothing_of_an_older_model(tmp_path: Path) -> None:
    colours, training = [(255, 0, 0)] * 2, ([(0, 0, 255)] * 3, ["cats", "dogs", "dogs"])
    run = judged(tmp_path / "run", colours, ["cats", "dogs"], training=training)
    rows = run.read_table(run.predictions_path)
    assert [row["split"] for row in rows] == ["train"] * 3 + ["validation"] * 2
    older = [[*{**row, "split": "test"}.values()] for row in rows]
    run.write_table(run.predictions_path, tuple(rows[0]), older)
    run = judged(tmp_path / "run", colours, ["cats", "dogs"], training=training)
    assert run.read_table(run.predictions_path) == rows


def test_what_is_advised_repeats_the_run_from_where_it_began_under_a_free_name(tmp_path: Path) -> None:
    (tmp_path / "run-2").mkdir()
    run = judged(tmp_path / "run", [(255, 0, 0)] * 200, ["cats"] * 100 + ["dogs"] * 100, from_run="first")
    options = run.read_json(run.diagnosis_path)["findings"][0]["changes"][0]["command"]["options"]
    assert (options["from_run"], options["out"]) == ("RUNS/first", "RUNS/run-3"), "nothing of this machine"
    options = read_diagnosis(run).findings[0].changes[0].command.options  # type: ignore[union-attr]
    assert (options["from_run"], options["out"]) == (str(tmp_path / "first"), str(tmp_path / "run-3"))


def test_runs_are_compared_on_validation(tmp_path: Path) -> None:
    """All of its images are right, and none of training's, which are more."""
    colours = [(255, 0, 0)] * 4
    runs = [judged(tmp_path / name, colours, ["dogs"] * 4, training=(colours * 2, ["cats"] * 8)) for name in "ab"]
    found = compare(runs, reporter=Reporter())
    assert [(each.accuracy.value, each.num_images) for each in found.scores] == [(1, 4), (1, 4)]
    assert (found.pairs[0].difference.n, found.pairs[0].difference.value) == (4, 0)


def test_a_comparison_is_computed_from_logits_whatever_else_the_files_say(tmp_path: Path) -> None:
    colours, labels = [(255, 0, 0)] * 4 + [(0, 0, 0)] * 4, ["dogs"] * 4 + ["cats"] * 4
    judged(tmp_path / "a", colours, labels)
    run = judged(tmp_path / "b", colours, labels, model=by_redness)
    rows = run.read_table(run.predictions_path)
    run.write_table(run.predictions_path, tuple(rows[0]), [{**row, "predicted": "dogs"}.values() for row in rows])
    kept = run.read(run.evaluation_path, Evaluation)
    recorded = kept.splits["validation"]
    worse = recorded.model_copy(update={"brier": recorded.brier.model_copy(update={"value": 0.5})})
    run.write(run.evaluation_path, kept.with_score("validation", worse))
    found = compare([tmp_path / "a", tmp_path / "b"], reporter=Reporter())
    assert [each.accuracy.value for each in found.scores] == [0.5, 1]
    assert (found.pairs[0].difference.value, found.pairs[0].only_second) == (0.5, 4)
    assert found.scores[1].brier.value < 0.01
    run.logits_path.unlink()
    with pytest.raises(BrokenRunError, match=r"logits\.npz is missing"):
        compare([tmp_path / "a", tmp_path / "b"], reporter=Reporter())


def test_groups_of_split_csv_are_those_of_a_comparison(tmp_path: Path) -> None:
    """One is right of two scenes of ten frames, the other of both: 10 images more, of one scene."""
    colours, labels = [(255, 0, 0)] * 10 + [(0, 0, 0)] * 10, ["dogs"] * 10 + ["cats"] * 10
    scenes = ["one"] * 10 + ["two"] * 10
    runs = [
        judged(tmp_path / name, colours, labels, model=model, groups=groups)
        for name, model, groups in (("a", engine, scenes), ("b", by_redness, scenes), ("c", by_redness, None))
    ]
    (pair,) = compare(runs[:2], reporter=Reporter()).pairs
    assert (pair.difference.value, pair.num_groups, pair.is_significant) == (0.5, 2, False)
    assert compare(runs[1:], reporter=Reporter()).pairs[0].num_groups == 2, "they are groups by one of both"


def test_a_run_that_is_given_twice_is_remarked(tmp_path: Path) -> None:
    run = judged(tmp_path / "a", [(255, 0, 0)] * 4, ["dogs"] * 4)
    reporter = Listener()
    compare([run.path, run.path / ".." / "a"], reporter=reporter)
    assert [line for line in reporter.warned if "given more than once" in line]


def test_a_copy_of_a_run_is_remarked_and_another_model_is_not(tmp_path: Path) -> None:
    colours, labels = [(255, 0, 0)] * 2 + [(0, 0, 0)] * 2, ["dogs"] * 2 + ["cats"] * 2
    run = judged(tmp_path / "a", colours, labels)
    other = judged(tmp_path / "b", colours, labels, model=by_redness)
    copied = shutil.copytree(run.path, tmp_path / "copied")
    reporter = Listener()
    compare([run.path, other.path, copied], reporter=reporter)
    assert reporter.warned == [f"{run.path}, {copied} are the same model: beside itself it tells nothing"]


def test_predictions_csv_has_the_columns_of_predict_and_what_is_known_of_each_image(tmp_path: Path) -> None:
    run = judged(tmp_path / "run", [(255, 0, 0), (0, 0, 0)], ["cats", "dogs"])
    row = run.read_table(run.predictions_path)[0]
    assert row == {
        "path": "train/0.png", "status": "ok", "predicted": "dogs", "probability": "0.990000", "reason": "",
        "label": "cats", "split": "train", "hash": "train0", "p(cats)": "0.010000", "p(dogs)": "0.990000",
    }  # fmt: skip


def test_diagnosis_json_holds_values_commands_and_words(tmp_path: Path) -> None:
    run = judged(tmp_path / "run", [(255, 0, 0)] * 200, ["cats"] * 100 + ["dogs"] * 100)
    found = run.read_json(run.diagnosis_path)
    finding = found["findings"][0]
    assert found["verdict"] == finding["code"] == "chance"
    assert finding["values"]["train_accuracy"] == 0.5
    command = finding["changes"][0]["command"]
    assert (command["verb"], command["arguments"]) == ("train", ["animals"])
    assert command["options"]["out"] == "RUNS/run-2"
    assert finding["text"] in found["paragraph"]
    assert finding["advice"] in found["paragraph"]
    assert "50.0%" in finding["text"]
    assert "classeur train animals --out RUNS/run-2" in finding["advice"]


@pytest.mark.parametrize(
    ("fingerprint", "began", "is_named"),
    [("the same", "2026-11-26", True), ("another", "2026-11-26", False), ("the same", "2026-11-28", False)],
)
def test_an_earlier_run_of_the_same_data_that_was_better_is_named(
    tmp_path: Path, fingerprint: str, began: str, is_named: bool
) -> None:
    colours = [(255, 0, 0)] * 40
    judged(tmp_path / "a", colours, ["dogs"] * 39 + ["cats"], data_fingerprint=fingerprint, began=began)
    facts = {"data_fingerprint": "the same", "began": "2026-11-27"}
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "run.json").write_text("{")
    run = judged(tmp_path / "a-2", colours, ["dogs"] * 39 + ["cats"], **facts)
    assert "earlier-better" not in {each["code"] for each in run.read_json(run.diagnosis_path)["findings"]}
    surer = [*colours[:-1], (0, 0, 0)]
    judged(tmp_path / "a", surer, ["dogs"] * 39 + ["cats"], model=by_redness, data_fingerprint=fingerprint, began=began)
    run = judged(tmp_path / "a-3", colours, ["dogs"] * 39 + ["cats"], **facts)
    found = {each["code"]: each for each in run.read_json(run.diagnosis_path)["findings"]}
    assert ("earlier-better" in found) == is_named
    if is_named:
        assert "Keep RUNS/a " in found["earlier-better"]["advice"]


def test_a_folder_of_runs_that_cannot_be_listed_ends_no_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "iterdir", forbidden)  # root, as in a container, may list everything
    run = judged(tmp_path / "runs" / "a", [(255, 0, 0)] * 40, ["dogs"] * 39 + ["cats"])
    assert run.diagnosis_path.exists()


def test_what_leaks_and_what_a_transfer_does_stand_in_the_diagnosis(tmp_path: Path) -> None:
    run = judged(tmp_path / "leak", [(255, 0, 0)] * 40, ["dogs"] * 40)
    rows = run.read_table(run.split_path)
    leaking = [({**row, "hash": row["hash"].replace("validation", "train")}).values() for row in rows]
    run.write_table(run.split_path, tuple(rows[0]), leaking)
    classifier = Classifier(engine, class_names=NAMES, preparation=PREPARATION)
    pixels = {split: pictures([(255, 0, 0)] * 40) for split in ("train", "validation")}
    facts = read_facts(run)
    judge_run(run, facts, pixels, judged_by(classifier, pixels, Reporter()), data="animals")
    leak = read_diagnosis(run).findings[0]
    assert (leak.code, leak.values["num_leaked"], leak.values["num_validation"]) == ("leak-suspected", 40, 40)

    colours = [(255, 0, 0)] * 200
    run = judged(tmp_path / "slow", colours, ["dogs", "cats"] * 100)
    keys = [(row["hash"], row["label"]) for row in run.read_table(run.split_path) if row["split"] == "validation"]
    score = run.read(run.evaluation_path, Evaluation).splits["validation"]
    transfer = JudgedRun("", score, dict.fromkeys(keys, True))
    pixels = {split: pictures(colours) for split in ("train", "validation")}
    answers = judged_by(classifier, pixels, Reporter())
    judge_run(run, read_facts(run), pixels, answers, data="animals", transfer=transfer)
    (found,) = [each for each in read_diagnosis(run).findings if each.code == "transfer-better"]
    assert (found.values["difference"], found.values["num_images"], found.values["beside"]) == (0.5, 200, "")
    leaks = [("p", label, "validation", hash_, "near-duplicate", "q") for hash_, label in keys[:50]]
    rows = run.read_table(run.split_path)
    of_test = next(row for row in rows if row["hash"] == keys[60][0]) | {"label": "cats", "split": "test"}
    run.write_table(run.split_path, tuple(rows[0]), [row.values() for row in [*rows, of_test]])
    run.write_table(run.leaks_path, LEAK_COLUMNS, [*leaks, ("p", "cats", "test", keys[60][0], "near-duplicate", "q")])
    judge_run(run, read_facts(run), pixels, answers, data="animals")
    assert read_diagnosis(run).findings[0].values["num_alike"] == 50


def test_groups_and_sizes_of_split_csv_are_told_of(tmp_path: Path) -> None:
    """Of person 1 each cat is called a dog, and each dog a cat, and so it is of the large images."""
    labels_there = [NAMES[number // 4 % 2] for number in range(60)]
    is_red = [(label == "dogs") != (number % 4 == 3) for number, label in enumerate(labels_there)]
    colours = [(255, 0, 0) if red else (0, 0, 0) for red in is_red]
    run = judged(tmp_path / "run", colours, labels_there, model=by_redness)
    rows = run.read_table(run.split_path)
    for number, row in enumerate(rows):
        row |= {"group": f"person {number % 4 // 3}", "width": str(100 + 100 * (number % 4 == 3)), "height": "80"}
    kept = [row for row in rows if row["split"] == "validation"]
    pixels, labels = pictures(colours), labels_of(kept, NAMES)
    logits = by_redness(pixels.gather(range(60)))
    result = Judged("validation", kept, labels, logits, pixels, np.ones(len(kept), bool)).score(NAMES)
    assert [(name, each.value, each.n) for name, each in result.by_group.items()] == [
        ("person 1", 0, 15), ("person 0", 1, 45),
    ]  # fmt: skip
    assert "2 groups" in result.accuracy.method
    assert result.slices
    assert result.slices.worst
    assert (result.slices.worst.name, result.slices.worst.accuracy.n) == ("person 1", 15)
    alone = [{**row, "group": ""} for row in kept]
    result = Judged("validation", alone, labels, logits, pixels, np.ones(len(alone), bool)).score(NAMES)
    assert (result.by_group, result.accuracy.method) == ({}, "Wilson")
    assert result.slices
    assert result.slices.worst
    assert (result.slices.worst.kind, result.slices.worst.name) == ("size", "largest")
