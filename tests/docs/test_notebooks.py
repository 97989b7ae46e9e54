"""The two notebooks: the same code in both, and it runs, from the download to the comparison."""

import re
from pathlib import Path
from zipfile import ZipFile

import jupytext
import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).resolve().parent.parent.parent / "docs" / "notebooks"
LANGUAGES = ("en", "ko")


def notebook(language: str) -> nbformat.NotebookNode:
    return jupytext.read(FOLDER / f"tutorial_{language}.py")


def sources(language: str, kind: str) -> list[str]:
    return [cell.source for cell in notebook(language).cells if cell.cell_type == kind]


@pytest.fixture(scope="module")
def small_archive(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A zip like the tutorial's with a few of its photographs."""
    archive = tmp_path_factory.mktemp("archive") / "small.zip"
    with ZipFile(shared / "data" / "cats_and_dogs_filtered.zip") as whole, ZipFile(archive, "w") as small:
        photographs = [name for name in sorted(whole.namelist()) if name.endswith(".jpg")]
        for split, count in (("train", 24), ("validation", 12)):
            for kind in ("cats", "dogs"):
                members = [name for name in photographs if f"/{split}/{kind}/" in name]
                for name in members[:count]:
                    small.writestr(name, whole.read(name))
    return archive


def test_the_code_is_the_same_and_the_words_are_not() -> None:
    english, korean = (notebook(language) for language in LANGUAGES)
    assert sources("en", "code") == sources("ko", "code")
    assert [cell.cell_type for cell in english.cells] == [cell.cell_type for cell in korean.cells]
    for one, other in zip(sources("en", "markdown"), sources("ko", "markdown"), strict=True):
        assert re.findall(r"^#+ ", one, re.MULTILINE) == re.findall(r"^#+ ", other, re.MULTILINE)
        if re.sub(r"`[^`]*`|\d|\W", "", one):
            assert re.search("[가-힣]", other), other
            assert not re.search("[가-힣]", one), one


def test_nothing_that_ran_is_kept() -> None:
    for language in LANGUAGES:
        assert all(not cell.get("outputs") for cell in notebook(language).cells)


@pytest.mark.keras
@pytest.mark.parametrize("language", ["en", pytest.param("ko", marks=pytest.mark.slow)])
def test_a_notebook_runs(language: str, small_archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    made = notebook(language)
    (parameters,) = [cell for cell in made.cells if "parameters" in cell.metadata.get("tags", [])]
    for name, value in (("archive", small_archive.as_uri()), ("epochs", 2), ("batch_size", 16), ("side", 40)):
        parameters.source, count = re.subn(rf"^{name} = .*$", f"{name} = {value!r}", parameters.source, flags=re.M)
        assert count == 1
    NotebookClient(made, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    printed = "".join(
        output.get("text", "") for cell in made.cells if cell.cell_type == "code" for output in cell.outputs
    )
    assert re.search(r"first: training \d+\.\d%, validation", printed)
    assert re.search(r"\d+ of 24 right: .*95 % interval", printed)
    pictures = sum(
        "image/png" in output.get("data", {})
        for cell in made.cells
        if cell.cell_type == "code"
        for output in cell.outputs
    )
    assert pictures >= 6
    assert (tmp_path / "runs" / "second" / "model.keras").exists()
