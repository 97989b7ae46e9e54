"""Datasets of `tf.data`: how they are made, and what their methods make of them."""

import ast
from collections.abc import Callable

from classeur.migration.pixels import Pixels
from classeur.migration.state import State
from classeur.migration.values import Arguments, Dataset, Opaque, Tag, Value, given, with_names

_FOLDER_ARGUMENTS = (
    "directory", "labels", "label_mode", "class_names", "color_mode", "batch_size", "image_size", "shuffle", "seed",
    "validation_split", "subset",
)  # fmt: skip
_MADE = frozenset(["from_tensor_slices", "from_tensors", "from_generator", "list_files", "range", "zip"])
_KEEPING = frozenset(
    ["batch", "prefetch", "repeat", "with_options", "unbatch", "rebatch", "ignore_errors", "as_numpy_iterator"]
)


def dataset_of(name: str, positional: list[Value], keywords: Arguments, node: ast.AST, state: State) -> Value:
    """Return the dataset that a function makes, or two if it splits; None if it makes none."""
    if name.startswith("keras.") and name.endswith(".image_dataset_from_directory"):
        return _of_folder(with_names(_FOLDER_ARGUMENTS, positional, keywords), node, state)
    if name.startswith("tensorflow.data.Dataset.") and name.rpartition(".")[2] in _MADE:
        first = positional[0] if positional else None
        pair = isinstance(first, list) and len(first) == 2
        element = [Opaque(), Opaque()] if pair else Opaque()
        return Dataset(state.place(node), None, element, is_mixed=True)
    return None


def _of_folder(arguments: Arguments, node: ast.AST, state: State) -> Value:
    def one(subset: Value) -> Dataset:
        chosen = arguments if subset is None else {**arguments, "subset": subset}
        shuffles = given(arguments, "shuffle", True)
        result = Dataset(state.place(node), chosen, None, is_mixed=shuffles is not False, reorders=shuffles is True)
        mode = given(arguments, "color_mode", "rgb")
        colours = {"rgb": "rgb", "grayscale": "grey"}.get(mode) if isinstance(mode, str) else None
        pictures = Opaque(frozenset({Tag("pixels", Pixels(colours))} if colours else ()))
        unlabelled = arguments.get("labels", "") is None or arguments.get("label_mode", "") is None
        result.element = pictures if unlabelled else [pictures, Opaque(frozenset({Tag("labels", result)}))]
        state.trace.datasets.append(result)
        return result

    both = given(arguments, "subset", None) == "both"
    return [one("training"), one("validation")] if both else one(None)


def derived(
    dataset: Dataset,
    method: str,
    arguments: Arguments,
    positional: list[Value],
    apply: Callable[[Value, list[Value]], Value],
) -> Value:
    """Return the result of a method of a dataset."""
    result = Dataset(
        dataset.place, dataset.arguments, dataset.element,
        is_mixed=dataset.is_mixed, reorders=dataset.reorders, is_part=dataset.is_part, cut_from=dataset.cut_from,
        names=list(dataset.names),
    )  # fmt: skip
    match method:
        case "map":
            items = dataset.element if isinstance(dataset.element, list) else [dataset.element]
            function = positional[0] if positional else arguments.get("map_func")
            result.element = apply(function, items)
        case "shuffle":
            result.is_mixed = True
            result.reorders = given(arguments, "reshuffle_each_iteration", True) is True
        case "cache":
            result.reorders = False
        case "take" | "skip" | "shard" | "filter":
            result.is_part = True
            result.cut_from = dataset if dataset.reorders else None
        case _ if method not in _KEEPING:
            return Opaque()
    return result
