"""Code as people wrote it, migrated and run: what neither runs nor is named is a fault of `migrate`."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from drawn_data import write_data
from real_code import Case, WarmProcess, cases, migrate_case, unexpected, write_commands

CASES = cases()
ERAS = ("keras1", "keras2", "tf1", "tf2", "colab", "jupyter")
# One of each kind that runs in a second or two: in every test run.
QUICK = ("keras1_little_data", "tf2_feature_maps", "colab_functions")

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all that scripts expect beside them."""
    folder = tmp_path_factory.mktemp("data")
    write_data(folder)
    write_commands(folder / "bin")
    return folder


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WarmProcess]:
    """The process in which scripts run."""
    if not hasattr(os, "fork"):
        pytest.skip("scripts are run in forks of one process, which this system does not have")
    started = WarmProcess(tmp_path_factory.mktemp("home"))
    yield started
    started.stop()


def run(case: Case, data: Path, folder: Path, process: WarmProcess) -> None:
    shutil.copytree(data, folder, dirs_exist_ok=True)
    path = migrate_case(case, folder).path
    answer = process.run(path, argv=" ".join(case.expected["argv"]).split(), holds=case.expected["holds"])
    assert answer["error"] is None, f"{answer['error']}\n{answer['output']}"
    assert answer["failed"] == []


def test_there_are_scripts_and_notebooks_of_every_era() -> None:
    assert len(CASES) >= 60
    for era in ERAS:
        assert sum(case.name.startswith(era) for case in CASES) >= 2
    assert all(case.expected["holds"] for case in CASES)
    assert set(QUICK) <= {case.name for case in CASES}


def test_the_page_says_how_many_there_are() -> None:
    page = " ".join((Path(__file__).parents[3] / "docs" / "migrate.md").read_text(encoding="utf-8").split())
    by_hand = sum("# left: " in case.code for case in CASES)
    assert f"tested on {len(CASES)} scripts and notebooks" in page
    assert f"{len(CASES) - by_hand} as they are then, {by_hand} after what was listed is done by hand" in page


@every_case
def test_what_migrate_says_of_a_script(case: Case, tmp_path: Path) -> None:
    result = migrate_case(case, tmp_path)
    assert result.codes == case.codes
    assert unexpected(case, result.left) == []
    assert result.again == []


@pytest.mark.parametrize("case", [case for case in CASES if case.expected["hand"]], ids=lambda case: case.name)
def test_only_lines_that_were_named_are_changed_by_hand(case: Case, tmp_path: Path) -> None:
    named = [each.line for each in migrate_case(case, tmp_path).left]
    for edit in case.expected["hand"]:
        assert any(edit.partition("=>")[0].strip() in line for line in named), edit


@pytest.mark.keras
@pytest.mark.parametrize("case", [case for case in CASES if case.name in QUICK], ids=lambda case: case.name)
def test_three_run_to_their_end(case: Case, data: Path, tmp_path: Path, process: WarmProcess) -> None:
    run(case, data, tmp_path, process)


@pytest.mark.slow
@pytest.mark.keras
@every_case
def test_every_script_runs_to_its_end(case: Case, data: Path, tmp_path: Path, process: WarmProcess) -> None:
    run(case, data, tmp_path, process)


def test_a_script_that_fails_is_seen_to_fail(data: Path, tmp_path: Path, process: WarmProcess) -> None:
    (tmp_path / "fails.py").write_text("x = 1\nraise SystemExit(3)\n")
    (tmp_path / "wrong.py").write_text("x = 1\n")
    (tmp_path / "hangs.py").write_text("import time\ntime.sleep(60)\n")
    assert process.run(tmp_path / "fails.py")["error"].endswith("SystemExit: 3")
    assert process.run(tmp_path / "wrong.py", holds=["x == 2", "y"])["failed"] == [
        "x == 2: is False",
        "y: NameError: name 'y' is not defined",
    ]
    assert "nothing after" in process.run(tmp_path / "hangs.py", limit=0.5)["error"]
