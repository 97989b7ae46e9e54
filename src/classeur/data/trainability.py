"""The check that a folder can be trained on."""

import numpy as np

from classeur.data.folder import ImageFolder
from classeur.errors import LayoutError, NothingUsableError


def check_trainable(folder: ImageFolder) -> None:
    """Check that the folder can be trained on.

    Raises:
        LayoutError: if it has no class, one class, an empty class, or a class without a training image.
        NothingUsableError: if no file can be used.
    """
    where = folder.data
    if not folder.class_names and folder.layout == "table":
        raise LayoutError(f"{where} lists no image; expected a row path,label for each, such as cats/1.jpg,cats")
    if not folder.class_names:
        images = "1 image" if len(folder.paths) == 1 else f"{len(folder.paths):,} images"
        found = f"{images} but no class folder" if folder.paths else "no class folder"
        raise LayoutError(f"{where} has {found}; expected one folder per class, such as {where}/cats and {where}/dogs")
    if len(folder.class_names) == 1:
        raise LayoutError(
            f"{where} has only one class, '{folder.class_names[0]}'; a classifier needs at least two: add another class"
        )
    if not folder.paths:
        raise NothingUsableError(f"{where} has no image in its {len(folder.class_names)} class folders")
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
