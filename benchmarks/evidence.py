"""Evidence: calibration, unsure and none of these, on the tutorial's photographs, by its network and by transfer.

Claims, checked at the end (exit status 1 where one fails; numbers: docs/results.md, "Unsure, and none of these"): on
images that a temperature was not fitted to, it raises no network's log loss by more than a thousandth; of other
validation images than those that a threshold was found on, no more answers are wrong than was promised, but for what
chance explains; of cats and dogs by transfer, 90 % of the flowers or more are refused where 5 % of known images may be.

The photographs are those of the tutorial, 2,000 for training and 1,000 for validation. Promises are found on one half
of the validation images and counted on the other, 200 times, by images drawn anew.

Run: python benchmarks/evidence.py [--epochs 15] [--runs FOLDER]
(the tutorial's network takes five minutes on two processors; runs that are there are not trained again)
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import classeur
from classeur.data.archive import unpack
from classeur.delivery.progress import Reporter
from classeur.environment import installed_versions, machine
from classeur.evaluation.calibration import Calibration
from classeur.evaluation.decision import Said
from classeur.evaluation.risk import area_under_risk, keep_error, least_promise, risk_coverage
from classeur.run import Run
from classeur.workflows.answering import kept_answers

SHARED = Path(os.environ.get("CLASSEUR_SHARED", "../shared"))
LIMITS = {"tutorial": (0.05, 0.1, 0.15, 0.2), "transfer": (0.005, 0.01, 0.02, 0.05)}
NUM_DRAWS = 200


def trained(name: str, data: Path, folder: Path, *, epochs: int) -> Run:
    """Return a run of that name, trained unless it is there."""
    run = Run(folder / name)
    if not run.card_path.exists():
        options = {"model": "tutorial", "epochs": epochs} if name == "tutorial" else {}
        classeur.train(data, out=run.path, overwrite=run.facts_path.exists(), reporter=Reporter(), **options)
    return run


def calibration(runs: dict[str, Run]) -> Iterator[str]:
    print("\n| network | temperature | log loss | calibration error | Brier | on |")
    print("|---|---|---|---|---|---|")
    for name, run in runs.items():
        found = run.read(run.calibration_path, Calibration)
        assert found.before is not None
        assert found.after is not None
        interval = f" ({found.low:.2f} … {found.high:.2f})" if found.low is not None and found.high is not None else ""
        errors = [each.calibration_error for each in (found.before, found.after)]
        shown = " → ".join("–" if each is None else f"{each.value:.1%}" for each in errors)
        print(
            f"| {name} | {found.temperature:.2f}, best {found.fitted or 1:.2f}{interval}, from {found.num_images:,}"
            f" {found.fitted_on} | {found.before.log_loss.value:.4f} → {found.after.log_loss.value:.4f} | {shown} |"
            f" {found.before.brier.value:.4f} → {found.after.brier.value:.4f} | {found.after.log_loss.n:,} validation |"
        )
        if found.after.log_loss.value > found.before.log_loss.value + 0.001:
            yield f"calibration of {name} lowers its log loss"


def coverage(runs: dict[str, Run]) -> Iterator[str]:
    print("\n| network | area | errors at 100 % | 90 % | 75 % | 50 % answered | limit: answered, wrong |")
    print("|---|---|---|---|---|---|---|")
    for name, run in runs.items():
        said = kept_answers(run, "validation")
        curve = risk_coverage(said.sureness, said.is_wrong)
        at = [
            min(curve, key=lambda point, share=share: abs(point.coverage - share)).error
            for share in (1, 0.9, 0.75, 0.5)
        ]  # type: ignore[misc]
        promises = []
        for limit in LIMITS[name]:
            found = keep_error(said.sureness, said.is_wrong, limit)
            shown = "none" if found is None else f"{found.coverage:.1%}, {found.num_wrong}"
            promises.append(f"{limit:.3g}: {shown}")
        least = least_promise(said.sureness, said.is_wrong)
        promises.append(f"least {least.limit:.3g}" if least else "none can be promised")
        errors = " | ".join(f"{each:.2%}" for each in at)
        area = area_under_risk(said.sureness, said.is_wrong)
        print(f"| {name} | {area:.4f} | {errors} | {'; '.join(promises)} |")
        yield from kept(name, said)


def kept(name: str, said: Said) -> Iterator[str]:
    """Find thresholds on one half of the images and count errors on the other."""
    for limit in LIMITS[name]:
        random, exceeded, answered = np.random.default_rng(0), 0, 0
        for _ in range(NUM_DRAWS):
            order = random.permutation(len(said.labels))
            here, there = order[::2], order[1::2]
            found = keep_error(said.sureness[here], said.is_wrong[here], limit)
            if found is None:
                continue
            answered += 1
            is_answered = said.sureness[there] > found.threshold
            wrong, allowed = int(said.is_wrong[there][is_answered].sum()), limit * int(is_answered.sum())
            # Halves of the same images are no independent draws: two standard errors more than the limit are counted.
            exceeded += wrong > allowed + 2 * (allowed * (1 - limit)) ** 0.5
        print(
            f"{name}, {limit:.3g}: of {NUM_DRAWS} halves {answered} promise it, {exceeded} are not kept",
            file=sys.stderr,
        )
        if exceeded > 0.05 * NUM_DRAWS:
            yield f"{name} keeps {limit:.3g}"


def refused(run: Run, flowers: Path) -> Iterator[str]:
    print("\n| known images that may be refused | flowers refused | of |")
    print("|---|---|---|")
    for share in (0.05, 0.01, 0.005):
        statuses = [each.status for each in classeur.predict(run, flowers, none_of_these=share, reporter=Reporter())]
        found = statuses.count("none of these") / len(statuses)
        print(f"| {share:.1%} | {found:.1%} | {len(statuses):,} |", flush=True)
        if share == 0.05 and found < 0.9:
            yield "nine flowers of ten are refused"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=15, help="of the tutorial's network")
    parser.add_argument("--runs", type=Path, help="where runs are kept; a folder that is removed if not given")
    options = parser.parse_args()
    if not (SHARED / "data").is_dir():
        sys.exit(f"error: {SHARED / 'data'} is missing; name its folder with CLASSEUR_SHARED")
    print(json.dumps({"machine": machine(), "versions": installed_versions()}))
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.runs or Path(temporary)
        animals, flowers = (
            unpack(SHARED / "data" / f"{name}.zip", Path(temporary) / name, without_top=True)
            for name in ("cats_and_dogs_filtered", "flowers")
        )
        runs = {name: trained(name, animals, folder, epochs=options.epochs) for name in ("transfer", "tutorial")}
        failed = [*calibration(runs), *coverage(runs), *refused(runs["transfer"], flowers)]
    if failed:
        sys.exit("not so here: " + "; ".join(failed))


if __name__ == "__main__":
    main()
