"""A report as one HTML page: no script, no request, and nothing in a name that is not text."""

import base64
import hashlib
from collections.abc import Callable
from importlib import resources
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from classeur.data.findings import Command, Finding
from classeur.delivery.isolation import isolated_in
from classeur.delivery.report import Cell, Report, RunReport
from classeur.delivery.report_answers import (
    answer,
    answer_interval,
    calibration,
    folds_mean,
    judged,
    mistakes,
    remarks,
    shortcut,
    would_more_help,
)
from classeur.delivery.report_charts import (
    folds_chart,
    history_charts,
    learning_curve,
    reliability_chart,
    risk_chart,
    side_chart,
)
from classeur.delivery.report_markup import code, name, sentence
from classeur.delivery.report_methods import methods, what_was_done
from classeur.delivery.report_steps import next_steps
from classeur.delivery.report_text import LANGUAGES, Language
from classeur.delivery.wording import command_line, percent, typed
from classeur.evaluation.scoring import ClassScore
from classeur.improvement.comparison import Pair

# Tints of the confusion matrix: shares of a row from which on a cell is darker.
_TINTS = (0.02, 0.2, 0.6)
_MOST_PATHS = 6
# Below, a p-value is said to be smaller.
_LEAST_P = 0.0001
# What is done without a command: that of a terminal is for who does not train.
_ANYWAY = frozenset(("keep-on-one-side",))
# Groups in the table of groups, the worst first.
_MOST_GROUPS = 20


def render_page(report: Report, *, in_frame: bool = False) -> str:
    """Return a report as HTML that opens by itself, in the report's language.

    Args:
        report: the facts.
        in_frame: whether it is shown by the `srcdoc` of a frame, as in a notebook. There a link to a part of the page
            would lead to the page around it: the base of its links is then itself.
    """
    language = LANGUAGES[report.language]._replace(is_page=True)
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
        in_frame=in_frame,
        t=language.say,
        style=Markup(style),
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
    )


