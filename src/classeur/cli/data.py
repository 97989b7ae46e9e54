"""The commands fetch, inspect, split and preview: the data, before any training."""

from pathlib import Path
from typing import Annotated, Any

import typer

from classeur.cli.options import with_options
from classeur.cli.status import FOUND
from classeur.options import AUGMENT_OPTIONS

Data = Annotated[
    Path, typer.Argument(help="A folder of class folders (or of train, validation, test), a zip of one, or a CSV.")
]
ImageSize = Annotated[str, typer.Option(help="Side in pixels, or height x width: 224 or 150x200.", metavar="SIZE")]
Fit = Annotated[str, typer.Option(help="How an image is fitted to that size: squash, crop or pad.")]
Stretch = Annotated[
    bool, typer.Option("--stretch", help="Stretch each 16-bit grey image from its own darkest and brightest value.")
]
ColumnNames = Annotated[
    str | None,
    typer.Option(metavar="NAMES", help="Columns of a CSV, such as path=image,label=species."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def fetch(
    name: Annotated[str, typer.Argument(help="A data set: cats-and-dogs.")],
    to: Annotated[
        Path | None, typer.Option(help="The folder to unpack into; by default one of the data set's name.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Download and unpack a data set.

    An interrupted download resumes where it stopped.

    Example: classeur fetch cats-and-dogs
    """
    from classeur.cli.console import print_line, print_values
    from classeur.cli.download_progress import download_progress
    from classeur.data.download import fetch as fetch_data

    with download_progress(name) as progress:
        fetched = fetch_data(name, to=to, progress=progress)
    if json:
        print_values({**fetched._asdict(), "folder": str(fetched.folder)})
        return
    print_line(f"{fetched.folder}  ({fetched.num_bytes:,} bytes, SHA-256 {fetched.sha256})")
    print_line(f"next: classeur inspect {fetched.folder}")


def inspect(
    data: Data,
    image_size: ImageSize = "224",
    fit: Fit = "squash",
    stretch: Stretch = False,
    columns: ColumnNames = None,
    group_by: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="What is one group: a CSV's column, folder, or a regular expression on the path."
        ),
    ] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Read every file again, even if its size and time are unchanged.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write all findings to a folder: JSON, a CSV, and pictures of each kind."),
    ] = None,
    plan: Annotated[
        Path | None, typer.Option(metavar="CSV", help="Write what to leave out and why, for train and split --exclude.")
    ] = None,
    exclude: Annotated[
        Path | None, typer.Option(metavar="CSV", help="Images to leave out, such as inspect writes with --plan.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the plan, edited or not.")] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 3 if there is an error among the findings.")
    ] = False,
    show_all: Annotated[bool, typer.Option("--all", help="Show all findings, not the first few of each kind.")] = False,
    json: AsJson = False,
) -> None:
    """Count the images and list every problem in the folder.

    Exits with 1 if the folder cannot be used for training, with --strict also with 3 if a finding is an error.

    Example: classeur inspect cats_and_dogs_filtered --out findings

    Example: classeur inspect cats_and_dogs_filtered --exclude plan.csv
    """
    from classeur.cli.inspection_text import print_inspection, print_inspection_json
    from classeur.data.trainability import check_trainable
    from classeur.delivery.progress import ConsoleReporter
    from classeur.workflows.inspection import check_places, examine, save_findings, save_plan

    check_places(data, out, plan, exclude=exclude, overwrite=overwrite)
    preparation = {"image_size": image_size, "fit": fit, "stretch": stretch}
    folder, _, pairs, inspection = examined = examine(
        data, preparation, columns=columns, group_by=group_by, out=out, exclude=exclude, verify=verify
    )
    # Before anything is printed: a pipe that is closed early, as by head, ends the command.
    save_findings(examined, out, ConsoleReporter())
    save_plan(folder, pairs, plan, ConsoleReporter())
    if json:
        print_inspection_json(inspection)
    else:
        print_inspection(inspection, show_all=show_all)
    check_trainable(folder)
    if strict and any(finding.severity == "error" for finding in inspection.findings):
        raise typer.Exit(FOUND)


def split(
    data: Annotated[Path, typer.Argument(help="A folder of class folders, or a CSV; a zip must be unpacked first.")],
    to: Annotated[Path, typer.Option(help="The CSV to write; every command takes it as DATA.")] = Path("split.csv"),
    shares: Annotated[
        str | None,
        typer.Option(help="Training/validation/test in percent; 80/20 makes no test.", show_default="70/15/15"),
    ] = None,
    folds: Annotated[
        int | None,
        typer.Option(metavar="K", help="Cross-validation: K parts in place of a split, for train --folds K."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the random choice.")] = 0,
    group_by: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="What is not separated: a CSV's column, folder, or a regular expression on the path."
        ),
    ] = None,
    long_bursts: Annotated[
        bool,
        typer.Option(
            "--long-bursts",
            help="Do not separate bursts and chains of near-duplicates that are more than a fifth of a class, either.",
        ),
    ] = False,
    keep: Annotated[
        Path | None, typer.Option(metavar="CSV", help="An older split: its images stay where they are.")
    ] = None,
    exclude: Annotated[
        Path | None, typer.Option(metavar="CSV", help="Images to leave out, such as inspect writes with --plan.")
    ] = None,
    anew: Annotated[
        bool, typer.Option("--anew", help="Divide all images, though the data name a split or folds.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file.")] = False,
    columns: ColumnNames = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Read every file again, even if its size and time are unchanged.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Split into training, validation and test, and write which image is where.

    Stratified by class. Equal files, near-duplicates, images that one camera took seconds apart, and groups are never
    separated.

    Example: classeur split animals --to animals.csv
    """
    from classeur.cli.split_text import print_split
    from classeur.workflows.split import split as split_data

    print_split(
        split_data(
            data,
            to=to,
            shares=shares,
            folds=folds,
            seed=seed,
            group_by=group_by,
            long_bursts=long_bursts,
            keep=keep,
            exclude=exclude,
            anew=anew,
            overwrite=overwrite,
            columns=columns,
            verify=verify,
        ),
        as_json=json,
    )


@with_options(AUGMENT_OPTIONS)
def preview(
    data: Data,
    out: Annotated[Path, typer.Option(help="The folder for the pictures.")] = Path("preview"),
    image: Annotated[str | None, typer.Option(help="The image to show five times: its path inside DATA.")] = None,
    image_size: ImageSize = "224",
    fit: Fit = "squash",
    stretch: Stretch = False,
    seed: Annotated[int, typer.Option(help="Seed of the random choices.")] = 0,
    columns: ColumnNames = None,
    json: AsJson = False,
    **options: Any,
) -> None:
    """Plot what training sees, with and without augmentation.

    Five images, and one image five times under each augmentation.

    Without --augment: flip, rotate, zoom and all.

    Example: classeur preview cats_and_dogs_filtered --augment all
    """
    from classeur.cli.console import print_line, print_values, show_picture
    from classeur.workflows.preview import preview as make_preview

    pictures = make_preview(
        data,
        out=out,
        image=image,
        image_size=image_size,
        fit=fit,
        stretch=stretch,
        seed=seed,
        columns=columns,
        **options,
    )
    if json:
        print_values({"pictures": [{"path": str(picture.path), "title": picture.title} for picture in pictures]})
        return
    for picture in pictures:
        print_line(f"{picture.path}: {picture.title}")
        show_picture(picture.path)
