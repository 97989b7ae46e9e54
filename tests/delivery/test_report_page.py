"""The page of a report: whole, in both languages, and nothing in a name that is not text."""

import base64
import hashlib
import html
import itertools
import json
import re
from html.parser import HTMLParser
from string import Formatter
from typing import Any

import numpy as np
import pytest
from constructed_report import folds_report, report, run_report

from classeur.data.findings import Change, Command, Finding
from classeur.delivery import diagnosis_words, inspection_words, korean_diagnosis, korean_inspection, report_text
from classeur.delivery.korean_words import KOREAN_WORDS
from classeur.delivery.report import LANGUAGES, Bin, Cell, DataFacts, Mistake, Photograph, Report, RunReport
from classeur.delivery.report_answers import answer
from classeur.delivery.report_charts import history_charts, risk_chart
from classeur.delivery.report_english import ENGLISH
from classeur.delivery.report_korean import KOREAN
from classeur.delivery.report_markup import in_one_way
from classeur.delivery.report_page import render_page
from classeur.delivery.words import WORDS
from classeur.estimate import Estimate
from classeur.evaluation.calibration import Calibration
from classeur.evaluation.leaked import leaked
from classeur.evaluation.sampling import Sampling
from classeur.evaluation.scoring import score
from classeur.evaluation.shown import Answers
from classeur.evaluation.slices import Slice, Slices
from classeur.improvement.comparison import Comparison, Judged, Pair, compare
from classeur.improvement.diagnosis import Diagnosis
from classeur.models.onnx_file import Decided
from classeur.training.facts import UNLIKE
from classeur.training.history import History
from classeur.training.recipe import make_recipe
from classeur.workflows.report_facts import bins_of
from classeur.workflows.report_pictures import Judged as Sorted
from classeur.workflows.report_pictures import chosen


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
        "folds": render_page(report(folds_report())),
        "folds in Korean": render_page(report(folds_report(), language="ko")),
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


@pytest.mark.parametrize("name", ["korean", "folds in Korean"])
def test_a_korean_page_has_no_english_sentence(read: dict[str, Reader], name: str) -> None:
    # A sentence has an article, a preposition or a verb of the English table.
    said = " ".join(text for text in read[name].text if "http" not in text)
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
    assert in_one_way(said("groups-table", judged=said("judged-validation", images=60))) in page
    assert said("groups-table", judged=said("judged-validation", images=60)) not in render_page(
        report(language=language)
    )


def _said(found: Report) -> str:
    return "".join(Reader(render_page(found)).text).replace("\N{NO-BREAK SPACE}", " ")


def _changed(run: RunReport, **values: Any) -> RunReport:
    return run.model_copy(update=values)


def _with_score(run: RunReport, **values: Any) -> RunReport:
    score = run.score.model_copy(update=values)
    return _changed(run, evaluation=run.evaluation.with_score(run.judged, score))


def test_each_run_has_its_own_matrix_and_pictures() -> None:
    runs = run_report(seed=0), run_report(name="second", seed=5)
    found = report(*runs)
    page = render_page(found)
    for run, section in zip(found.runs, page.split('<section class="run"')[1:], strict=True):
        counts = re.findall(r'<td class="(?:right|wrong)\d">.*?>(\d+)<', section)
        assert list(map(int, counts)) == [each for row in run.score.confusion for each in row]
        shown = set(re.findall(r"data:image/jpeg;base64,[\w+/=]+", section))
        own = found.pictures_of(run)
        assert shown <= {*own.thumbnails.values(), *own.maps.values(), *own.places.values()}
        assert set(own.maps.values()) <= shown


def test_runs_of_one_name_are_no_page() -> None:
    with pytest.raises(ValueError, match="different names"):
        report(run_report(), run_report())


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_from_the_right_turn_nothing(language: str) -> None:
    names = ("ورد", "زنبق")
    said = _said(report(run_report(names, name="\u202eevil"), language=language))
    assert "\u202e" not in said
    for name in names:
        # Each stands between an isolate and its end.
        assert said.count(name) == len(re.findall(f"\u2068{name}\u2069", said)) > 0
    assert "\u2066validation/\u2068" in said


def test_a_terminal_says_names_from_the_right_in_a_direction_of_their_own() -> None:
    said = answer(run_report(("ورد", "cats")), report_text.LANGUAGES["en"])
    assert "\u2068ورد\u2069 from cats" in said


