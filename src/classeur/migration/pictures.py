"""How calls and operators read and change pictures."""

import ast
from collections.abc import Callable
from functools import partial

from classeur.migration import api
from classeur.migration.pixels import Pixels
from classeur.migration.scopes import is_number
from classeur.migration.values import Arguments, Imported, Layer, Opaque, Tag, Value, tags_of

Tags = frozenset[Tag]

# Arrays of pictures, uint8, that Keras brings.
_ARRAYS = {f"keras.datasets.{name}.load_data": colours for name, colours in
           (("cifar10", "rgb"), ("cifar100", "rgb"), ("mnist", "grey"), ("fashion_mnist", "grey"))}  # fmt: skip

_READERS = {
    f"{api.IMAGE}.load_img": "rgb", f"{api.CLASSEUR}.load_img": "rgb", "keras.utils.load_img": "rgb",
    "PIL.Image.open": "rgb", "scipy.misc.imread": "rgb", "imageio.imread": "rgb", "imageio.v2.imread": "rgb",
    "imageio.v3.imread": "rgb", "skimage.io.imread": "rgb",
    "cv2.imread": "bgr", "cv2.imdecode": "bgr",
    "tensorflow.io.decode_jpeg": "rgb", "tensorflow.io.decode_png": "rgb", "tensorflow.io.decode_image": "rgb",
    "tensorflow.image.decode_jpeg": "rgb", "tensorflow.image.decode_png": "rgb", "tensorflow.image.decode_image": "rgb",
}  # fmt: skip
# Functions and methods that keep pixels as they are.
_KEEPING = frozenset(
    [
        "img_to_array",
        "expand_dims",
        "array",
        "asarray",
        "reshape",
        "astype",
        "vstack",
        "stack",
        "resize",
        "convert",
        "copy",
        "squeeze",
        "newaxis",
        "cvtColor",
        "fromarray",
        "imresize",
        "append",
        "concatenate",
        "float32",
        "list",
        "transpose",
        "cast",
        "convert_to_tensor",
        "constant",
        "resize_with_pad",
        "resize_with_crop_or_pad",
        "smart_resize",
        "clip_by_value",
        "flip_left_right",
        "flip_up_down",
        "random_flip_left_right",
        "random_flip_up_down",
        "random_crop",
        "random_brightness",
        "random_contrast",
        "random_saturation",
        "random_hue",
        "central_crop",
        "crop",
        "numpy",
        "fit",  # PIL.ImageOps
    ]
)
# Functions and methods that take pictures and leave them as they are, or draw on them.
LOOKING = frozenset(
    ["append", "imshow", "imsave", "imwrite", "print", "show", "rectangle", "putText", "circle", "line", "predict",
     "predict_on_batch", "add_image", "image", "write"]
)  # fmt: skip
# Functions and methods after which predictions are still what the model gave.
_UNCHANGING = frozenset(["array", "asarray", "squeeze", "flatten", "ravel", "reshape", "numpy", "constant"])
_OPERATORS = {"divide": ast.Div(), "true_divide": ast.Div(), "truediv": ast.Div(), "multiply": ast.Mult(),
              "subtract": ast.Sub(), "add": ast.Add()}  # fmt: skip
_KEEPING_LAYERS = frozenset(["Resizing", "CenterCrop", "RandomCrop", "Input", "InputLayer"])


def changed(tags: Tags, change: Callable[[Pixels], Pixels | None]) -> Tags:
    """Return tags with their pixels changed; pixels that become unknown are left out."""
    result = set()
    for tag in tags:
        if tag.kind != "pixels":
            result.add(tag)
        elif (pixels := change(tag.source)) is not None:
            result.add(Tag("pixels", pixels))
    return frozenset(result)


def without(tags: Tags, *kinds: str) -> Tags:
    """Return tags without those of some kinds."""
    return frozenset(tag for tag in tags if tag.kind not in kinds)


