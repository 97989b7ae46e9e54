"""Synthetic cats and dogs: images for `classeur demo` that need no download and no licence.

People tell them apart at once; a small network trained on two hundred memorises them instead. Scene, pose,
coat and light have the same distribution for both kinds; only the anatomy differs. Images are painted at twice
their size and then reduced.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, get_args

import numpy as np
import numpy.typing as npt
from PIL import Image

from classeur.data.synthetic_animal import HEADS, Kind, Stance, paint_figure
from classeur.data.synthetic_head import choose_coat
from classeur.data.synthetic_pen import Chance, oval
from classeur.data.synthetic_scene import develop, paint_backdrop, paint_foreground, scene_pen
from classeur.errors import ImageSizeError, RangeError, StorageError, UnknownNameError
from classeur.storage import writing_to

KINDS: tuple[Kind, ...] = get_args(Kind)
SMALLEST_SIDE = 32
LARGEST_SEED = 2**31 - 1
MOST_OF_A_KIND = 9999  # names have four digits, and planted files take the next number
# Difficulty of the images, 0 … 1: how much light, place, size and surroundings vary.
CLUTTER = 0.25
# Half the extent of an animal as a share of half the image, for a whole animal and for a head.
LARGEST_BODY, LARGEST_BUST = 0.85, 0.78


def paint_animal(kind: Kind, seed: int, *, image_size: tuple[int, int] = (160, 160)) -> npt.NDArray[np.uint8]:
    """Return one image of a cat or a dog, the same for the same arguments.

    Args:
        kind: "cat" or "dog".
        seed: which of the images of that kind, 0 … 2⁶⁴ − 1.
        image_size: (height, width) in pixels, both at least 32.

    Returns:
        uint8 (height, width, 3) RGB, 0 … 255.

    Raises:
        UnknownNameError: for another kind.
        RangeError: for a seed outside its range.
        ImageSizeError: for a side under 32 pixels.

    >>> picture = paint_animal("cat", 7, image_size=(48, 64))
    >>> picture.shape, picture.dtype
    ((48, 64, 3), dtype('uint8'))
    """
    if kind not in KINDS:
        raise UnknownNameError("kind of animal", str(kind), KINDS)
    if not 0 <= seed < 2**64:
        raise RangeError(f"seed {seed} is not possible; expected 0 … 2⁶⁴ − 1")
    height, width = image_size
    if min(height, width) < SMALLEST_SIDE:
        raise ImageSizeError(
            f"image_size {height}x{width} is not possible; expected sides of at least {SMALLEST_SIDE} pixels"
        )
    code = KINDS.index(kind)
    scene, animal, light = (Chance(seed, code, stream=stream) for stream in range(3))
    canvas = paint_backdrop(scene, (2 * width, 2 * height), clutter=CLUTTER)
    stance = _choose_stance(animal)
    place = _choose_place(animal, stance)
    pen = scene_pen(canvas)
    if stance.pose != "head":
        ground = oval(place.x, place.y + 0.95 * place.scale, radii=(place.scale, 0.1 * place.scale))
        pen.fill(ground, canvas.point([round(0.7 * level) for level in range(256)] * 3))
    body = pen.at(place.x, place.y, scale=place.scale, degrees=place.degrees, mirrored=place.mirrored)
    paint_figure(body, choose_coat(animal, canvas.size), kind=kind, stance=stance)
    paint_foreground(
        scene, canvas, top=place.y + place.scale * (1.8 if stance.pose == "head" else 0.5), clutter=CLUTTER
    )
    return develop(light, canvas, clutter=CLUTTER)


class Place(NamedTuple):
    """The place of an animal of either kind in the scene, in units of the scene's frame and degrees clockwise."""

    x: float
    y: float
    scale: float
    degrees: float
    mirrored: bool


def _choose_place(chance: Chance, stance: Stance) -> Place:
    """Return a place at which the whole face is in the image, though not always the whole body."""
    mirrored, degrees = chance.happens(0.5), chance.between(-14, 14) * CLUTTER
    shrink = 1 - chance.between(0, 0.7) * CLUTTER
    if stance.pose == "head":
        x, y = chance.between(-0.6, 0.6) * CLUTTER, 0.12 + chance.between(-0.4, 0.4) * CLUTTER
        return Place(x, y, LARGEST_BUST * shrink, degrees, mirrored)
    scale = LARGEST_BODY * shrink
    head = HEADS[stance.pose]
    room, ahead = 1 - 0.6 * scale, scale * head[0] * (-1 if mirrored else 1)
    x = min(max(chance.between(-1, 1) * (1.1 - scale), -room - ahead), room - ahead)
    y = chance.between(scale * (0.7 - head[1]) - 1, 1 - 0.95 * scale)
    return Place(x, max(y, 0.3 * (1 - scale)), scale, degrees, mirrored)