def test_in_a_frame_links_lead_into_the_page_itself() -> None:
    [frame] = Reader(report()._repr_html_()).all("iframe")
    [base] = Reader(str(frame["srcdoc"])).all("base")
    assert base["href"] == "about:srcdoc"
    assert not Reader(render_page(report())).all("base")


@pytest.mark.parametrize(
    ("language", "of_groups"), [("en", "60 validation images in 7 groups"), ("ko", "묶음 7개의 검증 이미지 60장")]
)
def test_groups_are_told_beside_the_interval_and_in_the_methods(language: str, of_groups: str) -> None:
    said = _said(report(_changed(run_report(), num_groups=7), language=language))
    assert said.count(of_groups) >= 3
    assert "Korn" in said
    assert "Korn" not in _said(report(language=language))
    # A few copies change no interval.
    assert "in 59 groups" not in _said(report(_changed(run_report(), num_groups=59)))


def test_bars_of_calibration_tell_of_groups() -> None:
    random = np.random.default_rng(0)
    groups = [f"{at // 25}" for at in range(200)]
    right = np.repeat(random.random(8) < 0.6, 25)
    answers = Answers(np.zeros(200, int), np.where(right, 0, 1), random.uniform(0.5, 1, 200))
    alone, grouped = bins_of(answers, None), bins_of(answers, groups)
    assert [each.right.value for each in alone] == [each.right.value for each in grouped]
    wider = [
        two.right.high - two.right.low > one.right.high - one.right.low for one, two in zip(alone, grouped, strict=True)
    ]
    assert np.mean(wider) > 0.7
    assert all("groups" in each.right.method for each in grouped)


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "at most 5% of its answers are wrong. The validation images cannot"), ("ko", "5% 이하가 되도록")],
)
def test_what_cannot_be_promised_is_said(language: str, words: str) -> None:
    run = run_report()
    asked = run.facts.model_copy(update={"recipe": make_recipe({"model": "efficientnet_lite0", "max_error": 0.05})})
    said = _said(report(_changed(run, facts=asked), language=language))
    assert words in said
    assert "predict" not in said.split("RUNS/first PATH")[0][-200:]
    assert words not in _said(report(language=language))


@pytest.mark.parametrize(("language", "words"), [("en", "It need not answer unsure"), ("ko", "답할 필요가 없습니다")])
def test_a_promise_that_holds_without_a_threshold_is_said(language: str, words: str) -> None:
    run = run_report()
    recipe = make_recipe({"model": "efficientnet_lite0", "max_error": 0.2})
    facts = run.facts.model_copy(update={"recipe": recipe, "decided": Decided(max_error=0.2, coverage=1.0)})
    said = _said(report(_changed(run, facts=facts), language=language))
    assert words in said
    assert report_text.LANGUAGES[language].say("unpromised", error=0.2) not in said


