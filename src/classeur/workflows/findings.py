"""The files of `inspect --out`: findings as JSON, as a CSV, and as pictures."""

import json
from contextlib import suppress
from functools import partial
from pathlib import Path

from classeur.data.folder import ImageFolder
from classeur.data.inspection import Inspection
from classeur.delivery.findings_table import COLUMNS, as_json, kinds, rows
from classeur.delivery.progress import Reporter
from classeur.delivery.wording import counted
from classeur.images.pixels import PixelStore
from classeur.run import to_csv
from classeur.storage import write_text, writing_to
from classeur.workflows.places import claim_output


def write_findings(
    out: Path, inspection: Inspection, folder: ImageFolder, pixels: PixelStore, reporter: Reporter
) -> list[Path]:
    """Write `inspection.json`, `findings.csv`, a PNG for each kind of finding about images, and one of the classes.

    Pictures of an earlier inspection in the same folder are removed. The texts are written first: Ctrl-C while the
    pictures are drawn leaves all findings.

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
    for path in _earlier_pictures(out):
        with writing_to(path):
            path.unlink(missing_ok=True)
    write_text(out / "findings.csv", to_csv(COLUMNS, rows(inspection, folder)))
    facts = {**as_json(inspection), "pictures": [path.name for path in drawings]}
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


def _earlier_pictures(out: Path) -> set[Path]:
    """Return the pictures that an earlier inspection says it has written here."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        names = json.loads((out / "inspection.json").read_text(encoding="utf-8"))["pictures"]
        return {out / name for name in names if name == Path(name).name and name.endswith(".png")}
    return set()
