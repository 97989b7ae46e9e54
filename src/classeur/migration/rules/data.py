"""Rules about which data are used for what."""

import re
from collections.abc import Iterable

from classeur.migration.rules.flaw import (
    Flaw,
    augmentations,
    fits_with_validation,
    is_shuffled,
    named,
    subset_of,
)
from classeur.migration.values import Iterator, Made, Opaque, Trace, Value, given

_PURPOSES = {"validation": "validates", "evaluate": "is evaluated", "predict": "is predicted"}


def augmented_evaluation(trace: Trace) -> Iterable[Flaw]:
    """CLS001: evaluation data are augmented."""
    for use in trace.uses:
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


def _overlap(train: Iterator, held_out: Iterator) -> str:
    if train is held_out:
        return f"{named(train)} is both"
    if train.method != held_out.method:
        return ""
    subsets = subset_of(train), subset_of(held_out)
    shares = tuple(given(each.generator.arguments, "validation_split", 0.0) for each in (train, held_out))
    if any(isinstance(each, Opaque) for each in (*subsets, *shares)):
        return ""
    if train.method == "flow_from_directory":
        return _overlap_of_folders(train, held_out, subsets, shares)
    first = "x" if train.method == "flow" else "dataframe"
    sources = train.arguments.get(first), held_out.arguments.get(first)
    if sources[0] is not None and sources[0] is sources[1] and subsets == (None, None):
        return f"both take the same {first}"
    return ""


def _overlap_of_folders(
    train: Iterator, held_out: Iterator, subsets: tuple[Value, Value], shares: tuple[Value, Value]
) -> str:
    if any(given(each.arguments, "classes", None) is not None for each in (train, held_out)):
        return ""  # each takes some of the folders
    folders = [folder for each in (train, held_out) if (folder := _folder(each.arguments.get("directory")))]
    if len(folders) < 2:
        return ""
    shown = "the same folder" if "⟨" in folders[0] else f"'{folders[0]}'"
    if folders[0] == folders[1]:
        if subsets == (None, None):
            return f"both take {shown}"
        if subsets[0] == subsets[1]:
            return f"both take subset='{subsets[0]}' of {shown}"
        if None in subsets:
            return f"both take {shown}, and only one of them has a subset: set subset in both"
        if shares[0] != shares[1]:
            return f"both take {shown}, split at {shares[0]} and at {shares[1]}"
        return ""
    outer, inner = sorted(folders, key=len)
    if inner.startswith(f"{outer}/") or outer == ".":
        if inner.startswith(("/", "⟨", "..")) and outer == ".":
            return ""
        return "the folder of one is inside that of the other"
    return ""


def _folder(value: Value) -> str | None:
    if isinstance(value, str):
        return value.rstrip("/") or "/"
    return f"⟨{id(value)}⟩" if isinstance(value, Opaque) else None


def chosen_by_test(trace: Trace) -> Iterable[Flaw]:
    """CLS018: the test set decides when to stop or what to keep."""
    for use in trace.uses:
        if use.kind != "validation" or not isinstance(use.data, Iterator) or not _is_test(use.data):
            continue
        callbacks = use.arguments.get("callbacks")
        deciding = [each for each in callbacks if _decides(each)] if isinstance(callbacks, list) else []
        if deciding:
            yield Flaw(
                use.place,
                f"{named(use.data)} is the test set, and {', '.join(each.name for each in deciding)} chooses by it,"
                " so the test accuracy will be too good: use a separate validation set",
            )


def _decides(callback: Value) -> bool:
    if not isinstance(callback, Made):
        return False
    if callback.name == "ModelCheckpoint":
        return given(callback.arguments, "save_best_only", False) is True
    return callback.name in ("EarlyStopping", "ReduceLROnPlateau")


def _is_test(iterator: Iterator) -> bool:
    directory = iterator.arguments.get("directory")
    if isinstance(directory, str) and (words := _words(directory.rpartition("/")[2])) & {
        "test",
        "testing",
        "val",
        "valid",
        "validation",
    }:
        return not words.isdisjoint({"test", "testing"}) and words.isdisjoint({"val", "valid", "validation", "train"})
    words = set().union(*map(_words, iterator.names)) if iterator.names else set()
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
