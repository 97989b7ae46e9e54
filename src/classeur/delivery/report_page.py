"""A report as one HTML page: no script, no request, and nothing in a name that is not text."""

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import resources
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from classeur.delivery.captions import drawable
from classeur.delivery.report import Cell, CurvePoint, Report, RunReport, Shortcut
from classeur.delivery.report_charts import Chart, Line, chart
from classeur.delivery.report_methods import methods, what_was_done
from classeur.delivery.report_text import LANGUAGES, Language
from classeur.delivery.wording import percent, typed

# Tints of the confusion matrix: shares of a row from which on a cell is darker.
_TINTS = (0.02, 0.2, 0.6)
_MOST_PATHS = 6


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
    return drawable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


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
        "where": _where,
        "evidence": language.evidence,
        "advice": language.advice,
        "paths": lambda finding: _paths(finding.subject, finding.values.get("paths", [])),
        "shown_classes": _shown_classes,
        "cell": lambda run, true, predicted: cells.get((run.name, true, predicted)),
        "tint": _tint,
        "has_photographs": has_photographs,
        "has_pictures": has_pictures,
        "answer": lambda run: _answer(run, language),
        "would_more_help": lambda run: _would_more_help(run, language),
        "calibration_sentences": lambda run: list(_calibration(run, language)),
        "learning_curve": lambda run: _learning_curve(run.curve, language),
        "reliability_chart": lambda run: _reliability_chart(run, language),
        "risk_chart": lambda run: _risk_chart(run, language),
        "history_charts": lambda run: _history_charts(run, language),
        "side_chart": lambda report: _side_chart(report, language),
        "comparison_sentences": lambda report: (
            language.comparison(report.comparison)
            if report.comparison
            else [language.say("not-compared"), *([report.not_compared] if report.language == "en" else [])]
        ),
        "what_was_done": lambda run: list(what_was_done(run, language)),
        "methods": lambda run: list(methods(run, language)),
    }


def _paths(subject: str, named: Any) -> list[str]:
    return list(dict.fromkeys([subject, *(named if isinstance(named, list) else [])]))[:_MOST_PATHS]


def _where(place: Shortcut) -> str:
    """Return which ninth of the picture the middle of a place lies in, as a sentence's key."""
    down, across = (place.top + place.bottom) / 2, (place.left + place.right) / 2
    row = "upper" if down < 1 / 3 else "lower" if down > 2 / 3 else "middle"
    column = "left" if across < 1 / 3 else "right" if across > 2 / 3 else "middle"
    return f"where-{row}-{column}"


def _shown_classes(run: RunReport) -> list[str]:
    """Return the classes of the matrix, in their order: those that have cells."""
    named = {name for cell in run.cells for name in (cell.true, cell.predicted)}
    return [name for name in run.facts.class_names if name in named]


def _tint(run: RunReport, cell: Cell) -> str:
    """Return how dark a cell is: by its share of its row."""
    share = cell.num_images / max(1, run.score.per_class[cell.true].num_images)
    level = 1 + sum(share >= each for each in _TINTS)
    return f"{'right' if cell.true == cell.predicted else 'wrong'}{level}"


def _answer(run: RunReport, language: Language) -> str:
    names, accuracy = run.facts.class_names, run.score.accuracy
    if run.facts.one_class:
        return language.say("answer-one", first=names[0], accuracy=accuracy)
    if len(names) == 2:
        return language.say("answer-two", first=names[0], second=names[1], accuracy=accuracy)
    return language.say("answer-many", classes=len(names), accuracy=accuracy)


def _would_more_help(run: RunReport, language: Language) -> str:
    for finding in run.diagnosis.findings if run.diagnosis else ():
        if finding.code == "more-images":
            return language.evidence(finding)
    return language.say("more-unmeasured")


def _calibration(run: RunReport, language: Language) -> Iterator[str]:
    error, found, decided = run.score.calibration_error, run.calibration, run.facts.decided
    if error is None:
        yield language.say("calibration-few")
    else:
        yield language.say("calibration-error", error=error.value, low=error.low, high=error.high)
    if found is not None and found.temperature != 1 and found.low is not None and found.high is not None:
        yield language.say(
            "temperature",
            temperature=found.temperature,
            low=found.low,
            high=found.high,
            on=fitted_on(run, language),
        )
    elif found is not None:
        yield language.say("temperature-one")
    if run.facts.one_class:
        return
    if decided.unsure_up_to is not None and decided.max_error is not None:
        yield language.say(
            "unsure-from", threshold=decided.unsure_up_to, error=decided.max_error, coverage=decided.coverage or 0.0
        )
    if decided.unlike_above is not None and decided.none_of_these is not None:
        yield language.say("unlike-from", share=decided.none_of_these)
    if decided.unsure_up_to is None and decided.unlike_above is None:
        yield language.say("always-answers")


