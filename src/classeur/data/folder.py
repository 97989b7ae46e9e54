"""An image folder as found by a scan: one row per file, in columns; and its changes since the previous scan."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from pydantic import BaseModel, ConfigDict

from classeur.data.columns import COLUMNS_CONFIG, FloatColumn, IntColumn, StrColumn
from classeur.data.layout import Note
from classeur.images.preparation import Preparation

# How the reason of a file begins that is left out as the user asked: by a list, or as it leaks.
LEFT_OUT = "left out by "


class Changes(BaseModel):
    """Changes of a folder since the previous scan; empty at the first.

    >>> Changes(gone=("cats/1.jpg",), num_new=2).summary
    '2 new, 1 gone (cats/1.jpg)'
    """

    model_config = ConfigDict(frozen=True)

    num_new: int = 0
    changed: tuple[str, ...] = ()  # paths whose size or time differs
    gone: tuple[str, ...] = ()
    unlike_table: tuple[str, ...] = ()  # paths whose bytes are not those that the CSV records
    altered: tuple[str, ...] = ()  # with `verify`: paths whose bytes differ though size and time do not

    @property
    def summary(self) -> str:
        """What is new, changed and gone, in words, or ""."""
        parts = [f"{self.num_new:,} new"] if self.num_new else []
        for word, paths in (("changed", self.changed), ("gone", self.gone)):
            if paths:
                parts.append(f"{len(paths):,} {word} ({', '.join(paths[:3])}{', …' if len(paths) > 3 else ''})")
        return ", ".join(parts)


class ImageFolder(BaseModel):
    """What is known of a data set: one row per image file, in columns.

    A row whose `reason` is empty is usable; the others are set aside. Other files are `left_out`.
    """

    model_config = COLUMNS_CONFIG

    data: str  # as the user named it
    root: str  # the folder that paths are relative to, absolute
    layout: str  # classes, splits, table or flat
    class_names: StrColumn  # sorted; also those without a usable image
    left_out: dict[str, tuple[str, ...]]  # reason → paths
    notes: tuple[Note, ...] = ()  # notes about names, for people
    groups: StrColumn = ()  # what must stay in one split, as a CSV names it, row by row; empty if none is named
    folds: StrColumn = ()  # the part of a cross-validation that a CSV gives each row; empty if it names none

    paths: StrColumn  # relative, with `/`
    splits: StrColumn  # train, validation, test, or "" if the data are not split
    labels: IntColumn  # index into class_names; -1 in a flat folder
    reasons: StrColumn  # why the file cannot be used, or ""
    hashes: StrColumn  # BLAKE2b-128 of the file's bytes, 32 hexadecimal digits; "" where it could not be read
    num_bytes: IntColumn
    modified: IntColumn  # nanoseconds since 1970
    widths: IntColumn  # upright, pixels; 0 where set aside
    heights: IntColumn
    modes: StrColumn  # as Pillow names them
    formats: StrColumn  # of a file that is set aside: its format, if that is not supported
    num_frames: IntColumn
    used_ranges: FloatColumn  # share of the value range in use, 0 … 1; above a half, a lower bound
    cameras: StrColumn  # maker, model and serial number, as EXIF names them; "" if it does not
    taken: FloatColumn  # seconds since 1970 by the camera's clock; 0 if EXIF does not say
    have_places: IntColumn  # 1 where EXIF holds coordinates, else 0
    profiles: StrColumn  # name of an embedded colour profile other than sRGB, or ""
    perceptual_hashes: StrColumn = ()  # what the image looks like, `perceptual.perceptual_hash`; "" if like nothing
    num_decoded: int = 0  # files opened by this scan; the others were known
    changes: Changes = Changes()
    preparation: Preparation = Preparation()  # how this scan made the pixels of the usable images

    @cached_property
    def usable(self) -> np.ndarray:
        """Rows that can be used, bool (n,)."""
        usable = np.array([not reason for reason in self.reasons], bool)
        usable.flags.writeable = False
        return usable

    @property
    def num_found(self) -> int:
        """Files found: used + set aside + left out."""
        return len(self.paths) + sum(map(len, self.left_out.values()))

    def split_as(self, splits: Sequence[str]) -> "ImageFolder":
        """Return the folder with these splits; a usable image that is in none is set aside."""
        columns = {name: getattr(self, name) for name in ImageFolder.model_fields}
        reasons = (reason or ("" if name else "in no split") for reason, name in zip(self.reasons, splits, strict=True))
        return ImageFolder(**{**columns, "splits": tuple(splits), "reasons": tuple(reasons)})

    def unsplit(self) -> "ImageFolder":
        """Return the folder as if it named no split and no folds."""
        return self.model_copy(update={"splits": ("",) * len(self.paths), "folds": ()})

    def set_aside(self) -> list[tuple[str, str]]:
        """Return (path, reason) of every file that cannot be used."""
        return [(path, reason) for path, reason in zip(self.paths, self.reasons, strict=True) if reason]

    @cached_property
    def counts(self) -> dict[str, np.ndarray]:
        """Usable images of each class, int64 (classes,), by split; a split that is named at all has its entry."""
        counts = {split: np.zeros(len(self.class_names), np.int64) for split in dict.fromkeys(self.splits)}
        for split, label, reason in zip(self.splits, self.labels.tolist(), self.reasons, strict=True):
            if not reason and label >= 0:
                counts[split][label] += 1
        return counts
