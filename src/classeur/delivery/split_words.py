"""Sentences for what a split keeps together, and for what is on both sides of one."""

from collections import Counter
from collections.abc import Mapping

from classeur.data.findings import Finding
from classeur.data.folder import ImageFolder
from classeur.data.kept_split import Kept
from classeur.delivery.inspection_words import advise
from classeur.delivery.wording import Words, belong, command_line, counted, listed, percent


def _long_chain(finding: Finding) -> str:
    values = finding.values
    apart = ""
    if number := values["num_pairs_apart"]:
        are = "is" if number == 1 else "are"
        apart = (
            f", the most alike first; {counted(number, 'pair')} of these {are} not, as they too would be more than that"
        )
    return (
        f"{counted(values['num_images'], 'image')} show nearly the same, each as one before it, up to {values['last']};"
        f" as they are more than a fifth of {values['class_name']}, only copies, mirrored and turned ones are kept in"
        f" one split{apart}"
    )


def _join(finding: Finding) -> str:
    return ", or ".join(
        f"if they show the same thing, keep them in one split: {command_line(change.command)}"
        for change in finding.changes
        if change.command
    )


# Kind of a leak → how many of it there are, in words.
_LEAKS = {
    "identical": "identical",
    "near-duplicate": "near-duplicate",
    "group": "of the same group",
    "burst": "of the same burst",
    "chain": "joined by others",
}


def _split_leaks(finding: Finding) -> str:
    return _leaks(finding, f"{finding.values['split']} image", "training")


def _fold_leaks(finding: Finding) -> str:
    return _leaks(finding, "image", "other folds")


def _leaks(finding: Finding, noun: str, where: str) -> str:
    values = finding.values
    kinds = ", ".join(
        f"{count:,} {_LEAKS[kind]}{'s' if kind == 'near-duplicate' and count > 1 else ''}"
        for kind, count in values["kinds"].items()
    )
    in_all = "in all " if len(values["kinds"]) > 1 else ""
    pairs = ", ".join(f"{one} with {other}" for one, other in values["pairs"])
    return (
        f"{in_all}{values['num_leaks']:,} of {counted(values['num_images'], noun)}"
        f" ({percent(values['share'])}) {belong(values['num_leaks'], f'images in {where}')} ({kinds}), such as {pairs}"
    )


def since_then(kept: Kept) -> list[str]:
    """Return what is otherwise than in the older split that is kept."""
    changes = (
        ("has other bytes than then", "have other bytes than then", kept.changed),
        ("has another label than then", "have another label than then", kept.relabelled),
        ("is lost", "are lost", kept.lost),
    )
    return [
        f"{counted(len(paths), 'image')} of the older split {one if len(paths) == 1 else several}: {listed(paths)}"
        for one, several, paths in changes
        if paths
    ]


def grouping_words(folder: ImageFolder, group_by: str | None) -> str | None:
    """Return what `group_by` has missed; None if every image is in a group, and some group has two images or more."""
    if group_by is None:
        return None
    names = [name for name, reason in zip(folder.groups, folder.reasons, strict=False) if not reason]
    sizes = Counter(filter(None, names))
    where = f"'{group_by}' names a group for {sizes.total():,} of {counted(len(names), 'image')}"
    if all(size == 1 for size in sizes.values()):
        return f"{where}, each by itself, so it keeps nothing together"
    if sizes.total() == len(names):
        return None
    return f"{where} ({counted(len(sizes), 'group')}); each of the others is by itself"


def joining_words(folder: ImageFolder, joining: Mapping[int, tuple[str, ...]]) -> str:
    """Return how many new images are set aside, since they belong to images in two splits."""
    row, names = next(iter(joining.items()))
    are = "is" if len(joining) == 1 else "are"
    return f"{counted(len(joining), 'new image')} {are} set aside, such as {folder.paths[row]}: {why_joining(names)}"


def why_joining(names: tuple[str, ...]) -> str:
    """Return why a new image is set aside that would have joined these splits."""
    if len(names) == 1:
        return f"all of its class would be in {names[0]}, with none to train on"
    return f"together with others of its group it would be in {' and '.join(names)}"


SPLIT_WORDS: Mapping[str, Words] = {
    "long-chain": Words(_long_chain, _join, ("long chain of near-duplicates", "long chains of near-duplicates")),
    "split-leaks": Words(_split_leaks, advise),
    "fold-leaks": Words(_fold_leaks, advise),
}