def fitted_on(run: RunReport, language: Language) -> str:
    """Return which images a temperature was fitted to."""
    found = run.calibration
    key = "on-validation" if found is None or found.fitted_on.startswith("validation") else "on-held-out"
    return language.say(key, images=0 if found is None else found.num_images)


def _learning_curve(points: Sequence[CurvePoint], language: Language) -> Chart | None:
    if len(points) < 2:
        return None
    first, last = points[0], points[-1]
    return chart(
        [
            Line(
                language.say("validation"),
                [(each.num_images, each.accuracy.value) for each in points],
                intervals=[(each.accuracy.low, each.accuracy.high) for each in points],
            )
        ],
        title=language.say("curve-title"),
        description=language.say(
            "curve-description",
            first=first.accuracy,
            few=first.num_images,
            last=last.accuracy,
            many=last.num_images,
        ),
        x_label=language.say("training-images"),
        y_label=language.say("accuracy"),
        x_text=lambda value: f"{value:,.0f}",
        y_text=percent,
        x_ticks=[each.num_images for each in points],
        is_x_log=True,
    )


def _reliability_chart(run: RunReport, language: Language) -> Chart:
    first, last = run.bins[0], run.bins[-1]
    lowest = min(first.probability, first.right.value, 1 / max(2, len(run.facts.class_names)))
    low = max(0.0, lowest - 0.05)
    return chart(
        [
            Line(language.say("reliability-right"), [(low, low), (1.0, 1.0)], "rule", marks=False),
            Line(
                language.say("reliability-measured"),
                [(each.probability, each.right.value) for each in run.bins],
                intervals=[(each.right.low, each.right.high) for each in run.bins],
            ),
        ],
        title=language.say("reliability-title"),
        description=language.say(
            "reliability-description",
            low=first.probability,
            low_right=first.right,
            high=last.probability,
            high_right=last.right,
        ),
        x_label=language.say("sureness"),
        y_label=language.say("right-share"),
        x_text=percent,
        y_text=percent,
        x_range=(low, 1.0),
        y_range=(low, 1.0),
    )


def _risk_chart(run: RunReport, language: Language) -> Chart:
    half = min(run.risk, key=lambda each: abs(each.coverage - 0.5))
    most = max(each.error for each in run.risk)
    return chart(
        [Line(language.say("wrong-share"), [(each.coverage, each.error) for each in run.risk], marks=False)],
        title=language.say("risk-title"),
        description=language.say("risk-description", all=run.risk[-1].error, half=half.error),
        x_label=language.say("coverage"),
        y_label=language.say("wrong-share"),
        x_text=percent,
        y_text=lambda share: percent(share) if share else "0%",
        x_range=(0.0, 1.0),
        y_range=(0.0, 1.1 * most or 0.01),
    )


def _history_charts(run: RunReport, language: Language) -> list[Chart]:
    history, best = run.history, run.history.best_epoch
    few = len(history.epochs) <= 30
    charts = []
    for what, text in (("accuracy", percent), ("loss", lambda value: f"{value:.2f}")):
        last, at_best = (getattr(history.epochs[at], f"val_{what}") for at in (-1, best - 1))
        charts.append(
            chart(
                [
                    Line(
                        language.say(name),
                        [(each.epoch, getattr(each, prefix + what)) for each in history.epochs],
                        kind,
                        marks=few,
                    )
                    for name, prefix, kind in (("validation", "val_", "a"), ("training", "", "b"))
                ],
                title=language.say(f"history-{what}"),
                description=language.say("history-description", last=text(last), best=text(at_best), epoch=best),
                x_label=language.say("epoch"),
                y_label=language.say(what),
                x_text=lambda value: f"{value:g}",
                y_text=text,
            )
        )
    return charts


def _side_chart(report: Report, language: Language) -> Chart:
    accuracies = [run.evaluation.splits["validation"].accuracy for run in report.runs]
    names = [run.name for run in report.runs]
    return chart(
        [
            Line(
                language.say("accuracy"),
                [(number, each.value) for number, each in enumerate(accuracies, 1)],
                "none",
                intervals=[(each.low, each.high) for each in accuracies],
            )
        ],
        title=language.say("side-title"),
        description="; ".join(
            f"{name}: {percent(each.value)} ({percent(each.low)} … {percent(each.high)})"
            for name, each in zip(names, accuracies, strict=True)
        ),
        x_label="",
        y_label=language.say("accuracy"),
        x_text=lambda value: names[round(value) - 1],
        y_text=percent,
        x_range=(0.5, len(names) + 0.5),
        x_ticks=range(1, len(names) + 1),
    )
