"""Scripts and notebooks as they are found: folders, encodings, magics, backups, and what cannot be read."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest

from classeur.delivery.progress import Reporter
from classeur.errors import CodeError, UsageError
from classeur.migration.files import migrate
from classeur.migration.linter import check_source
from classeur.migration.magics import hide_magics, show_magics
from classeur.migration.rewrite import mend_source
from classeur.migration.sources import find_sources, read_source, source_of_cells

OLD = "from keras.preprocessing.image import ImageDataGenerator\n"
NEW = "from classeur.keras_image import ImageDataGenerator\n"
MAGICS = [
    "%matplotlib inline\nimport os\n",
    "!pip install keras \\\n    --quiet\nx = 1\n",
    "files = !ls *.jpg\nprint(files)",
    "a['b'] = %timeit -n 3 -o f(x=1)\nh = %prun -l 3 g() == 2\n",
    "if True:\n    %time f()\nelse:\n    !echo no\n",
    "%%time\nx = 1\n",
    "%%capture out\nmodel.fit(x)\n",
    "model.fit?\n",
    "?model\n",
    "x = ('%d'\n     % 3)\n!ls\n",
    "text = '''\n!not a command\n%nor this\n'''\n%cd ..\n",
    "get_ipython().magic('matplotlib inline')\n",
    "%load_ext tensorboard\n%tensorboard --logdir logs\n\n\n!ls",
]


def write_notebook(path: Path, *cells: str) -> Path:
    notebook = nbformat.v4.new_notebook()
    notebook["cells"] = [nbformat.v4.new_markdown_cell("# Fruit\n`fit_generator`")]
    for number, text in enumerate(cells):
        cell = nbformat.v4.new_code_cell(text, execution_count=number)
        cell["outputs"] = [nbformat.v4.new_output("stream", text="0.5 été\n")]
        cell["metadata"] = {"tags": ["seen"]}
        notebook["cells"].append(cell)
    nbformat.write(notebook, path)
    return path


@pytest.mark.parametrize("text", MAGICS)
def test_magics_are_hidden_and_shown_again(text: str) -> None:
    hidden = hide_magics(text)
    compile(hidden.code, "cell", "exec")
    assert hidden.code.count("\n") == text.count("\n")
    assert show_magics(hidden.code, hidden) == text


def test_cells_of_other_languages_are_not_read() -> None:
    assert not hide_magics("\n%%bash\nls | head\n").is_python
    assert not hide_magics("%%html\n<b>a</b>").is_python


def test_a_notebook_changes_in_its_code_alone(tmp_path: Path) -> None:
    path = write_notebook(
        tmp_path / "a.ipynb",
        "%matplotlib inline\n" + OLD.strip(),
        "%%bash\nls",
        "print 'old'",
        "from keras.models import Sequential\nmodel = Sequential()\n!nvidia-smi\n"
        "h = model.fit_generator(g, nb_epoch=1)",
    )
    before = json.loads(path.read_text(encoding="utf-8"))
    (done,) = migrate([path], write=True)
    assert [(left.cell, left.line) for left in done.migration.left] == [(3, 1)]
    assert done.backup == tmp_path / "a.ipynb.bak"
    assert json.loads(done.backup.read_text(encoding="utf-8")) == before
    after = json.loads(path.read_text(encoding="utf-8"))
    nbformat.validate(nbformat.reads(path.read_text(encoding="utf-8"), as_version=4))
    sources = [cell.pop("source") for cell in after["cells"]]
    for cell in before["cells"]:
        cell.pop("source")
    assert after == before
    assert "".join(sources[1]) == "%matplotlib inline\n" + NEW.strip()
    assert "".join(sources[2]) == "%%bash\nls"
    assert "".join(sources[4]).splitlines()[2:] == ["!nvidia-smi", "h = model.fit(g, epochs=1)"]
    (again,) = migrate([path], write=True)
    assert again.backup is None


def test_findings_in_a_notebook_name_the_cell(tmp_path: Path) -> None:
    path = write_notebook(
        tmp_path / "a.ipynb",
        "from keras import Sequential, layers",
        "def build():\n    made = Sequential([layers.Dense(1, activation='softmax')])\n"
        "    made.compile('adam', 'mse')\n    return made",
        "%time model = build()\nmodel = build()",
        "print 'old'",
    )
    problems = check_source(read_source(path))
    assert [(each.code, each.cell, each.line) for each in problems] == [
        ("CLS014", 2, 3),
        ("CLS000", 4, 1),
    ]


def test_old_notebooks_without_ids_and_of_version_3_are_read(tmp_path: Path) -> None:
    cells = [{"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": [OLD]}]
    four = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 2}
    sheet = {"cells": [{"cell_type": "code", "input": OLD, "language": "python", "outputs": []}]}
    three = {"worksheets": [sheet], "metadata": {"name": ""}, "nbformat": 3, "nbformat_minor": 0}
    for name, notebook in (("four.ipynb", four), ("three.ipynb", three)):
        path = tmp_path / name
        path.write_text(json.dumps(notebook), encoding="utf-8")
        (done,) = migrate([path], write=True)
        assert done.migration.is_readable
        assert NEW.strip() in path.read_text(encoding="utf-8")


def test_backups_are_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    (tmp_path / "a.py.bak").write_text("mine", encoding="utf-8")
    for number, text in enumerate((OLD, OLD + "x = 1\n"), 1):
        path.write_text(text, encoding="utf-8")
        path.chmod(0o750)
        (done,) = migrate([path], write=True)
        assert done.backup == tmp_path / f"a.py.bak{number}"
        assert done.backup.read_text(encoding="utf-8") == text
        assert path.read_text(encoding="utf-8").startswith(NEW)
        assert path.stat().st_mode & 0o777 == 0o750
    assert (tmp_path / "a.py.bak").read_text(encoding="utf-8") == "mine"
    assert not list(tmp_path.glob(".tmp*"))


def test_without_write_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(OLD, encoding="utf-8")
    (done,) = migrate([tmp_path])
    assert done.backup is None
    assert [path.name for path in tmp_path.iterdir()] == ["a.py"]
    assert (tmp_path / "a.py").read_text(encoding="utf-8") == OLD
    assert "+" + NEW.strip() in done.migration.diff()


def test_encodings_marks_and_line_ends_survive(tmp_path: Path) -> None:
    contents = {
        "latin.py": b"# -*- coding: latin-1 -*-\n" + OLD.encode() + "x = 'é'\n".encode("latin-1"),
        "mark.py": b"\xef\xbb\xbf" + OLD.encode() + "x = 'é'\n".encode(),
        "windows.py": OLD.replace("\n", "\r\n").encode() + b"x = 1\r\n",
        "open.py": OLD.strip().encode(),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    migrate([tmp_path], write=True)
    for name, content in contents.items():
        assert (tmp_path / name).read_bytes() == content.replace(OLD.strip().encode(), NEW.strip().encode()), name


def test_folders_are_gone_through_without_environments(tmp_path: Path) -> None:
    for name in ("b/a.py", "a.ipynb", ".git/a.py", "venv/a.py", "own/lib/a.py", "__pycache__/a.py", "a.txt", ".a.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("", encoding="utf-8")
    (tmp_path / "own" / "pyvenv.cfg").write_text("", encoding="utf-8")
    assert find_sources([tmp_path, tmp_path / "b" / "a.py"]) == [tmp_path / "a.ipynb", tmp_path / "b" / "a.py"]


def test_paths_that_hold_no_code(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("", encoding="utf-8")
    with pytest.raises(CodeError, match="no such file or folder"):
        find_sources([tmp_path / "nowhere"])
    with pytest.raises(CodeError, match=r"contains no \.py"):
        find_sources([tmp_path])
    with pytest.raises(UsageError, match="ends in"):
        find_sources([tmp_path / "a.txt"])


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.py", b"print 'a'\n", "Missing parentheses"),
        ("a.py", b"x = 1\0\n", "null"),
        ("a.py", b"\xff\xfe\x00", "encoding"),
        ("a.py", b"# coding: nonsense\n", "encoding"),
        ("a.py", b"x = " + b"(" * 3000 + b")" * 3000, ""),
        ("a.py", b"if x:\n\ty = 1\n        z = 2\n", "indent"),
        ("a.ipynb", b"{", "not a notebook: it is not JSON, as notebooks are"),
        ("a.ipynb", b"[]", "not a notebook: it is JSON, but has no cells"),
        ("a.ipynb", b'{"a": 1}', "not a notebook: it is JSON, but has no cells"),
        ("a.ipynb", b'{"cells": 3, "nbformat": 4}', "not a notebook: its cells do not follow the notebook format"),
        ("a.ipynb", b"\xff", "not a notebook: it is not UTF-8 text, as notebooks are"),
        ("a.ipynb", b" \n", "not a notebook: the file is empty"),
    ],
)
def test_what_cannot_be_read_is_named_in_a_line(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    (unreadable,) = read_source(path).unreadable
    assert "\n" not in unreadable.reason
    assert reason in unreadable.reason
    assert [problem.code for problem in check_source(read_source(path))] == ["CLS000"]
    (done,) = migrate([path], write=True)
    assert not done.migration.is_readable
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "magic",
    [
        "%time h = ",
        "%timeit ",
        "    %time ",
        "%timeit -n1 -r1 ",
        "%timeit -n 3 -qo ",
        "%prun ",
        "%prun -s cumulative -q ",
        "%memit -r 2 ",
        "%lprun -f f ",
        "h = %time ",
        "    self.a['b'], c = %timeit -o ",
        "h = %time x = ",
    ],
)
def test_code_behind_a_magic_that_times_it_is_mended(magic: str) -> None:
    head = "from keras.models import load_model\nm = load_model('a.keras')\n"
    indent = "if m:\n" if magic.startswith(" ") else ""
    source = source_of_cells(Path("a.ipynb"), [(1, f"{head}{indent}{magic}m.fit_generator(g, 3)  # slow\n")])
    assert not source.unreadable
    text = mend_source(source).texts[1]
    assert text == f"{head}{indent}{magic}m.fit(g, steps_per_epoch=3)  # slow\n"


def test_options_and_other_magics_stay() -> None:
    text = "%timeit -n 3 f(x)\n%time\n%timeit ls -l ?\n%matplotlib inline\n"
    source = source_of_cells(Path("a.ipynb"), [(1, text)])
    assert not source.unreadable
    assert mend_source(source).texts == {}


def test_a_file_that_cannot_be_written_stops_no_other(tmp_path: Path) -> None:
    for name in ("a.py", "b.py", "c.py"):
        (tmp_path / name).write_text(OLD, encoding="utf-8")
    (tmp_path / "b.py").chmod(0o444)
    done = migrate([tmp_path], write=True)
    assert [each.fault is None for each in done] == [True, False, True]
    assert done[1].fault == f"{tmp_path / 'b.py'} is read-only; make it writable, or migrate a copy"
    assert [(tmp_path / name).read_text() == OLD for name in ("a.py", "b.py", "c.py")] == [False, True, False]
    assert not (tmp_path / "b.py.bak").exists()


def test_a_link_stays_one_and_what_it_leads_to_is_mended(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.py").write_text(OLD, encoding="utf-8")
    link = tmp_path / "link.py"
    link.symlink_to(tmp_path / "real" / "a.py")
    (done,) = migrate([link], write=True)
    assert link.is_symlink()
    assert (tmp_path / "real" / "a.py").read_text(encoding="utf-8") == NEW
    assert done.backup == tmp_path / "real" / "a.py.bak"


class Shown(Reporter):
    """Keeps the progress that is shown."""

    def __init__(self) -> None:
        self.shown: list[tuple[str, int, int]] = []

    @contextmanager
    def progress(self, what: str) -> Iterator[Callable[[int, int], None]]:
        yield lambda done, total: self.shown.append((what, done, total))


def test_progress_counts_files(tmp_path: Path) -> None:
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text(OLD, encoding="utf-8")
    updated, checked = Shown(), Shown()
    migrate([tmp_path], reporter=updated)
    migrate([tmp_path], check=True, reporter=checked)
    assert updated.shown == [("updating files", done, 2) for done in (0, 1, 2)]
    assert checked.shown == [("checking files", done, 2) for done in (0, 1, 2)]
