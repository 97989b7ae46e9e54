"""Standard error holds classeur's own lines only: nothing of its libraries, nothing of the environment."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = [pytest.mark.keras, pytest.mark.backends]

SECRET = "hunter2-is-not-to-be-seen"

# One process for all: a backend takes seconds to load. The second training compiles anew, which backends remark upon.
COMMANDS = """
import json, sys
from classeur.cli import main

for arguments in json.loads(sys.argv[1]):
    sys.argv = ["classeur", *arguments]
    try:
        main()
    except SystemExit as done:
        assert not done.code, arguments
"""


def first_commands(data: str, folder: str) -> list[list[str]]:
    """Return a command without a backend, a training with all that varies on the device, and what it predicts."""
    options = ["--model", "tutorial", "--image-size", "8", "--batch-size", "4", "--epochs", "2"]
    varied = ["--warp", "device", "--augment", "all", "--mixup", "0.2"]
    return [
        ["doctor"],
        ["train", data, "--out", f"{folder}/first", *options, *varied],
        ["predict", f"{folder}/first", f"{data}/validation"],
    ]


def other_commands(data: str, folder: str) -> list[list[str]]:
    options = ["--model", "tutorial", "--image-size", "8", "--batch-size", "4", "--epochs", "2"]
    return [
        ["inspect", data, "--image-size", "8"],
        ["preview", data, "--image-size", "8", "--out", f"{folder}/preview"],
        ["cache"],
        ["migrate", f"{folder}/old.py"],
        ["train", data, "--out", f"{folder}/second", *options, "--dropout", "0.2"],
        ["train", data, "--out", f"{folder}/third", *options, "--from", f"{folder}/second", "--precision", "bfloat16"],
        ["train", "--out", f"{folder}/second", "--resume", "--epochs", "3"],
        ["summary", f"{folder}/second"],
        ["evaluate", f"{folder}/second", "--split", "train"],
        ["predict", f"{folder}/third", f"{data}/validation"],
        ["compare", f"{folder}/second", f"{folder}/first"],
    ]


OWN_LINES = re.compile(
    r"2 classes \(cats, dogs\): .*|epoch +\d+/\d+  loss .*|computing in (float32|bfloat16): .*|warning: .*"
    r"|[a-z ]+: \d+ in \d+\.\d s|.* has no model\.onnx; Keras predicts, .*|probabilities are .*"
)


@pytest.mark.parametrize("level", [None, "0"])
def test_every_line_is_classeurs_own(image_folder: Callable[..., Path], tmp_path: Path, level: str | None) -> None:
    data = image_folder({"train": {"cats": 6, "dogs": 6}, "validation": {"cats": 4, "dogs": 4}})
    (tmp_path / "old.py").write_text("from keras.preprocessing.image import ImageDataGenerator\n")
    environment = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    environment |= {"MY_TOKEN": SECRET, **({} if level is None else {"TF_CPP_MIN_LOG_LEVEL": level})}
    commands = first_commands(str(data), str(tmp_path))
    # Whoever asks for the libraries' own log, in which lines begin with I1127 03:42:04.377811, gets it from the start.
    if level is None:
        commands += other_commands(str(data), str(tmp_path))
    command = [sys.executable, "-c", COMMANDS, json.dumps(commands)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert SECRET not in done.stdout + done.stderr
    assert done.returncode == 0, done.stderr
    foreign = [line for line in done.stderr.splitlines() if not OWN_LINES.fullmatch(line)]
    assert [line for line in foreign if level is None or not re.match(r"[IW]\d{4} \d\d:\d\d:", line)] == []
    assert "epoch 1/2" in done.stderr
