"""Does following the advice of a diagnosis help? On three sets of images at 64 pixels, five seeds each.

Claim: each advice that a diagnosis gives is better on at least one of the three sets and worse on none. "Better" and
"worse": the 95 % interval of the mean difference over the seeds (t, on the same validation images) lies above or below
0. Where an advice does not hold that, this ends with status 1, and the diagnosis must not give it.

Run: CLASSEUR_SHARED=../shared python benchmarks/advice.py --out advice.jsonl [--sets animals] [--seeds 5] [--tries]

Each seed draws 200 training and 400 validation images (drawn cats and dogs, flowers, the tutorial's photographs),
trains the tutorial's network so that something is wrong, and runs the very commands that its diagnosis holds. What is
done is written to --out line by line, and not done again: a run that is stopped goes on. With `--tries` what could be
advised in their place is followed too, of which nothing is claimed. `python benchmarks/advice.py --out advice.jsonl
--table` only prints the table. An advice to leave out what leaked mends the number and not the network: there, nothing
is to be measured.
"""

import argparse
import json
import os
import random
import shutil
import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from scipy.stats import t as student

import classeur
from classeur.data.archive import unpack
from classeur.data.findings import Command
from classeur.data.synthetic import paint_folder
from classeur.delivery.diagnosis import read_diagnosis
from classeur.delivery.progress import Reporter
from classeur.delivery.wording import typed
from classeur.environment import installed_versions, machine
from classeur.run import Run

SHARED = Path(os.environ.get("CLASSEUR_SHARED", "../shared"))
NUM_TRAIN, NUM_VALIDATION = 200, 400
BASE: dict[str, Any] = {"model": "tutorial", "image_size": 64, "batch_size": 32, "epochs": 12}
# Milder than the tutorial's ranges, with which its network often learns nothing from few images.
MILD_AUGMENTATION: dict[str, Any] = {"flip": "horizontal", "rotation": 15.0, "zoom": 0.2, "shift": 0.1}
# Pictures of which hardly anything is left.
HIDDEN: dict[str, Any] = {"erase": 1.0, "rotation": 180.0, "zoom": 0.9, "shift": 0.9, "dropout": 0.5}


class Situation(NamedTuple):
    """A training with something wrong, and what could be advised besides what is."""

    name: str
    options: dict[str, Any]
    tries: dict[str, dict[str, Any]] = {}  # noqa: RUF012
    rare: bool = False  # whether one class has few images


SITUATIONS = (
    Situation(
        "as it comes",
        {},
        {
            "varied": {**MILD_AUGMENTATION, "dropout": 0.2, "epochs": 32},
            "keep-best at once": {"keep": "best", "stop_early": 5},
            "dropout alone": {"dropout": 0.5, "epochs": 18},
            "flip alone": {"flip": "horizontal", "epochs": 18},
        },
    ),
    Situation("20 epochs", {"epochs": 20}),
    Situation("varied", {**MILD_AUGMENTATION, "epochs": 24}),
    Situation("varied, with dropout", {**MILD_AUGMENTATION, "dropout": 0.2, "epochs": 32}),
    Situation("3 epochs", {"epochs": 3}),
    Situation("impatient", {"epochs": 30, "stop_early": 2}, {"more-patience": {"epochs": 30, "stop_early": 4}}),
    Situation("rate 0.03", {"learning_rate": 0.03}),
    Situation("rate 0.00001", {"learning_rate": 1e-5}),
    Situation(
        "hidden",
        {**HIDDEN, "epochs": 7},
        {
            "longer": {**HIDDEN, "epochs": 14},
            "another seed": {**HIDDEN, "epochs": 7, "seed": 1000},
            "as they are": {"epochs": 7},
            "milder": {**MILD_AUGMENTATION, "epochs": 14},
        },
    ),
    Situation("one rare class", {"epochs": 8}, {"balanced": {"epochs": 8, "balance": True}}, rare=True),
    Situation("transfer", {"model": "efficientnet_lite0"}),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="what is done is kept here, as JSON lines")
    parser.add_argument("--sets", nargs="+", choices=list(SETS), default=list(SETS))
    parser.add_argument("--situations", nargs="+", default=[each.name for each in SITUATIONS])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--tries", action="store_true")
    parser.add_argument("--table", action="store_true", help="only print what is there")
    options = parser.parse_args()
    print(json.dumps({"machine": machine(), "versions": installed_versions()}))
    if not options.table:
        # Seeds outermost: a benchmark that is stopped has all situations.
        for seed in range(options.seeds):
            for name in options.sets:
                measure(name, seed, options)
    if not tell(lines(options.out)):
        sys.exit("error: the claim at the head of this file does not hold")


def measure(name: str, seed: int, options: argparse.Namespace) -> None:
    """Follow the advice of each situation on one set and seed, and write what it brought."""
    done = {(line["set"], line["seed"], line["situation"]) for line in lines(options.out)}
    wanted = [each for each in SITUATIONS if each.name in options.situations and (name, seed, each.name) not in done]
    if not wanted:
        return
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        SETS[name](folder / "usual", seed)
        for situation in wanted:
            data = folder / "usual"
            if situation.rare:
                data = folder / "rare"
                if not data.exists():
                    shutil.copytree(folder / "usual", data)
                    rarest = sorted((data / "train").iterdir())[-1]
                    for path in sorted(rarest.iterdir())[8:]:
                        path.unlink()
            runs = folder / situation.name.replace(" ", "-")
            for line in follow(data, runs, situation, seed, cache=folder / "cache", tries=options.tries):
                line = {"set": name, "seed": seed, "situation": situation.name, **line}
                with options.out.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(line) + "\n")
                print(line, flush=True)


