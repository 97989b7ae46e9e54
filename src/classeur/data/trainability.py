"""The check that a folder can be trained on."""

from collections.abc import Iterable

import numpy as np

from classeur.data.folder import ImageFolder
from classeur.data.listing import only_one_class
from classeur.errors import LayoutError, NothingUsableError


def check_trainable(folder: ImageFolder, *, several_for: str | None = None) -> None:
    """Check that the folder can be trained on.

    Args:
        folder: scanned.
        several_for: the model that needs several classes, by name; None if one is enough.

    Raises:
        LayoutError: if it has no class, one class where several are needed or with too few images, an empty class, or a
            class with fewer than two training images.
        NothingUsableError: if no file can be used.
    """
    where = folder.data
    if not folder.class_names and folder.layout == "table":
        raise LayoutError(f"{where} lists no image; expected a row path,label for each, such as cats/1.jpg,cats")
    if not folder.class_names:
        images = "1 image" if len(folder.paths) == 1 else f"{len(folder.paths):,} images"
        found = f"{images} but no class folder" if folder.paths else "no class folder"
        raise LayoutError(f"{where} has {found}; expected one folder per class, such as {where}/cats and {where}/dogs")
    if len(folder.class_names) == 1 and several_for is not None:
        raise only_one_class(where, folder.class_names[0], several_for)
    if not folder.paths:
        folders = "class folder" if len(folder.class_names) == 1 else f"{len(folder.class_names)} class folders"
        raise NothingUsableError(f"{where} has no image in its {folders}")
    if not folder.usable.any():
        path, reason = folder.set_aside()[0]
        num_files = f"{len(folder.paths):,} set aside"
        raise NothingUsableError(f"no file in {where} can be used ({num_files}), such as {path}: {reason}")
    train_split = "train" if any(folder.splits) else ""
    for label, name in enumerate(folder.class_names):
        if train_split in folder.counts and folder.counts[train_split][label]:
            continue
        elsewhere = sorted(split for split, counts in folder.counts.items() if split and counts[label])
        broken = int(np.count_nonzero((folder.labels == label) & ~folder.usable))
        if elsewhere:
            raise LayoutError(
                f"class '{name}' has images for {' and '.join(elsewhere)} but none for training; add some to"
                f" train/{name}, or remove the class"
            )
        if broken:
            raise LayoutError(
                f"class '{name}' has no usable image ({broken:,} set aside); repair or replace them, or remove the"
                " class"
            )
        raise LayoutError(f"class '{name}' is empty; add images to it, or remove its folder")
    counts = folder.counts[train_split].tolist()
    if 1 in counts and len(counts) > 1:
        name = folder.class_names[counts.index(1)]
        place = f"train/{name}" if train_split else name
        raise LayoutError(
            f"class '{name}' has 1 usable image to train on, which does not show what its images have in common; add"
            f" some to {place}, better 5 or more, or remove the class"
        )
    if len(folder.class_names) == 1:
        # Two that differ to train on; where classeur splits, one more to validate on.
        hashes = [
            hash_
            for hash_, split, usable in zip(folder.hashes, folder.splits, folder.usable.tolist(), strict=True)
            if usable and split == train_split
        ]
        check_one_class(hashes, folder.class_names[0], fewest=2 if "validation" in folder.splits else 3)


def check_one_class(hashes: Iterable[str], name: str, *, fewest: int = 2) -> None:
    """Check that images suffice to tell what is like them, where they are all that there is.

    Args:
        hashes: of the images; equal ones are counted once.
        name: of their class.
        fewest: how many are needed.

    Raises:
        LayoutError: if they are fewer.
    """
    count = len(set(hashes))
    if count < fewest:
        images = "1 usable image" if count == 1 else f"{count} usable images"
        raise LayoutError(
            f"class '{name}', the only one, has {images} to train on, equal ones counted once; what is like it is told"
            f" from {fewest} at least, better from 20 or more: add images"
        )
