"""The files of `inspect --out`: findings as JSON, as a CSV, and as pictures."""

import hashlib
import json
from contextlib import suppress
from functools import partial
from pathlib import Path

from classeur.data.folder import ImageFolder
from classeur.data.inspection import Inspection
from classeur.data.plan import PLAN_COLUMNS, already_left_out
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

    Pictures and lists of an earlier inspection in the same folder are removed, but a list that was edited since. The
    texts are written first: Ctrl-C while the pictures are drawn leaves all findings.

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
    lists = _write_lists(out, inspection, folder, reporter)
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


def _write_lists(out: Path, inspection: Inspection, folder: ImageFolder, reporter: Reporter) -> dict[str, str]:
    """Write a list of the images of each kind of poor quality, which no plan leaves out; return their names and hashes.

    A list that is still there was edited, and stays. Each has what is left out already, since a training follows one.
    """
    written: dict[str, str] = {}
    rows_of: dict[str, list[tuple[str, str, str, str]]] = {}
    places = {path: row for row, path in enumerate(folder.paths)}

    def line(row: int, code: str, reason: str) -> tuple[str, str, str, str]:
        label = int(folder.labels[row])
        return folder.paths[row], folder.class_names[label] if label >= 0 else "", code, reason

    for finding in inspection.findings:
        if any(change.code == "look-quality" for change in finding.changes):
            listed = line(places[finding.subject], finding.code, evidence(finding))
            rows_of.setdefault(finding.code, []).append(listed)
    excluded = [line(*each) for each in already_left_out(folder)]
    for code, its in rows_of.items():
        path = list_path(out, code)
        if path.exists():
            reporter.warn(f"{path} stays as it is, since it was edited; delete it to have it written anew")
        else:
            write_text(path, to_csv(PLAN_COLUMNS, [*its, *excluded]))
            written[path.name] = _digest(path)
    return written


def _digest(path: Path) -> str:
    """Return a hash of a list, by which it is known whether it was edited."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _is_unchanged(path: Path, digest: str) -> bool:
    return path.is_file() and _digest(path) == digest


def _earlier_files(out: Path) -> set[Path]:
    """Return the pictures and lists that an earlier inspection has written here, as they were written."""
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        facts = json.loads((out / "inspection.json").read_text(encoding="utf-8"))
        lists = facts.get("lists", {}).items()
        names = [*facts["pictures"], *(name for name, digest in lists if _is_unchanged(out / Path(name).name, digest))]
        return {out / name for name in names if name == Path(name).name and name.endswith((".png", ".csv"))}
    return set()
