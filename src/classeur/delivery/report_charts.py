"""The charts of a report."""

from collections.abc import Sequence

from classeur.delivery.charts import Chart, Line, chart
from classeur.delivery.report import CurvePoint, Report, RunReport
from classeur.delivery.report_answers import judged
from classeur.delivery.report_text import Language
from classeur.delivery.wording import percent
from classeur.estimate import Estimate
from classeur.evaluation.cross_validation import CrossValidation


def learning_curve(points: Sequence[CurvePoint], language: Language) -> Chart | None:
    """Return accuracy by number of training images; None where it was not measured."""
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
        x_text=lambda value, _: f"{value:,.0f}",
        y_text=_share,
        x_ticks=[each.num_images for each in points],
        is_x_log=True,
    )


def reliability_chart(run: RunReport, language: Language) -> Chart:
    """Return how often answers are right, by how sure they are."""
    first = run.bins[0]
    told = [language.say("reliability-bin", probability=each.probability, right=each.right) for each in run.bins]
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
            bins=type(told[0])("; ").join(told),
        ),
        x_label=language.say("sureness"),
        y_label=language.say("right-share"),
        x_text=_share,
        y_text=_share,
        x_range=(low, 1.0),
        y_range=(low, 1.0),
    )


def risk_chart(run: RunReport, language: Language) -> Chart:
    """Return how many answers are wrong, by how many are given."""
    # Of a single run the validation images, also where the page is about the test images.
    images = run.evaluation.splits["validation"].num_images if run.folds is None else 0
    on = language.say("judged-validation", images=images) if run.folds is None else judged(run, language)
    half = min(run.risk, key=lambda each: abs(each.coverage - 0.5))
    most = max(each.error for each in run.risk)
    return chart(
        [Line(language.say("wrong-share"), [(each.coverage, each.error) for each in run.risk], marks=False)],
        title=language.say("risk-title", on=on),
        description=language.say("risk-description", on=on, all=run.risk[-1].error, half=half.error),
        x_label=language.say("coverage"),
        y_label=language.say("wrong-share"),
        x_text=_share,
        y_text=_share,
        x_range=(0.0, 1.0),
        y_range=(0.0, 1.1 * most or 0.01),
    )


def history_charts(run: RunReport, language: Language) -> list[Chart]:
    """Return accuracy and loss by epoch."""
    history, best = run.history, run.history.best_epoch
    few = len(history.epochs) <= 30
    charts = []
    for what, text, tick in (("accuracy", percent, _share), ("loss", _loss, _loss)):
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
                x_text=lambda value, _: f"{value:g}",
                y_text=tick,
            )
        )
    return charts


def side_chart(report: Report, language: Language) -> Chart:
    """Return the accuracies of several runs with their intervals."""
    accuracies = [run.evaluation.splits["validation"].accuracy for run in report.runs]
    return _accuracies(accuracies, [run.name for run in report.runs], "", "side-title", language)


def folds_chart(folds: CrossValidation, language: Language) -> Chart:
    """Return the accuracy of each fold with its interval."""
    judging = {str(at): each.accuracy for at, each in enumerate(folds.folds, 1) if each.accuracy is not None}
    return _accuracies(list(judging.values()), list(judging), language.say("fold"), "folds-chart", language)


def _accuracies(
    accuracies: Sequence[Estimate], names: Sequence[str], x_label: str, title: str, language: Language
) -> Chart:
    return chart(
        [
            Line(
                language.say("accuracy"),
                [(number, each.value) for number, each in enumerate(accuracies, 1)],
                "points",
                intervals=[(each.low, each.high) for each in accuracies],
            )
        ],
        title=language.say(title),
        description="; ".join(
            f"{name}: {percent(each.value)} ({percent(each.low)} … {percent(each.high)})"
            for name, each in zip(names, accuracies, strict=True)
        ),
        x_label=x_label,
        y_label=language.say("accuracy"),
        x_text=lambda value, _: names[round(value) - 1],
        y_text=_share,
        x_range=(0.5, len(names) + 0.5),
        x_ticks=range(1, len(names) + 1),
    )


def _share(share: float, decimals: int) -> str:
    """Return a share at a tick: a round number, which needs no more digits than tell it from the next."""
    return f"{share:.{max(0, decimals - 2)}%}"


def _loss(loss: float, decimals: int = 3) -> str:
    return f"{loss:.{max(2, decimals)}f}"
