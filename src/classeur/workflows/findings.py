"""The files of `inspect --out`: findings as JSON, as a CSV, and as pictures."""

import json
from contextlib import suppress
from pathlib import Path

from classeur.data.folder import ImageFolder
from classeur.data.inspection import Inspection
from classeur.delivery.findings_table import COLUMNS, as_json, kinds, rows
from classeur.images.pixels import PixelStore
from classeur.run import to_csv
from classeur.storage import write_text, writing_to
from classeur.workflows.places import claim_output


def write_findings(out: Path, inspection: Inspection, folder: ImageFolder, pixels: PixelStore) -> list[Path]:
    """Write `inspection.json`, `findings.csv`, a PNG for each kind of finding about images, and one of the classes.

    Pictures of an earlier inspection in the same folder are removed.

    Args:
        out: the folder for the files.
        inspection: what was found.
        folder: in which it was found.
        pixels: of its images.

    Returns:
        The pictures' paths, the worst findings first, the classes last.

    Raises:
        StorageError: if a file cannot be written.
    """
    from classeur.delivery.inspection_sheets import InspectionSheets  # loads matplotlib

    claim_output(out)
    earlier, sheets, pictures = _earlier_pictures(out), InspectionSheets(folder, pixels), []
    for kind in kinds(inspection.findings):
        alike = [finding for finding in inspection.findings if finding.code == kind.code]
        if sheets.draw(kind, alike, out / f"{kind.code}.png"):
            pictures.append(out / f"{kind.code}.png")
    if sheets.draw_classes(out / "classes.png"):
        pictures.append(out / "classes.png")
    write_text(out / "findings.csv", to_csv(COLUMNS, rows(inspection, folder)))
    facts = {**as_json(inspection), "pictures": [path.name for path in pictures]}
    write_text(out / "inspection.json", json.dumps(facts, indent=2) + "\n")
    for path in earlier - set(pictures):
        with writing_to(path):
            path.unlink(missing_ok=True)
    return pictures


def _earlier_pictures(out: Path) -> set[Path]:
    """Return the pictures that an earlier inspection says it has written here."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        names = json.loads((out / "inspection.json").read_text(encoding="utf-8"))["pictures"]
        return {out / name for name in names if name == Path(name).name and name.endswith(".png")}
    return set()
