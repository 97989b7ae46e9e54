"""Rules about which data are used for what."""

import re
from collections.abc import Iterable

from classeur.migration.api import FITTED_ARGUMENTS
from classeur.migration.rules.callbacks import decides
from classeur.migration.rules.flaw import (
    Data,
    Flaw,
    augmentations,
    fits_with_validation,
    folder_of,
    is_of_folder,
    is_shuffled,
    named,
    split_of,
    subset_of,
)
from classeur.migration.values import Dataset, Iterator, Opaque, Trace, Value, given

_CHOOSING = ("classes", "class_names")
_PURPOSES = {"validation": "validates", "evaluate": "is evaluated", "predict": "is predicted"}


def augmented_evaluation(trace: Trace) -> Iterable[Flaw]:
    """CLS001: evaluation data are augmented; predicting them several times is done on purpose, for the mean."""
    for use in trace.uses:
        if use.kind == "predict" and use.is_repeated:
            continue
        if use.kind in _PURPOSES and isinstance(use.data, Iterator) and subset_of(use.data) is None:
            changed = augmentations(use.data.generator)
            if changed:
                yield Flaw(
                    use.data.place,
                    f"{named(use.data)} {_PURPOSES[use.kind]} (line {use.place.line}) on images changed at random by"
                    f" {', '.join(changed)}: evaluate on unchanged images, with a generator that only rescales",
                )


def augmented_validation_split(trace: Trace) -> Iterable[Flaw]:
    """CLS007: the validation part of an augmenting generator is augmented too."""
    for iterator in trace.iterators:
        changed = augmentations(iterator.generator)
        if subset_of(iterator) == "validation" and changed:
            yield Flaw(
                iterator.place,
                f"validation_split takes {named(iterator)} from a generator that augments ({', '.join(changed)}), so"
                " the validation images are augmented too: take them from a second generator with the same split",
            )


def overlapping_data(trace: Trace) -> Iterable[Flaw]:
    """CLS008: training and validation share images."""
    for fit, validation in fits_with_validation(trace):
        reason = _overlap(fit.data, validation.data)
        if reason:
            yield Flaw(validation.place, f"training and validation share images: {reason}")


def _overlap(train: Data, held_out: Data) -> str:
    if train is held_out:
        return f"{named(train)} is both"
    if isinstance(train, Dataset) and isinstance(held_out, Dataset):
        if train.cut_from is not None and train.cut_from is held_out.cut_from:
            return (
                f"{named(train)} and {named(held_out)} are cut from a dataset that is shuffled anew in each pass, so an"
                " image is now in one, now in the other: shuffle after take and skip"
            )
        if train.is_part or held_out.is_part or train.arguments is None or held_out.arguments is None:
            return ""
    elif train.method != held_out.method:
        return ""
    subsets, shares = (subset_of(train), subset_of(held_out)), (split_of(train), split_of(held_out))
    if any(isinstance(each, Opaque) for each in (*subsets, *shares)):
        return ""
    if is_of_folder(train):
        return _overlap_of_folders(train, held_out, subsets, shares)
    first = "x" if train.method == "flow" else "dataframe"
    sources = train.arguments.get(first), held_out.arguments.get(first)
    if sources[0] is not None and sources[0] is sources[1] and subsets == (None, None):
        return f"both take the same {first}"
    return ""


def _overlap_of_folders(train: Data, held_out: Data, subsets: tuple[Value, Value], shares: tuple[Value, Value]) -> str:
    if any(given(each.arguments, name, None) is not None for each in (train, held_out) for name in _CHOOSING):
        return ""  # each takes some of the folders
    folders = [folder for each in (train, held_out) if (folder := folder_of(each))]
    if len(folders) < 2:
        return ""
    shown = "the same folder" if "⟨" in folders[0] else f"'{folders[0]}'"
    if folders[0] == folders[1]:
        return _overlap_in_folder(shown, train, held_out, subsets, shares)
    if _is_inside(folders):
        return "the folder of one is inside that of the other"
    return ""


def _overlap_in_folder(
    shown: str, train: Data, held_out: Data, subsets: tuple[Value, Value], shares: tuple[Value, Value]
) -> str:
    if subsets == (None, None):
        return f"both take {shown}"
    if subsets[0] == subsets[1]:
        return f"both take subset='{subsets[0]}' of {shown}"
    if None in subsets:
        return f"both take {shown}, and only one of them has a subset: set subset in both"
    if shares[0] != shares[1]:
        return f"both take {shown}, split at {shares[0]} and at {shares[1]}"
    seeds = [given(each.arguments, "seed", None) for each in (train, held_out)]
    drawn = all(given(each.arguments, "shuffle", True) is True for each in (train, held_out))
    if isinstance(train, Dataset) and drawn and all(isinstance(each, int) for each in seeds) and seeds[0] != seeds[1]:
        return (
            f"both take {shown}, shuffled before the split with seed={seeds[0]} and seed={seeds[1]}: give both the same"
        )
    return ""