def _choose_stance(chance: Chance) -> Stance:
    """Return a posture, with the same distribution for every kind."""
    return Stance(
        pose=chance.pick(("head", "head", "head", "head", "facing", "sitting", "standing", "lying")),
        profile=chance.happens(0.2),
        nod=chance.between(-14, 14),
        turn=chance.between(-1, 1),
        spread=chance.between(0, 1),
        tail=chance.whole(4),
        stretch=chance.between(0.8, 1.15),
    )


class SyntheticFolder(NamedTuple):
    """A folder of synthetic images and the three faults planted in it; paths are relative to `root`, with `/`.

    Attributes:
        root: the folder, with `train` and `validation`, each with `cats` and `dogs`.
        num_train: sound training images in both classes together, without the planted files.
        num_validation: sound validation images in both classes together, without the planted files.
        leak: a training image and its identical copy in validation.
        duplicate: a training image and its identical copy in the same class.
        broken: a training image whose file is cut short.
    """

    root: Path
    num_train: int
    num_validation: int
    leak: tuple[str, str]
    duplicate: tuple[str, str]
    broken: str


def paint_folder(
    root: Path,
    *,
    num_train: int = 200,
    num_validation: int = 400,
    seed: int = 0,
    image_size: tuple[int, int] = (160, 160),
    progress: Callable[[int], None] | None = None,
) -> SyntheticFolder:
    """Write a folder of synthetic images with three planted faults, completely or not at all.

    Args:
        root: the folder, which must be missing or empty.
        num_train: training images in both classes together, even, at least 2.
        num_validation: validation images in both classes together, even, at least 2.
        seed: of the images, 0 … 2³¹ − 1. Images of two seeds, or of training and validation, are never
            the same; a larger folder begins with the images of a smaller one.
        image_size: (height, width) in pixels, both at least 32.
        progress: called after each image with the number of images so far.

    Returns:
        The paths of the folder and of the faulty files. Planted files are not in the counts.

    Raises:
        RangeError: for a seed or number of images outside its range.
        ImageSizeError: for a side under 32 pixels.
        StorageError: if `root` is not empty or cannot be written.

    >>> with tempfile.TemporaryDirectory() as place:
    ...     folder = paint_folder(Path(place, "animals"), num_train=4, num_validation=2, image_size=(32, 32))
    ...     len(list(folder.root.glob("train/*/*.jpg")))
    6
    """
    for name, count in (("num_train", num_train), ("num_validation", num_validation)):
        if not 2 <= count <= 2 * MOST_OF_A_KIND or count % 2:
            raise RangeError(f"{name} {count} is not possible; expected an even number, 2 … {2 * MOST_OF_A_KIND}")
    if not 0 <= seed <= LARGEST_SEED:
        raise RangeError(f"seed {seed} is not possible; expected 0 … {LARGEST_SEED}")
    if root.exists() and not (root.is_dir() and next(root.iterdir(), None) is None):
        raise StorageError(f"{root} exists and is not an empty folder; choose another folder, or delete it")
    with writing_to(root):
        root.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{root.name}.", dir=root.parent) as nearby:
            # A folder inside the temporary one: that one is readable by its owner only, and renaming would keep this.
            new = Path(nearby, "painted")
            for done, (path, kind, number) in enumerate(_list_pictures(num_train, num_validation, seed=seed), 1):
                _write_picture(new / path, paint_animal(kind, number, image_size=image_size))
                if progress is not None:
                    progress(done)
            # The next training cat, so that being cut short is its only fault.
            broken = _picture_path("train", "cat", index=num_train // 2)
            _write_picture(new / broken, paint_animal("cat", (seed << 32) + num_train // 2, image_size=image_size))
            _cut_short(new / broken)
            leak, duplicate = _plant_copies(new, num_train, num_validation=num_validation)
            if root.exists():
                root.rmdir()
            new.rename(root)
    return SyntheticFolder(root, num_train, num_validation, leak, duplicate, broken)


def _list_pictures(num_train: int, num_validation: int, *, seed: int) -> Iterator[tuple[str, Kind, int]]:
    """Yield path, kind and seed of each image; its seed combines those of folder and split with its number."""
    for part, (name, count) in enumerate((("train", num_train), ("validation", num_validation))):
        for index in range(count // 2):
            for kind in KINDS:
                yield _picture_path(name, kind, index=index), kind, (seed << 32) + (part << 31) + index


def _picture_path(part: str, kind: Kind, *, index: int) -> str:
    """Return the path of an image in its folder."""
    return f"{part}/{kind}s/{kind}.{index:04d}.jpg"


def _write_picture(path: Path, picture: npt.NDArray[np.uint8]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path, format="JPEG", quality=90)


def _cut_short(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def _plant_copies(root: Path, num_train: int, *, num_validation: int) -> tuple[tuple[str, str], tuple[str, str]]:
    """Copy two images to the next free number of their class, and return leak and duplicate, original first."""
    leak = (_picture_path("train", "cat", index=0), _picture_path("validation", "cat", index=num_validation // 2))
    last = num_train // 2 - 1
    duplicate = (_picture_path("train", "dog", index=last), _picture_path("train", "dog", index=last + 1))
    for original, copy in (leak, duplicate):
        shutil.copyfile(root / original, root / copy)
    return leak, duplicate
