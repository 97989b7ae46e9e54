"""Values are followed where they can be, and are not known elsewhere; no code stops the tracer."""

import ast
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classeur.migration.linter import check_source
from classeur.migration.sources import source_of_cells
from classeur.migration.tracer import Parsed, trace
from classeur.migration.values import Opaque

HEAD = "from keras.preprocessing.image import ImageDataGenerator\nimport os, math\n"


def rescale_of(code: str) -> Any:
    """Return what the last generator's `rescale` is known to be."""
    text = HEAD + code
    return trace([Parsed(None, text, ast.parse(text))]).generators[-1].arguments.get("rescale", "left out")


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("ImageDataGenerator(rescale=1 / 4)", 0.25),
        ("x = 2\nx += 1\nImageDataGenerator(rescale=x * 2 - 1)", 5),
        ("x, (y, z) = 1, [2, 3]\nImageDataGenerator(rescale=z)", 3),
        ("d = dict(rescale=7)\nImageDataGenerator(**d)", 7),
        ("d = {'a': 1}\nd['rescale'] = 8\nImageDataGenerator(rescale=d['rescale'])", 8),
        ("def f(a, b=3):\n    return ImageDataGenerator(rescale=b)\nf(1)", 3),
        ("def f(a, b=3):\n    return a\nImageDataGenerator(rescale=f(5))", 5),
        ("class A:\n    def f(self):\n        self.x = 6\n        ImageDataGenerator(rescale=self.x)", 6),
        (
            "class A:\n    def f(self):\n        return 6\n"
            "    def g(self):\n        ImageDataGenerator(rescale=self.f())",
            6,
        ),
        ("class A:\n    x = 6\n    def f(self):\n        ImageDataGenerator(rescale=self.x)", 6),
        ("class A:\n    @staticmethod\n    def f(x):\n        return x\nImageDataGenerator(rescale=A().f(2))", 2),
        (
            "class A:\n    def __init__(self, x):\n        self.x = x\n"
            "a, b = A(1), A(2)\nImageDataGenerator(rescale=a.x)",
            1,
        ),
        ("class A:\n    def f(self):\n        return 3\nclass B(A):\n    pass\nImageDataGenerator(rescale=B().f())", 3),
        ("class A:\n    x: int = 1\nImageDataGenerator(rescale=A(x=4).x)", 4),
        ("if a:\n    x = 1\nelse:\n    x = 1\nImageDataGenerator(rescale=x)", 1),
        ("try:\n    x = 1\nexcept E:\n    x = 2\nImageDataGenerator(rescale=x)", 1),
        ("with a as b:\n    x = 4\nImageDataGenerator(rescale=x)", 4),
        ("ImageDataGenerator(rescale=os.path.join('a', 'b/'))", "a/b"),
        ("from pathlib import Path\nImageDataGenerator(rescale=Path('a') / 'b')", "a/b"),
        ("ImageDataGenerator(rescale=f'a{1}')", "a1"),
        ("ImageDataGenerator(rescale=(y := 9))", 9),
        ("x = 1\nif False:\n    x = 2\nImageDataGenerator(rescale=x)", 1),
        ("d = {'x': 1}\nif False:\n    d['x'] = 2\nImageDataGenerator(rescale=d['x'])", 1),
        ("d = {'x': 1}\nif a:\n    d['x'] = 1\nImageDataGenerator(rescale=d['x'])", 1),
        (
            "def f(x, double=True):\n    if double:\n        x = x * 2\n    return x\nImageDataGenerator(rescale=f(2))",
            4,
        ),
        ("def f(x=None):\n    if x is None:\n        return 3\n    return x\nImageDataGenerator(rescale=f())", 3),
        ("def f(x=None):\n    if x is None:\n        return 3\n    return x\nImageDataGenerator(rescale=f(5))", 5),
        ("def f(kind):\n    return 1 if kind == 'a' else 2\nImageDataGenerator(rescale=f('b'))", 2),
    ],
)
def test_known_values(code: str, value: object) -> None:
    assert rescale_of(code) == value


