"""`demo`: the tutorial's six steps on drawn cats and dogs, offline, with this run's own numbers."""

import json
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console

from classeur.data.findings import Command, Finding
from classeur.data.inspection import Inspection
from classeur.data.synthetic import SyntheticFolder, paint_folder
from classeur.delivery.comparison_words import pair_sentence
from classeur.delivery.diagnosis import paragraph, read_diagnosis
from classeur.delivery.printable import printable
from classeur.delivery.progress import ConsoleReporter, Reporter
from classeur.delivery.words import command_line, evidence
from classeur.errors import StorageError
from classeur.evaluation.scoring import Evaluation, Score
from classeur.improvement.comparison import Comparison
from classeur.options import takes_options
from classeur.run import Run
from classeur.storage import writing_to
from classeur.training.facts import read_facts
from classeur.training.history import History
from classeur.workflows.comparison import compare
from classeur.workflows.inspection import inspect
from classeur.workflows.prediction import predict
from classeur.workflows.preview import preview
from classeur.workflows.summary import summary
from classeur.workflows.training import train

# Small enough for both trainings in one to three minutes on two processors.
IMAGE_SIZE = 96
FIRST: dict[str, Any] = {"model": "tutorial", "image_size": IMAGE_SIZE, "batch_size": 32, "epochs": 15}
# Milder than the tutorial's ranges, under which 200 pictures often teach this network nothing; see docs/results.md.
SECOND: dict[str, Any] = {
    **FIRST,
    "epochs": 40,
    "flip": "horizontal",
    "rotation": 15.0,
    "zoom": 0.2,
    "shift": 0.1,
    "dropout": 0.2,
}
# At the size that the animals are painted in.
TRANSFER: dict[str, Any] = {"image_size": 160}
_MARK = "demo.json"  # marks a folder that a demo made, and may replace


class Demo(NamedTuple):
    """What the demo made."""

    folder: SyntheticFolder
    inspection: Inspection
    first: Run
    second: Run
    third: Run
    comparison: Comparison


@takes_options()
def demo(
    *,
    out: Path | str = "demo",
    seed: int = 0,
    cache: Path | None = None,
    reporter: Reporter | None = None,
    say: Callable[[str], None] | None = None,
) -> Demo:
    """Show all steps on drawn cats and dogs, and return the runs and files that this made.

    Draws 200 training and 400 validation images, a leak, a duplicate and a damaged file among them, inspects them,
    repairs them, trains twice, compares, trains on a pretrained network's features, and classifies.

    Args:
        out: the folder for all files; one from an earlier demo is replaced.
        seed: of the drawings and of both trainings.
        cache: where pixels are kept; the system's cache folder if None.
        reporter: where progress is shown; standard error if None.
        say: prints a line of the demo; to standard output if None.

    Raises:
        StorageError: if `out` contains something that was not made by a demo.
    """
    reporter = reporter or ConsoleReporter()
    say = say or _print
    out = Path(out)
    began = time.monotonic()
    _make_room(out)
    folder = _paint(out / "animals", seed, reporter, say)
    data = folder.root
    inspection = _inspect(data, folder, cache, reporter, say)
    _feed(data, out, seed, cache, reporter, say)
    _heading(say, "3 and 4  Build the network and train it")
    say(f"The tutorial's network, at {IMAGE_SIZE}x{IMAGE_SIZE}: classeur train {data} {_as_options(FIRST)}")
    options = {**FIRST, "seed": seed}
    first = train(data, out=out / "first", cache=cache, reporter=reporter, **options)
    _tell_training(first, say)
    _test(first, say)
    comparison, second = _improve(data, out, first, seed, cache, reporter, say)
    third = _transfer(data, out, second, seed, cache, reporter, say)
    _classify(third, data, out, say)
    say(f"\nThe demo took {time.monotonic() - began:.0f} s; all its files are in {out}.")
    say("Now yours: classeur inspect FOLDER, with one folder of photographs for each class.")
    if third.report_path.exists():
        say(f"Open this in a browser, one page of what is known of the last run: {third.report_path}")
    return Demo(folder, inspection, first, second, third, comparison)


