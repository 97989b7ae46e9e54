"""Every command that a diagnosis can advise is carried out, by the command line, on a tiny run, to its end."""

import json
import shlex
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from constructed_runs import diagnosed, halves, scored
from PIL import Image

import classeur
from classeur.cli import _status
from classeur.data.findings import Change
from classeur.delivery.diagnosis_words import _CHANGES
from classeur.delivery.progress import Reporter
from classeur.delivery.wording import command_line
from classeur.improvement.comparison import Judged
from classeur.improvement.diagnosis import Diagnosis
from classeur.improvement.leaks import Leak
from classeur.run import Run
from classeur.training.facts import read_facts
from classeur.training.history import History

TINY: dict[str, Any] = {"model": "tutorial", "image_size": 8, "epochs": 1, "batch_size": 8}
OVERFITTING = halves(980, 1000), halves(700, 1000)
UNDERFITTING = halves(700, 1000), halves(690, 1000)
CHANCE = halves(500, 1000), halves(500, 1000)
RARE = scored(cats=(900, 900), dogs=(0, 100))
MILD = {"flip": "horizontal", "dropout": 0.2}
FLAT = (0.5, 0.6, 0.6, 0.6, 0.6)
SAME = {(str(number), "cats"): number >= 60 for number in range(400)}
BETTER = Judged("runs/a", halves(400, 400), dict.fromkeys(SAME, True))
WORSE = Judged("runs/a", halves(340, 400), SAME)


# A change of the recipe or a command → a run that is advised it. Epochs are as few as there are losses.
SITUATIONS: dict[str, Callable[..., Diagnosis]] = {
    "more-photographs": lambda **named: diagnosed(*OVERFITTING, losses=(0.6,), options=TINY, **named),
    "transfer": lambda **named: diagnosed(*OVERFITTING, losses=(0.6,), options=TINY, **named),
    "train-longer": lambda **named: diagnosed(*UNDERFITTING, losses=(0.6,), options=TINY, **named),
    "go-on": lambda **named: diagnosed(*UNDERFITTING, losses=(0.6,), options={**TINY, "epochs": 3}, **named),
    "more-patience": lambda **named: diagnosed(
        *UNDERFITTING, losses=FLAT, options={**TINY, "epochs": 6, "stop_early": 1}, **named
    ),
    "smaller-learning-rate": lambda **named: diagnosed(
        *CHANCE, losses=(9.0,), options={**TINY, "learning_rate": 3.0}, **named
    ),
    "larger-learning-rate": lambda **named: diagnosed(
        *CHANCE, losses=(0.7,), options={**TINY, "learning_rate": 1e-6}, **named
    ),
    "as-they-are": lambda **named: diagnosed(*CHANCE, losses=(0.69,), options={**TINY, **MILD}, **named),
    "balance": lambda **named: diagnosed(
        RARE, RARE, losses=(), options={"model": "auto", "epochs": None, "image_size": 32}, **named
    ),
    "look-at-data": lambda **named: diagnosed(
        *OVERFITTING, losses=(0.6,), options=TINY, leak=Leak(100, 98, 900, 602), **named
    ),
    "without-leak": lambda **named: diagnosed(
        *OVERFITTING, losses=(0.6,), options=TINY, leak=Leak(100, 98, 900, 602), **named
    ),
    "divide-anew": lambda **named: diagnosed(
        *OVERFITTING, losses=(0.6,), options=TINY, leak=Leak(1000, 700, 0, 0), **named
    ),
    "look": lambda **named: diagnosed(halves(980, 1000), halves(970, 1000), losses=(0.6,), options=TINY, **named),
    "keep-run": lambda **named: diagnosed(
        *OVERFITTING,
        losses=(0.6,),
        options=TINY,
        correct=WORSE,
        earlier=[BETTER._replace(name="runs/b")],
        **named,
    ),
}
# What is not a command: a person's work, or numbers.
BY_HAND = {"judge-every-class", "look-at-leaks"}


def changes(diagnosis: Diagnosis) -> dict[str, Change]:
    return {change.code: change for finding in diagnosis.findings for change in finding.changes}


def test_every_change_that_has_words_is_carried_out_or_made_by_hand() -> None:
    assert {*SITUATIONS, *BY_HAND} == {*_CHANGES, "keep-run"}
    for code, situation in SITUATIONS.items():
        assert changes(situation())[code].command is not None, code


class Impatient(Reporter):
    """Presses Ctrl-C after the first epoch."""

    def epoch(self, history: History, num_epochs: int) -> None:
        if len(history.epochs) == 1:
            signal.raise_signal(signal.SIGINT)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `my data`, a run of them and another beside it."""
    folder = tmp_path_factory.mktemp("tiny")
    random = np.random.default_rng(0)
    for split, count in (("train", 12), ("validation", 6)):
        for label, level in (("cats", 80), ("dogs", 150)):
            place = folder / "my data" / split / label
            place.mkdir(parents=True)
            for number in range(count):
                noise = np.clip(random.normal(level, 60, (12, 14, 3)), 0, 255).astype(np.uint8)
                Image.fromarray(noise).save(place / f"{number:02}.png")
    shutil.copy(
        folder / "my data" / "train" / "cats" / "00.png", folder / "my data" / "validation" / "cats" / "leak.png"
    )
    for name, reporter, epochs in (("a", Reporter(), 1), ("b", Reporter(), 1), ("stopped", Impatient(), 3)):
        classeur.train(
            folder / "my data",
            out=folder / "runs" / name,
            cache=folder / ".cache",
            reporter=reporter,
            **{**TINY, "epochs": epochs},
        )
    return folder


@pytest.mark.keras
@pytest.mark.parametrize("code", SITUATIONS)
def test_what_is_advised_is_carried_out(
    code: str, tiny: Path, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(tiny, tmp_path / "here")
    shutil.copytree(tiny / ".cache", cache, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path / "here")
    name = "stopped" if code == "go-on" else "a"
    diagnosis = SITUATIONS[code](run=f"runs/{name}", data="my data", taken=["a", "b", "stopped"])
    changed = changes(diagnosis)
    command = changed[code].command
    assert command is not None
    assert _status(shlex.split(command_line(command))[1:], debug=True) == 0
    if command.verb != "train":
        return
    made = Run.open(command.options["out"])
    facts = read_facts(made)
    assert facts.status == "finished"
    for name, value in changed[code].options.items():
        expected = facts.recipe.flat()[name]
        assert (list(expected) if isinstance(expected, tuple) else expected) == value
    assert json.loads(made.diagnosis_path.read_text("utf-8"))["verdict"]
    if code == "without-leak":
        assert facts.counts["validation"] == read_facts(Run(Path("runs/a"))).counts["validation"] - 1
    if code in ("go-on", "train-longer"):
        assert facts.epochs_done == {"go-on": 3, "train-longer": 2}[code], "it went on"
