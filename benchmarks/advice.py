"""Does following the advice of a diagnosis help? On drawn cats and dogs, several seeds, as a person would follow it.

Claim: over the seeds, the run that follows the advice to start from a pretrained network is better than the run that
it was given for: the mean difference of their accuracies on the same validation images lies above 0 by two standard
errors. Where it does not, this ends with status 1, and docs/results.md must not say so. With `--verdict` the verdict's
own advice is followed in its place (varied images, dropout, more epochs), of which nothing is claimed.

Run: python benchmarks/advice.py [--verdict] [--seeds 5] [--steps 1] [--image-size 96] [--epochs 15]

Each seed draws its own 200 training and 400 validation pictures (the planted faults removed), trains the tutorial's
network with its defaults, and then runs the very command that diagnosis.json holds; with `--steps 2` the advice of that
run too. A run without a command ends the chain. The time that was promised stands beside the time that it took.
"""

import argparse
import json
import math
import os
import statistics
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from rich.console import Console
from rich.table import Table

import classeur
from classeur.data.synthetic import paint_folder
from classeur.delivery.progress import Reporter
from classeur.delivery.wording import typed
from classeur.environment import installed_versions, machine
from classeur.evaluation.intervals import paired_difference
from classeur.improvement.diagnosis import Diagnosis
from classeur.run import Run
from classeur.training.facts import finished_facts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("seeds", 5), ("steps", 1), ("image-size", 96), ("epochs", 15), ("pictures", 200)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--verdict", action="store_true")
    options = parser.parse_args()
    print(json.dumps({"machine": machine(), "versions": installed_versions()}))
    table = Table("seed", "step", "advice", "before", "after", "difference (95 %)", "promised", "took", box=None)
    differences = []
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(options.seeds):
            for step, row, difference in follow(Path(folder), seed, options):
                table.add_row(str(seed), str(step), *row)
                if step == 1 and difference is not None:
                    differences.append(difference)
    Console(width=140).print(table)
    if len(differences) < 2:
        sys.exit("error: fewer than two seeds had an advice to follow; nothing can be said")
    mean = statistics.mean(differences)
    error = statistics.stdev(differences) / len(differences) ** 0.5
    print(f"first advice: {100 * mean:+.1f} ± {100 * error:.1f} points (mean and standard error of {len(differences)})")
    if not options.verdict and mean - 2 * error <= 0:
        sys.exit("error: the claim at the head of this file does not hold")


def follow(folder: Path, seed: int, options: argparse.Namespace):  # type: ignore[no-untyped-def]
    """Yield (step, cells, difference) for each advice that is followed."""
    drawn = paint_folder(folder / f"animals-{seed}", num_train=options.pictures, seed=seed)
    for path in (drawn.leak[1], drawn.duplicate[1], drawn.broken):
        (drawn.root / path).unlink()
    common = {"cache": folder / "cache", "reporter": Reporter()}
    run = classeur.train(
        drawn.root,
        out=folder / f"runs-{seed}" / "a",
        image_size=options.image_size,
        batch_size=32,
        epochs=options.epochs,
        seed=seed,
        **common,
    )
    for step in range(1, options.steps + 1):
        diagnosis = run.read(run.diagnosis_path, Diagnosis)
        told = [finding for finding in diagnosis.findings if options.verdict or finding.code == "from-scratch"]
        change = next((change for finding in told[:1] for change in finding.changes if change.command), None)
        if change is None or change.command is None or change.command.verb != "train":
            yield step, [f"{diagnosis.verdict}: nothing to train", *[""] * 5], None
            return
        before, seconds_before = right(run), seconds(run)
        given = dict(change.command.options)
        goes_on = bool(given.get("resume"))
        if "image_size" in given:
            given["image_size"] = typed(given["image_size"])
        run = classeur.train(*change.command.arguments, **given, **common)
        after = right(run)
        only_after = sum(after[key] and not before[key] for key in before)
        only_before = sum(before[key] and not after[key] for key in before)
        found = paired_difference(only_after, only_before, len(before))
        took = seconds(run) - (seconds_before if goes_on else 0)
        shares = [f"{sum(each.values()) / len(each):.1%}" for each in (before, after)]
        said = f"{100 * found.value:+.1f} ({100 * found.low:+.1f} … {100 * found.high:+.1f})"
        times = [f"{change.values.get('seconds', math.nan):.0f} s", f"{took:.0f} s"]
        yield step, [f"{diagnosis.verdict}: {change.code}", *shares, said, *times], found.value


def right(run: Run) -> dict[str, bool]:
    """Return which validation pictures a run got right, by hash."""
    rows = [row for row in run.read_table(run.predictions_path) if row["split"] == "validation"]
    return {row["hash"]: row["label"] == row["predicted"] for row in rows}


def seconds(run: Run) -> float:
    taken = finished_facts(run).seconds
    return taken.wall if taken else 0.0


if __name__ == "__main__":
    main()