def follow(
    data: Path, runs: Path, situation: Situation, seed: int, *, cache: Path, tries: bool
) -> Iterator[dict[str, Any]]:
    """Yield what each advice brought, and that there was none."""
    common: dict[str, Any] = {"cache": cache, "reporter": Reporter()}
    base = {} if "model" in situation.options else BASE
    run = classeur.train(data, out=runs / "a", report=False, **{**base, "seed": seed, **situation.options}, **common)
    before, diagnosis = right(run), read_diagnosis(run)
    result = {"verdict": diagnosis.verdict, "before": statistics.mean(before.values())}
    yield {**result, "advice": None}
    for finding in diagnosis.findings:
        for change in finding.changes:
            if change.command is None or change.command.verb != "train" or change.code == "without-leak":
                continue
            kept = Run(shutil.copytree(run.path, runs / f"kept-{change.code}"))
            after = right(carry_out(change.command, kept, common))
            yield {**result, "advice": change.code, "is_given": True, **told(before, after)}
    for name, changed in situation.tries.items() if tries else ():
        given = {**BASE, "seed": seed, **changed}
        after = right(classeur.train(data, out=runs / name.replace(" ", "-"), **given, **common))
        yield {**result, "advice": name, "is_given": False, **told(before, after)}


def carry_out(command: Command, kept: Run, common: dict[str, Any]) -> Run:
    """Return the run that an advised command makes; one that goes on does so in a copy."""
    given = dict(command.options)
    if given.get("resume"):
        given["out"] = kept.path
    if "image_size" in given:
        given["image_size"] = typed(given["image_size"])
    return classeur.train(*command.arguments, report=False, **given, **common)


def told(before: dict[str, bool], after: dict[str, bool]) -> dict[str, float]:
    return {
        "after": statistics.mean(after.values()),
        "difference": statistics.mean(after[key] - before[key] for key in before),
    }


def right(run: Run) -> dict[str, bool]:
    """Return which validation images a run got right, by hash."""
    rows = [row for row in run.read_table(run.predictions_path) if row["split"] == "validation"]
    return {row["hash"]: row["label"] == row["predicted"] for row in rows}


def lines(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()] if out.exists() else []


def tell(found: list[dict[str, Any]]) -> bool:
    """Print the table; return whether every given advice is better on one set and worse on none."""
    by_seed: defaultdict[tuple[tuple[bool, str], str], defaultdict[int, list[float]]] = defaultdict(
        lambda: defaultdict(list)
    )
    verdicts: defaultdict[tuple[bool, str], set[str]] = defaultdict(set)
    for line in found:
        if line["advice"] is not None:
            key = not line["is_given"], line["advice"]
            by_seed[key, line["set"]][line["seed"]].append(line["difference"])
            verdicts[key].add(line["verdict"])
    print("\n| advice | given for | " + " | ".join(SETS) + " | |\n|---|---|" + "---|" * (len(SETS) + 1))
    holds = True
    for is_tried, advice in sorted(verdicts):
        # Situations of the same images and seed are one sample: their mean.
        by_set = {name: [statistics.mean(each) for each in by_seed[(is_tried, advice), name].values()] for name in SETS}
        intervals = {name: interval(by_set[name]) for name in SETS if len(by_set[name]) > 1}
        better = any(low > 0 for _, low, _ in intervals.values())
        worse = any(high < 0 for _, _, high in intervals.values())
        cells = [
            "{:+.1f} ({:+.1f} … {:+.1f}), n {}".format(*(100 * each for each in intervals[name]), len(by_set[name]))
            if name in intervals
            else f"n {len(by_set[name])}"
            for name in SETS
        ]
        said = "helps" if better and not worse else "does not"
        named = "tried" if is_tried else ", ".join(sorted(verdicts[is_tried, advice]))
        print(f"| {advice} | {named} | " + " | ".join(cells) + f" | {said} |")
        holds &= is_tried or said == "helps" or not intervals
    return holds


def interval(differences: list[float]) -> tuple[float, float, float]:
    """Return mean and 95 % interval of differences over seeds, by Student's t."""
    mean, number = statistics.mean(differences), len(differences)
    half = float(student.ppf(0.975, number - 1)) * statistics.stdev(differences) / number**0.5
    return mean, mean - half, mean + half


def animals(folder: Path, seed: int) -> None:
    drawn = paint_folder(folder, num_train=NUM_TRAIN, num_validation=NUM_VALIDATION, seed=seed, image_size=(96, 96))
    for path in (drawn.leak[1], drawn.duplicate[1], drawn.broken):
        (folder / path).unlink()


def flowers(folder: Path, seed: int) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        root = unpack(SHARED / "data" / "flowers.zip", Path(temporary) / "flowers", without_top=True)
        deal(folder, {path.name: sorted(path.iterdir()) for path in sorted(root.iterdir()) if path.is_dir()}, seed)


def photographs(folder: Path, seed: int) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        root = unpack(SHARED / "data" / "cats_and_dogs_filtered.zip", Path(temporary) / "pets", without_top=True)
        deal(folder, {name: sorted((root / "train" / name).iterdir()) for name in ("cats", "dogs")}, seed)


def deal(folder: Path, files: dict[str, list[Path]], seed: int) -> None:
    """Copy equal numbers of each class, drawn by seed, into training and validation."""
    for class_name, paths in files.items():
        chosen = random.Random(f"{seed} {class_name}").sample(paths, (NUM_TRAIN + NUM_VALIDATION) // len(files))
        for number, path in enumerate(chosen):
            place = folder / ("train" if number < NUM_TRAIN // len(files) else "validation") / class_name
            place.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, place)


SETS: dict[str, Callable[[Path, int], None]] = {"animals": animals, "flowers": flowers, "photographs": photographs}


if __name__ == "__main__":
    main()