def _as_text(value: Any) -> Any:
    """Return a value as it is shown: sentences are HTML already, and what else is text is someone's name."""
    return name(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _filters(report: Report, language: Language) -> dict[str, Callable[..., Any]]:
    cells = {(run.number, each.true, each.predicted): each for run in report.runs for each in run.cells}

    def photograph(run: RunReport, hash_: str) -> Markup | None:
        return _as_written(report.pictures_of(run).thumbnails.get(hash_))

    def has_photographs(cell: Cell, run: RunReport) -> bool:
        return any(photograph(run, each.hash) for each in cell.shown)

    return {
        "share": percent,
        "decimal": lambda value: "∞" if value == float("inf") else f"{value:.3f}",
        "points": lambda value: f"{100 * value:+.1f}".replace("-", "\N{MINUS SIGN}"),
        "small": lambda value: f"{value:.2g}" if value >= _LEAST_P else f"< {_LEAST_P:g}",
        "flag": lambda name: "--" + str(name).replace("_", "-"),
        "typed": lambda value: "–" if value is None else typed(value),
        "base": lambda path: path.rsplit("/", 1)[-1],
        "evidence": lambda finding: sentence(language.evidence(finding)),
        "advice": lambda finding: _with_code(language.advice(finding), finding),
        "inspecting": _inspecting,
        "paths": lambda finding: _paths(finding.subject, finding.values.get("paths", [])),
        "shown_classes": _shown_classes,
        "cell": lambda run, true, predicted: cells.get((run.number, true, predicted)),
        "others": _others,
        "tint": _tint,
        "photograph": photograph,
        "mistake_map": lambda run, each: _as_written(report.pictures_of(run).maps.get((each.hash, each.label))),
        "place": lambda run, each: _as_written(report.pictures_of(run).places.get(each.hash)),
        "has_photographs": has_photographs,
        "has_pictures": lambda run: bool(report.pictures_of(run).thumbnails),
        "answer": lambda run: answer(run, language),
        "judged": lambda run: judged(run, language),
        "answer_interval": lambda run: answer_interval(run, language),
        "remarks": lambda run: list(remarks(run, language)),
        "would_more_help": lambda run: sentence(would_more_help(run, language)),
        "calibration_sentences": lambda run: list(calibration(run, language)),
        "mistakes_sentence": lambda run: mistakes(run, language),
        "shortcut": lambda place: shortcut(place, language),
        "folds_mean": lambda folds: folds_mean(folds, language),
        "folds_chart": lambda folds: folds_chart(folds, language),
        "learning_curve": lambda run: learning_curve(run.curve, language),
        "reliability_chart": lambda run: reliability_chart(run, language),
        "risk_chart": lambda run: risk_chart(run, language),
        "history_charts": lambda run: history_charts(run, language),
        "scored_classes": _scored_classes,
        "worst_groups": lambda run: list(run.score.by_group.items())[:_MOST_GROUPS],
        "worst_slice": lambda run: sentence(_worst_slice(run, language)),
        "next_steps": lambda run: list(next_steps(run, language)),
        "side_caption": lambda report: _side_caption(report, language),
        "pair": _pair,
        "side_chart": lambda report: side_chart(report, language),
        "comparison_sentences": lambda report: list(map(sentence, _comparison_sentences(report, language))),
        "what_was_done": lambda run: list(what_was_done(run, language)),
        "methods": lambda run: list(methods(run, language)),
    }


def _inspecting(run: RunReport) -> Command:
    """Return the command that shows all findings among the images that a run used."""
    reading = {"group_by": run.facts.recipe.split.group_by, **run.reading, "keep_split": None}
    return Command(verb="inspect", arguments=("DATA",), options=reading)


def _as_written(picture: str | None) -> Markup | None:
    """Return a data URI, in which nothing is to be escaped, as it is."""
    return None if picture is None else Markup(picture)


def _with_code(advice: str, finding: Finding) -> Markup:
    """Return a sentence in which the commands of a finding's changes are code; those that it lacks follow it."""
    marked, others = sentence(advice), []
    for change in finding.changes:
        if change.command is not None:
            typed_ = command_line(change.command)
            told = str(sentence(typed_))
            if told not in marked and change.code not in _ANYWAY:
                others.append(code(typed_))
            marked = Markup(str(marked).replace(told, str(code(typed_))))
    return Markup("<br>").join([*marked.split("\n"), *others])


def _comparison_sentences(report: Report, language: Language) -> list[str]:
    """Return what was found of several runs, and which of them are not compared."""
    compared = report.comparison.names if report.comparison else ()
    others = [run.name for run in report.runs if run.name not in compared]
    found = language.comparison(isolated_in(report.comparison)) if report.comparison else []
    if others:
        found.append(language.say("not-compared-some", names=others) if compared else language.say("not-compared"))
        found += [report.not_compared] if report.language == "en" and report.not_compared else []
    return found


def _side_caption(report: Report, language: Language) -> str:
    """Return what the table of several runs compares."""
    if report.comparison is None:
        return language.say("side-table-alone")
    key = "side-table" if len(report.comparison.names) == len(report.runs) else "side-table-some"
    return language.say(key, first=report.comparison.names[0])


def _pair(report: Report, run: RunReport) -> Pair | None:
    """Return the comparison of a run with the first of those that are compared."""
    pairs = report.comparison.pairs if report.comparison else ()
    return next((each for each in pairs if each.second == run.name), None)


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


def _others(run: RunReport, true: str | None, predicted: str | None) -> int:
    """Return how many images of a class were called one that the matrix does not show, where None is those classes."""
    shown = set(_shown_classes(run))
    rows, columns = (
        [
            number
            for number, name in enumerate(run.facts.class_names)
            if (name == wanted if wanted is not None else name not in shown)
        ]
        for wanted in (true, predicted)
    )
    return sum(run.score.confusion[row][column] for row in rows for column in columns)


def _scored_classes(run: RunReport) -> list[tuple[str, ClassScore]]:
    """Return the classes of the table with their scores; of a run of one class, that one."""
    scores = run.score.per_class.items()
    return [(name, each) for name, each in scores if each.num_images or not run.facts.one_class]


def _tint(run: RunReport, cell: Cell) -> str:
    """Return how dark a cell is: by its share of its row."""
    share = cell.num_images / max(1, run.score.per_class[cell.true].num_images)
    level = 1 + sum(share >= each for each in _TINTS)
    return f"{'right' if cell.true == cell.predicted else 'wrong'}{level}"
