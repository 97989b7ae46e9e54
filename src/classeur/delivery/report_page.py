"""A report as one HTML page: no script, no request, and nothing in a name that is not text."""

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from importlib import resources
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape

from classeur.data.findings import Finding
from classeur.delivery.captions import drawable
from classeur.delivery.report import Cell, Report, RunReport
from classeur.delivery.report_answers import answer, calibration, shortcut, would_more_help
from classeur.delivery.report_charts import (
    history_charts,
    learning_curve,
    reliability_chart,
    risk_chart,
    side_chart,
)
from classeur.delivery.report_methods import methods, what_was_done
from classeur.delivery.report_text import LANGUAGES, Language
from classeur.delivery.wording import command_line, percent, typed

# Tints of the confusion matrix: shares of a row from which on a cell is darker.
_TINTS = (0.02, 0.2, 0.6)
_MOST_PATHS = 6
# Groups in the table of groups, the worst first.
_MOST_GROUPS = 20


def render_page(report: Report) -> str:
    """Return a report as HTML that opens by itself, in the report's language."""
    language = LANGUAGES[report.language]
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters.update(_filters(report, language))
    environment.finalize = _as_text
    pages = resources.files("classeur.delivery") / "pages"
    style = (pages / "report.css").read_text(encoding="utf-8")
    template = environment.from_string((pages / "report.html.jinja").read_text(encoding="utf-8"))
    names = [run.name for run in report.runs]
    title = language.say("title", name=names[0]) if len(names) == 1 else language.say("title-several", names=names)
    return template.render(
        report=report,
        title=title,
        t=language.say,
        thumbnails=_as_written(report.thumbnails) if report.with_photographs else {},
        maps=_as_written(report.maps) if report.with_photographs else {},
        style=Markup(style),
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
    )


def _as_written(pictures: Mapping[str, str]) -> dict[str, Markup]:
    """Return data URIs, in which nothing is to be escaped, as they are."""
    return {hash_: Markup(picture) for hash_, picture in pictures.items()}


def _as_text(value: Any) -> Any:
    """Return a value as it is shown: names as Unicode that is drawn, whatever bytes a file name has."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    # A number and its % stay in one line.
    return re.sub(r"(?<=\d) (?=%)", "\N{NO-BREAK SPACE}", drawable(value))


def _filters(report: Report, language: Language) -> dict[str, Callable[..., Any]]:
    thumbnails = report.thumbnails if report.with_photographs else {}
    cells = {(run.name, each.true, each.predicted): each for run in report.runs for each in run.cells}

    def has_photographs(cell: Cell) -> bool:
        return any(each.hash in thumbnails for each in cell.shown)

    def has_pictures(run: RunReport) -> bool:
        return any(map(has_photographs, run.cells))

    return {
        "share": percent,
        "decimal": lambda value: "∞" if value == float("inf") else f"{value:.3f}",
        "points": lambda value: f"{100 * value:+.1f}",
        "small": lambda value: f"{value:.2g}",
        "flag": lambda name: "--" + str(name).replace("_", "-"),
        "typed": lambda value: "–" if value is None else typed(value),
        "base": lambda path: path.rsplit("/", 1)[-1],
        "evidence": language.evidence,
        "advice": lambda finding: _with_code(language.advice(finding), finding),
        "paths": lambda finding: _paths(finding.subject, finding.values.get("paths", [])),
        "shown_classes": _shown_classes,
        "cell": lambda run, true, predicted: cells.get((run.name, true, predicted)),
        "tint": _tint,
        "has_photographs": has_photographs,
        "has_pictures": has_pictures,
        "answer": lambda run: answer(run, language),
        "would_more_help": lambda run: would_more_help(run, language),
        "calibration_sentences": lambda run: list(calibration(run, language)),
        "shortcut": lambda place: shortcut(place, language),
        "learning_curve": lambda run: learning_curve(run.curve, language),
        "reliability_chart": lambda run: reliability_chart(run, language),
        "risk_chart": lambda run: risk_chart(run, language),
        "history_charts": lambda run: history_charts(run, language),
        "worst_groups": lambda run: list(run.score.by_group.items())[:_MOST_GROUPS],
        "worst_slice": lambda run: _worst_slice(run, language),
        "side_chart": lambda report: side_chart(report, language),
        "comparison_sentences": lambda report: (
            language.comparison(report.comparison)
            if report.comparison
            else [language.say("not-compared"), *([report.not_compared] if report.language == "en" else [])]
        ),
        "what_was_done": lambda run: list(what_was_done(run, language)),
        "methods": lambda run: list(methods(run, language)),
    }


def _with_code(sentence: str, finding: Finding) -> Markup:
    """Return a sentence in which the commands of a finding's changes are marked as code."""
    marked = escape(_as_text(sentence))
    for change in finding.changes:
        if change.command is not None:
            typed_ = escape(_as_text(command_line(change.command)))
            marked = Markup(str(marked).replace(typed_, f"<code>{typed_}</code>"))
    return Markup("<br>").join(marked.split("\n"))


def _paths(subject: str, named: Any) -> list[str]:
    return list(dict.fromkeys([subject, *(named if isinstance(named, list) else [])]))[:_MOST_PATHS]


def _worst_slice(run: RunReport, language: Language) -> str:
    """Return where the model does worse beyond chance; "" if nowhere."""
    slices = run.score.slices
    return language.slice(slices.worst, slices.num_looked_at) if slices and slices.worst else ""


def _shown_classes(run: RunReport) -> list[str]:
    """Return the classes of the matrix, in their order: those that have cells."""
    named = {name for cell in run.cells for name in (cell.true, cell.predicted)}
    return [name for name in run.facts.class_names if name in named]


def _tint(run: RunReport, cell: Cell) -> str:
    """Return how dark a cell is: by its share of its row."""
    share = cell.num_images / max(1, run.score.per_class[cell.true].num_images)
    level = 1 + sum(share >= each for each in _TINTS)
    return f"{'right' if cell.true == cell.predicted else 'wrong'}{level}"
