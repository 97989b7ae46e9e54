"""The files of `inspect --out`: findings as JSON, as a CSV, and as pictures."""

import json
from contextlib import suppress
from functools import partial
from pathlib import Path

from classeur.data.folder import ImageFolder
from classeur.data.inspection import Inspection
from classeur.data.plan import PLAN_COLUMNS
from classeur.delivery.findings_table import COLUMNS, as_json, kinds, rows
from classeur.delivery.progress import Reporter
from classeur.delivery.wording import counted
from classeur.delivery.words import evidence
from classeur.images.pixels import PixelStore
from classeur.run import to_csv
from classeur.storage import write_text, writing_to
from classeur.workflows.places import claim_output


def write_findings(
    out: Path, inspection: Inspection, folder: ImageFolder, pixels: PixelStore, reporter: Reporter
) -> list[Path]:
    """Write `inspection.json`, `findings.csv`, a PNG for each kind of finding about images, and one of the classes.

    Pictures and lists of an earlier inspection in the same folder are removed. The texts are written first: Ctrl-C
    while the pictures are drawn leaves all findings.

    Args:
        out: the folder for the files.
        inspection: what was found.
        folder: in which it was found.
        pixels: of its images.
        reporter: where an interruption is told.

    Returns:
        The pictures' paths, the worst findings first, the classes last.

    Raises:
        StorageError: if a file cannot be written.
    """
    from classeur.delivery.inspection_sheets import InspectionSheets  # loads matplotlib

    claim_output(out)
    sheets, drawings = InspectionSheets(folder, pixels), {}
    for kind in kinds(inspection.findings):
        if shown := sheets.shown([finding for finding in inspection.findings if finding.code == kind.code]):
            drawings[out / f"{kind.code}.png"] = partial(sheets.draw, kind, shown)
    if strips := sheets.strips():
        drawings[out / "classes.png"] = partial(sheets.draw_classes, strips)
    for path in _earlier_files(out):
        with writing_to(path):
            path.unlink(missing_ok=True)
    write_text(out / "findings.csv", to_csv(COLUMNS, rows(inspection, folder)))
    lists = _write_lists(out, inspection, folder)
    facts = {**as_json(inspection), "pictures": [path.name for path in drawings], "lists": lists}
    write_text(out / "inspection.json", json.dumps(facts, indent=2) + "\n")
    for number, (path, draw) in enumerate(drawings.items()):
        try:
            draw(path)
        except KeyboardInterrupt:
            reporter.warn(
                f"{out}: findings.csv and inspection.json are complete, and {number} of"
                f" {counted(len(drawings), 'picture')} {'is' if number == 1 else 'are'} drawn; the same command draws"
                " all"
            )
            raise
    return list(drawings)


def list_path(out: Path, code: str) -> Path:
    """Return where the images of a kind of finding are listed, as `train` and `split` take them to be left out."""
    return out / f"{code}.csv"


def _write_lists(out: Path, inspection: Inspection, folder: ImageFolder) -> list[str]:
    """Write a list of the images of each kind of poor quality, which no plan leaves out; return their names."""
    rows_of: dict[str, list[tuple[str, str, str, str]]] = {}
    places = {path: row for row, path in enumerate(folder.paths)}
    for finding in inspection.findings:
        if any(change.code == "look-quality" for change in finding.changes):
            label = int(folder.labels[places[finding.subject]])
            name = folder.class_names[label] if label >= 0 else ""
            rows_of.setdefault(finding.code, []).append((finding.subject, name, finding.code, evidence(finding)))
    for code, its in rows_of.items():
        write_text(list_path(out, code), to_csv(PLAN_COLUMNS, its))
    return [list_path(out, code).name for code in rows_of]


def _earlier_files(out: Path) -> set[Path]:
    """Return the pictures and lists that an earlier inspection says it has written here."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        facts = json.loads((out / "inspection.json").read_text(encoding="utf-8"))
        names = [*facts["pictures"], *facts.get("lists", ())]
        return {out / name for name in names if name == Path(name).name and name.endswith((".png", ".csv"))}
    return set()
