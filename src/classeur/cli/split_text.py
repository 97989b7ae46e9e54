"""A split on a console."""

from classeur.cli.console import console, print_json, print_table
from classeur.data.findings import Command
from classeur.delivery.wording import command_line, counted
from classeur.workflows.split import Manifest

# Parts beside each other; more, as of many folds, are below each other.
_MOST_COLUMNS = 8


def print_split(manifest: Manifest, *, as_json: bool = False) -> None:
    """Print the images of each class in each split, where they are named, and what to do next."""
    if as_json:
        print_json(manifest)
        return
    if len(manifest.counts) > _MOST_COLUMNS:
        few = manifest.class_names if len(manifest.class_names) <= _MOST_COLUMNS else ()
        print_table(
            ["part", *few, "total"],
            [
                [part, *(f"{counts[name]:,}" for name in few), f"{sum(counts.values()):,}"]
                for part, counts in manifest.counts.items()
            ],
        )
    else:
        rows: list[list[object]] = [
            [name, *(f"{counts[name]:,}" for counts in manifest.counts.values())] for name in manifest.class_names
        ]
        rows.append(["total", *(f"{sum(counts.values()):,}" for counts in manifest.counts.values())])
        print_table(["class", *manifest.counts], rows)
    out = console()
    if manifest.num_groups:
        out.print(f"not separated: {counted(manifest.num_groups, 'group')} of two images or more", markup=False)
    if manifest.num_separated:
        out.print(f"separated, as given: {counted(manifest.num_separated, 'group')}", markup=False)
    out.print(f"{manifest.path}: fingerprint {manifest.fingerprint}", markup=False)
    train = Command(verb="train", arguments=(manifest.path,), options={"folds": manifest.num_folds})
    out.print(f"next: {command_line(train)}", markup=False)