def _make_room(out: Path) -> None:
    """Remove an earlier demo, and nothing else."""
    if out.exists() and not (out / _MARK).is_file() and (not out.is_dir() or any(out.iterdir())):
        raise StorageError(f"{out} exists and was not made by the demo; choose another folder with --out")
    with writing_to(out):
        if out.exists():
            shutil.rmtree(out)
        out.mkdir(parents=True)
        (out / _MARK).write_text(json.dumps({"made_by": "classeur demo"}) + "\n", encoding="utf-8")


def _paint(root: Path, seed: int, reporter: Reporter, say: Callable[[str], None]) -> SyntheticFolder:
    _heading(say, "1  Understand the data")
    num_train, num_validation = 200, 400
    with reporter.progress("painting cats and dogs") as progress:
        folder = paint_folder(
            root,
            num_train=num_train,
            num_validation=num_validation,
            seed=seed,
            progress=lambda done: progress(done, num_train + num_validation),
        )
    say(
        f"{folder.num_train} training and {folder.num_validation} validation images were drawn into {root}, by seed"
        f" {seed}. Three faults of real folders were added to them. classeur inspect {root} finds:"
    )
    return folder


def _inspect(
    data: Path, folder: SyntheticFolder, cache: Path | None, reporter: Reporter, say: Callable[[str], None]
) -> Inspection:
    """Report what inspection finds, compare it with the planted faults, and repair them as it advises."""
    inspection = inspect(data, image_size=IMAGE_SIZE, cache=cache, reporter=reporter)
    for name, counts in inspection.counts.items():
        say(f"  {name}: " + ", ".join(f"{count} {label}" for label, count in counts.items()))
    for finding in inspection.findings:
        say(f"  {finding.code}: {finding.subject}: {evidence(finding)}")
    planted = {"leak": set(folder.leak), "duplicate": set(folder.duplicate), "unusable": {folder.broken}}
    found = sum(any(_names(finding, code, paths) for finding in inspection.findings) for code, paths in planted.items())
    say(f"{found} of the {len(planted)} planted faults are among these. They are repaired as inspect advises:")
    for code, path in (("leak", folder.leak[1]), ("duplicate", folder.duplicate[1]), ("broken file", folder.broken)):
        (data / path).unlink()
        say(f"  {code}: {path} removed")
    # So that the next command does not report these changes.
    inspect(data, image_size=IMAGE_SIZE, cache=cache, reporter=Reporter())
    return inspection


def _names(finding: Finding, code: str, paths: set[str]) -> bool:
    """Return whether a finding has this code and names all of the paths."""
    return finding.code == code and paths <= {finding.subject, *finding.values.get("paths", ())}


def _feed(data: Path, out: Path, seed: int, cache: Path | None, reporter: Reporter, say: Callable[[str], None]) -> None:
    _heading(say, "2  Feed it")
    say("What training sees, and one image five times under each augmentation:")
    for picture in preview(data, out=out / "preview", image_size=IMAGE_SIZE, seed=seed, cache=cache, reporter=reporter):
        say(f"  {picture.path}: {picture.title}")


def _tell_training(run: Run, say: Callable[[str], None]) -> None:
    total = sum(layer.num_parameters for layer in summary(run))
    history = History.from_rows(run.read_table(run.history_path))
    last, counts = history.epochs[-1], read_facts(run).counts
    speed = counts["train"] / (sum(history.column("seconds")) / len(history.epochs))
    say(
        f"{total:,} parameters learned from {counts['train']} images. After {last.epoch} epochs:"
        f" validation accuracy {last.val_accuracy:.1%}, training accuracy {last.accuracy:.1%}, the mean over the last"
        f" epoch while the network was still learning ({speed:,.0f} training images/s, validation included)."
    )
    say(f"  {run.curves_path}: the tutorial's two plots")


