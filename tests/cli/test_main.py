"""The command line's own: help, statuses, one line an error, tracebacks on demand, Ctrl-C, a pipe that closes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from classeur import cli
from classeur.cli import _status, app
from classeur.errors import LayoutError, RangeError
from classeur.run import Run
from classeur.training.facts import read_facts, write_facts

COMMANDS = sorted(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


def run(*arguments: object, **options: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "classeur", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload, no-any-return]


def test_no_command_is_help_and_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert _status([], debug=False) == 2
    out, err = capsys.readouterr()
    assert all(name in out + err for name in COMMANDS)
    assert "error: " not in err


def test_help_names_every_command_and_every_option_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert _status(["--help"], debug=False) == 0
    text = capsys.readouterr().out
    assert [name for name in COMMANDS if f"  {name} " not in text] == []
    for name, command in typer.main.get_command(app).commands.items():  # type: ignore[attr-defined]
        assert _status([name, "-h"], debug=False) == 0
        text = capsys.readouterr().out
        for parameter in command.params:
            assert parameter.help, (name, parameter.name)
            if parameter.param_type_name == "option":
                assert max(parameter.opts, key=len) in text, (name, parameter.name)


@pytest.mark.parametrize(
    "arguments",
    [
        ["trian"], ["train", "--epoch", "3", "x"], ["train", "x", "--epochs", "three"], ["predict"], ["summary"],
        ["doctor", "x"], ["inspect", "a", "b"], ["--nope"], ["evaluate", "--split"],
        ["predict", "x", "y", "--format", "xml"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_wrong_usage_is_one_line_and_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert _status(arguments, debug=False) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert err.startswith("error: ")
    assert "--help" in err or "known: " in err


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (LayoutError("no class"), 1, "error: no class\n"),
        (RangeError("too many"), 2, "error: too many\n"),
        (KeyboardInterrupt(), 130, "error: stopped\n"),
        (
            ZeroDivisionError("division\n  by zero"),
            1,
            "error: unexpected ZeroDivisionError: division by zero; run again",
        ),
    ],
)
def test_statuses(
    error: BaseException, status: int, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr("classeur.cli.doctor_text.print_doctor", fail)
    assert _status(["doctor"], debug=False) == status
    err = capsys.readouterr().err
    assert err.startswith(said)
    assert len(err.splitlines()) == 1
    if isinstance(error, Exception):
        with pytest.raises(type(error)):
            _status(["doctor"], debug=True)


def test_an_error_of_another_process_is_one_line_of_standard_error(tmp_path: Path) -> None:
    done = run("train", tmp_path / "gone", "--out", tmp_path / "run")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: no such folder, zip or CSV: ")
    assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) in ([], [tmp_path / ".cache"])


@pytest.mark.parametrize("how", ["first", "last", "environment"])
def test_debug_works_wherever_it_stands(tmp_path: Path, how: str) -> None:
    environment = {**os.environ, "CLASSEUR_DEBUG": "1"} if how == "environment" else dict(os.environ)
    arguments = {"first": ["--debug", "inspect", "gone"], "last": ["inspect", "gone", "--debug"]}
    done = run(*arguments.get(how, ["inspect", "gone"]), env=environment, cwd=tmp_path)
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert "DataNotFoundError: no such folder" in done.stderr


def test_warnings_are_one_line_each(image_folder: Callable[..., Path], tmp_path: Path) -> None:
    """A cache that cannot be written: warned of, and the work is done in memory."""
    (tmp_path / "file").write_text("in the way")
    data = image_folder()
    environment = {**os.environ, "CLASSEUR_CACHE": str(tmp_path / "file" / "cache")}
    done = run("inspect", data, "--image-size", "16", env=environment)
    assert done.returncode == 0
    assert "8 usable" in done.stdout
    lines = done.stderr.splitlines()
    assert 1 <= len(lines) <= 2
    assert all(line.startswith("warning: ") and "cannot be written" in line for line in lines)
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != ".cache") == ["data", "file"]


def test_a_reader_that_leaves_ends_it_quietly(image_folder: Callable[..., Path]) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "classeur", "inspect", str(image_folder()), "--json", "--image-size", "16"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT to send")
def test_ctrl_c_outside_a_training_is_one_word_and_130(tmp_path: Path) -> None:
    # What sleeps stands in for a long scan.
    code = (
        "import sys; from classeur import cli\n"
        "import classeur.cli.doctor_text as doctoring, time\n"
        "def wait(**_): print('ready', flush=True); time.sleep(60)\n"
        "doctoring.print_doctor = wait; cli.main(['doctor'])"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err == "error: stopped\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
@pytest.mark.parametrize("arguments", [["--version"], ["predict", "{run}", "{picture}"]], ids=lambda given: given[0])
def test_a_full_disk_for_what_is_printed_is_one_line(
    arguments: list[str], onnx_run: Callable[..., Path], edge_files: dict[str, Path]
) -> None:
    run = onnx_run()
    given = [each.format(run=run, picture=edge_files["tall"]) for each in arguments]
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "classeur", *given]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.stderr == (
        "error: the disk is full where standard output goes; free some space, or write to another place\n"
    )
    assert done.returncode == 1


@pytest.mark.skipif(os.name == "nt", reason="the redirections of a POSIX shell")
@pytest.mark.parametrize(
    ("closed", "status", "said"), [(">&-", 0, ""), ("2>&-", 0, "light"), ("--stdin <&-", 1, "the file is empty")]
)
def test_what_a_shell_has_closed_is_as_good_as_empty(
    closed: str, status: int, said: str, onnx_run: Callable[..., Path], edge_files: dict[str, Path]
) -> None:
    run, picture = onnx_run(class_names=["dark", "light"]), "" if "stdin" in closed else edge_files["tall"]
    facts = read_facts(Run.open(run)).model_copy(update={"class_names": ("dark", "light")})
    write_facts(Run.open(run), facts)
    command = f"{sys.executable} -m classeur predict {run} {picture} {closed}"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (status, "")
    assert said in done.stdout


def test_main_ends_the_process_with_the_status(monkeypatch: pytest.MonkeyPatch) -> None:
    import warnings

    with warnings.catch_warnings(), pytest.raises(SystemExit) as ended:
        monkeypatch.setattr(cli.warnings, "showwarning", None)
        cli.main(["inspect", "gone"])
    assert ended.value.code == 1