def _is_inside(folders: list[str]) -> bool:
    outer, inner = sorted(folders, key=len)
    if outer == ".":
        return not inner.startswith(("/", "⟨", ".."))
    return inner.startswith(f"{outer}/")


def subset_of_different_folders(trace: Trace) -> Iterable[Flaw]:
    """CLS026: each of two folders is split, and a part of each is never used."""
    for fit, validation in fits_with_validation(trace):
        train, held_out = fit.data, validation.data
        subsets = subset_of(train), subset_of(held_out)
        folders = [folder for each in (train, held_out) if (folder := folder_of(each))]
        split = all(each in ("training", "validation") for each in subsets)
        if not split or len(folders) < 2 or folders[0] == folders[1] or _is_inside(folders):
            continue
        if any("⟨" in folder for folder in folders):
            continue
        yield Flaw(
            held_out.place,
            f"{named(train)} takes subset='{subsets[0]}' of '{folders[0]}', and {named(held_out)} subset='{subsets[1]}'"
            f" of '{folders[1]}': the rest of each is never used; leave subset and validation_split out",
        )


def in_order(trace: Trace) -> Iterable[Flaw]:
    """CLS022: training goes through the classes one after the other."""
    for use in trace.uses:
        if use.kind != "fit" or not is_of_folder(use.data):
            continue
        arguments = use.data.arguments or {}
        if isinstance(use.data, Dataset):
            mixed, labelled = use.data.is_mixed, isinstance(use.data.element, list)
        else:
            mixed = given(arguments, "shuffle", True) is not False
            labelled = given(arguments, "class_mode", "categorical") in ("categorical", "binary", "sparse")
        classes = given(arguments, "classes", None)
        if not mixed and labelled and not (isinstance(classes, list) and len(classes) == 1):
            yield Flaw(
                use.data.place,
                f"{named(use.data)} has shuffle=False, and trains (line {use.place.line}) on one class after the other:"
                " batches of a single class teach it to give that class; leave shuffle out",
            )


def not_fitted(trace: Trace) -> Iterable[Flaw]:
    """CLS021: a generator that should be fitted is not."""
    used = {id(each.generator) for each in trace.iterators}
    for generator in trace.generators:
        wanted = [name for name in FITTED_ARGUMENTS if generator.arguments.get(name) is True]
        if wanted and id(generator) in used and not generator.is_fitted:
            yield Flaw(
                generator.place,
                f"{', '.join(wanted)} has no effect before generator.fit(images), which is never called: Keras only"
                " warns; fit it on the training images, or leave it out",
            )


def chosen_by_test(trace: Trace) -> Iterable[Flaw]:
    """CLS018: the test set decides when to stop or what to keep."""
    for use in trace.uses:
        if use.kind != "validation" or not isinstance(use.data, Iterator | Dataset) or not _is_test(use.data):
            continue
        callbacks = use.arguments.get("callbacks")
        deciding = [each for each in callbacks if decides(each)] if isinstance(callbacks, list) else []
        if deciding:
            yield Flaw(
                use.place,
                f"{named(use.data)} is the test set, and {', '.join(each.name for each in deciding)} chooses by it,"
                " so the test accuracy will be too good: use a separate validation set",
            )


def _is_test(data: Data) -> bool:
    directory = (data.arguments or {}).get("directory")
    if isinstance(directory, str) and (words := _words(directory.rpartition("/")[2])) & {
        "test",
        "testing",
        "val",
        "valid",
        "validation",
    }:
        return not words.isdisjoint({"test", "testing"}) and words.isdisjoint({"val", "valid", "validation", "train"})
    words = set().union(*map(_words, data.names)) if data.names else set()
    return not words.isdisjoint({"test", "testing"}) and words.isdisjoint({"val", "valid", "validation", "train"})


def _words(text: str) -> set[str]:
    return set(re.split(r"[^a-z]+", re.sub(r"([a-z])([A-Z])", r"\1_\2", text).lower()))


def no_seed(trace: Trace) -> Iterable[Flaw]:
    """CLS019: no random seed is set."""
    fits = [use for use in trace.uses if use.kind == "fit" and isinstance(use.data, Iterator)]
    seeded = any(given(each.arguments, "seed", None) is not None for each in trace.iterators)
    drawn = any(is_shuffled(use.data) or augmentations(use.data.generator) for use in fits)
    if fits and drawn and not trace.seeds and not seeded:
        yield Flaw(
            fits[0].place,
            "no random seed is set, so this training cannot be repeated: call keras.utils.set_random_seed(0) first",
        )
