"""Examples, right and wrong, with the codes that they must get in their first line; and the pages of the docs."""

import re
from pathlib import Path

import pytest

from classeur.migration.linter import check_source
from classeur.migration.rules import RULES, UNREADABLE
from classeur.migration.rules.explanations import EXPLANATIONS
from classeur.migration.sources import read_source, source_of_cells

EXAMPLES = sorted((Path(__file__).parent / "examples").glob("*.py"))
DOCS = Path(__file__).parents[2] / "docs"
CODES = [UNREADABLE, *RULES]


def expected(path: Path) -> list[str]:
    line = path.read_text(encoding="utf-8").splitlines()[0]
    return re.findall(r"CLS\d{3}", line)


def blocks(code: str) -> tuple[str, str]:
    """Return the wrong and the right code of a page."""
    wrong, right = re.findall(r"```python\n(.*?)```", (DOCS / "migrate" / f"{code}.md").read_text("utf-8"), re.DOTALL)
    return wrong, right


def codes_of(text: str) -> list[str]:
    return [problem.code for problem in check_source(source_of_cells(Path("page.py"), [(None, text)]))]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example(path: Path) -> None:
    assert sorted(problem.code for problem in check_source(read_source(path))) == expected(path)


def test_every_rule_has_wrong_and_right_examples() -> None:
    assert len(EXAMPLES) >= 40
    wrong = {code for path in EXAMPLES for code in expected(path)}
    assert wrong == set(CODES)
    assert all(path.stem.endswith("_wrong" if expected(path) else "_right") for path in EXAMPLES)


@pytest.mark.parametrize("code", CODES)
def test_the_wrong_code_of_a_page_gets_its_code_and_the_right_code_none(code: str) -> None:
    wrong, right = blocks(code)
    assert set(codes_of(wrong)) - {"CLS019"} | {code} == {code}
    assert code in codes_of(wrong)
    assert set(codes_of(right)) == set()


def test_every_code_has_its_page_and_its_place_in_the_index() -> None:
    index = (DOCS / "migrate.md").read_text(encoding="utf-8")
    assert sorted(path.stem for path in (DOCS / "migrate").iterdir()) == sorted(CODES)
    for code in CODES:
        title = re.match(rf"# {code} · (.+)\n", (DOCS / "migrate" / f"{code}.md").read_text(encoding="utf-8"))
        assert title
        assert f"| [{code}](migrate/{code}.md) | {title[1]} |" in index
        assert EXPLANATIONS[code].title == title[1]
    assert list(EXPLANATIONS) == CODES


def test_pages_link_to_pages() -> None:
    for code in CODES:
        links = re.findall(r"\]\(([^)#]+)\)", (DOCS / "migrate" / f"{code}.md").read_text(encoding="utf-8"))
        assert all((DOCS / "migrate" / link).exists() for link in links)