def pixels_of(value: Value) -> Pixels | None:
    """Return the pixels of a value if it has those of one kind."""
    found = {tag.source for tag in tags_of(value) if tag.kind == "pixels"}
    return found.pop() if len(found) == 1 else None


def arrays(name: str) -> list[Value] | None:
    """Return the arrays that a function of `keras.datasets` returns, for training and for testing; None for others."""
    colours = _ARRAYS.get(name)
    if colours is None:
        return None
    tags = frozenset({Tag("pixels", Pixels(colours)), Tag("uint8", None)})
    return [[Opaque(tags), Opaque()], [Opaque(tags), Opaque()]]


def read(name: str, positional: list[Value], keywords: Arguments) -> Tags | None:
    """Return the tags of the picture that a function reads; None if it reads none."""
    colours: str | None = _READERS.get(name)
    if colours is None:
        return None
    if name.startswith("cv2."):
        colours = _colours_of_opencv(positional[1] if len(positional) > 1 else keywords.get("flags", 1))
    elif (
        keywords.get("color_mode") == "grayscale"
        or keywords.get("grayscale") is True
        or _channels(positional, keywords) == 1
    ):
        colours = "grey"
    is_float = bool(keywords.get("flatten") or (name == "scipy.misc.imread" and positional[1:2] not in ([], [False])))
    kinds = {Tag("uint8", None)} if name != "PIL.Image.open" and not is_float else set()
    return frozenset(kinds | ({Tag("pixels", Pixels(colours))} if colours else set()))


def _channels(positional: list[Value], keywords: Arguments) -> Value:
    return keywords.get("channels", positional[1] if len(positional) > 1 else None)


def _colours_of_opencv(flag: Value) -> str | None:
    """Return what the second argument of `cv2.imread` asks for."""
    name = flag.name.rpartition(".")[2] if isinstance(flag, Imported) else flag
    colours = {1: "bgr", "IMREAD_COLOR": "bgr", 0: "grey", "IMREAD_GRAYSCALE": "grey", "IMREAD_COLOR_RGB": "rgb"}
    return colours.get(name) if isinstance(name, int | str) else None


def computed(tags: Tags, op: ast.operator, left: Value, right: Value) -> Tags:
    """Return the tags of the result of an operator on pictures."""
    if not any(tag.kind in ("pixels", "uint8") for tag in tags):
        return tags
    tags = without(tags, "uint8")
    number, picture_first = (right, True) if is_number(right) else (left, False)
    if not is_number(number):
        return without(tags, "pixels")
    match op:
        case ast.Mult():
            return changed(tags, lambda pixels: pixels.times(number))
        case ast.Div() if picture_first and number:
            return changed(tags, lambda pixels: pixels.times(1 / number))
        case ast.Add():
            return changed(tags, lambda pixels: pixels.plus(number))
        case ast.Sub() if picture_first:
            return changed(tags, lambda pixels: pixels.plus(-number))
    return without(tags, "pixels")


def indexed(tags: Tags, index: ast.expr) -> Tags:
    """Return the tags of a part of a picture: `[..., ::-1]` exchanges red and blue, `[:, :, 0]` is one of them."""
    if not isinstance(index, ast.Tuple) or not any(tag.kind == "pixels" for tag in tags):
        return tags
    parts = [each for each in index.elts if not (isinstance(each, ast.Constant) and each.value is None)]
    first = parts[0] if parts else None
    if len(parts) < 2 or not (len(parts) > 2 or (isinstance(first, ast.Constant) and first.value is Ellipsis)):
        return tags
    last = parts[-1]
    match last:
        case ast.Slice(lower=None, upper=None, step=step) if step is not None:
            return changed(tags, Pixels.swapped) if ast.unparse(step) == "-1" else without(tags, "pixels")
        case ast.Slice(lower=None, upper=ast.Constant(value=3)) | ast.Slice(lower=None, upper=None):
            return tags
        case ast.List() if ast.unparse(last) == "[2, 1, 0]":
            return changed(tags, Pixels.swapped)
    return without(tags, "pixels")