@pytest.mark.parametrize(
    "code",
    [
        "if a:\n    x = 1\nelse:\n    x = 2\nImageDataGenerator(rescale=x)",
        "x = 1\nif a:\n    x = 2\nImageDataGenerator(rescale=x)",
        "d = {'x': 1}\nif a:\n    d['x'] = 2\nImageDataGenerator(rescale=d['x'])",
        "class A:\n    def f(self, y):\n        if y:\n            self.x = 1\n        else:\n            self.x = 2\n"
        "        ImageDataGenerator(rescale=self.x)",
        "def f(x):\n    ImageDataGenerator(rescale=x)",
        "def f(x, y=None):\n    if y is None:\n        x = 1\n    ImageDataGenerator(rescale=x)",
        "f = True\nx = 1\nfor i in y:\n    if f:\n        x = 2\n    f = False\nImageDataGenerator(rescale=x)",
        "def f(x=2):\n    ImageDataGenerator(rescale=x)",
        "ImageDataGenerator(rescale=a.b.c)",
        "class A:\n    x: int = 1\nImageDataGenerator(rescale=A(4).x)",
        "class A:\n    @property\n    def x(self):\n        return 1\nImageDataGenerator(rescale=A().x)",
        "ImageDataGenerator(rescale=1 / 0)",
        "ImageDataGenerator(rescale=10**400 / 2.5)",
        "ImageDataGenerator(rescale=9" + "0" * 400 + " / 2.5)",
        "def f():\n    if a:\n        return 1\n    return 2\nImageDataGenerator(rescale=f())",
    ],
)
def test_values_that_are_not_known(code: str) -> None:
    assert isinstance(rescale_of(code), Opaque) or "Steps" in type(rescale_of(code)).__name__


@pytest.mark.parametrize(
    "code",
    [
        "def f():\n    return f()\nf()",
        "def f():\n    g()\ndef g():\n    f()\nf()",
        "x = [x for x in x if (lambda: x)()]\nfor x in x: x = x\nwhile x: x -= x",
        "match a:\n    case {'b': 1}:\n        x = 1\n    case _:\n        pass",
        "async def f():\n    async with a as b:\n        async for c in d:\n            await e",
        "try:\n    pass\nexcept* E:\n    pass\nfinally:\n    del a, b[0], c.d",
        "a: int\nb: int = 3\nglobal c\nc = *a, *b\n[*d] = e\nf(*g, **h)",
        "x = 1 if 2 else 3\nx = x[1:2, ...]\nx = not -+~x\nx @= x\nx = x if x == 'a' else x",
        "a = b = a\na.b.c = a\na[b][c] = a\n(a, *b), c = d",
        "model.add\nmodel.add()\nmodel.compile()\nnext()\nlen()\nmax()\ndict(1)\nint('a')\nopen().read()",
        "x = " + "(" * 80 + "1" + ")" * 80,
        "x = " + " + ".join(["a"] * 3000),
        "x = a" + ".b()" * 2000,
    ],
)
def test_no_code_stops_the_tracer(code: str) -> None:
    check_source(source_of_cells(Path("a.py"), [(None, HEAD + code)]))


@settings(max_examples=60)
@given(st.text(alphabet="abx=()[]{}:,.*'\"+-/<> \n\t%!?#@0189\\", max_size=60))
def test_no_text_stops_it_either(text: str) -> None:
    check_source(source_of_cells(Path("a.py"), [(None, text)]))


def test_the_standard_library_is_clean() -> None:
    library = Path(ast.__file__).parent
    names = sorted(library.glob("*.py"))[:: 12 if sys.version_info < (3, 12) else 15]
    for path in names:
        text = path.read_text(encoding="utf-8")
        assert check_source(source_of_cells(path, [(None, text)])) == [], path
