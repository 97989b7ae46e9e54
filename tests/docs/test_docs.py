"""The docs are held to the code: every command, option, public name and file of a run; README commands run."""

import importlib.util
import re
import shlex
from pathlib import Path
from types import ModuleType

import pytest

import classeur
from classeur.cli import _status
from classeur.data.synthetic import paint_folder
from classeur.run import Run

ROOT = Path(__file__).parents[2]
COMMANDS = (
    "fetch",
    "inspect",
    "split",
    "preview",
    "train",
    "curve",
    "summary",
    "evaluate",
    "predict",
    "explain",
    "compare",
    "report",
    "export",
    "migrate",
    "demo",
    "cache",
    "doctor",
)


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def module_at(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def readme_commands() -> list[list[str]]:
    block = re.search(r"```sh\n(.*?)```", text_of("README.md"), re.DOTALL)
    assert block
    return [shlex.split(line) for line in block[1].splitlines()]


def test_the_command_line_page_is_the_commands_own() -> None:
    page = module_at(ROOT / "docs" / "write_cli.py").page()
    assert text_of("docs/cli.md") == page, "docs/cli.md is old: python docs/write_cli.py"
    assert re.findall(r"^## (\w+)$", page, re.MULTILINE) == list(COMMANDS)


def test_every_public_name_is_in_the_api_page() -> None:
    page = text_of("docs/api.md")
    assert [name for name in classeur.__all__ if name not in page] == []


def test_every_command_that_is_a_call_is_in_the_api_page() -> None:
    called = set(re.findall(r"`classeur\.(\w+)\(", text_of("docs/api.md")))
    assert called - {"cross_validation", "load", "Reporter", "in_words"} == set(COMMANDS) - {"doctor"}


def test_every_file_of_a_run_is_in_the_api_page(tmp_path: Path) -> None:
    names = [path.name for key, path in vars(Run(tmp_path)).items() if key.endswith("_path") and key != "lock_path"]
    page = text_of("docs/api.md")
    assert len(names) > 10
    assert [name for name in names if f"`{name}" not in page] == []


@pytest.mark.parametrize(
    "page", ["README.md", *(str(p.relative_to(ROOT)) for p in sorted((ROOT / "docs").glob("*.md")))]
)
def test_links_lead_somewhere(page: str) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", text_of(page))
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (ROOT / page).parent.joinpath(link).exists()] == []


def test_options_in_the_docs_exist() -> None:
    known = set(re.findall(r"`(--[a-z0-9-]+)`", text_of("docs/cli.md"))) | {"--help", "--debug", "--version"}
    for page in ("README.md", "docs/tutorial.md", "docs/results.md", "docs/api.md"):
        for line in re.findall(r"classeur [a-z]+ [^`\n]*", text_of(page)):
            assert set(re.findall(r"(?<=\s)--[a-z0-9-]+", line)) <= known, line


def test_the_readme_tells_the_tutorial_in_ten_lines() -> None:
    commands = readme_commands()
    assert len(commands) == 10
    assert all(program == "classeur" and name in COMMANDS for program, name, *_ in commands)


@pytest.mark.keras
def test_readme_commands_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """All of them but the download, on drawings under the tutorial's name; trainings are cut to one small epoch."""
    monkeypatch.chdir(tmp_path)
    folder = paint_folder(tmp_path / "cats_and_dogs_filtered", num_train=20, num_validation=10, image_size=(32, 32))
    (folder.root / folder.broken).unlink()
    for _, name, *arguments in readme_commands()[1:]:
        small = ["--epochs", "1", "--image-size", "16"] if name == "train" else []
        assert _status([name, *arguments, *small], debug=True) == 0, (name, arguments)
    assert (tmp_path / "runs" / "comparison.png").is_file()
    assert sum(1 for path in (tmp_path / "sorted").rglob("*.jpg") if path.is_file()) == 5
    assert "10,641" not in capsys.readouterr().out  # a network of 16 x 16 is smaller


@pytest.mark.keras
def test_the_api_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    folder = paint_folder(tmp_path / "animals", num_train=20, num_validation=10, image_size=(32, 32))
    (tmp_path / "cat.jpg").write_bytes((folder.root / "train/cats/cat.0001.jpg").read_bytes())
    blocks = re.findall(r"```python\n(.*?)```", text_of("docs/api.md"), re.DOTALL)
    assert len(blocks) == 2
    readme = re.findall(r"```python\n(.*?)```", text_of("README.md"), re.DOTALL)
    assert len(readme) == 1
    blocks.append(readme[0].replace('out="runs/first"', 'out="runs/again", image_size=32'))
    for block in blocks:
        exec(compile(block, "docs/api.md", "exec"), {"__name__": "__main__"})
    out = capsys.readouterr().out
    assert "leak" in out
    assert "cats" in out