@pytest.mark.parametrize(("language", "words"), [("en", "Perhaps no better than chance"), ("ko", "우연보다 낫게")])
def test_a_headline_claims_nothing_that_chance_explains(language: str, words: str) -> None:
    run = run_report()
    half = proportion(30, 60)
    chance = _with_score(run, accuracy=half, balanced_accuracy=half)
    assert words in _said(report(chance, language=language))
    assert words not in _said(report(run, language=language))
    # Most are of one class: accuracy alone is not above chance, balanced accuracy is.
    assert words not in _said(report(_with_score(run, accuracy=half), language=language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_next_step_neither_repeats_the_verdict_nor_shows_what_the_page_shows(language: str) -> None:
    run = run_report()
    told = report_text.LANGUAGES[language].evidence(run.diagnosis.findings[0]) if run.diagnosis else ""
    page = render_page(report(run, language=language))
    assert told[:12] not in page.split('id="next"')[1]
    look = Change(code="look", command=Command(verb="evaluate", arguments=("RUNS/first",)))
    values = {"train_accuracy": 1.0, "validation_accuracy": 1.0, "gap": 0.0}
    fine = Finding(code="fine", severity="note", subject="first", values=values, changes=(look,))
    ready = _changed(run, diagnosis=Diagnosis(verdict="fine", findings=(fine,)), shortcuts=())
    last = render_page(report(ready, language=language))
    assert "classeur evaluate" not in last
    assert "<code>classeur predict RUNS/first PATH</code>" in last.split('id="next"')[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_many_classes_rows_and_columns_of_the_matrix_add_up(language: str) -> None:
    names = [f"class {number:03}" for number in range(40)]
    found = report(run_report(names, num_images=2000), language=language)
    [run] = found.runs
    page = render_page(found)
    rows = re.findall(r"<tr>(.*?)</tr>", page.split('class="matrix')[1].split("</table>")[0].replace("\n", ""))[1:]
    counts = np.array([[int(each) for each in re.findall(r">(\d+)</(?:a|span)>", row)] for row in rows])
    assert counts.shape == (21, 21)
    assert counts.sum() == run.score.num_images
    shown = [name for name in names if any(name in (each.true, each.predicted) for each in run.cells)]
    assert counts[:-1].sum(axis=1).tolist() == [run.score.per_class[name].num_images for name in shown]


def test_the_classes_that_are_shown_are_those_that_are_confused() -> None:
    # Each of 25 classes is once called every other of these, which sums to more errors than 38 and 39 have.
    confusion = 20 * np.eye(40, dtype=int)
    confusion[:25, :25] += 1
    confusion[38, 39] = confusion[39, 38] = 9
    labels, predicted = (np.repeat(each, confusion.ravel()) for each in np.indices((40, 40)).reshape(2, -1))
    logits = 5.0 * np.eye(40)[predicted]
    names = [f"{number:02}" for number in range(40)]
    rows = [{"path": f"{at}.jpg", "label": names[label], "hash": f"{at}"} for at, label in enumerate(labels)]
    answers = Answers(labels, predicted, np.full(len(labels), 0.9))
    cells = chosen(Sorted(rows, answers, logits, names), score(logits, labels, class_names=names), parts=1).cells
    pictured = {(each.true, each.predicted) for each in cells if each.shown and each.true != each.predicted}
    assert {("38", "39"), ("39", "38")} <= pictured


@pytest.mark.parametrize("language", LANGUAGES)
def test_training_images_are_told_of_where_they_are_shown(language: str) -> None:
    words = report_text.LANGUAGES[language].sentences["beside"]
    run = run_report()
    alone = _changed(run, mistakes=tuple(each.model_copy(update={"alike": ()}) for each in run.mistakes))
    assert words in _said(report(run, language=language))
    assert words not in _said(report(alone, language=language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_map_is_against_the_class_that_it_is(language: str) -> None:
    found = report(run_report(("daisy", "rose", "tulip")), language=language)
    say = report_text.LANGUAGES[language].say
    said = _said(found)
    for each in found.runs[0].mistakes:
        assert say("map", name=each.photograph.predicted, other=each.photograph.label) in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_shares_and_signs_are_written_in_one_way(language: str) -> None:
    runs = [run_report(name=name, seed=seed) for name, seed in (("first", 0), ("second", 3))]
    pair = Pair(
        first="first", second="second", difference=Estimate(value=-0.388, low=-0.5, high=-0.2, method="Tango", n=60),
        p_value=2.7e-27, only_first=30, only_second=2,
    )  # fmt: skip
    comparison = Comparison(names=("first", "second"), scores=tuple(run.score for run in runs), pairs=(pair,))
    page = render_page(report(*runs, comparison=comparison, language=language))
    text = re.sub(r"<(?:style|code).*?</(?:style|code)>|<svg.*?</svg>|<[^>]*>", " ", page, flags=re.DOTALL)
    assert not re.findall(r"\d\s%(?!p)", text)
    assert not re.findall(r"(?<![\w/.-])-\d", text)
    assert not re.findall(r"e-\d\d", text)
    assert "100.0%" not in text
    assert "\N{MINUS SIGN}38.8" in text
    # What is measured has a decimal; 95% and 1% are set, 0% and 100% exact.
    assert set(re.findall(r"(?<![\d.])\d+%", text)) <= {"95%", "1%", "0%", "100%"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_commands_in_sentences_are_code_without_a_break_in_an_option(language: str) -> None:
    run = _changed(run_report(), curve=(), remarks=("no-maps", "no-neighbours"), diagnosis=None)
    page = render_page(report(run, language=language))
    outside = re.sub(r"<code>.*?</code>", "", page)
    assert not re.findall(r"classeur (?:train|report|curve|predict|inspect|explain) ", outside)
    assert '<code>classeur predict RUNS/first PATH <span class="flag">--max-error</span> 1%</code>' in page


def test_sentences_suit_small_numbers() -> None:
    run = run_report()
    errors = run.score.num_images - run.score.num_correct
    said = _said(report(run))
    assert f"{errors} images are called another class, of 60; the surest first." in said
    whole = run.facts.model_copy(update={"counts": {**run.facts.counts, "used": 200, "set_aside": 0}})
    assert "200 files were used, in 2 classes" in _said(report(_changed(run, facts=whole)))
    assert "Of 200 files 199 could be used" in said
    right = Estimate(value=0.0, low=0.0, high=0.05, method="", n=60)
    assert "off by 5.0% at most (95%)" in _said(report(_with_score(run, calibration_error=right)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_one_class_there_is_nothing_of_the_other(language: str) -> None:
    run = run_report(("cats", "dogs"))
    facts = run.facts.model_copy(update={"class_names": ("cats", UNLIKE), "one_class": True})
    logits, labels = np.repeat([[3.0, 0.0], [0.0, 1.0]], [23, 1], axis=0), np.zeros(24, int)
    result = score(logits, labels, class_names=("cats", UNLIKE))
    wrong = Photograph(path="a.jpg", hash="a", label="cats", predicted=UNLIKE, probability=0.6)
    run = _changed(
        run, facts=facts, evaluation=run.evaluation.with_score("validation", result),
        mistakes=(Mistake(photograph=wrong),),
        cells=(Cell(true="cats", predicted="cats", num_images=23), Cell(true="cats", predicted=UNLIKE, num_images=1)),
        extremes=(), shortcuts=(),
    )  # fmt: skip
    page = render_page(report(run, language=language))
    assert not re.findall(rf'<th scope="row">(?:<span[^>]*>)?{UNLIKE}', page)
    assert report_text.LANGUAGES[language].sentences["methods-balanced"].split("{")[0] not in page
    # Each answer is right or a false alarm: there is no precision, and no probability to be right.
    say = report_text.LANGUAGES[language].say
    assert 'id="calibration"' not in page
    assert 'href="#calibration"' not in page
    assert f'<th scope="col">{say("recall")}</th>' in page
    assert f'<th scope="col">{say("precision")}</th>' not in page
    assert ">F1<" not in page
    assert say("class-explained") in page
    if language == "en":
        assert "1 image is called unlike, of 24 of cats; the surest first." in page


def test_ticks_of_an_axis_differ() -> None:
    run = run_report(epochs=3)
    epochs = [
        each.model_copy(update={"loss": 0.695 - 0.004 * at, "val_loss": 0.694})
        for at, each in enumerate(run.history.epochs)
    ]
    accuracy, loss = history_charts(_changed(run, history=History(epochs=tuple(epochs))), report_text.LANGUAGES["en"])
    for axis in (accuracy.y_ticks, loss.y_ticks):
        assert len({tick.text for tick in axis}) == len(axis) > 1


def test_what_could_not_be_shown_is_counted() -> None:
    said = _said(report(_changed(run_report(), num_lost=1, remarks=("some-photographs",))))
    assert "gone or changed since the training: 1 photograph of 60." in said
    run = run_report()
    assert run.data is not None
    said = _said(report(_changed(run, data=run.data.model_copy(update={"num_lost": 1}))))
    assert "1 image of this run is not among the data" in said


def test_a_long_name_does_not_fill_the_headline() -> None:
    names = ("a" * 200, "b" * 200)
    assert len(answer(run_report(names), report_text.LANGUAGES["en"])) < 130


@pytest.mark.parametrize(
    ("language", "said"), [("en", "but no photograph of dogs was tested"), ("ko", "dogs 클래스의")]
)
def test_a_class_that_was_not_tested_is_in_the_answer(language: str, said: str) -> None:
    run = run_report(("cats", "dogs"))
    labels = np.zeros(30, int)
    one_sided = score(8.0 * np.eye(2)[labels], labels, class_names=("cats", "dogs"))
    run = run.model_copy(update={"evaluation": run.evaluation.model_copy(update={"splits": {run.judged: one_sided}})})
    assert said in answer(run, report_text.LANGUAGES[language])


@pytest.mark.parametrize(
    ("language", "said", "with_all", "none_new"),
    [
        (
            "en",
            "that it was not trained on, without 3 that belong with images in training",
            "with all 63 images 95.2%",
            "none of them new: 60 belong with images that it was trained on",
        ),
        (
            "ko",
            "학습 이미지와 한 무리인 3장은 뺐습니다",
            "모든 이미지 63장으로는 95.2%",
            "60장 모두 학습에 쓴 이미지와 한 무리",
        ),
    ],
)
def test_images_that_belong_with_training_are_told_beside_the_answer(
    language: str, said: str, with_all: str, none_new: str
) -> None:
    def told(run: RunReport) -> str:
        page = render_page(report(run, language=language)).replace("\N{NO-BREAK SPACE}", " ")
        return re.sub("<[^>]*>", "", page)

    found = leaked([True] * 60 + [False] * 3, [True] * 3 + [False] * 60, dropped=True)
    leaking = told(_with_score(run_report(), leaked=found))
    assert said in leaking
    assert with_all in leaking
    assert said not in told(run_report())
    throughout = leaked([True] * 60, [True] * 60, dropped=False)
    assert none_new in told(_with_score(run_report(), leaked=throughout))


def test_a_promise_is_advised_only_where_these_images_can_make_it() -> None:
    few = render_page(report(run_report().model_copy(update={"least_limit": None})))
    enough = render_page(report(run_report().model_copy(update={"least_limit": 0.05})))
    assert "--max-error" not in few
    assert "to promise how often an answer is wrong" in few
    assert "--max-error 5%" in re.sub(r"<.*?>", "", enough).replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("fitted", "said"), [(0.93, "no other temperature was better"), (None, "none could be fitted")]
)
def test_a_temperature_that_none_was_fitted_of_is_told_as_such(fitted: float | None, said: str) -> None:
    run = run_report().model_copy(update={"calibration": Calibration(fitted=fitted, reason="few")})
    assert said in render_page(report(run))


@pytest.mark.parametrize(("low", "said"), [(0.0, "as far as these images can tell"), (0.02, "are off by")])
def test_probabilities_are_off_only_beyond_chance(low: float, said: str) -> None:
    run = run_report()
    error = Estimate(value=0.05, low=low, high=0.1, method="", n=60)
    off = run.score.model_copy(update={"calibration_error": error})
    run = run.model_copy(update={"evaluation": run.evaluation.with_score("validation", off)})
    assert said in render_page(report(run))


def _todo(run: RunReport, language: str = "en") -> list[str]:
    """What a page says to do next, item by item."""
    section = render_page(report(run, language=language)).split('id="next"')[1].split("</section>")[0]
    items = re.findall(r"<li>(.*?)</li>", section, re.DOTALL)
    return [re.sub(r"<[^>]*>", "", each).replace("\N{NO-BREAK SPACE}", " ").strip() for each in items]


def _ready(**values: Any) -> RunReport:
    """A run of which nothing is left to mend, but for these."""
    known = {"train_accuracy": 1.0, "validation_accuracy": 1.0, "gap": 0.0}
    fine = Finding(code="fine", severity="note", subject="first", values=known)
    nothing = DataFacts(findings=(), num_left_out=0)
    best = {"diagnosis": Diagnosis(verdict="fine", findings=(fine,)), "shortcuts": (), "data": nothing}
    return _changed(run_report(), **{**best, **values})


def _with_a_worse_site(run: RunReport) -> RunReport:
    site = Slice(kind="group", name="<b>site 5</b>", accuracy=proportion(12, 30), rest=proportion(29, 30), p_value=1e-4)
    return _with_score(run, slices=Slices(num_looked_at=8, worst=site))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_next_step_is_about_the_gravest_that_is_known(language: str) -> None:
    """Errors in the data, a failed training, a shortcut, a slice that is worse beyond chance, other advice; use."""
    say = report_text.LANGUAGES[language].say
    shortcuts = run_report().shortcuts
    use = say("next-use", command=Command(verb="predict", arguments=("RUNS/first", "PATH")))
    assert _todo(_ready(), language) == [use]
    shortcut = say("next-shortcut", names=["cats"])
    assert _todo(_ready(shortcuts=shortcuts), language) == [shortcut]
    [worst] = _todo(_with_a_worse_site(_ready()), language)
    said = {
        "en": "Look at the images of <b>site 5</b>, of which it gets fewer right than of the others, and add more",
        "ko": "묶음 <b>site 5</b>의 이미지를 보세요. 나머지보다 덜 맞힙니다.",
    }
    assert html.unescape(worst).startswith(said[language])
    assert _todo(_with_a_worse_site(_ready(shortcuts=shortcuts)), language) == [shortcut, worst]
    overfitting = run_report().diagnosis
    first, second = _todo(_with_a_worse_site(_ready(diagnosis=overfitting)), language)
    assert first == worst
    assert "--dropout" in second
    values = {"most_loss": 9.0, "num_rises": 2, "last_loss": 5.0, "chance_loss": 0.7}
    command = Command(verb="train", arguments=("DATA",), options={"learning_rate": 0.01})
    failed = Finding(
        code="rate-too-high", severity="error", subject="first",
        values={**values, "learning_rate": 0.1, "train_accuracy": 0.5},
        changes=(Change(code="smaller-learning-rate", command=command),),
    )  # fmt: skip
    empty = Finding(code="empty-class", severity="error", subject="dogs", values={"split": "train"})
    run = _ready(
        diagnosis=Diagnosis(verdict="rate-too-high", findings=(failed,)), shortcuts=shortcuts,
        data=DataFacts(findings=(empty,), num_left_out=0),
    )  # fmt: skip
    mend, slower, *others = _todo(_with_a_worse_site(run), language)
    assert mend == say("next-data", errors=1)
    assert "--learning-rate 0.01" in slower
    assert others == [shortcut, worst]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_cross_validation_is_told_of_all_its_images_and_fold_by_fold(language: str) -> None:
    say, run = report_text.LANGUAGES[language].say, folds_report()
    page = render_page(report(run, language=language)).replace("\N{NO-BREAK SPACE}", " ")
    judged = say("judged-folds", images=60, folds=3)
    assert in_one_way(say("answer-interval-folds", accuracy=run.score.accuracy, judged=judged)) in page
    assert (
        say("folds-mean", folds=3, mean=run.score.accuracy.value, spread=0.0).replace("\N{NO-BREAK SPACE}", " ") in page
    )
    table = page.split('id="folds"')[1].split("</table>")[0]
    assert re.findall(r'<th scope="row">([^<]*)</th>', table) == ["1", "2", "3", say("all-folds")]
    assert re.findall(r"<td>(\d+)</td>", table) == ["20", "40"] * 3 + ["60"]
    counts = re.findall(r'<td class="(?:right|wrong)\d">.*?>(\d+)<', page)
    assert list(map(int, counts)) == [each for row in run.score.confusion for each in row]
    assert '<span class="flag">--folds</span> 3' in page
    assert say("methods-folds", folds=3) in page
    # It is no model: it has neither a curve of one, nor is there one to use.
    for absent in ("more", "curves"):
        assert f'id="{absent}"' not in page
    assert "classeur predict" not in page
    [use] = _todo(run, language)
    assert "classeur train DATA --model efficientnet_lite0" in use
    assert "--folds" not in use
    unmapped = render_page(report(_changed(run, remarks=("no-maps", "no-neighbours")), language=language))
    assert "classeur explain RUNS/folds/fold1 PATH" in unmapped
    assert "classeur report RUNS/folds</code>" in unmapped
    half = proportion(30, 60)
    [chance] = _todo(_with_score(run, accuracy=half, balanced_accuracy=half), language)
    assert "classeur curve DATA" in chance
    [failed] = _todo(_changed(run, failed_folds=("fold2", "fold3")), language)
    assert "classeur report RUNS/folds/fold2" in failed
    assert "2" in failed.split("classeur")[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_balanced_accuracy_is_told_where_classes_differ_in_size(language: str) -> None:
    """Of classes of one size it is the accuracy, whose interval is found otherwise: two of one number puzzle."""
    words = report_text.LANGUAGES[language].sentences["methods-balanced"].split("{")[0]
    assert words not in render_page(report(run_report(num_images=60), language=language))
    uneven = _said(report(run_report(num_images=61), language=language))
    score = run_report(num_images=61).score
    assert words in uneven
    assert f"{100 * score.balanced_accuracy.value:.1f}%" in uneven.split(words)[1][:60]


@pytest.mark.parametrize("language", LANGUAGES)
def test_findings_are_told_with_the_command_that_mends_them(language: str) -> None:
    plan = Command(verb="inspect", arguments=("DATA",), options={"plan": "plan.csv"})
    leak = Finding(
        code="leak", severity="error", subject="a.jpg",
        values={"paths": ["a.jpg", "b.jpg"], "splits": ["train", "validation"]},
        changes=(Change(code="keep-in-one-split", command=plan),),
    )  # fmt: skip
    page = render_page(report(_ready(data=DataFacts(findings=(leak,), num_left_out=0)), language=language))
    section = page.split('id="data"')[1].split("</section>")[0].replace("\N{NO-BREAK SPACE}", " ")
    assert re.sub("<(?!/?code)[^>]*>", "", section).count("<code>classeur inspect DATA --plan plan.csv</code>") == 1


@pytest.mark.parametrize(("language", "plan", "dropped"), [("en", "by hand", "of validation"), ("ko", "뺐다", "검증")])
def test_methods_name_what_was_left_out_and_what_leaks(language: str, plan: str, dropped: str) -> None:
    say = report_text.LANGUAGES[language].say

    def told(run: RunReport) -> str:
        page = render_page(report(run, language=language)).split("<blockquote>")[1].split("</blockquote>")[0]
        return re.sub("<[^>]*>", "", page).replace("\N{NO-BREAK SPACE}", " ")

    left_out = told(_changed(run_report(), left_out={"plan.csv": 3, "--drop-leaks": 1}))
    assert say("methods-left-out-plan", number=3, name="plan.csv") in left_out
    assert say("methods-left-out-leaks", number=1) in left_out
    assert plan in left_out
    assert dropped in left_out
    found = leaked([True] * 50 + [False] * 10, [True] * 30 + [False] * 30, dropped=True)
    leaking = in_one_way(say("methods-leaks", leaks=30, images=60, accuracy=found.with_them))
    assert leaking in told(_with_score(run_report(), leaked=found))
    assert leaking not in told(run_report())
    throughout = leaked([True] * 60, [True] * 60, dropped=False)
    assert say("methods-none-new") in told(_with_score(run_report(), leaked=throughout))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_text_of_the_chart_of_calibration_has_all_its_bins(language: str) -> None:
    run = run_report()
    bins = tuple(Bin(probability=at, right=proportion(round(20 * at), 20)) for at in (0.612, 0.915, 0.999))
    page = render_page(report(_changed(run, bins=bins), language=language)).replace("\N{NO-BREAK SPACE}", " ")
    [text] = [each for each in re.findall("<desc[^>]*>(.*?)</desc>", page, re.DOTALL) if "91.5%" in each]
    assert re.findall(r"[0-9.]+%", text) == ["61.2%", "60.0%", "91.5%", "90.0%", "99.9%", "100%"]


def test_korean_near_duplicates_are_sentences() -> None:
    values = {"num_pairs": 9, "num_images": 12, "kinds": {"copy": 9}, "num_contradictions": 2, "num_leaks": 4}
    found = Finding(code="near-duplicates", severity="warning", subject="DATA", values=values)
    assert (
        report_text.LANGUAGES["ko"]
        .evidence(found)
        .endswith("2무리는 두 클래스에 걸쳐 있습니다. 4무리는 두 분할에 걸쳐 있습니다")
    )


def test_one_image_of_several_is_an_image() -> None:
    say = report_text.LANGUAGES["en"].say
    assert say("cell-unsure", shown=1) == "Shown: the 1 image that it was least sure of."
    assert say("mistakes-some", shown=2, errors=3, images=9).endswith("Shown: the 2 images that it was surest of.")


def test_on_paper_no_heading_is_left_behind() -> None:
    """What Chromium separates from its heading is in one block with it, which no page breaks."""
    page = render_page(report())
    assert re.search(r"@media print.*\.whole { break-inside: avoid; }", page, re.DOTALL)
    heads = re.findall(r'<div class="whole"><h3>([^<]*)</h3>', page)
    assert heads == ["cats", "dogs", "For a methods section"]
    assert page.count("<blockquote>") == page.count("</blockquote></div>") == 1


@pytest.mark.parametrize(("language", "images"), [("en", "60 validation images"), ("ko", "검증 이미지 60장")])
def test_the_chart_of_errors_names_its_images_also_where_the_page_is_of_the_test(language: str, images: str) -> None:
    run = run_report()
    of_test = run.score.model_copy(update={"num_images": 23})
    run = run.model_copy(update={"evaluation": run.evaluation.with_score("test", of_test), "judged": "test"})
    found = risk_chart(run, report_text.LANGUAGES[language])
    assert images in found.title
    assert images in found.description
    of_folds = risk_chart(folds_report().model_copy(update={"risk": run.risk}), report_text.LANGUAGES["en"])
    assert "on 60 images in 3 folds" in of_folds.title
