"""The page of a report: whole, in both languages, and nothing in a name that is not text."""

import base64
import hashlib
import itertools
import json
import re
from html.parser import HTMLParser
from string import Formatter

import numpy as np
import pytest
from constructed_report import report, run_report

from classeur.delivery import diagnosis_words, inspection_words, korean_diagnosis, korean_inspection, report_text
from classeur.delivery.korean_words import KOREAN_WORDS
from classeur.delivery.report import LANGUAGES, Report
from classeur.delivery.report_english import ENGLISH
from classeur.delivery.report_korean import KOREAN
from classeur.delivery.report_page import render_page
from classeur.delivery.words import WORDS
from classeur.estimate import Estimate
from classeur.evaluation.sampling import Sampling
from classeur.improvement.comparison import Judged, compare


def proportion(right: int, of: int) -> Estimate:
    found = Sampling(None).proportion(np.arange(of) < right)
    assert found is not None
    return found


HOSTILE = ("<script>window.hacked=1</script>\"'", "{{ 7 * 7 }}{% raw %}", '"><img src=x onerror=alert(1)>')
EVIL_PATH = '../"><svg onload=alert(1)>/{number:05}</style><script>alert(2)</script>.jpg'


class Reader(HTMLParser):
    """Keeps what an assistive program goes by."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self._inside: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._inside and self._inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not {"style", "desc"} & set(self._inside):
            self.text.append(data)

    def all(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in names]


def pages() -> dict[str, str]:
    several = (run_report(), run_report(name="second", epochs=12, seed=1))
    return {
        "one": render_page(report()),
        "epochs": render_page(report(run_report(epochs=12))),
        "korean": render_page(report(language="ko")),
        "several": render_page(report(*several)),
        "hostile": render_page(report(run_report(HOSTILE, path=EVIL_PATH, name="<u>run</u>"))),
        "without photographs": render_page(report(with_photographs=False)),
    }


@pytest.fixture(scope="module")
def read() -> dict[str, Reader]:
    return {name: Reader(page) for name, page in pages().items()}


def test_each_language_has_every_sentence_with_the_same_fields() -> None:
    def fields(text: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(text) if name}

    assert ENGLISH.keys() == KOREAN.keys()
    assert not [key for key in ENGLISH if fields(ENGLISH[key]) != fields(KOREAN[key])]


def test_each_language_has_every_finding() -> None:
    assert WORDS.keys() == KOREAN_WORDS.keys()
    assert diagnosis_words._CHANGES.keys() == korean_diagnosis._CHANGES.keys()
    assert inspection_words._CHANGES.keys() == korean_inspection._CHANGES.keys()
    assert inspection_words._CONVERT.keys() == korean_inspection._CONVERT.keys()


def test_a_korean_page_has_no_english_sentence(read: dict[str, Reader]) -> None:
    # A sentence has an article, a preposition or a verb of the English table.
    said = " ".join(text for text in read["korean"].text if "http" not in text)
    assert not re.findall(r"\b(?:the|of|that|is|are|was|with|called|images?)\b", said)


def test_no_page_has_a_script_or_asks_for_anything(read: dict[str, Reader]) -> None:
    for reader in read.values():
        assert {tag for tag, _ in reader.tags}.isdisjoint(
            {"script", "iframe", "object", "embed", "link", "form", "input", "base", "audio", "video"}
        )
        for _, attributes in reader.tags:
            assert not [name for name in attributes if name.startswith("on") or name == "style"]
            for name in ("src", "href", "xlink:href", "srcset"):
                assert (attributes.get(name) or "#").startswith(("#", "data:image/jpeg;base64,"))


def test_the_policy_allows_this_style_and_pictures_in_the_page_alone() -> None:
    page = pages()["hostile"]
    style = re.search(r"<style>(.*?)</style>", page, re.S)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert style
    assert policy
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:;" in policy[1]
    assert "unsafe" not in policy[1]


def test_hostile_names_are_shown_as_text(read: dict[str, Reader]) -> None:
    said = "".join(read["hostile"].text)
    assert all(name in said for name in HOSTILE)
    assert "classeur train DATA --out 'RUNS/<u>run</u> 2'" in said
    assert not read["hostile"].all("u")
    alternatives = [attributes.get("alt") for attributes in read["hostile"].all("img")]
    assert any(alternative and alternative.endswith("script>.jpg") for alternative in alternatives)


def test_headings_go_down_by_one(read: dict[str, Reader]) -> None:
    for reader in read.values():
        levels = [int(tag[1]) for tag, _ in reader.tags if re.fullmatch(r"h[1-6]", tag)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_names_are_unique_and_what_points_at_them_finds_them(read: dict[str, Reader]) -> None:
    for reader in read.values():
        names = [attributes["id"] for _, attributes in reader.tags if "id" in attributes]
        assert len(names) == len(set(names))
        for _, attributes in reader.tags:
            wanted = (attributes.get("aria-labelledby") or "").split()
            if (attributes.get("href") or "").startswith("#"):
                wanted.append(str(attributes["href"])[1:])
            assert set(wanted) <= set(names)


def test_pictures_tables_and_charts_have_their_texts(read: dict[str, Reader]) -> None:
    for reader in read.values():
        assert all(attributes.get("alt") for attributes in reader.all("img"))
        assert len(reader.all("caption")) == len(reader.all("table"))
        assert all(attributes.get("scope") in ("row", "col") for attributes in reader.all("th"))
        charts = [each for each in reader.all("svg") if each.get("role") == "img"]
        assert charts
        assert len([each for each in reader.all("title") if each.get("id")]) == len(charts)


def test_each_cell_with_photographs_opens_them(read: dict[str, Reader]) -> None:
    links = [str(each["href"])[1:] for each in read["one"].all("a") if "cell-" in str(each.get("href"))]
    cells = [each["id"] for each in read["one"].all("div") if each.get("class") == "cell"]
    assert links == cells
    assert len(links) == 4


def test_without_photographs_mistakes_are_a_table_and_no_cell_is_a_link(read: dict[str, Reader]) -> None:
    reader = read["without photographs"]
    assert not reader.all("img")
    assert not [each for each in reader.all("a") if "cell-" in str(each.get("href"))]
    assert "validation/cats/" in "".join(reader.text)
    assert len("".join(pages()["without photographs"])) < 100_000


def test_numbers_have_their_intervals_in_both_languages(read: dict[str, Reader]) -> None:
    accuracy = report().runs[0].score.accuracy
    interval = f"{100 * accuracy.low:.1f}% … {100 * accuracy.high:.1f}%"
    for name in ("one", "korean", "without photographs"):
        assert interval in "".join(read[name].text).replace("\N{NO-BREAK SPACE}", " ")


def test_several_runs_are_compared_in_pairs() -> None:
    runs = [run_report(name=name, seed=seed) for name, seed in (("first", 0), ("second", 3))]
    keys = [(str(number), "cats") for number in range(60)]
    judged = [
        Judged(run.name, run.score, {key: number % (5 + at) > 0 for number, key in enumerate(keys)})
        for at, run in enumerate(runs)
    ]
    comparison = compare(judged)
    for language in LANGUAGES:
        said = "".join(Reader(render_page(report(*runs, comparison=comparison, language=language))).text)
        assert f"{100 * comparison.pairs[0].difference.value:+.1f}" in said
        assert f"{comparison.pairs[0].p_value:.2g}" in said


def test_the_facts_come_back_from_json() -> None:
    first = report()
    again = Report.model_validate(json.loads(json.dumps(first.model_dump(mode="json"))))
    assert again.runs == first.runs
    assert not again.pictures
    assert not Reader(render_page(again)).all("img")


def test_a_notebook_shows_the_page_in_a_frame_of_its_own() -> None:
    shown = Reader(report()._repr_html_())
    [frame] = shown.all("iframe")
    assert "sandbox" in frame
    assert str(frame["srcdoc"]).startswith("<!DOCTYPE html>")


def test_file_names_that_are_no_unicode_are_written() -> None:
    name = "\udcff{number:05}.jpg"
    page = render_page(report(run_report(path=f"validation/{name}")))
    assert page.encode("utf-8")


@pytest.mark.parametrize(("num_classes", "num_runs"), [(2, 1), (30, 1), (30, 2), (5, 20)])
def test_a_page_stays_below_ten_megabytes(num_classes: int, num_runs: int) -> None:
    names = [f"class {number:03}" for number in range(num_classes)]
    runs = [
        run_report(names, num_images=3000, name=f"run {number}", seed=number, parts=num_runs)
        for number in range(num_runs)
    ]
    found = report(*runs)
    shown = Reader(render_page(found)).all("img")
    # 7 KB each, in base64.
    assert len(shown) * 9_500 < 10_000_000


@pytest.mark.parametrize("language", LANGUAGES)
def test_groups_are_a_table_the_worst_first_with_their_number_where_some_are_left_out(language: str) -> None:
    # Each group has one image less right than the one before.
    groups = {f"<b>patient {number:02}</b>": proportion(number, 30) for number in range(25)}
    run = run_report()
    of_groups = run.score.model_copy(update={"by_group": groups})
    run = run.model_copy(update={"evaluation": run.evaluation.with_score("validation", of_groups)})
    page = render_page(report(run, language=language)).replace("\N{NO-BREAK SPACE}", " ")
    names = re.findall(r"&lt;b&gt;(patient \d+)&lt;/b&gt;", page)
    assert names == [f"patient {number:02}" for number in range(20)]
    said = report_text.LANGUAGES[language].say
    assert said("some-groups", shown=20, groups=25) in page
    assert said("groups-table", judged=said("judged-validation", images=60)) in page
    assert said("groups-table", judged=said("judged-validation", images=60)) not in render_page(
        report(language=language)
    )