def _test(run: Run, say: Callable[[str], None]) -> None:
    _heading(say, "5  Test")
    evaluation = run.read(run.evaluation_path, Evaluation)
    score = evaluation.splits["validation"]
    say(f"On {score.num_images} validation images: {_interval(score)} are right, loss {score.loss.value:.3f}.")
    for name, each in score.per_class.items():
        of_those = (
            "no image" if each.precision is None else f"{each.precision.value:.1%} of the images predicted as {name}"
        )
        rest = "is predicted as such" if each.precision is None else f"are {name}"
        recall = each.recall.value if each.recall else 0.0
        say(f"  {name}: {recall:.1%} of {each.num_images} recognised; {of_those} {rest}")
    if run.errors_path.exists():
        say(f"  {run.errors_path}: the most confident errors; look at them")
    say(paragraph(read_diagnosis(run)))


def _improve(
    data: Path,
    out: Path,
    first: Run,
    seed: int,
    cache: Path | None,
    reporter: Reporter,
    say: Callable[[str], None],
) -> tuple[Comparison, Run]:
    _heading(say, "6  Improve and repeat")
    say(
        "What the diagnosis advises is followed below. First the tutorial's own next step, augmentation and dropout, of"
        " which nothing is promised:"
    )
    say(f"classeur train {data} {_as_options(SECOND)}")
    second = train(data, out=out / "second", cache=cache, reporter=reporter, **{**SECOND, "seed": seed})
    _tell_training(second, say)
    say(paragraph(read_diagnosis(second)))
    picture = out / "comparison.png"
    comparison = compare([first, second], picture=picture, reporter=reporter)
    gaps = [_gap(run) for run in (first, second)]
    say(f"The gap between training and validation accuracy went from {gaps[0]:+.1f} to {gaps[1]:+.1f} points.")
    say(pair_sentence(comparison.pairs[0]))
    say(f"  {picture}: both runs' curves")
    return comparison, second


def _transfer(
    data: Path,
    out: Path,
    second: Run,
    seed: int,
    cache: Path | None,
    reporter: Reporter,
    say: Callable[[str], None],
) -> Run:
    """Train a third time, on what another network has learned from photographs."""
    _heading(say, "Beyond the tutorial  Start from a network that was pretrained on a million photographs")
    say(f"No epochs: only a head on its features is trained. classeur train {data} {_as_options(TRANSFER)}")
    third = train(data, out=out / "third", cache=cache, reporter=reporter, **{**TRANSFER, "seed": seed})
    score = third.read(third.evaluation_path, Evaluation).splits["validation"]
    say(f"On {score.num_images} validation pictures: {_interval(score)} are right, loss {score.loss.value:.3f}.")
    say(pair_sentence(compare([second, third], reporter=reporter).pairs[0]))
    say(f"  {third.curves_path}: would more pictures help?")
    return third


def _classify(run: Run, data: Path, out: Path, say: Callable[[str], None]) -> None:
    binder = out / "sorted"
    folder = data / "validation" / "dogs"
    predictions = list(predict(run, [folder], sort_into=binder, reporter=Reporter()))
    counts = {name: sum(each.predicted == name for each in predictions) for name in read_facts(run).class_names}
    said = ", ".join(f"{count} into {name}" for name, count in counts.items())
    say(f"\nSorted by predicted class: classeur predict {run.path} {folder} --sort-into {binder} put {said}.")


def _gap(run: Run) -> float:
    """Return training minus validation accuracy, in points, both without augmentation."""
    splits = run.read(run.evaluation_path, Evaluation).splits
    return 100 * (splits["train"].accuracy.value - splits["validation"].accuracy.value)


def _interval(score: Score) -> str:
    found = score.accuracy
    return f"{found.value:.1%} (95 %: {found.low:.1%} … {found.high:.1%})"


def _as_options(options: Mapping[str, Any]) -> str:
    """Return options as on the command line."""
    return command_line(Command(verb="train", options=dict(options))).removeprefix("classeur train ")


def _heading(say: Callable[[str], None], text: str) -> None:
    say(f"\n== {text}")


def _print(text: str) -> None:
    Console(highlight=False, soft_wrap=True).print(printable(text), markup=False)
