"""fetch, inspect, preview: the data, before any training."""

from pathlib import Path
from typing import Annotated

import typer

from classeur.cli import augmenting

Data = Annotated[
    Path, typer.Argument(help="A folder of class folders (or of train, validation, test), a zip of one, or a CSV.")
]
ImageSize = Annotated[str, typer.Option(help="One side, or height x width: 150 or 150x200.", metavar="SIZE")]
Fit = Annotated[str, typer.Option(help="How a picture is fitted: squash, crop or pad.")]
Stretch = Annotated[bool, typer.Option("--stretch", help="Stretch 16-bit grey from its own range.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print facts as JSON.")]


def fetch(
    name: Annotated[str, typer.Argument(help="A data set: cats-and-dogs.")],
    to: Annotated[Path | None, typer.Option(help="Where to unpack it; its own name here if left out.")] = None,
) -> None:
    """Download and unpack a data set; an interrupted download goes on where it stopped.

    Example: classeur fetch cats-and-dogs
    """
    from classeur.cli.downloading import download_progress
    from classeur.data.download import fetch as fetch_data

    with download_progress(name) as progress:
        fetched = fetch_data(name, to=to, progress=progress)
    typer.echo(f"{fetched.folder}  ({fetched.num_bytes:,} bytes, SHA-256 {fetched.sha256})")
    typer.echo(f"next: classeur inspect {fetched.folder}")


def inspect(
    data: Data,
    image_size: ImageSize = "150",
    fit: Fit = "squash",
    stretch: Stretch = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Read every file again, also those that look unchanged.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Count the images, and name everything wrong with the folder.

    Exit status 1 if it cannot be trained on.

    Example: classeur inspect cats_and_dogs_filtered
    """
    from classeur.cli.inspecting import print_inspection
    from classeur.cli.printing import print_json
    from classeur.data.inspection import inspect as inspect_folder
    from classeur.data.trainability import check_trainable
    from classeur.workflows.looking import scan_for_inspection

    folder = scan_for_inspection(data, image_size=image_size, fit=fit, stretch=stretch, verify=verify)
    inspection = inspect_folder(folder)
    if json:
        print_json(inspection)
    else:
        print_inspection(inspection)
    check_trainable(folder)


def preview(
    data: Data,
    out: Annotated[Path, typer.Option(help="The folder for the pictures.")] = Path("preview"),
    augment: Annotated[
        str | None, typer.Option(help="none, flip, rotate, zoom, shift or all; flip, rotate, zoom and all if left out.")
    ] = None,
    rotation: augmenting.Rotation = None,
    zoom: augmenting.Zoom = None,
    shift: augmenting.Shift = None,
    shear: augmenting.Shear = None,
    flip: augmenting.Flip = None,
    brightness: augmenting.Brightness = None,
    contrast: augmenting.Contrast = None,
    saturation: augmenting.Saturation = None,
    hue: augmenting.Hue = None,
    channel_shift: augmenting.ChannelShift = None,
    erase: augmenting.Erase = None,
    image: Annotated[str | None, typer.Option(help="The training image to draw five times, as a path in DATA.")] = None,
    image_size: ImageSize = "150",
    fit: Fit = "squash",
    stretch: Stretch = False,
    seed: Annotated[int, typer.Option(help="Another seed, other pictures.")] = 0,
) -> None:
    """Draw five training images, and one image five times under each augmentation, as training sees them.

    Example: classeur preview cats_and_dogs_filtered --augment all
    """
    from classeur.cli.printing import show_picture
    from classeur.workflows.looking import preview as draw_preview

    for picture in draw_preview(
        data,
        out=out,
        augment=augment,
        rotation=rotation,
        zoom=zoom,
        shift=shift,
        shear=shear,
        flip=flip,
        brightness=brightness,
        contrast=contrast,
        saturation=saturation,
        hue=hue,
        channel_shift=channel_shift,
        erase=erase,
        image=image,
        image_size=image_size,
        fit=fit,
        stretch=stretch,
        seed=seed,
    ):
        typer.echo(f"{picture.path}: {picture.title}")
        show_picture(picture.path)
