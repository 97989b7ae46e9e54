"""An inspection on a console."""

import json

from classeur.cli.console import console, print_findings, print_kinds, print_table
from classeur.data.inspection import Inspection
from classeur.delivery.findings_table import as_json
from classeur.delivery.printable import in_one_line
from classeur.delivery.wording import counted

# Findings of one kind that are shown without --all.
_FEW = 5


def print_inspection_json(inspection: Inspection) -> None:
    """Print an inspection as JSON, each finding with its values and sentences."""
    print(json.dumps(as_json(inspection), indent=2))


def print_inspection(inspection: Inspection, *, show_all: bool = False) -> None:
    """Print counts as a table, then sizes and formats, the number of findings of each kind, and the findings.

    Of each kind only the first few, which are the worst, unless `all` is given.
    """
    out = console()
    splits = list(inspection.counts)
    rows: list[list[object]] = [
        [name, *(f"{inspection.counts[split][name]:,}" for split in splits)] for name in inspection.class_names
    ]
    if inspection.class_names:
        rows.append(["total", *(f"{inspection.totals[split]:,}" for split in splits)])
        print_table(["class", *splits], rows)
        out.print()
    left_out = ", ".join(f"{count:,} {reason}" for reason, count in inspection.left_out.items())
    out.print(
        f"found {counted(inspection.num_found, 'file')}: {inspection.num_usable:,} usable,"
        f" {inspection.num_set_aside:,} set aside, {inspection.num_left_out:,} left out"
        + (f" ({in_one_line(left_out)})" if left_out else "")
    )
    if inspection.widths and inspection.heights:
        width, height = inspection.widths, inspection.heights
        out.print(
            f"sizes: {width.least} … {width.greatest} wide (median {width.median:g}),"
            f" {height.least} … {height.greatest} high (median {height.median:g});"
            f" {inspection.total_num_bytes / 1e6:,.1f} MB"
        )
        out.print(f"formats: {_counted(inspection.formats)}; colour modes: {_counted(inspection.modes)}")
    out.print()
    if inspection.findings:
        print_kinds(inspection.findings)
        out.print()
        print_findings(inspection.findings, most=None if show_all else _FEW)
    else:
        out.print("no problems found")


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items())
