"""Standard error holds classeur's own lines only: nothing of its libraries, nothing of the environment."""

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
import sys
from classeur.cli import main

data, folder = sys.argv[1:]
options = ["--model", "tutorial", "--image-size", "8", "--batch-size", "4", "--epochs", "2"]
old = f"{folder}/old.py"
with open(old, "w") as file:
    file.write("from keras.preprocessing.image import ImageDataGenerator\\ng = ImageDataGenerator()\\n")
for arguments in (
    ["inspect", data, "--image-size", "8"],
    ["preview", data, "--image-size", "8", "--out", f"{folder}/preview"],
    ["cache"],
    ["doctor"],
    ["migrate", old],
    ["train", data, "--out", f"{folder}/first", *options, "--dropout", "0.2"],
    ["train", data, "--out", f"{folder}/second", *options, "--warp", "device", "--augment", "all", "--mixup", "0.2"],
    ["train", data, "--out", f"{folder}/third", *options, "--from", f"{folder}/first", "--precision", "bfloat16"],
    ["train", "--out", f"{folder}/first", "--resume", "--epochs", "3"],
    ["summary", f"{folder}/first"],
    ["evaluate", f"{folder}/first", "--split", "train"],
    ["predict", f"{folder}/first", f"{data}/validation"],
    ["predict", f"{folder}/third", f"{data}/validation"],
    ["compare", f"{folder}/first", f"{folder}/second"],
):
    sys.argv = ["classeur", *arguments]
    try:
        main()
    except SystemExit as done:
        assert not done.code, arguments
"""

OWN_LINES = re.compile(
    r"2 classes \(cats, dogs\): .*|epoch +\d+/\d+  loss .*|computing in (float32|bfloat16): .*|warning: .*"
    r"|[a-z ]+: \d+ in \d+\.\d s|.* has no model\.onnx; Keras predicts, .*|probabilities are .*"
)


@pytest.mark.parametrize("level", [None, "0"])
def test_every_line_is_classeurs_own(image_folder: Callable[..., Path], tmp_path: Path, level: str | None) -> None:
    data = image_folder({"train": {"cats": 6, "dogs": 6}, "validation": {"cats": 4, "dogs": 4}})
    environment = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    environment |= {"MY_TOKEN": SECRET, **({} if level is None else {"TF_CPP_MIN_LOG_LEVEL": level})}
    command = [sys.executable, "-c", COMMANDS, str(data), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert SECRET not in done.stdout + done.stderr
    assert done.returncode == 0, done.stderr
    foreign = [line for line in done.stderr.splitlines() if not OWN_LINES.fullmatch(line)]
    # At level 0 a person has asked for the libraries' own log, which begins its lines with I1127 03:42:04.377811.
    assert [line for line in foreign if level is None or not re.match(r"[IW]\d{4} \d\d:\d\d:", line)] == []
    assert "epoch 1/2" in done.stderr