def passed(name: str, function: str, tags: Tags, positional: list[Value], keywords: Arguments) -> Tags:
    """Return what is left of the tags of a call's arguments in its result.

    Args:
        name: the function's or method's last name.
        function: its dotted name, or "" for a method or an unknown function.
        tags: of everything that the call takes.
        positional: its positional arguments.
        keywords: its keyword arguments.
    """
    if not tags:
        return tags
    tags = without(tags, "shape") if name in _UNCHANGING else without(tags, "shape", "unchanged", "labels")
    if not any(tag.kind in ("pixels", "uint8", "count", "length") for tag in tags):
        return tags
    if name in _OPERATORS and function.startswith(("numpy.", "tensorflow.")) and len(positional) > 1:
        return computed(without(tags, "count", "length"), _OPERATORS[name], positional[0], positional[1])
    if name == "convert_image_dtype" and any(tag.kind == "uint8" for tag in tags):
        return changed(without(tags, "uint8", "count", "length"), lambda pixels: pixels.times(1 / 255))
    if function == "skimage.transform.resize":
        is_uint8 = any(tag.kind == "uint8" for tag in tags) and keywords.get("preserve_range") is None
        tags = without(tags, "uint8", "count", "length")
        return changed(tags, lambda pixels: pixels.times(1 / 255)) if is_uint8 else without(tags, "pixels")
    if name not in _KEEPING:
        return without(tags, "pixels", "uint8", "count", "length")
    if name == "cvtColor":
        return _converted(tags, positional[1] if len(positional) > 1 else keywords.get("code"))
    if name == "convert" and positional and positional[0] != "RGB":
        return changed(tags, lambda pixels: pixels._replace(colours="grey") if positional[0] == "L" else None)
    if function.startswith("tensorflow.") or _changes_type(name, positional, keywords):
        return without(tags, "uint8")
    return tags


def _changes_type(name: str, positional: list[Value], keywords: Arguments) -> bool:
    """Return whether a result may be of another type than bytes, whatever was given."""
    if name in ("img_to_array", "float32"):
        return True
    position = {"astype": 0, "array": 1, "asarray": 1}.get(name)
    if position is None:
        return False
    kind = positional[position] if len(positional) > position else keywords.get("dtype")
    shown = kind.name if isinstance(kind, Imported) else kind
    return shown is not None and shown not in ("uint8", "numpy.uint8", "u1")


def _converted(tags: Tags, code: Value) -> Tags:
    name = code.name.rpartition(".")[2] if isinstance(code, Imported) else ""
    if name in ("COLOR_BGR2RGB", "COLOR_RGB2BGR"):
        return changed(tags, Pixels.swapped)
    if name in ("COLOR_BGR2GRAY", "COLOR_RGB2GRAY"):
        return changed(tags, lambda pixels: pixels._replace(colours="grey"))
    return without(tags, "pixels", "uint8")


def through(layers: list[Layer], tags: Tags) -> Tags:
    """Return the tags of pictures that went through layers which prepare them."""
    for layer in layers:
        if layer.kind == "Rescaling":
            scale: Value = layer.arguments.get("scale")
            offset: Value = layer.arguments.get("offset", 0)
            if not is_number(scale) or not is_number(offset):
                return frozenset()
            tags = changed(without(tags, "uint8"), partial(_rescaled, scale=scale, offset=offset))
        elif layer.kind not in _KEEPING_LAYERS and not layer.kind.startswith("Random"):
            return frozenset()
    return tags


def _rescaled(pixels: Pixels, *, scale: float, offset: float) -> Pixels:
    return pixels.times(scale).plus(offset)


def are_preparing(layers: list[Layer]) -> bool:
    """Return whether layers only prepare pictures."""
    return all(
        each.kind in _KEEPING_LAYERS or each.kind == "Rescaling" or each.kind.startswith("Random") for each in layers
    )
