"""Checks of images, one by one, by what the scan has recorded of them: `ImageFolder` → findings."""

import numpy as np

from classeur.data.findings import Change, Finding, Values
from classeur.data.folder import LEFT_OUT, ImageFolder
from classeur.data.quality import BLANK_RANGE
from classeur.images.formats import kind_of
from classeur.images.preparation import MIN_SIDE

# The share of the 16-bit range that 14 bits can use.
_TWO_BITS_LESS = 0.25
# People notice a squashed image if its aspect ratio changes by more than this; see docs/decisions.md.
_SQUASH_FACTOR = 1.5
_SQUASHED_SHARE = 0.1


def find_unusable(folder: ImageFolder) -> list[Finding]:
    """Return a finding for every file that cannot be used: damaged, not readable, or in an unsupported format."""
    return [
        _unusable(folder, row)
        for row, reason in enumerate(folder.reasons)
        if reason and not reason.startswith(LEFT_OUT)
    ]


def _unusable(folder: ImageFolder, row: int) -> Finding:
    path, reason, format_ = folder.paths[row], folder.reasons[row], folder.formats[row]
    values: Values = {"reason": reason}
    if not format_:
        change = Change(code="mend" if folder.hashes[row] else "make-readable")
        return Finding(code="unusable", severity="warning", subject=path, values=values, changes=(change,))
    kind = kind_of(format_)
    return Finding(
        code="unread-format",
        severity="warning",
        subject=path,
        values={**values, "format": format_, "kind": kind},
        changes=(Change(code="convert", values={"kind": kind}),),
    )


def find_few_levels(folder: ImageFolder) -> list[Finding]:
    """Return a finding if most 16-bit images leave their two highest bits unused, as images of 12 or 14 bits do.

    The network sees 64 levels of them or fewer, of 256.
    """
    sixteen_bit = _sixteen_bit(folder)
    rows = np.flatnonzero(sixteen_bit & (folder.used_ranges < _TWO_BITS_LESS))
    if not _has_few_levels(folder, sixteen_bit):
        return []
    num_bits = max(1, int(np.ceil(np.log2(folder.used_ranges[rows].max() * 65535 + 1))))
    return [
        Finding(
            code="few-levels",
            severity="warning",
            subject=folder.data,
            values={
                "num_images": len(rows),
                "num_sixteen_bit": int(sixteen_bit.sum()),
                "num_bits": num_bits,
                "num_levels": 2 ** max(num_bits - 8, 0),
                "paths": [folder.paths[row] for row in rows],
            },
            changes=(Change(code="stretch", options={"stretch": True}),),
        )
    ]


def find_flat(folder: ImageFolder) -> list[Finding]:
    """Return a finding for every image that uses less than a sixteenth of its value range, the flattest first."""
    flat = folder.usable & (folder.used_ranges < BLANK_RANGE)
    sixteen_bit = _sixteen_bit(folder)
    if _has_few_levels(folder, sixteen_bit):  # then they are one finding
        flat &= ~sixteen_bit
    rows = np.flatnonzero(flat)
    return [
        Finding(
            code="low-range",
            severity="warning",
            subject=folder.paths[row],
            values={"used_range": float(folder.used_ranges[row]), "mode": folder.modes[row]},
            changes=(Change(code="stretch", options={"stretch": True}) if sixteen_bit[row] else Change(code="look"),),
        )
        for row in rows[np.argsort(folder.used_ranges[rows], kind="stable")]
    ]


def find_several_frames(folder: ImageFolder) -> list[Finding]:
    """Return a finding if files have several frames or pages, of which only the first is used.

    Multi-picture JPEGs (MPO) do not count: their other pictures are previews or stereo views.
    """
    several = folder.usable & (folder.num_frames > 1) & np.array([name != "MPO" for name in folder.formats], bool)
    rows = np.flatnonzero(several)
    if not len(rows):
        return []
    return [
        Finding(
            code="several-frames",
            severity="note",
            subject=folder.data,
            values={
                "num_images": len(rows),
                "most_frames": int(folder.num_frames[rows].max()),
                "paths": [folder.paths[row] for row in rows],
            },
            changes=(Change(code="choose-frames"),),
        )
    ]


def find_squashed(folder: ImageFolder) -> list[Finding]:
    """Return a finding if squashing to one shape would distort many images more than the others."""
    usable = folder.usable
    if not usable.any() or folder.preparation.fit != "squash":
        return []
    ratios = folder.widths[usable] / folder.heights[usable]
    middle = float(np.median(ratios))
    off = np.maximum(ratios / middle, middle / ratios) > _SQUASH_FACTOR
    if off.mean() <= _SQUASHED_SHARE:
        return []
    return [
        Finding(
            code="aspect-ratios",
            severity="note",
            subject=folder.data,
            values={
                "least": float(ratios.min()),
                "median": middle,
                "greatest": float(ratios.max()),
                "share": float(off.mean()),
                "factor": _SQUASH_FACTOR,
            },
            changes=(Change(code="crop", options={"fit": "crop"}), Change(code="pad", options={"fit": "pad"})),
        )
    ]


def find_enlarged(folder: ImageFolder) -> list[Finding]:
    """Return a finding if images are smaller than the training size, and so enlarged."""
    usable = folder.usable
    height, width = folder.preparation.image_size
    down, across = height / np.maximum(folder.heights[usable], 1), width / np.maximum(folder.widths[usable], 1)
    # Padding scales by the smaller factor, so that the whole image fits; else one axis is enough.
    scales = np.minimum(down, across) if folder.preparation.fit == "pad" else np.maximum(down, across)
    num_images = int(np.count_nonzero(scales > 1))
    if not num_images:
        return []
    share = num_images / len(scales)
    # The side at which half of the images need not be enlarged; a smaller one would lose detail of most of them.
    side = int(min(height, width) / np.median(scales))
    sizes = (height * side // min(height, width), width * side // min(height, width))
    is_possible = share > 0.5 and min(sizes) >= MIN_SIDE
    return [
        Finding(
            code="enlarged",
            severity="note",
            subject=folder.data,
            values={"num_images": num_images, "share": share, "image_size": [height, width]},
            changes=(Change(code="smaller-size", options={"image_size": list(sizes)}),) if is_possible else (),
        )
    ]


def _sixteen_bit(folder: ImageFolder) -> np.ndarray:
    """Return which usable images are 16-bit grey, bool (n,); Pillow reads a 16-bit PGM as 32-bit integers."""
    kinds = zip(folder.modes, folder.formats, strict=True)
    grey = [mode.startswith("I;16") or (mode == "I" and format_ == "PPM") for mode, format_ in kinds]
    sixteen_bit: np.ndarray = np.array(grey, bool) & folder.usable
    return sixteen_bit


def _has_few_levels(folder: ImageFolder, sixteen_bit: np.ndarray) -> bool:
    """Return whether most of the 16-bit images leave their two highest bits unused; a few may simply be dark."""
    num_few = np.count_nonzero(folder.used_ranges[sixteen_bit] < _TWO_BITS_LESS)
    return bool(num_few > sixteen_bit.sum() / 2)
