"""The whole tutorial, cell by cell as it was published, put through `classeur migrate` and nothing else.

Rows T1 … T18 of the seed's features.md, as the tutorial's own code does them.
"""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from classeur.migration.rewrite import mend_text

pytestmark = pytest.mark.keras

# Run after the tutorial's last cell: what its variables hold then.
REPORT = """
import json, sys
figures = [plt.figure(number) for number in plt.get_fignums()]
json.dump({
    "path_to_zip": path_to_zip,
    "folder": PATH,
    "totals": [num_cats_tr, num_dogs_tr, num_cats_val, num_dogs_val, total_train, total_val],
    "batch": [list(sample_training_images.shape), str(sample_training_images.dtype),
              float(sample_training_images.min()), float(sample_training_images.max())],
    "labels": [list(_.shape), str(_.dtype), sorted(set(_.tolist()))],
    "parameters": [[layer.count_params() for layer in each.layers] for each in (model, model_new)],
    "iterations": [int(each.optimizer.iterations) for each in (model, model_new)],
    "history": history.history,
    "num_different": len({each.tobytes() for each in augmented_images}),
    "augmented_shape": list(augmented_images[0].shape),
    "axes": [len(figure.axes) for figure in figures],
    "titles": [[axis.get_title() for axis in figure.axes] for figure in figures if len(figure.axes) == 2],
    "validation_is_plain": bool(np.array_equal(val_data_gen[0][0], val_data_gen[0][0])),
}, open(sys.argv[1], "w"))
"""


def cells_of(page: str) -> list[str]:
    """Return the blocks of a page that are Python: what is no listing and no output."""
    cells = []
    for block in re.findall(r"^```\w*\n(.*?)^```$", page, re.DOTALL | re.MULTILINE):
        try:
            ast.parse(block)
        except SyntaxError:
            continue
        cells.append(block)
    return cells


def run(shared: Path, work: Path, archive: Path, *more_edits: tuple[str, str]) -> dict[str, Any]:
    """Run the tutorial on the photographs of a zip; return its report and what it printed."""
    code = "\n".join(cells_of((shared / "seed" / "tutorial.ko.md").read_text(encoding="utf-8")))
    code = mend_text(code)
    for before, after in more_edits:
        assert code.count(before) == 1, before
        code = code.replace(before, after)
    (work / "tutorial.py").write_text(code + REPORT, encoding="utf-8")
    cached = work / "keras" / "datasets" / "cats_and_dogs.zip"
    cached.parent.mkdir(parents=True)
    cached.symlink_to(archive)
    environment = {**os.environ, "KERAS_HOME": str(work / "keras"), "MPLBACKEND": "agg", "PYTHONWARNINGS": "default"}
    done = subprocess.run(
        [sys.executable, "tutorial.py", "report.json"], cwd=work, env=environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads((work / "report.json").read_text())
    return {**report, "printed": done.stdout, "warned": done.stderr}


@pytest.fixture(scope="module")
def report(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The tutorial on 64 + 64 and 32 + 32 photographs, two epochs of batches of 16."""
    work = tmp_path_factory.mktemp("tutorial")
    with ZipFile(shared / "data" / "cats_and_dogs_filtered.zip") as whole, ZipFile(work / "few.zip", "w") as few:
        for split, count in (("train", 64), ("validation", 32)):
            for class_name in ("cats", "dogs"):
                start = f"cats_and_dogs_filtered/{split}/{class_name}/"
                names = sorted(each for each in whole.namelist() if each.startswith(start) and each.endswith(".jpg"))
                for name in names[:count]:
                    few.writestr(name, whole.read(name))
    edits = (("batch_size = 128\n", "batch_size = 16\n"), ("epochs = 15\n", "epochs = 2\n"))
    return run(shared, work, work / "few.zip", *edits)


def test_the_cells_are_found(shared: Path) -> None:
    cells = cells_of((shared / "seed" / "tutorial.ko.md").read_text(encoding="utf-8"))
    assert len(cells) == 35
    assert cells[0].startswith("import tensorflow as tf")
    assert sum("fit_generator(" in cell for cell in cells) == 2


def test_t1_t2_the_data_lie_where_the_tutorial_looks(report: dict[str, Any]) -> None:
    assert report["path_to_zip"].endswith("/keras/datasets/cats_and_dogs.zip")
    assert report["folder"].endswith("/keras/datasets/cats_and_dogs_filtered")
    assert report["totals"] == [64, 64, 32, 32, 128, 64]
    assert "Total training images: 128" in report["printed"]


def test_t3_batches(report: dict[str, Any]) -> None:
    assert report["batch"][:2] == [[16, 150, 150, 3], "float32"]
    assert 0 <= report["batch"][2] < 0.2
    assert 0.8 < report["batch"][3] <= 1
    assert report["labels"] == [[16], "float32", [0.0, 1.0]]
    assert "Found 128 images belonging to 2 classes." in report["printed"]


def test_t4_t9_t11_to_t14_t18_pictures(report: dict[str, Any]) -> None:
    assert report["axes"] == [5, 2, 5, 5, 5, 5, 2]
    assert report["titles"] == [["Training and Validation Accuracy", "Training and Validation Loss"]] * 2
    assert report["num_different"] == 5
    assert report["augmented_shape"] == [150, 150, 3]


def test_t5_t7_t16_networks(report: dict[str, Any]) -> None:
    counts = [448, 0, 4640, 0, 18496, 0, 0, 10617344, 513]
    assert report["parameters"] == [counts, [*counts[:2], 0, *counts[2:6], 0, *counts[6:]]]
    assert report["printed"].count("10,641,441") >= 2
    assert 'Model: "sequential"' in report["printed"]


def test_t8_t17_every_epoch_has_all_its_steps(report: dict[str, Any]) -> None:
    assert report["iterations"] == [2 * 8, 2 * 8]
    assert set(report["history"]) == {"accuracy", "loss", "val_accuracy", "val_loss"}
    assert all(len(values) == 2 for values in report["history"].values())
    assert "ran out of data" not in report["warned"]
    assert "fit_generator" not in report["warned"]


def test_t15_validation_is_not_augmented(report: dict[str, Any]) -> None:
    assert report["validation_is_plain"]


@pytest.mark.slow
def test_the_whole_tutorial_tells_its_story(shared: Path, tmp_path: Path) -> None:
    report = run(shared, tmp_path, shared / "data" / "cats_and_dogs_filtered.zip")
    assert report["totals"] == [1000, 1000, 500, 500, 2000, 1000]
    assert report["iterations"] == [15 * 15, 15 * 15]
    assert "ran out of data" not in report["warned"]
    assert report["batch"][0] == [128, 150, 150, 3]
    accuracies = [float(each) for each in re.findall(r" - accuracy: ([\d.]+)", report["printed"])]
    assert len(report["history"]["accuracy"]) == 15
    # The first model learns its pictures by heart, the second does not.
    assert max(accuracies[: len(accuracies) // 2]) > 0.85
    assert report["history"]["accuracy"][-1] < 0.8
    assert abs(report["history"]["accuracy"][-1] - report["history"]["val_accuracy"][-1]) < 0.12
