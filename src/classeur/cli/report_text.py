"""A report on a console: the answer of each run, its verdict, and where the page is."""

from pathlib import Path

from classeur.cli.console import console
from classeur.delivery.isolation import isolated, isolated_in
from classeur.delivery.report import Report
from classeur.delivery.report_answers import answer, answer_interval, calibration, folds_mean, shortcut, would_more_help
from classeur.delivery.report_markup import in_one_way
from classeur.delivery.report_text import LANGUAGES


def print_report(report: Report, page: Path) -> None:
    """Print the summary of a report, in its language."""
    out, language = console(), LANGUAGES[report.language]
    for run in report.runs:
        interval = answer_interval(run, language)
        out.print(f"{isolated(run.name)}: {answer(run, language)} ({interval})", markup=False)
        verdict = [language.evidence(run.diagnosis.findings[0])] if run.diagnosis else []
        told = [
            *verdict,
            would_more_help(run, language) if run.folds is None else folds_mean(run.folds, language),
            *(shortcut(each, language) for each in run.shortcuts),
            *calibration(run, language),
        ]
        for sentence in told:
            out.print(f"  {in_one_way(sentence)}", markup=False)
    if report.comparison is not None:
        for sentence in language.comparison(isolated_in(report.comparison)):
            out.print(in_one_way(sentence), markup=False)
    out.print(str(page), markup=False)
