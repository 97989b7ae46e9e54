"""What files say beside their pixels: where a photograph was taken, and whose colours its numbers are."""

from collections import Counter
from pathlib import Path

import numpy as np

from classeur.data.archive import is_archive
from classeur.data.findings import Change, Finding, Values
from classeur.data.folder import ImageFolder

# Files that a command names one by one.
_FEW_FILES = 5


def find_places(folder: ImageFolder) -> list[Finding]:
    """Return a finding if EXIF of usable images says where they were taken."""
    rows = np.flatnonzero(folder.usable & (folder.have_places > 0))
    if not len(rows):
        return []
    return [
        Finding(
            code="places",
            severity="warning",
            subject=folder.data,
            values={"num_images": len(rows), "paths": [folder.paths[row] for row in rows]},
            changes=(Change(code="remove-places", values=_holders(folder, rows)),),
        )
    ]


def _holders(folder: ImageFolder, rows: np.ndarray) -> Values:
    """Return what to name for a program that changes files: the folder of the data, or the images themselves."""
    if folder.layout != "table":
        return {"data": folder.data, "is_zip": is_archive(Path(folder.data))}
    if len(rows) <= _FEW_FILES:
        return {"files": [str(Path(folder.root, folder.paths[row])) for row in rows]}
    return {"data": folder.root, "has_others": True}


def find_profiles(folder: ImageFolder) -> list[Finding]:
    """Return a finding if usable images have colour profiles other than sRGB, the most frequent first.

    They are never converted: training, a browser and another program must see the same bytes.
    """
    rows = [row for row in np.flatnonzero(folder.usable).tolist() if folder.profiles[row]]
    if not rows:
        return []
    return [
        Finding(
            code="colour-profiles",
            severity="note",
            subject=folder.data,
            values={
                "num_images": len(rows),
                "share": len(rows) / int(folder.usable.sum()),
                "profiles": dict(Counter(folder.profiles[row] for row in rows).most_common()),
                "paths": [folder.paths[row] for row in rows],
            },
            changes=(Change(code="one-profile"),),
        )
    ]
