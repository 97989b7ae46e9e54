"""What migrate does not mend stays as it is, to the last space, and what it mends keeps its layout."""

import ast
import json
import os
import random
import re
import string
import subprocess
import sys
import textwrap
from pathlib import Path
from types import ModuleType

import pytest

from classeur.errors import StorageError
from classeur.migration.edits import Edits
from classeur.migration.files import migrate
from classeur.migration.outline import outline_of
from classeur.migration.rewrite import mend_text
from classeur.migration.sources import read_source, write_source

EXAMPLES = sorted((Path(__file__).parent / "examples").glob("*.py"))
HEAD = """from keras.layers import Dense
from keras.preprocessing.image import ImageDataGenerator
it = ImageDataGenerator().flow_from_directory("d", batch_size=16)
"""
MENDED_HEAD = HEAD.replace("keras.preprocessing.image", "classeur.keras_image")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("print(f'ü {it.next()} {Dense(output_dim=3)!r:>{Dense(bias=1)}} {{it.next()}}')",
         "print(f'ü {next(it)} {Dense(units=3)!r:>{Dense(use_bias=1)}} {{it.next()}}')"),
        ('print(f"""\n ü {it.next()}\n{Dense(p, output_dim=1):>{Dense(bias=1)}} é{it.next()}""" f\'{it.next()}\')',
         'print(f"""\n ü {next(it)}\n{Dense(p, units=1):>{Dense(use_bias=1)}} é{next(it)}""" f\'{next(it)}\')'),
        ("print(f'{f\"{it.next()}\"} {it.next()}')", "print(f'{f\"{next(it)}\"} {next(it)}')"),
        ("x = 'ü', it.next(), 'é'  # ü", "x = 'ü', next(it), 'é'  # ü"),
        ("x = Dense(\n  # why\n  output_dim = 3,  # three\n  bias=True ,\n)",
         "x = Dense(\n  # why\n  units = 3,  # three\n  use_bias=True ,\n)"),
        ("x = Dense(Dense(output_dim=1), output_dim=(it.next()))", "x = Dense(Dense(units=1), units=(next(it)))"),
        ("x = (keras\n  .layers  # c\n  .Dense(output_dim=1))", "x = (keras\n  .layers  # c\n  .Dense(units=1))"),
        ("@f(Dense(output_dim=1))\ndef g(a=Dense(bias=1), *, b: Dense(bias=2)) -> Dense(bias=3): pass",
         "@f(Dense(units=1))\ndef g(a=Dense(use_bias=1), *, b: Dense(use_bias=2)) -> Dense(use_bias=3): pass"),
        ("x = [it.next() for it.a in it.next() if it.next()]; y = it.next()",
         "x = [next(it) for it.a in next(it) if next(it)]; y = next(it)"),
        ("x = it \\\n  .next()", "x = next(it)"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("block", ["", "def h():\n\t'''ü\n\t'''\n"])
def test_expressions_keep_their_layout(old: str, new: str, end: str, block: str) -> None:
    if block:
        old, new = (textwrap.indent(each, "\t") for each in (old, new))
    keras = "import keras\n"
    text = f"{keras}{HEAD}{block}{old}\n".replace("\n", end)
    assert mend_text(text) == f"{keras}{MENDED_HEAD}{block}{new}\n".replace("\n", end)


@pytest.mark.parametrize(
    "old",
    [
        "if x:\n    # first\n    from keras.layers.core import Dense\n    b  =  2\nelif y:\n    a  =  1\nelif z:\n"
        "    import keras\nelse:\n    c = 3\n    # end\n",
        "if x:\n    from keras.layers.core import Dense\nelif y:\n    a  =  1\nelse:\n    c = 3\n",
        "x = 1; import os; y  =  2  # c\nfrom keras.layers.core import Dense\n",
        "def f():\n    return 1\n    # of f\nfrom keras.preprocessing.image import load_img\nimport os\n",
        "def f():\n    return 1\n# of the import\nfrom keras.preprocessing.image import load_img\n",
        "'Doc'; x = 1\nfrom keras.preprocessing.image import load_img\n",
        "try:\n\timport keras\n\ty = 1\nexcept A: z = 1\nexcept B as e:\n\tw = e\nelse:\n"
        "\tfrom keras.layers.core import Dense\nfinally:\n\tv  =  1\n",
        "match x:\n  case 1:\n    y  =  1\n  case _:\n    import keras.layers\n"
        "    from keras.layers.core import Dense\n    z  =  1",
        "import os; x = '''\n'''; y  =  1\nfrom keras.layers.core import Dense\n",
        "_rest0_ = 1\nfrom keras.layers.core import Dense as _rest0_\n_rest_1_  =  _rest0_\n",
        "@a\n@b(1)\nclass C :\n    x  =  1\n\n    from keras.layers.core import Dense\n    # of C\n\n\n\n# end",
    ],
)
def test_lines_between_imports_keep_their_layout(old: str) -> None:
    new = old.replace("keras.layers.core", "keras.layers").replace("keras.preprocessing.image", "classeur.keras_image")
    assert old != new
    assert mend_text(old) == new


def test_a_comment_belongs_to_the_block_in_which_it_is() -> None:
    body = "def f():\n    if x:\n        y = 1\n\n        # of the block\n"
    text = f"from keras.preprocessing.image import load_img\n{body}from keras.preprocessing.image import save_img\n"
    assert mend_text(text) == f"from classeur.keras_image import load_img, save_img\n{body}"
    assert mend_text(text.replace("        # of", "# of")).count("import") == 2


@pytest.mark.parametrize(
    "module", [ast, json, os, random, re, string, subprocess, textwrap], ids=lambda each: each.__name__
)
def test_a_file_in_which_keras_changes_nothing_stays(module: ModuleType) -> None:
    assert module.__file__
    text = "import keras\n" + Path(module.__file__).read_text(encoding="utf-8")
    assert mend_text(text) == text
    changed = mend_text(f"{text}keras.layers.Dense(output_dim=1)\n")
    assert changed == f"{text}keras.layers.Dense(units=1)\n"


@pytest.mark.parametrize("path", [*EXAMPLES, Path(ast.__file__)], ids=lambda path: path.stem)
def test_an_outline_has_all_imports_and_can_be_undone(path: Path) -> None:
    code = path.read_text(encoding="utf-8")
    if "expects: CLS000" in code:
        pytest.skip("not Python 3")
    tree = ast.parse(code)
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    outline = outline_of(tree, imports, Edits(code))
    assert outline.shown(outline.code) == code
    kept = [
        ast.dump(node) for node in ast.walk(ast.parse(outline.code)) if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert kept == [ast.dump(node) for node in imports]
    assert outline.code.count("\n") <= code.count("\n")


def test_scripts_are_migrated_without_the_libraries_of_notebooks_and_arrays(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(HEAD, encoding="utf-8")
    code = (
        "import sys\nfrom classeur.migration.files import migrate\n"
        f"assert migrate([{str(tmp_path)!r}])[0].migration.texts\n"
        "print([name for name in ('nbformat', 'jsonschema', 'numpy', 'keras') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_file_that_has_gone_is_no_other_error(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text(HEAD, encoding="utf-8")
    source = read_source(path)
    path.unlink()
    with pytest.raises(StorageError, match="a.py"):
        write_source(source, {None: MENDED_HEAD})


def test_a_pipe_is_named_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.py")
    (tmp_path / "b.py").write_text(HEAD, encoding="utf-8")
    first, second = migrate([tmp_path])
    assert [each.reason for each in first.migration.left] == ["cannot be read: it is a pipe or a device, not a file"]
    assert second.migration.texts
