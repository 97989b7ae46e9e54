"""Commands that notebooks give to the shell: folders that they make, and renamed files that they name."""

import json
from pathlib import Path

import pytest

from classeur.migration.rewrite import Migration, mend_source
from classeur.migration.sources import read_source, source_of_cells

CODE = (
    "from keras.models import Sequential\nimport os, subprocess\nmodel = Sequential()\nmodel.save_weights('cp/first')"
)


def migration_of(*cells: str) -> Migration:
    return mend_source(source_of_cells(Path("a.ipynb"), list(enumerate(cells, 1))))


def folders_named(*cells: str) -> list[str]:
    return [each.reason for each in migration_of(*cells).left if "made the folder" in each.reason]


@pytest.mark.parametrize(
    "command",
    [
        "!mkdir cp",
        "!mkdir -p logs cp",
        "!mkdir -p /content/cp/old && ls",
        "  !mkdir 'cp'",
        "%mkdir cp",
        "mkdir cp",
        "!mkdir $folder",
        "!mkdir {folder}",
        "%%bash\nset -e\nmkdir -p cp",
        "%%shell\nmkdir cp",
        "%%sh\ncd /content\nmkdir cp",
        "%%!\nmkdir cp",
        "made = !mkdir cp",
        "%system mkdir cp",
        "!git clone https://example.com/x.git",
        "%cd somewhere",
        "!unzip -q cp.zip",
        "!unzip -q data.zip -d cp",
        "!tar xf \\\n  a.tar \\\n  --directory cp",
        "!cp -r /drive/cp .",
        "!wget -q https://example.com/1 -P cp",
        "!cp -r $SOURCE .",
        "import os\nos.system('mkdir cp')",
        "import subprocess\nsubprocess.call(['mkdir', '-p', 'cp'])",
        "import subprocess\nsubprocess.run(['mkdir', path])",
        "get_ipython().system('mkdir -p cp')",
        "import os\nos.makedirs('a/cp')",
        "import os\nfolder = 'cp'\nos.mkdir(folder)",
        "import os\nos.mkdir(unknown)",
        "from pathlib import Path\nPath('cp').mkdir()",
        "import zipfile\nzipfile.ZipFile('a.zip').extractall()",
    ],
)
def test_a_folder_that_a_command_may_have_made_is_not_named(command: str) -> None:
    assert folders_named(command, CODE) == []


@pytest.mark.parametrize(
    "command",
    [
        "!mkdir logs",
        "!mkdir -p cp2 old/data",
        "!ls cp",
        "!pip install cp",
        "%matplotlib inline",
        "%%bash\necho mkdir_cp",
        "!unzip -q cats_and_dogs.zip",
        "%cd /content",
        "!wget https://example.com/data.zip",
        "import os\nos.mkdir('logs')",
        "from pathlib import Path\nPath('logs').mkdir()",
        "%%html\n<b>mkdir cp</b>",
    ],
)
def test_a_folder_that_no_command_makes_is_named(command: str) -> None:
    (reason,) = folders_named(command, CODE)
    assert "'cp'" in reason


def test_the_folder_in_a_variable_is_compared() -> None:
    code = CODE.replace("'cp/first'", "os.path.join(folder, 'first')")
    assert folders_named("!mkdir -p cp", f"folder = 'cp'\n{code}") == []
    assert len(folders_named("!mkdir -p logs", f"folder = 'cp'\n{code}")) == 1


@pytest.mark.parametrize(
    ("command", "line"),
    [("!cp best.h5 /content/drive", 1), ("%%bash\nset -e\nzip -r a.zip out/best.h5", 3), ("!ls -l best.h*", 1)],
)
def test_a_renamed_file_that_a_command_names_is_named(command: str, line: int) -> None:
    found = migration_of(CODE.replace("cp/first", "best.h5"), command).left
    assert [(each.cell, each.line) for each in found] == [(2, line)]
    assert "its name now ends in .weights.h5" in found[0].reason


@pytest.mark.parametrize(
    "command", ["!cp best.png x", "!ls *.h5", "!ls best*", "!echo best", "!wget http://a/other.h5"]
)
def test_a_command_that_names_no_renamed_file_is_not_named(command: str) -> None:
    assert migration_of(CODE.replace("cp/first", "best.h5"), command).left == ()


def test_commands_that_need_no_percent_sign(tmp_path: Path) -> None:
    cells = ["cd /content/My Drive\nimport os\n", "pip install -q keras", "ls\n", "cd ..\nls -l\nx = 1\n"]
    written = [
        {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": s} for s in cells
    ]
    (tmp_path / "a.ipynb").write_text(
        json.dumps({"cells": written, "metadata": {}, "nbformat": 4, "nbformat_minor": 2})
    )
    assert read_source(tmp_path / "a.ipynb").unreadable == ()
    (tmp_path / "a.py").write_text("cd /content/My Drive\n")
    assert len(read_source(tmp_path / "a.py").unreadable) == 1
